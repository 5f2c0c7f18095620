"""Typed facts against exit criteria: verdicts that carry their reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from fnmatch import fnmatch
from fractions import Fraction
from typing import Any

from pipeline_ext.domain.comparison import HOLDS, Kind, OperandError, compare, typed
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	ExpressionCriterion,
	FieldCriterion,
	Link,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
)
from pipeline_ext.domain.expression import ExpressionError, value_of
from pipeline_ext.domain.placeholders import PASTED_TIMES, is_placeholder


class State(str, Enum):
	"""The answer of a verdict."""

	MET = "met"
	UNMET = "unmet"
	NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Source:
	"""Where a piece of evidence comes from."""

	document: str | None = None
	by: str | None = None
	on: datetime | None = None


@dataclass(frozen=True)
class Found:
	"""How many linked documents there are, and the latest of them."""

	count: int
	latest: Source | None = None


@dataclass(frozen=True)
class File:
	"""An attached file."""

	name: str
	source: Source | None = None


class Answer(str, Enum):
	"""What a person says of a criterion."""

	CONFIRMED = "Confirmed"
	WITHDRAWN = "Withdrawn"
	GO = "Go"
	HOLD = "Hold"
	RECYCLE = "Recycle"


@dataclass(frozen=True)
class Statement:
	"""A person's answer to a checklist item or a sign-off, oldest first where there are several."""

	answer: Answer
	source: Source
	note: str = ""
	file: str = ""


@dataclass(frozen=True)
class Score:
	"""A qualification in percent."""

	percent: float
	source: Source | None = None


@dataclass(frozen=True)
class Facts:
	"""What is known of a document. What is absent is unknown, and no criterion on it is met.

	`values` maps paths to plain values; `repeated` says in how many other documents a text stands too;
	`statements` maps the keys of criteria to what people said; `scores` maps frameworks (None: any) to the
	latest score; `days_in` maps the stage that the document is in to its days there.
	"""

	values: Mapping[str, Any] = field(default_factory=dict)
	repeated: Mapping[str, int] = field(default_factory=dict)
	linked: Mapping[Link, Found] = field(default_factory=dict)
	files: tuple[File, ...] | None = None
	statements: Mapping[str, tuple[Statement, ...]] | None = None
	scores: Mapping[str | None, Score] | None = None
	days_in: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Verdict:
	"""One criterion's answer. Truthy unless unmet; `reason` is a code for `messages`.

	`evidence` is what was seen: a field's value, a number of documents, percent or days, people's names;
	`source` says which document or person it comes from.
	"""

	criterion: Criterion
	state: State
	reason: str
	evidence: Any = None
	source: Source | None = None

	def __bool__(self) -> bool:
		return self.state is not State.UNMET

	@property
	def broken(self) -> bool:
		"""Whether the rule itself cannot be judged, so that an administrator has to mend it."""
		return self.reason in BROKEN_RULES

	@property
	def unknown(self) -> bool:
		"""Whether the facts do not say, so that the document may well meet it."""
		return self.reason in UNKNOWN_FACTS


BROKEN_RULES = frozenset(
	{
		"unknown_field",
		"unknown_condition",
		"unknown_link",
		"unknown_operator",
		"unknown_kind",
		"expression_fails",
	}
)
UNKNOWN_FACTS = frozenset(
	{
		"unknown_field",
		"unknown_condition",
		"unknown_link",
		"unknown_files",
		"unknown_statements",
		"unknown_scores",
		"unknown_days",
		"unknown_scorecard",
	}
)


def evaluate_stage(criteria: Iterable[Criterion], facts: Facts, today: date) -> tuple[Verdict, ...]:
	"""The verdicts on one stage's criteria, in their order; a scorecard answers from the others."""
	criteria = tuple(criteria)
	counted = [
		evaluate(criterion, facts, today)
		for criterion in criteria
		if not isinstance(criterion, ScorecardCriterion)
	]
	others = iter(counted)
	return tuple(
		evaluate(criterion, facts, today, counted)
		if isinstance(criterion, ScorecardCriterion)
		else next(others)
		for criterion in criteria
	)


def evaluate(criterion: Criterion, facts: Facts, today: date, counted: Sequence[Verdict] = ()) -> Verdict:
	"""The verdict on one criterion. Never raises for any facts; what cannot be judged is unmet.

	A scorecard answers from `counted`, the verdicts on the other criteria of its stage. A condition that does
	not hold excuses; one that cannot be judged excuses nobody.
	"""
	if criterion.only_if is None:
		return _judge(criterion, facts, today, counted)
	condition = compare(criterion.only_if, facts.values, today)
	if not condition.holds and condition.reason not in ("unknown_field", "unknown_operator", "wrong_type"):
		return Verdict(criterion, State.NOT_APPLICABLE, "does_not_apply", condition.seen)
	verdict = _judge(criterion, facts, today, counted)
	if not verdict and condition.reason == "unknown_field":
		return replace(verdict, reason="unknown_condition")
	return verdict


def _judge(criterion: Criterion, facts: Facts, today: date, counted: Sequence[Verdict]) -> Verdict:
	if isinstance(criterion, ScorecardCriterion):
		return _scorecard(criterion, counted)
	judge = JUDGES.get(type(criterion))
	return judge(criterion, facts, today) if judge else _unmet(criterion, "unknown_kind")


def _met(criterion: Criterion, reason: str, evidence: Any = None, source: Source | None = None) -> Verdict:
	return Verdict(criterion, State.MET, reason, evidence, source)


def _unmet(criterion: Criterion, reason: str, evidence: Any = None, source: Source | None = None) -> Verdict:
	return Verdict(criterion, State.UNMET, reason, evidence, source)


def _field(criterion: FieldCriterion, facts: Facts, today: date) -> Verdict:
	answer = compare(criterion, facts.values, today)
	if not answer.holds:
		return _unmet(criterion, answer.reason, answer.seen)
	if criterion.refuse_placeholders and isinstance(answer.seen, str):
		if is_placeholder(answer.seen):
			return _unmet(criterion, "placeholder", answer.seen)
		if facts.repeated.get(criterion.field, 0) >= PASTED_TIMES:
			return _unmet(criterion, "pasted", facts.repeated[criterion.field])
	return _met(criterion, HOLDS, answer.seen)


def _linked(criterion: LinkedCriterion, facts: Facts, today: date) -> Verdict:
	found = facts.linked.get(criterion.link)
	if found is None:
		return _unmet(criterion, "unknown_link")
	if found.count < criterion.at_least:
		return _unmet(criterion, "too_few_linked", found.count, found.latest)
	return _met(criterion, "enough_linked", found.count, found.latest)


def _attachment(criterion: AttachmentCriterion, facts: Facts, today: date) -> Verdict:
	if facts.files is None:
		return _unmet(criterion, "unknown_files")
	fitting = [file for file in facts.files if _fits(file.name, criterion.patterns)]
	source = fitting[-1].source if fitting else None
	if len(fitting) < criterion.at_least:
		return _unmet(criterion, "too_few_files", len(fitting), source)
	return _met(criterion, "enough_files", ", ".join(file.name for file in fitting), source)


def _fits(name: str, patterns: Iterable[str]) -> bool:
	return any(fnmatch(name.lower(), pattern.strip().lower()) for pattern in patterns)


def _checklist(criterion: ChecklistCriterion, facts: Facts, today: date) -> Verdict:
	if facts.statements is None:
		return _unmet(criterion, "unknown_statements")
	said = facts.statements.get(criterion.key, ())
	if not said or said[-1].answer is not Answer.CONFIRMED:
		return _unmet(criterion, "not_confirmed")
	last = said[-1]
	if criterion.needs_note and (not last.note.strip() or is_placeholder(last.note)):
		return _unmet(criterion, "note_missing", last.note, last.source)
	if criterion.needs_file and not last.file:
		return _unmet(criterion, "file_missing", last.note, last.source)
	return _met(criterion, "confirmed", last.note or last.file, last.source)


def _sign_off(criterion: SignOffCriterion, facts: Facts, today: date) -> Verdict:
	if facts.statements is None:
		return _unmet(criterion, "unknown_statements")
	last_of = {statement.source.by: statement for statement in facts.statements.get(criterion.key, ())}
	for statement in last_of.values():
		if statement.answer in (Answer.HOLD, Answer.RECYCLE):
			return _unmet(criterion, statement.answer.value.lower(), statement.note, statement.source)
	going = [statement for statement in last_of.values() if statement.answer is Answer.GO]
	people = ", ".join(str(statement.source.by) for statement in going)
	source = going[-1].source if going else None
	if len(going) < criterion.at_least:
		return _unmet(criterion, "too_few_sign_offs", len(going), source)
	return _met(criterion, "signed_off", people, source)


def _score(criterion: ScoreCriterion, facts: Facts, today: date) -> Verdict:
	if facts.scores is None:
		return _unmet(criterion, "unknown_scores")
	score = facts.scores.get(criterion.framework)
	if score is None:
		return _unmet(criterion, "not_assessed")
	if not score.percent >= criterion.at_least:
		return _unmet(criterion, "score_too_low", score.percent, score.source)
	return _met(criterion, "score_enough", score.percent, score.source)


def _time_in_stage(criterion: TimeInStageCriterion, facts: Facts, today: date) -> Verdict:
	if facts.days_in is None:
		return _unmet(criterion, "unknown_days")
	days = facts.days_in.get(criterion.stage, 0.0)
	if not days >= criterion.at_least:
		return _unmet(criterion, "too_soon", days)
	return _met(criterion, "long_enough", days)


def _expression(criterion: ExpressionCriterion, facts: Facts, today: date) -> Verdict:
	if not set(criterion.kinds) <= set(facts.values):
		return _unmet(criterion, "unknown_field")
	known = {}
	for name, kind in criterion.kinds.items():
		try:
			known[name] = _or_zero(typed(facts.values[name], kind), kind)
		except OperandError:
			return _unmet(criterion, "wrong_type", facts.values[name])
	try:
		holds = value_of(criterion.expression, known, today)
	except ExpressionError as error:
		blank = any(value is None for value in known.values())
		return _unmet(criterion, "value_missing" if blank else "expression_fails", str(error))
	return _met(criterion, HOLDS, criterion.expression) if holds else _unmet(criterion, "expression_false")


def _or_zero(value: Any, kind: Kind) -> Any:
	"""A blank number is 0, as it is on a form."""
	return 0.0 if value is None and kind is Kind.NUMBER else value


def _scorecard(criterion: ScorecardCriterion, verdicts: Iterable[Verdict]) -> Verdict:
	"""Weight met over weight asked, in percent; criteria that do not apply count for neither."""
	counted = [v for v in verdicts if v.criterion.weight and v.state is not State.NOT_APPLICABLE]
	asked = _weight(counted)
	if not asked:
		return Verdict(criterion, State.NOT_APPLICABLE, "nothing_to_score")
	percent = 100 * _weight(verdict for verdict in counted if verdict) / asked
	if percent >= criterion.at_least:
		return _met(criterion, "scorecard_enough", float(percent))
	unknown = 100 * _weight(verdict for verdict in counted if verdict.unknown) / asked
	reason = "unknown_scorecard" if percent + unknown >= criterion.at_least else "scorecard_too_low"
	return _unmet(criterion, reason, float(percent))


def _weight(verdicts: Iterable[Verdict]) -> Fraction:
	"""Exact, so that all of it is 100 percent."""
	return sum((Fraction(verdict.criterion.weight) for verdict in verdicts), Fraction())


JUDGES: Mapping[type[Criterion], Callable[[Any, Facts, date], Verdict]] = {
	FieldCriterion: _field,
	LinkedCriterion: _linked,
	AttachmentCriterion: _attachment,
	ChecklistCriterion: _checklist,
	SignOffCriterion: _sign_off,
	ScoreCriterion: _score,
	TimeInStageCriterion: _time_in_stage,
	ExpressionCriterion: _expression,
}
