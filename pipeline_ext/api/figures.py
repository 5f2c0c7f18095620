"""The figures of the reports, for other programs."""

from collections.abc import Callable, Mapping
from typing import Any

import frappe
from frappe import _

from pipeline_ext.reports import filters as given
from pipeline_ext.reports import forecast as forecast_report
from pipeline_ext.reports import (
	forecast_accuracy,
	pipeline_waterfall,
	quota_attainment,
	stage_conversion,
	win_loss,
)
from pipeline_ext.reports import lead_to_cash as lead_to_cash_report
from pipeline_ext.reports.drill_down import Behind

BEHIND: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Behind]] = {
	"Forecast Accuracy": forecast_accuracy.behind,
	"Pipeline Forecast": forecast_report.behind,
	"Pipeline Waterfall": pipeline_waterfall.behind,
	"Quota Attainment": quota_attainment.behind,
	"Win Loss Analysis": win_loss.behind,
	"Stage Conversion": stage_conversion.behind,
}
"""By report: its filters and a figure of it to the deals that the figure counts."""


@frappe.whitelist()
@frappe.read_only()
def forecast(filters: dict[str, Any] | str | None = None) -> dict[str, Any]:
	"""The lines, the total and what is in none of them, as the Pipeline Forecast report has it."""
	frappe.has_permission("Opportunity", "read", throw=True)
	return forecast_report.forecast(filters).as_data()


@frappe.whitelist()
@frappe.read_only()
def lead_to_cash(filters: dict[str, Any] | str | None = None) -> list[dict[str, Any]]:
	"""The rows of the Lead To Cash report for the same filters, amounts in company currency."""
	frappe.has_permission("Opportunity", "read", throw=True)
	return lead_to_cash_report.rows(filters)


@frappe.whitelist()
@frappe.read_only()
def deals_behind(
	report: str, filters: dict[str, Any] | str | None = None, figure: dict[str, Any] | str | None = None
) -> dict[str, Any]:
	"""The deals that a figure of a report counts, the largest first, in company currency.

	`filters` are those of the report, `figure` is what the row and the column of the report say of it.
	"""
	frappe.has_permission("Opportunity", "read", throw=True)
	if report not in BEHIND:
		frappe.throw(
			_("No deals are listed for {0}. Choose one of: {1}.").format(
				frappe.bold(frappe.utils.escape_html(report)), ", ".join(_(name) for name in BEHIND)
			),
			title=_("Unknown Report"),
		)
	return BEHIND[report](given.parse(filters), given.parse(figure)).as_data()
