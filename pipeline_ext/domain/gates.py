"""May this move happen, and if not, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from pipeline_ext.domain.criteria import Facts, Verdict, evaluate_stage
from pipeline_ext.domain.exit_criteria import Criterion
from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline, Stage


class Move(str, Enum):
	"""A change of stage, or of the rules that a document is judged by."""

	ENTER = "Enter"
	FORWARD = "Forward"
	SKIP = "Skip"
	BACK = "Back"
	WON = "Won"
	LOST = "Lost"
	REOPEN = "Reopen"
	PIPELINE = "Pipeline"
	VERSION = "Version"


class PermitKind(str, Enum):
	"""Why a move happens that the gate objects to."""

	OVERRIDE = "Override"
	BYPASS = "Bypass"


@dataclass(frozen=True)
class Permit:
	"""Leave to make a move that the gate objects to; `document` is where it is written down."""

	kind: PermitKind
	document: str


@dataclass(frozen=True)
class Objection:
	"""A rule of the pipeline, other than a criterion, that a move breaks: a code for `messages`."""

	code: str
	about: Mapping[str, Any] = field(default_factory=dict)


UNKNOWN_STAGE = "unknown_stage"
BROKEN_DEFINITION = "broken_definition"
NEVER_WAIVED = frozenset({UNKNOWN_STAGE, BROKEN_DEFINITION})


@dataclass(frozen=True)
class Decision:
	"""The gate's answer to a move. Truthy when the move may happen."""

	move: Move
	from_stage: str | None
	to_stage: str
	mode: Mode
	verdicts: tuple[Verdict, ...] = ()
	objections: tuple[Objection, ...] = ()
	permit: Permit | None = None

	@property
	def missing(self) -> tuple[Verdict, ...]:
		"""Unmet criteria that block."""
		return tuple(verdict for verdict in self.verdicts if not verdict and verdict.criterion.blocks)

	@property
	def warnings(self) -> tuple[Verdict, ...]:
		"""Unmet criteria that only warn, those that count in a scorecard aside."""
		return tuple(
			verdict
			for verdict in self.verdicts
			if not verdict and not verdict.criterion.blocks and not verdict.criterion.weight
		)

	@property
	def objects(self) -> bool:
		"""Whether the move would be refused if the pipeline enforced and nobody had leave."""
		return bool(self.objections or self.missing)

	@property
	def may_be_waived(self) -> bool:
		"""Whether somebody with leave could make the move all the same."""
		return not any(objection.code in NEVER_WAIVED for objection in self.objections)

	@property
	def unknown_stage(self) -> bool:
		return any(objection.code == UNKNOWN_STAGE for objection in self.objections)

	def __bool__(self) -> bool:
		if self.mode is not Mode.ENFORCE or not self.objects:
			return True
		return self.permit is not None and self.may_be_waived


def decide(
	pipeline: Pipeline,
	mode: Mode,
	from_stage: str | None,
	to_stage: str,
	facts: Facts,
	today: date,
	roles: frozenset[str] | None = None,
) -> Decision:
	"""Judge a move. `from_stage` None is an insert. Evaluating changes nothing and never raises.

	`roles` are those of the person who moves; None stands for the system, which no rule about roles stops.
	"""
	if to_stage not in pipeline:
		return Decision(Move.ENTER, from_stage, to_stage, mode, objections=(Objection(UNKNOWN_STAGE),))
	move = classify(pipeline, from_stage, to_stage)
	if mode is Mode.OFF:
		return Decision(move, from_stage, to_stage, mode)
	verdicts = tuple(
		verdict
		for stage in stages_judged(pipeline, from_stage, to_stage)
		for verdict in evaluate_stage(stage.criteria, facts, today)
	)
	objections = tuple(_objections(pipeline, move, from_stage, to_stage, roles))
	return Decision(move, from_stage, to_stage, mode, verdicts, objections)


def classify(pipeline: Pipeline, from_stage: str | None, to_stage: str) -> Move:
	"""What kind of move it is. A stage that the pipeline does not have counts as before the first."""
	target = pipeline.stage(to_stage)
	if target.outcome is not Outcome.OPEN:
		return Move.WON if target.outcome is Outcome.WON else Move.LOST
	if from_stage not in pipeline:
		return Move.ENTER
	origin = pipeline.stage(from_stage)
	if origin.outcome is not Outcome.OPEN:
		return Move.REOPEN
	if pipeline.positions[target.name] < pipeline.positions[origin.name]:
		return Move.BACK
	between = [stage.name for stage in _open_between(pipeline, origin, target)]
	return Move.FORWARD if between == [origin.name] else Move.SKIP


def stages_judged(pipeline: Pipeline, from_stage: str | None, to_stage: str) -> tuple[Stage, ...]:
	"""The stages whose criteria a move must meet.

	A forward move answers for every open stage it leaves or skips; a move to won for all that remain,
	and for the won stage's own; a move to lost for the lost stage's own only. A deal that starts beyond
	the first stage, or comes back from won or lost, is judged as if it had moved there from the first.
	"""
	target = pipeline.stage(to_stage)
	if target.outcome is Outcome.LOST:
		return (target,)
	left = _open_between(pipeline, _origin(pipeline, from_stage), target)
	return (*left, target) if target.outcome is Outcome.WON else left


def criteria_for(pipeline: Pipeline, from_stage: str | None, to_stage: str) -> tuple[Criterion, ...]:
	"""The criteria of `stages_judged`."""
	stages = stages_judged(pipeline, from_stage, to_stage)
	return tuple(criterion for stage in stages for criterion in stage.criteria)


def _origin(pipeline: Pipeline, from_stage: str | None) -> Stage:
	origin = pipeline.stage(from_stage) if from_stage in pipeline else pipeline.first
	return origin if origin.outcome is Outcome.OPEN else pipeline.first


def _open_between(pipeline: Pipeline, origin: Stage, target: Stage) -> tuple[Stage, ...]:
	"""Open stages from `origin` on, up to but without `target`; a closing target comes after them all."""
	start = pipeline.positions[origin.name]
	closing = target.outcome is not Outcome.OPEN
	end = len(pipeline.stages) if closing else pipeline.positions[target.name]
	return tuple(stage for stage in pipeline.open_stages if start <= pipeline.positions[stage.name] < end)


def _objections(
	pipeline: Pipeline, move: Move, from_stage: str | None, to_stage: str, roles: frozenset[str] | None
) -> Iterator[Objection]:
	"""What the stages' own rules have against a move."""
	target = pipeline.stage(to_stage)
	if move in (Move.BACK, Move.REOPEN):
		if not target.may_return:
			yield Objection("may_not_return", {"stage": to_stage})
		elif _lacks(roles, target.return_roles):
			yield Objection("return_roles", {"stage": to_stage, "roles": target.return_roles})
	if move in (Move.ENTER, Move.SKIP, Move.WON):
		skipped = _open_between(pipeline, _origin(pipeline, from_stage), target)[1:]
		for stage in skipped:
			if not stage.may_skip:
				yield Objection("may_not_skip", {"stage": stage.name})
	starts_at_first = from_stage is None and target is pipeline.first
	if not starts_at_first and _lacks(roles, target.entry_roles):
		yield Objection("entry_roles", {"stage": to_stage, "roles": target.entry_roles})


def _lacks(roles: frozenset[str] | None, asked: tuple[str, ...]) -> bool:
	return bool(asked) and roles is not None and not roles.intersection(asked)
