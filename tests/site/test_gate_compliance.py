"""Gate Compliance: every way in which a move and a gate disagree, made for real and found again."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, getdate, now_datetime, nowdate

from pipeline_ext import api
from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.pipeline_ext.report.gate_compliance.gate_compliance import execute
from tests.site import factories, pipelines
from tests.site.measure import count_queries
from tests.site.pipelines import deal, move

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"
KEEPER = "keeper@pipeline-test.example"
CONTACT = "We know whom to talk to"
AMOUNT = "The deal has an amount"


@pytest.fixture(autouse=True)
def pipeline():
	factories.user(ANN, "Sales User")
	factories.user(BOB, "Sales User")
	factories.user(KEEPER, "Sales Manager", "Gate Keeper")
	return pipelines.enforced()


@pytest.fixture
def refuse():
	def made(owner=ANN, stage="Qualification", **fields):
		refused = deal(opportunity_owner=owner, contact_email=None, **fields)
		with pytest.raises(frappe.ValidationError, match=CONTACT):
			move(refused, stage)
		return refused

	return made


@pytest.fixture
def override(as_user):
	def made(owner=ANN, owed_by=None):
		overridden = deal(opportunity_owner=owner, contact_email=None)
		with as_user(KEEPER):
			api.move(
				"Opportunity",
				overridden.name,
				"Qualification",
				"The buyer called the owner's mobile",
				str(owed_by or add_days(nowdate(), 7)),
			)
		return overridden

	return made


@pytest.fixture
def warn(pipeline):
	def made(owner=ANN):
		set_mode(pipeline, "Warn")
		warned = move(deal(opportunity_owner=owner, contact_email=None), "Qualification")
		set_mode(pipeline, "Enforce")
		return warned

	return made


def set_mode(pipeline, mode):
	pipeline.db_set("mode", mode)
	pipeline.on_update()


def bypassed():
	frappe.get_doc(
		{
			"doctype": "Gate Bypass",
			"user": "Administrator",
			"pipeline": pipelines.NAME,
			"until": nowdate(),
			"reason": "The nightly import of the old CRM",
		}
	).insert()
	made = move(deal(opportunity_owner=BOB, contact_email=None), "Qualification")
	frappe.db.set_value("Gate Bypass", {"pipeline": pipelines.NAME}, "enabled", 0)
	return made


def around_the_gate(**values):
	made = deal(opportunity_owner=BOB, contact_email=None)
	frappe.db.set_value("Opportunity", made.name, values)
	reconcile()
	return made


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def rows(**filters):
	return run(**filters)[1]


def test_a_refusal(refuse):
	refused = refuse()
	(row,) = rows()
	assert (row["kind"], row["status"], row["document_type"]) == ("Refusal", "Refused", "Opportunity")
	assert (row["document"], row["pipeline"]) == (refused.name, pipelines.NAME)
	assert (row["from_stage"], row["to_stage"]) == ("Prospecting", "Qualification")
	assert (row["by"], row["deal_owner"], row["missing"]) == ("Administrator", ANN, CONTACT)
	assert frappe.db.get_value(row["record_type"], row["record"], "document_name") == refused.name
	assert row["ledger_entry"] is None


def test_a_warning(warn):
	warned = warn()
	(row,) = rows()
	assert (row["kind"], row["status"], row["document"]) == ("Warning", "Let Through", warned.name)
	assert (row["from_stage"], row["to_stage"], row["missing"]) == ("Prospecting", "Qualification", CONTACT)
	assert frappe.db.get_value("Pipeline Ledger Entry", row["ledger_entry"], "would_refuse") == 1


def test_an_override_is_owed_then_overdue_then_settled(override):
	overridden = override()
	(row,) = rows()
	assert (row["kind"], row["status"], row["document"]) == ("Override", "Owed", overridden.name)
	assert (row["by"], row["deal_owner"], row["missing"]) == (KEEPER, ANN, CONTACT)
	assert row["owed_by"] == add_days(getdate(), 7)
	frappe.db.set_value("Gate Override", row["record"], "owed_by", add_days(nowdate(), -1))
	assert (rows()[0]["status"], run()[4]["Overdue"]) == ("Overdue", 1)
	frappe.db.set_value("Gate Override", row["record"], "status", "Settled")
	assert (rows()[0]["status"], run()[4]["Overdue"]) == ("Settled", 0)
	assert frappe.db.get_value("Pipeline Ledger Entry", row["ledger_entry"], "gate_override") == row["record"]


def test_an_override_stays_until_its_evidence_is_there(override):
	override()
	entry = rows()[0]["ledger_entry"]
	frappe.db.set_value("Pipeline Ledger Entry", entry, "posted_on", add_days(now_datetime(), -200))
	(row,) = rows()
	assert row["status"] == "Owed"
	assert rows(from_date=add_days(nowdate(), -400), to_date=add_days(nowdate(), -300)) == []
	frappe.db.set_value("Gate Override", row["record"], "status", "Settled")
	assert rows() == []


def test_a_bypass():
	made = bypassed()
	(row,) = rows()
	assert (row["kind"], row["document"], row["missing"]) == ("Bypass", made.name, CONTACT)
	assert frappe.db.get_value("Gate Bypass", row["record"], "pipeline") == pipelines.NAME


def test_a_move_around_the_gate_and_any_other_reconciled_change():
	moved = around_the_gate(sales_stage="Qualification")
	changed = around_the_gate(base_opportunity_amount=5)
	assert {row["document"]: (row["kind"], row["status"], row["changes"]) for row in rows()} == {
		moved.name: ("Reconciled", "Would Be Refused", "stage, probability"),
		changed.name: ("Reconciled", "Recorded Late", "amount"),
	}


def test_a_broken_rule_about_stages_has_a_name(pipeline, warn):
	pipeline.reload()
	next(row for row in pipeline.stages if row.stage == "Qualification").may_skip = 0
	pipeline.save()
	pipeline.publish()
	set_mode(pipeline, "Warn")
	move(deal(), "Needs Analysis")
	assert [row["missing"] for row in rows()] == ["A rule on skipping, going back or roles"]


def test_a_move_that_the_gate_lets_through_is_no_incident():
	move(deal(), "Qualification")
	assert rows() == []


@pytest.fixture
def incidents(refuse, override, warn):
	refuse()
	refuse(stage="Needs Analysis", opportunity_amount=0)
	override()
	warn(owner=BOB)
	bypassed()
	around_the_gate(sales_stage="Qualification")


def test_the_counts(incidents):
	_columns, data, _message, chart, summary = run()
	assert len(data) == 6
	assert summary == {
		"Refusal": 2,
		"Warning": 1,
		"Override": 1,
		"Bypass": 1,
		"Reconciled": 1,
		"Overdue": 0,
		"Stage with the Most": "Prospecting (6)",
		"Missing Most Often": f"{CONTACT} (5)",
		"Owner with the Most": "Ann (3)",
	}
	assert chart["data"]["labels"] == ["Prospecting"]
	assert [(each["name"], each["values"]) for each in chart["data"]["datasets"]] == [
		("Refusal", [2]),
		("Warning", [1]),
		("Override", [1]),
		("Bypass", [1]),
		("Reconciled", [1]),
	]


def test_counts_by_criterion_and_owner(incidents):
	by_criterion = run(count_by="Criterion")[3]["data"]
	assert by_criterion["labels"] == [CONTACT, AMOUNT]
	assert [each["values"] for each in by_criterion["datasets"]] == [[2, 1], [1, 0], [1, 0], [1, 0]]
	by_owner = run(count_by="Owner")[3]["data"]
	assert by_owner["labels"] == ["Ann", "Bob"]
	assert [each["values"] for each in by_owner["datasets"]] == [[2, 0], [0, 1], [1, 0], [0, 1], [0, 1]]


def test_filters(incidents):
	assert [row["kind"] for row in rows(kind="Warning")] == ["Warning"]
	assert [row["kind"] for row in rows(kind="Bypass")] == ["Bypass"]
	assert {row["deal_owner"] for row in rows(deal_owner=BOB)} == {BOB}
	assert len(rows(deal_owner=BOB)) == 3
	assert len(rows(pipeline=pipelines.NAME)) == 6
	assert rows(pipeline="No such pipeline") == []
	assert rows(company="No such company") == []
	assert rows(to_date=add_days(nowdate(), -1)) == []
	assert len(rows(from_date=nowdate(), to_date=nowdate())) == 6


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"kind": "Nonsense"}, "is none of: Refusal, Warning"),
		({"count_by": "Weather"}, "is none of: Stage, Criterion, Owner"),
		({"from_date": "2026-05-01", "to_date": "2026-04-01"}, "ends before it starts"),
		({"from_date": "soon"}, "not a date"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


def test_a_refused_new_deal_and_a_deleted_one_are_for_administrators(as_user, refuse):
	with pytest.raises(frappe.ValidationError, match=CONTACT):
		deal(sales_stage="Qualification", contact_email=None, opportunity_owner=ANN)
	refuse().delete()
	assert len(rows()) == 2
	for email in (ANN, KEEPER):
		with as_user(email):
			assert rows() == []


def test_only_deals_that_a_user_may_read(incidents, as_user):
	bobs = rows(kind="Warning")[0]["document"]
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": BOB,
			"allow": "Opportunity",
			"for_value": bobs,
			"apply_to_all_doctypes": 1,
		}
	).insert()
	with as_user(BOB):
		_columns, data, _message, _chart, summary = run()
	assert [row["document"] for row in data] == [bobs]
	assert (summary["Warning"], summary["Refusal"]) == (1, 0)


def test_a_sales_user_runs_it_from_the_desk_and_gets_no_link_to_what_is_not_theirs(refuse, as_user):
	refused = refuse()
	filters = {"company": factories.COMPANY, "from_date": nowdate(), "to_date": nowdate()}
	with as_user(ANN):
		(row,) = query_report.run("Gate Compliance", filters)["result"]
	assert (row["document"], row["record"]) == (refused.name, None)


def test_who_may_read_no_deal_gets_no_report(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run()


def test_the_number_of_queries_does_not_grow_with_incidents(refuse, override):
	def queries():
		run()
		return count_queries(run)

	refuse(), override()
	few = queries()
	for _more in range(3):
		refuse(), override()
	assert len(rows()) == 8
	assert queries() == few
