"""Sales Stages that a pipeline names; those that the app made and nobody uses are taken away again."""

from __future__ import annotations

import json
from collections.abc import Iterable

import frappe

MADE_BY_APP = "pipeline_ext_stages"


def ensure(names: Iterable[str]) -> None:
	"""Make the Sales Stages that the site does not have yet, and remember which these were."""
	made = _made_by_app()
	for name in names:
		if not frappe.db.exists("Sales Stage", name):
			frappe.get_doc({"doctype": "Sales Stage", "stage_name": name}).insert(ignore_permissions=True)
			made.append(name)
	frappe.db.set_global(MADE_BY_APP, json.dumps(made))


def delete() -> None:
	"""Remove those that `ensure` made and that no opportunity is in; the pipelines that name them go too."""
	used = frappe.get_all("Opportunity", distinct=True, pluck="sales_stage")
	unused = [name for name in _made_by_app() if name not in used]
	frappe.db.delete("Sales Stage", {"name": ("in", unused)})
	frappe.db.delete("DefaultValue", {"defkey": MADE_BY_APP})


def _made_by_app() -> list[str]:
	return json.loads(frappe.db.get_global(MADE_BY_APP) or "[]")
