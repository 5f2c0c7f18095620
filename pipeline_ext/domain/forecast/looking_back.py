"""How good the outlooks of past periods were, by method and by the one that was believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.outlook import PastOutlook
from pipeline_ext.domain.forecast.scores import ForecastScores, of_forecasts


def held(past: PastOutlook) -> bool | None:
	"""Whether what came was in the range; None where none was drawn."""
	return None if past.low is None or past.high is None else past.low <= past.actual <= past.high


def scores_of_headline(outlooks: Sequence[PastOutlook]) -> ForecastScores:
	"""Of what was believed; the coverage is that of the outlooks with a range."""
	scores = of_forecasts(*_columns((each.forecast, each.actual) for each in outlooks))
	with_range = [held(each) for each in outlooks if held(each) is not None]
	return replace(scores, coverage80=sum(with_range) / len(with_range) if with_range else None)


def scores_by_method(outlooks: Sequence[PastOutlook]) -> dict[str, ForecastScores]:
	"""Of each method, in the periods of which it said anything."""
	methods = dict.fromkeys(method for each in outlooks for method in each.values)
	said = {method: [each for each in outlooks if method in each.values] for method in methods}
	return {
		method: of_forecasts(*_columns((each.values[method], each.actual) for each in those))
		for method, those in said.items()
	}


def _columns(pairs: Iterable[tuple[float, float]]) -> tuple[Numbers, Numbers]:
	forecast, actual = np.array(list(pairs), dtype=float).reshape(-1, 2).T
	return forecast, actual
