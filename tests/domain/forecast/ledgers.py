"""Made-up ledgers of which the truth is known: what happens to a deal each day, by stage and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from pipeline_ext.domain.forecast.history import History, history_of

START = date(2020, 1, 1)


@dataclass(frozen=True)
class Change:
	document: str
	posted_on: datetime
	stage: str
	outcome: str
	amount: float
	expected_close: date | None = None
	probability: float | None = None


@dataclass(frozen=True)
class Stage:
	"""A stage that deals leave at constant hazards a day; `said` is its probability in percent."""

	name: str
	won: float
	lost: float
	onward: float
	said: float | None

	@property
	def leaving(self) -> float:
		return self.won + self.lost + self.onward


STAGES = (
	Stage("Prospect", 0.0, 0.02, 0.03, 10.0),
	Stage("Quote", 0.01, 0.015, 0.02, 40.0),
	Stage("Talks", 0.03, 0.01, 0.0, 70.0),
)
SOURCES = {"Web": 0.6, "Fair": 1.0, "Referral": 1.8}
"""What the hazard of winning is multiplied with."""


def truth(stages: Sequence[Stage] = STAGES, times: float = 1.0) -> dict[str, float]:
	"""The chance ever to be won from each stage."""
	chance = 0.0
	found = {}
	for stage in reversed(stages):
		won = stage.won * times
		chance = (won + stage.onward * chance) / (won + stage.lost + stage.onward)
		found[stage.name] = chance
	return found


@dataclass(frozen=True)
class World:
	"""Deals that come at random over some days; with `dated`, each has a rough idea of when it ends."""

	deals: int = 500
	days: int = 720
	seed: int = 1
	stages: Sequence[Stage] = STAGES
	sources: Mapping[str, float] | None = None
	dated: bool = False
	start: date = START

	def changes(self) -> list[Change]:
		chance = np.random.default_rng(self.seed)
		return [row for number in range(self.deals) for row in self._life(number, chance)]

	def facts(self) -> dict[str, dict[str, str]]:
		return {f"D{number}": {"source": self._source(number)} for number in range(self.deals)}

	def history(self) -> History:
		return history_of(self.changes(), self.facts())

	def _source(self, number: int) -> str:
		return list(SOURCES)[number % len(SOURCES)]

	def _life(self, number: int, chance: np.random.Generator) -> Iterator[Change]:
		begun = datetime.combine(self.start, datetime.min.time())
		now = begun + timedelta(days=float(chance.uniform(0, self.days)))
		amount = round(float(np.exp(chance.normal(8, 0.5))), 2)
		times = (self.sources or {}).get(self._source(number), 1.0)
		rows = []
		for stage in self.stages:
			rows.append(Change(f"D{number}", now, stage.name, "open", amount, None, stage.said))
			hazards = np.array([stage.won * times, stage.lost, stage.onward])
			now += timedelta(days=float(chance.exponential(1 / hazards.sum())))
			goes = chance.choice(["won", "lost", "onward"], p=hazards / hazards.sum())
			if goes != "onward":
				rows.append(Change(f"D{number}", now, stage.name, str(goes), amount))
				break
		if self.dated:
			close = (now + timedelta(days=float(chance.normal(0, 12)))).date()
			rows = [replace(row, expected_close=close) for row in rows]
		yield from rows
