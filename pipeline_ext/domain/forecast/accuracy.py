"""How far off forecasts of whole months were, made on the first day of each, as JSON data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from pipeline_ext.domain.forecast.backtest import Backtest, Origin, backtest
from pipeline_ext.domain.forecast.headline import MODEL, Tried, best
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.outlook import PastOutlook, past_as_dict
from pipeline_ext.domain.forecast.periods import Period

MONTHS = 24
ONE_MONTH = Period(months=1)
NEVER_TESTED = {"months": [], "scores": {}, "headline": None, "deals": None, "calibration": []}


def monthly(history: History, today: date) -> Backtest | None:
	"""The back-test over the last months that have ended; None where nothing could be forecast in any."""
	first = today.replace(day=1)
	starts = [ONE_MONTH.after(first, -back) for back in range(MONTHS, 0, -1)]
	origins = [start for start in starts if start > history.first_day]
	if not origins:
		return None
	try:
		return backtest(history, origins, ONE_MONTH, ONE_MONTH)
	except ValueError:
		return None


def as_data(tested: Backtest | None) -> dict[str, Any]:
	"""Months, scores by method, those of the headline and of single deals, calibration; as JSON data."""
	if tested is None:
		return NEVER_TESTED
	return {
		"months": [past_as_dict(_as_outlook(each)) for each in tested.origins],
		"scores": {method: asdict(scores) for method, scores in tested.scores.items()},
		"headline": asdict(tested.headline),
		"deals": asdict(tested.deals) if tested.deals else None,
		"calibration": tested.calibration,
	}


def best_method(tested: Backtest | None) -> str:
	"""The method that is believed after all months that were tried; the model where none was."""
	if tested is None:
		return MODEL
	return best(tested.origins[-1].values, [Tried(each.values, each.actual) for each in tested.origins])


def _as_outlook(origin: Origin) -> PastOutlook:
	return PastOutlook(
		origin=origin.date,
		first=origin.date,
		end=ONE_MONTH.after(origin.date),
		method=origin.method,
		forecast=origin.forecast,
		low=origin.low,
		high=origin.high,
		actual=origin.actual,
		values=origin.values,
	)
