"""Forecast Accuracy: how far off forecasts and commitments were, and what a chance was worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_ext.pipeline_ext.report.forecast_accuracy import by_month, by_owner, calibration
from pipeline_ext.reports.forecast_accuracy import View, forecast_accuracy

VIEWS = {View.MONTHS: by_month, View.CALIBRATION: calibration, View.OWNERS: by_owner}


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = forecast_accuracy(filters)
	view = VIEWS[found.asked.shown]
	columns, data = view.get_columns(found), view.get_data(found)
	return columns, data, view.get_message(found), view.get_chart(found), view.get_summary(found)
