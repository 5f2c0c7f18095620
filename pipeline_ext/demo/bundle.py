"""Writes the export of a loaded demo that the standalone front ships and shows: `demo/export/`.

After `load-pipeline-demo --deals 120`: `bench --site SITE execute pipeline_ext.demo.bundle.write`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import frappe
from frappe.core.doctype.data_import.exporter import Exporter
from frappe.utils.csvutils import to_csv

from pipeline_ext.demo.cast import COMPANY
from pipeline_ext.demo.masters import PIPELINE, POLICY
from pipeline_ext.domain.approval_policy import policy_to_dict

FOLDER = Path(__file__).parent / "export"
OPPORTUNITY_FIELDS = {
	"Opportunity": [
		"name",
		"customer_name",
		"status",
		"sales_stage",
		"opportunity_owner",
		"company",
		"currency",
		"opportunity_amount",
		"base_opportunity_amount",
		"expected_closing",
		"transaction_date",
		"source",
		"contact_person",
		"contact_email",
		"pe_pipeline",
		"pe_stage_entered_on",
	],
	"items": ["item_code", "qty", "rate", "amount"],
	"lost_reasons": ["lost_reason"],
}
QUOTATION_FIELDS = {
	"Quotation": [
		"name",
		"customer_name",
		"status",
		"company",
		"opportunity",
		"transaction_date",
		"valid_till",
		"currency",
		"conversion_rate",
		"selling_price_list",
		"net_total",
		"grand_total",
		"pe_approval_status",
	],
	"items": [
		"item_code",
		"qty",
		"uom",
		"price_list_rate",
		"discount_percentage",
		"rate",
		"amount",
		"net_amount",
		"valuation_rate",
		"prevdoc_docname",
	],
	"payment_schedule": ["due_date", "payment_amount"],
}
APPROVAL_FIELDS = {
	"Quote Approval": [
		"name",
		"quotation",
		"customer_name",
		"policy",
		"status",
		"requested_by",
		"requested_on",
		"comment",
	],
	"steps": [
		"rule",
		"title",
		"measure",
		"scope",
		"comparison",
		"measured",
		"threshold",
		"approval_group",
		"level",
		"status",
		"approver_type",
		"role",
		"user",
	],
	"decisions": ["decided_on", "user", "on_behalf_of", "decision", "title", "comment", "to_user"],
}
LEDGER_COLUMNS = ("document", "posted_on", "stage", "outcome", "amount", "expected_close")
OPENING_FACTS = ("deal_owner", "source", "opportunity_from")


def write() -> None:
	"""Write the six files, replacing those that are there."""
	FOLDER.mkdir(exist_ok=True)
	_write_csv("opportunities.csv", _exported("Opportunity", OPPORTUNITY_FIELDS))
	_write_csv("quotations.csv", _exported("Quotation", QUOTATION_FIELDS))
	_write_csv("approvals.csv", _exported("Quote Approval", APPROVAL_FIELDS))
	_write_csv("ledger.csv", _ledger())
	version = frappe.db.get_value("Sales Pipeline", PIPELINE, "published_version")
	_write_json("pipeline.json", json.loads(frappe.db.get_value("Pipeline Version", version, "definition")))
	policy = frappe.get_doc("Quote Approval Policy", POLICY)
	_write_json("policy.json", {"company": policy.company, **policy_to_dict(policy.as_policy())})


def _exported(doctype: str, fields: dict[str, list[str]]) -> list[list[Any]]:
	"""The rows that Data Export gives for these fields."""
	filters = {"company": COMPANY}
	return Exporter(doctype, fields, export_data=True, export_filters=filters).get_csv_array_for_export()


def _ledger() -> list[list[Any]]:
	"""The ledger in the exchange format: one row per change, oldest first, with who and whence."""
	entries = frappe.get_all(
		"Pipeline Ledger Entry",
		{"company": COMPANY, "document_type": "Opportunity"},
		["document_name as document", *LEDGER_COLUMNS[1:], "deal_owner"],
		order_by="posted_on, document_name, sequence",
	)
	deals = frappe.get_all("Opportunity", {"company": COMPANY}, ["name", "source", "opportunity_from"])
	facts = {deal.name: deal for deal in deals}
	rows = [[*LEDGER_COLUMNS, *OPENING_FACTS]]
	for entry in entries:
		entry.update({**facts[entry.document], "outcome": entry.outcome.lower()})
		rows.append([entry[column] for column in rows[0]])
	return rows


def _write_csv(name: str, rows: list[list[Any]]) -> None:
	(FOLDER / name).write_text(to_csv(rows), encoding="utf-8")


def _write_json(name: str, data: dict[str, Any]) -> None:
	(FOLDER / name).write_text(json.dumps(data, indent="\t", ensure_ascii=False) + "\n", encoding="utf-8")
