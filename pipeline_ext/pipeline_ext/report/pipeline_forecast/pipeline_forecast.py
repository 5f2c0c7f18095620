"""Pipeline Forecast: what each month or quarter will bring, how sure that is, and what others say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from frappe import _
from frappe.utils import fmt_money, formatdate, get_fullname

from pipeline_ext.domain.forecast.lines import Hindsight, Line
from pipeline_ext.domain.forecast.ranges import Range
from pipeline_ext.reports.adjustments import says_nothing_of
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.forecast import MONTHS_SHARED, Counted, Forecast, Sum, forecast, period_label
from pipeline_ext.reports.forecast_words import method_name, what_is_missing

COLORS = ("#28a745", "#5e64ff", "#b8bbff")
CURVE_COLORS = ("#f8c471", "#e24c4c", "#f39c12")


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = forecast(filters)
	return get_columns(), get_data(found), get_message(found), get_chart(found), get_summary(found)


def get_columns() -> list[Column]:
	return [
		column("label", _("Period"), _("The month or quarter, and below it whose deals they are"), width=210),
		_counted(Counted.CLOSED, _("Won in the period")),
		_counted(
			Counted.OPEN_DEALS, _("Deals that are open now: amount × the chance to be won in the period")
		),
		_money("new_deals", _("Not There Yet"), _("Expected from deals that nobody has opened yet")),
		_money("model", _("Sum"), _("Closed + From Open Deals + Not There Yet")),
		_money(
			"forecast", _("Forecast"), _("Closed + what is expected by the method that missed least so far")
		),
		_money("low", _("Low"), _("Of ten such forecasts, nine came to more")),
		_money("high", _("High"), _("Of ten such forecasts, nine came to less")),
		column("method", _("Method"), _("What the forecast is made by"), width=170),
		_counted(
			Counted.WEIGHTED,
			_("Closed + open deals that are to close in the period, by the probability of their stage"),
		),
		_counted(
			Counted.COMMIT, _("Closed + open deals of the category Commit that are to close in the period")
		),
		_counted(Counted.BEST_CASE, _("Commit + those of the category Best Case")),
		_counted(Counted.PIPELINE, _("Best Case + those of the category Pipeline, or of none")),
		_money("owner_says", _("Owners Say"), _("What owners said last of their own deals")),
		_money("manager_says", _("Managers Say"), _("What those above them said last of these deals")),
		hidden("currency"),
	]


def _money(fieldname: str, label: str, description: str, figure: str | None = None) -> Column:
	return column(fieldname, label, description, "Currency", 145, "currency", figure=figure)


def _counted(what: Counted, description: str) -> Column:
	return _money(what.value, what.label, description, what.value)


def get_data(found: Forecast) -> list[dict[str, Any]]:
	"""Each period with its owners below, the total, and what was said when the last period began."""
	rows = [row for line in found.lines for row in _rows(line)]
	rows += [_total(found), *_hindsight(found.hindsight)]
	return [{**row, "currency": found.currency} for row in rows]


def _rows(line: Line) -> Iterator[dict[str, Any]]:
	label = period_label(line.period)
	days = {"from_date": line.period.first, "to_date": line.period.last}
	yield {
		"label": label,
		"indent": 0,
		**vars(line.figures),
		**_range(line.range),
		"method": line.method and method_name(line.method),
		"figure": days,
	}
	for owner, figures in line.owners.items():
		yield {
			"label": get_fullname(owner) if owner else _("Without Owner"),
			"within": label,
			"indent": 1,
			**vars(figures),
			**_range(None),
			"figure": {**days, "owner": owner},
		}


def _total(found: Forecast) -> dict[str, Any]:
	days = found.asked.days
	return {
		"label": _("Total"),
		"indent": 0,
		"bold": 1,
		**vars(found.total),
		**_range(None),
		"figure": {"from_date": days.first, "to_date": days.last},
	}


def _hindsight(hindsight: Hindsight) -> Iterator[dict[str, Any]]:
	label = period_label(hindsight.period)
	yield {
		"label": _("{0}, said as it began").format(label),
		"indent": 0,
		**vars(hindsight.said),
		"closed": hindsight.came,
		**_range(hindsight.range),
		"method": hindsight.method and method_name(hindsight.method),
	}
	yield {
		"label": _("{0}, said too much by").format(label),
		"indent": 0,
		**vars(hindsight.missed),
		**_range(None),
	}


def _range(found: Range | None) -> dict[str, float | None]:
	return vars(found) if found else {"low": None, "high": None}


def get_message(found: Forecast) -> str:
	"""What the forecast is made of, how sure it is, and every deal that is in no period."""
	return " ".join((*_on_the_model(found), *_on_open_deals(found), *_on_what_was_said(found)))


def _on_the_model(found: Forecast) -> Iterator[str]:
	model = found.model
	if model is None:
		yield _(
			"Nothing is expected yet: every night it is learned from past deals, for the first time tonight. "
			"Until then there are what is closed and the simple views."
		)
		return
	headline = next((line for line in found.lines if line.method), None)
	if headline:
		yield _("The forecast of {0} is by: {1}.").format(
			period_label(headline.period), method_name(headline.method)
		)
	yield _("It is seen from {0}.").format(formatdate(model.outlook.origin))
	if found.asked.is_whole:
		yield _("Decided deals to learn from: {0}, {1} of them won.").format(model.decided, model.won)
	if any(line.range for line in found.lines):
		yield _("Four in five such forecasts came to between Low and High.")
	if model.missing:
		yield _("For some ranges there is too little history: {0}.").format(what_is_missing(model.missing))
	if not found.asked.is_whole:
		yield _(
			"What is Not There Yet, and any method but the model, is the company's by the share that these "
			"deals had in what was won in {0} months; the smaller the share, the wider the range."
		).format(MONTHS_SHARED)


def _on_open_deals(found: Forecast) -> Iterator[str]:
	if found.unscored:
		yield _("Open since the last night, and so Not There Yet until the next: {0} deals.").format(
			found.unscored
		)
	in_no_view = {
		_("no date to close"): found.undated,
		_("to close before this period"): found.overdue,
		_("to close after the last"): found.later,
	}
	named = [_named(found, reason, deals) for reason, deals in in_no_view.items() if deals.deals]
	if named:
		yield _("In no simple view: {0}.").format(", ".join(named))
	if found.unweighted:
		yield _("In no stage of their pipeline, and so of no weight: {0} deals.").format(found.unweighted)
	if found.closed_undated:
		yield _("Closed nobody knows when, and so in no period: {0} deals.").format(found.closed_undated)


def _named(found: Forecast, reason: str, deals: Sum) -> str:
	worth = fmt_money(deals.amount, currency=found.currency)
	return _("{0} deals of {1} ({2})").format(deals.deals, worth, reason)


def _on_what_was_said(found: Forecast) -> Iterator[str]:
	if says_nothing_of(found.asked.deals):
		yield _("Nobody says what deals of a territory, source or customer group will bring.")
	if found.model and not found.asked.is_whole:
		yield _("What the model said as the last period began is kept of all deals together only.")


def get_chart(found: Forecast) -> dict[str, Any]:
	"""What is closed and expected, period by period, with the forecast and the ends of its range as lines.

	Also where that is nothing: without a chart, the one in the workspace fails.
	"""
	bars, curves = _bars(found), _curves(found.lines)
	return {
		"data": {
			"labels": [period_label(line.period) for line in found.lines],
			"datasets": [
				*({"name": name, "chartType": "bar", "values": values} for name, values in bars.items()),
				*({"name": name, "chartType": "line", "values": values} for name, values in curves.items()),
			],
		},
		"type": "axis-mixed",
		"barOptions": {"stacked": 1},
		"colors": [*COLORS[: len(bars)], *CURVE_COLORS],
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
	}


def _bars(found: Forecast) -> dict[str, list[float]]:
	each = [line.figures for line in found.lines]
	closed = {Counted.CLOSED.label: [figures.closed for figures in each]}
	if not found.model:
		open_deals = [figures.weighted - figures.closed for figures in each]
		return {**closed, _("Open Deals, Weighted by Stage"): open_deals}
	return {
		**closed,
		Counted.OPEN_DEALS.label: [figures.open_deals or 0.0 for figures in each],
		_("Not There Yet"): [figures.new_deals or 0.0 for figures in each],
	}


def _curves(lines: Sequence[Line]) -> dict[str, list[float]]:
	"""Where there is no range, as in a period that is over, both ends are at the forecast."""
	if not any(line.range for line in lines):
		return {}
	forecast = [line.figures.forecast or 0.0 for line in lines]
	ends = [line.range or Range(value, value) for line, value in zip(lines, forecast, strict=True)]
	return {
		_("Low"): [each.low for each in ends],
		_("Forecast"): forecast,
		_("High"): [each.high for each in ends],
	}


def get_summary(found: Forecast) -> list[dict[str, Any]]:
	"""The totals, and the range of the first period that has one."""
	money = {"datatype": "Currency", "currency": found.currency}
	total = found.total
	cards = [
		{"label": Counted.CLOSED.label, "value": total.closed, "indicator": "Green", **money},
		{"label": Counted.WEIGHTED.label, "value": total.weighted, "indicator": "Grey", **money},
		{"label": Counted.COMMIT.label, "value": total.commit, "indicator": "Grey", **money},
	]
	if total.forecast is not None:
		first, last = (period_label(line.period) for line in (found.lines[0], found.lines[-1]))
		label = _("Forecast {0} to {1}").format(first, last)
		cards.insert(1, {"label": label, "value": total.forecast, "indicator": "Blue", **money})
	line = next((line for line in found.lines if line.range), None)
	if line:
		low, high = (fmt_money(end, 0, found.currency) for end in (line.range.low, line.range.high))
		label = _("Forecast {0}, Low to High").format(period_label(line.period))
		cards.append({"label": label, "value": f"{low} – {high}", "datatype": "Data", "indicator": "Blue"})
	return cards
