"""Deals that are won or lost now, and since when: what every report on decided deals starts from."""

from __future__ import annotations

import frappe
from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce, Count, Max
from pypika.queries import QueryBuilder

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, DealFilters
from pipeline_ext.subjects import LEDGER, OPPORTUNITY

DECIDED = (Outcome.WON.value, Outcome.LOST.value)


def decided(filters: DealFilters, *fields: str) -> QueryBuilder:
	"""One row for each deal that is won or lost now, of those that were asked for and may be read.

	Each has `name`, `outcome`, `decided_on`, `amount` and those of the deal's own `fields`. `decided_on` is
	when the deal came to the outcome that it has had since, by the ledger: one that was reopened and won once
	more is won on the later day, one that is open again is not there at all. `amount` is the deal's amount of
	today, in company currency.
	"""
	deal, entry = frappe.qb.DocType(DEALS), frappe.qb.DocType(LEDGER)
	return (
		frappe.qb.from_(deal)
		.join(entry)
		.on((entry.document_type == DEALS) & (entry.document_name == deal.name))
		.select(
			deal.name,
			entry.outcome,
			entry.posted_on.as_("decided_on"),
			amount_of(OPPORTUNITY, deal).as_("amount"),
			*(deal[field] for field in fields),
		)
		.where(entry.outcome.isin(DECIDED) & (entry.sequence == _first_since_another(entry)))
		.where(filters.of_deals(deal))
	)


def _first_since_another(entry: Table) -> QueryBuilder:
	"""The number of the entry that follows the deal's last one with another outcome."""
	other = frappe.qb.DocType(LEDGER).as_("other")
	return (
		frappe.qb.from_(other)
		.select(Coalesce(Max(other.sequence), 0) + 1)
		.where((other.document_type == entry.document_type) & (other.document_name == entry.document_name))
		.where(other.outcome != entry.outcome)
	)


def undated(filters: DealFilters) -> int:
	"""How many closed deals are on no pipeline, so that the ledger cannot say when they were decided."""
	deal = frappe.qb.DocType(DEALS)
	return (
		frappe.qb.from_(deal)
		.select(Count("*"))
		.where(deal[OPPORTUNITY.status].isin(OPPORTUNITY.closed_statuses))
		.where(Coalesce(deal[OPPORTUNITY.version], "") == "")
		.where(filters.of_deals(deal))
		.run()[0][0]
	)
