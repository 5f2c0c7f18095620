"""Documents that were there before the app get a ledger of what the site knows of their past."""

from __future__ import annotations

import json
from datetime import datetime

import frappe
import pytest
from frappe.utils import get_datetime

from pipeline_ext.history.chains import chains_of
from pipeline_ext.history.opening import open_ledgers
from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.history.sealing import tampered
from tests.site import factories, lead_pipelines, pipelines
from tests.site.pipelines import deal, ledger

CREATED = datetime(2026, 1, 5, 9)
CHANGED = datetime(2026, 3, 1, 12)
OWN_FIELDS = {
	"pe_pipeline": None,
	"pe_pipeline_version": None,
	"pe_stage_entered_on": None,
	"pe_forecast_category": None,
	"pe_win_probability": 0,
}


@pytest.fixture(autouse=True)
def pipeline():
	return pipelines.enforced()


def put_before_the_app(doc, **fields):
	"""As if the document had been made on a site without the app, and last changed on CHANGED."""
	pipelines.forget(doc)
	own = OWN_FIELDS if doc.doctype == "Opportunity" else {"pe_lead_pipeline_version": None}
	dated = {"creation": CREATED, "modified": CHANGED, "owner": "Guest", "modified_by": "Administrator"}
	frappe.db.set_value(doc.doctype, doc.name, {**own, **dated, **fields}, update_modified=False)


def old_deal(**fields):
	made = deal()
	put_before_the_app(made, **fields)
	return made


def tracked(doc, on, *changed):
	version = frappe.get_doc(
		{
			"doctype": "Version",
			"ref_doctype": doc.doctype,
			"docname": doc.name,
			"data": json.dumps({"changed": changed}),
		}
	).insert()
	frappe.db.set_value("Version", version.name, {"creation": on, "owner": "Guest"}, update_modified=False)


def told(doc):
	return [(get_datetime(entry.posted_on), entry.path, entry.stage, entry.outcome) for entry in ledger(doc)]


def test_a_deal_is_put_on_its_pipeline_with_the_past_that_is_known(pipeline):
	old = old_deal(sales_stage="Proposal/Price Quote")
	open_ledgers()
	assert told(old) == [
		(CREATED, "Creation", None, "Open"),
		(CHANGED, "Last Change", "Proposal/Price Quote", "Open"),
	]
	entry = ledger(old)[-1]
	assert (entry.origin, entry.pipeline, entry.move) == ("Reconstructed", pipeline.name, "Enter")
	assert (entry.pipeline_version, entry.posted_by) == (pipeline.published_version, "Administrator")
	assert (entry.amount, entry.probability, entry.forecast_category) == (1000, 65, "Best Case")
	assert frappe.db.get_value(
		"Opportunity",
		old.name,
		["pe_pipeline", "pe_pipeline_version", "pe_stage_entered_on", "pe_win_probability", "modified"],
	) == (pipeline.name, pipeline.published_version, CHANGED, 65, CHANGED)


def test_the_ledger_ends_with_what_the_document_is():
	old_deal(sales_stage="Proposal/Price Quote")
	old_deal(sales_stage="A stage of old", status="Lost")
	old_deal(sales_stage=None, opportunity_owner=None, expected_closing=None)
	assert open_ledgers() >= 3
	assert list(tampered()) == []
	assert reconcile().differences == ()


def test_a_second_run_finds_nothing_to_open():
	old = old_deal()
	open_ledgers()
	before = ledger(old)
	assert open_ledgers() == 0
	assert ledger(old) == before


def test_a_deal_in_the_first_stage_was_always_there():
	old = old_deal(sales_stage="Prospecting")
	open_ledgers()
	assert told(old) == [(CREATED, "Creation", "Prospecting", "Open")]


def test_tracked_changes_become_entries():
	old = old_deal(sales_stage="Needs Analysis", base_opportunity_amount=2500, opportunity_owner="Guest")
	tracked(old, datetime(2026, 1, 10), ["sales_stage", "Prospecting", "Qualification"], ["title", "a", "b"])
	tracked(old, datetime(2026, 1, 20), ["base_opportunity_amount", "€ 1,000.00", "€ 2,500.00"])
	tracked(old, datetime(2026, 1, 30), ["sales_stage", "Qualification", "Needs Analysis"])
	tracked(old, datetime(2026, 2, 9), ["opportunity_owner", "Administrator", "Guest"])
	open_ledgers()
	entries = ledger(old)
	assert [(entry.stage, entry.amount, entry.deal_owner) for entry in entries] == [
		("Prospecting", 1000, "Administrator"),
		("Qualification", 1000, "Administrator"),
		("Qualification", 2500, "Administrator"),
		("Needs Analysis", 2500, "Administrator"),
		("Needs Analysis", 2500, "Guest"),
	]
	assert [entry.move for entry in entries] == ["Enter", "Forward", None, "Forward", None]
	assert [entry.probability for entry in entries] == [10, 25, 25, 45, 45]
	assert (entries[3].from_stage, entries[3].days_in_stage) == ("Qualification", 20)
	assert get_datetime(frappe.db.get_value("Opportunity", old.name, "pe_stage_entered_on")) == datetime(
		2026, 1, 30
	)


@pytest.mark.parametrize(
	("date_format", "number_format", "before", "after", "amount"),
	[
		("dd.mm.yyyy", "#.###,##", "02.04.2026", "30.06.2026", "1.234,50 €"),
		("mm-dd-yyyy", "#,###.##", "04-02-2026", "06-30-2026", "Rs. 1,234.50"),
		("yyyy-mm-dd", "# ###,##", "2026-04-02", "2026-06-30", "1 234,50"),
	],
)
def test_tracked_values_are_read_as_the_site_writes_them(
	monkeypatch, date_format, number_format, before, after, amount
):
	frappe.db.set_default("date_format", date_format)
	frappe.db.set_default("number_format", number_format)
	monkeypatch.setattr(frappe.local, "user_date_format", None, raising=False)
	old = old_deal(sales_stage="Prospecting", expected_closing="2026-06-30")
	tracked(
		old,
		datetime(2026, 1, 10),
		["expected_closing", before, after],
		["base_opportunity_amount", amount, "€ 7"],
	)
	open_ledgers()
	assert [str(entry.expected_close) for entry in ledger(old)][:2] == ["2026-04-02", "2026-06-30"]
	assert [entry.amount for entry in ledger(old)] == [1234.5, 7, 1000]


def test_a_tracked_value_that_cannot_be_read_is_not_guessed():
	old = old_deal(sales_stage="Prospecting", expected_closing="2026-06-30")
	tracked(old, datetime(2026, 1, 10), ["expected_closing", "31/12/26 or so", "30-06-2026"])
	tracked(old, datetime(2026, 1, 11), ["base_opportunity_amount", "much", "€ 1,000.00"])
	open_ledgers()
	assert [(str(entry.expected_close), entry.amount) for entry in ledger(old)] == [("2026-06-30", 1000)]


def test_an_order_dates_a_won_deal():
	made = deal(sales_stage="Prospecting")
	order = factories.order(factories.quotation(made))
	ordered = datetime(2026, 2, 14, 10)
	frappe.db.set_value("Sales Order", order.name, "creation", ordered, update_modified=False)
	put_before_the_app(made, sales_stage="Won", status="Converted")
	open_ledgers()
	assert told(made) == [
		(CREATED, "Creation", None, "Open"),
		(ordered, "Sales Order", "Won", "Won"),
	]


def test_a_lost_deal_was_open_until_its_last_change():
	old = old_deal(sales_stage="Prospecting", status="Lost")
	open_ledgers()
	assert told(old) == [
		(CREATED, "Creation", "Prospecting", "Open"),
		(CHANGED, "Last Change", "Prospecting", "Lost"),
	]


def test_a_deal_that_no_pipeline_takes_has_no_ledger(pipeline):
	old = old_deal()
	frappe.db.set_value("Sales Pipeline", {"document_type": "Opportunity"}, "enabled", 0)
	frappe.get_doc("Sales Pipeline", pipeline.name).on_update()
	open_ledgers()
	assert ledger(old) == []


def test_conditions_decide_on_the_whole_document(pipeline):
	fitting, other = old_deal(source="Exhibition"), old_deal()
	doc = frappe.get_doc("Sales Pipeline", pipeline.name)
	special = frappe.copy_doc(doc)
	special.update({"pipeline_name": "Large", "priority": 9, "published_version": None})
	special.append("conditions", {"field": "source", "operator": "=", "value": "Exhibition"})
	special.insert().publish()
	open_ledgers()
	assert frappe.db.get_value("Opportunity", fitting.name, "pe_pipeline") == "Large"
	assert frappe.db.get_value("Opportunity", other.name, "pe_pipeline") == pipeline.name


def test_leads_are_opened_too():
	pipeline = lead_pipelines.warning()
	lead = factories.lead()
	put_before_the_app(lead, pe_lead_stage=None, status="Do Not Contact")
	open_ledgers()
	(chain,) = chains_of("Lead", [lead.name])
	assert [(entry.state.stage, entry.state.outcome) for entry in chain.entries] == [
		(None, "Open"),
		(None, "Lost"),
	]
	assert frappe.db.get_value("Lead", lead.name, ["pe_lead_pipeline", "pe_lead_stage_entered_on"]) == (
		pipeline.name,
		None,
	)


def test_a_forecast_category_that_somebody_chose_is_kept():
	old = old_deal(sales_stage="Prospecting", pe_forecast_category="Commit")
	open_ledgers()
	assert ledger(old)[-1].forecast_category == "Commit"


def test_a_document_whose_ledger_was_taken_away_is_left_to_be_found():
	made = deal()
	frappe.db.delete("Pipeline Ledger Entry", {"document_name": made.name})
	open_ledgers()
	assert [(name, flaw.kind) for _doctype, name, flaw in tampered()] == [(made.name, "missing")]


def test_an_old_deal_goes_on_like_any_other():
	old = old_deal(sales_stage="Prospecting")
	open_ledgers()
	pipelines.move(old, "Qualification")
	last = ledger(old)[-1]
	assert (last.sequence, last.origin, last.move, last.from_stage) == (
		2,
		"Recorded",
		"Forward",
		"Prospecting",
	)
	assert list(tampered()) == []
