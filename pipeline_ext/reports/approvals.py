"""Requests for approval as the domain sees them, and what a new one would ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, get_datetime, getdate

from pipeline_ext.domain.approvals import (
	ApprovalStatus,
	ApproverType,
	Ballot,
	Breach,
	QuoteStatus,
	Refusal,
	Request,
	Rule,
	Step,
	StepStatus,
	Vote,
	agreed_before,
	ballot,
	covers,
	quote_status,
)
from pipeline_ext.domain.quotes import Scope
from pipeline_ext.reports.approvers import Approvers, own_people_of, stands_in_for
from pipeline_ext.reports.quotations import Assessment
from pipeline_ext.subjects import APPROVABLES, MEASURE_OF_LABEL, Fields

APPROVAL = "Quote Approval"
SETTLED = (StepStatus.KEPT, StepStatus.GRANTED)
BROUGHT_IN = ("Handed Over", "Escalated")
VOTES = (StepStatus.APPROVED.value, StepStatus.REJECTED.value, StepStatus.KEPT.value)
STEP_FIELDS = (
	"idx",
	"rule",
	"title",
	"measure",
	"scope",
	"comparison",
	"measured",
	"threshold",
	"approval_group",
	"level",
	"status",
	"approver_type",
	"role",
	"user",
	"asked",
	"needed",
	"deadline_hours",
	"reminder_hours",
)
VOTE_FIELDS = ("user", "decision", "decided_on", "on_behalf_of", "comment", "measured")


# What was asked


def request_of(doc: Document, for_update: bool = False) -> Request | None:
	"""The last request for a Quotation or Sales Order; None where there is none. One query."""
	approvable = APPROVABLES[doc.doctype]
	name = doc.get(approvable.approval)
	return _read_request(name, approvable.link, doc.name, for_update) if name else None


def _read_request(name: str, link: str, quote: str, for_update: bool) -> Request | None:
	approval = frappe.qb.DocType(APPROVAL)
	step, decision = frappe.qb.DocType(f"{APPROVAL} Step"), frappe.qb.DocType(f"{APPROVAL} Decision")
	is_vote = (
		(decision.parent == approval.name) & (decision.rule == step.rule) & decision.decision.isin(VOTES)
	)
	query = (
		frappe.qb.from_(approval)
		.left_join(step)
		.on(step.parent == approval.name)
		.left_join(decision)
		.on(is_vote)
		.select(
			approval.status.as_("request_status"),
			approval.policy,
			approval.subject,
			approval.fingerprint,
			*(step[field] for field in STEP_FIELDS),
			*(decision[field].as_(f"vote_{field}") for field in VOTE_FIELDS),
		)
		.where((approval.name == name) & (approval[link] == quote))
		.orderby(step.idx)
		.orderby(decision.idx)
	)
	rows = (query.for_update() if for_update else query).run(as_dict=True)
	return _joined(rows) if rows else None


def _joined(rows: Sequence[frappe._dict]) -> Request:
	by_step = defaultdict(list)
	for row in rows:
		if row.rule:
			by_step[row.idx].append(row)
	first = rows[0]
	steps = (_step(of_step[0], _votes_in(of_step)) for of_step in by_step.values())
	return Request(
		ApprovalStatus(first.request_status), first.policy, first.subject, first.fingerprint, tuple(steps)
	)


def _votes_in(rows: Iterable[frappe._dict]) -> list[frappe._dict]:
	return [
		frappe._dict({field: row[f"vote_{field}"] for field in VOTE_FIELDS}) for row in rows if row.vote_user
	]


def as_request(approval: Document) -> Request:
	"""A Quote Approval as domain data."""
	return Request(
		ApprovalStatus(approval.status),
		approval.policy,
		approval.subject,
		approval.fingerprint,
		as_steps(approval),
	)


def as_steps(approval: Document) -> tuple[Step, ...]:
	"""The steps of a Quote Approval as domain data, with the votes that its log holds."""
	votes = defaultdict(list)
	for row in approval.decisions:
		if row.decision in VOTES:
			votes[row.rule].append(row)
	return tuple(_step(row, votes[row.rule]) for row in approval.steps)


def _step(row: Fields, votes: Sequence[Fields]) -> Step:
	status = StepStatus(row.get("status")) if row.get("status") != "Closed" else None
	kept = [_decimal(vote.get("measured")) for vote in votes if status is StepStatus.KEPT]
	return Step(
		breach=Breach(_rule(row), kept[0] if kept else _decimal(row.get("measured"))),
		asked=tuple((row.get("asked") or "").split("\n")) if row.get("asked") else (),
		needed=cint(row.get("needed")),
		votes=tuple(map(_vote, votes)),
		settled=status if status in SETTLED else None,
	)


def _rule(row: Fields) -> Rule:
	return Rule(
		key=row.get("rule"),
		title=row.get("title"),
		measure=MEASURE_OF_LABEL[row.get("measure")],
		threshold=_decimal(row.get("threshold")),
		approver=ApproverType(row.get("approver_type")),
		above=row.get("comparison") == "Above",
		scope=Scope(row.get("scope")),
		user=row.get("user") or None,
		role=row.get("role") or None,
		needed=cint(row.get("needed")),
		group=row.get("approval_group") or "",
		level=cint(row.get("level")),
		deadline_hours=_decimal(row.get("deadline_hours")) or None,
		reminder_hours=_decimal(row.get("reminder_hours")) or None,
	)


def _vote(row: Fields) -> Vote:
	return Vote(
		user=row.get("user"),
		agrees=row.get("decision") != StepStatus.REJECTED.value,
		on=get_datetime(row.get("decided_on")),
		on_behalf_of=row.get("on_behalf_of") or None,
		comment=row.get("comment") or "",
	)


def _decimal(value: Any) -> Decimal:
	return Decimal(str(value or 0))


# What it is worth


def status_of(doc: Document, assessment: Assessment, for_update: bool = False) -> QuoteStatus:
	"""What the approval of a quote is worth for it as it is now; `for_update` locks the request."""
	request = request_of(doc, for_update) if assessment.breaches else None
	return judged(assessment, request)


def judged(assessment: Assessment, request: Request | None) -> QuoteStatus:
	"""What a quote says of its approval, given what it gives away and its last request."""
	return quote_status(
		assessment.policy.name if assessment.policy else None,
		assessment.breaches,
		request,
		assessment.subject,
		assessment.fingerprint,
	)


# What would be asked


def plan(doc: Document, assessment: Assessment, asker: str, for_update: bool = False) -> tuple[Step, ...]:
	"""The steps of a request that `asker` would make now: what is kept or granted, and who is asked the rest.

	What a kept step measures is what was agreed to. A step with fewer asked than needed is one that too few
	may answer.
	"""
	approvers = Approvers(doc, asker)
	request = request_of(doc, for_update) if assessment.breaches else None
	earlier = _agreed_by_others(request, assessment, approvers.own) if request else ()
	return tuple(_planned(breach, earlier, approvers) for breach in assessment.breaches)


def _planned(breach: Breach, earlier: Sequence[Step], approvers: Approvers) -> Step:
	if breach.rule.approver is ApproverType.ONESELF:
		return Step(breach, settled=StepStatus.GRANTED)
	covering = [step for step in earlier if covers(step, breach)]
	if covering:
		agreed = min(covering, key=lambda step: step.rule.key != breach.rule.key)
		return replace(agreed, breach=replace(agreed.breach, rule=breach.rule), settled=StepStatus.KEPT)
	asked, needed = approvers.asked(breach.rule) or ((), breach.rule.needed or 1)
	return Step(breach, asked, needed)


def _agreed_by_others(request: Request, assessment: Assessment, own: set[str]) -> tuple[Step, ...]:
	"""What was agreed in a request, by others than the quote's own people."""
	agreed = agreed_before(request, assessment.policy.name, assessment.subject)
	by_others = (
		replace(step, votes=tuple(vote for vote in step.votes if vote.user not in own), settled=None)
		for step in agreed
	)
	return tuple(step for step in by_others if step.is_agreed)


# Who may answer


def ballot_for(
	approval: Document, quote: Document, user: str, position: int | None = None, in_person: bool = False
) -> Ballot | Refusal:
	"""What a user may answer now; `in_person` leaves out whom the user stands in for."""
	absent = set() if in_person else stands_in_for(user, getdate())
	own = own_people_of(approval, quote)
	return ballot(entitled_steps(approval), user, absent, own, position)


def entitled_steps(approval: Document) -> tuple[Step, ...]:
	"""The steps, with only those asked who may still answer: a role that was taken away answers nothing."""
	return tuple(
		replace(step, asked=tuple(user for user in step.asked if _is_entitled(approval, step.rule, user)))
		for step in as_steps(approval)
	)


def _is_entitled(approval: Document, rule: Rule, user: str) -> bool:
	if rule.approver is not ApproverType.ROLE or rule.role in frappe.get_roles(user):
		return True
	return any(
		row.rule == rule.key and row.to_user == user and row.decision in BROUGHT_IN
		for row in approval.decisions
	)


def waiting_for(user: str) -> list[str]:
	"""The requests with an open step in which a user, or somebody whom the user stands in for, is asked."""
	approval, step = frappe.qb.DocType(APPROVAL), frappe.qb.DocType(f"{APPROVAL} Step")
	open_steps = (
		frappe.qb.from_(step)
		.join(approval)
		.on(approval.name == step.parent)
		.select(step.parent, step.asked)
		.where(approval.status == ApprovalStatus.PENDING.value)
		.where((step.status == StepStatus.PENDING.value) & step.asked.notnull())
		.run()
	)
	people = {user, *stands_in_for(user, getdate())}
	return sorted({name for name, asked in open_steps if people.intersection(asked.split("\n"))})
