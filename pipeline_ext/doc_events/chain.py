"""Any governed document: its ledger is its own, under whatever name it goes."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.history.renaming import hand_over, has_entries, is_taken_by_deleted, set_aside


def after_insert(doc: Document, method: str | None = None) -> None:
	"""Before the first entry is written: what a deleted document left under this name makes way."""
	if not doc.flags.pe_restored_from and is_taken_by_deleted(doc.doctype, doc.name):
		set_aside(doc.doctype, doc.name)


def before_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	if merge and has_entries(doc.doctype, old):
		refuse_merge(old, new)
	if not frappe.db.exists(doc.doctype, new):
		set_aside(doc.doctype, new)


def after_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Frappe's own map of dynamic links may be half a day old, and leave the entries behind."""
	hand_over(doc.doctype, old, new)


def refuse_merge(old: str, new: str) -> None:
	frappe.throw(
		_(
			"{0} has a history of its own, which cannot become that of {1}. "
			"Close it as lost instead, and say in a comment where it goes on."
		).format(frappe.bold(old), frappe.bold(new)),
		title=_("Two Histories Cannot Be One"),
	)
