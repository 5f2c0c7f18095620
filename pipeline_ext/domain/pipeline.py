"""Pipelines and their stages as data, and what makes a definition valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import combinations
from typing import Any

from pipeline_ext.domain.comparison import TESTS, Aggregate, Comparison, Kind, is_today
from pipeline_ext.domain.exit_criteria import (
	Criterion,
	FieldCriterion,
	ScorecardCriterion,
	TimeInStageCriterion,
)


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


class Trigger(str, Enum):
	"""The business document that brings a deal to a stage by itself."""

	QUOTATION_SUBMITTED = "Quotation Submitted"
	ORDER_SUBMITTED = "Sales Order Submitted"
	LEAD_CONVERTED = "Lead Converted"
	CONTRACT_SIGNED = "Contract Signed"


class ActionKind(str, Enum):
	"""What is done when a deal comes to a stage."""

	TASK = "Task"
	EVENT = "Event"
	ASSIGNMENT = "Assignment"
	NOTIFICATION = "Notification"
	EMAIL = "E-mail"


FORECAST_CATEGORIES = ("Pipeline", "Best Case", "Commit", "Closed", "Omitted")


@dataclass(frozen=True)
class EntryAction:
	"""Something done when a deal comes to a stage, for `user` or, where that is None, the deal's owner.

	`due_in` is in days; `template` names an e-mail template.
	"""

	kind: ActionKind
	text: str = ""
	user: str | None = None
	due_in: int = 0
	template: str | None = None


@dataclass(frozen=True)
class Stage:
	"""One stage. An open stage's criteria guard its exit, a won or lost stage's its entry.

	`probability` is in percent; `longest_stay` in days, None for no limit. `entry_roles` may move a deal in,
	`return_roles` back in; none named means everybody.
	"""

	name: str
	outcome: Outcome = Outcome.OPEN
	probability: float = 0.0
	forecast_category: str = "Pipeline"
	longest_stay: int | None = None
	guidance: str = ""
	criteria: tuple[Criterion, ...] = ()
	may_skip: bool = True
	may_return: bool = True
	entry_roles: tuple[str, ...] = ()
	return_roles: tuple[str, ...] = ()
	reached_by: Trigger | None = None
	on_entry: tuple[EntryAction, ...] = ()


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
		"""The first stage of that outcome; None where there is none."""
		return next((stage for stage in self.stages if stage.outcome is outcome), None)

	def reached_by(self, trigger: Trigger) -> Stage | None:
		"""The stage that a business document brings a deal to; None where there is none."""
		return next((stage for stage in self.stages if stage.reached_by is trigger), None)

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
	return (
		*_stage_problems(pipeline),
		*_twice_problems(pipeline),
		*(
			problem
			for stage in pipeline.stages
			for criterion in stage.criteria
			for problem in _criterion_problems(pipeline, stage, criterion)
		),
	)


def _stage_problems(pipeline: Pipeline) -> Iterator[Problem]:
	if not pipeline.open_stages:
		yield Problem("no_open_stage", {})
	for outcome in (Outcome.WON, Outcome.LOST):
		if pipeline.closing(outcome) is None:
			yield Problem("no_closing_stage", {"outcome": outcome.value})
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
	yield from _alike_problems(pipeline)
	yield from _trigger_problems(pipeline)
	yield from _unreachable_problems(pipeline)


def _alike_problems(pipeline: Pipeline) -> Iterator[Problem]:
	"""Two won stages, or two lost ones, that differ in nothing but their names."""
	closing = [stage for stage in pipeline.stages if stage.outcome is not Outcome.OPEN]
	for one, other in combinations(closing, 2):
		if one.name != other.name and _without_names(one) == _without_names(other):
			yield Problem("closing_stages_alike", {"stage": one.name, "other": other.name})


def _without_names(stage: Stage) -> Stage:
	return replace(stage, name="", criteria=tuple(replace(each, key="") for each in stage.criteria))


def _trigger_problems(pipeline: Pipeline) -> Iterator[Problem]:
	"""A document that leads to two stages would move a deal from one to the other and on again."""
	triggered = [stage for stage in pipeline.stages if stage.reached_by]
	for one, other in combinations(triggered, 2):
		if one.reached_by is other.reached_by:
			about = {"stage": one.name, "other": other.name, "trigger": one.reached_by.value}
			yield Problem("automatic_moves_loop", about)


def _unreachable_problems(pipeline: Pipeline) -> Iterator[Problem]:
	"""Stages that nothing ever gets to, because what must be true before them contradicts itself."""
	for stage in pipeline.stages:
		for one, other in combinations(_always_asked(stage), 2):
			if _contradict(one, other):
				following = pipeline.following(stage.name) or stage
				about = {"stage": following.name, "criterion": one.title, "other": other.title}
				yield Problem("unreachable_stage", about)


def _always_asked(stage: Stage) -> list[FieldCriterion]:
	"""The comparisons that every deal has to pass."""
	fields = [each for each in stage.criteria if isinstance(each, FieldCriterion)]
	return [each for each in fields if each.blocks and each.only_if is None]


def _contradict(one: Comparison, other: Comparison) -> bool:
	"""Whether no value of their field can satisfy both. May miss a contradiction, never invents one."""
	if (one.field, one.aggregate, one.kind) != (other.field, other.aggregate, other.kind):
		return False
	if one.aggregate is Aggregate.ANY or is_today(one) != is_today(other):
		return False
	return _excludes(one, other) or _excludes(other, one)


def _excludes(one: Comparison, other: Comparison) -> bool:
	"""Whether what satisfies the one never satisfies the other."""
	if one.operator == "is not set":
		blank = 0.0 if one.kind is Kind.NUMBER else None
		return other.operator == "is set" or _fails(other, blank)
	if one.operator == "=":
		return _fails(other, one.operand)
	if one.operator in (">", ">=") and other.operator in ("<", "<="):
		both_included = (one.operator, other.operator) == (">=", "<=")
		return _fails(replace(other, operator="<=" if both_included else "<"), one.operand)
	return False


def _fails(comparison: Comparison, value: Any) -> bool:
	"""Whether a value is known not to satisfy a comparison that looks at values."""
	if comparison.operator not in TESTS:
		return False
	try:
		return value is None or not TESTS[comparison.operator](value, comparison.operand)
	except (TypeError, AttributeError):
		return False


def _twice_problems(pipeline: Pipeline) -> Iterator[Problem]:
	"""What a person confirms is known by the criterion's key, so no two may share one."""
	titles: dict[str, str] = {}
	for criterion in pipeline.criteria:
		if criterion.key in titles:
			about = {"criterion": criterion.title, "other": titles[criterion.key], "key": criterion.key}
			yield Problem("criterion_twice", about)
		titles.setdefault(criterion.key, criterion.title)


def _criterion_problems(pipeline: Pipeline, stage: Stage, criterion: Criterion) -> Iterator[Problem]:
	about = {"stage": stage.name, "criterion": criterion.title, "doctype": pipeline.doctype}
	for code, what in criterion.problems():
		yield Problem(code, {**about, **what})
	if isinstance(criterion, ScorecardCriterion) and not _can_be_scored(stage):
		yield Problem("nothing_to_score", about)
	if isinstance(criterion, TimeInStageCriterion) and criterion.stage not in pipeline:
		yield Problem("criterion_without_stage", {**about, "stage": criterion.stage})


def _can_be_scored(stage: Stage) -> bool:
	return any(each.weight and not isinstance(each, ScorecardCriterion) for each in stage.criteria)
