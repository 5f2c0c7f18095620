"""People who may not read every deal: one held to a territory, one to what is their own."""

from __future__ import annotations

import frappe

from tests.site import factories

OWN_ONLY = "own-only@reader-test.example"
IN_TERRITORY = "in-territory@reader-test.example"
ROLE = "Reader Test Own Deals"


def held_to_territory(territory: str) -> str:
	"""A Sales User with a User Permission for a territory."""
	factories.user(IN_TERRITORY, "Sales User")
	frappe.get_doc(
		doctype="User Permission", user=IN_TERRITORY, allow="Territory", for_value=territory
	).insert()
	frappe.clear_cache(user=IN_TERRITORY)
	return IN_TERRITORY


def held_to_own() -> str:
	"""A user whose only role reads opportunities where the user made them (`owner`)."""
	if not frappe.db.exists("Role", ROLE):
		frappe.get_doc(doctype="Role", role_name=ROLE, desk_access=1).insert()
	for doctype in ("Opportunity", "Report"):
		frappe.permissions.add_permission(doctype, ROLE)
	frappe.permissions.update_permission_property("Opportunity", ROLE, 0, "if_owner", 1, validate=False)
	factories.user(OWN_ONLY, ROLE)
	frappe.clear_cache(doctype="Opportunity")
	return OWN_ONLY
