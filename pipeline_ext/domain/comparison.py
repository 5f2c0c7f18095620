"""Typed values, and how one compares with what is asked of it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any


class Kind(str, Enum):
	"""The type of a field, as far as comparisons need to know."""

	TEXT = "text"
	NUMBER = "number"
	DATE = "date"
	FLAG = "flag"
	TABLE = "table"


class Aggregate(str, Enum):
	"""How the rows of a child table answer together."""

	ANY = "Any"
	ALL = "All"
	COUNT = "Count"
	SUM = "Sum"


PRESENCE = ("is set", "is not set")
EQUALITY = ("=", "!=")
ORDER = (">", ">=", "<", "<=")
MEMBERSHIP = ("in", "not in")
CONTENT = ("contains", "does not contain")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
	Kind.TEXT: PRESENCE + EQUALITY + MEMBERSHIP + CONTENT,
	Kind.NUMBER: PRESENCE + EQUALITY + ORDER,
	Kind.DATE: PRESENCE + EQUALITY + ORDER,
	Kind.FLAG: EQUALITY,
	Kind.TABLE: PRESENCE,
}
EVERY_OPERATOR = PRESENCE + EQUALITY + ORDER + MEMBERSHIP + CONTENT

TODAY = "today"
"""The operand of a date comparison that stands for the day of the judgement."""
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Comparison:
	"""A field must compare as stated. `operand` is typed as `kind` says, a tuple for in.

	`field` may be a path: a linked document's field (`customer.territory`), or a column of a child table
	(`items.amount`), whose rows `aggregate` brings together; `kind` is then the kind of the result.
	"""

	field: str
	kind: Kind
	operator: str
	operand: Any = None
	aggregate: Aggregate | None = None


@dataclass(frozen=True)
class Answer:
	"""Whether a comparison holds, a code that says why, and the value that was seen."""

	holds: bool
	reason: str
	seen: Any = None


HOLDS = "holds"
TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
	"=": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	">=": operator.ge,
	"<": operator.lt,
	"<=": operator.le,
	"in": lambda value, operand: value in operand,
	"not in": lambda value, operand: value not in operand,
	"contains": lambda value, operand: operand.lower() in value.lower(),
	"does not contain": lambda value, operand: operand.lower() not in value.lower(),
}


def compare(comparison: Comparison, values: Mapping[str, Any], today: date) -> Answer:
	"""The answer for the values of a document. Never raises; what cannot be judged does not hold."""
	if comparison.field not in values:
		return Answer(False, "unknown_field")
	value = values[comparison.field]
	if comparison.aggregate is None:
		return _compare_value(comparison, value, today)
	if not isinstance(value, tuple | list):
		return Answer(False, "wrong_type", value)
	return AGGREGATES[comparison.aggregate](comparison, tuple(value), today)


def _compare_value(comparison: Comparison, value: Any, today: date) -> Answer:
	try:
		value = typed(value, comparison.kind)
	except OperandError:
		return Answer(False, "wrong_type", value)
	seen = len(value) if isinstance(value, tuple) else value
	if comparison.operator == "is set":
		return _answer(bool(value), seen, "value_missing")
	if comparison.operator == "is not set":
		return _answer(not value, seen, "value_present")
	if value is None:
		return Answer(False, "value_missing")
	return _test(comparison, value, today)


def _test(comparison: Comparison, value: Any, today: date) -> Answer:
	operand = today if is_today(comparison) else comparison.operand
	test = TESTS.get(comparison.operator)
	if test is None:
		return Answer(False, "unknown_operator", value)
	try:
		return _answer(test(value, operand), value, "comparison_fails")
	except (TypeError, AttributeError):
		return Answer(False, "wrong_type", value)


def is_today(comparison: Comparison) -> bool:
	"""Whether it compares with the day of the judgement, whichever that will be."""
	return comparison.kind is Kind.DATE and comparison.operand == TODAY


def _answer(holds: bool, seen: Any, otherwise: str) -> Answer:
	return Answer(holds, HOLDS if holds else otherwise, seen)


def _any_row(comparison: Comparison, rows: tuple, today: date) -> Answer:
	answers = [_compare_value(comparison, row, today) for row in rows]
	held = [answer for answer in answers if answer.holds]
	return held[0] if held else Answer(False, "no_row", len(rows))


def _every_row(comparison: Comparison, rows: tuple, today: date) -> Answer:
	answers = [_compare_value(comparison, row, today) for row in rows]
	failed = [answer for answer in answers if not answer.holds]
	if not rows:
		return Answer(False, "value_missing")
	return failed[0] if failed else Answer(True, HOLDS, len(rows))


def _count(comparison: Comparison, rows: tuple, today: date) -> Answer:
	return _compare_value(comparison, len(rows), today)


def _sum(comparison: Comparison, rows: tuple, today: date) -> Answer:
	try:
		total = sum(typed(row, Kind.NUMBER) or 0.0 for row in rows)
	except OperandError:
		return Answer(False, "wrong_type", rows)
	return _compare_value(comparison, total, today)


AGGREGATES: Mapping[Aggregate, Callable[[Comparison, tuple, date], Answer]] = {
	Aggregate.ANY: _any_row,
	Aggregate.ALL: _every_row,
	Aggregate.COUNT: _count,
	Aggregate.SUM: _sum,
}


def comparison_problem(comparison: Comparison) -> str | None:
	"""The code of what keeps a comparison from working; None where it works."""
	if comparison.operator not in OPERATORS[comparison.kind]:
		return "operator_does_not_fit"
	if comparison.aggregate and not _has_kind_of_result(comparison.aggregate, comparison.kind):
		return "aggregate_does_not_fit"
	if comparison.operator in PRESENCE:
		return None
	is_list = isinstance(comparison.operand, tuple)
	if comparison.operand in (None, "", ()) or is_list != (comparison.operator in MEMBERSHIP):
		return "operand_missing"
	return None


def _has_kind_of_result(aggregate: Aggregate, kind: Kind) -> bool:
	counts = aggregate in (Aggregate.COUNT, Aggregate.SUM)
	return kind is Kind.NUMBER if counts else kind is not Kind.TABLE


class OperandError(ValueError):
	"""A text that cannot be read as the operand of its comparison."""


def operand_from(text: str | None, kind: Kind, operator: str) -> Any:
	"""The typed operand of a comparison, read from what a person typed.

	Numbers become float, dates `date` or TODAY, flags bool, lists for `in` a tuple split at commas.
	Raises OperandError for text that is not of the kind.
	"""
	text = (text or "").strip()
	if operator in PRESENCE or not text:
		return None
	if operator in MEMBERSHIP:
		return tuple(part.strip() for part in text.split(",") if part.strip())
	if kind is Kind.DATE and text.lower() == TODAY:
		return TODAY
	return typed(text, kind)


def typed(value: Any, kind: Kind) -> Any:
	"""`value` as a plain Python value of that kind; None where it is blank. Raises OperandError."""
	if value in (None, ""):
		return False if kind is Kind.FLAG else None
	try:
		return _READERS[kind](value)
	except (TypeError, ValueError, OverflowError, RecursionError) as error:
		raise OperandError(f"not a {kind.value}") from error


def _read_number(value: Any) -> float:
	number = float(value)
	if number != number or number in (float("inf"), float("-inf")):
		raise ValueError("not a finite number")
	return number


def _read_date(value: Any) -> date:
	text = str(value)[:10]
	if not ISO_DAY.fullmatch(text):
		raise ValueError("not a day as YYYY-MM-DD")
	return date.fromisoformat(text)


def _read_flag(value: Any) -> bool:
	flags = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
	text = str(value).strip().lower()
	if text not in flags:
		raise ValueError("neither yes nor no")
	return flags[text]


def _read_table(value: Any) -> tuple:
	if not isinstance(value, tuple | list):
		raise TypeError("no rows")
	return tuple(value)


_READERS = {
	Kind.TEXT: lambda value: str(value).strip() or None,
	Kind.NUMBER: _read_number,
	Kind.DATE: _read_date,
	Kind.FLAG: _read_flag,
	Kind.TABLE: _read_table,
}
