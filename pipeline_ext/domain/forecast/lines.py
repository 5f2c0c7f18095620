"""What each period brings: closed, still to come, and beside it the simple views and what people say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cached_property

from pipeline_ext.domain.calendar_periods import CalendarPeriod
from pipeline_ext.domain.forecast.headline import MODEL
from pipeline_ext.domain.forecast.outlook import Outlook, PeriodOutlook
from pipeline_ext.domain.forecast.part import RelativeRange, spread_of_part
from pipeline_ext.domain.forecast.ranges import Range
from pipeline_ext.domain.quota import Part, counted_as

CATEGORIES = (Part.COMMIT, Part.BEST_CASE, Part.PIPELINE)
"""The surest first: the view of a category counts its deals and those of the categories before it."""
WEIGHTED = "weighted"
VIEWS = (WEIGHTED, *(category.value for category in CATEGORIES))


@dataclass(frozen=True)
class OpenGroup:
	"""Open deals that are alike; `amount` in company currency, `probability` of their stage in percent.

	`month` is the first of the month in which they are to close. `ahead` is how much of the amount is
	expected to be won by the end of the month in which deals were scored last, of the one after, and so on.
	`unscored` deals were not open then, and are expected in none. `name` is set where the group is one deal.
	"""

	owner: str | None
	month: date | None
	amount: float
	deals: int = 1
	probability: float | None = None
	category: str | None = None
	ahead: tuple[float, ...] = ()
	unscored: int = 0
	name: str | None = None

	def closes_in(self, period: CalendarPeriod) -> bool:
		return self.month is not None and period.first <= self.month <= period.last

	def counted(self, view: str) -> float:
		"""What it adds to a simple view of the period in which it is to close.

		Weighted, a stage that nobody knows weighs nothing.
		"""
		if view == WEIGHTED:
			return self.amount * (self.probability or 0.0) / 100
		within = CATEGORIES[: VIEWS.index(view)]
		return self.amount if counted_as(self.category) in within else 0.0

	def expected(self, months: MonthsAhead) -> float:
		"""How much of it is expected to be won in some months, counted from that of the scoring."""
		first, last = months
		return self._won_by(last) - self._won_by(first - 1)

	def _won_by(self, month: int) -> float:
		return self.ahead[min(month, len(self.ahead) - 1)] if self.ahead and month >= 0 else 0.0


MonthsAhead = tuple[int, int]
"""The first and the last month of a period, as numbers; 0 is the month in which deals were scored."""


def months_ahead(period: CalendarPeriod, scored_on: date) -> MonthsAhead:
	first, last = (
		(day.year - scored_on.year) * 12 + day.month - scored_on.month for day in (period.first, period.last)
	)
	return first, last


@dataclass(frozen=True)
class Figures:
	"""What one owner brings in one period, or several together. None is what nobody knows or has said.

	`model` is closed, from open deals and from new ones; `forecast` is closed and what the headline's method
	says; the views are closed and open deals together.
	"""

	closed: float | None = 0.0
	open_deals: float | None = 0.0
	new_deals: float | None = 0.0
	model: float | None = 0.0
	forecast: float | None = 0.0
	weighted: float | None = 0.0
	commit: float | None = 0.0
	best_case: float | None = 0.0
	pipeline: float | None = 0.0
	owner_says: float | None = None
	manager_says: float | None = None

	@property
	def is_blank(self) -> bool:
		"""Whether there is nothing to show: no amount, and nobody said anything."""
		said_nothing = all(getattr(self, name) is None for name in SAID)
		return said_nothing and not any(getattr(self, column.name) for column in fields(self))


OPEN_DEALS = "open_deals"
EXPECTED = (OPEN_DEALS, "new_deals", "model", "forecast")
SAID = ("owner_says", "manager_says")


def total(figures: Iterable[Figures]) -> Figures:
	"""The sum of them: unknown where one is unknown, but of what was said the sum of all that was."""
	each = list(figures)
	sums: dict[str, float | None] = {}
	for name in (column.name for column in fields(Figures)):
		values = [getattr(one, name) for one in each]
		known = [value for value in values if value is not None]
		complete = bool(known) if name in SAID else len(known) == len(values)
		sums[name] = sum(known) if complete else None
	return Figures(**sums)


@dataclass(frozen=True)
class Said:
	"""What somebody, or those above them, say that their deals will bring in a period."""

	owner_says: float | None = None
	manager_says: float | None = None


NOTHING_SAID = Said()


def of_all_pipelines(amounts: Mapping[str | None, float]) -> float:
	"""Of what was said by pipeline: what was said of all of them, by None; else the sum of each."""
	return amounts[None] if None in amounts else sum(amounts.values())


@dataclass(frozen=True)
class Known:
	"""All that the forecast of some deals is made from; amounts by period and owner.

	`shares` are what each owner's deals had in what all of the company's deals brought lately, 0 to 1.
	`outlook` is of all the company's deals; None where there is none yet.
	"""

	today: date
	outlook: Outlook | None = None
	open_groups: tuple[OpenGroup, ...] = ()
	won: Mapping[tuple[CalendarPeriod, str | None], float] = field(default_factory=dict)
	said: Mapping[tuple[CalendarPeriod, str | None], Said] = field(default_factory=dict)
	shares: Mapping[str | None, float] = field(default_factory=dict)

	@cached_property
	def by_owner(self) -> dict[str | None, list[OpenGroup]]:
		"""The groups of everybody of whom anything is known, by name; deals of nobody come last."""
		owners = {owner for _period, owner in (*self.won, *self.said)} | {*self.shares}
		owners |= {group.owner for group in self.open_groups}
		found: dict[str | None, list[OpenGroup]] = {owner: [] for owner in sorted(filter(None, owners))}
		found[None] = []
		for group in self.open_groups:
			found[group.owner].append(group)
		return found

	@property
	def share(self) -> float:
		return min(sum(self.shares.values()), 1.0)

	def outlook_of(self, period: CalendarPeriod) -> PeriodOutlook | None:
		"""What is expected of a period; None for one that is over, or that the outlook does not reach."""
		return outlook_of(self.outlook, period) if self.outlook and not self.is_over(period) else None

	def is_over(self, period: CalendarPeriod) -> bool:
		return period.last < self.today

	def counted(
		self, groups: Iterable[OpenGroup], what: str, period: CalendarPeriod
	) -> Iterator[tuple[OpenGroup, float]]:
		"""Which groups add to a view of a period, or to what is expected of open deals, and how much."""
		if self.is_over(period):
			return
		if what != OPEN_DEALS:
			yield from ((group, group.counted(what)) for group in groups if group.closes_in(period))
		elif self.outlook_of(period):
			months = months_ahead(period, self.outlook.origin)
			yield from ((group, group.expected(months)) for group in groups)


def outlook_of(outlook: Outlook, period: CalendarPeriod) -> PeriodOutlook | None:
	"""What an outlook says of a period; None where it does not reach."""
	end = period.last + timedelta(days=1)
	found = (each for each in outlook.periods if each.kind == period.kind.value and each.end == end)
	return next(found, None)


@dataclass(frozen=True)
class Line:
	"""A period's figures and those of each owner in it.

	`method` is that of the headline; None where nothing is expected. `range` is where four in five forecasts
	like it ended; None where too little is known for one.
	"""

	period: CalendarPeriod
	figures: Figures
	owners: Mapping[str | None, Figures]
	method: str | None = None
	range: Range | None = None


def line_of(period: CalendarPeriod, known: Known) -> Line:
	"""A period's line, of all that is known."""
	outlook = known.outlook_of(period)
	owners = {owner: _figures(period, owner, known) for owner in known.by_owner}
	figures = total(owners.values())
	return Line(
		period=period,
		figures=figures,
		owners={owner: each for owner, each in owners.items() if not each.is_blank},
		method=outlook.method if outlook else None,
		range=_range(figures, outlook, known.share) if outlook else None,
	)


def _figures(period: CalendarPeriod, owner: str | None, known: Known) -> Figures:
	closed = known.won.get((period, owner), 0.0)
	groups = known.by_owner[owner]
	closing = [group for group in groups if group.closes_in(period)]
	open_now = {
		what: sum(amount for _group, amount in known.counted(those, what, period))
		for those, what in ((groups, OPEN_DEALS), *((closing, view) for view in VIEWS))
	}
	return Figures(
		closed=closed,
		**{view: closed + open_now[view] for view in VIEWS},
		**vars(known.said.get((period, owner), NOTHING_SAID)),
		**_expected(period, owner, closed, open_now[OPEN_DEALS], known),
	)


def _expected(
	period: CalendarPeriod, owner: str | None, closed: float, open_deals: float, known: Known
) -> dict[str, float | None]:
	outlook = known.outlook_of(period)
	if outlook is None:
		return {"model": closed, "forecast": closed} if known.is_over(period) else dict.fromkeys(EXPECTED)
	part = known.shares.get(owner, 0.0) * _left(outlook, known.outlook.origin, known.today)
	new_deals = outlook.new_deals * part
	model = closed + open_deals + new_deals
	return {
		"open_deals": open_deals,
		"new_deals": new_deals,
		"model": model,
		"forecast": model if outlook.method == MODEL else closed + outlook.value * part,
	}


def _left(outlook: PeriodOutlook, origin: date, today: date) -> float:
	"""How much of the days that an outlook is for is left: what came since is closed by now."""
	start = max(outlook.first, origin)
	return (outlook.end - max(start, today)).days / (outlook.end - start).days


def _range(figures: Figures, outlook: PeriodOutlook, share: float) -> Range | None:
	closed, to_come = figures.closed or 0.0, (figures.forecast or 0.0) - (figures.closed or 0.0)
	if outlook.low is None or outlook.high is None:
		return None
	if outlook.value <= 0 and share:
		return Range(closed, closed + to_come + spread_of_part(outlook.high, share))
	if to_come <= 0:
		return None
	around = RelativeRange.of(outlook.value, outlook.low, outlook.high).around(to_come, share)
	return Range(closed + around.low, closed + around.high)


@dataclass(frozen=True)
class Hindsight:
	"""What each said of a period when it began, `said`, and what came."""

	period: CalendarPeriod
	said: Figures
	came: float
	method: str | None = None
	range: Range | None = None

	@property
	def missed(self) -> Figures:
		"""By how much each said too much; below 0 where it said too little."""
		said = {column.name: getattr(self.said, column.name) for column in fields(Figures)}
		return Figures(**{name: None if value is None else value - self.came for name, value in said.items()})
