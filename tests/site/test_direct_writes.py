"""Writes that validate nothing: db_set meets the gate and is recorded; ignore_validate is no way round."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import now_datetime

from pipeline_ext.setup.pipeline_templates import aida
from pipeline_ext.setup.templates import draft
from tests.site import factories
from tests.site.pipelines import asking, deal, ledger, move, stage_of


def aida_for_the_company(**fields):
	draft(aida, "Leads", company=factories.COMPANY, priority=9, **fields).publish()


NEEDS_TITLE = {"field": "job_title", "operator": "is set", "title": "Job title known"}


def test_db_set_of_a_stage_is_refused_before_the_write():
	asking(NEEDS_TITLE)
	made = deal()
	with pytest.raises(frappe.ValidationError, match="Job title known"):
		frappe.get_doc("Opportunity", made.name).db_set("sales_stage", "Qualification")
	assert stage_of(made) == "Prospecting"


def test_db_set_of_a_stage_that_may_be_is_a_whole_move():
	asking(NEEDS_TITLE)
	made = deal(job_title="Buyer")
	frappe.get_doc("Opportunity", made.name).db_set("sales_stage", "Qualification")
	moved = frappe.get_doc("Opportunity", made.name)
	assert (moved.sales_stage, moved.pe_win_probability) == ("Qualification", 25)
	entry = ledger(made)[-1]
	assert (entry.stage, entry.move, entry.from_stage, entry.probability) == (
		"Qualification",
		"Forward",
		"Prospecting",
		25,
	)


@pytest.mark.parametrize(
	("field", "value", "changed"),
	[
		("status", "Converted", "outcome"),
		("opportunity_owner", "Administrator", "deal_owner"),
		("expected_closing", "2040-01-01", "expected_close"),
		("base_opportunity_amount", 77, "exchange_rate, amount"),
	],
)
def test_db_set_of_what_the_ledger_records_is_one_entry(field, value, changed):
	asking()
	made = deal(opportunity_owner="Guest")
	frappe.get_doc("Opportunity", made.name).db_set(field, value)
	entries = ledger(made)
	assert [entry.changes for entry in entries[1:]] == [changed]


def test_a_close_date_that_db_set_moves_later_is_a_push():
	asking()
	made = deal()
	for day, pushes in (("2040-01-01", 1), ("2039-01-01", 1), ("2041-01-01", 2)):
		frappe.get_doc("Opportunity", made.name).db_set("expected_closing", day)
		assert frappe.db.get_value("Opportunity", made.name, "pe_close_date_pushes") == pushes


def test_db_set_of_anything_else_is_none():
	asking()
	made = deal()
	frappe.get_doc("Opportunity", made.name).db_set("title", "Another")
	assert len(ledger(made)) == 1


def test_db_set_within_a_save_is_not_recorded_twice():
	asking()
	made = deal()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.opportunity_amount = 2000
	fresh.save()
	fresh.db_set("expected_closing", "2041-01-01")
	fresh.db_set("expected_closing", "2042-01-01")
	assert [entry.changes for entry in ledger(made)[1:]] == ["amount", "expected_close", "expected_close"]


def test_ignore_validate_is_no_way_round():
	asking(NEEDS_TITLE)
	fresh = frappe.get_doc("Opportunity", deal().name)
	fresh.sales_stage = "Qualification"
	fresh.flags.ignore_validate = True
	with pytest.raises(frappe.ValidationError, match="Job title known"):
		fresh.save()


def test_a_notification_that_sets_the_stage_is_refused_and_leaves_no_false_history():
	asking(NEEDS_TITLE)
	made = deal()
	frappe.get_doc(
		{
			"doctype": "Notification",
			"name": "Push deals on",
			"enabled": 1,
			"document_type": "Opportunity",
			"event": "Save",
			"channel": "System Notification",
			"subject": "On it goes",
			"message": "On",
			"recipients": [{"receiver_by_document_field": "owner"}],
			"set_property_after_alert": "sales_stage",
			"property_value": "Qualification",
		}
	).insert()
	frappe.clear_cache()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.opportunity_amount = 4000
	fresh.save()
	assert stage_of(made) == "Prospecting"
	assert [entry.changes for entry in ledger(made)[1:]] == ["amount"]


def test_a_mail_makes_a_lead_whatever_its_pipeline_asks():
	aida_for_the_company(mode="Enforce")
	lead = frappe.get_doc(
		{
			"doctype": "Lead",
			"company": factories.COMPANY,
			"lead_name": "Mail",
			"email_id": "somebody@mail.example",
			"source": None,
		}
	)
	lead.flags.ignore_mandatory = True
	lead.flags.ignore_permissions = True
	lead.insert()
	assert lead.pe_lead_stage == "Awareness"


def test_a_submitted_order_goes_through_whatever_the_gate_says():
	asking({"stage": "Won", **NEEDS_TITLE}, stages={"Won": {"reached_by": "Sales Order Submitted"}})
	rep = factories.user("rep@pipeline-test.example", "Sales User")
	made = deal(opportunity_owner=rep)
	order = factories.order(factories.quotation(made))
	assert order.docstatus == 1
	assert stage_of(made) == "Prospecting"
	told = frappe.get_last_doc("Notification Log", {"for_user": rep, "document_name": made.name})
	assert "Job title known" in told.email_content
	assert ledger(made)[-1].outcome == "Won"  # ERPNext has set the status to Converted


def test_documents_bring_deals_to_their_stage():
	asking(
		stages={
			"Negotiation/Review": {"reached_by": "Quotation Submitted"},
			"Won": {"reached_by": "Sales Order Submitted"},
		}
	)
	made = deal()
	quotation = factories.quotation(made)
	assert stage_of(made) == "Negotiation/Review"
	assert ledger(made)[-1].path == f"Quotation {quotation.name}"
	factories.order(quotation)
	assert stage_of(made) == "Won"
	move(made, "Negotiation/Review")
	factories.quotation(made)
	assert stage_of(made) == "Negotiation/Review"


def test_a_document_never_takes_a_deal_back():
	asking(stages={"Qualification": {"reached_by": "Quotation Submitted"}})
	made = deal(sales_stage="Needs Analysis")
	factories.quotation(made)
	assert stage_of(made) == "Needs Analysis"


def test_a_converted_lead_comes_to_its_stage():
	aida_for_the_company(criteria=[])
	lead = factories.lead("Grace Hopper")
	assert lead.pe_lead_stage == "Awareness"
	factories.opportunity(lead)
	assert frappe.db.get_value("Lead", lead.name, "pe_lead_stage") == "Awareness"
	factories.customer("Hopper Ltd", lead_name=lead.name)
	assert frappe.db.get_value("Lead", lead.name, "pe_lead_stage") == "Purchase"


def test_a_signed_contract_brings_a_deal_to_its_stage():
	asking(stages={"Won": {"reached_by": "Contract Signed"}})
	made = deal()
	quotation = factories.quotation(made)
	contract = factories.contract(quotation)
	contract.submit()
	assert stage_of(made) == "Prospecting"
	contract.update({"is_signed": 1, "signee": "Ada", "signed_on": now_datetime()})
	contract.save()
	assert (stage_of(made), ledger(made)[-1].path) == ("Won", f"Contract {contract.name}")
