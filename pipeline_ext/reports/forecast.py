"""Open and won opportunities to the forecast: by month of close and by owner, weighted by stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import add_months, get_first_day, get_last_day, getdate
from pypika.enums import DatePart
from pypika.functions import Extract

from pipeline_ext.domain.forecast.rollup import DealGroup, ForecastLine, by_month, roll_up, total
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import filters, pipelines
from pipeline_ext.reports.access import readable
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.gate import stage_of
from pipeline_ext.subjects import OPPORTUNITY

MONTHS_AHEAD = 5


@dataclass(frozen=True)
class Period:
	"""The months a forecast is for, whole months, both ends included, and the company it is of."""

	company: str
	from_date: date
	to_date: date


@dataclass(frozen=True)
class Forecast:
	"""The forecast's lines and totals, in the company's currency.

	`undated` holds open deals whose close date is missing or before the period: they are in no month. `later`
	holds those that close after it. Neither is part of `total`.
	"""

	period: Period
	currency: str
	lines: tuple[ForecastLine, ...]
	months: tuple[ForecastLine, ...]
	total: ForecastLine
	undated: ForecastLine
	later: ForecastLine
	unweighted_deals: int

	def as_data(self) -> dict[str, Any]:
		"""The forecast as JSON data."""
		return {
			**asdict(self),
			"lines": [line_data(line) for line in self.lines],
			"months": [line_data(line) for line in self.months],
			"total": line_data(self.total),
			"undated": line_data(self.undated),
			"later": line_data(self.later),
		}


def line_data(line: ForecastLine) -> dict[str, Any]:
	"""A line as JSON data, the sum of won and weighted included."""
	return {**asdict(line), "forecast": line.forecast}


def forecast(given: Mapping[str, Any] | str | None = None) -> Forecast:
	"""The forecast for the filters `company`, `from_date`, `to_date`, `opportunity_owner`, `pipeline`.

	Of all opportunities that the user may read. Raises ValidationError for filters that make no sense.
	"""
	given = filters.parse(given)
	period = period_from(given)
	only = {
		"opportunity_owner": filters.text(given, "opportunity_owner", _("Owner")),
		"pe_pipeline": filters.text(given, "pipeline", _("Pipeline")),
	}
	open_groups = list(_open_groups(period, only))
	dated = [group for group in open_groups if _within(group, period)]
	dated += _won_groups(period, only)
	return Forecast(
		period=period,
		currency=frappe.get_cached_value("Company", period.company, "default_currency"),
		lines=roll_up(dated),
		months=by_month(dated),
		total=total(dated),
		undated=total(group for group in open_groups if not group.month or group.month < period.from_date),
		later=total(group for group in open_groups if group.month and group.month > period.to_date),
		unweighted_deals=sum(group.deals for group in open_groups if group.probability is None),
	)


def period_from(given: Mapping[str, Any]) -> Period:
	"""The period of the filters, widened to whole months; this month and the next five by default."""
	start = get_first_day(filters.day(given, "from_date", _("From Month")) or getdate())
	end = filters.day(given, "to_date", _("To Month")) or add_months(start, MONTHS_AHEAD)
	filters.refuse_backwards(start, get_last_day(end))
	return Period(filters.company(given), start, get_last_day(end))


def _within(group: DealGroup, period: Period) -> bool:
	return bool(group.month) and period.from_date <= group.month <= period.to_date


def _open_groups(period: Period, only: Mapping[str, str | None]) -> Iterator[DealGroup]:
	table = frappe.qb.DocType("Opportunity")
	rows = _grouped(table, table.expected_closing, period, only).where(
		table.status.notin(OPPORTUNITY.closed_statuses)
	)
	for row in rows.run(as_dict=True):
		stage = stage_of(row.version or _version_taken(period.company), row.stage)
		if stage is None or stage.outcome is Outcome.OPEN:
			yield _group(row, stage.probability if stage else None)


def _won_groups(period: Period, only: Mapping[str, str | None]) -> list[DealGroup]:
	"""Won deals by the month in which they reached their stage, or of their close if that is unknown."""
	table = frappe.qb.DocType("Opportunity")
	won_on = Coalesce(table.pe_stage_entered_on, table.expected_closing)
	rows = (
		_grouped(table, won_on, period, only)
		.where(table.status == "Converted")
		.where(won_on.between(period.from_date, f"{period.to_date} 23:59:59.999999"))
	)
	return [_group(row, 100.0, closed=True) for row in rows.run(as_dict=True)]


def _grouped(table, closes_on, period: Period, only: Mapping[str, str | None]):
	year, month = Extract(DatePart.year, closes_on), Extract(DatePart.month, closes_on)
	keys = (table.opportunity_owner, table.sales_stage, table.pe_pipeline_version)
	query = (
		frappe.qb.from_(table)
		.select(
			year.as_("year"),
			month.as_("month"),
			table.opportunity_owner.as_("owner"),
			table.sales_stage.as_("stage"),
			table.pe_pipeline_version.as_("version"),
			Count(table.name).as_("deals"),
			Sum(amount_of(OPPORTUNITY, table)).as_("amount"),
		)
		.where((table.company == period.company) & readable("Opportunity"))
		.groupby(year, month, *keys)
	)
	for field, value in only.items():
		if value:
			query = query.where(table[field] == value)
	return query


def _group(row: Mapping[str, Any], probability: float | None, closed: bool = False) -> DealGroup:
	return DealGroup(
		month=date(row.year, row.month, 1) if row.year else None,
		owner=row.owner,
		deals=row.deals,
		amount=float(row.amount or 0),
		probability=probability,
		closed=closed,
	)


def _version_taken(company: str) -> str | None:
	taken = pipelines.usual_for("Opportunity", company)
	return taken.version if taken else None
