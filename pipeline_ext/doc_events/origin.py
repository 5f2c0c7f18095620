"""By which way a change comes into the database, in the words of the ledger."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

FORM = "frappe.desk.form.save.savedocs"
NAMED_COMMANDS = {
	FORM: "Form",
	"pipeline_ext.api.move": "Stage Path",
	"pipeline_ext.api.change_pipeline": "Stage Path",
	"frappe.desk.doctype.kanban_board.kanban_board.update_order_for_single_card": "Kanban",
	"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs": "List",
	"frappe.client.bulk_update": "List",
}


def path_of_change(doc: Document) -> str:
	"""The business document, import, form, method or job behind the change that is going on."""
	if doc.flags.pe_moved_by:
		return doc.flags.pe_moved_by
	if frappe.flags.in_import:
		return "Data Import"
	if frappe.flags.in_migrate or frappe.flags.in_patch or frappe.flags.in_install:
		return "Migration"
	job = getattr(frappe.local, "job", None)
	if job:
		return f"Job {job.method}"
	return _request_path() or "Console"


def _request_path() -> str | None:
	request = getattr(frappe.local, "request", None)
	if not request:
		return None
	command = (frappe.local.form_dict or {}).get("cmd") or request.path.partition("/api/method/")[2]
	if command:
		return NAMED_COMMANDS.get(command, f"Method {command}")
	return f"REST {request.method}"
