"""Sales Order: it gives away no more than was approved; a submitted one brings its deals to their stage."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_link_to_form

from pipeline_ext.doc_events import approval
from pipeline_ext.doc_events.bad_numbers import refuse_bad_numbers, refuse_impossible_numbers
from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.pipeline import Trigger
from pipeline_ext.quoting import closing
from pipeline_ext.quoting.revising import refuse_superseded
from pipeline_ext.reports import orders
from pipeline_ext.reports.approvers import quotations_of
from pipeline_ext.reports.deals import deals_of_quotations


def before_insert(doc: Document, method: str | None = None) -> None:
	approval.start_afresh(doc)


def before_validate(doc: Document, method: str | None = None) -> None:
	refuse_bad_numbers(doc, doc.company)
	if doc.flags.ignore_validate:
		(before_submit if doc.docstatus.is_submitted() else before_save)(doc)


def before_save(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	refuse_to_leave_quotations(doc)
	refuse_impossible_numbers(doc, doc.company)
	approval.note(doc)


def before_submit(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	refuse_to_leave_quotations(doc)
	refuse_superseded(doc)
	hold(doc)


def on_submit(doc: Document, method: str | None = None) -> None:
	quotations = {row.prevdoc_docname for row in doc.items if row.prevdoc_docname}
	reach(Trigger.ORDER_SUBMITTED, doc, deals_of_quotations(quotations))


def before_update_after_submit(doc: Document, method: str | None = None) -> None:
	approval.keep_own_fields(doc)
	if approval.is_changed(doc):
		hold(doc)


def before_change(doc: Document, method: str | None = None) -> None:
	if approval.is_submitted_by_db_set(doc):
		refuse_superseded(doc)
		hold(doc)


def on_cancel(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The order was cancelled."))


def before_discard(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The order was discarded."))


def on_trash(doc: Document, method: str | None = None) -> None:
	closing.close(doc.doctype, doc.name, _("The order was deleted."))


def refuse_to_leave_quotations(doc: Document) -> None:
	"""An order that comes from quotations keeps a row of one: they say what it is judged by."""
	before = doc.get_doc_before_save()
	came_from = quotations_of(before) if before else []
	if came_from and not quotations_of(doc):
		frappe.throw(
			_("This order was made from {0}. Keep a row of it, or make a new order.").format(
				get_link_to_form("Quotation", came_from[0])
			),
			title=_("No Row of the Quotation Left"),
		)


def hold(doc: Document) -> None:
	comparison = orders.compare(doc, for_update=True)
	approval.hold(doc, comparison.assessment, comparison.undercuts)
