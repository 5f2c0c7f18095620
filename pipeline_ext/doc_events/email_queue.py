"""Email Queue: no quotation is attached in print that must not leave the house, and none without its mark."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from pipeline_ext.quoting import leaving


def before_insert(doc: Document, method: str | None = None) -> None:
	"""The print is made when the mail is sent, and marked then; one that was made before is marked here."""
	attachments = frappe.parse_json(doc.attachments) or []
	for attachment in attachments:
		if attachment.get("print_format_attachment") and attachment.get("doctype") == "Quotation":
			mark = leaving.mark_of(frappe.get_doc("Quotation", attachment["name"]))
			if attachment.get("html"):
				attachment["html"] = mark + attachment["html"]
				doc.attachments = frappe.as_json(attachments)
