"""The chance that an open deal is won, ever and within each of several horizons, and what makes it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Protocol

import numpy as np

from pipeline_ext.domain.forecast import competing_risks, horizon, logistic, stage_rates, win_model
from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.competing_risks import OTHER, Risks, risks_from_dict
from pipeline_ext.domain.forecast.history import LOST, WON, History
from pipeline_ext.domain.forecast.periods import Period
from pipeline_ext.domain.forecast.snapshots import (
	AMOUNT,
	DAYS_IN_STAGE,
	FACT,
	STAGE,
	Snapshot,
	described,
)
from pipeline_ext.domain.forecast.stage_rates import StageRates, left_after, rates_from_dict
from pipeline_ext.domain.forecast.win_model import WinModel

FEWEST_TO_SHRINK = 5
FEWEST_OF_EACH = 25
"""So many deals have to be won, and so many lost, before facts about single deals are learned from."""
ON_TIME = 0.5
"""Of the deals that are won in the end, the share that is by the day they were expected to close."""
LATE_BY = 91.0
"""The mean of the days, spread exponentially, by which others are won later, or without a date ahead."""
SUREST = 1 - 1e-6


class Regime(str, Enum):
	"""How much the past could teach."""

	NOTHING = "Too Little History"
	DEFAULTS = "Stage Defaults"
	SHRUNK = "Shrunk Stage Rates"
	FULL = "Full Model"


@dataclass(frozen=True)
class DealChances:
	"""0 to 1: `ever` has a number for each deal, `within` one for each deal and horizon.

	A farther horizon never has less, and none has more than `ever`.
	"""

	ever: Numbers
	within: Numbers


class ChanceModel(Protocol):
	"""What says how likely deals are won. `days` are how far its horizons reach, in order."""

	days: tuple[int, ...]

	@property
	def regime(self) -> Regime: ...

	def chances(self, deals: Snapshot) -> DealChances:
		"""For its own horizons."""
		...

	def contributions(self, deals: Snapshot) -> dict[str, Numbers]:
		"""What each column adds to the log-odds of each deal, in comparison with what is usual."""
		...

	def as_dict(self) -> dict[str, Any]:
		"""As JSON data; `model_from_dict` reads it back."""
		...


@dataclass(frozen=True)
class ByStage:
	"""The rate of a deal's stage, where few deals have been decided; a win is due on the expected close."""

	days: tuple[int, ...]
	rates: StageRates
	regime: Regime

	def chances(self, deals: Snapshot) -> DealChances:
		ever = self.rates.of(deals.stage) * left_after(deals.days_in_stage)
		return DealChances(ever, ever[:, None] * _share_by(np.array(self.days), deals.days_to_close[:, None]))

	def contributions(self, deals: Snapshot) -> dict[str, Numbers]:
		of_stage = logistic.log_odds(self.rates.of(deals.stage))
		ever = logistic.log_odds(self.chances(deals).ever)
		return {STAGE: of_stage - logistic.log_odds(self.rates.overall), DAYS_IN_STAGE: ever - of_stage}

	def as_dict(self) -> dict[str, Any]:
		return {"regime": self.regime.value, "days": list(self.days), "rates": self.rates.as_dict()}


def _share_by(days: Numbers, to_close: Numbers) -> Numbers:
	"""Of the deals that are won in the end, the share that is within so many days."""
	by_date = 1 - (1 - ON_TIME) * np.exp(-np.maximum(days - to_close, 0) / LATE_BY)
	return np.where(to_close >= 0, by_date * (to_close < days), -np.expm1(-days / LATE_BY))


@dataclass(frozen=True)
class ByFacts:
	"""A model of facts for horizons that could teach one, and risks for the time between these and after.

	What a deal brings along adds to the risks' log-odds what it adds to those of the farthest model.
	"""

	days: tuple[int, ...]
	risks: Risks
	models: tuple[WinModel | None, ...]
	regime: Regime = Regime.FULL

	def chances(self, deals: Snapshot) -> DealChances:
		by_risks = [np.zeros(len(deals.stage)), *self._by_risks(deals)]
		brought = self._brought(deals)
		so_far, said = by_risks[0], []
		for number, (days, model) in enumerate(zip(self.days, self.models, strict=True)):
			earlier, later = by_risks[number : number + 2]
			if model:
				so_far = model.predict(described(deals, days), logistic.log_odds(later))
			else:
				so_far = _later(so_far, earlier, later, brought)
			said.append(so_far)
		within = _in_order(np.stack(said, axis=1))
		return DealChances(_later(within[:, -1], *by_risks[-2:], brought), within)

	def contributions(self, deals: Snapshot) -> dict[str, Numbers]:
		"""By the farthest model, and beneath it the risks, in comparison with a stage nobody knows."""
		added = self._by_facts(deals)
		fresh = logistic.log_odds(self.risks.ever(deals.stage, np.zeros(len(deals.stage))))
		by_now = logistic.log_odds(self.risks.ever(deals.stage, deals.days_in_stage))
		usual = logistic.log_odds(self.risks.ever(np.array([OTHER], dtype=object), np.zeros(1)))
		added[STAGE] = added.get(STAGE, 0.0) + fresh - usual
		added[DAYS_IN_STAGE] = added.get(DAYS_IN_STAGE, 0.0) + by_now - fresh
		return added

	def as_dict(self) -> dict[str, Any]:
		models = [model.as_dict() if model else None for model in self.models]
		return {
			"regime": self.regime.value,
			"days": list(self.days),
			"risks": self.risks.as_dict(),
			"models": models,
		}

	def _by_risks(self, deals: Snapshot) -> Iterator[Numbers]:
		"""The chance within each horizon, and ever, by stage and days in it alone."""
		for days in self.days:
			yield self.risks.within(deals.stage, deals.days_in_stage, days)
		yield self.risks.ever(deals.stage, deals.days_in_stage)

	def _by_facts(self, deals: Snapshot) -> dict[str, Numbers]:
		for days, model in zip(reversed(self.days), reversed(self.models), strict=True):
			if model:
				return model.contributions(described(deals, days))
		return {}

	def _brought(self, deals: Snapshot) -> Numbers:
		"""What a deal's amount and what was known when it came add to log-odds."""
		added = self._by_facts(deals)
		brought = [each for name, each in added.items() if name.startswith(FACT) or name == AMOUNT]
		return np.sum([np.zeros(len(deals.stage)), *brought], axis=0)


def _in_order(chances: Numbers) -> Numbers:
	"""Never less at a later horizon: halfway between the most said so far and the least said from then on."""
	most = np.maximum.accumulate(chances, axis=1)
	least = np.minimum.accumulate(chances[:, ::-1], axis=1)[:, ::-1]
	return (most + least) / 2


def _later(so_far: Numbers, earlier: Numbers, later: Numbers, added: Numbers) -> Numbers:
	"""The chance to be won by a later day, given that by an earlier one and both by risks alone."""
	meanwhile = np.clip((later - earlier) / (1 - earlier), 1 - SUREST, SUREST)
	return so_far + (1 - so_far) * logistic.probability(logistic.log_odds(meanwhile) + added)


def model_from_dict(data: Mapping[str, Any]) -> ChanceModel:
	"""From what `as_dict` wrote. Raises KeyError, TypeError or ValueError where it is malformed."""
	days = tuple(int(each) for each in data["days"])
	regime = Regime(data["regime"])
	if regime is not Regime.FULL:
		return ByStage(days, rates_from_dict(data["rates"]), regime)
	models = tuple(win_model.model_from_dict(each) if each else None for each in data["models"])
	return ByFacts(days, risks_from_dict(data["risks"]), models)


def learn(known: History, origin: date, horizons: Sequence[Period]) -> ChanceModel | None:
	"""What the past can teach by the origin, for horizons in order; None where it teaches nothing.

	Where the stages say nothing themselves, there is nothing to fall back on while little is decided.
	"""
	days = tuple(each.days_from(origin) for each in horizons)
	won, lost = (int((known.ended == outcome).sum()) for outcome in (WON, LOST))
	defaults = stage_rates.said_by_pipeline(known)
	rates = stage_rates.fit(known, origin)
	if defaults is None or min(won, lost) >= FEWEST_OF_EACH:
		risks = competing_risks.fit(known, origin, rates)
		models = tuple(horizon.fit(known, origin, each, risks) for each in horizons)
		if any(models):
			return ByFacts(days, risks, tuple(_telling(models)))
	if defaults is None:
		return None
	if won + lost < FEWEST_TO_SHRINK:
		return ByStage(days, defaults, Regime.DEFAULTS)
	return ByStage(days, rates, Regime.SHRUNK)


def _telling(models: Sequence[WinModel | None]) -> Iterator[WinModel | None]:
	"""Without those that facts told nothing, where facts told something of a nearer horizon."""
	has_told = False
	for model in models:
		yield model if model and (model.trust or not has_told) else None
		has_told = has_told or bool(model and model.trust)


def within(model: ChanceModel, deals: Snapshot, days: Sequence[int]) -> DealChances:
	"""The chances for horizons of so many days, in proportion between those that the model knows."""
	said = model.chances(deals)
	if tuple(days) == model.days:
		return said
	known = [0, *model.days]
	between = [np.interp(days, known, [0.0, *chances]) for chances in said.within]
	return DealChances(said.ever, np.array(between).reshape(len(said.ever), len(days)))
