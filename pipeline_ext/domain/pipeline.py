"""Stages and exit criteria as data, and what makes a definition valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import Enum
from typing import Any


class Outcome(str, Enum):
	"""What a stage says about the deal in it."""

	OPEN = "Open"
	WON = "Won"
	LOST = "Lost"


class Mode(str, Enum):
	"""What a pipeline does with an unmet criterion."""

	ENFORCE = "Enforce"
	WARN = "Warn"
	OFF = "Off"


class Kind(str, Enum):
	"""The type of a field, as far as comparisons need to know."""

	TEXT = "text"
	NUMBER = "number"
	DATE = "date"
	FLAG = "flag"
	TABLE = "table"


FORECAST_CATEGORIES = ("Pipeline", "Best Case", "Commit", "Closed", "Omitted")
LINK_STATES = ("Any", "Draft", "Submitted")

PRESENCE = ("is set", "is not set")
EQUALITY = ("=", "!=")
ORDER = (">", ">=", "<", "<=")
MEMBERSHIP = ("in", "not in")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
	Kind.TEXT: PRESENCE + EQUALITY + MEMBERSHIP,
	Kind.NUMBER: PRESENCE + EQUALITY + ORDER,
	Kind.DATE: PRESENCE + EQUALITY + ORDER,
	Kind.FLAG: EQUALITY,
	Kind.TABLE: PRESENCE,
}

TODAY = "today"
"""The operand of a date comparison that stands for the day of the judgement."""


@dataclass(frozen=True)
class FieldCriterion:
	"""A field of the document must compare as stated. `operand` is typed as `kind` says, a tuple for in."""

	key: str
	title: str
	field: str
	kind: Kind
	operator: str
	operand: Any = None
	hint: str = ""
	blocks: bool = True


@dataclass(frozen=True)
class LinkedCriterion:
	"""At least `at_least` documents of `doctype` in `state` must be linked to the document."""

	key: str
	title: str
	doctype: str
	state: str = "Submitted"
	at_least: int = 1
	hint: str = ""
	blocks: bool = True


Criterion = FieldCriterion | LinkedCriterion


@dataclass(frozen=True)
class Stage:
	"""One stage. An open stage's criteria guard its exit, a won or lost stage's its entry.

	`probability` is in percent; `longest_stay` in days, None for no limit.
	"""

	name: str
	outcome: Outcome = Outcome.OPEN
	probability: float = 0.0
	forecast_category: str = "Pipeline"
	longest_stay: int | None = None
	guidance: str = ""
	criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Pipeline:
	"""Ordered stages for one kind of document."""

	name: str
	doctype: str
	stages: tuple[Stage, ...] = ()
	positions: Mapping[str, int] = field(init=False, repr=False, compare=False)

	def __post_init__(self) -> None:
		positions = {stage.name: index for index, stage in enumerate(self.stages)}
		object.__setattr__(self, "positions", positions)

	def __contains__(self, name: object) -> bool:
		return name in self.positions

	def stage(self, name: str) -> Stage:
		"""The stage of that name; KeyError where there is none."""
		return self.stages[self.positions[name]]

	def outcome_of(self, name: str | None) -> Outcome:
		"""What a stage says of the deal in it; open where the pipeline has no such stage."""
		return self.stage(name).outcome if name in self.positions else Outcome.OPEN

	@property
	def open_stages(self) -> tuple[Stage, ...]:
		return tuple(stage for stage in self.stages if stage.outcome is Outcome.OPEN)

	@property
	def first(self) -> Stage:
		return self.open_stages[0]

	def closing(self, outcome: Outcome) -> Stage | None:
		"""The one stage of that outcome; None where there is none or more than one."""
		stages = [stage for stage in self.stages if stage.outcome is outcome]
		return stages[0] if len(stages) == 1 else None

	def following(self, name: str | None) -> Stage | None:
		"""The stage that an open deal moves to next: the next open one, then the won one."""
		if name not in self.positions:
			return self.first
		if self.stage(name).outcome is not Outcome.OPEN:
			return None
		position = self.positions[name]
		later = [stage for stage in self.open_stages if self.positions[stage.name] > position]
		return later[0] if later else self.closing(Outcome.WON)

	@property
	def criteria(self) -> Iterator[Criterion]:
		return (criterion for stage in self.stages for criterion in stage.criteria)


@dataclass(frozen=True)
class Problem:
	"""Why a definition cannot work: a code for `messages`, and what it is about."""

	code: str
	about: Mapping[str, Any]


def problems(pipeline: Pipeline) -> tuple[Problem, ...]:
	"""Everything that keeps the definition from working; empty when it may be published."""
	return tuple(_stage_problems(pipeline)) + tuple(
		problem
		for stage in pipeline.stages
		for criterion in stage.criteria
		for problem in _criterion_problems(stage, criterion)
	)


def _stage_problems(pipeline: Pipeline) -> Iterator[Problem]:
	if not pipeline.open_stages:
		yield Problem("no_open_stage", {})
	for outcome in (Outcome.WON, Outcome.LOST):
		if pipeline.closing(outcome) is None:
			yield Problem("not_one_closing_stage", {"outcome": outcome.value})
	for name, times in Counter(stage.name for stage in pipeline.stages).items():
		if times > 1:
			yield Problem("stage_twice", {"stage": name})
	for stage in pipeline.stages:
		if not 0 <= stage.probability <= 100:
			yield Problem("probability_range", {"stage": stage.name, "probability": stage.probability})
		if stage.forecast_category not in FORECAST_CATEGORIES:
			yield Problem("unknown_category", {"stage": stage.name, "category": stage.forecast_category})
		if stage.longest_stay is not None and stage.longest_stay < 0:
			yield Problem("negative_stay", {"stage": stage.name})


def _criterion_problems(stage: Stage, criterion: Criterion) -> Iterator[Problem]:
	about = {"stage": stage.name, "criterion": criterion.title}
	if isinstance(criterion, LinkedCriterion):
		if criterion.at_least < 1:
			yield Problem("at_least_one", about)
		if criterion.state not in LINK_STATES:
			yield Problem("unknown_link_state", {**about, "state": criterion.state})
		return
	if criterion.operator not in OPERATORS[criterion.kind]:
		yield Problem(
			"operator_does_not_fit",
			{**about, "field": criterion.field, "operator": criterion.operator},
		)
	elif criterion.operator not in PRESENCE and criterion.operand in (None, "", ()):
		yield Problem("operand_missing", {**about, "field": criterion.field})


class OperandError(ValueError):
	"""A text that cannot be read as the operand of its criterion."""


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
	except (TypeError, ValueError) as error:
		raise OperandError(f"{value!r} is not a {kind.value}") from error


def _read_number(value: Any) -> float:
	number = float(value)
	if number != number or number in (float("inf"), float("-inf")):
		raise ValueError("not a finite number")
	return number


def _read_date(value: Any) -> date:
	return date.fromisoformat(str(value)[:10])


def _read_flag(value: Any) -> bool:
	flags = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
	text = str(value).strip().lower()
	if text not in flags:
		raise ValueError("neither yes nor no")
	return flags[text]


_READERS = {
	Kind.TEXT: lambda value: str(value).strip() or None,
	Kind.NUMBER: _read_number,
	Kind.DATE: _read_date,
	Kind.FLAG: _read_flag,
	Kind.TABLE: lambda value: tuple(value),
}


def to_dict(pipeline: Pipeline) -> dict[str, Any]:
	"""The definition as plain JSON data; `from_dict` reads it back."""
	return {
		"name": pipeline.name,
		"doctype": pipeline.doctype,
		"stages": [
			{
				**{key: value for key, value in asdict(stage).items() if key != "criteria"},
				"outcome": stage.outcome.value,
				"criteria": [_criterion_to_dict(criterion) for criterion in stage.criteria],
			}
			for stage in pipeline.stages
		],
	}


def _criterion_to_dict(criterion: Criterion) -> dict[str, Any]:
	data = asdict(criterion)
	if isinstance(criterion, FieldCriterion):
		operand = criterion.operand
		data["kind"] = criterion.kind.value
		data["operand"] = operand.isoformat() if isinstance(operand, date) else operand
		return {"type": "field", **data}
	return {"type": "linked", **data}


def from_dict(data: Mapping[str, Any]) -> Pipeline:
	"""A definition from JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	return Pipeline(
		name=data["name"],
		doctype=data["doctype"],
		stages=tuple(_stage_from_dict(stage) for stage in data["stages"]),
	)


def _stage_from_dict(data: Mapping[str, Any]) -> Stage:
	return Stage(
		**{
			**data,
			"outcome": Outcome(data["outcome"]),
			"criteria": _criteria_from(data.get("criteria", ())),
		}
	)


def _criteria_from(rows: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
	return tuple(_criterion_from_dict(row) for row in rows)


def _criterion_from_dict(data: Mapping[str, Any]) -> Criterion:
	values = {key: value for key, value in data.items() if key != "type"}
	if data["type"] == "linked":
		return LinkedCriterion(**values)
	if data["type"] != "field":
		raise ValueError(f"unknown type of criterion: {data['type']!r}")
	kind = Kind(values["kind"])
	return FieldCriterion(**{**values, "kind": kind, "operand": _operand_from_json(values, kind)})


def _operand_from_json(values: Mapping[str, Any], kind: Kind) -> Any:
	operand = values.get("operand")
	if isinstance(operand, list):
		return tuple(operand)
	if operand is None or operand == TODAY:
		return operand
	return typed(operand, kind)
