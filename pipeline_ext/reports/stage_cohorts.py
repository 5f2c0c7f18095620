"""Deals by the month in which they were made: to which stages they came, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from json import loads

import frappe
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt
from pypika.enums import DatePart
from pypika.functions import DistinctOptionFunction, Extract
from pypika.queries import QueryBuilder
from pypika.terms import Term

from pipeline_ext.domain.conversion import Created
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY

MADE_ON = "transaction_date"


class JsonList(DistinctOptionFunction):
	"""The values of a group as a JSON array."""

	def __init__(self, term: Term) -> None:
		super().__init__("JSON_ARRAYAGG", term)


def created(deals: DealFilters, period: Days) -> Iterator[Created]:
	"""The deals made in a period, those that went alike counted together."""
	deal = _deals(deals, period).as_("deal")
	alike = (deal.pipeline, deal.year, deal.month, deal.outcome, deal.status, deal.visited)
	query = frappe.qb.from_(deal).select(*alike, Count("*").as_("deals"), Sum(deal.amount).as_("amount"))
	return map(_created, query.groupby(*alike).run(as_dict=True))


def created_one_by_one(deals: DealFilters, period: Days) -> Iterator[Created]:
	"""The same, each deal by itself, with its name."""
	return map(_created, _deals(deals, period).run(as_dict=True))


def _deals(deals: DealFilters, period: Days) -> QueryBuilder:
	deal, tip, entry = (frappe.qb.DocType(doctype) for doctype in (DEALS, LEDGER_TIP, LEDGER))
	return (
		frappe.qb.from_(deal)
		.left_join(tip)
		.on((tip.document_type == DEALS) & (tip.document_name == deal.name))
		.left_join(entry)
		.on((entry.document_type == DEALS) & (entry.document_name == deal.name))
		.select(
			deal.name,
			deal[OPPORTUNITY.pipeline].as_("pipeline"),
			Extract(DatePart.year, deal[MADE_ON]).as_("year"),
			Extract(DatePart.month, deal[MADE_ON]).as_("month"),
			tip.outcome,
			deal[OPPORTUNITY.status].as_("status"),
			JsonList(entry.stage).distinct().as_("visited"),
			amount_of(OPPORTUNITY, deal).as_("amount"),
		)
		.where(deal[MADE_ON][period.first : period.last] & deals.of_deals(deal))
		.groupby(deal.name)
	)


def _created(row: frappe._dict) -> Created:
	"""Where the ledger does not know a deal, its status says how it ended."""
	by_status = OPPORTUNITY.outcome_of_status.get(row.status, Outcome.OPEN)
	return Created(
		pipeline=row.pipeline,
		month=date(row.year, row.month, 1),
		outcome=Outcome(row.outcome) if row.outcome else by_status,
		visited=frozenset(filter(None, loads(row.visited or "[]"))),
		deals=row.deals or 1,
		amount=flt(row.amount),
		deal=row.name,
	)
