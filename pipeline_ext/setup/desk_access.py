"""Permissions on sales stages and roles, which ERPNext and Frappe keep to their own managers."""

from __future__ import annotations

from pipeline_ext.setup.access import Grant

STAGES = Grant(
	"Sales Stage",
	{"Sales User": (), "Gate Keeper": (), "Pipeline Administrator": ("write", "create")},
	key="pipeline_ext_stage_rules",
)
ROLES = Grant("Role", {"Pipeline Administrator": ()}, key="pipeline_ext_role_rules")
"""Whoever writes an approval policy names roles in it."""


def give() -> None:
	"""Once: what an admin changes or removes later stays so."""
	for grant in (STAGES, ROLES):
		if not grant.is_given:
			grant.give()


def take_back() -> None:
	for grant in (STAGES, ROLES):
		grant.take_back()
