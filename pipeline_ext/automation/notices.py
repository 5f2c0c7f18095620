"""Tells a person something in the desk's notifications."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils.user import get_users_with_role

ADMINISTRATOR_ROLE = "Pipeline Administrator"


def notify(user: str | None, subject: str, text: str, doctype: str, name: str | None) -> None:
	"""One alert, with a link to a document; a user who cannot log in gets none. `text` is HTML.

	Whatever it is about has happened: an alert that cannot be given is logged.
	"""
	if not user or not frappe.db.get_value("User", user, "enabled"):
		return
	alert = frappe.get_doc(
		{
			"doctype": "Notification Log",
			"type": "Alert",
			"for_user": user,
			"from_user": frappe.session.user,
			"document_type": doctype,
			"document_name": name,
			"subject": subject,
			"email_content": text,
		}
	)
	frappe.db.savepoint("notice")
	try:
		alert.insert(ignore_permissions=True)
	except Exception:
		frappe.db.rollback(save_point="notice")
		frappe.log_error(_("{0} could not be told of {1}").format(user, name))


def administrators() -> list[str]:
	"""The enabled users who administer pipelines; the site's administrator where there is none."""
	return sorted(get_users_with_role(ADMINISTRATOR_ROLE)) or ["Administrator"]
