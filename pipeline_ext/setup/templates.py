"""Pipelines that a site starts with: in warn mode, so that nothing is blocked until an admin says so."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.setup import stages
from pipeline_ext.setup.pipeline_templates import aida, b2b, consultative, renewal

AFTER_SALES = {"field": "opportunity_type", "operator": "in", "value": "Support, Maintenance"}
WITH_INSTALL: tuple[tuple[ModuleType, dict[str, Any]], ...] = (
	(b2b, {"is_default": 1}),
	(consultative, {"enabled": 0}),
	(renewal, {"conditions": [AFTER_SALES]}),
	(aida, {"is_default": 1}),
)
"""Each template with what decides which documents take it; one that is not enabled waits for an admin."""


def create() -> None:
	"""Publish each template on a site that has no pipeline of its name."""
	for template, fields in WITH_INSTALL:
		if not frappe.db.exists("Sales Pipeline", template.NAME):
			draft(template, **fields).publish()


def draft(template: ModuleType, name: str | None = None, **fields: Any) -> Document:
	"""A new Sales Pipeline made from a template, in warn mode, not published; `fields` go before its own."""
	stages.ensure(row["stage"] for row in template.STAGES)
	return frappe.get_doc(
		{
			"doctype": "Sales Pipeline",
			"pipeline_name": name or template.NAME,
			"document_type": template.DOCUMENT_TYPE,
			"company": "",  # None would take the default company
			"mode": "Warn",
			"enabled": 1,
			"description": _(template.DESCRIPTION),
			"stages": [dict(row) for row in template.STAGES],
			"criteria": [dict(row) for row in template.CRITERIA],
			**fields,
		}
	).insert(ignore_permissions=True)
