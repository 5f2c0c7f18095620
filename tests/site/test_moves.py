"""The rules of moves, and who may go past them: stage rules, overrides, bypasses, change of pipeline."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from pipeline_ext import api, tasks
from pipeline_ext.setup.pipeline_templates import aida, b2b
from pipeline_ext.setup.templates import draft
from tests.site import factories
from tests.site.pipelines import NAME, asking, deal, ledger, move, stage_of

NEEDS_TITLE = {"field": "job_title", "operator": "is set", "title": "Job title known"}


def keeper() -> str:
	return factories.user("keeper@pipeline-test.example", "Gate Keeper", "Sales User")


def rep() -> str:
	return factories.user("rep@pipeline-test.example", "Sales User")


def test_a_stage_that_may_not_be_skipped():
	asking(stages={"Qualification": {"may_skip": 0}})
	made = deal()
	with pytest.raises(frappe.ValidationError, match="Qualification may not be skipped"):
		move(made, "Needs Analysis")
	with pytest.raises(frappe.ValidationError, match="may not be skipped"):
		deal(sales_stage="Needs Analysis")
	move(made, "Qualification")
	assert move(made, "Needs Analysis").sales_stage == "Needs Analysis"


def test_a_stage_that_nothing_goes_back_to():
	asking(stages={"Prospecting": {"may_return": 0}})
	made = deal(sales_stage="Needs Analysis")
	with pytest.raises(frappe.ValidationError, match="Nothing goes back to stage Prospecting"):
		move(made, "Prospecting")
	assert move(made, "Qualification").sales_stage == "Qualification"
	move(made, "Lost")
	with pytest.raises(frappe.ValidationError, match="Nothing goes back"):
		move(made, "Prospecting")
	assert move(made, "Qualification").status == "Open"
	assert ledger(made)[-1].move == "Reopen"


def test_who_may_move_into_a_stage_and_back(as_user):
	asking(
		stage_roles=[
			{"stage": "Negotiation/Review", "may": "Move Into", "role": "Sales Manager"},
			{"stage": "Prospecting", "may": "Return To", "role": "Sales Manager"},
		]
	)
	boss = factories.user("boss@pipeline-test.example", "Sales Manager", "Sales User")
	made = deal()
	with as_user(rep()):
		with pytest.raises(frappe.ValidationError, match="Only Sales Manager may move a deal to"):
			move(made, "Negotiation/Review")
		move(made, "Qualification")
		with pytest.raises(frappe.ValidationError, match="Only Sales Manager may take a deal back"):
			move(made, "Prospecting")
	with as_user(boss):
		move(made, "Negotiation/Review")
		assert move(made, "Prospecting").sales_stage == "Prospecting"


def test_an_override_has_a_reason_a_day_a_task_and_a_place_in_the_ledger(as_user):
	asking(NEEDS_TITLE)
	owner = rep()
	made = deal(opportunity_owner=owner)
	day = add_days(nowdate(), 5)
	with as_user(keeper()):
		api.move("Opportunity", made.name, "Qualification", "The board has decided already", day)
	assert stage_of(made) == "Qualification"
	override = frappe.get_last_doc("Gate Override")
	assert (override.status, override.owed_by, override.missing) == ("Owed", getdate(day), "Job title known")
	task = frappe.get_doc("ToDo", override.task)
	assert (task.allocated_to, task.reference_name, task.date) == (owner, made.name, getdate(day))
	entry = ledger(made)[-1]
	assert (entry.gate_override, entry.would_refuse, entry.move) == (override.name, 1, "Forward")
	assert "Job title known" in entry.verdicts


def test_an_override_is_settled_when_the_evidence_is_there():
	asking(NEEDS_TITLE)
	made = deal()
	frappe.get_doc("User", "Administrator").add_roles("Gate Keeper")
	api.move("Opportunity", made.name, "Qualification", "The board has decided", add_days(nowdate(), 5))
	name = frappe.get_last_doc("Gate Override").name
	tasks.settle_overrides()
	assert frappe.db.get_value("Gate Override", name, "status") == "Owed"
	frappe.db.set_value("Opportunity", made.name, "job_title", "Buyer")
	tasks.settle_overrides()
	settled = frappe.get_doc("Gate Override", name)
	assert settled.status == "Settled" and settled.settled_on
	assert frappe.db.get_value("ToDo", settled.task, "status") == "Closed"


@pytest.mark.parametrize(
	("reason", "owed_by", "error"),
	[
		("", "2999-01-01", "Say why"),
		("n/a", "2999-01-01", "Say why"),
		("The board has decided", None, "Choose the day"),
		("The board has decided", "2001-01-01", "Choose the day"),
		("The board has decided", "soon", "is not a date"),
	],
)
def test_an_override_without_reason_or_day_is_refused(as_user, reason, owed_by, error):
	asking(NEEDS_TITLE)
	made = deal()
	with as_user(keeper()):
		with pytest.raises(frappe.ValidationError, match=error):
			api.move("Opportunity", made.name, "Qualification", reason, owed_by)
	assert stage_of(made) == "Prospecting"


def test_only_a_gate_keeper_overrides_and_no_flag_in_a_payload_does(as_user):
	asking(NEEDS_TITLE)
	made = deal()
	with as_user(rep()):
		with pytest.raises(frappe.PermissionError, match="Only a Gate Keeper"):
			api.move("Opportunity", made.name, "Qualification", "I want to", "2999-01-01")
	with as_user(keeper()):
		with pytest.raises(frappe.ValidationError, match="Job title known"):
			move(made, "Qualification")
		with pytest.raises(frappe.ValidationError):
			frappe.get_doc(
				{"doctype": "Gate Override", "reason": "x", "document_type": "Opportunity"}
			).insert(ignore_permissions=True)


def test_an_override_goes_past_a_stage_rule_but_not_to_a_stage_of_no_pipeline(as_user):
	asking(stages={"Qualification": {"may_skip": 0}})
	frappe.get_doc({"doctype": "Sales Stage", "stage_name": "Nirvana"}).insert()
	made = deal()
	day = add_days(nowdate(), 1)
	with as_user(keeper()):
		with pytest.raises(frappe.ValidationError, match="not a stage of this pipeline"):
			api.move("Opportunity", made.name, "Nirvana", "The board has decided", day)
		api.move("Opportunity", made.name, "Needs Analysis", "The board has decided", day)
	assert stage_of(made) == "Needs Analysis"
	assert frappe.get_last_doc("Gate Override").status == "Nothing Owed"


def test_a_bypass_is_for_one_user_one_pipeline_and_until_a_day(as_user):
	asking(NEEDS_TITLE)
	robot, other = rep(), factories.user("other@pipeline-test.example", "Sales User")
	bypass = frappe.get_doc(
		{
			"doctype": "Gate Bypass",
			"user": robot,
			"pipeline": NAME,
			"until": nowdate(),
			"reason": "Nightly feed from the shop",
		}
	).insert()
	made = deal()
	with as_user(other):
		with pytest.raises(frappe.ValidationError, match="Job title known"):
			move(made, "Qualification")
	with as_user(robot):
		move(made, "Qualification")
	entry = ledger(made)[-1]
	assert (entry.gate_bypass, entry.would_refuse, entry.posted_by) == (bypass.name, 1, robot)
	bypass.db_set("until", add_days(nowdate(), -1))
	second = deal()
	with as_user(robot):
		with pytest.raises(frappe.ValidationError, match="Job title known"):
			move(second, "Qualification")


def test_a_bypass_that_is_over_is_not_given():
	asking()
	with pytest.raises(frappe.ValidationError, match="passed already"):
		frappe.get_doc(
			{
				"doctype": "Gate Bypass",
				"user": rep(),
				"pipeline": NAME,
				"until": add_days(nowdate(), -1),
				"reason": "Feed",
			}
		).insert()


def test_a_refusal_is_kept_for_the_compliance_report(as_user):
	asking(NEEDS_TITLE)
	made = deal(opportunity_owner="Administrator")
	with as_user(rep()):
		with pytest.raises(frappe.ValidationError):
			move(made, "Qualification")
	refusal = frappe.get_last_doc("Gate Refusal")
	assert (refusal.document_name, refusal.from_stage, refusal.to_stage, refusal.refused_to) == (
		made.name,
		"Prospecting",
		"Qualification",
		"rep@pipeline-test.example",
	)
	assert (refusal.missing, refusal.deal_owner, refusal.pipeline) == (
		"Job title known",
		"Administrator",
		NAME,
	)


def test_a_refused_document_in_memory_is_as_it_is_in_the_database():
	asking(NEEDS_TITLE)
	fresh = frappe.get_doc("Opportunity", deal().name)
	fresh.sales_stage = "Qualification"
	with pytest.raises(frappe.ValidationError):
		fresh.save()
	assert fresh.sales_stage == "Prospecting"


def test_changing_the_pipeline_is_a_move_that_is_judged():
	asking()
	other = draft(b2b, "Other Way", mode="Enforce", company=factories.COMPANY, priority=-1)
	other.publish()
	made = deal(sales_stage="Qualification", contact_email=None)
	with pytest.raises(frappe.ValidationError, match="We know whom to talk to"):
		api.change_pipeline("Opportunity", made.name, "Other Way")
	assert frappe.db.get_value("Opportunity", made.name, "pe_pipeline") == NAME
	api.change_pipeline("Opportunity", made.name, "Other Way", "Prospecting")
	moved = frappe.get_doc("Opportunity", made.name)
	assert (moved.pe_pipeline, moved.pe_pipeline_version, moved.sales_stage) == (
		"Other Way",
		"Other Way v1",
		"Prospecting",
	)
	entry = ledger(made)[-1]
	assert (entry.move, entry.pipeline, entry.from_stage) == ("Pipeline", "Other Way", "Qualification")


def test_a_pipeline_that_is_not_there_for_the_document_is_refused():
	asking()
	made = deal()
	for other in (draft(b2b, "Unpublished", priority=-2), draft(aida, "For Leads", priority=-2)):
		with pytest.raises(frappe.ValidationError, match="not published, not enabled or for others"):
			api.change_pipeline("Opportunity", made.name, other.name)


def test_the_visit_and_the_days_are_counted():
	asking()
	made = deal()
	for stage in ("Qualification", "Prospecting", "Qualification"):
		move(made, stage)
	assert [(entry.stage, entry.visit) for entry in ledger(made)] == [
		("Prospecting", 1),
		("Qualification", 1),
		("Prospecting", 2),
		("Qualification", 2),
	]


def test_won_and_lost_set_by_the_status_meet_the_gate_too():
	asking({"stage": "Won", **NEEDS_TITLE}, {"stage": "Lost", "field": "lost_reasons", "operator": "is set"})
	made = deal()
	for status in ("Converted", "Lost"):
		fresh = frappe.get_doc("Opportunity", made.name)
		fresh.status = status
		with pytest.raises(frappe.ValidationError):
			fresh.save()
	assert frappe.db.get_value("Opportunity", made.name, "status") == "Open"
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update({"status": "Converted", "job_title": "Buyer"})
	assert fresh.save().sales_stage == "Won"


def test_closing_silent_deals_is_erpnexts_own_housekeeping():
	asking({"stage": "Lost", "field": "lost_reasons", "operator": "is set"})
	made = deal()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.status = "Closed"
	fresh.save()
	assert (ledger(made)[-1].outcome, stage_of(made)) == ("Lost", "Prospecting")


def test_a_deal_that_is_reopened_by_its_status_goes_back_to_where_it_was():
	asking()
	made = deal(sales_stage="Needs Analysis")
	move(made, "Lost")
	fresh = frappe.get_doc("Opportunity", made.name)
	assert fresh.status == "Lost"
	fresh.status = "Open"
	fresh.save()
	assert (fresh.sales_stage, ledger(made)[-1].move) == ("Needs Analysis", "Reopen")
