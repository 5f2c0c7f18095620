"""Deals that are won or lost now, and since when: what every report on decided deals starts from."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.query_builder.functions import Count
from pypika.queries import QueryBuilder

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.reports.mariadb import instant
from pipeline_ext.subjects import LEDGER_TIP, OPPORTUNITY

ALWAYS = Days(date.min, date.max)
DECIDED = (Outcome.WON.value, Outcome.LOST.value)


def decided(filters: DealFilters, *fields: str, within: Days = ALWAYS) -> QueryBuilder:
	"""One row for each deal that is won or lost now, of those that were asked for and may be read.

	Of those decided `within` some days.

	Each has `name`, `outcome`, `decided_on`, `began_on`, `amount` and those of the deal's own `fields`.
	`decided_on` is when the deal came to the outcome that it has had since, by the ledger: one that was
	reopened and won once more is won on the later day, one that is open again is not there at all. `began_on`
	is when its ledger begins. `amount` is the deal's amount of today, in company currency.

	The tips are read from end to end, which takes less than to look up those of a year.
	"""
	deal, tip = frappe.qb.DocType(DEALS), frappe.qb.DocType(LEDGER_TIP)
	return (
		frappe.qb.from_(tip)
		.force_index("PRIMARY")
		.join(deal)
		.on(deal.name == tip.document_name)
		.select(
			deal.name,
			tip.outcome,
			tip.outcome_since.as_("decided_on"),
			tip.began_on,
			amount_of(OPPORTUNITY, deal).as_("amount"),
			*(deal[field] for field in fields),
		)
		.where((tip.outcome_since >= instant(within.first)) & (tip.outcome_since < instant(within.end)))
		.where((tip.document_type == DEALS) & tip.outcome.isin(DECIDED) & filters.of_deals(deal))
	)


def undated(filters: DealFilters) -> int:
	"""How many closed deals are on no pipeline, so that the ledger cannot say when they were decided."""
	deal = frappe.qb.DocType(DEALS)
	version = deal[OPPORTUNITY.version]
	return (
		frappe.qb.from_(deal)
		.select(Count("*"))
		.where(deal[OPPORTUNITY.status].isin(OPPORTUNITY.closed_statuses))
		.where(version.isnull() | (version == ""))
		.where(filters.of_deals(deal))
		.run()[0][0]
	)
