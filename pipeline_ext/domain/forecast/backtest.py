"""What would have been forecast on past days with what was known then, against what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast import horizon as model
from pipeline_ext.domain.forecast import scores, simple
from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.horizon import OpenDeals
from pipeline_ext.domain.forecast.periods import Period
from pipeline_ext.domain.forecast.ranges import Past, Range, around
from pipeline_ext.domain.forecast.scores import ForecastScores, ProbabilityScores

OURS = "model"
WARM_UP = 12
FEWEST_TO_CHOOSE = 3


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


def backtest(history: History, origins: Sequence[date], step: Period, horizon: Period) -> Backtest:
	"""Forecast at each origin with the rows dated before it; what came is read from all rows.

	Origins are in order, a step apart. The ranges, and the choice of the headline, come from forecasts of
	periods that had ended by the origin; for the first origins, earlier days are forecast too. Raises
	ValueError where nothing can be forecast at any origin.
	"""
	made = {day: _made(history, day, horizon) for day in _with_warm_up(history, origins, step)}
	actuals = {day: history.value_won(day, horizon.after(day)) for day in made}
	tested = []
	for origin in origins:
		ended = [each for day, each in made.items() if horizon.after(day) <= origin]
		tested.append(_origin(made[origin], ended, actuals))
	usable = tuple(each for each in tested if each)
	if not usable:
		raise ValueError("too little was won before the origins to forecast anything")
	return Backtest(usable, _scores(usable), _headline(usable), _deal_scores(history, made, origins, horizon))


def _with_warm_up(history: History, origins: Sequence[date], step: Period) -> list[date]:
	"""The origins, and before the first one as many days of the ledger as help to judge the methods."""
	earlier = [step.after(origins[0], -back) for back in range(WARM_UP, 0, -1)]
	return [*(day for day in earlier if day > history.first_day), *origins]


def _made(history: History, origin: date, horizon: Period) -> Made:
	known = history.before(origin)
	expected = model.expect(known, origin, horizon) if len(known.posted_on) else None
	values = {OURS: expected.value} if expected else {}
	for name, method in simple.METHODS.items():
		value = method(known, origin, horizon) if len(known.posted_on) else None
		if value is not None:
			values[name] = value
	return Made(origin, values, expected.open_deals if expected else None)


def _origin(made: Made, ended: Sequence[Made], actuals: Mapping[date, float]) -> Origin | None:
	if not made.values:
		return None
	method = _best(made, ended, actuals)
	past = [Past(each.values[method], actuals[each.origin]) for each in ended if method in each.values]
	forecast = made.values[method]
	expected: Range = around(forecast, past)
	return Origin(
		made.origin, method, forecast, expected.low, expected.high, actuals[made.origin], made.values
	)


def _best(made: Made, ended: Sequence[Made], actuals: Mapping[date, float]) -> str:
	"""The method that missed least so far; the model while too few have been tried."""
	missed = {}
	for method in made.values:
		errors = [abs(each.values[method] - actuals[each.origin]) for each in ended if method in each.values]
		if len(errors) >= FEWEST_TO_CHOOSE:
			missed[method] = sum(errors) / len(errors)
	if OURS in made.values and OURS not in missed:
		return OURS
	if not missed:
		return next(iter(made.values))
	return min(missed, key=lambda method: (missed[method], method != OURS))


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


def _deal_scores(
	history: History, made: Mapping[date, Made], origins: Sequence[date], horizon: Period
) -> ProbabilityScores | None:
	chances: list[Numbers] = []
	won: list[Numbers] = []
	for origin in origins:
		deals = made[origin].deals
		if deals is not None:
			chances.append(deals.chances)
			won.append(history.won_within(origin, horizon.after(origin))[deals.deals].astype(float))
	said = np.concatenate(chances) if chances else np.empty(0)
	return scores.of_probabilities(said, np.concatenate(won)) if len(said) else None
