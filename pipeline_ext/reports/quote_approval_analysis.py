"""What a reader may see of approvals: who was asked and how long it took, and what quotations gave away."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, flt, getdate, now_datetime
from pypika.functions import NullIf

from pipeline_ext.domain.approvals import AGREED, ApprovalStatus, StepStatus
from pipeline_ext.domain.giveaway import Gift
from pipeline_ext.domain.turnaround import (
	SETTLED_UNASKED,
	Outcome,
	Turn,
	hours_between,
	working_hours_between,
)
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import readable
from pipeline_ext.reports.office_hours import OfficeHours
from pipeline_ext.reports.revisions import LINE_AMOUNTS

DAYS_SHOWN = 90
OUTCOME_OF_REQUEST = {
	ApprovalStatus.PENDING.value: Outcome.WAITING,
	ApprovalStatus.APPROVED.value: Outcome.APPROVED,
	ApprovalStatus.REJECTED.value: Outcome.REJECTED,
}
OUTCOME_OF_STEP = {
	StepStatus.APPROVED.value: Outcome.APPROVED,
	StepStatus.REJECTED.value: Outcome.REJECTED,
	StepStatus.KEPT.value: Outcome.KEPT,
	StepStatus.GRANTED.value: Outcome.GRANTED,
}
OUTCOME_OF_ANSWER = {"Approved": Outcome.APPROVED, "Rejected": Outcome.REJECTED, "Granted": Outcome.GRANTED}
PASSED_ON = ("Handed Over", "Escalated")


class GroupBy(str, Enum):
	"""What the report adds up by; what waits now is listed instead."""

	POLICY = "Policy"
	RULE = "Rule"
	APPROVER = "Approver"
	REJECTION_REASON = "Rejection Reason"
	WAITING_NOW = "Waiting Now"
	REP = "Rep"
	CUSTOMER_GROUP = "Customer Group"
	ITEM = "Item"

	@property
	def is_of_gifts(self) -> bool:
		return self in (GroupBy.REP, GroupBy.CUSTOMER_GROUP, GroupBy.ITEM)

	@property
	def is_of_people(self) -> bool:
		return self in (GroupBy.APPROVER, GroupBy.REP)


@dataclass(frozen=True)
class Analysis:
	"""What was asked for: turns, or gifts where the report adds up what was given away.

	`names` are the full names of the people in it.
	"""

	group_by: GroupBy
	currency: str
	turns: tuple[Turn, ...]
	gifts: tuple[Gift, ...]
	names: Mapping[str, str]

	@property
	def unmeasured(self) -> int:
		"""How many quotations have no line whose list price was known."""
		measured = {gift.quotation for gift in self.gifts if gift.discount_amount is not None}
		return len({gift.quotation for gift in self.gifts} - measured)


def quote_approval_analysis(filters: Mapping[str, Any] | str | None = None) -> Analysis:
	"""What was asked, answered or given away in a period, of all that the user may read.

	For the filters `company`, `from_date`, `to_date`, `policy`, `rep` and `group_by`; amounts are in the
	company's currency. Raises ValidationError for filters that make no sense.
	"""
	chosen = Filters.parse(given.parse(filters))
	of_gifts = chosen.group_by.is_of_gifts
	turns = () if of_gifts else tuple(TURNS[chosen.group_by](_asked(chosen)))
	gifts = tuple(_gifts(chosen)) if of_gifts else ()
	people = {person for turn in turns for person in turn.people}
	if chosen.group_by.is_of_people:
		people |= {each.group for each in (*turns, *gifts)}
	return Analysis(
		group_by=chosen.group_by,
		currency=frappe.get_cached_value("Company", chosen.company, "default_currency"),
		turns=turns,
		gifts=gifts,
		names=_full_names(people),
	)


def _full_names(users: Iterable[str]) -> dict[str, str]:
	rows = frappe.get_all("User", {"name": ("in", [*users, ""])}, ["name", "full_name"])
	return {row.name: row.full_name or row.name for row in rows}


# Filters


@dataclass(frozen=True)
class Filters:
	"""What the reader asked for, checked."""

	company: str
	from_date: date
	to_date: date
	policy: str | None
	rep: str | None
	group_by: GroupBy

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Filters:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		to_date = given.day(filters, "to_date", _("To Date")) or getdate()
		from_date = given.day(filters, "from_date", _("From Date")) or add_days(to_date, -DAYS_SHOWN)
		given.refuse_backwards(from_date, to_date)
		return cls(
			company=given.company(filters),
			from_date=from_date,
			to_date=to_date,
			policy=given.text(filters, "policy", _("Policy")),
			rep=given.text(filters, "rep", _("Rep")),
			group_by=given.choice(filters, "group_by", _("Group By"), GroupBy) or GroupBy.POLICY,
		)

	@property
	def period(self) -> slice:
		"""From the first moment of its first day to the last of its last one."""
		return slice(self.from_date, f"{self.to_date} 23:59:59.999999")


# Requests, as they are written down


@dataclass(frozen=True)
class Asked:
	"""Requests, and by request their steps and what was said of them.

	`agreed_before` are pairs of a request and what an earlier one for the same document had agreed to.
	"""

	requests: Sequence[frappe._dict]
	steps: Mapping[str, Sequence[frappe._dict]]
	said: Mapping[str, Sequence[frappe._dict]]
	agreed_before: Collection[tuple[str, str]]
	hours: OfficeHours
	now: datetime


def _asked(chosen: Filters) -> Asked:
	requests = _requests(chosen)
	names = [request.name for request in requests]
	return Asked(
		requests=requests,
		steps=_steps(names),
		said=_said(names),
		agreed_before=set(_agreed_before(requests)),
		hours=OfficeHours.of(chosen.company),
		now=now_datetime(),
	)


def _requests(chosen: Filters) -> list[frappe._dict]:
	"""Those of the period; if what waits is asked for, all that wait now."""
	request, quotation, order = map(frappe.qb.DocType, ("Quote Approval", "Quotation", "Sales Order"))
	rep = Coalesce(order.owner, quotation.owner)
	query = (
		frappe.qb.from_(request)
		.left_join(quotation)
		.on(quotation.name == request.quotation)
		.left_join(order)
		.on(order.name == request.sales_order)
		.select(
			request.name,
			request.quotation,
			request.sales_order,
			request.customer_name,
			request.policy,
			request.status,
			request.requested_by,
			request.requested_on,
			request.closed_on,
			request.quoted_value,
			request.discount_amount,
		)
		.where((request.company == chosen.company) & readable("Quote Approval"))
	)
	if chosen.group_by is GroupBy.WAITING_NOW:
		query = query.where(request.status == ApprovalStatus.PENDING.value)
	else:
		query = query.where(request.requested_on[chosen.period])
	if chosen.policy:
		query = query.where(request.policy == chosen.policy)
	if chosen.rep:
		query = query.where(rep == chosen.rep)
	return query.run(as_dict=True)


def _steps(requests: Sequence[str]) -> Mapping[str, Sequence[frappe._dict]]:
	fields = ["title", "rule", "approval_group", "status", "asked", "asked_on", "deadline", "decided_on"]
	return _by_request("Quote Approval Step", requests, fields)


def _said(requests: Sequence[str]) -> Mapping[str, Sequence[frappe._dict]]:
	fields = ["decided_on", "user", "on_behalf_of", "decision", "title", "rule", "comment", "to_user"]
	return _by_request("Quote Approval Decision", requests, fields)


def _by_request(
	doctype: str, requests: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Sequence[frappe._dict]]:
	row = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(row)
		.select(row.parent, *(row[field] for field in fields))
		.where((row.parenttype == "Quote Approval") & row.parent.isin([*requests, ""]))
		.orderby(row.parent, row.idx)
		.run(as_dict=True)
	)
	grouped: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in rows:
		grouped[row.parent].append(row)
	return grouped


def _agreed_before(requests: Sequence[frappe._dict]) -> Iterator[tuple[str, str]]:
	step, earlier = frappe.qb.DocType("Quote Approval Step"), frappe.qb.DocType("Quote Approval")
	documents = [_document(request)[1] for request in requests]
	rows = (
		frappe.qb.from_(step)
		.join(earlier)
		.on(earlier.name == step.parent)
		.select(
			earlier.quotation,
			earlier.sales_order,
			earlier.policy,
			earlier.requested_on,
			step.rule,
			step.approval_group,
		)
		.where(step.status.isin([status.value for status in AGREED]))
		.where(earlier.quotation.isin([*documents, ""]) | earlier.sales_order.isin([*documents, ""]))
		.run(as_dict=True)
	)
	agreed = defaultdict(list)
	for row in rows:
		agreed[_document(row), row.policy].append(row)
	for request in requests:
		for row in agreed[_document(request), request.policy]:
			if row.requested_on < request.requested_on:
				yield request.name, _authority(row)


def _document(request: frappe._dict) -> tuple[str, str]:
	"""(DocType, name) of what approval was asked for."""
	if request.sales_order:
		return "Sales Order", request.sales_order
	return "Quotation", request.quotation


def _authority(step: frappe._dict) -> str:
	return step.approval_group or step.rule


# Requests, told as turns


def _turns_by_policy(asked: Asked) -> Iterator[Turn]:
	for request in asked.requests:
		steps = asked.steps[request.name]
		yield _turn(
			asked,
			request,
			group=request.policy,
			outcome=_outcome_of(request, {step.status for step in steps}),
			people=(request.requested_by,),
			asked_on=request.requested_on,
			ended_on=request.closed_on,
			deadline=max((step.deadline for step in steps if step.deadline), default=None),
		)


def _outcome_of(request: frappe._dict, statuses: Collection[str]) -> Outcome:
	"""A request that nobody was asked about was granted by the asker, or kept altogether."""
	outcome = OUTCOME_OF_REQUEST.get(request.status, Outcome.WITHDRAWN)
	if outcome is Outcome.APPROVED and StepStatus.APPROVED.value not in statuses:
		return Outcome.GRANTED if StepStatus.GRANTED.value in statuses else Outcome.KEPT
	return outcome


def _turns_by_rule(asked: Asked) -> Iterator[Turn]:
	for request in asked.requests:
		for step in asked.steps[request.name]:
			outcome = OUTCOME_OF_STEP.get(step.status)
			if outcome or step.asked_on:
				yield _turn_of_step(asked, request, step, outcome or _unanswered(request), group=step.title)


def _unanswered(request: frappe._dict) -> Outcome:
	waits = request.status == ApprovalStatus.PENDING.value
	return Outcome.WAITING if waits else Outcome.WITHDRAWN


def _turns_by_approver(asked: Asked) -> Iterator[Turn]:
	for request in asked.requests:
		yield from _answers(asked, request)
		for step in _waiting_steps(asked, request):
			for person in _still_asked(asked, request, step):
				yield _turn_of_step(asked, request, step, Outcome.WAITING, group=person, people=(person,))


def _answers(asked: Asked, request: frappe._dict) -> Iterator[Turn]:
	"""A turn for each person who answered, from when it came to that person."""
	step_of = {step.rule: step for step in asked.steps[request.name]}
	came_to: dict[tuple[str, str], datetime] = {}
	for said in asked.said[request.name]:
		if said.decision in PASSED_ON:
			came_to[said.rule, said.to_user] = said.decided_on
		elif outcome := OUTCOME_OF_ANSWER.get(said.decision):
			step = step_of.get(said.rule)
			yield _turn(
				asked,
				request,
				group=said.user,
				outcome=outcome,
				rule=said.title,
				people=(said.user,),
				asked_on=came_to.get((said.rule, said.user)) or (step and step.asked_on),
				ended_on=said.decided_on,
				deadline=step and step.deadline,
				again=(request.name, _authority(step or said)) in asked.agreed_before,
				comment=said.comment,
			)


def _rejections(asked: Asked) -> Iterator[Turn]:
	for request in asked.requests:
		for turn in _answers(asked, request):
			if turn.outcome is Outcome.REJECTED:
				yield replace(turn, group=" ".join(turn.comment.split()) or _("No reason given"))


def _waiting(asked: Asked) -> Iterator[Turn]:
	for request in asked.requests:
		for step in _waiting_steps(asked, request):
			people = _still_asked(asked, request, step)
			yield _turn_of_step(asked, request, step, Outcome.WAITING, group="", people=people)


def _waiting_steps(asked: Asked, request: frappe._dict) -> Iterator[frappe._dict]:
	if request.status == ApprovalStatus.PENDING.value:
		yield from (step for step in asked.steps[request.name] if step.status == StepStatus.PENDING.value)


def _still_asked(asked: Asked, request: frappe._dict, step: frappe._dict) -> tuple[str, ...]:
	"""Whoever is asked and has not answered, in person or through somebody who stands in."""
	answered = {
		said.on_behalf_of or said.user
		for said in asked.said[request.name]
		if said.rule == step.rule and said.decision in OUTCOME_OF_ANSWER
	}
	return tuple(user for user in (step.asked or "").split() if user not in answered)


TURNS: Mapping[GroupBy, Callable[[Asked], Iterator[Turn]]] = {
	GroupBy.POLICY: _turns_by_policy,
	GroupBy.RULE: _turns_by_rule,
	GroupBy.APPROVER: _turns_by_approver,
	GroupBy.REJECTION_REASON: _rejections,
	GroupBy.WAITING_NOW: _waiting,
}


def _turn_of_step(
	asked: Asked,
	request: frappe._dict,
	step: frappe._dict,
	outcome: Outcome,
	group: str,
	people: tuple[str, ...] | None = None,
) -> Turn:
	return _turn(
		asked,
		request,
		group=group,
		outcome=outcome,
		rule=step.title,
		people=_still_asked(asked, request, step) if people is None else people,
		asked_on=step.asked_on,
		ended_on=step.decided_on or request.closed_on,
		deadline=step.deadline,
		again=(request.name, _authority(step)) in asked.agreed_before,
	)


def _turn(
	asked: Asked,
	request: frappe._dict,
	group: str,
	outcome: Outcome,
	people: tuple[str, ...],
	asked_on: datetime | None,
	ended_on: datetime | None,
	deadline: datetime | None,
	rule: str = "",
	again: bool = False,
	comment: str = "",
) -> Turn:
	unasked = outcome in SETTLED_UNASKED
	ended_on = asked.now if outcome is Outcome.WAITING else ended_on
	span = (asked_on, ended_on) if asked_on and ended_on and not unasked else None
	document_type, document = _document(request)
	return Turn(
		group=group or "",
		approval=request.name,
		document_type=document_type,
		document=document,
		customer=request.customer_name,
		rule=rule,
		people=people,
		outcome=outcome,
		asked_on=asked_on,
		ended_on=ended_on,
		deadline=deadline,
		calendar_hours=span and hours_between(*span),
		working_hours=span and working_hours_between(*span, asked.hours.day, asked.hours.holidays),
		again=again and not unasked,
		comment=comment or "",
		quoted_value=flt(request.quoted_value),
		discount_amount=flt(request.discount_amount),
	)


# What submitted quotations gave away


def _gifts(chosen: Filters) -> Iterator[Gift]:
	for row in _revisions(chosen):
		by_group: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
		for line in json.loads(row.lines or "[]"):
			by_group[_group_of(line, row, chosen.group_by)].append(line)
		for group, lines in by_group.items():
			yield _gift(row, group, lines)


def _group_of(line: Mapping[str, Any], row: frappe._dict, group_by: GroupBy) -> str:
	if group_by is GroupBy.ITEM:
		return line["item"]
	return (row.owner if group_by is GroupBy.REP else row.customer_group) or ""


def _revisions(chosen: Filters) -> list[frappe._dict]:
	"""The current revision of each quote that was submitted in the period, as it was measured then."""
	revision, quotation = frappe.qb.DocType("Quote Revision"), frappe.qb.DocType("Quotation")
	customer, request = frappe.qb.DocType("Customer"), frappe.qb.DocType("Quote Approval")
	query = (
		frappe.qb.from_(quotation)
		.join(revision)
		.on((revision.quotation == quotation.name) & (revision.number == quotation.pe_revision))
		.left_join(customer)
		.on((quotation.quotation_to == "Customer") & (customer.name == quotation.party_name))
		.left_join(request)
		.on(request.name == revision.approval)
		.select(
			quotation.name,
			quotation.owner,
			quotation.customer_name,
			Coalesce(NullIf(quotation.customer_group, ""), customer.customer_group).as_("customer_group"),
			revision.submitted_on,
			revision.approval,
			revision.lines,
		)
		.where((quotation.company == chosen.company) & (quotation.docstatus == 1) & readable("Quotation"))
		.where(revision.submitted_on[chosen.period])
	)
	if chosen.policy:
		query = query.where(request.policy == chosen.policy)
	if chosen.rep:
		query = query.where(quotation.owner == chosen.rep)
	return query.run(as_dict=True)


def _gift(row: frappe._dict, group: str, lines: Sequence[Mapping[str, Any]]) -> Gift:
	return Gift(
		group=group,
		quotation=row.name,
		customer=row.customer_name,
		submitted_on=row.submitted_on,
		approval=row.approval or None,
		**{name: _sum(line[name] for line in lines) for name in LINE_AMOUNTS},
	)


def _sum(amounts: Iterable[float | None]) -> float | None:
	"""Of those that are known; None where none is."""
	known = [amount for amount in amounts if amount is not None]
	return flt(sum(known), 6) if known else None
