"""Shares of counted things: how far they can be trusted, and when one is really lower than another."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

NORMAL_95 = 1.959964
"""So many standard deviations either side hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Share:
	"""How many of how many; `count` is at most `of`."""

	count: int
	of: int

	@property
	def value(self) -> float | None:
		"""Between 0 and 1; None of nothing."""
		return self.count / self.of if self.of else None

	@property
	def interval(self) -> tuple[float, float]:
		"""Between which shares the true one lies with 95 % confidence; the share is of something."""
		return wilson(self.count, self.of)


def wilson(count: int, of: int) -> tuple[float, float]:
	"""The score interval of a share at 95 % confidence, both ends from 0 to 1; `of` is at least 1.

	Wilson, Probable Inference, the Law of Succession, and Statistical Inference, Journal of the American
	Statistical Association 22, 1927. Unlike the share ± its standard error it holds for small counts, and for
	shares of none and all.
	"""
	share, weight = count / of, NORMAL_95**2 / of
	middle = (share + weight / 2) / (1 + weight)
	reach = NORMAL_95 * sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
	return max(middle - reach, 0.0), min(middle + reach, 1.0)


def is_lower(one: Share, other: Share) -> bool:
	"""Whether the one share is below the other by more than chance explains, at 95 % confidence.

	Both are of something. The interval of their difference is method 10 of Newcombe, Interval Estimation for
	the Difference between Independent Proportions, Statistics in Medicine 17, 1998: it holds for small
	counts.
	"""
	high_of_one, low_of_other = one.interval[1], other.interval[0]
	difference = one.value - other.value
	return difference + hypot(high_of_one - one.value, other.value - low_of_other) < 0
