"""Stage Conversion: who moves on from each stage, after how long, and which stages are out of line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline_ext.pipeline_ext.report.stage_conversion import by_month, by_stage
from pipeline_ext.reports.stage_conversion import GroupBy, stage_conversion


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = stage_conversion(filters)
	view = by_month if found.group_by is GroupBy.MONTH else by_stage
	columns, data = view.get_columns(found), view.get_data(found)
	return columns, data, view.get_message(found), view.get_chart(found), view.get_summary(found)
