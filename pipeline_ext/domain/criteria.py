"""Typed facts against exit criteria: verdicts that carry their reasons."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from pipeline_ext.domain.pipeline import (
	TODAY,
	Criterion,
	FieldCriterion,
	LinkedCriterion,
	OperandError,
	typed,
)


class State(str, Enum):
	"""The answer of a verdict."""

	MET = "met"
	UNMET = "unmet"
	NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Facts:
	"""What is known of a document.

	`values` maps field names to plain values, `linked` maps (doctype, state) to a number of documents.
	A field or link that is absent is unknown, and no criterion on it is met.
	"""

	values: Mapping[str, Any] = field(default_factory=dict)
	linked: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
	"""One criterion's answer. Truthy unless unmet; `reason` is a code for `messages`.

	`evidence` is what was seen: the value of the field, or the number of linked documents.
	"""

	criterion: Criterion
	state: State
	reason: str
	evidence: Any = None

	def __bool__(self) -> bool:
		return self.state is not State.UNMET


COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
	"=": operator.eq,
	"!=": operator.ne,
	">": operator.gt,
	">=": operator.ge,
	"<": operator.lt,
	"<=": operator.le,
	"in": lambda value, operand: value in operand,
	"not in": lambda value, operand: value not in operand,
}


def evaluate(criterion: Criterion, facts: Facts, today: date) -> Verdict:
	"""The verdict on one criterion. Never raises for any facts; what cannot be judged is unmet."""
	if isinstance(criterion, LinkedCriterion):
		return _evaluate_linked(criterion, facts)
	return _evaluate_field(criterion, facts, today)


def _evaluate_linked(criterion: LinkedCriterion, facts: Facts) -> Verdict:
	count = facts.linked.get((criterion.doctype, criterion.state))
	if count is None:
		return Verdict(criterion, State.UNMET, "unknown_link")
	if count >= criterion.at_least:
		return Verdict(criterion, State.MET, "enough_linked", count)
	return Verdict(criterion, State.UNMET, "too_few_linked", count)


def _evaluate_field(criterion: FieldCriterion, facts: Facts, today: date) -> Verdict:
	if criterion.field not in facts.values:
		return Verdict(criterion, State.UNMET, "unknown_field")
	try:
		value = typed(facts.values[criterion.field], criterion.kind)
	except OperandError:
		return Verdict(criterion, State.UNMET, "wrong_type", facts.values[criterion.field])
	if criterion.operator == "is set":
		return _answer(criterion, _is_set(value), value, "value_missing")
	if criterion.operator == "is not set":
		return _answer(criterion, not _is_set(value), value, "value_present")
	if value is None:
		return Verdict(criterion, State.UNMET, "value_missing")
	return _compare(criterion, value, today)


def _compare(criterion: FieldCriterion, value: Any, today: date) -> Verdict:
	operand = today if criterion.operand == TODAY else criterion.operand
	comparison = COMPARISONS.get(criterion.operator)
	if comparison is None:
		return Verdict(criterion, State.UNMET, "unknown_operator", value)
	try:
		holds = comparison(value, operand)
	except TypeError:
		return Verdict(criterion, State.UNMET, "wrong_type", value)
	return _answer(criterion, holds, value, "comparison_fails")


def _is_set(value: Any) -> bool:
	"""A number of zero counts as not filled in, as it does on a form."""
	return bool(value)


def _answer(criterion: FieldCriterion, holds: bool, value: Any, otherwise: str) -> Verdict:
	evidence = len(value) if isinstance(value, tuple) else value
	if holds:
		return Verdict(criterion, State.MET, "holds", evidence)
	return Verdict(criterion, State.UNMET, otherwise, evidence)
