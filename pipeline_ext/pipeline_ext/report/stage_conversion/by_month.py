"""Stage Conversion with a row for each month in which deals were made."""

from __future__ import annotations

from datetime import date
from typing import Any

from frappe import _
from frappe.utils import formatdate

from pipeline_ext.reports.columns import Column, column, hidden, link
from pipeline_ext.reports.stage_conversion import OUTCOMES, REACHED, CohortLine, StageConversion, labels

MONTH = "MMM yy"


def get_columns(found: StageConversion) -> list[Column]:
	label = labels()
	reached = _("Share of the deals that came to {0} or beyond it, up to now")
	return [
		column("month", _("Made In"), _("The month of the deals' Opportunity Date"), width=120),
		_count("deals", label["deals"], _("Deals made in the month, by what they are now")),
		column("amount", _("Amount"), _("Of these, in company currency"), "Currency", options="currency"),
		*(
			_percent(f"reached_{index}", stage, reached.format(stage), figure=REACHED + stage)
			for index, stage in enumerate(_stages(found))
		),
		_percent("won_share", _("Won Share"), _("Share of the deals that are won now"), figure="won"),
		_count("won", label["won"], _("Deals that are won now")),
		_count("lost", label["lost"], _("Deals that are lost now")),
		_count("open", label["open"], _("Deals that are still open")),
		link("pipeline", _("Pipeline"), _("Whose stages they are"), "Sales Pipeline"),
		hidden("currency"),
	]


def _stages(found: StageConversion) -> list[str]:
	"""The stages of all the pipelines, each name once."""
	return list(dict.fromkeys(stage for line in found.cohorts for stage in line.stages))


def _count(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Int", 90, figure=fieldname)


def _percent(fieldname: str, label: str, description: str, figure: str) -> Column:
	return column(fieldname, label, description, "Percent", 125, precision=1, figure=figure)


def get_data(found: StageConversion) -> list[dict[str, Any]]:
	columns = {stage: f"reached_{index}" for index, stage in enumerate(_stages(found))}
	return [_row(found, line, columns) for line in found.cohorts]


def _row(found: StageConversion, line: CohortLine, columns: dict[str, str]) -> dict[str, Any]:
	cohort = line.cohort
	shares = {
		columns[stage]: deals / cohort.deals * 100
		for stage, deals in zip(line.stages, cohort.reached, strict=True)
	}
	return {
		"month": formatdate(line.month, MONTH) if line.month else _("All"),
		**{name: getattr(cohort, name) for name in ("amount", *OUTCOMES)},
		**shares,
		"won_share": cohort.won / cohort.deals * 100,
		"pipeline": line.pipeline,
		"currency": found.currency,
		"bold": line.month is None,
		"figure": {"pipeline": line.pipeline, "month": line.month and str(line.month)},
	}


def get_message(found: StageConversion) -> str:
	return _(
		"Of the deals made in each month, the share that came to a stage or beyond it up to now; a deal that "
		"is won has come past all stages. Young months have had less time."
	)


def get_chart(found: StageConversion) -> dict[str, Any] | None:
	"""How the deals of each month stand now, those of all pipelines together."""
	months = sorted({line.month for line in found.cohorts if line.month})
	if not months:
		return None
	label = labels()
	return {
		"data": {
			"labels": [formatdate(month, MONTH) for month in months],
			"datasets": [
				{"name": label[name], "values": [_sum(found, name, month) for month in months]}
				for name in ("won", "open", "lost")
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#28a745", "#7cd6fd", "#e24c4c"],
		"fieldtype": "Int",
	}


def get_summary(found: StageConversion) -> list[dict[str, Any]]:
	colors = {"deals": "Blue", "won": "Green", "lost": "Red", "open": "Grey"}
	return [
		{
			"label": labels()[name],
			"value": _sum(found, name, None),
			"datatype": "Int",
			"indicator": color,
		}
		for name, color in colors.items()
	]


def _sum(found: StageConversion, name: str, month: date | None) -> int:
	"""A count of one month, or of all, over the pipelines."""
	return sum(getattr(line.cohort, name) for line in found.cohorts if line.month == month)
