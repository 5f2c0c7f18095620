"""Decided deals: each deal that is won or lost now, since the day on which it came to be."""

from __future__ import annotations

import frappe
import pytest
from frappe.query_builder.functions import Count

from pipeline_ext.reports.deal_filters import DealFilters
from pipeline_ext.reports.decisions import decided, undated
from tests.site import factories, pipelines, readers
from tests.site.decided_deals import lost, made, on, to, ungated, unknown, won
from tests.site.measure import count_queries


@pytest.fixture(autouse=True)
def pipeline():
	return ungated()


def parsed(**filters):
	return DealFilters.parse({"company": factories.COMPANY, **filters})


def decisions(**filters):
	"""Outcome, day and amount by deal; each deal comes once."""
	rows = decided(parsed(**filters)).run(as_dict=True)
	found = {row.name: (row.outcome, str(row.decided_on)[:10], row.amount) for row in rows}
	assert len(found) == len(rows)
	return found


def test_won_lost_and_open():
	sold = won("2024-01-10", "2024-03-05", opportunity_amount=1000)
	gone = lost("2024-01-10", "2024-02-01", opportunity_amount=200)
	made("2024-01-10")
	assert decisions() == {
		sold.name: ("Won", "2024-03-05", 1000),
		gone.name: ("Lost", "2024-02-01", 200),
	}


def test_a_deal_that_was_opened_again_is_not_decided():
	deal = won("2024-01-10", "2024-03-05")
	to("Negotiation/Review", deal, "2024-03-20")
	assert decisions() == {}


def test_a_deal_that_was_decided_again_is_decided_on_the_later_day():
	again = won("2024-01-10", "2024-03-05", opportunity_amount=10)
	to("Negotiation/Review", again, "2024-03-20")
	to("Won", again, "2024-05-02")
	turned = lost("2024-01-10", "2024-02-01", opportunity_amount=20)
	to("Won", turned, "2024-06-03")
	assert decisions() == {again.name: ("Won", "2024-05-02", 10), turned.name: ("Won", "2024-06-03", 20)}


def test_what_happens_to_a_won_deal_does_not_decide_it_anew():
	deal = won("2024-01-10", "2024-03-05", opportunity_amount=1000)
	with on("2024-04-01"):
		pipelines.move(deal, "Won", opportunity_amount=1500)
	assert [entry.outcome for entry in pipelines.ledger(deal)] == ["Open", "Won", "Won"]
	assert decisions() == {deal.name: ("Won", "2024-03-05", 1500)}


def test_a_status_that_closes_a_deal_where_it_stands():
	deal = made("2024-01-10", opportunity_amount=70)
	with on("2024-02-02"):
		frappe.get_doc("Opportunity", deal.name).db_set("status", "Closed")
	assert pipelines.stage_of(deal) == "Prospecting"
	assert decisions() == {deal.name: ("Lost", "2024-02-02", 70)}


def test_an_outcome_that_only_a_later_entry_shows():
	"""What went past the ledger counts from the first entry that knows of it, whatever changed there."""
	deal = made("2024-01-10", opportunity_amount=70)
	frappe.db.set_value("Opportunity", deal.name, "status", "Lost")
	with on("2024-02-02"):
		frappe.get_doc("Opportunity", deal.name).update({"opportunity_amount": 80}).save()
	assert pipelines.ledger(deal)[-1].changes == "amount"
	assert decisions() == {deal.name: ("Lost", "2024-02-02", 80)}


def test_a_deal_that_begins_as_won():
	with on("2024-02-02"):
		deal = pipelines.deal(sales_stage="Won")
	assert decisions() == {deal.name: ("Won", "2024-02-02", 1000)}


def test_a_deleted_deal_is_not_there():
	deal = won("2024-01-10", "2024-03-05")
	frappe.delete_doc("Opportunity", deal.name)
	assert pipelines.ledger(deal)
	assert decisions() == {}


def test_closed_deals_that_the_ledger_does_not_know_are_counted_as_undated():
	unknown(won("2024-01-10", "2024-03-05", source="Campaign"))
	unknown(made("2024-01-10"))
	lost("2024-01-10", "2024-03-05")
	assert (len(decisions()), undated(parsed())) == (1, 1)
	assert undated(parsed(source="Advertisement")) == 0


def test_the_filters_and_own_fields():
	deal = won("2024-01-10", "2024-03-05", source="Advertisement")
	won("2024-01-10", "2024-03-05", source="Campaign")
	rows = decided(parsed(source="Advertisement"), "source", "territory").run(as_dict=True)
	assert [(row.name, row.source) for row in rows] == [(deal.name, "Advertisement")]
	assert decisions(pipeline="Another") == {}


def test_others_group_and_bound_it():
	for day in ("2024-03-05", "2024-03-31", "2024-04-01"):
		won("2024-01-10", day)
	deals = decided(parsed()).as_("deals")
	march = (deals.decided_on >= "2024-03-01") & (deals.decided_on < "2024-04-01")
	query = frappe.qb.from_(deals).select(deals.outcome, Count("*")).where(march).groupby(deals.outcome)
	assert query.run() == (("Won", 2),)
	assert count_queries(query.run) == 1


def test_readers_get_their_own(as_user):
	mine = won("2024-01-10", "2024-03-05", territory="Rest Of The World")
	won("2024-01-10", "2024-03-05", territory="All Territories")
	with as_user(readers.held_to_territory("Rest Of The World")):
		assert list(decisions()) == [mine.name]
	frappe.db.set_value("Opportunity", mine.name, "owner", readers.OWN_ONLY)
	with as_user(readers.held_to_own()):
		assert list(decisions()) == [mine.name]
