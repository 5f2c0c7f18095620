"""Read permission on opportunities for ERPNext's finance roles: given on request, taken back entirely."""

from __future__ import annotations

import json

import frappe
from frappe.permissions import add_permission, reset_perms, rights

DOCTYPE = "Opportunity"
ROLES = ("Accounts User", "Accounts Manager")
GIVEN_BY_APP = "pipeline_ext_finance_rules"


def give() -> None:
	"""Let the finance roles read opportunities; a rule that an admin has made for them stays as it is."""
	given = _given_by_app()
	for role in ROLES:
		if not frappe.db.exists("Custom DocPerm", {"parent": DOCTYPE, "role": role}):
			given.append(add_permission(DOCTYPE, role))
	frappe.db.set_global(GIVEN_BY_APP, json.dumps(given))


def take_back() -> None:
	"""Remove the rules that `give` made, and custom rules altogether where they only say what is standard."""
	given = _given_by_app()
	if not given:
		return
	for rule in given:
		frappe.delete_doc("Custom DocPerm", rule, ignore_permissions=True, ignore_missing=True, force=True)
	frappe.db.delete("DefaultValue", {"defkey": GIVEN_BY_APP})
	if _rules("Custom DocPerm") == _rules("DocPerm"):
		reset_perms(DOCTYPE)
	frappe.clear_cache(doctype=DOCTYPE)


def _given_by_app() -> list[str]:
	return json.loads(frappe.db.get_global(GIVEN_BY_APP) or "[]")


def _rules(table: str) -> list[tuple]:
	fields = ("role", "permlevel", "if_owner", *rights)
	return sorted(frappe.get_all(table, {"parent": DOCTYPE}, fields, as_list=True))
