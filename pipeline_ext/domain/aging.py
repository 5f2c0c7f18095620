"""How long deals stay in a stage: what is usual there, and which deal has been there for too long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

LEAST_MEASURED = 5
"""Fewer stays than this say nothing of what is usual."""

AGE_BANDS = (7, 14, 30, 60, 90)
"""The last day of each band of ages; one more band is for all that are older."""


@dataclass(frozen=True)
class UsualStay:
	"""Days in a stage that half of the deals that left it, and nine in ten of them, did not exceed."""

	median: float
	nine_in_ten: float
	measured_on: int


@dataclass(frozen=True)
class Stay:
	"""A deal's time in its stage so far, in days.

	`days` is None where nobody knows since when, `longest` where the stage has no limit.
	"""

	days: float | None
	longest: int | None

	@property
	def days_over(self) -> float:
		"""Days beyond the stage's limit; 0 within it, and where there is nothing to compare."""
		if self.days is None or self.longest is None:
			return 0.0
		return max(self.days - self.longest, 0.0)

	@property
	def stalled(self) -> bool:
		return self.days_over > 0


def usual_stay(stays: Mapping[float, int]) -> UsualStay | None:
	"""What is usual, from how many completed stays lasted how many days; None for too few."""
	measured_on = sum(stays.values())
	if measured_on < LEAST_MEASURED:
		return None
	return UsualStay(quantile(stays, 0.5), quantile(stays, 0.9), measured_on)


def quantile(counts: Mapping[float, int], share: float) -> float:
	"""The value that `share` (0 to 1) of the counted values do not exceed, in proportion between two of them.

	Definition 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996; at 0.5 it is the median.
	Counts are at least 1, and there is at least one value.
	"""
	values = sorted(counts)
	ends = list(accumulate(counts[value] for value in values))
	position = share * (ends[-1] - 1)
	rank = int(position)
	below = values[bisect_right(ends, rank)]
	above = values[bisect_right(ends, min(rank + 1, ends[-1] - 1))]
	return below + (above - below) * (position - rank)


def age_band(days: float) -> int:
	"""Which of the AGE_BANDS so many days lie in; their number for what is older than all."""
	return bisect_left(AGE_BANDS, days)


def working_days(after: date, until: date, holidays: Collection[date]) -> int:
	"""Days after one day, up to and with another, that are no holidays; 0 where that one comes first."""
	off = sum(after < holiday <= until for holiday in set(holidays))
	return max((until - after).days - off, 0)
