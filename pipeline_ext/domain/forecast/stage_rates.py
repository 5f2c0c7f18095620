"""What share of the deals that came to each stage is won in the end, where few have been decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from pipeline_ext.domain.forecast import logistic
from pipeline_ext.domain.forecast.arrays import Codes, Numbers, Texts
from pipeline_ext.domain.forecast.history import OPEN, WON, History, day_number

WEIGHT = 10
"""So many deals the rate of a stage counts for before any deal of it is decided."""
HALF_LIFE_DAYS = 365
STIFFNESS = 1.0
SUREST = 0.99
UNKNOWN = 0.5
FRESH_FOR = 91.0
STALE_AFTER = 182.0


@dataclass(frozen=True)
class StageRates:
	"""The chance of winning a deal by its stage, 0 to 1. `overall` is that of a stage nobody knows."""

	rates: Mapping[str, float]
	overall: float

	def of(self, stages: Texts) -> Numbers:
		return np.array([self.rates.get(stage, self.overall) for stage in stages], dtype=np.float64)

	def as_dict(self) -> dict[str, Any]:
		return {"rates": dict(self.rates), "overall": self.overall}


def rates_from_dict(data: Mapping[str, Any]) -> StageRates:
	"""From what `as_dict` wrote. Raises KeyError, TypeError or ValueError where it is malformed."""
	rates = {str(stage): float(rate) for stage, rate in data["rates"].items()}
	return StageRates(rates, float(data["overall"]))


def left_after(days_in_stage: Numbers) -> Numbers:
	"""How much of a stage's rate is left for a deal that has stayed so long.

	All of it for a quarter of a year, then less: half of it half a year later.
	"""
	return 0.5 ** (np.maximum(days_in_stage - FRESH_FOR, 0) / STALE_AFTER)


def said_by_pipeline(known: History) -> StageRates | None:
	"""The pipeline's own probabilities; None where no stage has one."""
	defaults = default_rates(known)
	if np.isnan(defaults).all():
		return None
	overall = float(np.nanmean(defaults))
	return StageRates(_by_stage(known, np.nan_to_num(defaults, nan=overall)), overall)


def fit(known: History, origin: date) -> StageRates:
	"""The pipeline's own probabilities, shifted together to what came, then each drawn to its own deals.

	The shift of their log-odds is the most likely one, ridge-penalised; a stage is drawn by empirical Bayes
	(Efron and Morris 1973), its shifted default counting as ten deals. A deal decided a year ago counts half.
	A stage without a default starts at the share of all decided deals that was won.
	"""
	seen = _decided_visits(known, origin)
	overall = _share_won(known, origin)
	defaults = default_rates(known)
	odds = logistic.log_odds(np.nan_to_num(defaults, nan=overall))
	has_default = ~np.isnan(defaults)
	told = has_default[seen.stage]
	shift = logistic.shift(odds[seen.stage[told]], seen.won[told], seen.weight[told], STIFFNESS)
	prior = logistic.probability(odds + has_default * shift)
	decided, won = (
		np.bincount(seen.stage, weights=weights, minlength=len(prior))
		for weights in (seen.weight, seen.weight * seen.won)
	)
	return StageRates(_by_stage(known, (won + WEIGHT * prior) / (decided + WEIGHT)), overall)


def _by_stage(known: History, rates: Numbers) -> dict[str, float]:
	return dict(zip(known.stages, rates.tolist(), strict=True))


def default_rates(known: History) -> Numbers:
	"""What each stage said last of the open deals in it, 0 to 1, kept off both; NaN where it said nothing."""
	rows = np.flatnonzero((known.outcome == OPEN) & (known.probability > 0))
	said = np.full(len(known.stages), np.nan)
	said[known.stage[rows]] = known.probability[rows] / 100
	return np.clip(said, 1 - SUREST, SUREST)


@dataclass(frozen=True)
class _Visits:
	"""Each stage that each decided deal has been in while it was open, once."""

	stage: Codes
	won: Numbers
	weight: Numbers


def _decided_visits(known: History, origin: date) -> _Visits:
	deal, stage = known.seen
	decided = np.flatnonzero(known.ended[deal] != OPEN)
	deal, stage = deal[decided], stage[decided]
	return _Visits(stage, (known.ended[deal] == WON).astype(float), _recency(known, origin)[deal])


def _share_won(known: History, origin: date) -> float:
	decided = np.flatnonzero(known.ended != OPEN)
	if not len(decided):
		return UNKNOWN
	return logistic.rate((known.ended[decided] == WON).astype(float), _recency(known, origin)[decided])


def _recency(known: History, origin: date) -> Numbers:
	last = np.full(len(known.names), -np.inf)
	np.maximum.at(last, known.deal, known.posted_on)
	return 0.5 ** ((day_number(origin) - last) / HALF_LIFE_DAYS)
