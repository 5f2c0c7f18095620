"""What would have been forecast on past days with what was known then, against what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast import arrivals, chances, scores, simple
from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.expectation import OpenDeals, expect
from pipeline_ext.domain.forecast.headline import MODEL, Tried, headline
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.periods import Period, following
from pipeline_ext.domain.forecast.scores import Calibration, ForecastScores, ProbabilityScores

WARM_UP = 12


@dataclass(frozen=True)
class Made:
	"""The forecasts that each method would have made on a day."""

	origin: date
	values: Mapping[str, float]
	deals: OpenDeals | None


@dataclass(frozen=True)
class Origin:
	"""One day of a back-test: the headline forecast with its 80 % range, by which method, and what came."""

	date: date
	method: str
	forecast: float
	low: float
	high: float
	actual: float
	values: Mapping[str, float]


@dataclass(frozen=True)
class Backtest:
	"""What came of it. `deals` are the scores of "is won within the horizon", where there is a model."""

	origins: tuple[Origin, ...]
	scores: Mapping[str, ForecastScores]
	headline: ForecastScores
	deals: ProbabilityScores | None
	calibration: Calibration


def backtest(history: History, origins: Sequence[date], step: Period, horizon: Period) -> Backtest:
	"""Forecast at each origin with the rows dated before it; what came is read from all rows.

	Origins are in order, a step apart. The ranges, and the choice of the headline, come from forecasts of
	periods that had ended by the origin; for the first origins, earlier days are forecast too. Raises
	ValueError where nothing can be forecast at any origin.
	"""
	made = {day: _made(history, day, horizon) for day in _with_warm_up(history, origins, step)}
	tried = {
		day: Tried(each.values, history.value_won(day, horizon.after(day))) for day, each in made.items()
	}
	usable = []
	for origin in origins:
		ended = [each for day, each in tried.items() if horizon.after(day) <= origin]
		if made[origin].values:
			usable.append(_origin(origin, tried[origin], ended))
	if not usable:
		raise ValueError("too little was won before the origins to forecast anything")
	said, won = _said_of_deals(history, [made[origin] for origin in origins], horizon)
	return Backtest(
		origins=tuple(usable),
		scores=_scores(usable),
		headline=_headline(usable),
		deals=scores.of_probabilities(said, won) if len(said) else None,
		calibration=scores.calibration(said, won),
	)


def _with_warm_up(history: History, origins: Sequence[date], step: Period) -> list[date]:
	"""The origins, and before the first one as many days of the ledger as help to judge the methods."""
	earlier = [step.after(origins[0], -back) for back in range(WARM_UP, 0, -1)]
	return [*(day for day in earlier if day > history.first_day), *origins]


def _made(history: History, origin: date, horizon: Period) -> Made:
	known = history.before(origin)
	if not len(known.posted_on):
		return Made(origin, {}, None)
	window = following(origin, horizon)
	values = simple.forecasts(known, origin, window)
	model = chances.learn(known, origin, [horizon])
	if model is None:
		return Made(origin, values, None)
	deals = expect(known, origin, model)
	values[MODEL] = float(deals.values[0]) + arrivals.expect(known, origin, window)
	return Made(origin, values, deals)


def _origin(origin: date, tried: Tried, ended: Sequence[Tried]) -> Origin:
	chosen = headline(tried.values, ended)
	low, high = chosen.range.low, chosen.range.high
	return Origin(origin, chosen.method, chosen.forecast, low, high, tried.actual, tried.values)


def _scores(origins: Sequence[Origin]) -> dict[str, ForecastScores]:
	methods = dict.fromkeys(method for each in origins for method in each.values)
	return {method: _score_of(origins, method) for method in methods}


def _score_of(origins: Sequence[Origin], method: str) -> ForecastScores:
	said = [each for each in origins if method in each.values]
	return scores.of_forecasts(
		np.array([each.values[method] for each in said]), np.array([each.actual for each in said])
	)


def _headline(origins: Sequence[Origin]) -> ForecastScores:
	forecast, actual, low, high = (
		np.array([getattr(each, name) for each in origins]) for name in ("forecast", "actual", "low", "high")
	)
	return scores.of_forecasts(forecast, actual, low, high)


def _said_of_deals(history: History, made: Sequence[Made], horizon: Period) -> tuple[Numbers, Numbers]:
	"""The chance to be won within the horizon that each deal had at each origin, and whether it was."""
	said, won = [np.empty(0)], [np.empty(0)]
	for each in made:
		if each.deals:
			said.append(each.deals.chances[:, 0])
			came = history.won_within(each.origin, horizon.after(each.origin))
			won.append(came[each.deals.deals].astype(float))
	return np.concatenate(said), np.concatenate(won)
