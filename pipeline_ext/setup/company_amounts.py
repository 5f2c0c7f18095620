"""Fills in the company amount of deals that came in past the form, where ERPNext leaves it at 0."""

from __future__ import annotations

import frappe
from frappe.utils import flt

from pipeline_ext.reports.currency import company_amount

FIELD = "base_opportunity_amount"
NEEDED = ("name", "company", "currency", "transaction_date", "opportunity_amount", "conversion_rate")


def fill() -> None:
	"""Without events and without a trace in the documents: only what the form would have worked out."""
	precision = frappe.get_precision("Opportunity", FIELD)
	deals = frappe.get_all("Opportunity", {FIELD: 0, "opportunity_amount": (">", 0)}, NEEDED)
	amounts = {deal.name: {FIELD: flt(company_amount(deal), precision)} for deal in deals}
	frappe.db.bulk_update("Opportunity", amounts, update_modified=False)
