"""What a user may see, as a condition for a query of one's own."""

from __future__ import annotations

import frappe
from frappe.desk.reportview import build_match_conditions
from pypika.terms import LiteralValue, Term


def readable(doctype: str) -> Term:
	"""The user's permissions on the rows of a DocType, User Permissions and if-owner included.

	Raises PermissionError where the user may read none at all.
	"""
	frappe.has_permission(doctype, "read", throw=True)
	return LiteralValue(build_match_conditions(doctype) or "1=1")
