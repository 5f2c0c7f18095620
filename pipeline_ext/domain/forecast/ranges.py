"""How far off a forecast may be, from how far off the same method was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST = 6
NOTHING_KNOWN = 0.4
"""The relative error that stands in for each past error that there is too few of."""
HALF_LIFE = 4
WIDEST = 0.95
EIGHTY_PERCENT = 1.2816
"""Standard deviations on each side of the mean of a normal distribution that 80 % of it lies within."""


@dataclass(frozen=True)
class Range:
	"""What comes lies between `low` and `high` in four cases of five, if the past is a guide."""

	low: float
	high: float


@dataclass(frozen=True)
class Past:
	"""What was forecast once, and what came."""

	forecast: float
	actual: float

	@property
	def relative_error(self) -> float:
		"""How far apart they lay, as a share of the larger of the two."""
		larger = max(abs(self.forecast), abs(self.actual))
		return abs(self.actual - self.forecast) / larger if larger else 0.0


def around(forecast: float, past: Sequence[Past]) -> Range:
	"""The 80 % range around a forecast, by the root of the mean square of past errors, the latest last.

	An error four forecasts back counts half. With fewer than six past forecasts each that is missing counts
	as the oldest one, off by two fifths: no narrow range is drawn from nothing. Errors are shares, but of a
	forecast of nothing, which has no shares, amounts.
	"""
	if not forecast:
		return Range(0.0, EIGHTY_PERCENT * _root_mean_square([each.actual - each.forecast for each in past]))
	errors = [NOTHING_KNOWN] * (FEWEST - len(past)) + [each.relative_error for each in past]
	off = min(EIGHTY_PERCENT * _root_mean_square(errors), WIDEST)
	return Range(forecast * (1 - off), forecast / (1 - off))


def _root_mean_square(errors: Sequence[float]) -> float:
	"""The latest last; 0 where there is none."""
	weights = [0.5 ** (age / HALF_LIFE) for age in reversed(range(len(errors)))]
	squares = sum(weight * error**2 for weight, error in zip(weights, errors, strict=True))
	return sqrt(squares / sum(weights)) if errors else 0.0
