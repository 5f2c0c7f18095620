"""Who sees a request for approval: who asked, who may decide, whose quotation it is, and the deal desk."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

SEES_ALL = {"Deal Desk", "Pipeline Administrator", "System Manager"}


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
