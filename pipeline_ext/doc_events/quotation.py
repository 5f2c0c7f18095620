"""Quotation: its approval status on every save, no submit without the approval it needs, its revisions."""

from __future__ import annotations

from frappe import _
from frappe.model.document import Document

from pipeline_ext.doc_events import approval
from pipeline_ext.doc_events.bad_numbers import refuse_bad_numbers, refuse_impossible_numbers
from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.domain.pipeline import Trigger
from pipeline_ext.quoting import closing, leaving, revising
from pipeline_ext.reports import quotations
from pipeline_ext.reports.deals import deals_of_quotation


def before_insert(doc: Document, method: str | None = None) -> None:
	approval.start_afresh(doc)


def before_validate(doc: Document, method: str | None = None) -> None:
	refuse_bad_numbers(doc, doc.company)
	if doc.flags.ignore_validate:
		(before_submit if doc.docstatus.is_submitted() else before_save)(doc)


def before_save(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	revising.keep_own(doc)
	refuse_impossible_numbers(doc, doc.company)
	approval.note(doc)


def before_submit(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	revising.keep_own(doc)
	doc.flags.pe_assessment = quotations.assess(doc)
	approval.hold(doc, doc.flags.pe_assessment)
	revising.supersede(doc)


def on_submit(doc: Document, method: str | None = None) -> None:
	revising.record(doc)
	if doc.pe_approval and doc.pe_approval_status == QuoteStatus.NOT_REQUIRED.value:
		closing.close(doc.doctype, doc.name, _("The quotation needs no approval any more."))
	reach(Trigger.QUOTATION_SUBMITTED, doc, deals_of_quotation(doc))


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	revising.keep_own(doc)
	doc.flags.pe_assessment = quotations.assess(doc) if approval.is_changed(doc) else None
	if doc.flags.pe_assessment:
		approval.hold(doc, doc.flags.pe_assessment)


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	if doc.flags.pe_assessment:
		revising.record_change(doc)


def before_change(doc: Document, method: str | None = None) -> None:
	if approval.is_submitted_by_db_set(doc):
		approval.hold(doc, quotations.assess(doc))


def before_cancel(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	revising.keep_own(doc)


def on_cancel(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The quotation was cancelled."))


def before_discard(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The quotation was discarded."))


def on_trash(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The quotation was deleted."))


def before_print(doc: Document, method: str | None = None, settings: dict | None = None) -> None:
	"""Whatever prints it: the mark is put on in `printing`."""
	leaving.refuse_to_leave(doc)
