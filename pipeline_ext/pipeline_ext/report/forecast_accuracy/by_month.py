"""Forecast Accuracy with a row for each month: what would have been forecast, and what came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frappe import _
from frappe.utils import formatdate

from pipeline_ext.domain.forecast.looking_back import held, scores_by_method, scores_of_headline
from pipeline_ext.domain.forecast.outlook import PastOutlook
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.forecast_accuracy import Accuracy
from pipeline_ext.reports.forecast_words import METHODS, method_name, percent, what_is_missing


def get_columns(found: Accuracy) -> list[Column]:
	return [
		column("label", _("Month"), _("Seen from its first day, with what was known then"), width=130),
		_money("forecast", _("Forecast"), _("By the method that had missed least until then")),
		_money("low", _("Low"), _("Lower end of the range that four in five were to lie in")),
		_money("high", _("High"), _("Upper end of that range")),
		_money("came", _("Came"), _("What was won in the month")),
		_money("miss", _("Miss"), _("Forecast less what came: below 0, it was too low")),
		column("miss_percent", _("Miss %"), _("The miss by what came"), "Percent", 90, precision=1),
		column("held", _("Held"), _("Whether what came lay in the range"), width=80),
		column("method", _("Method"), _("What the forecast was made by"), width=180),
		*(_money(method, method_name(method), _("What this method said")) for method in METHODS),
		hidden("currency"),
	]


def _money(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Currency", 130, "currency")


def get_data(found: Accuracy) -> list[dict[str, Any]]:
	rows = [_row(each) for each in found.months]
	if rows:
		rows.append(_total(found))
	return [{**row, "currency": found.currency} for row in rows]


def _row(past: PastOutlook) -> dict[str, Any]:
	in_range = held(past)
	return {
		"label": _label(past),
		"low": past.low,
		"high": past.high,
		"held": None if in_range is None else _("Yes") if in_range else _("No"),
		"method": method_name(past.method),
		**dict.fromkeys(METHODS),
		**past.values,
		**_missed(past.forecast, past.actual),
	}


def _total(found: Accuracy) -> dict[str, Any]:
	sums = _missed(sum(each.forecast for each in found.months), sum(each.actual for each in found.months))
	return {"label": _("Total"), "bold": 1, **dict.fromkeys(("low", "high", *METHODS)), **sums}


def _missed(forecast: float, came: float) -> dict[str, float | None]:
	miss = forecast - came
	return {
		"forecast": forecast,
		"came": came,
		"miss": miss,
		"miss_percent": miss / came * 100 if came else None,
	}


def _label(past: PastOutlook) -> str:
	return formatdate(past.first, "MMM yyyy")


def get_message(found: Accuracy) -> str:
	"""How the months were tried, and how each method did in them."""
	return " ".join(_sentences(found))


def _sentences(found: Accuracy) -> Iterator[str]:
	if found.model is None:
		yield _(
			"Nothing was tried yet: past months are forecast anew every night, for the first time tonight."
		)
		return
	if not found.months:
		yield _("There is too little history to forecast a past month: {0}.").format(
			what_is_missing(found.model.missing)
		)
		return
	yield _(
		"Each month is forecast with what the ledger knew as it began. WAPE is the sum of all misses by what "
		"came, bias that of too high less too low."
	)
	missed = sorted(
		(scores.wape, method)
		for method, scores in scores_by_method(found.months).items()
		if scores.wape is not None
	)
	if missed:
		each = ", ".join(f"{method_name(method)} {percent(wape)}" for wape, method in missed)
		yield _("WAPE by method: {0}.").format(each)
	if found.asked.is_narrowed:
		yield _("This view is of all deals of the company; other filters narrow the view of owners only.")


def get_chart(found: Accuracy) -> dict[str, Any] | None:
	"""What came as bars, the forecast and its range as lines."""
	if not found.months:
		return None
	lines = {
		_("Forecast"): [each.forecast for each in found.months],
		_("Low"): [each.forecast if each.low is None else each.low for each in found.months],
		_("High"): [each.forecast if each.high is None else each.high for each in found.months],
	}
	return {
		"data": {
			"labels": [_label(each) for each in found.months],
			"datasets": [
				{"name": _("Came"), "chartType": "bar", "values": [each.actual for each in found.months]},
				*({"name": name, "chartType": "line", "values": values} for name, values in lines.items()),
			],
		},
		"type": "axis-mixed",
		"colors": ["#28a745", "#5e64ff", "#b8bbff", "#b8bbff"],
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
	}


def get_summary(found: Accuracy) -> list[dict[str, Any]]:
	scores = scores_of_headline(found.months)
	cards = {
		_("WAPE"): scores.wape,
		_("Bias"): scores.bias,
		_("Ranges That Held"): scores.coverage80,
	}
	return [
		{"label": label, "value": value * 100, "datatype": "Percent", "indicator": "Blue"}
		for label, value in cards.items()
		if value is not None
	]
