"""What became of the open pipeline in a period, as bars and as a matrix of categories."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain
from typing import Any

from frappe import _

from pipeline_ext.domain.waterfall import FLOWS, Bar, Journey, Stop, Waterfall, Window
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.deal_filters import Days
from pipeline_ext.reports.drill_down import Behind, refuse_figure
from pipeline_ext.reports.pipeline_changes import PipelineChanges

ANY = "Any"
"""In a figure of the matrix: wherever the deals came from, or went to."""


class View(str, Enum):
	"""What the report shows."""

	WATERFALL = "Waterfall"
	MATRIX = "Category Matrix"


@dataclass(frozen=True)
class PipelineWaterfall:
	"""Amounts are in units of which `units` make one of the currency.

	`begins_on` is the first day that the ledger knows of; `undated` counts the deals, open at the end, that
	are in no window, because nobody has said when they are expected to close.
	"""

	waterfall: Waterfall
	view: View
	period: Days
	window: Window
	currency: str
	units: int
	begins_on: date | None
	undated: int

	def money(self, amount: int) -> float:
		"""An amount in the currency."""
		return amount / self.units


def pipeline_waterfall(filters: Mapping[str, Any] | str | None = None) -> PipelineWaterfall:
	"""The waterfall of the deals that the user may read.

	For the filters `from_date`, `to_date`, `close_from`, `close_to`, `view` and those of `DealFilters`. It
	takes the same number of queries for any number of deals, and fetches only those that changed. Raises
	ValidationError for filters that make no sense.
	"""
	parsed = given.parse(filters)
	asked = PipelineChanges.parse(parsed)
	return PipelineWaterfall(
		waterfall=Waterfall(chain(asked.unchanged(), (way for _name, way in asked.changed()))),
		view=_view(parsed),
		period=asked.period,
		window=asked.window,
		currency=asked.deals.currency,
		units=asked.units,
		begins_on=asked.begins_on(),
		undated=asked.undated(),
	)


def _view(filters: Mapping[str, Any]) -> View:
	return given.choice(filters, "view", _("View"), View) or View.WATERFALL


# The deals behind a figure


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The deals of a `bar`; or of a cell of the matrix, by where they `came` from and `what` they became."""
	asked = PipelineChanges.parse(filters)
	title, count = _cell(figure) if _view(filters) is View.MATRIX else _bar(figure)
	counted = {}
	for name, way in chain(asked.unchanged_deals(), asked.changed()):
		amount = count(way)
		if amount is not None:
			counted[name] = amount / asked.units
	return Behind(title, counted, asked.deals.currency)


def bar_label(bar: Bar) -> str:
	"""What readers call a bar."""
	labels = {
		Bar.START: _("Start"),
		Bar.NEW: _("New"),
		Bar.REOPENED: _("Reopened"),
		Bar.PULLED_IN: _("Pulled In"),
		Bar.PUSHED_IN: _("Pushed In"),
		Bar.PIPELINE_IN: _("Pipeline In"),
		Bar.OWNER_IN: _("Owner In"),
		Bar.INCREASED: _("Increased"),
		Bar.DECREASED: _("Decreased"),
		Bar.CURRENCY: _("Currency"),
		Bar.WON: _("Won"),
		Bar.LOST: _("Lost"),
		Bar.PULLED_OUT: _("Pulled Out"),
		Bar.PUSHED_OUT: _("Pushed Out"),
		Bar.PIPELINE_OUT: _("Pipeline Out"),
		Bar.OWNER_OUT: _("Owner Out"),
		Bar.END: _("End"),
	}
	return labels[bar]


Counting = tuple[str, Callable[[Journey], int | None]]
"""What a figure is called, and what a deal counts for in it; None where it does not."""


def _bar(figure: Mapping[str, Any]) -> Counting:
	bar = given.choice(figure, "bar", _("Bar"), Bar)
	if bar is None:
		refuse_figure()
	return bar_label(bar), lambda way: dict(way.steps).get(bar)


def _cell(figure: Mapping[str, Any]) -> Counting:
	came, went = _stop(figure, "came"), _stop(figure, "what")

	def amount(way: Journey) -> int | None:
		if came not in (None, way.origin) or went not in (None, way.destination):
			return None
		return way.brought if came else way.taken

	return _("{0} to {1}").format(label_of(came), label_of(went)), amount


def _stop(figure: Mapping[str, Any], name: str) -> Stop | None:
	"""The stop that a figure names by its key; None for any."""
	key = given.text(figure, name, _("Figure"))
	if key is None:
		refuse_figure()
	if key == ANY:
		return None
	bar, _colon, category = key.partition(":")
	try:
		return Stop(Bar(bar), category or None)
	except ValueError:
		refuse_figure()


def key_of(stop: Stop | None) -> str:
	"""What figures call a stop."""
	return f"{stop.bar.value}:{stop.category or ''}" if stop else ANY


def label_of(stop: Stop | None) -> str:
	"""What readers call a stop: by its forecast category, where it is the start or the end."""
	if stop is None:
		return _("Total")
	if stop.bar in FLOWS:
		return bar_label(stop.bar)
	return _(stop.category) if stop.category else _("No Category")
