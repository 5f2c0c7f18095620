"""The figures of the reports, for other programs."""

from typing import Any

import frappe

from pipeline_ext.reports import forecast as forecast_report
from pipeline_ext.reports import lead_to_cash as lead_to_cash_report


@frappe.whitelist()
def forecast(filters: dict[str, Any] | str | None = None) -> dict[str, Any]:
	"""The lines, totals and currency of the Pipeline Forecast report for the same filters."""
	frappe.has_permission("Opportunity", "read", throw=True)
	return forecast_report.forecast(filters).as_data()


@frappe.whitelist()
def lead_to_cash(filters: dict[str, Any] | str | None = None) -> list[dict[str, Any]]:
	"""The rows of the Lead To Cash report for the same filters, amounts in company currency."""
	frappe.has_permission("Opportunity", "read", throw=True)
	return lead_to_cash_report.rows(filters)
