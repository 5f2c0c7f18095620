"""What deals that are not there yet will bring, from what such deals brought in earlier periods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache, partial

import numpy as np

from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.periods import Period, Window

Brought = Callable[[date], "float | None"]
"""What came in the period ahead of a day; None where nobody knows."""
Method = Callable[[Brought, date, Period], "float | None"]

HALF_LIFE = 3
BACK = 24
YEAR = Period(months=12)


def expect(known: History, origin: date, window: Window) -> float:
	"""The value to be won in a window ahead with documents created from the origin on."""
	first_win = known.first_win

	@cache
	def brought(day: date) -> float | None:
		ahead = window.seen_from(day, origin)
		if first_win is None or day < first_win or ahead.end > origin:
			return None
		return known.value_of_new(day, ahead.first, ahead.end)

	return forecast(brought, origin, window.step)


def forecast(brought: Brought, origin: date, horizon: Period) -> float:
	"""The value to expect in the period ahead of `origin`; 0 where nothing is known.

	Simple forecasts, weighed by one over the mean square of their errors in earlier periods (Bates and
	Granger 1969). `brought` knows only periods that have ended by `origin`.
	"""
	said = {method: value for method in METHODS if (value := method(brought, origin, horizon)) is not None}
	if not said:
		return 0.0
	weights = np.array([_weight(partial(method, brought), brought, origin, horizon) for method in said])
	return max(float(weights @ np.array(list(said.values())) / weights.sum()), 0.0)


def trailing(brought: Brought, origin: date, horizon: Period) -> float | None:
	"""The mean of the periods before; three periods further back, one counts half as much."""
	weights, total = 0.0, 0.0
	for back in range(1, BACK + 1):
		value = brought(horizon.after(origin, -back))
		if value is not None:
			weight = 0.5 ** (back / HALF_LIFE)
			weights, total = weights + weight, total + weight * value
	return total / weights if weights else None


def seasonal(brought: Brought, origin: date, horizon: Period) -> float | None:
	"""What came a year before."""
	year_before = YEAR.after(origin, -1)
	return brought(year_before) if horizon.after(year_before) <= origin else None


def grown(brought: Brought, origin: date, horizon: Period) -> float | None:
	"""What came a year before, times the last year's growth of the periods before."""
	year_before = seasonal(brought, origin, horizon)
	recent, earlier = (trailing(brought, day, horizon) for day in (origin, YEAR.after(origin, -1)))
	return year_before * recent / earlier if year_before is not None and recent and earlier else None


METHODS: tuple[Method, ...] = (trailing, seasonal, grown)


def _weight(
	method: Callable[[date, Period], float | None], brought: Brought, origin: date, horizon: Period
) -> float:
	"""One over the mean square error in earlier periods; next to nothing where there is none to try."""
	squares = []
	for back in range(1, BACK + 1):
		day = horizon.after(origin, -back)
		came, said = brought(day), method(day, horizon)
		if came is not None and said is not None:
			squares.append((said - came) ** 2)
	return 1 / (float(np.mean(squares)) + 1e-9) if squares else 1e-12
