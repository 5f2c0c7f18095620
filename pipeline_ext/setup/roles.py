"""The app's roles; only those that it made itself are taken away again."""

from __future__ import annotations

import json

import frappe

ROLES = ("Pipeline Administrator", "Gate Keeper", "Deal Desk")
MADE_BY_APP = "pipeline_ext_roles"


def create() -> None:
	"""Create the roles that the site does not have yet, and remember which these were."""
	made = _made_by_app()
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert()
			made.append(role)
	frappe.db.set_global(MADE_BY_APP, json.dumps(made))


def delete() -> None:
	"""Remove the roles that `create` made, from users and permissions too."""
	for role in _made_by_app():
		for doctype in ("Has Role", "DocPerm", "Custom DocPerm"):
			frappe.db.delete(doctype, {"role": role})
		frappe.delete_doc("Role", role, ignore_missing=True, force=True)
	frappe.db.delete("DefaultValue", {"defkey": MADE_BY_APP})


def _made_by_app() -> list[str]:
	return json.loads(frappe.db.get_global(MADE_BY_APP) or "[]")
