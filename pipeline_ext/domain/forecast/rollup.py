"""Open and won deals to a forecast: amounts weighted by the probability of their stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DealGroup:
	"""Deals of one owner that close in one month; `amount` in company currency, `probability` in %.

	`month` is the first of the month, None where the deals have no close date. `probability` is None where
	the stage is not known, and such deals weigh nothing. `closed` groups are won.
	"""

	month: date | None
	owner: str | None
	deals: int
	amount: float
	probability: float | None
	closed: bool = False


@dataclass(frozen=True)
class ForecastLine:
	"""What one owner is forecast to bring in one month, or a total of such lines."""

	month: date | None
	owner: str | None
	deals: int = 0
	amount: float = 0.0
	weighted: float = 0.0
	won_deals: int = 0
	won: float = 0.0

	@property
	def forecast(self) -> float:
		"""What is won already plus what the open deals are worth, weighted."""
		return self.won + self.weighted

	def plus(self, group: DealGroup) -> ForecastLine:
		if group.closed:
			return self._added(won_deals=group.deals, won=group.amount)
		weighted = group.amount * (group.probability or 0) / 100
		return self._added(deals=group.deals, amount=group.amount, weighted=weighted)

	def _added(self, **more: float) -> ForecastLine:
		figures = ("deals", "amount", "weighted", "won_deals", "won")
		sums = {name: getattr(self, name) + more.get(name, 0) for name in figures}
		return ForecastLine(self.month, self.owner, **sums)


def roll_up(groups: Iterable[DealGroup]) -> tuple[ForecastLine, ...]:
	"""A line per month and owner, in order of month, then owner; deals without a month last."""
	lines: dict[tuple[date | None, str | None], ForecastLine] = {}
	for group in groups:
		key = (group.month, group.owner)
		lines[key] = lines.get(key, ForecastLine(*key)).plus(group)
	return tuple(lines[key] for key in sorted(lines, key=lambda key: (key[0] or date.max, key[1] or "")))


def by_month(groups: Iterable[DealGroup]) -> tuple[ForecastLine, ...]:
	"""A line per month, all owners together."""
	months: dict[date | None, ForecastLine] = {}
	for group in groups:
		months[group.month] = months.get(group.month, ForecastLine(group.month, None)).plus(group)
	return tuple(months[month] for month in sorted(months, key=lambda month: month or date.max))


def total(groups: Iterable[DealGroup]) -> ForecastLine:
	"""Everything in one line."""
	line = ForecastLine(None, None)
	for group in groups:
		line = line.plus(group)
	return line
