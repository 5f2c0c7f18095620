"""Pipeline Waterfall: how the open pipeline got from one day to another, and which deals did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import fmt_money

from pipeline_ext.domain.pipeline import FORECAST_CATEGORIES
from pipeline_ext.domain.waterfall import FLOWS, Bar, Stop
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.pipeline_waterfall import (
	ANY,
	PipelineWaterfall,
	View,
	bar_label,
	key_of,
	label_of,
	pipeline_waterfall,
)

ONLY_IF_ANY = (Bar.PIPELINE_IN, Bar.PIPELINE_OUT, Bar.OWNER_IN, Bar.OWNER_OUT)
"""Bars of deals that come from or go to what a filter leaves out."""
BLUE, GREEN, RED, GREY, INVISIBLE = "#5e64ff", "#48bb74", "#e24c4c", "#a6b1b9", "rgba(0, 0, 0, 0.0)"


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = pipeline_waterfall(filters)
	if found.view is View.MATRIX:
		columns, data, chart = get_matrix_columns(found), get_matrix(found), get_matrix_chart(found)
	else:
		columns, data, chart = get_bar_columns(), get_bars(found), get_bar_chart(found)
	return columns, data, get_message(found), chart, get_summary(found)


def get_message(found: PipelineWaterfall) -> str:
	"""What was looked at, in words, and what could not be."""
	bars, window, period = found.waterfall.bars, found.window, found.period
	sentences = [
		_("Open deals expected to close from {0} to {1}, at the start of {2} and at the end of {3}.").format(
			*(frappe.format(day, "Date") for day in (window.first, window.last, period.first, period.last))
		),
		_("{0} deals worth {1} became {2} deals worth {3}.").format(
			bars[Bar.START].deals,
			_in_words(found, bars[Bar.START].amount),
			bars[Bar.END].deals,
			_in_words(found, bars[Bar.END].amount),
		),
	]
	if found.begins_on is None:
		sentences.append(_("The ledger knows no deal yet."))
	elif found.begins_on >= period.first:
		sentences.append(
			_("The ledger begins on {0}: deals before it are not known.").format(
				frappe.format(found.begins_on, "Date")
			)
		)
	if found.undated:
		sentences.append(
			_("Deals in no window, because they have no closing date: {0}.").format(found.undated)
		)
	return " ".join(sentences)


def _in_words(found: PipelineWaterfall, amount: int) -> str:
	return fmt_money(found.money(amount), currency=found.currency)


def get_summary(found: PipelineWaterfall) -> list[dict[str, Any]]:
	"""Start, net new, won and lost make the end."""
	bars = found.waterfall.bars
	net_new = sum(bars[bar].amount for bar in FLOWS if bar not in (Bar.WON, Bar.LOST))
	return [
		_card(found, _("Start"), bars[Bar.START].amount, "Blue"),
		_card(found, _("Net New"), net_new, "Green" if net_new >= 0 else "Red"),
		_card(found, _("Won"), -bars[Bar.WON].amount, "Green"),
		_card(found, _("Lost"), -bars[Bar.LOST].amount, "Red"),
		_card(found, _("End"), bars[Bar.END].amount, "Blue"),
	]


def _card(found: PipelineWaterfall, label: str, amount: int, indicator: str) -> dict[str, Any]:
	money = {"datatype": "Currency", "currency": found.currency}
	return {"label": label, "value": found.money(amount), "indicator": indicator, **money}


def _money_chart(found: PipelineWaterfall, labels: list[str], **chart: Any) -> dict[str, Any]:
	"""A bar chart of amounts, from `datasets`, `colors` and whatever else it takes."""
	return {
		"data": {"labels": labels, "datasets": chart.pop("datasets")},
		"type": "bar",
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
		**chart,
	}


# The waterfall


def get_bar_columns() -> list[Column]:
	amount = _("What the deals add to the open pipeline, or take from it, in the company's currency")
	share = _("The amount, in percent of what was open at the start")
	return [
		column("bar", _("Change"), _("What became of deals, in the order of the chart"), width=150),
		column("amount", _("Amount"), amount, "Currency", 160, "currency", figure="amount"),
		column("deals", _("Deals"), _("How many deals that were"), "Int", 90, figure="deals"),
		column("share", _("Of Start"), share, "Percent", 110, precision=1),
		column("meaning", _("Meaning"), _("Which deals are in it"), width=600),
		hidden("currency"),
	]


def get_bars(found: PipelineWaterfall) -> list[dict[str, Any]]:
	meanings = get_meanings()
	start = found.waterfall.bars[Bar.START].amount
	return [
		{
			"bar": bar_label(bar),
			"amount": found.money(amount),
			"deals": deals,
			"share": 100 * amount / start if start else None,
			"meaning": meanings[bar],
			"currency": found.currency,
			"figure": {"bar": bar.value},
			"bold": bar not in FLOWS,
		}
		for bar, deals, amount in _shown(found)
	]


def _shown(found: PipelineWaterfall) -> list[tuple[Bar, int, int]]:
	bars = found.waterfall.bars.items()
	return [(bar, total.deals, total.amount) for bar, total in bars if total.deals or bar not in ONLY_IF_ANY]


def get_meanings() -> dict[Bar, str]:
	return {
		Bar.START: _("Open in the window when the period began"),
		Bar.NEW: _("Not known before; with the amount at the end"),
		Bar.REOPENED: _("Won or lost when the period began, and taken up again"),
		Bar.PULLED_IN: _("Moved in: was expected after the window, or had no date"),
		Bar.PUSHED_IN: _("Moved in: was expected before the window"),
		Bar.PIPELINE_IN: _("Came over from another pipeline"),
		Bar.OWNER_IN: _("Came over from another owner"),
		Bar.INCREASED: _("Worth more than at the start"),
		Bar.DECREASED: _("Worth less than at the start"),
		Bar.CURRENCY: _("Worth more or less only because an exchange rate changed"),
		Bar.WON: _("Won; with the amount at the end"),
		Bar.LOST: _("Lost or closed; with the amount at the end"),
		Bar.PULLED_OUT: _("Moved out: now before the window; with the amount at the start"),
		Bar.PUSHED_OUT: _("Moved out: now after the window, or undated; with the amount at the start"),
		Bar.PIPELINE_OUT: _("Went to another pipeline or company; with the amount at the start"),
		Bar.OWNER_OUT: _("Went to another owner; with the amount at the start"),
		Bar.END: _("Open in the window when the period ended"),
	}


def get_bar_chart(found: PipelineWaterfall) -> dict[str, Any] | None:
	"""Stacked bars: one nobody sees, up to where the pipeline stood, and on it what came or went."""
	drawn = [(bar, amount) for bar, _deals, amount in _shown(found) if amount]
	floor, standing, added, gone = [], [], [], []
	level = 0
	for bar, amount in drawn:
		is_flow = bar in FLOWS
		before, level = level, level + amount if is_flow else amount
		floor.append(found.money(min(before, level)) if is_flow else None)
		standing.append(None if is_flow else found.money(amount))
		added.append(found.money(amount) if is_flow and amount > 0 else None)
		gone.append(found.money(-amount) if is_flow and amount < 0 else None)
	if not drawn:
		return None
	return _money_chart(
		found,
		[bar_label(bar) for bar, _amount in drawn],
		datasets=[
			{"name": _("Carried Along"), "values": floor},
			{"name": _("Open"), "values": standing},
			{"name": _("Added"), "values": added},
			{"name": _("Gone"), "values": gone},
		],
		colors=[INVISIBLE, BLUE, GREEN, RED],
		barOptions={"stacked": 1, "spaceRatio": 0.3},
		showLegend=0,
	)


# The matrix of categories


def get_matrix_columns(found: PipelineWaterfall) -> list[Column]:
	came = _("Where deals were at the start, or how they came; the changes of their amounts come last")
	total = _("All of the row; with the amount at the start, of new deals at the end")
	return [
		column("came", _("Start"), came, width=190),
		*(_money_column(_field(went), label_of(went), _became(went), key_of(went)) for went in _ends(found)),
		_money_column("total", _("Total"), total, ANY),
		hidden("currency"),
	]


def _money_column(fieldname: str, label: str, description: str, figure: str) -> Column:
	return column(fieldname, label, description, "Currency", 150, "currency", figure=figure)


def _became(went: Stop) -> str:
	if went.bar is Bar.END:
		return _("Open at the end, in forecast category {0}").format(label_of(went))
	return get_meanings()[went.bar]


def _field(stop: Stop) -> str:
	return frappe.scrub(" ".join(filter(None, stop)))


def _ends(found: PipelineWaterfall) -> list[Stop]:
	return sorted(found.waterfall.taken, key=_order)


def _order(stop: Stop) -> tuple[bool, int, bool, int, str]:
	"""What is open, by forecast category, unknown ones last; then what came and went."""
	is_known = stop.category in FORECAST_CATEGORIES
	place = FORECAST_CATEGORIES.index(stop.category) if is_known else 0
	return stop.bar is not Bar.END, [*Bar].index(stop.bar), not is_known, place, stop.category or ""


def get_matrix(found: PipelineWaterfall) -> list[dict[str, Any]]:
	"""A row for each way in which deals came, then what their amounts changed by, then what that makes."""
	waterfall = found.waterfall
	rows = [
		_matrix_row(found, label_of(came), waterfall.came(came), key_of(came))
		for came in sorted(waterfall.brought, key=_order)
	]
	if not rows:
		return []
	return [
		*rows,
		_matrix_row(found, _("Change of Amount"), waterfall.changed),
		_matrix_row(found, label_of(None), waterfall.taken, ANY),
	]


def _matrix_row(
	found: PipelineWaterfall, label: str, amounts: Mapping[Stop, int], key: str | None = None
) -> dict[str, Any]:
	return {
		"came": label,
		**{_field(went): found.money(amount) for went, amount in amounts.items()},
		"total": found.money(sum(amounts.values())),
		"currency": found.currency,
		"figure": key and {"came": key},
		"bold": key == ANY,
	}


def get_matrix_chart(found: PipelineWaterfall) -> dict[str, Any] | None:
	"""What was open in each forecast category at the start, and what at the end."""
	start = {
		came.category: amount for came, amount in found.waterfall.brought.items() if came.bar is Bar.START
	}
	end = {went.category: amount for went, amount in found.waterfall.taken.items() if went.bar is Bar.END}
	stops = sorted({Stop(Bar.END, category) for category in (*start, *end)}, key=_order)
	if not stops:
		return None
	return _money_chart(
		found,
		[label_of(stop) for stop in stops],
		datasets=[
			{"name": _("Start"), "values": [found.money(start.get(stop.category, 0)) for stop in stops]},
			{"name": _("End"), "values": [found.money(end.get(stop.category, 0)) for stop in stops]},
		],
		colors=[GREY, BLUE],
	)
