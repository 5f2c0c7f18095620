"""What Frappe asks while it prints a document or shows it on the website."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document

from pipeline_ext.quoting import leaving


def pdf_body_html(args: dict[str, Any], **kwargs: Any) -> str:
	"""What the app that would have printed without us makes of the document, under our mark."""
	previous = [hook for hook in frappe.get_hooks("pdf_body_html") if hook != leaving.PRINTING_HOOK][-1]
	return print_mark(args["doc"]) + frappe.get_attr(previous)(args=args, **kwargs)


def print_mark(doc: Document) -> str:
	"""For templates: the mark above an unapproved quotation. Raises where it must not be printed at all."""
	return leaving.mark_of(doc) if doc.doctype == "Quotation" else ""


def update_website_context(context: dict[str, Any]) -> dict[str, str]:
	"""The page of a quotation on the customer's portal has the mark above it, or is not shown."""
	doc = context.get("doc")
	mark = print_mark(doc) if getattr(doc, "doctype", None) == "Quotation" else ""
	return {"banner_html": mark + (context.get("banner_html") or "")} if mark else {}
