"""Which facts about a deal raise the chance that it is won most, and which lower it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from pipeline_ext.domain.forecast import logistic
from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.chances import SUREST, ChanceModel
from pipeline_ext.domain.forecast.encoding import as_text
from pipeline_ext.domain.forecast.history import day_of, stage_at
from pipeline_ext.domain.forecast.snapshots import (
	AGE,
	AMOUNT,
	DAYS_IN_STAGE,
	EXPECTED_CLOSE,
	FACT,
	PLANNED_LENGTH,
	STAGE,
	Snapshot,
)

MOST = 3
FEWEST_POINTS = 0.5


@dataclass(frozen=True)
class Reason:
	"""A fact about a deal, and how many percentage points it adds to the chance that the deal is won.

	In comparison with the same deal, were it usual in this. `fact` is a column of a snapshot, `value` plain
	text: a day as YYYY-MM-DD, days and amounts as numbers, blank where there is none.
	"""

	fact: str
	value: str
	points: float


@dataclass(frozen=True)
class Reasons:
	"""The strongest first, at most three each."""

	raises: tuple[Reason, ...]
	lowers: tuple[Reason, ...]

	def as_dict(self) -> dict[str, Any]:
		"""As JSON data; `reasons_from_dict` reads it back."""
		return {side: [vars(reason) for reason in getattr(self, side)] for side in ("raises", "lowers")}


def reasons_from_dict(data: Mapping[str, Any]) -> Reasons:
	"""From JSON data. Raises KeyError or TypeError where it is malformed."""
	raises, lowers = (tuple(Reason(**each) for each in data[side]) for side in ("raises", "lowers"))
	return Reasons(raises, lowers)


def reasons(model: ChanceModel, deals: Snapshot, ever: Numbers) -> list[Reasons]:
	"""For each deal, given its chance ever to be won."""
	odds = logistic.log_odds(np.clip(ever, 1 - SUREST, SUREST))
	added = model.contributions(deals)
	points = {name: 100 * (ever - logistic.probability(odds - each)) for name, each in added.items()}
	return [_strongest(points, deals, place) for place in range(len(ever))]


def _strongest(points: Mapping[str, Numbers], deals: Snapshot, place: int) -> Reasons:
	of_deal = sorted(((float(each[place]), name) for name, each in points.items()), reverse=True)
	raises = [each for each in of_deal if each[0] >= FEWEST_POINTS][:MOST]
	lowers = [each for each in reversed(of_deal) if each[0] <= -FEWEST_POINTS][:MOST]
	return Reasons(
		*(
			tuple(
				Reason(name.removeprefix(FACT), _value(deals, name, place), round(each, 1))
				for each, name in side
			)
			for side in (raises, lowers)
		)
	)


def _value(deals: Snapshot, name: str, place: int) -> str:
	if name.startswith(FACT):
		return as_text(deals.facts[name.removeprefix(FACT)][place])
	if name == STAGE:
		return stage_at(deals.stage[place])
	if name == AMOUNT:
		return f"{deals.amount[place]:.2f}"
	if name == EXPECTED_CLOSE:
		day = deals.expected_close[place]
		return "" if isnan(day) else day_of(day).isoformat()
	days = {
		AGE: deals.age,
		DAYS_IN_STAGE: deals.days_in_stage,
		PLANNED_LENGTH: deals.expected_close - deals.created_on,
	}
	return "" if isnan(days[name][place]) else f"{days[name][place]:.0f}"
