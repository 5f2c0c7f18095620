"""The fields the app adds to ERPNext's forms: one table for install, migrate and uninstall."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.domain.pipeline import FORECAST_CATEGORIES

MODULE = "Pipeline Ext"
NUMERIC = ("Int", "Float", "Percent")
LIFECYCLES = ("Subscriber", "MQL", "SQL", "Opportunity", "Customer", "Disqualified")


def _options(values) -> str:
	return "\n".join(("", *values))


CUSTOM_FIELDS: dict[str, list[dict]] = {
	"Opportunity": [
		{
			"fieldname": "pe_pipeline",
			"label": "Pipeline",
			"fieldtype": "Link",
			"options": "Sales Pipeline",
			"insert_after": "status",
			"read_only": 1,
			"no_copy": 1,
			"in_standard_filter": 1,
			"description": "Given when the opportunity is created; Change Pipeline is in the menu.",
		},
		{
			"fieldname": "pe_forecast_category",
			"label": "Forecast Category",
			"fieldtype": "Select",
			"options": _options(FORECAST_CATEGORIES),
			"insert_after": "opportunity_owner",
			"no_copy": 1,
			"description": "Set by the stage; change it where you know better.",
		},
		{
			"fieldname": "pe_win_probability",
			"label": "Stage Probability",
			"fieldtype": "Percent",
			"insert_after": "probability",
			"read_only": 1,
			"no_copy": 1,
			"description": "How likely deals in this stage are won; what Weighted by Stage counts with.",
		},
		{
			"fieldname": "pe_stage_entered_on",
			"label": "In This Stage Since",
			"fieldtype": "Datetime",
			"insert_after": "pe_pipeline",
			"read_only": 1,
			"no_copy": 1,
			"description": "When the opportunity came to its stage.",
		},
		{
			"fieldname": "pe_close_date_pushes",
			"label": "Close Date Pushes",
			"fieldtype": "Int",
			"insert_after": "pe_forecast_category",
			"read_only": 1,
			"no_copy": 1,
			"description": "How often the expected closing date was moved later.",
		},
		{
			"fieldname": "pe_pipeline_version",
			"label": "Pipeline Version",
			"fieldtype": "Link",
			"options": "Pipeline Version",
			"insert_after": "pe_stage_entered_on",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The published rules this opportunity is judged by.",
		},
	],
	"Lead": [
		{
			"fieldname": "pe_lead_pipeline",
			"label": "Pipeline",
			"fieldtype": "Link",
			"options": "Sales Pipeline",
			"insert_after": "qualified_on",
			"read_only": 1,
			"no_copy": 1,
			"description": "The pipeline that leads go through before they are opportunities.",
		},
		{
			"fieldname": "pe_lead_stage",
			"label": "Stage",
			"fieldtype": "Link",
			"options": "Sales Stage",
			"insert_after": "pe_lead_pipeline",
			"no_copy": 1,
			"description": "Where the lead stands in its pipeline.",
		},
		{
			"fieldname": "pe_lead_stage_entered_on",
			"label": "In This Stage Since",
			"fieldtype": "Datetime",
			"insert_after": "pe_lead_stage",
			"read_only": 1,
			"no_copy": 1,
			"description": "When the lead came to its stage.",
		},
		{
			"fieldname": "pe_lead_pipeline_version",
			"label": "Pipeline Version",
			"fieldtype": "Link",
			"options": "Pipeline Version",
			"insert_after": "pe_lead_stage_entered_on",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The published rules this lead is judged by.",
		},
		{
			"fieldname": "pe_lead_score",
			"label": "Lead Score",
			"fieldtype": "Float",
			"insert_after": "qualification_status",
			"read_only": 1,
			"no_copy": 1,
			"description": "How well the lead fits and how much interest it has shown.",
		},
		{
			"fieldname": "pe_lifecycle",
			"label": "Lifecycle",
			"fieldtype": "Select",
			"options": _options(LIFECYCLES),
			"insert_after": "pe_lead_score",
			"no_copy": 1,
			"in_standard_filter": 1,
			"description": "From subscriber to customer: MQL is ready for marketing, SQL for sales.",
		},
	],
	"Quotation": [
		{
			"fieldname": "pe_approval_status",
			"label": "Approval Status",
			"fieldtype": "Select",
			"options": _options(status.value for status in QuoteStatus),
			"insert_after": "order_type",
			"read_only": 1,
			"no_copy": 1,
			"in_list_view": 1,
			"in_standard_filter": 1,
			"print_hide": 1,
			"description": "Whether policy lets this quotation leave the house.",
		},
		{
			"fieldname": "pe_approval",
			"label": "Approval",
			"fieldtype": "Link",
			"options": "Quote Approval",
			"insert_after": "pe_approval_status",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The last request for approval.",
		},
		{
			"fieldname": "pe_revision",
			"label": "Revision",
			"fieldtype": "Int",
			"depends_on": "pe_revision",
			"insert_after": "pe_approval",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "Which revision of the quote this is; given when it is submitted.",
		},
		{
			"fieldname": "pe_revision_of",
			"label": "Revision Of",
			"fieldtype": "Data",
			"search_index": 1,
			"insert_after": "pe_revision",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The quotation that this one takes the place of once it is submitted.",
		},
		{
			"fieldname": "pe_superseded_by",
			"label": "Superseded By",
			"fieldtype": "Data",
			"insert_after": "pe_revision_of",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The revision that has taken its place; nothing is ordered from this one.",
		},
	],
	"Sales Order": [
		{
			"fieldname": "pe_order_approval_status",
			"label": "Approval Status",
			"fieldtype": "Select",
			"options": _options(status.value for status in QuoteStatus),
			"insert_after": "order_type",
			"read_only": 1,
			"no_copy": 1,
			"in_standard_filter": 1,
			"print_hide": 1,
			"description": "Whether the order gives away no more than was approved.",
		},
		{
			"fieldname": "pe_order_approval",
			"label": "Approval",
			"fieldtype": "Link",
			"options": "Quote Approval",
			"insert_after": "pe_order_approval_status",
			"read_only": 1,
			"no_copy": 1,
			"print_hide": 1,
			"description": "The last request for an approval of the order itself.",
		},
	],
}


def create() -> None:
	"""Add the fields that are not there; a field that an admin has adjusted stays as it is."""
	missing = {
		doctype: [
			{**field, "module": MODULE}
			for field in fields
			if not frappe.db.exists("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
		]
		for doctype, fields in CUSTOM_FIELDS.items()
	}
	create_custom_fields({doctype: fields for doctype, fields in missing.items() if fields})


def delete() -> None:
	"""Remove the app's fields, what was customised about them, and their values.

	Frappe keeps a removed field's column: a later install must not find versions there that are gone.
	"""
	for doctype, fields in CUSTOM_FIELDS.items():
		names = [field["fieldname"] for field in fields]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", names)})
		frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ("in", names)})
		_forget_values(doctype, fields)
		frappe.clear_cache(doctype=doctype)


def _forget_values(doctype: str, fields: list[dict]) -> None:
	table = frappe.qb.DocType(doctype)
	update = frappe.qb.update(table)
	for field in fields:
		if frappe.db.has_column(doctype, field["fieldname"]):
			update = update.set(table[field["fieldname"]], 0 if field["fieldtype"] in NUMERIC else None)
	update.run()
