"""A deal is stopped at its gate until its criteria are met, whichever way it is saved."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, nowdate

from pipeline_ext import api
from tests.site import factories, pipelines
from tests.site.pipelines import NAME, deal, move, stage_of


@pytest.fixture(autouse=True)
def pipeline():
	return pipelines.enforced()


def test_a_new_deal_takes_the_pipeline_of_its_company_at_the_first_stage():
	made = deal()
	assert (made.pe_pipeline, made.pe_pipeline_version) == (NAME, f"{NAME} v1")
	assert (made.sales_stage, made.pe_win_probability, made.pe_forecast_category) == (
		"Prospecting",
		10,
		"Pipeline",
	)
	assert made.pe_stage_entered_on


def test_a_deal_without_stage_starts_at_the_first():
	assert deal(sales_stage=None).sales_stage == "Prospecting"


def test_a_stage_that_is_only_the_default_keeps_nobody_out(pipeline):
	frappe.get_doc({"doctype": "Sales Stage", "stage_name": "Inbox"}).insert()
	pipeline.reload()
	first = pipeline.append("stages", {"stage": "Inbox", "outcome": "Open", "probability": 1})
	pipeline.stages.insert(0, pipeline.stages.pop())
	for index, row in enumerate(pipeline.stages, 1):
		row.idx = index
	pipeline.append(
		"criteria",
		{"stage": first.stage, "title": "Has a website", "field": "website", "operator": "is set"},
	)
	pipeline.save()
	pipeline.publish()
	assert deal().sales_stage == "Inbox"
	assert deal(website="https://acme.example").sales_stage == "Prospecting"
	with pytest.raises(frappe.ValidationError, match="Has a website"):
		deal(sales_stage="Qualification")


def test_a_deal_that_arrives_further_on_is_judged_as_if_it_had_moved_there():
	with pytest.raises(frappe.ValidationError, match="We know whom to talk to"):
		deal(sales_stage="Qualification", contact_email=None)
	assert deal(sales_stage="Needs Analysis").pe_win_probability == 45


def test_a_move_is_refused_until_its_criterion_is_met():
	made = deal(contact_email=None)
	with pytest.raises(frappe.ValidationError, match="We know whom to talk to"):
		move(made, "Qualification")
	assert stage_of(made) == "Prospecting"
	moved = move(made, "Qualification", contact_email="buyer@acme.example")
	assert (moved.sales_stage, moved.pe_win_probability) == ("Qualification", 25)


def test_a_skip_answers_for_every_stage_between():
	made = deal(opportunity_amount=0, contact_email=None)
	with pytest.raises(frappe.ValidationError) as refusal:
		move(made, "Needs Analysis")
	assert "We know whom to talk to" in str(refusal.value)
	assert "The deal has an amount" in str(refusal.value)


def test_a_closing_date_in_the_past_is_no_closing_date():
	made = deal(sales_stage="Qualification")
	with pytest.raises(frappe.ValidationError, match="closing date that lies ahead"):
		move(made, "Needs Analysis", expected_closing=add_days(nowdate(), -1))
	assert move(made, "Needs Analysis", expected_closing=nowdate()).sales_stage == "Needs Analysis"


def test_a_submitted_quotation_opens_the_gate_and_a_draft_does_not():
	made = deal(sales_stage="Proposal/Price Quote")
	draft = factories.quotation(made, submit=False)
	with pytest.raises(frappe.ValidationError, match="A quotation is with the customer"):
		move(made, "Negotiation/Review")
	draft.submit()
	assert move(made, "Negotiation/Review").sales_stage == "Negotiation/Review"


def test_won_needs_the_order_and_says_so_in_the_status():
	made = deal(sales_stage="Proposal/Price Quote")
	quote = factories.quotation(made)
	with pytest.raises(frappe.ValidationError, match="The order is there"):
		move(made, "Won")
	factories.order(quote)
	won = move(made, "Won")
	assert (won.sales_stage, won.status, won.pe_forecast_category) == ("Won", "Converted", "Closed")


def test_lost_needs_a_reason_and_erpnext_set_as_lost_moves_the_stage():
	made = deal()
	with pytest.raises(frappe.ValidationError, match="We know why it was lost"):
		move(made, "Lost")
	reason = frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": "Price"}).insert()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.declare_enquiry_lost([{"lost_reason": reason.name}], [], "Too dear")
	assert (fresh.reload().sales_stage, fresh.status) == ("Lost", "Lost")


def test_a_reopened_deal_is_judged_again_and_is_open():
	made = deal()
	reason = frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": "Price"}).insert()
	move(made, "Lost", lost_reasons=[{"lost_reason": reason.name}])
	with pytest.raises(frappe.ValidationError, match="A quotation is with the customer"):
		move(made, "Negotiation/Review")
	reopened = move(made, "Qualification")
	assert (reopened.sales_stage, reopened.status) == ("Qualification", "Open")


def test_going_back_is_free():
	made = deal(sales_stage="Needs Analysis")
	assert move(made, "Prospecting", contact_email=None).sales_stage == "Prospecting"


def test_a_stage_of_no_pipeline_and_no_stage_are_refused():
	frappe.get_doc({"doctype": "Sales Stage", "stage_name": "Nirvana"}).insert()
	made = deal()
	with pytest.raises(frappe.ValidationError, match="is not a stage of this pipeline"):
		move(made, "Nirvana")
	with pytest.raises(frappe.ValidationError, match="always in a stage"):
		move(made, "")


def test_warn_mode_lets_through_and_remembers(pipeline):
	pipeline.db_set("mode", "Warn")
	pipeline.on_update()
	made = deal(contact_email=None)
	move(made, "Qualification")
	assert stage_of(made) == "Qualification"
	entry = pipelines.ledger(made)[-1]
	assert entry.would_refuse and "We know whom to talk to" in entry.verdicts


def test_off_mode_asks_nothing(pipeline):
	pipeline.db_set("mode", "Off")
	pipeline.on_update()
	made = deal(contact_email=None)
	move(made, "Negotiation/Review")
	assert not pipelines.ledger(made)[-1].would_refuse


def test_fields_that_only_the_server_writes_keep_their_value():
	made = deal()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update({"pe_pipeline": None, "pe_pipeline_version": None, "pe_win_probability": 99})
	fresh.save()
	assert (fresh.pe_pipeline, fresh.pe_pipeline_version, fresh.pe_win_probability) == (
		NAME,
		f"{NAME} v1",
		10,
	)


def test_a_copy_starts_afresh():
	made = deal(sales_stage="Qualification")
	copied = frappe.copy_doc(made)
	copied.sales_stage = None
	copied.insert()
	assert copied.sales_stage == "Prospecting"
	assert len(pipelines.ledger(copied)) == 1


def test_deals_stay_on_their_version(pipeline):
	made = deal()
	pipeline.reload()
	pipeline.append(
		"criteria",
		{"stage": "Prospecting", "title": "Has a website", "field": "website", "operator": "is set"},
	)
	pipeline.save()
	assert pipeline.publish() == f"{NAME} v2"
	assert move(made, "Qualification").pe_pipeline_version == f"{NAME} v1"
	newer = frappe.copy_doc(made)
	newer.insert()
	with pytest.raises(frappe.ValidationError, match="Has a website"):
		move(newer, "Qualification")


@pytest.mark.parametrize(
	"write",
	[
		lambda name: frappe.client.set_value("Opportunity", name, "sales_stage", "Qualification"),
		lambda name: frappe.client.set_value("Opportunity", name, {"sales_stage": "Qualification"}),
		lambda name: frappe.client.save(
			{**frappe.get_doc("Opportunity", name).as_dict(), "sales_stage": "Qualification"}
		),
		lambda name: api.move("Opportunity", name, "Qualification"),
	],
)
def test_programs_meet_the_same_gate(write):
	import frappe.client

	made = deal(contact_email=None)
	with pytest.raises(frappe.ValidationError, match="We know whom to talk to"):
		write(made.name)
	assert stage_of(made) == "Prospecting"


def test_bulk_update_reports_the_refusal_and_the_old_stage_stands():
	import json

	from frappe.client import bulk_update

	made = deal(contact_email=None)
	change = {"doctype": "Opportunity", "docname": made.name, "sales_stage": "Qualification"}
	failed = bulk_update(json.dumps([change]))["failed_docs"]
	assert len(failed) == 1
	assert stage_of(made) == "Prospecting"


def test_gate_status_says_where_a_deal_stands_and_what_is_missing():
	made = deal(contact_email=None)
	status = api.gate_status("Opportunity", made.name)
	assert status["stage"] == "Prospecting" and status["mode"] == "Enforce"
	assert [stage["name"] for stage in status["stages"]][-2:] == ["Won", "Lost"]
	assert (status["next"]["to_stage"], status["next"]["allowed"]) == ("Qualification", False)
	(verdict,) = status["next"]["verdicts"]
	assert (verdict["title"], verdict["state"]) == ("We know whom to talk to", "unmet")


@pytest.mark.parametrize(
	("fields", "stage", "text"),
	[
		({}, "Prospecting", "Is buyer@acme.example"),
		({}, "Needs Analysis", "Rows: 1"),
		({}, "Proposal/Price Quote", "Quotation submitted: 0 of 1 needed"),
		({"contact_email": None}, "Prospecting", "Not filled in yet"),
	],
)
def test_a_verdict_says_what_it_saw(fields, stage, text):
	made = deal(sales_stage=stage, **fields)
	verdicts = api.gate_status("Opportunity", made.name)["next"]["verdicts"]
	assert [verdict["text"] for verdict in verdicts] == [text]


def test_preview_changes_nothing():
	made = deal()
	decision = api.preview_move("Opportunity", made.name, "Negotiation/Review")
	assert not decision["allowed"] and decision["move"] == "Skip"
	assert stage_of(made) == "Prospecting" and len(pipelines.ledger(made)) == 1


def test_who_may_not_read_a_deal_learns_nothing_of_it(as_user):
	made = deal()
	with as_user(factories.user("nobody@pipeline-test.example")):
		for call in (
			lambda: api.gate_status("Opportunity", made.name),
			lambda: api.preview_move("Opportunity", made.name, "Won"),
			lambda: api.move("Opportunity", made.name, "Qualification"),
		):
			with pytest.raises(frappe.PermissionError):
				call()


def test_only_governed_doctypes_have_a_gate():
	with pytest.raises(frappe.ValidationError, match="not governed"):
		api.gate_status("User", "Administrator")


def test_a_site_without_pipeline_works_as_before():
	for name in frappe.get_all("Sales Pipeline", pluck="name"):
		frappe.get_doc("Sales Pipeline", name).update({"enabled": 0}).save()
	made = deal(sales_stage="Negotiation/Review", contact_email=None)
	assert not made.pe_pipeline and pipelines.ledger(made) == []
	assert api.gate_status("Opportunity", made.name) == {"governed": False}


def test_a_deal_from_before_the_app_is_governed_from_its_next_move():
	made = deal(contact_email=None)
	frappe.db.set_value("Opportunity", made.name, {"pe_pipeline": None, "pe_pipeline_version": None})
	pipelines.forget(made)
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update({"title": "Untouched"})
	fresh.save()
	assert not fresh.pe_pipeline
	with pytest.raises(frappe.ValidationError, match="We know whom to talk to"):
		move(made, "Qualification")
	assert move(made, "Qualification", contact_email="buyer@acme.example").pe_pipeline == NAME


def test_a_refusal_carries_its_verdicts_as_data_and_is_http_417():
	made = deal(contact_email=None)
	with pytest.raises(frappe.ValidationError) as refusal:
		move(made, "Qualification")
	assert refusal.value.http_status_code == 417
	gate = frappe.local.response["pipeline_gate"]
	assert (gate["from_stage"], gate["to_stage"], gate["allowed"]) == ("Prospecting", "Qualification", False)
	assert [verdict["reason"] for verdict in gate["verdicts"]] == ["value_missing"]
