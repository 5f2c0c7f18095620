"""Horizons such as 14d, 2w, 1m or 3m, and the days at which they begin and end."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WRITTEN = re.compile(r"([1-9]\d{0,3})([dwm])")
DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True)
class Period:
	"""A number of days, or of calendar months. A month after the last of a month is the last of the next."""

	days: int = 0
	months: int = 0

	def after(self, day: date, times: int = 1) -> date:
		"""The day that is so many periods after a day, or before it where `times` is negative."""
		if self.days:
			return day + timedelta(days=self.days * times)
		months = day.year * 12 + day.month - 1 + self.months * times
		year, month = divmod(months, 12)
		last = monthrange(year, month + 1)[1]
		is_last = day.day == monthrange(day.year, day.month)[1]
		return date(year, month + 1, last if is_last else min(day.day, last))

	def days_from(self, day: date) -> int:
		"""How many days the period has from a day on."""
		return (self.after(day) - day).days


@dataclass(frozen=True)
class Window:
	"""The days from `first` on and before `end`; others like it are a `step`, or several, apart."""

	first: date
	end: date
	step: Period

	def earlier(self, times: int) -> Window:
		"""The one so many steps before."""
		return self._back(Period(self.step.days * times, self.step.months * times))

	def seen_from(self, day: date, origin: date) -> Window:
		"""The one that is as far ahead of an earlier day as this one is of the origin."""
		if self.step.months:
			return self._back(Period(months=months_between(day, origin)))
		return self._back(Period(days=(origin - day).days))

	def _back(self, apart: Period) -> Window:
		return Window(apart.after(self.first, -1), apart.after(self.end, -1), self.step)


def months_between(earlier: date, later: date) -> int:
	"""How many months one month lies after another."""
	return (later.year - earlier.year) * 12 + later.month - earlier.month


def following(origin: date, horizon: Period) -> Window:
	"""The days of the horizon from an origin on."""
	return Window(origin, horizon.after(origin), horizon)


def period(text: str) -> Period:
	"""A period as written, such as 1w. Raises ValueError with what is expected."""
	written = WRITTEN.fullmatch(text.strip())
	if not written:
		raise ValueError(f"{text!r} is not a period: write days, weeks or months as 14d, 2w or 1m")
	count, unit = int(written[1]), written[2]
	return Period(months=count) if unit == "m" else Period(days=count * DAYS[unit])


def every(step: Period, first: date, last: date) -> Iterator[date]:
	"""The days from `first` to `last`, both included, a step apart."""
	times, day = 0, first
	while day <= last:
		yield day
		times += 1
		day = step.after(first, times)
