"""What changes without events is found, recorded once with what the gate says of it, and told."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest
from frappe.utils import get_datetime, now_datetime

from pipeline_ext import tasks
from pipeline_ext.history import reconciliation
from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.history.sealing import tampered
from tests.site import factories, lead_pipelines, pipelines
from tests.site.pipelines import deal, ledger


@pytest.fixture(autouse=True)
def pipeline():
	made = pipelines.enforced()
	reconcile()
	return made


def write(made, **fields):
	"""As `frappe.db.set_value` or SQL does: no event sees it."""
	frappe.db.set_value("Opportunity", made.name, fields, update_modified=False)


def found():
	return [(each.doctype, each.name, each.changes) for each in reconcile().differences]


def test_where_nothing_bypassed_events_nothing_is_found():
	made = deal()
	pipelines.move(made, "Qualification")
	assert found() == []


@pytest.mark.parametrize(
	("fields", "changes"),
	[
		({"base_opportunity_amount": 7}, ("amount",)),
		({"expected_closing": "2040-01-01"}, ("expected_close",)),
		({"expected_closing": None}, ("expected_close",)),
		({"opportunity_owner": "Guest"}, ("deal_owner",)),
		({"pe_forecast_category": "Commit"}, ("forecast_category",)),
		({"pe_win_probability": 99}, ("probability",)),
		({"company": ""}, ("company",)),
		({"status": "Lost"}, ("outcome",)),
		({"status": "Converted"}, ("outcome",)),
		({"status": "Quotation"}, None),
		({"title": "Nothing the ledger records"}, None),
	],
)
def test_each_change_is_found_once(fields, changes):
	made = deal(opportunity_owner="Administrator")
	write(made, **fields)
	before = len(ledger(made))
	assert found() == ([("Opportunity", made.name, changes)] if changes else [])
	assert found() == []
	assert len(ledger(made)) == before + bool(changes)
	assert list(tampered()) == []


def test_the_entry_says_how_the_change_was_found():
	made = deal()
	write(made, base_opportunity_amount=7)
	reconcile()
	entry = ledger(made)[-1]
	assert (entry.origin, entry.path, entry.changes, entry.amount) == (
		"Reconciled",
		"Without Events",
		"amount",
		7,
	)
	assert (entry.posted_by, entry.move) == (None, None)
	assert now_datetime() - get_datetime(entry.posted_on) < timedelta(minutes=1)


def test_a_move_carries_the_gates_verdict_and_the_document_follows():
	made = deal(contact_email=None)
	write(made, sales_stage="Qualification", pe_stage_entered_on=now_datetime() - timedelta(days=4))
	assert found() == [("Opportunity", made.name, ("stage", "probability"))]
	entry = ledger(made)[-1]
	assert (entry.move, entry.from_stage, entry.stage) == ("Forward", "Prospecting", "Qualification")
	assert (entry.would_refuse, entry.probability) == (1, 25)
	assert 4 <= entry.days_in_stage < 4.1
	entered_on, probability = frappe.db.get_value(
		"Opportunity", made.name, ["pe_stage_entered_on", "pe_win_probability"]
	)
	assert (get_datetime(entered_on), probability) == (get_datetime(entry.posted_on), 25)


def test_a_move_that_the_gate_would_have_let_through_is_no_refusal():
	made = deal()
	write(made, sales_stage="Qualification")
	reconcile()
	assert ledger(made)[-1].would_refuse == 0


def test_a_stage_that_the_pipeline_does_not_have_is_recorded_as_refused():
	made = deal()
	write(made, sales_stage="Nowhere")
	assert found() == [("Opportunity", made.name, ("stage",))]
	assert (ledger(made)[-1].stage, ledger(made)[-1].would_refuse) == ("Nowhere", 1)
	assert found() == []


def test_a_closed_stage_decides_whatever_the_status_says():
	made = deal()
	write(made, sales_stage="Won", status="Converted")
	assert found() == [("Opportunity", made.name, ("stage", "outcome", "probability", "forecast_category"))]
	write(made, status="Open")
	assert found() == []
	write(made, status="Lost")
	assert found() == []


def test_a_document_taken_off_its_pipeline_is_found():
	made = deal()
	write(made, pe_pipeline_version=None, pe_pipeline=None)
	assert found() == [("Opportunity", made.name, ("pipeline", "pipeline_version"))]
	assert found() == []


def test_another_version_is_found(pipeline):
	made = deal()
	newer = frappe.get_doc("Sales Pipeline", pipeline.name).publish()
	write(made, pe_pipeline_version=newer)
	assert found() == [("Opportunity", made.name, ("pipeline_version",))]
	assert ledger(made)[-1].pipeline_version == newer
	assert found() == []


def test_a_deleted_document_is_no_difference():
	made = deal()
	frappe.delete_doc("Opportunity", made.name)
	assert found() == []


def test_a_document_without_a_ledger_gets_one(pipeline):
	made = deal()
	write(made, pe_pipeline=None, pe_pipeline_version=None)
	pipelines.forget(made)
	result = reconcile()
	assert (result.opened, result.differences) == (1, ())
	assert ledger(made)[-1].origin == "Reconstructed"


def test_a_change_of_somebody_else_in_between_is_not_recorded_twice(monkeypatch):
	made = deal()
	monkeypatch.setattr(reconciliation, "_differing", lambda subject: [made.name, "gone"])
	assert found() == []


def test_a_push_without_events_is_counted():
	made = deal(expected_closing="2039-01-01")
	write(made, expected_closing="2040-01-01")
	reconcile()
	assert frappe.db.get_value("Opportunity", made.name, "pe_close_date_pushes") == 1
	write(made, expected_closing="2039-06-01")
	reconcile()
	assert frappe.db.get_value("Opportunity", made.name, "pe_close_date_pushes") == 1


def test_leads_are_reconciled_too():
	lead_pipelines.warning()
	lead = factories.lead()
	frappe.db.set_value("Lead", lead.name, "lead_owner", "Guest")
	assert found() == [("Lead", lead.name, ("deal_owner",))]
	assert found() == []


def test_the_document_is_not_marked_as_changed():
	made = deal()
	write(made, sales_stage="Qualification", modified=datetime(2026, 1, 1))
	reconcile()
	assert frappe.db.get_value("Opportunity", made.name, "modified") == datetime(2026, 1, 1)


def test_administrators_are_told_once():
	admin = factories.user("admin@pipeline-test.example", "Pipeline Administrator")
	made = deal()
	write(made, base_opportunity_amount=7)
	tasks.reconcile_ledgers()
	tasks.reconcile_ledgers()
	(message,) = frappe.get_all("Notification Log", {"for_user": admin}, ["subject", "email_content"])
	assert message.subject == "Changed without events, now in the pipeline ledger: 1"
	assert made.name in message.email_content
