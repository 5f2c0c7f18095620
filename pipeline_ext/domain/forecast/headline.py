"""Which of several forecasts of one period is believed, and how far off it may be, by how they did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline_ext.domain.forecast.ranges import Past, Range, around

MODEL = "model"
FEWEST_TO_CHOOSE = 6


@dataclass(frozen=True)
class Tried:
	"""What each method would have forecast once, and what came."""

	values: Mapping[str, float]
	actual: float


@dataclass(frozen=True)
class Headline:
	"""The forecast that is believed, by which method, and its 80 % range."""

	method: str
	forecast: float
	range: Range


def headline(values: Mapping[str, float], earlier: Sequence[Tried]) -> Headline:
	"""From what each method says now, of at least one, and what they said earlier, the latest last."""
	method = best(values, earlier)
	past = [Past(each.values[method], each.actual) for each in earlier if method in each.values]
	return Headline(method, values[method], around(values[method], past))


def best(values: Mapping[str, float], earlier: Sequence[Tried]) -> str:
	"""The method that missed least so far, by the mean of squares; the model while too few have been tried.

	Squares are what the mean of all that may come does best by, absolute misses the median: where a month in
	two brings nothing, that is 0 (Gneiting 2011).
	"""
	missed = {}
	for method in values:
		squares = [(each.values[method] - each.actual) ** 2 for each in earlier if method in each.values]
		if len(squares) >= FEWEST_TO_CHOOSE:
			missed[method] = sum(squares) / len(squares)
	if MODEL in values and MODEL not in missed:
		return MODEL
	if not missed:
		return next(iter(values))
	return min(missed, key=lambda method: (missed[method], method != MODEL))
