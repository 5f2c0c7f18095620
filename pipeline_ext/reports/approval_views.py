"""An approval as the desk shows it: what is given away, what that breaks, who is asked, what was said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import flt, get_fullname

from pipeline_ext.domain.approvals import ApprovalStatus, QuoteStatus, Step, StepStatus
from pipeline_ext.domain.quotes import MEASURES, LineMeasures, QuoteMeasures
from pipeline_ext.reports import approvals
from pipeline_ext.reports.approvers import is_order, own_people_of
from pipeline_ext.reports.gate import moment
from pipeline_ext.reports.office_hours import OfficeHours
from pipeline_ext.reports.quotations import Assessment
from pipeline_ext.subjects import MEASURE_LABELS

VERDICTS = {StepStatus.KEPT: "kept", StepStatus.GRANTED: "granted"}
FOLLOWED = (QuoteStatus.PENDING, QuoteStatus.APPROVED)
"""While a quote says this of itself, its request tells what is asked; else a new one would ask afresh."""

UNKNOWN = {
	(False, False): "",
	(True, False): "No list price",
	(False, True): "No cost",
	(True, True): "Neither list price nor cost",
}
"""What a line says of itself, by whether its list price and its cost are unknown."""


# A quote


def of_quote(doc: Document, assessment: Assessment, approval: Document | None) -> dict[str, Any]:
	"""What a quote gives away now, how its approval stands, and what the session's user may do about it."""
	may_write = frappe.has_permission(doc.doctype, "write", doc)
	status = approvals.judged(assessment, approvals.as_request(approval) if approval else None)
	follows = approval is not None and status in FOLLOWED
	asker = frappe.session.user if may_write else doc.owner
	planned = () if follows else approvals.plan(doc, assessment, asker)
	asks = doc.docstatus == 0 and bool(planned)
	return {
		"status": status.value,
		"policy": assessment.policy.name if assessment.policy else None,
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"measures": figures(assessment.measures),
		"measure_labels": dict(MEASURE_LABELS),
		"lines": [_line(row) for row in line_rows(doc, assessment.measures)],
		"steps": _asked_steps(approval) if follows else _planned_steps(doc, assessment, planned),
		"alone": asks and all(step.settled for step in planned),
		"may_request": asks and may_write,
		**_origin(doc, approval),
		**_said(approval),
		**_deeds(approval, doc),
	}


def _origin(doc: Document, approval: Document | None) -> dict[str, Any]:
	return {
		"quotation": None if is_order(doc) else doc.name,
		"sales_order": doc.name if is_order(doc) else None,
		"customer_name": customer_name(doc),
		"approval": approval.name if approval else None,
	}


def customer_name(doc: Document) -> str:
	return doc.get("customer_name") or doc.get("party_name") or doc.get("customer") or ""


def _planned_steps(doc: Document, assessment: Assessment, planned: Sequence[Step]) -> list[dict[str, Any]]:
	hours, now = OfficeHours.of(doc.company), moment()
	return [
		{
			**_step(step, breach.measured),
			"status": None,
			"deadline": None if step.settled else _due(hours, now, breach.rule.deadline_hours),
		}
		for step, breach in zip(planned, assessment.breaches, strict=True)
	]


def _due(hours: OfficeHours, start: datetime, within: Decimal | None) -> datetime | None:
	return hours.due(start, within) if within else None


# A request


def of_request(approval: Document, quote: Document | None) -> dict[str, Any]:
	"""A request as it was made, how it stands, and what the session's user may do about it."""
	return {
		"approval": approval.name,
		"quotation": approval.quotation or None,
		"sales_order": approval.sales_order or None,
		"customer_name": approval.customer_name,
		"status": approval.status,
		"policy": approval.policy,
		"currency": approval.currency,
		"measures": json.loads(approval.measures or "{}"),
		"measure_labels": dict(MEASURE_LABELS),
		"lines": [_line(row.as_dict()) for row in approval.lines],
		"steps": _asked_steps(approval),
		"alone": False,
		"may_request": False,
		**_said(approval),
		**_deeds(approval, quote),
	}


def _asked_steps(approval: Document) -> list[dict[str, Any]]:
	steps = approvals.as_steps(approval)
	return [
		{**_step(step, row.measured), "status": row.status, "deadline": row.deadline}
		for step, row in zip(steps, approval.steps, strict=True)
	]


def _said(approval: Document | None) -> dict[str, Any]:
	"""What was said and done in a request, with people's full names."""
	if approval is None:
		return {"comment": None, "question": None, "decisions": [], "deadline": None}
	question = open_question(approval)
	return {
		"comment": approval.comment or None,
		"question": question.comment if question else None,
		"deadline": approval.deadline,
		"requested_by": get_fullname(approval.requested_by),
		"requested_on": approval.requested_on,
		"decisions": [_entry(row) for row in approval.decisions],
	}


def _entry(row: Document) -> dict[str, Any]:
	return {
		"decision": row.decision,
		"decided_on": row.decided_on,
		"user": get_fullname(row.user) if row.user else "",
		"on_behalf_of": get_fullname(row.on_behalf_of) if row.on_behalf_of else None,
		"to_user": get_fullname(row.to_user) if row.to_user else None,
		"title": row.title or None,
		"comment": row.comment or None,
		"measured": row.measured,
	}


def open_question(approval: Document) -> Document | None:
	"""The last question that nobody has answered yet."""
	for row in reversed(approval.decisions):
		if row.decision in ("Asked", "Answered"):
			return row if row.decision == "Asked" else None
	return None


def _deeds(approval: Document | None, quote: Document | None) -> dict[str, Any]:
	"""What the session's user may do about a request; `decides_on` is the title of the step decided."""
	user = frappe.session.user
	waits = approval is not None and approval.status == ApprovalStatus.PENDING.value and quote is not None
	ballot = approvals.ballot_for(approval, quote, user) if waits else None
	step = approval.steps[ballot.position] if ballot else None
	return {
		"may_decide": bool(ballot),
		"may_ask": bool(ballot),
		"decides_on": step.title if step else None,
		"decides_by": step.deadline if step else None,
		"may_hand_over": waits and bool(approvals.ballot_for(approval, quote, user, in_person=True)),
		"may_recall": waits and may_recall(approval, quote, user),
		"may_answer": waits and may_answer(approval, quote, user),
	}


def may_recall(approval: Document, quote: Document, user: str) -> bool:
	"""Who asked, and whoever may write the quote, takes a request back."""
	return approval.requested_by == user or frappe.has_permission(quote.doctype, "write", quote, user)


def may_answer(approval: Document, quote: Document, user: str) -> bool:
	"""Whoever's quote it is answers what was asked about it."""
	return open_question(approval) is not None and user in own_people_of(approval, quote)


# Steps, figures and lines


def _step(step: Step, measured: Any) -> dict[str, Any]:
	rule = step.rule
	people = step.asked or tuple(vote.user for vote in step.votes)
	return {
		"title": rule.title,
		"measure": MEASURE_LABELS[rule.measure],
		"measured": flt(measured),
		"comparison": "Above" if rule.above else "Below",
		"threshold": flt(rule.threshold),
		"scope": rule.scope.value,
		"unit": MEASURES[rule.measure].unit.value,
		"group": rule.group,
		"level": rule.level,
		"approvers": [get_fullname(user) for user in people],
		"needed": step.needed,
		"verdict": VERDICTS.get(step.settled, "asks"),
	}


def figures(measures: QuoteMeasures) -> dict[str, float | None]:
	"""Every measure by its name, and the list value; None where it cannot be known."""
	return {name: _number(_figure(measures, name)) for name in ("list_value", *MEASURES)}


def _figure(measures: QuoteMeasures, name: str) -> Any:
	return getattr(measures.terms if hasattr(measures.terms, name) else measures, name)


def _number(value: Any) -> float | None:
	return None if value is None else flt(value)


def line_rows(doc: Document, measures: QuoteMeasures) -> list[dict[str, Any]]:
	"""What each line gives away, by the fields of Quote Approval Line."""
	items = {row.name: row for row in doc.items}
	return [_line_row(items[line.key], line) for line in measures.lines]


def _line_row(item: Document, line: LineMeasures) -> dict[str, Any]:
	return {
		"item_code": item.item_code,
		"item_name": item.item_name,
		"qty": item.qty,
		"uom": item.uom,
		"list_value": _number(line.list_value),
		"quoted_value": _number(line.quoted_value),
		"discount_percent": _number(line.discount_percent),
		"margin_percent": _number(line.margin_percent),
		"remark": UNKNOWN[line.list_value is None, line.cost is None],
		"row_name": item.name,
	}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
	unlisted, uncosted = next(known for known, remark in UNKNOWN.items() if remark == (row["remark"] or ""))
	margin = None if uncosted else row["margin_percent"]
	return {
		"item": row["item_name"] or row["item_code"],
		"list_value": None if unlisted else row["list_value"],
		"quoted_value": row["quoted_value"],
		"discount_percent": None if unlisted else row["discount_percent"],
		"margin_percent": margin,
		"below_cost": margin is not None and margin < 0,
		"remark": row["remark"],
	}
