"""The chance that a case is won, from facts about it: a ridge logistic, plain numbers throughout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from pipeline_ext.domain.forecast import logistic
from pipeline_ext.domain.forecast.arrays import Codes, Flags, Numbers
from pipeline_ext.domain.forecast.design import Block, Design, Indicators, Line
from pipeline_ext.domain.forecast.encoding import (
	Column,
	NumberColumn,
	Table,
	column_from_dict,
	columns_of,
)
from pipeline_ext.domain.forecast.scores import losses_of

PENALTY = 3.0
CROSSES = 8
CELLS = 400
CELL_CASES = 20
FOLDS = 5
FEW = 5000
TRUST = (0.0, 0.25, 0.5, 0.75, 1.0)
SURE = 3.0
"""Standard errors."""


@dataclass(frozen=True)
class Effect:
	"""What one column adds to the log-odds: by code, and per unit of its line."""

	column: Column
	by_code: tuple[float, ...]
	by_line: float = 0.0

	def beyond(self, usual: float) -> Effect:
		"""The same in comparison with what it usually adds."""
		return replace(self, by_code=tuple(added - usual for added in self.by_code))


@dataclass(frozen=True)
class Cross:
	"""What two columns together add to the log-odds, by pair of codes; pairs that were rare add nothing."""

	first: str
	second: str
	by_codes: Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class WinModel:
	"""`base` is the log-odds of the average case. `trust`, 0 to 1, is how far the facts are believed.

	`trust` is what did best on cases that were not fitted: with too few cases, or facts that say nothing, the
	base rate is all there is.
	"""

	base: float
	intercept: float
	trust: float
	effects: tuple[Effect, ...]
	crosses: tuple[Cross, ...]
	cases: int

	def predict(self, table: Table, prior: Numbers | float = 0.0) -> Numbers:
		"""Probabilities of 0 to 1, one a case. A column that is not in the table counts as blank.

		`prior` is what the model was fitted with: the log-odds of each case before the facts.
		"""
		return logistic.probability(prior + self.base + self.trust * (self._odds(table) - self.base))

	def contributions(self, table: Table) -> dict[str, Numbers]:
		"""What each column adds to the log-odds of each case, in comparison with the average case.

		A pair of columns shares what it adds.
		"""
		codes = self._codes(table)
		added = {effect.column.name: _added(effect, table, codes) for effect in self.effects}
		for cross in self.crosses:
			share = _of_cross(cross, codes) / 2
			added[cross.first] = added[cross.first] + share
			added[cross.second] = added[cross.second] + share
		return {name: self.trust * values for name, values in added.items()}

	def as_dict(self) -> dict[str, Any]:
		"""The model as plain JSON data; `model_from_dict` reads it back."""
		return {
			"base": self.base,
			"intercept": self.intercept,
			"trust": self.trust,
			"cases": self.cases,
			"effects": [
				{"column": each.column.as_dict(), "by_code": list(each.by_code), "by_line": each.by_line}
				for each in self.effects
			],
			"crosses": [
				{
					"first": each.first,
					"second": each.second,
					"by_codes": [[*pair, value] for pair, value in each.by_codes.items()],
				}
				for each in self.crosses
			],
		}

	def _odds(self, table: Table) -> Numbers:
		codes = self._codes(table)
		odds = np.full(length_of(table), self.intercept)
		for effect in self.effects:
			odds = odds + _added(effect, table, codes)
		for cross in self.crosses:
			odds = odds + _of_cross(cross, codes)
		return odds

	def _codes(self, table: Table) -> dict[str, Codes]:
		blank = [None] * length_of(table)
		columns = (effect.column for effect in self.effects)
		return {column.name: column.codes(table.get(column.name, blank)) for column in columns}


def model_from_dict(data: Mapping[str, Any]) -> WinModel:
	"""A model from JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	effects = (
		Effect(column_from_dict(each["column"]), tuple(map(float, each["by_code"])), float(each["by_line"]))
		for each in data["effects"]
	)
	crosses = (
		Cross(
			each["first"],
			each["second"],
			{(int(first), int(second)): float(value) for first, second, value in each["by_codes"]},
		)
		for each in data["crosses"]
	)
	numbers = (float(data[name]) for name in ("base", "intercept", "trust"))
	return WinModel(*numbers, tuple(effects), tuple(crosses), int(data["cases"]))


def length_of(table: Table) -> int:
	"""How many cases a table has; 0 where it has no column."""
	return len(next(iter(table.values()), ()))


@dataclass(frozen=True)
class Cases:
	"""Decided cases: `won` is 0 or 1, `weights` how much each counts.

	`prior` is the log-odds of each before the facts; None where they are all alike.
	"""

	table: Table
	won: Numbers
	weights: Numbers
	prior: Numbers | None

	@property
	def odds(self) -> Numbers:
		return np.zeros(len(self.won)) if self.prior is None else self.prior

	@property
	def base(self) -> float:
		"""What to add to the prior so that the average comes out; drawn to nothing where there is a prior."""
		if self.prior is None:
			return logistic.log_odds(logistic.share(self.won, self.weights))
		return logistic.shift(self.prior, self.won, self.weights, PENALTY)

	def only(self, chosen: Flags) -> Cases:
		places = np.flatnonzero(chosen)
		table = {
			name: values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
			for name, values in self.table.items()
		}
		prior = None if self.prior is None else self.prior[places]
		return Cases(table, self.won[places], self.weights[places], prior)


def fit(table: Table, won: Numbers, weights: Numbers | None = None, prior: Numbers | None = None) -> WinModel:
	"""Fit the model on cases that are decided; without weights each counts once, without prior all are alike.

	Raises ValueError where there is no case.
	"""
	if not len(won):
		raise ValueError("there is no decided case to learn from")
	weights = np.ones(len(won)) if weights is None else weights
	cases = Cases(table, won, weights, prior)
	columns = columns_of(table)
	can_tell = bool(columns) and 0 < won.sum() < len(won)
	return _fitted(cases, columns, _trust(cases, columns) if can_tell else 0.0)


def _trust(cases: Cases, columns: Sequence[Column]) -> float:
	"""How far facts are to be believed, by what did best on every fifth case, unseen in the fit.

	With few cases each fifth takes its turn. A gain on the base rate of less than three standard errors may
	be chance, and counts as none.
	"""
	size = len(cases.won)
	fold = np.arange(size) % FOLDS
	gains = []
	for turn in range(FOLDS) if size < FEW else range(1):
		unseen = fold == turn
		if unseen.all() or not unseen.any():
			return 0.0
		gains.append(_gains(_fitted(cases.only(~unseen), columns, 1.0), cases.only(unseen)))
	gained = np.hstack(gains)
	best = int(np.argmax(gained.sum(axis=1)))
	chance = gained[best].std() * np.sqrt(gained.shape[1])
	return TRUST[best] if gained[best].sum() > SURE * chance else 0.0


def _gains(model: WinModel, cases: Cases) -> Numbers:
	"""How much less each case loses than without facts, one row for each degree of trust."""
	odds = model._odds(cases.table)
	said = [cases.odds + model.base + trust * (odds - model.base) for trust in TRUST]
	losses = np.array([losses_of(logistic.probability(each), cases.won) for each in said])
	return (losses[0] - losses) * cases.weights


@dataclass(frozen=True)
class _Pair:
	"""Two columns whose pairs of codes tell more than both alone; `cells` are the pairs common enough."""

	first: Column
	second: Column
	cells: Codes

	def design(self, codes: Mapping[str, Codes]) -> Indicators:
		"""Pairs that are too rare have no column."""
		place = np.full(self.size, len(self.cells))
		place[self.cells] = np.arange(len(self.cells))
		return Indicators(place[self.cells_of(codes)], len(self.cells))

	def cells_of(self, codes: Mapping[str, Codes]) -> Codes:
		return codes[self.first.name] * len(self.second.labels) + codes[self.second.name]

	@property
	def size(self) -> int:
		return len(self.first.labels) * len(self.second.labels)

	def cross(self, values: Iterator[float]) -> Cross:
		width = len(self.second.labels)
		by_codes = {(int(cell // width), int(cell % width)): next(values) for cell in self.cells}
		return Cross(self.first.name, self.second.name, by_codes)


def _fitted(cases: Cases, columns: Sequence[Column], trust: float) -> WinModel:
	won, weights, prior = cases.won, cases.weights, cases.odds
	codes = {column.name: column.codes(cases.table[column.name]) for column in columns}
	blocks = [Line(np.ones(len(won))), *_blocks(cases.table, columns, codes)]
	coefficients = logistic.fit(Design(blocks), won, weights, PENALTY, prior)
	predicted = logistic.probability(prior + Design(blocks).times(coefficients))
	pairs = _telling_pairs(columns, codes, weights * (won - predicted), weights * predicted * (1 - predicted))
	if pairs:
		design = Design([*blocks, *(pair.design(codes) for pair in pairs)])
		coefficients = logistic.fit(design, won, weights, PENALTY, prior)
	values = iter(coefficients.tolist())
	intercept = next(values)
	effects = [_effect(column, values) for column in columns]
	usual = [float(np.average(_added(effect, cases.table, codes), weights=weights)) for effect in effects]
	return WinModel(
		base=cases.base,
		intercept=intercept + sum(usual),
		trust=trust,
		effects=tuple(effect.beyond(added) for effect, added in zip(effects, usual, strict=True)),
		crosses=tuple(pair.cross(values) for pair in pairs),
		cases=len(won),
	)


def _blocks(table: Table, columns: Sequence[Column], codes: Mapping[str, Codes]) -> Iterator[Block]:
	for column in columns:
		yield Indicators(codes[column.name], len(column.labels))
		line = column.line(table[column.name])
		if line is not None:
			yield Line(line)


def _effect(column: Column, values: Iterator[float]) -> Effect:
	by_code = tuple(next(values) for _label in column.labels)
	return Effect(column, by_code, next(values) if isinstance(column, NumberColumn) else 0.0)


def _telling_pairs(
	columns: Sequence[Column], codes: Mapping[str, Codes], residual: Numbers, spread: Numbers
) -> list[_Pair]:
	"""The pairs of columns in whose cells the first fit errs by more than chance would, the worst first.

	A cell's score is the gain in log-likelihood of one ridge step on it, less one for having it (Rao 1948,
	Akaike 1974).
	"""
	scored = []
	for first, second in combinations(columns, 2):
		pair = _Pair(first, second, np.empty(0, dtype=np.int64))
		if pair.size > CELLS:
			continue
		cells = pair.cells_of(codes)
		erred = np.bincount(cells, weights=residual, minlength=pair.size)
		room = np.bincount(cells, weights=spread, minlength=pair.size)
		gain = (erred**2 / (room + PENALTY)).sum() / 2 - (room > 0).sum()
		kept = np.flatnonzero(np.bincount(cells, minlength=pair.size) >= CELL_CASES)
		if gain > 0 and len(kept):
			scored.append((gain, _Pair(first, second, kept)))
	scored.sort(key=lambda each: -each[0])
	return [pair for _gain, pair in scored[:CROSSES]]


def _added(effect: Effect, table: Table, codes: Mapping[str, Codes]) -> Numbers:
	added = np.array(effect.by_code)[codes[effect.column.name]]
	if effect.by_line:
		values = table.get(effect.column.name, [None] * len(added))
		added = added + effect.by_line * effect.column.line(values)
	return added


def _of_cross(cross: Cross, codes: Mapping[str, Codes]) -> Numbers:
	first, second = codes[cross.first], codes[cross.second]
	width = 1 + max((pair[1] for pair in cross.by_codes), default=0)
	height = 1 + max((pair[0] for pair in cross.by_codes), default=0)
	values = np.zeros((max(height, first.max(initial=0) + 1), max(width, second.max(initial=0) + 1)))
	for pair, value in cross.by_codes.items():
		values[pair] = value
	return values[first, second]
