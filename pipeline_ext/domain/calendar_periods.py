"""Calendar months, quarters and years, and how they lie in one another."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property


class PeriodKind(str, Enum):
	"""How long a period is."""

	MONTH = "Month"
	QUARTER = "Quarter"
	YEAR = "Year"

	@property
	def months(self) -> int:
		return MONTHS[self]

	@property
	def finer(self) -> PeriodKind | None:
		"""The longest kind that is shorter; None for a month."""
		return {PeriodKind.YEAR: PeriodKind.QUARTER, PeriodKind.QUARTER: PeriodKind.MONTH}.get(self)

	@property
	def coarser(self) -> PeriodKind | None:
		"""The shortest kind that is longer; None for a year."""
		return {PeriodKind.MONTH: PeriodKind.QUARTER, PeriodKind.QUARTER: PeriodKind.YEAR}.get(self)


MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True)
class CalendarPeriod:
	"""A whole month, quarter or year, by its first day."""

	kind: PeriodKind
	first: date

	@classmethod
	def around(cls, day: date, kind: PeriodKind) -> CalendarPeriod:
		"""The one that a day lies in."""
		return cls(kind, date(day.year, (day.month - 1) // kind.months * kind.months + 1, 1))

	@cached_property
	def last(self) -> date:
		"""Its last day."""
		month = self.first.month + self.kind.months - 1
		return date(self.first.year, month, monthrange(self.first.year, month)[1])

	@property
	def label(self) -> str:
		"""The same in every language: 2026-11, 2026-Q4 or 2026."""
		year, month = self.first.isoformat().split("-")[:2]
		if self.kind is PeriodKind.QUARTER:
			return f"{year}-Q{int(month) // 3 + 1}"
		return f"{year}-{month}" if self.kind is PeriodKind.MONTH else year

	@property
	def days(self) -> int:
		return (self.last - self.first).days + 1

	@property
	def parts(self) -> tuple[CalendarPeriod, ...]:
		"""The periods of the next finer kind that it consists of; none for a month."""
		finer = self.kind.finer
		if finer is None:
			return ()
		months = range(self.first.month, self.first.month + self.kind.months, finer.months)
		return tuple(CalendarPeriod(finer, self.first.replace(month=month)) for month in months)

	@property
	def whole(self) -> CalendarPeriod | None:
		"""The period of the next coarser kind that it is a part of; None for a year."""
		coarser = self.kind.coarser
		return CalendarPeriod.around(self.first, coarser) if coarser else None

	def elapsed(self, today: date) -> float:
		"""The share of its days, from 0 to 1, that have begun: today counts as gone."""
		return min(max((today - self.first).days + 1, 0), self.days) / self.days
