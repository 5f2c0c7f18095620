"""One entry per real change, chained, append-only, at the cost that was promised."""

from __future__ import annotations

from datetime import datetime

import frappe
import pytest
from frappe.utils import add_days, get_datetime, nowdate

from tests.site import factories, pipelines
from tests.site.measure import extra_queries
from tests.site.pipelines import deal, ledger, move


@pytest.fixture(autouse=True)
def pipeline():
	return pipelines.enforced()


def save(made, **fields):
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update(fields)
	return fresh.save()


def test_a_new_deal_opens_its_ledger():
	(entry,) = ledger(deal())
	assert (entry.sequence, entry.move, entry.stage, entry.outcome) == (1, "Enter", "Prospecting", "Open")
	assert (entry.amount, entry.probability, entry.company) == (1000, 10, factories.COMPANY)


def test_a_move_holds_the_state_after_it():
	made = deal()
	frappe.db.set_value("Opportunity", made.name, "pe_stage_entered_on", add_days(nowdate(), -4))
	move(made, "Qualification")
	entry = ledger(made)[-1]
	assert (entry.sequence, entry.move) == (2, "Forward")
	assert (entry.from_stage, entry.stage, entry.probability) == ("Prospecting", "Qualification", 25)
	assert entry.changes == "stage, probability"
	assert 4 <= entry.days_in_stage < 5
	assert entry.posted_by == "Administrator"


def test_amount_close_date_owner_and_category_are_recorded_and_nothing_else_is():
	made = deal()
	save(made, opportunity_amount=2500)
	save(made, expected_closing=add_days(nowdate(), 60))
	save(made, opportunity_owner=factories.user("rep@pipeline-test.example", "Sales User"))
	save(made, pe_forecast_category="Commit")
	save(made, title="A new title")
	assert [entry.changes for entry in ledger(made)[1:]] == [
		"amount",
		"expected_close",
		"deal_owner",
		"forecast_category",
	]
	assert ledger(made)[-1].amount == 2500


def test_a_refused_move_leaves_no_entry():
	made = deal(contact_email=None)
	with pytest.raises(frappe.ValidationError):
		move(made, "Qualification")
	assert len(ledger(made)) == 1


def test_the_amount_is_in_company_currency_whatever_the_client_says():
	made = deal(currency=factories.FOREIGN_CURRENCY, conversion_rate=7, base_opportunity_amount=5)
	assert made.base_opportunity_amount == 1000 * factories.EXCHANGE_RATE
	assert ledger(made)[0].amount == 1000 * factories.EXCHANGE_RATE


def test_a_close_date_that_moves_later_is_a_push():
	made = deal()
	save(made, expected_closing=add_days(nowdate(), 20))
	save(made, expected_closing=add_days(nowdate(), 40))
	assert save(made, expected_closing=add_days(nowdate(), 50)).pe_close_date_pushes == 2
	assert save(made, pe_close_date_pushes=0).pe_close_date_pushes == 2


def test_nobody_changes_or_deletes_an_entry():
	made = deal()
	name = ledger(made)[0].name
	forged = {
		"document_type": "Opportunity",
		"document_name": made.name,
		"sequence": 2,
		"posted_on": nowdate(),
	}
	entry = frappe.get_doc("Pipeline Ledger Entry", name)
	for tamper in (
		lambda: entry.save(ignore_permissions=True),
		lambda: entry.db_set("amount", 1),
		lambda: frappe.delete_doc("Pipeline Ledger Entry", name, ignore_permissions=True, force=True),
		lambda: frappe.get_doc(
			{"doctype": "Pipeline Ledger Entry", "posted_on": nowdate(), **forged}
		).insert(),
	):
		with pytest.raises(frappe.ValidationError, match="only grows"):
			tamper()


def test_a_deleted_deal_keeps_its_entries():
	made = deal()
	frappe.delete_doc("Opportunity", made.name)
	assert len(ledger(made)) == 1


def test_a_loader_of_past_data_dates_its_entries():
	made = deal()
	past = datetime(2030, 5, 1, 10, 30)
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.sales_stage = "Qualification"
	frappe.flags.pe_posted_on = past
	fresh.save()
	assert get_datetime(ledger(made)[-1].posted_on) == past
	assert get_datetime(fresh.pe_stage_entered_on) == past


def test_time_never_runs_backwards():
	made = deal()
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.opportunity_amount = 5
	frappe.flags.pe_posted_on = datetime(2001, 1, 1)
	fresh.save()
	first, second = ledger(made)
	assert second.posted_on == first.posted_on


@pytest.mark.parametrize(
	("fields", "most"),
	[
		({"title": "Nothing the ledger records"}, 0),
		({"opportunity_amount": 4321}, 3),
		({"expected_closing": "2040-01-01"}, 3),
		({"opportunity_owner": "Administrator"}, 3),
		({"sales_stage": "Qualification"}, 4),
	],
)
def test_what_a_save_costs(fields, most):
	made = deal(opportunity_owner="Guest")

	def act():
		doc = frappe.get_doc("Opportunity", made.name)
		doc.update(fields)
		doc.save()

	assert extra_queries(act) <= most


def test_a_move_costs_one_query_more_per_kind_of_linked_document():
	made = deal(sales_stage="Proposal/Price Quote")
	factories.quotation(made)

	def act():
		doc = frappe.get_doc("Opportunity", made.name)
		doc.sales_stage = "Negotiation/Review"
		doc.save()

	assert extra_queries(act) <= 5
