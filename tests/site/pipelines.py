"""An enforcing pipeline for the tests' company, and deals that are ready for their next stage."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, nowdate

from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, STAGE_VISIT
from tests.site import factories

NAME = "Pipeline Test B2B"


def enforced() -> Document:
	"""The B2B pipeline for the tests' company, published, in Enforce mode."""
	pipeline = draft(b2b, NAME, mode="Enforce", company=factories.COMPANY)
	pipeline.publish()
	return pipeline


def asking(
	*criteria: dict[str, Any], stages: dict[str, dict[str, Any]] | None = None, **fields: Any
) -> Document:
	"""An enforcing pipeline of the B2B stages that asks for nothing but these criteria.

	`stages` maps a stage to what differs in its row, `fields` are the pipeline's own. A criterion is about
	leaving the first stage unless it names another.
	"""
	pipeline = draft(b2b, NAME, mode="Enforce", company=factories.COMPANY)
	pipeline.set(
		"criteria",
		[{"stage": "Prospecting", "title": f"Rule {n}", **row} for n, row in enumerate(criteria, 1)],
	)
	for row in pipeline.stages:
		row.update({"reached_by": "", **(stages or {}).get(row.stage, {})})
	pipeline.update(fields)
	pipeline.save()
	pipeline.publish()
	return pipeline


def deal(**fields: Any) -> Document:
	"""A deal with all the facts that the stages before a quotation ask for."""
	return factories.opportunity(
		factories.customer(),
		lines={factories.WIDGET: 2},
		**{
			"contact_email": "buyer@acme.example",
			"opportunity_amount": 1000,
			"expected_closing": add_days(nowdate(), 30),
			**fields,
		},
	)


def move(deal: Document, stage: str, **fields: Any) -> Document:
	"""Move by saving a fresh copy, as the form does."""
	fresh = frappe.get_doc("Opportunity", deal.name)
	fresh.update({"sales_stage": stage, **fields})
	return fresh.save()


def ledger(deal: Document) -> list[frappe._dict]:
	"""The entries of a deal, oldest first."""
	return frappe.get_all(
		"Pipeline Ledger Entry",
		{"document_type": "Opportunity", "document_name": deal.name},
		["*"],
		order_by="sequence",
	)


def forget(doc: Document) -> None:
	"""As if the ledger had never heard of a document."""
	for record in (LEDGER, LEDGER_TIP, STAGE_VISIT):
		frappe.db.delete(record, {"document_type": doc.doctype, "document_name": doc.name})


def stage_of(deal: Document) -> str:
	"""The stage in the database."""
	return frappe.db.get_value("Opportunity", deal.name, "sales_stage")
