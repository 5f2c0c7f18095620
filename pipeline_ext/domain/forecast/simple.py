"""The forecasts that people make without a model: what the better one is measured against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast.history import LOST, OPEN, WON, History
from pipeline_ext.domain.forecast.periods import Period

Simple = Callable[[History, date, Period], "float | None"]
AVERAGED = 3
YEAR = Period(months=12)


def last_period(known: History, origin: date, horizon: Period) -> float | None:
	"""What was won in the period before."""
	return _won_before(known, origin, horizon, 1)


def trailing_average(known: History, origin: date, horizon: Period) -> float | None:
	"""The mean of what was won in the three periods before, or in as many as there are."""
	values = [_won_before(known, origin, horizon, back) for back in range(1, AVERAGED + 1)]
	there = [value for value in values if value is not None]
	return sum(there) / len(there) if there else None


def seasonal_naive(known: History, origin: date, horizon: Period) -> float | None:
	"""What was won in the same period a year before."""
	first = YEAR.after(origin, -1)
	return known.value_won(first, horizon.after(first)) if first >= known.first_day else None


def stage_weights(known: History, origin: date, horizon: Period) -> float | None:
	"""Open deals that are to close within the horizon, weighted by how many of their stage were won so far.

	Where the ledger has no dates to close, all open deals count.
	"""
	shares = _share_won(known)
	standing = known.open_at(origin)
	if not shares:
		return None
	close = known.expected_close[standing.rows]
	days = (horizon.after(origin) - date(1970, 1, 1)).days
	due = close < days if not np.isnan(known.expected_close).all() else np.full(len(close), True)
	weights = np.array([shares.get(stage, 0.0) for stage in known.stage[standing.rows]])
	return float((known.amount[standing.rows] * weights)[due].sum())


def _won_before(known: History, origin: date, horizon: Period, back: int) -> float | None:
	first = horizon.after(origin, -back)
	return known.value_won(first, horizon.after(first)) if first >= known.first_day else None


def _share_won(known: History) -> Mapping[str, float]:
	"""Of the decided documents that were in each stage, the share that was won."""
	ended = np.full(len(known.names), OPEN)
	ended[known.deal] = known.outcome
	decided = known.outcome == OPEN
	decided &= np.isin(ended[known.deal], (WON, LOST))
	seen = {(deal, stage) for deal, stage in zip(known.deal[decided], known.stage[decided], strict=True)}
	counts: dict[str, list[int]] = {}
	for deal, stage in seen:
		won_and_all = counts.setdefault(stage, [0, 0])
		won_and_all[0] += int(ended[deal] == WON)
		won_and_all[1] += 1
	return {stage: won / decided for stage, (won, decided) in counts.items()}


METHODS: Mapping[str, Simple] = {
	"last_period": last_period,
	"trailing_average": trailing_average,
	"seasonal_naive": seasonal_naive,
	"stage_weights": stage_weights,
}
