"""Sales Stages that a pipeline names."""

from __future__ import annotations

from collections.abc import Iterable

import frappe


def ensure(names: Iterable[str]) -> None:
	"""Make the Sales Stages that the site does not have yet."""
	for name in names:
		if not frappe.db.exists("Sales Stage", name):
			frappe.get_doc({"doctype": "Sales Stage", "stage_name": name}).insert(ignore_permissions=True)
