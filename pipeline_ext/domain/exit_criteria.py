"""The kinds of exit criteria as data, what each asks to know, and what keeps one from working."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline_ext.domain import expression
from pipeline_ext.domain.comparison import Comparison, Kind, comparison_problem

LINK_STATES = ("Any", "Draft", "Submitted", "Held", "Sent", "Answered", "Signed")


@dataclass(frozen=True)
class Criterion:
	"""What must be true before a deal moves on.

	One that does not block only warns, or, with a `weight`, counts in its stage's scorecard. With `only_if`
	it applies to the documents for which that holds.
	"""

	key: str
	title: str
	hint: str = field(default="", kw_only=True)
	blocks: bool = field(default=True, kw_only=True)
	weight: float = field(default=0.0, kw_only=True)
	only_if: Comparison | None = field(default=None, kw_only=True)

	@property
	def paths(self) -> frozenset[str]:
		"""The fields that must be known to judge it."""
		return frozenset({self.only_if.field}) if self.only_if else frozenset()

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		"""Codes of what keeps it from working, each with what it is about."""
		if self.only_if and (code := comparison_problem(self.only_if)):
			yield code, {"field": self.only_if.field, "operator": self.only_if.operator}
		if not 0 <= self.weight < math.inf:
			yield "negative_weight", {}


@dataclass(frozen=True)
class FieldCriterion(Comparison, Criterion):
	"""A field of the document must compare as stated; a placeholder can be refused as if it were blank."""

	refuse_placeholders: bool = field(default=False, kw_only=True)

	@property
	def paths(self) -> frozenset[str]:
		return super().paths | {self.field}

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		if code := comparison_problem(self):
			yield code, {"field": self.field, "operator": self.operator}


@dataclass(frozen=True)
class Link:
	"""Documents of `doctype` in `state` that belong to the deal; with `within_days` only those so young."""

	doctype: str
	state: str = "Submitted"
	within_days: int | None = None


@dataclass(frozen=True)
class LinkedCriterion(Link, Criterion):
	"""At least `at_least` such documents must be linked to the deal."""

	at_least: int = 1

	@property
	def link(self) -> Link:
		return Link(self.doctype, self.state, self.within_days)

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		yield from _number_problems(self.at_least)
		if self.state not in LINK_STATES:
			yield "unknown_link_state", {"state": self.state}
		if self.within_days is not None:
			yield from _number_problems(self.within_days)


@dataclass(frozen=True)
class AttachmentCriterion(Criterion):
	"""At least `at_least` attached files must have a name that matches one of the patterns (`*.pdf`)."""

	patterns: tuple[str, ...] = ("*",)
	at_least: int = 1

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		yield from _number_problems(self.at_least)
		if not any(pattern.strip() for pattern in self.patterns):
			yield "pattern_missing", {}


@dataclass(frozen=True)
class ChecklistCriterion(Criterion):
	"""A person must confirm it, with a note or a file where asked for."""

	needs_note: bool = False
	needs_file: bool = False


@dataclass(frozen=True)
class SignOffCriterion(Criterion):
	"""So many people of a role must say go, and none of them hold or recycle."""

	role: str = ""
	at_least: int = 1

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		if not self.role:
			yield "role_missing", {}
		yield from _number_problems(self.at_least)


@dataclass(frozen=True)
class ScoreCriterion(Criterion):
	"""The latest qualification by a framework, or by any, must have so many percent."""

	framework: str | None = None
	at_least: float = 0.0

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		yield from _percent_problems(self.at_least)


@dataclass(frozen=True)
class ScorecardCriterion(Criterion):
	"""So many percent of the weight of the stage's should-meet criteria must be met."""

	at_least: float = 0.0

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		yield from _percent_problems(self.at_least)


@dataclass(frozen=True)
class TimeInStageCriterion(Criterion):
	"""The deal must have been in the stage for so many days."""

	stage: str = ""
	at_least: float = 0.0

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		yield from _number_problems(self.at_least)


@dataclass(frozen=True)
class ExpressionCriterion(Criterion):
	"""An expression over the document's own fields must come out true. `kinds` types the fields it names."""

	expression: str = ""
	kinds: Mapping[str, Kind] = field(default_factory=dict)

	@property
	def paths(self) -> frozenset[str]:
		return super().paths | frozenset(self.kinds)

	def problems(self) -> Iterator[tuple[str, Mapping[str, object]]]:
		yield from super().problems()
		try:
			unknown = expression.names(self.expression) - set(self.kinds)
		except expression.ExpressionError as error:
			yield "expression_unreadable", {"expression": self.expression, "error": str(error)}
			return
		for name in sorted(unknown):
			yield "unknown_field", {"field": name}


def _number_problems(number: float) -> Iterator[tuple[str, Mapping[str, object]]]:
	if not 1 <= number < math.inf:
		yield "at_least_one", {}


def _percent_problems(percent: float) -> Iterator[tuple[str, Mapping[str, object]]]:
	if not 0 < percent <= 100:
		yield "percent_range", {"percent": percent}


TYPES: Mapping[str, type[Criterion]] = {
	"field": FieldCriterion,
	"linked": LinkedCriterion,
	"attachment": AttachmentCriterion,
	"checklist": ChecklistCriterion,
	"sign_off": SignOffCriterion,
	"score": ScoreCriterion,
	"scorecard": ScorecardCriterion,
	"time_in_stage": TimeInStageCriterion,
	"expression": ExpressionCriterion,
}
"""What a definition calls each kind of criterion."""


def type_of(criterion: Criterion) -> str:
	"""The name of a criterion's kind in a definition."""
	return next(name for name, kind in TYPES.items() if kind is type(criterion))
