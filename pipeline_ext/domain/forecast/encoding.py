"""Columns of facts, of any mix of numbers, words and blanks, to the columns of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import Any, Protocol

import numpy as np

from pipeline_ext.domain.forecast.arrays import Codes, Numbers

Values = Sequence[Any]
Table = Mapping[str, Values]
"""Columns of equal length by name; a value is a text, a number or None."""

BINS = 10
FEWEST = 10
MOST_LEVELS = 200
NUMERIC_SHARE = 0.95
UNIQUE_SHARE = 0.9
FARTHEST = 4.0


class Column(Protocol):
	"""How one column of facts becomes columns of a model.

	Each case has a code, the number of the bin or level it is in, and for numbers also a place on a line.
	"""

	name: str

	@property
	def labels(self) -> tuple[str, ...]:
		"""What each code stands for."""
		...

	def codes(self, values: Values) -> Codes: ...

	def line(self, values: Values) -> Numbers | None: ...

	def as_dict(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class NumberColumn:
	"""A number: bins between `edges` (a code each, 0 for a blank), and its logarithm, centred and scaled."""

	name: str
	edges: tuple[float, ...]
	centre: float
	scale: float

	@property
	def labels(self) -> tuple[str, ...]:
		if not self.edges:
			return ("", "any")
		between = [f"{low:g} to {high:g}" for low, high in zip(self.edges, self.edges[1:], strict=False)]
		return ("", f"below {self.edges[0]:g}", *between, f"{self.edges[-1]:g} or more")

	def codes(self, values: Values) -> Codes:
		numbers = as_numbers(values)
		bins = 1 + np.searchsorted(np.array(self.edges), numbers, side="right")
		return np.where(np.isnan(numbers), 0, bins)

	def line(self, values: Values) -> Numbers:
		place = (_compressed(as_numbers(values)) - self.centre) / self.scale
		return np.clip(np.nan_to_num(place), -FARTHEST, FARTHEST)

	def as_dict(self) -> dict[str, Any]:
		return {
			"kind": "number",
			"name": self.name,
			"edges": list(self.edges),
			"centre": self.centre,
			"scale": self.scale,
		}


@dataclass(frozen=True)
class LevelColumn:
	"""Words: a code for each level that is common enough, the last one for all others."""

	name: str
	levels: tuple[str, ...]

	@property
	def labels(self) -> tuple[str, ...]:
		return (*self.levels, "other")

	def codes(self, values: Values) -> Codes:
		known = {level: code for code, level in enumerate(self.levels)}
		code_of = {value: known.get(as_text(value), len(known)) for value in set(values)}
		blank = known.get("", len(known))  # a NaN is not found again
		return np.array([code_of.get(value, blank) for value in values], dtype=np.int64)

	def line(self, values: Values) -> None:
		return None

	def as_dict(self) -> dict[str, Any]:
		return {"kind": "level", "name": self.name, "levels": list(self.levels)}


def column_from_dict(data: Mapping[str, Any]) -> Column:
	"""A column from what `as_dict` wrote. Raises KeyError or ValueError where it is malformed."""
	if data["kind"] == "number":
		edges = tuple(float(edge) for edge in data["edges"])
		return NumberColumn(data["name"], edges, float(data["centre"]), float(data["scale"]))
	if data["kind"] == "level":
		return LevelColumn(data["name"], tuple(str(level) for level in data["levels"]))
	raise ValueError(f"{data['kind']!r} is not a kind of column")


def columns_of(table: Table) -> tuple[Column, ...]:
	"""How each column of a table is best taken; one that tells every case apart, or none, is left out."""
	return tuple(column for name, values in table.items() if (column := _column(name, values)))


def _column(name: str, values: Values) -> Column | None:
	if _are_floats(values):
		known = values[np.isfinite(values)]
		distinct = len(np.unique(known))
		if distinct > BINS:
			return _column_of_numbers(name, known, distinct)
	counts = _counts(values)
	filled = {text: count for text, count in counts.items() if text}
	cases = sum(filled.values())
	numeric = sum(count for text, count in filled.items() if not isnan(_number(text)))
	if filled and numeric >= NUMERIC_SHARE * cases and len(filled) > BINS:
		numbers = as_numbers(values)
		return _column_of_numbers(name, numbers[~np.isnan(numbers)], len(filled))
	levels = tuple(level for level, count in counts.most_common(MOST_LEVELS) if count >= FEWEST)
	return LevelColumn(name, levels) if len(levels) > 1 or (levels and len(counts) > 1) else None


def _counts(values: Values) -> Counter[str]:
	"""How often each text comes; to write the same value as text again and again would take long."""
	counts: Counter[str] = Counter()
	for value, count in Counter(values).items():
		counts[as_text(value)] += count
	return counts


def _column_of_numbers(name: str, numbers: Numbers, distinct: int) -> Column | None:
	"""None for whole numbers that hardly ever come twice: they name a case and say nothing about it."""
	if distinct > UNIQUE_SHARE * len(numbers) and np.all(numbers == np.round(numbers)):
		return None
	return _number_column(name, numbers)


def _number_column(name: str, numbers: Numbers) -> NumberColumn:
	place = _compressed(numbers)
	edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
	return NumberColumn(name, tuple(edges.tolist()), float(place.mean()), float(place.std()) or 1.0)


def as_text(value: Any) -> str:
	"""A value as it is told apart from others; blank for None and not-a-number."""
	if value is None or (isinstance(value, float) and not isfinite(value)):
		return ""
	return f"{value:g}" if isinstance(value, float) else str(value).strip()


def as_numbers(values: Values) -> Numbers:
	"""Values as numbers; NaN for what is not a finite one."""
	if _are_floats(values):
		return np.where(np.isfinite(values), values, np.nan)
	return np.fromiter(map(_number, values), dtype=np.float64, count=len(values))


def _are_floats(values: Values) -> bool:
	return isinstance(values, np.ndarray) and values.dtype.kind == "f"


def _number(value: Any) -> float:
	try:
		number = float(value) if value not in (None, "") else nan
	except (TypeError, ValueError):
		return nan
	return number if isfinite(number) else nan


def _compressed(numbers: Numbers) -> Numbers:
	"""Large numbers drawn together, sign kept: amounts and counts spread over orders of magnitude."""
	return np.sign(numbers) * np.log1p(np.abs(numbers))
