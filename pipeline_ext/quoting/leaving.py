"""Whether a quotation that still needs approval may leave the house, and how it is marked if it does."""

from __future__ import annotations

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.quoting.standing import MAY_GO_ON, standing_of
from pipeline_ext.reports import policies

STAYS = "Do not leave the house"
PRINTING_HOOK = "pipeline_ext.printing.pdf_body_html"
MARK = "pipeline_ext/templates/not_approved.html"


class MustNotLeave(frappe.ValidationError):
	"""A quotation was to leave the house before it was approved."""


def mark_of(quotation: Document) -> str:
	"""What stands above and behind a quotation that leaves unapproved, as HTML; nothing for any other.

	Raises where the settings keep such ones in.
	"""
	if not is_unapproved(quotation):
		return ""
	if stays():
		_refuse(
			_("{0} is not approved yet, so it is not printed, mailed or shown to the customer."), quotation
		)
	return frappe.render_template(MARK, {})


def refuse_to_leave(quotation: Document) -> None:
	"""Raise if the quotation is unapproved and is kept in, or would be printed without its mark."""
	if stays():
		mark_of(quotation)
		return
	last = frappe.get_hooks("pdf_body_html")[-1]
	if last != PRINTING_HOOK and is_unapproved(quotation):
		app = last.split(".")[0]
		_refuse(_("{0} is not approved yet, and {1} prints quotations without the mark."), quotation, app)


def _refuse(why: str, quotation: Document, *details: str) -> NoReturn:
	text = why.format(quotation.name or _("The quotation"), *details)
	what_to_do = _("Choose Approval > Request Approval.")
	frappe.throw(f"{text} {what_to_do}", MustNotLeave, title=_("Not Approved"))


def stays() -> bool:
	return frappe.get_cached_doc("Pipeline Settings").unapproved_quotes == STAYS


def is_unapproved(quotation: Document) -> bool:
	"""Whether it is a draft that needs an approval which it has not, as the database holds it.

	What a client sends to be printed may say anything of itself.
	"""
	if not policies.heads():
		return False
	if frappe.db.exists("Quotation", quotation.name):
		quotation = frappe.get_doc("Quotation", quotation.name)
	return quotation.docstatus.is_draft() and standing_of(quotation) not in MAY_GO_ON
