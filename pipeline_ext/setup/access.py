"""Permission rules on ERPNext's DocTypes that the app adds, and takes back entirely."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import frappe
from frappe.permissions import add_permission, reset_perms, rights, update_permission_property


@dataclass(frozen=True)
class Grant:
	"""What roles may do with a DocType besides reading it; the global `key` remembers the rules added."""

	doctype: str
	roles: Mapping[str, tuple[str, ...]]
	key: str

	@property
	def is_given(self) -> bool:
		return frappe.db.get_global(self.key) is not None

	def give(self) -> None:
		"""Add the rules; one that an admin has made for a role stays as it is."""
		given = self._rules_given()
		for role, allowed in self.roles.items():
			if not frappe.db.exists("Custom DocPerm", {"parent": self.doctype, "role": role}):
				given.append(add_permission(self.doctype, role))
				for right in allowed:
					update_permission_property(self.doctype, role, 0, right, 1)
		frappe.db.set_global(self.key, json.dumps(given))

	def take_back(self) -> None:
		"""Remove the rules added, and custom rules altogether where they only say what is standard."""
		if not self.is_given:
			return
		for rule in self._rules_given():
			frappe.delete_doc(
				"Custom DocPerm", rule, ignore_permissions=True, ignore_missing=True, force=True
			)
		frappe.db.delete("DefaultValue", {"defkey": self.key})
		if self._rules_in("Custom DocPerm") == self._rules_in("DocPerm"):
			reset_perms(self.doctype)
		frappe.clear_cache(doctype=self.doctype)

	def _rules_given(self) -> list[str]:
		return json.loads(frappe.db.get_global(self.key) or "[]")

	def _rules_in(self, table: str) -> list[tuple]:
		fields = ("role", "permlevel", "if_owner", *rights)
		return sorted(frappe.get_all(table, {"parent": self.doctype}, fields, as_list=True))
