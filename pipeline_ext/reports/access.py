"""What a user may see: as a condition for a query of one's own, or as documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
	"""Reads documents as the session's user may, and remembers what had to be left out."""

	def __init__(self) -> None:
		self.unreadable: list[str] = []
		self._withheld: set[tuple[str, str]] = set()

	@property
	def withheld(self) -> int:
		"""How many of the documents asked for may not be read."""
		return len(self._withheld)

	def documents(
		self, doctype: str, names: Iterable[str], fields: Sequence[str]
	) -> dict[str, frappe._dict] | None:
		"""The named documents by name, oldest first by the first field; None without read permission."""
		if not frappe.has_permission(doctype, "read"):
			if doctype not in self.unreadable:
				self.unreadable.append(doctype)
			return None
		wanted = set(names)
		if not wanted:
			return {}
		found = frappe.get_list(
			doctype,
			filters={"name": ["in", sorted(wanted)]},
			fields=["name", *fields],
			order_by=f"{fields[0]} asc, creation asc",
			limit_page_length=0,
		)
		by_name = {document.name: document for document in found}
		self._withheld.update((doctype, name) for name in wanted.difference(by_name))
		return by_name
