"""Months and quarters ahead: closed, expected with a range, the simple views, and what people say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cached_property
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, formatdate, getdate

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.headline import MODEL
from pipeline_ext.domain.forecast.lines import (
	VIEWS,
	Figures,
	Hindsight,
	Known,
	Line,
	OpenGroup,
	line_of,
	outlook_of,
	total,
)
from pipeline_ext.domain.forecast.outlook import Outlook, PastOutlook, outlook_from_dict, past_from_dict
from pipeline_ext.domain.forecast.part import share_of
from pipeline_ext.domain.forecast.ranges import Range
from pipeline_ext.reports import filters as given
from pipeline_ext.reports import win_models
from pipeline_ext.reports.adjustments import said
from pipeline_ext.reports.deal_filters import Days, DealFilters, days
from pipeline_ext.reports.decisions import undated
from pipeline_ext.reports.drill_down import Behind, by_deal, refuse_figure
from pipeline_ext.reports.open_deals import groups_at_start, open_groups
from pipeline_ext.reports.win_models import SavedModel
from pipeline_ext.reports.won_deals import reads_every_deal, won_by_all, won_by_month, won_in

MOST_PERIODS = 120
MONTHS_SHARED = 12
"""This month and so many before it say what share some deals have in what is won."""

ByMonth = Mapping[tuple[date, str | None], float]
Won = dict[tuple[CalendarPeriod, str | None], float]


class Step(str, Enum):
	"""What a row of the report is about."""

	MONTH = "Month"
	QUARTER = "Quarter"

	@property
	def kind(self) -> PeriodKind:
		return PeriodKind(self.value)

	@property
	def months_ahead(self) -> int:
		"""How far ahead the last period begins that is forecast."""
		return 5 if self is Step.MONTH else 3


@dataclass(frozen=True)
class Asked:
	"""What the reader asked for, checked: whole periods, those that are over among them."""

	deals: DealFilters
	kind: PeriodKind
	periods: tuple[CalendarPeriod, ...]
	today: date

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Asked:
		"""From `period`, `from_date`, `to_date` and the filters of `DealFilters`."""
		step = given.choice(filters, "period", _("Period"), Step) or Step.MONTH
		today = getdate()
		this = CalendarPeriod.around(today, step.kind)
		last = CalendarPeriod.around(getdate(add_months(this.first, step.months_ahead)), step.kind).last
		chosen = days(filters, this.first, last)
		if chosen.last > last:
			frappe.throw(
				_("Nothing is forecast beyond {0}. Choose an earlier end.").format(formatdate(last)),
				title=_("Too Far Ahead"),
			)
		return cls(DealFilters.parse(filters), step.kind, _periods(chosen, step.kind), today)

	@property
	def days(self) -> Days:
		return Days(self.periods[0].first, self.periods[-1].last)

	@property
	def this_period(self) -> CalendarPeriod:
		return CalendarPeriod.around(self.today, self.kind)

	@property
	def last_period(self) -> CalendarPeriod:
		"""The one that ended last."""
		return CalendarPeriod.around(self.this_period.first - timedelta(days=1), self.kind)

	@cached_property
	def share_since(self) -> date:
		return getdate(add_months(self.today.replace(day=1), -MONTHS_SHARED))

	@cached_property
	def is_whole(self) -> bool:
		"""Whether it is of all the company's deals, and the reader may read them."""
		return self.deals == DealFilters(self.deals.company) and reads_every_deal(self.deals.company)


def _periods(chosen: Days, kind: PeriodKind) -> tuple[CalendarPeriod, ...]:
	months = (chosen.last.year - chosen.first.year) * 12 + chosen.last.month - chosen.first.month
	if months // kind.months >= MOST_PERIODS:
		frappe.throw(
			_("That is more than {0} periods. Choose a later start.").format(MOST_PERIODS),
			title=_("Too Many Periods"),
		)
	found = [CalendarPeriod.around(chosen.first, kind)]
	while found[-1].last < chosen.last:
		found.append(CalendarPeriod.around(found[-1].last + timedelta(days=1), kind))
	return tuple(found)


@dataclass(frozen=True)
class Sum:
	"""So many open deals and what they are worth together."""

	deals: int
	amount: float


@dataclass(frozen=True)
class Forecast:
	"""The forecast of the deals that a reader asked for and may read, in company currency.

	`undated`, `overdue` and `later` are open deals that no simple view counts: nobody knows when they are to
	close, or it was to be before this period, or it is after the last one. `unscored` deals were not open
	last night, `unweighted` ones are in no stage of their pipeline, `closed_undated` ones are in no period
	because nobody knows when they were won or lost.
	"""

	asked: Asked
	model: SavedModel | None
	lines: tuple[Line, ...]
	hindsight: Hindsight
	undated: Sum
	overdue: Sum
	later: Sum
	unscored: int
	unweighted: int
	closed_undated: int

	@property
	def currency(self) -> str:
		return self.asked.deals.currency

	@cached_property
	def total(self) -> Figures:
		return total(line.figures for line in self.lines)

	def as_data(self) -> dict[str, Any]:
		"""The forecast as JSON data."""
		besides = ("undated", "overdue", "later")
		return {
			"company": self.asked.deals.company,
			"currency": self.currency,
			"period": self.asked.kind.value,
			"learned_on": self.model and self.model.outlook.origin,
			"missing": list(self.model.outlook.missing) if self.model else [],
			"lines": [_line_data(line) for line in self.lines],
			"total": asdict(self.total),
			"last_period": _hindsight_data(self.hindsight),
			**{name: asdict(getattr(self, name)) for name in besides},
			"unscored": self.unscored,
			"unweighted": self.unweighted,
			"closed_undated": self.closed_undated,
		}


def _line_data(line: Line) -> dict[str, Any]:
	return {
		**_period_data(line.period),
		**asdict(line.figures),
		**_range_data(line.range),
		"method": line.method,
		"owners": [{"owner": owner, **asdict(figures)} for owner, figures in line.owners.items()],
	}


def _hindsight_data(hindsight: Hindsight) -> dict[str, Any]:
	return {
		**_period_data(hindsight.period),
		**_range_data(hindsight.range),
		"came": hindsight.came,
		"method": hindsight.method,
		"said": asdict(hindsight.said),
		"missed": asdict(hindsight.missed),
	}


def _period_data(period: CalendarPeriod) -> dict[str, date]:
	return {"from_date": period.first, "to_date": period.last}


def _range_data(found: Range | None) -> dict[str, float | None]:
	return {"low": found and found.low, "high": found and found.high}


def period_label(period: CalendarPeriod) -> str:
	"""A period as its row and the chart show it."""
	return formatdate(period.first, "MMM yyyy") if period.kind is PeriodKind.MONTH else period.label


def forecast(filters: Mapping[str, Any] | str | None = None) -> Forecast:
	"""The forecast of the deals that the user may read; see `Asked` for the filters.

	Raises ValidationError for filters that make no sense.
	"""
	asked = Asked.parse(given.parse(filters))
	model = win_models.latest(asked.deals.company)
	groups = tuple(open_groups(asked.deals))
	by_month = won_by_month(asked.deals, min(asked.days.first, asked.last_period.first, asked.share_since))
	won = _by_period(by_month, asked.kind)
	known = Known(
		today=asked.today,
		outlook=model.outlook if model else None,
		open_groups=groups,
		won=won,
		said=said(asked.deals, asked.kind, asked.days),
		shares=_shares(asked, by_month) if model else {},
	)
	due = [group for group in groups if group.month]
	return Forecast(
		asked=asked,
		model=model,
		lines=tuple(line_of(period, known) for period in asked.periods),
		hindsight=_hindsight(asked, model, won),
		undated=_sum(group for group in groups if not group.month),
		overdue=_sum(group for group in due if group.month < asked.this_period.first),
		later=_sum(group for group in due if group.month > asked.days.last),
		unscored=sum(group.unscored for group in groups) if model else 0,
		unweighted=sum(group.deals for group in groups if group.probability is None),
		closed_undated=undated(asked.deals),
	)


def _by_period(by_month: ByMonth, kind: PeriodKind) -> Won:
	won: Won = defaultdict(float)
	for (month, owner), amount in by_month.items():
		won[CalendarPeriod.around(month, kind), owner] += amount
	return won


def _shares(asked: Asked, by_month: ByMonth) -> dict[str | None, float]:
	"""What the deals of each owner had in what all deals of the company brought lately."""
	by_owner: dict[str | None, float] = defaultdict(float)
	for (month, owner), amount in by_month.items():
		if month >= asked.share_since:
			by_owner[owner] += amount
	whole = sum(by_owner.values()) if asked.is_whole else won_by_all(asked.deals.company, asked.share_since)
	return {owner: share_of(amount, whole) for owner, amount in by_owner.items()}


def _sum(groups: Iterable[OpenGroup]) -> Sum:
	found = list(groups)
	return Sum(sum(group.deals for group in found), sum(group.amount for group in found))


# The last period


def _hindsight(asked: Asked, model: SavedModel | None, won: Won) -> Hindsight:
	"""What each said when the last period began; the model only of all deals, as nothing else was stored."""
	period = asked.last_period
	groups = list(groups_at_start(asked.deals, Days(period.first, period.last), period.first))
	spoken = said(asked.deals, asked.kind, Days(period.first, period.last), as_it_began=True)
	people = total(Figures(**vars(each)) for each in spoken.values())
	came = sum(amount for (each, _owner), amount in won.items() if each == period)
	outlook = _outlook_then(asked, model, came) if model and asked.is_whole else None
	return Hindsight(
		period=period,
		said=Figures(
			closed=None,
			open_deals=None,
			new_deals=None,
			model=outlook.values.get(MODEL) if outlook else None,
			forecast=outlook.forecast if outlook else None,
			**{view: sum(group.counted(view) for group in groups) for view in VIEWS},
			owner_says=people.owner_says,
			manager_says=people.manager_says,
		),
		came=came,
		method=outlook.method if outlook else None,
		range=Range(outlook.low, outlook.high) if outlook and outlook.low is not None else None,
	)


def _outlook_then(asked: Asked, model: SavedModel, came: float) -> PastOutlook | None:
	"""What was forecast in the night in which the last period began; else what would have been."""
	period = asked.last_period
	stored = _outlook_of_night(asked.deals.company, period.first)
	found = outlook_of(stored, period) if stored else None
	if stored and found:
		said = (found.method, found.value, found.low, found.high, came, found.values)
		return PastOutlook(stored.origin, found.first, found.end, *said)
	months = map(past_from_dict, model.accuracy["months"]) if asked.kind is PeriodKind.MONTH else ()
	return next((each for each in months if each.first == period.first), None)


def _outlook_of_night(company: str, day: date) -> Outlook | None:
	wanted = {"company": company, "fitted_on": ("between", (day, day))}
	text = frappe.db.get_value(win_models.MODEL, wanted, "outlook", order_by="fitted_on")
	return outlook_from_dict(json.loads(text)) if text else None


# The deals behind a figure


class Counted(str, Enum):
	"""A figure that deals are behind."""

	CLOSED = "closed"
	OPEN_DEALS = "open_deals"
	WEIGHTED = "weighted"
	COMMIT = "commit"
	BEST_CASE = "best_case"
	PIPELINE = "pipeline"

	@property
	def label(self) -> str:
		return {
			Counted.CLOSED: _("Closed"),
			Counted.OPEN_DEALS: _("From Open Deals"),
			Counted.WEIGHTED: _("Weighted by Stage"),
			Counted.COMMIT: _("Commit"),
			Counted.BEST_CASE: _("Best Case"),
			Counted.PIPELINE: _("Pipeline"),
		}[self]


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The deals that `what` counts, from `from_date` to `to_date`, of one `owner` if the figure has one."""
	asked = Asked.parse(filters)
	what = given.choice(figure, "what", _("Figure"), Counted) or refuse_figure()
	chosen = days(figure, asked.days.first, asked.days.last)
	return Behind(
		title=_("{0}, {1} to {2}").format(what.label, formatdate(chosen.first), formatdate(chosen.last)),
		counted=by_deal(figure, _counted(asked, what, chosen)),
		currency=asked.deals.currency,
	)


def _counted(asked: Asked, what: Counted, chosen: Days) -> Iterator[tuple[str, str | None, float]]:
	"""Name, owner and amount of each deal that counts."""
	if what is not Counted.OPEN_DEALS:
		yield from won_in(asked.deals, chosen)
	if what is Counted.CLOSED:
		return
	model = win_models.latest(asked.deals.company)
	known = Known(asked.today, model.outlook if model else None)
	periods = [each for each in asked.periods if chosen.first <= each.first and each.last <= chosen.last]
	deals = list(open_groups(asked.deals, by_deal=True))
	for period in periods:
		counted = known.counted(deals, what.value, period)
		yield from ((deal.name, deal.owner, amount) for deal, amount in counted if amount)
