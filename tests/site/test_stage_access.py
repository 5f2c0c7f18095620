"""Who may see and make sales stages, and that uninstalling leaves ERPNext's rules as they were."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest

from pipeline_ext.setup import stage_access
from tests.site import factories

REP = "rep@pipeline-test.example"
ADMIN = "admin@pipeline-test.example"


@pytest.fixture(autouse=True)
def given_anew() -> Iterator[None]:
	stage_access.take_back()
	factories.user(REP, "Sales User")
	factories.user(ADMIN, "Pipeline Administrator", "Sales User")
	stage_access.give()
	yield
	frappe.clear_cache(doctype="Sales Stage")


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
	stage_access.take_back()
	assert rules("Custom DocPerm") == []
	assert (may(REP), may(ADMIN)) == ([], [])


def test_what_an_admin_removes_is_not_given_again():
	frappe.db.delete("Custom DocPerm", {"parent": "Sales Stage", "role": "Sales User"})
	stage_access.give()
	assert rules("Custom DocPerm", role="Sales User") == []


def test_a_rule_that_an_admin_made_stays():
	stage_access.take_back()
	frappe.permissions.add_permission("Sales Stage", "Sales User", ptype="read")
	frappe.permissions.update_permission_property("Sales Stage", "Sales User", 0, "write", 1)
	stage_access.give()
	stage_access.take_back()
	(kept,) = rules("Custom DocPerm", role="Sales User")
	assert (kept.read, kept.write, kept.create) == (1, 1, 0)
