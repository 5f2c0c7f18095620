"""Reminds those who have not answered a request for approval, and asks those above them once it is late."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from pipeline_ext.domain.approvals import ApprovalStatus, Step, StepStatus
from pipeline_ext.quoting import requests, telling
from pipeline_ext.quoting.requests import Entry
from pipeline_ext.reports import approvals
from pipeline_ext.reports.approvals import APPROVAL
from pipeline_ext.reports.approvers import deal_desk, managers_of, own_people_of
from pipeline_ext.reports.gate import moment
from pipeline_ext.reports.staff import Staff


def watch() -> None:
	"""The hourly job. Of one step nobody is reminded twice, and it is escalated once."""
	now = moment()
	staff = Staff(now.date(), now.date())
	for name in _due(now):
		with telling.on_its_own(_("Nobody could be reminded of {0}").format(name)):
			_attend(name, staff, now)


def _due(now: datetime) -> list[str]:
	"""The requests with a step that must be reminded of, or escalated."""
	approval, step = frappe.qb.DocType(APPROVAL), frappe.qb.DocType(f"{APPROVAL} Step")
	to_remind = (step.remind_on <= now) & step.reminded_on.isnull()
	to_escalate = (step.deadline <= now) & step.escalated_on.isnull()
	return (
		frappe.qb.from_(step)
		.join(approval)
		.on(approval.name == step.parent)
		.select(approval.name)
		.distinct()
		.where(approval.status == ApprovalStatus.PENDING.value)
		.where((step.status == StepStatus.PENDING.value) & (to_remind | to_escalate))
		.run(pluck=True)
	)


def _attend(name: str, staff: Staff, now: datetime) -> None:
	approval, quote = requests.waiting(name)
	own = own_people_of(approval, quote)
	reminded: set[str] = set()
	for row, step in zip(approval.steps, approvals.as_steps(approval), strict=True):
		if row.status != StepStatus.PENDING.value:
			continue
		if _has_come(row.deadline, row.escalated_on, now):
			_escalate(approval, row, _above(step, own, staff), now)
		elif _has_come(row.remind_on, row.reminded_on, now):
			reminded |= _remind(approval, row, step, now)
	requests.write(approval, quote)
	telling.tell(sorted(reminded), approval, lambda: _reminder_text(approval))


def _has_come(moment: datetime | str | None, done_on: datetime | str | None, now: datetime) -> bool:
	return bool(moment) and not done_on and get_datetime(moment) <= now


def _unanswered(step: Step) -> list[str]:
	answered = {vote.on_behalf_of or vote.user for vote in step.votes}
	return [user for user in step.asked if user not in answered]


def _remind(approval: Document, row: Document, step: Step, now: datetime) -> set[str]:
	row.reminded_on = now
	people = _unanswered(step)
	for person in people:
		requests.log(approval, Entry.REMINDED, step=row, to_user=person)
	return set(people)


def _escalate(approval: Document, row: Document, people: list[str], now: datetime) -> None:
	"""Whoever is above is asked too; `write` tells them, as their turn has come."""
	row.escalated_on = now
	row.asked = "\n".join([*row.asked.split("\n"), *people])
	for person in people:
		requests.log(approval, Entry.ESCALATED, step=row, to_user=person)


def _above(step: Step, own: set[str], staff: Staff) -> list[str]:
	"""Who leads those who have not answered, else Deal Desk; nobody asked already, nor whose quote it is."""
	known = own | set(step.asked)
	chains = (managers_of(user, staff) for user in _unanswered(step))
	nearest = (next((user for user in chain if user not in known), None) for chain in chains)
	found = [user for user in dict.fromkeys(nearest) if user]
	return found or [user for user in deal_desk() if user not in known]


def _reminder_text(approval: Document) -> str:
	return _("{0} still waits for your answer").format(telling.document_of(approval))
