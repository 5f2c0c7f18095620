"""Who must agree to what a quote gives away, whose answers count, and what an approval still covers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from pipeline_ext.domain.quotes import Scope


class ApprovalStatus(str, Enum):
	"""Where a request for approval stands."""

	PENDING = "Pending"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	RECALLED = "Recalled"
	CLOSED = "Closed"


class QuoteStatus(str, Enum):
	"""What a quote says of its own approval."""

	NOT_REQUIRED = "Not Required"
	REQUIRED = "Required"
	PENDING = "Pending"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	RECALLED = "Recalled"
	STALE = "Stale"


class StepStatus(str, Enum):
	"""Where one step of a request stands.

	Kept: agreed to in an earlier request, and no worse since. Granted: by the asker alone.
	"""

	WAITING = "Waiting"
	PENDING = "Pending"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	KEPT = "Kept"
	GRANTED = "Granted"


AGREED = (StepStatus.APPROVED, StepStatus.KEPT, StepStatus.GRANTED)


class ApproverType(str, Enum):
	"""How a rule names who must agree."""

	ONESELF = "Oneself"
	USER = "User"
	ROLE = "Role"
	MANAGER = "Manager of Owner"
	TERRITORY_MANAGER = "Territory Manager"


class Figures(Protocol):
	"""What was measured of a quote; `quotes.QuoteMeasures` is one."""

	def worst(self, measure: str, scope: Scope, above: bool) -> Decimal | None:
		"""The highest value (the lowest, if not `above`) in the scope; None where nothing can be measured."""
		...


@dataclass(frozen=True)
class Rule:
	"""Beyond `threshold`, `measure` needs somebody to agree.

	`above` says on which side of the threshold the rule is broken. Rules of one `group` are levels of one
	authority; a rule without a group stands alone. `needed` is how many must agree, None for all of them;
	`steps_up` how far above the owner a manager is. The hours are working hours.
	"""

	key: str
	title: str
	measure: str
	threshold: Decimal
	approver: ApproverType
	above: bool = True
	scope: Scope = Scope.TOTAL
	user: str | None = None
	role: str | None = None
	steps_up: int = 1
	needed: int | None = 1
	group: str = ""
	level: int = 1
	deadline_hours: Decimal | None = None
	reminder_hours: Decimal | None = None

	@property
	def authority(self) -> str:
		"""What its level is a level of."""
		return f"group {self.group}" if self.group else f"rule {self.key}"

	@property
	def matter(self) -> tuple[str, str, Scope, bool]:
		"""What it has the authority to decide about."""
		return (self.authority, self.measure, self.scope, self.above)

	def is_broken_by(self, value: Decimal | None) -> bool:
		"""Whether a value is beyond the threshold; one exactly at it is within."""
		if value is None:
			return False
		return value > self.threshold if self.above else value < self.threshold

	def is_worse(self, value: Decimal, than: Decimal) -> bool:
		"""Whether a value is further out than another."""
		return value > than if self.above else value < than


@dataclass(frozen=True)
class Policy:
	"""Rules whose groups are asked side by side.

	Within a group, each measure asks the highest level that it breaks; with `every_level`, each level that
	it breaks, one after the other.
	"""

	name: str
	rules: tuple[Rule, ...]
	every_level: bool = False


@dataclass(frozen=True)
class Breach:
	"""A rule that a quote breaks, and by what."""

	rule: Rule
	measured: Decimal


@dataclass(frozen=True)
class Vote:
	"""One person's answer to a step."""

	user: str
	agrees: bool
	on: datetime
	on_behalf_of: str | None = None
	comment: str = ""


@dataclass(frozen=True)
class Step:
	"""A breach, who is asked about it, and what they have answered.

	`needed` is how many of those `asked` must agree. `settled` says that nobody is asked: Kept or Granted.
	"""

	breach: Breach
	asked: tuple[str, ...] = ()
	needed: int = 1
	votes: tuple[Vote, ...] = ()
	settled: StepStatus | None = None

	@property
	def rule(self) -> Rule:
		return self.breach.rule

	@property
	def is_agreed(self) -> bool:
		"""Whether as many different people as needed have agreed, and nobody has rejected."""
		if self.settled:
			return True
		agreeing = {vote.user for vote in self.votes if vote.agrees}
		return not self.is_rejected and len(agreeing) >= self.needed

	@property
	def is_rejected(self) -> bool:
		return any(not vote.agrees for vote in self.votes)


@dataclass(frozen=True)
class Request:
	"""The last request for a quote's approval: what it covers, and how it stands."""

	status: ApprovalStatus
	policy: str
	subject: str
	fingerprint: str
	steps: tuple[Step, ...]


@dataclass(frozen=True)
class Refusal:
	"""Why a person may not decide: falsy, with a code for `messages`."""

	reason: str

	def __bool__(self) -> bool:
		return False


# What policy asks


def breaches(policy: Policy, figures: Figures) -> tuple[Breach, ...]:
	"""The rules that must be answered for a quote, sorted by group, level and title."""
	broken = []
	for rule in policy.rules:
		value = figures.worst(rule.measure, rule.scope, rule.above)
		if value is not None and rule.is_broken_by(value):
			broken.append(Breach(rule, value))
	if not policy.every_level:
		highest: dict[tuple[str, str, Scope, bool], int] = {}
		for rule in (breach.rule for breach in broken):
			highest[rule.matter] = max(rule.level, highest.get(rule.matter, rule.level))
		broken = [breach for breach in broken if breach.rule.level == highest[breach.rule.matter]]
	return tuple(
		sorted(broken, key=lambda each: (each.rule.group, each.rule.level, each.rule.title, each.rule.key))
	)


def choose(
	rule: Rule, candidates: Sequence[str], own: Collection[str], above: Iterable[Sequence[str]]
) -> tuple[tuple[str, ...], int] | None:
	"""(who is asked, how many of them must agree); None where there are too few people even above.

	Nobody is asked about their own quote. Where too few are left, those above are asked besides, one
	authority after the other, until there are enough.
	"""
	asked = [user for user in dict.fromkeys(candidates) if user not in own]
	needed = rule.needed or max(len(asked), 1)
	for people in above:
		if len(asked) >= needed:
			break
		asked += [user for user in dict.fromkeys(people) if user not in own and user not in asked]
	return (tuple(asked), needed) if len(asked) >= needed else None


# What has been agreed


def covers(step: Step, breach: Breach) -> bool:
	"""Whether what was agreed to in a step includes a breach: as high a level, and no worse a measure."""
	given, rule = step.rule, breach.rule
	if not step.is_agreed or given.matter != rule.matter or given.level < rule.level:
		return False
	return not rule.is_worse(breach.measured, than=step.breach.measured)


def uncovered(needed: Iterable[Breach], steps: Collection[Step]) -> tuple[Breach, ...]:
	"""The breaches that nothing agreed to so far includes."""
	return tuple(breach for breach in needed if not any(covers(step, breach) for step in steps))


def agreed_before(request: Request | None, policy: str, subject: str) -> tuple[Step, ...]:
	"""What an earlier request still counts for: only under the same policy and for the same subject."""
	if request is None or (request.policy, request.subject) != (policy, subject):
		return ()
	return tuple(step for step in request.steps if step.is_agreed)


# How a request goes on


def step_status(step: Step, steps: Iterable[Step]) -> StepStatus:
	"""Where a step stands: it waits until every lower level of its group is agreed."""
	if step.settled:
		return step.settled
	if step.is_rejected:
		return StepStatus.REJECTED
	if step.is_agreed:
		return StepStatus.APPROVED
	lower = (
		other
		for other in steps
		if other.rule.authority == step.rule.authority and other.rule.level < step.rule.level
	)
	return StepStatus.PENDING if all(other.is_agreed for other in lower) else StepStatus.WAITING


def open_steps(steps: Sequence[Step]) -> tuple[int, ...]:
	"""The positions of the steps whose turn it is."""
	if status_of(steps) is not ApprovalStatus.PENDING:
		return ()
	return tuple(
		position for position, step in enumerate(steps) if step_status(step, steps) is StepStatus.PENDING
	)


def status_of(steps: Iterable[Step]) -> ApprovalStatus:
	"""Rejected as soon as one step is, approved when all are agreed, pending otherwise."""
	steps = list(steps)
	if any(step.is_rejected for step in steps):
		return ApprovalStatus.REJECTED
	return ApprovalStatus.APPROVED if all(step.is_agreed for step in steps) else ApprovalStatus.PENDING


@dataclass(frozen=True)
class Ballot:
	"""A step that a person may answer, by position, and for whom if not for themselves."""

	position: int
	on_behalf_of: str | None


def ballot(
	steps: Sequence[Step],
	user: str,
	stands_in_for: Collection[str],
	own: Collection[str],
	position: int | None = None,
) -> Ballot | Refusal:
	"""What a person may answer now: the step asked for, else the first one whose turn it is.

	`stands_in_for` are those who have delegated to the person, `own` the people whose quote it is.
	"""
	turn = open_steps(steps)
	if not turn or (position is not None and position not in turn):
		return Refusal("nothing_waits")
	if user in own:
		return Refusal("own_quote")
	refusal = "not_the_approver"
	for each in turn if position is None else (position,):
		step = steps[each]
		if user in {person for vote in step.votes for person in (vote.user, vote.on_behalf_of)}:
			refusal = "already_decided"
		elif user in step.asked:
			return Ballot(each, None)
		elif absent := sorted(_may_be_stood_in_for(step, own) & set(stands_in_for)):
			return Ballot(each, absent[0])
	return Refusal(refusal)


def _may_be_stood_in_for(step: Step, own: Collection[str]) -> set[str]:
	return set(step.asked) - set(own) - {vote.on_behalf_of or vote.user for vote in step.votes}


def decide(steps: Sequence[Step], position: int, vote: Vote) -> tuple[Step, ...]:
	"""The steps after a vote on one of them."""
	if position not in open_steps(steps):
		raise ValueError("that step does not wait for a decision")
	decided = replace(steps[position], votes=(*steps[position].votes, vote))
	return (*steps[:position], decided, *steps[position + 1 :])


# What a quote says of its approval


def quote_status(
	policy: str | None, needed: Sequence[Breach], request: Request | None, subject: str, fingerprint: str
) -> QuoteStatus:
	"""What a quote says of its approval.

	`needed` are the breaches of the quote as it is, `subject` whom it is for, `fingerprint` that of all that
	is commercial in it. An approval holds for the quote as it was, and for one that is in no way worse.
	"""
	if not needed:
		return QuoteStatus.NOT_REQUIRED
	if request is None or request.status is ApprovalStatus.CLOSED:
		return QuoteStatus.REQUIRED
	same = request.fingerprint == fingerprint and request.subject == subject
	if request.status is ApprovalStatus.APPROVED:
		holds = same or not uncovered(needed, agreed_before(request, policy or "", subject))
		return QuoteStatus.APPROVED if holds else QuoteStatus.STALE
	if request.status is ApprovalStatus.PENDING:
		asked = same or is_asked(needed, request, policy or "", subject)
		return QuoteStatus.PENDING if asked else QuoteStatus.STALE
	return QuoteStatus(request.status.value) if same else QuoteStatus.REQUIRED


def is_asked(needed: Iterable[Breach], request: Request, policy: str, subject: str) -> bool:
	"""Whether what waits in a request includes every breach of the quote as it is now."""
	if (request.policy, request.subject) != (policy, subject):
		return False
	as_if_agreed = [replace(step, votes=(), settled=StepStatus.KEPT) for step in request.steps]
	return not uncovered(needed, as_if_agreed)
