"""The forecasts that people make without a model: what the better one is measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import count, islice

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.history import OPEN, WON, History, day_number
from pipeline_ext.domain.forecast.periods import Period, Window
from pipeline_ext.domain.forecast.stage_rates import default_rates

Simple = Callable[[History, date, Window], "float | None"]
AVERAGED = 3
YEAR = Period(months=12)


def last_period(known: History, origin: date, window: Window) -> float | None:
	"""What was won in the last window like it that had ended."""
	return next(_won_before(known, origin, window), None)


def trailing_average(known: History, origin: date, window: Window) -> float | None:
	"""The mean of what was won in the last three windows like it, or in as many as there are."""
	values = list(islice(_won_before(known, origin, window), AVERAGED))
	return sum(values) / len(values) if values else None


def seasonal_naive(known: History, origin: date, window: Window) -> float | None:
	"""What was won in the same window a year before."""
	first, end = YEAR.after(window.first, -1), YEAR.after(window.end, -1)
	return known.value_won(first, end) if first >= known.first_day else None


def stage_weights(known: History, origin: date, window: Window) -> float | None:
	"""Open deals that are to close in the window, weighted by their stage.

	By the stage's own probability, else by how many of its deals were won so far. What is overdue is expected
	at once. Where the ledger has no dates to close, so are all open deals.
	"""
	weights = _stage_weights(known)
	if np.isnan(weights).all():
		return None
	standing = known.open_at(origin)
	if np.isnan(known.expected_close).all():
		due = np.full(len(standing.rows), window.first <= origin)
	else:
		close = known.expected_close[standing.rows]
		due = close < day_number(window.end)
		if window.first > origin:
			due &= close >= day_number(window.first)
	worth = known.amount[standing.rows] * np.nan_to_num(weights)[known.stage[standing.rows]]
	return float(worth[due].sum())


def _won_before(known: History, origin: date, window: Window) -> Iterator[float]:
	"""What was won in the windows like it that had ended by the origin, the last one first."""
	for times in count(1):
		earlier = window.earlier(times)
		if earlier.first < known.first_day:
			return
		if earlier.end <= origin:
			yield known.value_won(earlier.first, earlier.end)


def _stage_weights(known: History) -> Numbers:
	"""0 to 1 by stage; NaN for one that nobody knows."""
	defaults = default_rates(known)
	return np.where(np.isnan(defaults), _share_won(known), defaults)


def _share_won(known: History) -> Numbers:
	"""Of the decided documents that were open in each stage, the share that was won; NaN for none."""
	deal, stage = known.seen
	stages = len(known.stages)
	decided = np.bincount(stage, weights=known.ended[deal] != OPEN, minlength=stages)
	won = np.bincount(stage, weights=known.ended[deal] == WON, minlength=stages)
	return np.divide(won, decided, out=np.full(stages, np.nan), where=decided > 0)


def forecasts(known: History, origin: date, window: Window) -> dict[str, float]:
	"""What each method says, of those that have something to say."""
	said = {name: method(known, origin, window) for name, method in METHODS.items()}
	return {name: value for name, value in said.items() if value is not None}


METHODS: Mapping[str, Simple] = {
	"last_period": last_period,
	"trailing_average": trailing_average,
	"seasonal_naive": seasonal_naive,
	"stage_weights": stage_weights,
}
