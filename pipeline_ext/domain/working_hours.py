"""When an answer is due that may take so many working hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingHours:
	"""When a working day opens and closes. Raises ValueError where it does not close after it opens."""

	opens: time
	closes: time

	def __post_init__(self) -> None:
		if self.opens >= self.closes:
			raise ValueError("a working day closes after it opens")


def due(start: datetime, hours: Decimal, day: WorkingHours, holidays: Collection[date]) -> datetime:
	"""The first moment at which so many working hours have gone by since `start`.

	No time goes by before a day opens, after it closes and on holidays; weekends are holidays where the list
	says so. Hours that end as a day closes are due then, not the next morning. Raises ValueError for hours
	that are negative or no number, OverflowError where the calendar ends first.
	"""
	if not hours.is_finite() or hours < 0:
		raise ValueError(f"{hours} working hours cannot go by")
	left = timedelta(microseconds=round(hours * 3_600_000_000))
	on, holidays, moment = start.date(), frozenset(holidays), start
	while left:
		if on not in holidays:
			moment = max(start, datetime.combine(on, day.opens))
			open_for = max(datetime.combine(on, day.closes) - moment, timedelta())
			if left <= open_for:
				return moment + left
			left -= open_for
		on += ONE_DAY
	return moment
