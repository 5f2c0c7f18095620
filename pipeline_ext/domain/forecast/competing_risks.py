"""How a deal goes on from its stage: won, lost or in another stage, by how long it has been there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline_ext.domain.forecast.arrays import Numbers, Texts
from pipeline_ext.domain.forecast.history import LOST, OPEN, WON, History, Visits, day_number
from pipeline_ext.domain.forecast.stage_rates import HALF_LIFE_DAYS, WEIGHT, StageRates, left_after

EDGES = (0, 1, 3, 7, 14, 28, 56, 91, 182, 365)
"""The first day of each band of time in a stage; the last one is open."""
WIDTHS = np.diff([*EDGES, np.inf])
DAYS_IN_STAGE = EDGES[-1] + 1
DAYS_AHEAD = 2 * 365
"""A deal that is not won within two years is taken for one that never is."""
USUAL_STAY = 60.0
SMALLEST = 1e-9
HAZARDS = ("won", "lost", "moved", "to")
OTHER = "(other)"


@dataclass(frozen=True)
class Risks:
	"""Hazards a day of open deals, by stage and band of days in it; the last stage stands for all others.

	`won`, `lost` and `moved` are stages × bands; `to` is stages × stages, the share of moves to each.
	"""

	stages: tuple[str, ...]
	won: Numbers
	lost: Numbers
	moved: Numbers
	to: Numbers

	@cached_property
	def curves(self) -> NDArray[np.float32]:
		"""The chance to be won within so many days: days ahead × stages × days in the stage so far.

		The product-integral of the cause-specific hazards (Aalen and Johansen 1978) in steps of a day,
		followed through the stages backwards from the end. A deal that moves begins its next stage anew.
		"""
		leaving = self.won + self.lost + self.moved
		leaves = -np.expm1(-leaving)
		wins, moves = (leaves * hazard / leaving for hazard in (self.won, self.moved))
		band = np.searchsorted(EDGES, np.arange(DAYS_IN_STAGE), side="right") - 1
		leaves, wins, moves = leaves[:, band], wins[:, band], moves[:, band]
		older = np.minimum(np.arange(DAYS_IN_STAGE) + 1, DAYS_IN_STAGE - 1)
		curves = np.zeros((DAYS_AHEAD + 1, *wins.shape), dtype=np.float32)
		for day in range(DAYS_AHEAD):
			later = curves[day]
			after_move = (self.to @ later[:, 0])[:, None]
			curves[day + 1] = wins + moves * after_move + (1 - leaves) * later[:, older]
		return curves

	def ever(self, stages: Texts, days_in_stage: Numbers) -> Numbers:
		"""The chance that each deal is won at all."""
		return self.within(stages, days_in_stage, DAYS_AHEAD)

	def within(self, stages: Texts, days_in_stage: Numbers, days: int) -> Numbers:
		"""The chance that each deal is won within so many days."""
		known = {stage: place for place, stage in enumerate(self.stages)}
		rows = [known.get(stage, len(known) - 1) for stage in stages]
		so_far = np.clip(days_in_stage, 0, DAYS_IN_STAGE - 1).astype(np.int64)
		return self.curves[min(days, DAYS_AHEAD), rows, so_far].astype(np.float64)

	def as_dict(self) -> dict[str, Any]:
		"""As JSON data; `risks_from_dict` reads it back."""
		return {"stages": list(self.stages), **{name: getattr(self, name).tolist() for name in HAZARDS}}


def risks_from_dict(data: Mapping[str, Any]) -> Risks:
	"""From what `as_dict` wrote. Raises KeyError, TypeError or ValueError where it is malformed."""
	stages = tuple(str(stage) for stage in data["stages"])
	return Risks(stages, *(np.array(data[name], dtype=np.float64) for name in HAZARDS))


def fit(known: History, origin: date, rates: StageRates) -> Risks:
	"""Occurrences over days at risk, by stage and band of days in it; both count half if a year ago.

	Each is drawn to what ten more deals would have added that came to the band and ended from there, won at
	the stage's rate, of which less is left the longer they stay.
	"""
	visits, today = known.visits, day_number(origin)
	at_risk = _days_at_risk(visits, today, len(known.stages) + 1)
	won, lost, moved = _occurrences(visits, today, at_risk.shape)
	ending = (won.sum() + lost.sum() + 1) / (at_risk.sum() + USUAL_STAY)
	more_days = WEIGHT * -np.expm1(-ending * WIDTHS) / ending
	winning = np.array([*rates.of(known.stages), rates.overall])[:, None] * left_after(np.array(EDGES))
	return Risks(
		stages=(*known.stages, OTHER),
		won=(won + more_days * ending * winning) / (at_risk + more_days),
		lost=(lost + more_days * ending * (1 - winning)) / (at_risk + more_days),
		moved=moved / (at_risk + more_days),
		to=_shares_of_moves(visits, today, len(at_risk)),
	)


def _days_at_risk(visits: Visits, today: float, stages: int) -> Numbers:
	"""Days that deals spent in each stage and band."""
	stay = np.minimum(visits.left_on, today) - visits.entered_on
	at_risk = []
	for edge, width in zip(EDGES, WIDTHS, strict=True):
		days = np.clip(stay - edge, 0, width)
		weight = _recency(visits.entered_on + edge + days, today)
		at_risk.append(np.bincount(visits.stage, weights=weight * days, minlength=stages))
	return np.stack(at_risk, axis=1)


def _occurrences(visits: Visits, today: float, shape: tuple[int, ...]) -> Iterator[Numbers]:
	"""How many stays ended in each stage and band: won, lost, and with a move."""
	ended = np.flatnonzero(np.isfinite(visits.left_on))
	band = np.searchsorted(EDGES, (visits.left_on - visits.entered_on)[ended], side="right") - 1
	cell = visits.stage[ended] * len(EDGES) + band
	weight = _recency(visits.left_on[ended], today)
	for outcome in (WON, LOST, OPEN):
		counted = weight * (visits.ended[ended] == outcome)
		yield np.bincount(cell, weights=counted, minlength=shape[0] * shape[1]).reshape(shape)


def _shares_of_moves(visits: Visits, today: float, stages: int) -> Numbers:
	"""Of the moves from each stage, the share that went to each."""
	moved = np.isfinite(visits.left_on) & (visits.ended == OPEN)
	pair = visits.stage[moved] * stages + visits.to[moved]
	weight = _recency(visits.left_on[moved], today)
	counts = np.bincount(pair, weights=weight, minlength=stages**2).reshape(stages, stages)
	return counts / np.maximum(counts.sum(axis=1, keepdims=True), SMALLEST)


def _recency(when: Numbers, today: float) -> Numbers:
	return 0.5 ** ((today - when) / HALF_LIFE_DAYS)
