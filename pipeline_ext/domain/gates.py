"""May this move happen, and if not, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from pipeline_ext.domain.criteria import Facts, Verdict, evaluate
from pipeline_ext.domain.pipeline import Criterion, Mode, Outcome, Pipeline, Stage


class Move(str, Enum):
	"""A change of stage."""

	ENTER = "Enter"
	FORWARD = "Forward"
	SKIP = "Skip"
	BACK = "Back"
	WON = "Won"
	LOST = "Lost"
	REOPEN = "Reopen"


@dataclass(frozen=True)
class Decision:
	"""The gate's answer to a move. Truthy when the move may happen."""

	move: Move
	from_stage: str | None
	to_stage: str
	mode: Mode
	verdicts: tuple[Verdict, ...] = ()
	unknown_stage: bool = False

	@property
	def missing(self) -> tuple[Verdict, ...]:
		"""Unmet criteria that block."""
		return tuple(verdict for verdict in self.verdicts if not verdict and verdict.criterion.blocks)

	@property
	def warnings(self) -> tuple[Verdict, ...]:
		"""Unmet criteria that only warn."""
		return tuple(verdict for verdict in self.verdicts if not verdict and not verdict.criterion.blocks)

	@property
	def objects(self) -> bool:
		"""Whether the move would be refused if the pipeline enforced."""
		return self.unknown_stage or bool(self.missing)

	def __bool__(self) -> bool:
		return self.mode is not Mode.ENFORCE or not self.objects


def decide(
	pipeline: Pipeline, mode: Mode, from_stage: str | None, to_stage: str, facts: Facts, today: date
) -> Decision:
	"""Judge a move. `from_stage` None is an insert. Evaluating changes nothing and never raises."""
	if to_stage not in pipeline:
		return Decision(Move.ENTER, from_stage, to_stage, mode, unknown_stage=True)
	move = classify(pipeline, from_stage, to_stage)
	if mode is Mode.OFF:
		return Decision(move, from_stage, to_stage, mode)
	asked = criteria_for(pipeline, from_stage, to_stage)
	verdicts = tuple(evaluate(criterion, facts, today) for criterion in asked)
	return Decision(move, from_stage, to_stage, mode, verdicts)


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
	between = [stage.name for stage in _open_between(pipeline, origin, target)]
	if pipeline.positions[target.name] < pipeline.positions[origin.name]:
		return Move.BACK
	return Move.FORWARD if between == [origin.name] else Move.SKIP


def criteria_for(pipeline: Pipeline, from_stage: str | None, to_stage: str) -> tuple[Criterion, ...]:
	"""The criteria that a move must meet.

	A forward move answers for every open stage it leaves or skips; a move to won for all that remain,
	and for the won stage's own; a move to lost for the lost stage's own only. A deal that starts beyond
	the first stage, or comes back from won or lost, is judged as if it had moved there from the first.
	"""
	target = pipeline.stage(to_stage)
	if target.outcome is Outcome.LOST:
		return target.criteria
	origin = pipeline.stage(from_stage) if from_stage in pipeline else None
	if origin is None or origin.outcome is not Outcome.OPEN:
		origin = pipeline.first
	left = _open_between(pipeline, origin, target)
	own = target.criteria if target.outcome is Outcome.WON else ()
	return tuple(criterion for stage in left for criterion in stage.criteria) + own


def _open_between(pipeline: Pipeline, origin: Stage, target: Stage) -> Iterable[Stage]:
	"""Open stages from `origin` on, up to but without `target`; a closing target comes after them all."""
	start = pipeline.positions[origin.name]
	closing = target.outcome is not Outcome.OPEN
	end = len(pipeline.stages) if closing else pipeline.positions[target.name]
	return [stage for stage in pipeline.open_stages if start <= pipeline.positions[stage.name] < end]
