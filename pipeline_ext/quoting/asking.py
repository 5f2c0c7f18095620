"""Asking for the approval of a quote: what still covers is kept, and only the rest is asked."""

from __future__ import annotations

import json
from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt, getdate

from pipeline_ext.domain.approvals import ApprovalStatus, Breach, QuoteStatus, Step, StepStatus
from pipeline_ext.messages import listed
from pipeline_ext.quoting import closing, requests
from pipeline_ext.quoting.requests import Entry
from pipeline_ext.quoting.standing import assessed
from pipeline_ext.reports import approval_views, approvals
from pipeline_ext.reports.approvers import Approvers
from pipeline_ext.reports.gate import moment
from pipeline_ext.reports.quotations import Assessment, measures_of
from pipeline_ext.subjects import APPROVABLES, MEASURE_LABELS


def ask(doc: Document, comment: str | None) -> Document:
	"""Ask, as the session's user, for what a stored draft needs; the caller has locked it."""
	refuse_what_cannot_be_asked(doc)
	assessment = assessed(doc, everything=True)
	if not assessment.breaches:
		frappe.throw(_("This needs no approval. Submit it."), title=_("No Approval Needed"))
	approval = _drawn_up(doc, assessment, comment)
	_insert(approval, doc)
	requests.follow(approval, doc)
	return approval


def grant_alone(doc: Document, assessment: Assessment) -> Document:
	"""Record what the session's user may grant alone, of a quote that is being submitted."""
	approval = _drawn_up(doc, replace(assessment, measures=measures_of(doc)), comment=None)
	if approval.status != ApprovalStatus.APPROVED.value:
		frappe.throw(_("You cannot grant all of this alone. Ask for approval."), title=_("Not Yours Alone"))
	_insert(approval, doc)
	doc.set(APPROVABLES[doc.doctype].approval, approval.name)
	doc.set(APPROVABLES[doc.doctype].status, QuoteStatus.APPROVED.value)
	return approval


def refuse_what_cannot_be_asked(doc: Document) -> None:
	if doc.docstatus != 0:
		frappe.throw(_("Only a draft can be sent for approval."), title=_("Not a Draft"))
	if doc.get("valid_till") and getdate(doc.valid_till) < moment().date():
		frappe.throw(
			_("{0} is no longer valid. Move Valid Till, then ask for approval.").format(doc.name),
			title=_("Expired"),
		)


def _drawn_up(doc: Document, assessment: Assessment, comment: str | None) -> Document:
	"""The new request, not written yet."""
	planned = approvals.plan(doc, assessment, frappe.session.user, for_update=True)
	_refuse_if_nobody_may_answer(planned)
	approval = frappe.new_doc(approvals.APPROVAL)
	approval.update(_head(doc, assessment, comment))
	for row in approval_views.line_rows(doc, assessment.measures):
		approval.append("lines", {**row, "currency": approval.currency})
	for step, breach in zip(planned, assessment.breaches, strict=True):
		approval.append("steps", _row(step, breach))
	requests.log(approval, Entry.REQUESTED, seen=assessment, comment=comment)
	for row, step in zip(approval.steps, planned, strict=True):
		_log_step(approval, row, step, assessment)
	_log_who_was_brought_in(approval, doc, planned)
	requests.settle(approval)
	return approval


def _refuse_if_nobody_may_answer(planned: tuple[Step, ...]) -> None:
	stuck = [step.rule.title for step in planned if not step.settled and len(step.asked) < step.needed]
	if stuck:
		frappe.throw(
			_("Too few people may agree to this, even above the owner:")
			+ listed(map(escape_html, stuck))
			+ _(
				"Ask a Pipeline Administrator to name more approvers, or to give somebody the role Deal Desk."
			),
			title=_("Nobody to Ask"),
		)


def _head(doc: Document, assessment: Assessment, comment: str | None) -> dict:
	figures = approval_views.figures(assessment.measures)
	return {
		APPROVABLES[doc.doctype].link: doc.name,
		"customer_name": approval_views.customer_name(doc),
		"policy": assessment.policy.name,
		"company": doc.company,
		"currency": frappe.get_cached_value("Company", doc.company, "default_currency"),
		"requested_by": frappe.session.user,
		"requested_on": moment(),
		"changed_by": doc.modified_by,
		"comment": comment,
		"list_value": figures["list_value"],
		"quoted_value": figures["quoted_value"],
		"discount_amount": figures["discount_amount"],
		"discount_percent": figures["discount_percent"],
		"margin_amount": figures["margin_amount"],
		"margin_percent": figures["margin_percent"],
		"unpriced_lines": figures["lines_without_list_price"],
		"measures": json.dumps(figures),
		"fingerprint": assessment.fingerprint,
		"subject": assessment.subject,
	}


def _row(step: Step, breach: Breach) -> dict:
	rule = breach.rule
	return {
		"rule": rule.key,
		"title": rule.title,
		"measure": MEASURE_LABELS[rule.measure],
		"scope": rule.scope.value,
		"comparison": "Above" if rule.above else "Below",
		"measured": flt(breach.measured),
		"threshold": flt(rule.threshold),
		"approval_group": rule.group,
		"level": rule.level,
		"approver_type": rule.approver.value,
		"role": rule.role,
		"user": rule.user,
		"asked": "\n".join(step.asked),
		"needed": step.needed,
		"status": (step.settled or StepStatus.WAITING).value,
		"deadline_hours": flt(rule.deadline_hours),
		"reminder_hours": flt(rule.reminder_hours),
	}


def _log_step(approval: Document, row: Document, step: Step, seen: Assessment) -> None:
	"""What was granted by the asker, or is kept from those who agreed before: when they did, and to what."""
	if step.settled is StepStatus.GRANTED:
		row.update({"decided_by": frappe.session.user, "decided_on": moment()})
		requests.log(approval, Entry.GRANTED, step=row, seen=seen)
	for vote in step.votes if step.settled is StepStatus.KEPT else ():
		row.update({"decided_by": vote.user, "decided_on": vote.on})
		requests.log(
			approval,
			Entry.KEPT,
			user=vote.user,
			step=row,
			decided_on=vote.on,
			on_behalf_of=vote.on_behalf_of,
			comment=vote.comment,
			measured=flt(step.breach.measured),
		)


def _log_who_was_brought_in(approval: Document, doc: Document, planned: tuple[Step, ...]) -> None:
	"""Those from above, asked because too few of those whom the rule names may answer."""
	approvers = Approvers(doc, frappe.session.user)
	for row, step in zip(approval.steps, planned, strict=True):
		named = set() if step.settled else set(approvers.named_by(step.rule))
		for person in step.asked if not step.settled else ():
			if person not in named:
				requests.log(approval, Entry.ESCALATED, step=row, to_user=person)


def _insert(approval: Document, doc: Document) -> None:
	"""Write the request in place of the one that waits, if any does."""
	closing.close(doc.doctype, doc.name, _("A new request has taken its place."))
	approval.flags.ignore_links = True
	with approval.written_by_app():
		approval.insert(ignore_permissions=True)
