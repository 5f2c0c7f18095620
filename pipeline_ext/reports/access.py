"""What a user may see: as a condition for a query of one's own, or as a column of it."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.permissions import get_role_permissions
from frappe.share import get_shared
from pypika.terms import LiteralValue, Term


def readable(doctype: str) -> Term:
	"""The user's permissions on the rows of a DocType, User Permissions, if-owner and shares included.

	Raises PermissionError where the user may read none at all.
	"""
	frappe.has_permission(doctype, "read", throw=True)
	if get_role_permissions(frappe.get_meta(doctype)).get("read"):
		return LiteralValue(build_match_conditions(doctype) or "1=1")
	shared = ", ".join(frappe.db.escape(name) for name in get_shared(doctype))
	return LiteralValue(f"`tab{doctype}`.name in ({shared})")


class Reader:
	"""Tells the rows that the session's user may read from the others, and remembers what was left out."""

	def __init__(self) -> None:
		self.unreadable: list[str] = []
		self._conditions: dict[str, Term] = {}
		self._withheld: set[tuple[str, str]] = set()

	@property
	def withheld(self) -> int:
		"""How many of the documents asked for may not be read."""
		return len(self._withheld)

	def may_read(self, doctype: str) -> Term:
		"""The column `readable` of a query on a DocType's table: whether the user may read the row."""
		if doctype not in self._conditions:
			self._conditions[doctype] = self._condition(doctype)
		return self._conditions[doctype].as_("readable")

	def readable(self, doctype: str, rows: Sequence[frappe._dict]) -> list[frappe._dict] | None:
		"""Of rows with `name` and `readable`, those that may be read; None without any permission."""
		if doctype in self.unreadable:
			return None
		self._withheld.update((doctype, row.name) for row in rows if not row.readable)
		return [row for row in rows if row.readable]

	def _condition(self, doctype: str) -> Term:
		if frappe.has_permission(doctype, "read"):
			return readable(doctype)
		self.unreadable.append(doctype)
		return LiteralValue("1=0")
