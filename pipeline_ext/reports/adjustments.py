"""What owners and managers say of periods ahead: the newest Forecast Adjustments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import frappe
from frappe.utils import flt
from pypika.functions import Date
from pypika.terms import Criterion

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.lines import Said, of_all_pipelines
from pipeline_ext.reports.access import readable
from pipeline_ext.reports.deal_filters import Days, DealFilters

ADJUSTMENT = "Forecast Adjustment"
SAID_AS = {"Owner": "owner_says", "Manager": "manager_says"}

SaidOf = dict[tuple[CalendarPeriod, str | None], Said]


def said(filters: DealFilters, kind: PeriodKind, days: Days, as_it_began: bool = False) -> SaidOf:
	"""What was said last of each owner's deals, of the periods that begin in those days.

	`as_it_began`, only what was said up to the first day of its period. Only what the user may read.
	"""
	if says_nothing_of(filters) or not frappe.has_permission(ADJUSTMENT):
		return {}
	newest: dict[tuple[CalendarPeriod, str, str], dict[str | None, float]] = defaultdict(dict)
	for row in _oldest_first(filters, kind, days, as_it_began):
		who = CalendarPeriod(kind, row.from_date), row.deal_owner, SAID_AS[row.said_as]
		newest[who][row.pipeline or None] = flt(row.amount)
	found: SaidOf = {}
	for (period, owner, said_as), amounts in newest.items():
		before = found.get((period, owner), Said())
		found[period, owner] = replace(before, **{said_as: of_all_pipelines(amounts)})
	return found


def says_nothing_of(filters: DealFilters) -> bool:
	"""Whether nobody says what deals so chosen will bring: people speak of owners and pipelines alone."""
	return bool(filters.territory or filters.source or filters.customer_group)


def _oldest_first(
	filters: DealFilters, kind: PeriodKind, days: Days, as_it_began: bool
) -> list[frappe._dict]:
	adjustment = frappe.qb.DocType(ADJUSTMENT)
	conditions = [
		adjustment.company == filters.company,
		adjustment.period == kind.value,
		adjustment.from_date.between(days.first, days.last),
		readable(ADJUSTMENT),
	]
	if filters.pipeline:
		conditions.append(adjustment.pipeline == filters.pipeline)
	if filters.owners is not None:
		conditions.append(adjustment.deal_owner.isin(sorted(filters.owners) or [""]))
	if as_it_began:
		conditions.append(Date(adjustment.creation) <= adjustment.from_date)
	return (
		frappe.qb.from_(adjustment)
		.select("deal_owner", "from_date", "said_as", "pipeline", "amount")
		.where(Criterion.all(conditions))
		.orderby(adjustment.creation)
		.run(as_dict=True)
	)
