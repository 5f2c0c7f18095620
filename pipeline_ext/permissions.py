"""Who sees what: approvals, who stands in for whom, quotas, forecasts, and what is about a deal."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import nowdate

from pipeline_ext.subjects import SUBJECTS

ADMINISTERS = {"Pipeline Administrator", "System Manager"}
LEADS = ADMINISTERS | {"Sales Manager"}
SEES_ALL = ADMINISTERS | {"Deal Desk"}
READS = ("read", "report", "select", "print", "email", "export")


def quote_approval_conditions(user: str | None = None) -> str:
	"""SQL condition for the Quote Approvals that a user sees in lists and reports.

	Whoever asked, or wrote the quote, or is asked by name, by role or in somebody's place, or has answered.
	"""
	user = user or frappe.session.user
	roles = frappe.get_roles(user)
	if user == "Administrator" or SEES_ALL.intersection(roles):
		return ""
	own, today = frappe.db.escape(user), frappe.db.escape(nowdate())
	role_list = ", ".join(frappe.db.escape(role) for role in roles)
	return f"""(`tabQuote Approval`.requested_by = {own}
		or exists (select 1 from `tabQuotation` quote
			where quote.name = `tabQuote Approval`.quotation and quote.owner = {own})
		or exists (select 1 from `tabSales Order` quote
			where quote.name = `tabQuote Approval`.sales_order and quote.owner = {own})
		or exists (select 1 from `tabQuote Approval Decision` said
			where said.parent = `tabQuote Approval`.name and {own} in (said.user, said.to_user))
		or exists (select 1 from `tabQuote Approval Step` step where step.parent = `tabQuote Approval`.name
			and (step.role in ({role_list}) or {_is_among("step.asked", own)}))
		or exists (select 1 from `tabQuote Approval Step` step
			join `tabApproval Delegation` delegation on {_is_among("step.asked", "delegation.user")}
			where step.parent = `tabQuote Approval`.name and delegation.delegate = {own}
				and {today} between delegation.from_date and delegation.to_date))"""


def _is_among(lines: str, user: str) -> str:
	"""SQL condition: a text that names one user per line names this one."""
	return f"position(concat('\n', {user}, '\n') in concat('\n', {lines}, '\n')) > 0"


def quote_approval_has_permission(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule as `quote_approval_conditions` for one document."""
	condition = quote_approval_conditions(user)
	if not condition:
		return True
	of_name = f"`tabQuote Approval`.name = {frappe.db.escape(doc.name or '')}"
	return bool(frappe.db.sql(f"select 1 from `tabQuote Approval` where {of_name} and {condition}"))


def quote_approval_row_conditions(user: str | None = None, doctype: str = "") -> str:
	"""The same rule for the rows of Quote Approvals, where a list asks for them by themselves."""
	condition = quote_approval_conditions(user)
	readable = f"select `tabQuote Approval`.name from `tabQuote Approval` where {condition}"
	return f"`tab{doctype}`.parent in ({readable})" if condition else ""


def delegation_conditions(user: str | None = None) -> str:
	"""SQL condition for the Approval Delegations that a user sees: who is away, and who decides meanwhile."""
	user = user or frappe.session.user
	if user == "Administrator" or SEES_ALL.intersection(frappe.get_roles(user)):
		return ""
	own = frappe.db.escape(user)
	return f"{own} in (`tabApproval Delegation`.user, `tabApproval Delegation`.delegate)"


def delegation_has_permission(doc: Document, ptype: str, user: str) -> bool:
	"""Who is away does with it as they like, who decides meanwhile sees it."""
	if user in ("Administrator", doc.user) or SEES_ALL.intersection(frappe.get_roles(user)):
		return True
	return ptype in READS and doc.delegate == user


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


def of_readable_quotations(user: str | None = None, doctype: str = "") -> str:
	"""SQL condition for rows of a quotation that the user may read; some see those of every quotation."""
	user = user or frappe.session.user
	if user == "Administrator" or SEES_ALL.intersection(frappe.get_roles(user)):
		return ""
	if not frappe.has_permission("Quotation", "read", user=user):
		return "1=0"
	names = frappe.get_list(
		"Quotation", fields=["name"], order_by="name", limit_page_length=0, user=user, run=False
	)
	return f"`tab{doctype}`.quotation in ({names})"


def is_of_readable_quotation(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule for one document."""
	if user == "Administrator" or SEES_ALL.intersection(frappe.get_roles(user)):
		return True
	if not frappe.db.exists("Quotation", doc.quotation):
		return False
	return frappe.has_permission("Quotation", "read", doc.quotation, user=user)


def quota_conditions(user: str | None = None) -> str:
	"""SQL condition for the Sales Quotas that a user sees.

	Who leads sees all; others their own, those of the teams they are in, all the way up, and the companies'.
	"""
	user = user or frappe.session.user
	if user == "Administrator" or LEADS.intersection(frappe.get_roles(user)):
		return ""
	own = frappe.db.escape(user)
	return f"""(`tabSales Quota`.quota_for = 'Company' or `tabSales Quota`.user = {own}
		or `tabSales Quota`.sales_person in (select team.name from `tabSales Person` team
			join `tabSales Person` person on person.lft between team.lft and team.rgt
			join `tabEmployee` employee on employee.name = person.employee
			where employee.user_id = {own}))"""


def quota_has_permission(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule as `quota_conditions` for one document."""
	condition = quota_conditions(user)
	if not condition:
		return True
	of_name = f"`tabSales Quota`.name = {frappe.db.escape(doc.name or '')}"
	return bool(frappe.db.sql(f"select 1 from `tabSales Quota` where {of_name} and {condition}"))


def adjustment_conditions(user: str | None = None) -> str:
	"""SQL condition for the Forecast Adjustments that a user sees: their own and those about them."""
	user = user or frappe.session.user
	if user == "Administrator" or LEADS.intersection(frappe.get_roles(user)):
		return ""
	own = frappe.db.escape(user)
	return f"{own} in (`tabForecast Adjustment`.owner, `tabForecast Adjustment`.deal_owner)"


def adjustment_has_permission(doc: Document, ptype: str, user: str) -> bool:
	"""The same rule for one document."""
	if user in ("Administrator", doc.owner, doc.deal_owner):
		return True
	return bool(LEADS.intersection(frappe.get_roles(user)))
