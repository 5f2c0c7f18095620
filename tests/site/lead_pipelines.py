"""A pipeline for the leads of the tests' company, in three of the stages that every site has."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from tests.site import factories

STAGES = (("Prospecting", "Open", 10), ("Won", "Won", 100), ("Lost", "Lost", 0))


def warning() -> Document:
	"""Published, in Warn mode."""
	pipeline = frappe.get_doc(
		{
			"doctype": "Sales Pipeline",
			"pipeline_name": "Pipeline Test Leads",
			"document_type": "Lead",
			"company": factories.COMPANY,
			"mode": "Warn",
			"enabled": 1,
			"stages": [
				{"stage": name, "outcome": outcome, "probability": probability}
				for name, outcome, probability in STAGES
			],
		}
	).insert()
	pipeline.publish()
	return pipeline
