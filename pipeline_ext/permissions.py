"""Who sees what the app writes down: requests for approval, and what is about a deal."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from pipeline_ext.subjects import SUBJECTS

ADMINISTERS = {"Pipeline Administrator", "System Manager"}
SEES_ALL = ADMINISTERS | {"Deal Desk"}


def quote_approval_conditions(user: str | None = None) -> str:
	"""SQL condition for the rows of Quote Approval that a user sees in lists and reports."""
	user = user or frappe.session.user
	roles = frappe.get_roles(user)
	if user == "Administrator" or SEES_ALL.intersection(roles):
		return ""
	own = frappe.db.escape(user)
	role_list = ", ".join(frappe.db.escape(role) for role in roles)
	return f"""(`tabQuote Approval`.requested_by = {own}
		or exists (select 1 from `tabQuote Approval Step` step where step.parent = `tabQuote Approval`.name
			and (step.user = {own} or step.role in ({role_list})))
		or exists (select 1 from `tabQuotation` quotation
			where quotation.name = `tabQuote Approval`.quotation and quotation.owner = {own}))"""


def quote_approval_has_permission(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule as `quote_approval_conditions` for one document."""
	roles = set(frappe.get_roles(user))
	if user == "Administrator" or SEES_ALL & roles or doc.requested_by == user:
		return True
	if any(step.user == user or step.role in roles for step in doc.steps):
		return True
	return frappe.db.get_value("Quotation", doc.quotation, "owner") == user


def about_readable_deals(user: str | None = None, doctype: str = "") -> str:
	"""SQL condition for rows about a deal (`document_type`, `document_name`) that the user may read.

	Who administers pipelines sees those of deleted deals too.
	"""
	user = user or frappe.session.user
	if user == "Administrator" or ADMINISTERS.intersection(frappe.get_roles(user)):
		return ""
	readable = [
		_about_readable(doctype, subject, user)
		for subject in SUBJECTS
		if frappe.has_permission(subject, "read", user=user)
	]
	return f"({' or '.join(readable)})" if readable else "1=0"


def _about_readable(doctype: str, subject: str, user: str) -> str:
	names = frappe.get_list(
		subject, fields=["name"], order_by="name", limit_page_length=0, user=user, run=False
	)
	of_type = f"`tab{doctype}`.document_type = {frappe.db.escape(subject)}"
	return f"({of_type} and `tab{doctype}`.document_name in ({names}))"


def is_about_readable_deal(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule for one document; a new one that does not name its deal yet is open."""
	if not doc.document_name or user == "Administrator" or ADMINISTERS.intersection(frappe.get_roles(user)):
		return True
	if not frappe.db.exists(doc.document_type, doc.document_name):
		return False
	return frappe.has_permission(doc.document_type, "read", doc.document_name, user=user)
