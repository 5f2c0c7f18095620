"""What was won, by month and owner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import frappe
from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt
from pypika.enums import DatePart
from pypika.functions import Extract
from pypika.queries import QueryBuilder
from pypika.terms import Criterion

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports.access import readable
from pipeline_ext.reports.deal_filters import DEALS, LAST_DAY, Days, DealFilters
from pipeline_ext.reports.decisions import decided
from pipeline_ext.subjects import LEDGER_TIP, OPPORTUNITY


def won_by_month(filters: DealFilters, since: date) -> dict[tuple[date, str | None], float]:
	"""What the deals brought that were asked for and may be read, by first of the month and owner.

	In company currency; `since` is the first of a month.
	"""
	won = won_between(filters, Days(since, LAST_DAY))
	keys = (
		Extract(DatePart.year, won.decided_on),
		Extract(DatePart.month, won.decided_on),
		won[OPPORTUNITY.owner],
	)
	found: dict[tuple[date, str | None], float] = defaultdict(float)
	for year, month, owner, amount in (
		frappe.qb.from_(won).select(*keys, Sum(won.amount)).groupby(*keys).run()
	):
		found[date(year, month, 1), owner or None] += flt(amount)
	return found


def won_in(filters: DealFilters, days: Days) -> Iterator[tuple[str, str | None, float]]:
	"""Name, owner and amount of each deal that was won in those days."""
	for row in won_between(filters, days).run(as_dict=True):
		yield row.name, row[OPPORTUNITY.owner] or None, flt(row.amount)


def won_between(filters: DealFilters, days: Days) -> QueryBuilder:
	"""The deals that were won in those days, by their last decision."""
	is_won = frappe.qb.DocType(LEDGER_TIP).outcome == Outcome.WON.value
	return decided(filters, OPPORTUNITY.owner, within=days).where(is_won)


@dataclass(frozen=True)
class _EveryDeal(DealFilters):
	"""All deals of a company, also those that the user may not read."""

	def of_deals(self, deal: Table) -> Criterion:
		return deal[OPPORTUNITY.company] == self.company


def won_by_all(company: str, since: date) -> float:
	"""What all deals of a company brought, whoever asks: to take shares of, never to be shown as such."""
	return sum(won_by_month(_EveryDeal(company), since).values())


def reads_every_deal(company: str) -> bool:
	"""Whether the user may read all deals of a company."""
	deal = frappe.qb.DocType(DEALS)
	hidden = (deal[OPPORTUNITY.company] == company) & (Coalesce(readable(DEALS), 0) == 0)
	return not frappe.qb.from_(deal).select(deal.name).where(hidden).limit(1).run()
