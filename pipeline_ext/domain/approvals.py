"""Measures and policy to approval steps, and decisions to a status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any


class ApprovalStatus(str, Enum):
	"""Where a request for approval stands."""

	PENDING = "Pending"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	RECALLED = "Recalled"


class QuoteStatus(str, Enum):
	"""What a quote says of its own approval."""

	NOT_REQUIRED = "Not Required"
	REQUIRED = "Required"
	PENDING = "Pending"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	RECALLED = "Recalled"
	STALE = "Stale"


MEASURES = ("discount_percent", "unpriced_lines")
"""What a rule may look at; the names of the figures in `quotes.QuoteMeasures`."""


@dataclass(frozen=True)
class Rule:
	"""Above `threshold`, `measure` needs the approver: a user, or anyone who has a role."""

	key: str
	title: str
	measure: str
	threshold: Decimal
	role: str | None = None
	user: str | None = None


@dataclass(frozen=True)
class Policy:
	"""Rules side by side; each that is broken asks its approver, in the order of the rules."""

	name: str
	rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Step:
	"""One approver's answer to one broken rule."""

	rule: Rule
	measured: Decimal
	status: ApprovalStatus = ApprovalStatus.PENDING
	decided_by: str | None = None
	decided_on: datetime | None = None
	comment: str = ""


@dataclass(frozen=True)
class Refusal:
	"""Why a person may not decide: falsy, with a code for `messages`."""

	reason: str

	def __bool__(self) -> bool:
		return False


def policy_problems(policy: Policy) -> tuple[tuple[str, str], ...]:
	"""(code, rule title) of each rule that cannot work; empty when the policy may be used."""
	found = []
	for rule in policy.rules:
		if rule.measure not in MEASURES:
			found.append(("unknown_measure", rule.title))
		if not rule.threshold.is_finite() or rule.threshold < 0:
			found.append(("threshold_range", rule.title))
		elif rule.measure == "discount_percent" and rule.threshold >= 100:
			found.append(("threshold_unreachable", rule.title))
		if bool(rule.role) == bool(rule.user):
			found.append(("one_approver", rule.title))
	return tuple(found)


def policy_to_dict(policy: Policy) -> dict[str, Any]:
	"""The policy as plain JSON data; `policy_from_dict` reads it back."""
	return {"name": policy.name, "rules": [_rule_to_dict(rule) for rule in policy.rules]}


def _rule_to_dict(rule: Rule) -> dict[str, str]:
	return {name: str(value) for name, value in asdict(rule).items() if value is not None}


def policy_from_dict(data: Mapping[str, Any]) -> Policy:
	"""A policy from JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	return Policy(name=data["name"], rules=tuple(_rule_from_dict(rule) for rule in data["rules"]))


def _rule_from_dict(data: Mapping[str, Any]) -> Rule:
	try:
		threshold = Decimal(str(data["threshold"]))
	except InvalidOperation as error:
		raise ValueError(f"{data['threshold']!r} is not a number") from error
	return Rule(**{**data, "threshold": threshold})


def steps_for(policy: Policy, measures: Mapping[str, Decimal]) -> tuple[Step, ...]:
	"""The steps a quote needs: one for each rule whose measure is above its threshold."""
	return tuple(
		Step(rule, measures[rule.measure]) for rule in policy.rules if measures[rule.measure] > rule.threshold
	)


def status_of(steps: Iterable[Step]) -> ApprovalStatus:
	"""Rejected as soon as one step is, approved when all are, pending otherwise."""
	states = [step.status for step in steps]
	if ApprovalStatus.REJECTED in states:
		return ApprovalStatus.REJECTED
	if states and all(state is ApprovalStatus.APPROVED for state in states):
		return ApprovalStatus.APPROVED
	return ApprovalStatus.PENDING


def open_step(steps: Sequence[Step]) -> int | None:
	"""The position of the step whose turn it is; None when none waits."""
	if status_of(steps) is not ApprovalStatus.PENDING:
		return None
	waiting = [index for index, step in enumerate(steps) if step.status is ApprovalStatus.PENDING]
	return waiting[0] if waiting else None


def may_decide(
	steps: Sequence[Step], user: str, roles: Collection[str], own: Collection[str]
) -> bool | Refusal:
	"""Whether `user` may decide the step whose turn it is. `own` are the people whose quote it is."""
	position = open_step(steps)
	if position is None:
		return Refusal("nothing_waits")
	if user in own:
		return Refusal("own_quote")
	rule = steps[position].rule
	if user == rule.user or rule.role in roles:
		return True
	return Refusal("not_the_approver")


def decide(
	steps: Sequence[Step], decision: ApprovalStatus, user: str, on: datetime, comment: str = ""
) -> tuple[Step, ...]:
	"""The steps after `user` approved or rejected the one whose turn it is."""
	position = open_step(steps)
	if position is None or decision not in (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED):
		raise ValueError("no step waits for that decision")
	decided = replace(steps[position], status=decision, decided_by=user, decided_on=on, comment=comment)
	return (*steps[:position], decided, *steps[position + 1 :])


def quote_status(
	needed: Sequence[Step], approval: ApprovalStatus | None, covered: str | None, fingerprint: str
) -> QuoteStatus:
	"""What a quote says of its approval.

	`needed` are the steps that policy asks for now, `approval` and `covered` the status and fingerprint of
	its last request, `fingerprint` that of the quote as it is.
	"""
	if not needed:
		return QuoteStatus.NOT_REQUIRED
	if approval is None:
		return QuoteStatus.REQUIRED
	if approval in (ApprovalStatus.PENDING, ApprovalStatus.APPROVED) and covered != fingerprint:
		return QuoteStatus.STALE
	return QuoteStatus(approval.value)
