"""Holds a document that gives something away until what it needs is approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import frappe
from frappe.model.document import Document

from pipeline_ext.doc_events.approval_refusal import refuse, refuse_own
from pipeline_ext.doc_events.bad_numbers import refuse_impossible_numbers
from pipeline_ext.domain.approvals import (
	ApproverType,
	QuoteStatus,
	Request,
	Step,
	StepStatus,
	agreed_before,
	uncovered,
)
from pipeline_ext.domain.approvals import status_of as status_of_steps
from pipeline_ext.domain.orders import Undercut
from pipeline_ext.domain.quotes import fingerprint
from pipeline_ext.quoting.asking import grant_alone
from pipeline_ext.quoting.standing import MAY_GO_ON, standing_of
from pipeline_ext.reports.approvals import judged, request_of
from pipeline_ext.reports.quotations import Assessment, commercial_content
from pipeline_ext.subjects import APPROVABLES


def start_afresh(doc: Document) -> None:
	"""A copy, an amendment and an import start without the approval of what they come from."""
	fields = APPROVABLES[doc.doctype]
	doc.update({fields.status: None, fields.approval: None})


def keep_own_fields(doc: Document) -> None:
	"""Which request is a document's own is the server's to say, not the client's."""
	before = doc.get_doc_before_save()
	fields = APPROVABLES[doc.doctype]
	doc.set(fields.approval, before.get(fields.approval) if before else None)
	doc.set(fields.status, before.get(fields.status) if before else None)


def note(doc: Document) -> None:
	"""Say in the document what its approval is worth for it as it is now; that never stops a draft."""
	_say(doc, standing_of(doc))


def hold(doc: Document, assessment: Assessment, undercuts: Sequence[Undercut] = ()) -> None:
	"""Refuse unless what the document gives away is approved.

	What its submitter may grant alone is granted, and nobody submits what only they have agreed to.
	"""
	refuse_impossible_numbers(doc, doc.company)
	request = request_of(doc, for_update=True) if assessment.breaches else None
	status = judged(assessment, request)
	if status is QuoteStatus.APPROVED and not _holds_without(frappe.session.user, assessment, request):
		refuse_own(doc)
	if status not in MAY_GO_ON and _may_be_granted_alone(assessment, request):
		grant_alone(doc, assessment)
		status = QuoteStatus.APPROVED
	if status not in MAY_GO_ON:
		refuse(doc, assessment, status, undercuts)
	_say(doc, status)


def is_submitted_by_db_set(doc: Document) -> bool:
	"""Whether `db_set`, which fires none of the events of a save, is about to make a document submitted."""
	before = doc.get_doc_before_save()
	if not doc.docstatus.is_submitted() or doc.get("_action") == "submit":
		return False
	return before is not None and not before.docstatus.is_submitted()


def is_changed(doc: Document) -> bool:
	"""Whether anything commercial of a submitted document changes.

	ERPNext's "Update Items" writes the rows before the document, so that nothing is left to compare with.
	"""
	if doc.flags.ignore_validate_update_after_submit:
		return True
	now, before = (commercial_content(each) for each in (doc, doc.get_doc_before_save()))
	return fingerprint(now) != fingerprint(before)


def _say(doc: Document, status: QuoteStatus) -> None:
	doc.set(APPROVABLES[doc.doctype].status, status.value)


def _may_be_granted_alone(assessment: Assessment, request: Request | None) -> bool:
	agreed = agreed_before(request, assessment.policy.name, assessment.subject)
	missing = uncovered(assessment.breaches, agreed)
	return all(breach.rule.approver is ApproverType.ONESELF for breach in missing)


def _holds_without(user: str, assessment: Assessment, request: Request) -> bool:
	"""Whether an approval holds without the votes of a user, and those in the user's name."""
	steps = tuple(_without_votes_of(user, step) for step in request.steps)
	return judged(assessment, replace(request, steps=steps, status=status_of_steps(steps))) in MAY_GO_ON


def _without_votes_of(user: str, step: Step) -> Step:
	votes = tuple(vote for vote in step.votes if user not in (vote.user, vote.on_behalf_of))
	if step.settled is StepStatus.KEPT and votes != step.votes:
		return replace(step, votes=votes, settled=None)
	return replace(step, votes=votes)
