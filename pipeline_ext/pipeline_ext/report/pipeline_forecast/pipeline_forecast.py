"""Pipeline Forecast: won and weighted open deals, by month of close and owner."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import formatdate, get_last_day

from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.reports.forecast import Forecast, forecast, line_data


def execute(filters: dict[str, Any] | None = None) -> tuple:
	found = forecast(filters)
	data = get_data(found)
	return get_columns(), data, get_message(found), get_chart(found), get_summary(found)


def get_columns() -> list[dict[str, Any]]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 150}
	return [
		{"fieldname": "month", "label": _("Closes In"), "fieldtype": "Data", "width": 120},
		{"fieldname": "owner", "label": _("Owner"), "fieldtype": "Link", "options": "User", "width": 200},
		{"fieldname": "deals", "label": _("Open Deals"), "fieldtype": "Int", "width": 100},
		{"fieldname": "amount", "label": _("Open Amount"), **money},
		{"fieldname": "weighted", "label": _("Weighted by Stage"), **money},
		{"fieldname": "won_deals", "label": _("Won Deals"), "fieldtype": "Int", "width": 100},
		{"fieldname": "won", "label": _("Won"), **money},
		{"fieldname": "forecast", "label": _("Forecast"), **money},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_data(found: Forecast) -> list[dict[str, Any]]:
	return [_row(line, found.currency) for line in found.lines]


def _row(line: ForecastLine, currency: str) -> dict[str, Any]:
	return {
		**line_data(line),
		"month": month_label(line),
		"from_date": line.month,
		"to_date": get_last_day(line.month),
		"currency": currency,
	}


def get_message(found: Forecast) -> str:
	"""What the figures mean, and every deal that is in none of the months."""
	sentences = [
		_("Forecast = won + open amounts weighted by the probability of their stage, in {0}.").format(
			found.currency
		)
	]
	if found.undated.deals:
		sentences.append(
			_("In no month: {0} open deals worth {1} whose closing date is missing or past.").format(
				found.undated.deals, frappe.format(found.undated.amount, "Currency", currency=found.currency)
			)
		)
	if found.later.deals:
		sentences.append(_("{0} open deals close after this period.").format(found.later.deals))
	if found.unweighted_deals:
		sentences.append(
			_("{0} open deals are in no stage of their pipeline and weigh nothing.").format(
				found.unweighted_deals
			)
		)
	return " ".join(sentences)


def get_chart(found: Forecast) -> dict[str, Any] | None:
	if not found.months:
		return None
	return {
		"data": {
			"labels": [month_label(line) for line in found.months],
			"datasets": [
				{"name": _("Won"), "values": [line.won for line in found.months]},
				{"name": _("Weighted by Stage"), "values": [line.weighted for line in found.months]},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#28a745", "#5e64ff"],
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
	}


def get_summary(found: Forecast) -> list[dict[str, Any]]:
	money = {"datatype": "Currency", "currency": found.currency}
	total = found.total
	return [
		{"label": _("Won"), "value": total.won, "indicator": "Green", **money},
		{"label": _("Weighted by Stage"), "value": total.weighted, "indicator": "Blue", **money},
		{"label": _("Forecast"), "value": total.forecast, "indicator": "Blue", **money},
		{"label": _("Open Amount"), "value": total.amount, "indicator": "Grey", **money},
		{"label": _("Open Deals"), "value": total.deals, "datatype": "Int", "indicator": "Grey"},
	]


def month_label(line: ForecastLine) -> str:
	return formatdate(line.month, "MMM yyyy")
