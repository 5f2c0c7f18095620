"""The deals behind business documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import frappe
from frappe.model.document import Document

Deal = tuple[str, str]
"""DocType and name."""


def deals_of_quotation(quotation: Document) -> list[Deal]:
	"""The opportunities and the lead that a quotation was made for, by its header and its lines."""
	lines = {row.prevdoc_docname for row in quotation.items if row.prevdoc_doctype == "Opportunity"}
	lead = {quotation.party_name} if quotation.quotation_to == "Lead" else set()
	return _deals({quotation.opportunity} | lines, lead)


def deals_of_quotations(quotations: Collection[str]) -> list[Deal]:
	"""The opportunities and leads that submitted quotations were made for."""
	if not quotations:
		return []
	headers = frappe.get_all(
		"Quotation", {"name": ("in", list(quotations))}, ["opportunity", "quotation_to", "party_name"]
	)
	lines = frappe.get_all(
		"Quotation Item",
		{"parent": ("in", list(quotations)), "prevdoc_doctype": "Opportunity"},
		pluck="prevdoc_docname",
	)
	leads = {header.party_name for header in headers if header.quotation_to == "Lead"}
	return _deals({header.opportunity for header in headers} | set(lines), leads)


def _deals(opportunities: Iterable[str | None], leads: Iterable[str | None]) -> list[Deal]:
	named = [*(("Opportunity", name) for name in opportunities), *(("Lead", name) for name in leads)]
	return sorted((doctype, name) for doctype, name in named if name)
