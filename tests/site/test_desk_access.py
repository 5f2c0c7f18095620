"""Who may see stages and roles, and that uninstalling leaves the rules of ERPNext and Frappe as they were."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest

from pipeline_ext.setup import desk_access
from tests.site import factories

REP = "rep@pipeline-test.example"
ADMIN = "admin@pipeline-test.example"


@pytest.fixture(autouse=True)
def given_anew() -> Iterator[None]:
	desk_access.take_back()
	factories.user(REP, "Sales User")
	factories.user(ADMIN, "Pipeline Administrator", "Sales User")
	desk_access.give()
	yield
	for doctype in ("Sales Stage", "Role"):
		frappe.clear_cache(doctype=doctype)


def rules(table: str, **filters: str) -> list:
	return frappe.get_all(table, {"parent": "Sales Stage", **filters}, ["role", "read", "write", "create"])


def may(user: str) -> list[str]:
	return [
		right
		for right in ("read", "write", "create")
		if frappe.has_permission("Sales Stage", right, user=user)
	]


def test_a_rep_reads_stages_and_an_administrator_of_pipelines_makes_them():
	assert (may(REP), may(ADMIN)) == (["read"], ["read", "write", "create"])


def test_taking_it_back_leaves_the_standard_rules():
	assert len(rules("Custom DocPerm")) == len(rules("DocPerm")) + 3
	desk_access.take_back()
	assert rules("Custom DocPerm") == []
	assert (may(REP), may(ADMIN)) == ([], [])


def test_an_administrator_of_pipelines_chooses_among_roles_and_changes_none():
	allowed = [
		right for right in ("read", "write", "create") if frappe.has_permission("Role", right, user=ADMIN)
	]
	assert allowed == ["read"]
	assert not frappe.has_permission("Role", "read", user=REP)
	desk_access.take_back()
	assert not frappe.has_permission("Role", "read", user=ADMIN)
	assert frappe.db.count("Custom DocPerm", {"parent": "Role"}) == 0


def test_what_an_admin_removes_is_not_given_again():
	frappe.db.delete("Custom DocPerm", {"parent": "Sales Stage", "role": "Sales User"})
	desk_access.give()
	assert rules("Custom DocPerm", role="Sales User") == []


def test_a_rule_that_an_admin_made_stays():
	desk_access.take_back()
	frappe.permissions.add_permission("Sales Stage", "Sales User", ptype="read")
	frappe.permissions.update_permission_property("Sales Stage", "Sales User", 0, "write", 1)
	desk_access.give()
	desk_access.take_back()
	(kept,) = rules("Custom DocPerm", role="Sales User")
	assert (kept.read, kept.write, kept.create) == (1, 1, 0)
