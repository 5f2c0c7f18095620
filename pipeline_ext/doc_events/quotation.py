"""Quotation: its approval status on every save, and no submit without the approval it needs."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.domain.pipeline import Trigger
from pipeline_ext.messages import listed
from pipeline_ext.reports import quotations
from pipeline_ext.reports.deals import deals_of_quotation

MAY_SUBMIT = (QuoteStatus.NOT_REQUIRED, QuoteStatus.APPROVED)


class ApprovalMissing(frappe.ValidationError):
	"""A quotation that needs approval was submitted without it."""


def before_insert(doc: Document, method: str | None = None) -> None:
	"""A copy, an amendment and an import start without the approval of what they come from."""
	doc.pe_approval = None
	doc.pe_approval_status = None


def before_save(doc: Document, method: str | None = None) -> None:
	keep_own_approval(doc)
	doc.pe_approval_status = quotations.status_of(doc, quotations.assess(doc)).value


def before_submit(doc: Document, method: str | None = None) -> None:
	keep_own_approval(doc)
	assessment = quotations.assess(doc)
	status = quotations.status_of(doc, assessment, for_update=True)
	doc.pe_approval_status = status.value
	if status not in MAY_SUBMIT:
		refuse_submit(assessment, status)


def on_submit(doc: Document, method: str | None = None) -> None:
	reach(Trigger.QUOTATION_SUBMITTED, doc, deals_of_quotation(doc))


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	keep_own_approval(doc)
	before = doc.get_doc_before_save()
	doc.pe_approval_status = before.pe_approval_status if before else doc.pe_approval_status


def on_trash(doc: Document, method: str | None = None) -> None:
	for name in frappe.get_all("Quote Approval", {"quotation": doc.name}, pluck="name"):
		approval = frappe.get_doc("Quote Approval", name)
		approval.flags.in_quotation_trash = True
		approval.delete(ignore_permissions=True)


def keep_own_approval(doc: Document) -> None:
	"""Which request belongs to a quotation is the server's to say, not the client's."""
	before = doc.get_doc_before_save()
	doc.pe_approval = before.pe_approval if before else None


def refuse_submit(assessment: quotations.Assessment, status: QuoteStatus) -> None:
	what_to_do = {
		QuoteStatus.REQUIRED: _("Choose Approval > Request Approval."),
		QuoteStatus.PENDING: _("Wait for the approver, or remind them."),
		QuoteStatus.REJECTED: _("Change the quotation, then request approval again."),
		QuoteStatus.RECALLED: _("The request was recalled. Request approval again."),
		QuoteStatus.STALE: _("It was changed after approval was asked for. Request approval again."),
	}
	broken = [
		_("{0}: {1} is more than {2}").format(
			frappe.utils.escape_html(step.rule.title),
			frappe.format(step.measured, "Float"),
			frappe.format(step.rule.threshold, "Float"),
		)
		for step in assessment.steps
	]
	frappe.throw(
		_("This quotation needs approval before it is submitted.") + listed(broken) + what_to_do[status],
		ApprovalMissing,
		title=_("Approval Needed"),
	)
