"""Revisions of a quote: their numbers, their record, and one taking the place of the other."""

from __future__ import annotations

import json
from datetime import date, datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name, get_workflow_state_field
from frappe.utils import add_days, date_diff, get_link_to_form

from pipeline_ext.reports import quotations, revisions
from pipeline_ext.reports.gate import moment

OWN_FIELDS = ("pe_revision", "pe_revision_of", "pe_superseded_by")

ORDERED = ("Partially Ordered", "Ordered")
"""ERPNext writes these statuses when an order is submitted: a locked quotation tells of it at once."""

KEPT_BY_A_REVISION = ("naming_series", "title", "select_print_heading")
KEPT_BY_ITS_LINES = (
	"prevdoc_doctype",
	"prevdoc_docname",
	"against_blanket_order",
	"blanket_order",
	"blanket_order_rate",
)
"""What a copy leaves behind and a revision does not."""


class NotRevisable(frappe.ValidationError):
	"""A revision was asked for, or submitted, of a quotation that cannot have one."""


class OrderedFromSuperseded(frappe.ValidationError):
	"""A sales order refers to a quotation that does not count any more."""


def keep_own(doc: Document) -> None:
	"""Which revision a quotation is, and of what, is the server's to say, not the client's."""
	before = doc.get_doc_before_save()
	own = {field: before.get(field) for field in OWN_FIELDS} if before else _own_of_new(doc)
	doc.update(own)


def _own_of_new(doc: Document) -> dict[str, str | int | None]:
	return {
		"pe_revision": 0,
		"pe_revision_of": doc.flags.pe_revision_of or _cancelled(doc.amended_from),
		"pe_superseded_by": None,
	}


def _cancelled(quotation: str | None) -> str | None:
	"""The quotation if it is cancelled; Frappe refuses to amend any other."""
	return quotation and frappe.db.get_value("Quotation", {"name": quotation, "docstatus": 2})


# Submitting


def supersede(doc: Document) -> None:
	"""Number a quotation that is being submitted; the revision whose place it takes is cancelled."""
	doc.pe_revision = 1
	if doc.pe_revision_of:
		predecessor = frappe.get_doc("Quotation", doc.pe_revision_of, for_update=True)
		last = _last_revision(predecessor)
		if last.quotation != predecessor.name:
			_refuse_superseded(predecessor)
		_refuse_ordered(predecessor)
		_refuse_lost(predecessor)
		_cancel_superseded(predecessor, doc.name)
		doc.pe_revision = last.number + 1


def _cancel_superseded(predecessor: Document, successor: str) -> None:
	if predecessor.docstatus.is_submitted():
		predecessor.flags.ignore_permissions = True
		predecessor.cancel()
	predecessor.db_set("pe_superseded_by", successor, update_modified=False)


def record(doc: Document) -> None:
	"""Write down the state in which a quotation was submitted."""
	quote = revisions.quote_of(doc.pe_revision_of) if doc.pe_revision_of else doc.name
	assessment = doc.flags.pe_assessment or quotations.assess(doc)
	_append(doc, assessment, quote, doc.pe_revision)


def record_change(doc: Document) -> None:
	"""Write down the state of a submitted quotation whose commercial content was changed in place."""
	before = doc.get_doc_before_save()
	last = _last_revision(before)
	assessment = doc.flags.pe_assessment or quotations.assess(doc)
	if assessment.fingerprint != last.fingerprint:
		doc.pe_revision = last.number + 1
		frappe.db.set_value("Quotation", doc.name, "pe_revision", doc.pe_revision, update_modified=False)
		_append(doc, assessment, last.first_quotation, doc.pe_revision)


def _last_revision(quotation: Document) -> frappe._dict:
	"""The last revision of the quote, locked. What was submitted before the app was there is recorded now."""
	quote = revisions.quote_of(quotation.name)
	return revisions.last_of(quote, for_update=True) if quote else _record_late(quotation)


def _record_late(quotation: Document) -> frappe._dict:
	before = quotation.amended_from
	last = _last_revision(frappe.get_doc("Quotation", before)) if before else None
	quote, number = (last.first_quotation, last.number + 1) if last else (quotation.name, 1)
	_append(
		quotation,
		quotations.assess(quotation),
		quote,
		number,
		submitted_on=quotation.modified,
		submitted_by=quotation.modified_by,
	)
	return revisions.last_of(quote)


def _append(
	doc: Document, assessment: quotations.Assessment, quote: str, number: int, **submission: datetime | str
) -> None:
	revision = frappe.new_doc("Quote Revision")
	revision.update(
		{
			"quotation": doc.name,
			"first_quotation": quote,
			"number": number,
			"submitted_on": moment(),
			"submitted_by": frappe.session.user,
			"approval": doc.pe_approval,
			"fingerprint": assessment.fingerprint,
			"content": json.dumps(revisions.content_of(doc, assessment.measures)),
			"measures": json.dumps(revisions.measures_data(assessment.measures)),
			"lines": json.dumps(revisions.lines_data(doc, assessment.measures)),
			**submission,
		}
	)
	with revision.written_by_app():
		revision.insert(ignore_permissions=True, ignore_links=True)


# Making a revision


def make_revision(name: str) -> Document:
	"""A draft that takes the quotation's place once it is submitted; until then the quotation is valid."""
	quotation = frappe.get_doc("Quotation", name, for_update=True)
	_refuse_unsubmitted(quotation)
	_refuse_ordered(quotation)
	_refuse_lost(quotation)
	_refuse_second_draft(quotation)
	revision = _copy(quotation)
	revision.flags.pe_revision_of = quotation.name
	return revision.insert()


def _copy(quotation: Document) -> Document:
	"""The same quote, dated today and valid for as many days."""
	revision = frappe.copy_doc(quotation, ignore_no_copy=False)
	later = date_diff(moment().date(), quotation.transaction_date)
	revision.update({field: quotation.get(field) for field in KEPT_BY_A_REVISION})
	for row, original in zip(revision.items, quotation.items, strict=True):
		row.update({field: original.get(field) for field in KEPT_BY_ITS_LINES})
	revision.docstatus = 0
	revision.transaction_date = moment().date()
	revision.valid_till = _later(quotation.valid_till, later)
	if not quotation.payment_terms_template:
		_copy_payment_schedule(quotation, revision, later)
	if workflow := get_workflow_name("Quotation"):
		revision.set(get_workflow_state_field(workflow), None)
	return revision


def _copy_payment_schedule(quotation: Document, revision: Document, later: int) -> None:
	for row in quotation.payment_schedule:
		copied = frappe.copy_doc(row)
		copied.due_date = _later(row.due_date, later)
		copied.discount_date = _later(row.discount_date, later)
		revision.append("payment_schedule", copied)


def _later(day: date | str | None, days: int) -> date | str | None:
	return add_days(day, days) if day else None


# Refusing


def refuse_superseded(order: Document) -> None:
	"""No Sales Order from a quotation that is superseded or cancelled, or is just being so: it is locked."""
	names = {row.prevdoc_docname for row in order.items if row.prevdoc_docname}
	if not names:
		return
	table = frappe.qb.DocType("Quotation")
	query = frappe.qb.from_(table).select(table.name, table.docstatus).where(table.name.isin(sorted(names)))
	rows = query.for_update().run(as_dict=True)
	cancelled = sorted(row.name for row in rows if row.docstatus == 2)
	if cancelled:
		frappe.throw(
			_("Nothing can be ordered from {0}.").format(get_link_to_form("Quotation", cancelled[0]))
			+ " "
			+ _where_to_go_on(cancelled[0]),
			OrderedFromSuperseded,
			title=_("Quotation Does Not Count Any More"),
		)


def _where_to_go_on(quotation: str) -> str:
	current = revisions.current_of(quotation, for_update=True)
	if current:
		return _("Its current revision is {0}: go on from there.").format(
			get_link_to_form("Quotation", current)
		)
	return _("It is cancelled, and no revision has taken its place.")


def _refuse(quotation: Document, why: str, what_to_do: str) -> None:
	link = get_link_to_form("Quotation", quotation.name)
	frappe.throw(f"{why.format(link)} {what_to_do}", NotRevisable, title=_("No Revision Possible"))


def _refuse_unsubmitted(quotation: Document) -> None:
	if quotation.docstatus.is_draft():
		_refuse(quotation, _("{0} is a draft."), _("Change it directly."))
	if quotation.docstatus.is_cancelled():
		_refuse_superseded(quotation)


def _refuse_superseded(quotation: Document) -> None:
	_refuse(quotation, _("{0} does not count any more."), _where_to_go_on(quotation.name))


def _refuse_ordered(quotation: Document) -> None:
	order_lines = {"prevdoc_docname": quotation.name, "docstatus": 1}
	if quotation.status in ORDERED or frappe.db.exists("Sales Order Item", order_lines):
		_refuse(
			quotation,
			_("{0} has been ordered from."),
			_("Change the order, or quote what comes on top separately."),
		)


def _refuse_lost(quotation: Document) -> None:
	if quotation.status == "Lost":
		_refuse(quotation, _("{0} is lost."), _("Cancel and amend it if the customer is interested again."))


def _refuse_second_draft(quotation: Document) -> None:
	drafts = {"pe_revision_of": quotation.name, "docstatus": 0}
	draft = frappe.db.get_value("Quotation", drafts, "name", for_update=True)
	if draft:
		_refuse(
			quotation,
			_("A revision of {0} is being written already."),
			_("Go on with {0}, or delete it.").format(get_link_to_form("Quotation", draft)),
		)
