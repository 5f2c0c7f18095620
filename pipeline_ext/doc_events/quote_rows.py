"""Rows of quotations and orders that are written by themselves, which fires none of their parent's events."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, get_link_to_form

from pipeline_ext.doc_events.bad_numbers import refuse_bad_numbers
from pipeline_ext.quoting.standing import standing_of
from pipeline_ext.subjects import APPROVABLES


class RowOfSubmitted(frappe.ValidationError):
	"""A row of a submitted quotation or order was to be written by itself."""


def before_validate(row: Document, method: str | None = None) -> None:
	refuse_if_submitted(row)
	refuse_bad_numbers_in(row)
	before = row.get_doc_before_save()
	if before and before.get("prevdoc_docname") and not row.get("prevdoc_docname"):
		refuse_if_last_quoted(before)


def before_update_after_submit(row: Document, method: str | None = None) -> None:
	refuse_if_submitted(row)


def before_cancel(row: Document, method: str | None = None) -> None:
	"""ERPNext's "Update Items" takes a row away through its order, by cancelling and then deleting it."""
	if row.parent_doc is not None:
		refuse_if_last_quoted(row)
		row.flags.ignore_validate_update_after_submit = True
	refuse_if_submitted(row)


def on_trash(row: Document, method: str | None = None) -> None:
	refuse_if_submitted(row)
	refuse_if_last_quoted(row)


def on_update(row: Document, method: str | None = None) -> None:
	restate_drafts(row)


def after_delete(row: Document, method: str | None = None) -> None:
	restate_drafts(row)


def refuse_if_submitted(row: Document) -> None:
	"""What "Update Items" writes is let through: it saves the order afterwards, which is then judged."""
	if row.flags.ignore_validate_update_after_submit:
		return
	for doctype, name, docstatus in _parents(row):
		if docstatus:
			frappe.throw(
				_("{0} is submitted. Its rows are changed by amending it, not by themselves.").format(
					get_link_to_form(doctype, name)
				),
				RowOfSubmitted,
				title=_("Row of a Submitted Document"),
			)


def refuse_bad_numbers_in(row: Document) -> None:
	for doctype, name, _docstatus in _parents(row):
		refuse_bad_numbers(row, frappe.db.get_value(doctype, name, "company"))


def refuse_if_last_quoted(row: Document) -> None:
	"""An order keeps a line of its quotation, which says what its other lines are judged by."""
	if row.doctype != "Sales Order Item" or not row.prevdoc_docname:
		return
	others = {"parent": row.parent, "name": ("!=", row.name), "prevdoc_docname": ("is", "set")}
	if not frappe.db.exists(row.doctype, others):
		frappe.throw(
			_("Row {0} is the last one of {1}. Keep it, or make a new order.").format(
				row.idx, get_link_to_form("Quotation", row.prevdoc_docname)
			),
			RowOfSubmitted,
			title=_("Last Row of the Quotation"),
		)


def restate_drafts(row: Document) -> None:
	"""A draft says what its approval is worth with its rows as they are now."""
	for doctype, name, docstatus in _parents(row):
		if not docstatus:
			doc = frappe.get_doc(doctype, name)
			doc.calculate_taxes_and_totals()
			status = standing_of(doc).value
			frappe.db.set_value(doctype, name, APPROVABLES[doctype].status, status, update_modified=False)


def _parents(row: Document) -> Iterator[tuple[str, str, int]]:
	"""The quotations and orders that a row belongs to and has belonged to: (DocType, name, docstatus).

	The database is asked how they are spelt, because it also finds their rows under another spelling.
	"""
	belongs = {
		(cstr(each.parenttype), cstr(each.parent)) for each in (row, row.get_doc_before_save()) if each
	}
	for parenttype, parent in belongs:
		doctype = frappe.db.get_value("DocType", {"name": parenttype})
		if doctype in APPROVABLES:
			found = frappe.db.get_value(doctype, {"name": parent}, ["name", "docstatus"])
			if found:
				yield doctype, *found
