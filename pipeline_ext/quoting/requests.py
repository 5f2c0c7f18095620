"""A request for approval as it is written: locked, logged, brought up to date, and followed by its quote."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from pipeline_ext.domain.approvals import AGREED, ApprovalStatus, Refusal, Step, StepStatus, step_status
from pipeline_ext.domain.approvals import status_of as status_of_steps
from pipeline_ext.messages import refusal_to_decide_text
from pipeline_ext.quoting import telling
from pipeline_ext.quoting.standing import standing_of
from pipeline_ext.reports import approvals
from pipeline_ext.reports.approvals import APPROVAL
from pipeline_ext.reports.gate import moment
from pipeline_ext.reports.office_hours import OfficeHours
from pipeline_ext.reports.quotations import Assessment
from pipeline_ext.subjects import APPROVABLES

CLOSED = "Closed"


class Entry(str, Enum):
	"""What the log of a request says somebody did."""

	REQUESTED = "Requested"
	GRANTED = "Granted"
	KEPT = "Kept"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	ASKED = "Asked"
	ANSWERED = "Answered"
	HANDED_OVER = "Handed Over"
	REMINDED = "Reminded"
	ESCALATED = "Escalated"
	RECALLED = "Recalled"
	CLOSED = "Closed"


# Reading one to change it


def waiting(name: str) -> tuple[Document, Document]:
	"""A request that waits, and its quote, locked: the quote first, as whoever saves a quote does.

	Of two who come at once, the second sees what the first did.
	"""
	links = frappe.db.get_value(APPROVAL, name, [each.link for each in APPROVABLES.values()], as_dict=True)
	doctype, quote_name = quote_of(links or {})
	frappe.db.get_value(doctype, quote_name, "name", for_update=True)
	approval = frappe.get_doc(APPROVAL, name, for_update=True)
	if approval.status != ApprovalStatus.PENDING.value:
		refuse(Refusal("nothing_waits"))
	return approval, frappe.get_doc(doctype, quote_name, for_update=True)


def quote_of(links: Any) -> tuple[str, str]:
	"""(DocType, name) of what a request is about."""
	for doctype, approvable in APPROVABLES.items():
		if links.get(approvable.link):
			return doctype, links.get(approvable.link)
	frappe.throw(_("This request for approval does not exist."), frappe.DoesNotExistError)


def refuse(refusal: Refusal) -> None:
	frappe.throw(refusal_to_decide_text(refusal), frappe.PermissionError, title=_("Cannot Decide"))


# Changing it


def log(
	approval: Document,
	entry: Entry,
	*,
	user: str | None = None,
	step: Document | None = None,
	seen: Assessment | None = None,
	**said: Any,
) -> None:
	"""Add what somebody did; `said` are fields of its row, `seen` is the quote as it was then."""
	row = {
		"decision": entry.value,
		"user": user or frappe.session.user,
		"decided_on": moment(),
		"fingerprint": seen.fingerprint if seen else None,
	}
	if step:
		row |= {"rule": step.rule, "title": step.title, "measured": _measured(approval, step, seen)}
	approval.append("decisions", row | said)


def _measured(approval: Document, row: Document, seen: Assessment | None) -> float:
	"""What the step's rule measures of the quote as it was seen, else what was asked about."""
	if seen is None:
		return row.measured
	rule = approvals.as_steps(approval)[row.idx - 1].rule
	value = seen.measures.worst(rule.measure, rule.scope, rule.above)
	return row.measured if value is None else flt(value)


def settle(approval: Document) -> None:
	"""Bring steps, status and deadline up to date with the log."""
	steps, now = approvals.as_steps(approval), moment()
	status = status_of_steps(steps)
	hours = OfficeHours.of(approval.company)
	for row, step in zip(approval.steps, steps, strict=True):
		_settle_step(row, step, step_status(step, steps), hours, now)
	approval.status = status.value
	if status is not ApprovalStatus.PENDING:
		end(approval, status)
	deadlines = [
		row.deadline for row in approval.steps if row.status == StepStatus.PENDING.value and row.deadline
	]
	approval.deadline = min(deadlines, default=None)


def _settle_step(row: Document, step: Step, status: StepStatus, hours: OfficeHours, now: datetime) -> None:
	if row.status == status.value:
		return
	row.status = status.value
	if status is StepStatus.PENDING:
		row.update({"asked_on": now, **_times(step, hours, now)})
	elif step.votes:
		last = step.votes[-1]
		row.update({"decided_on": last.on, "decided_by": last.user, "comment": last.comment})


def _times(step: Step, hours: OfficeHours, now: datetime) -> dict[str, datetime]:
	"""When a step whose turn it is must be answered, and when who is asked is reminded."""
	within, before = step.rule.deadline_hours, step.rule.reminder_hours
	if not within:
		return {}
	times = {"deadline": hours.due(now, within)}
	if before and before < within:
		times["remind_on"] = hours.due(now, within - before)
	return times


def end(approval: Document, status: ApprovalStatus) -> None:
	"""Nobody is asked any more."""
	approval.update({"status": status.value, "closed_on": moment(), "deadline": None})
	for row in approval.steps:
		if row.status not in [each.value for each in (*AGREED, StepStatus.REJECTED)]:
			row.status = CLOSED


# Writing it


def write(approval: Document, quote: Document) -> None:
	"""Save a request, have its quote say how it stands, and tell whoever's turn it is now."""
	approval.flags.ignore_links = True
	with approval.written_by_app():
		approval.save(ignore_permissions=True)
	follow(approval, quote)


def follow(approval: Document, quote: Document) -> None:
	"""The quote says how its request stands, whoever's turn it is hears of it.

	Nothing marks the quote as changed: who has it open may still save it.
	"""
	approvable = APPROVABLES[quote.doctype]
	quote.set(approvable.approval, approval.name)
	quote.set(approvable.status, standing_of(quote).value)
	said = {field: quote.get(field) for field in (approvable.approval, approvable.status)}
	frappe.db.set_value(quote.doctype, quote.name, said, update_modified=False)
	telling.tell_asked(approval, quote)
