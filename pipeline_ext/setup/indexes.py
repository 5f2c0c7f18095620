"""Indexes on ERPNext's own tables: by them, open deals and what deals led to are found at once."""

from __future__ import annotations

import frappe

from pipeline_ext.setup.custom_fields import MODULE
from pipeline_ext.subjects import OPPORTUNITY

INDEXED = (
	("Opportunity", "status"),
	("Opportunity", OPPORTUNITY.version),
	("Quotation", "opportunity"),
	("Quotation Item", "prevdoc_docname"),
)


def create() -> None:
	"""Add the indexes that are not there; Frappe keeps an index while a Property Setter asks for it."""
	for doctype, field in INDEXED:
		if not frappe.db.exists("Property Setter", _asking(doctype, field)):
			made = {**_asking(doctype, field), "doctype_or_field": "DocField", "module": MODULE}
			frappe.get_doc(
				{"doctype": "Property Setter", **made, "property_type": "Check", "value": "1"}
			).insert()
		frappe.db.add_index(doctype, [field])


def delete() -> None:
	"""Stop asking for them: Frappe drops each when it next updates its table."""
	for doctype, field in INDEXED:
		frappe.db.delete("Property Setter", {**_asking(doctype, field), "module": MODULE})


def _asking(doctype: str, field: str) -> dict[str, str]:
	return {"doc_type": doctype, "field_name": field, "property": "search_index"}
