"""A design matrix of indicators and lines, without its zeros: what a regression needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline_ext.domain.forecast.arrays import Codes, Numbers


@dataclass(frozen=True)
class Indicators:
	"""A column for each code below `size`, 1 where a case has it; a case of the code `size` has none."""

	codes: Codes
	size: int

	def times(self, coefficients: Numbers) -> Numbers:
		return np.append(coefficients, 0.0)[self.codes]

	def totals(self, values: Numbers) -> Numbers:
		"""The sum of the values of the cases that have each code."""
		return np.bincount(self.codes, weights=values, minlength=self.size + 1)[:-1]

	def products(self, other: Block, weights: Numbers) -> Numbers:
		if isinstance(other, Line):
			return self.totals(weights * other.values)[:, None]
		width = other.size + 1
		cells = np.bincount(
			self.codes * width + other.codes, weights=weights, minlength=(self.size + 1) * width
		)
		return cells.reshape(-1, width)[:-1, :-1]


@dataclass(frozen=True)
class Line:
	"""One column of numbers."""

	values: Numbers

	@property
	def size(self) -> int:
		return 1

	def times(self, coefficients: Numbers) -> Numbers:
		return self.values * coefficients[0]

	def totals(self, values: Numbers) -> Numbers:
		return np.array([self.values @ values])

	def products(self, other: Block, weights: Numbers) -> Numbers:
		return other.totals(weights * self.values)[None, :]


Block = Indicators | Line


@dataclass(frozen=True)
class Design:
	"""Cases × columns, the columns in blocks."""

	blocks: Sequence[Block]

	@cached_property
	def ends(self) -> list[int]:
		"""Where each block begins among the columns, and where the last one ends."""
		return [0, *np.cumsum([block.size for block in self.blocks]).tolist()]

	def times(self, coefficients: Numbers) -> Numbers:
		"""The matrix times a coefficient for each column."""
		return sum(block.times(coefficients[part]) for block, part in self._parts())

	def totals(self, values: Numbers) -> Numbers:
		"""Its transpose times a value for each case."""
		return np.concatenate([block.totals(values) for block in self.blocks])

	def squares(self, weights: Numbers) -> Numbers:
		"""Σ weight × row × rowᵀ."""
		total = np.zeros((self.ends[-1], self.ends[-1]))
		for place, (one, rows) in enumerate(self._parts()):
			for other, columns in self._parts()[place:]:
				total[rows, columns] = one.products(other, weights)
				total[columns, rows] = total[rows, columns].T
		return total

	def _parts(self) -> list[tuple[Block, slice]]:
		return [
			(block, slice(start, end))
			for block, start, end in zip(self.blocks, self.ends, self.ends[1:], strict=False)
		]
