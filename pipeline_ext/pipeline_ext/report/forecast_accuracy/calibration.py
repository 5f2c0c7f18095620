"""Forecast Accuracy by chance: of the deals that were given a chance, how many were won."""

from __future__ import annotations

from typing import Any

from frappe import _

from pipeline_ext.domain.forecast.scores import BINS
from pipeline_ext.reports.columns import Column, column
from pipeline_ext.reports.forecast_accuracy import Accuracy
from pipeline_ext.reports.forecast_words import what_is_missing


def get_columns(found: Accuracy) -> list[Column]:
	return [
		column("label", _("Chance"), _("The tenth of the scale that the chances lie in"), width=130),
		column("deals", _("Deals"), _("An open deal counts once for each month that was tried"), "Int"),
		_percent("said", _("Said"), _("The mean chance to be won in the month")),
		_percent("came", _("Came"), _("How many of them were won in the month")),
		_percent("gap", _("Gap"), _("Said less came: below 0, the chances were too low")),
	]


def _percent(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Percent", precision=1)


def get_data(found: Accuracy) -> list[dict[str, Any]]:
	return [_row(found.tried_deals, *each) for each in found.calibration]


def _row(tried: int, share: float, said: float, came: float) -> dict[str, Any]:
	return {
		"label": _label(said),
		"deals": round(share * tried),
		"said": said * 100,
		"came": came * 100,
		"gap": (said - came) * 100,
	}


def _label(said: float) -> str:
	tenth = min(int(said * BINS), BINS - 1)
	return _("{0} to {1} %").format(*(edge * 100 // BINS for edge in (tenth, tenth + 1)))


def get_message(found: Accuracy) -> str:
	"""What the table compares, or what is missing for one."""
	if found.model is None:
		return _(
			"Nothing was tried yet: chances are tried on past months every night, for the first time tonight."
		)
	if not found.calibration:
		return _("There is too little history to try chances on: {0}.").format(
			what_is_missing(found.model.missing)
		)
	return _(
		"Every open deal is given its chance to be won in a past month, with what was known as it began: of "
		"those with a chance of 30 %, 30 % should have been won. The Brier score is the mean of (chance − "
		"outcome)², 0 at best; AUC how often a deal that was won was given more than one that was not; the "
		"calibration error the mean gap. This view is of all deals of the company."
	)


def get_chart(found: Accuracy) -> dict[str, Any] | None:
	"""Said and came, side by side."""
	if not found.calibration:
		return None
	return {
		"data": {
			"labels": [_label(said) for _share, said, _came in found.calibration],
			"datasets": [
				{"name": _("Said"), "values": [said * 100 for _share, said, _came in found.calibration]},
				{"name": _("Came"), "values": [came * 100 for _share, _said, came in found.calibration]},
			],
		},
		"type": "bar",
		"colors": ["#5e64ff", "#28a745"],
		"fieldtype": "Percent",
	}


def get_summary(found: Accuracy) -> list[dict[str, Any]]:
	labels = {
		"brier": _("Brier Score"),
		"logloss": _("Log-Loss"),
		"auc": _("AUC"),
		"ece": _("Calibration Error"),
	}
	cards = [
		{"label": label, "value": found.deal_scores[score], "datatype": "Float", "indicator": "Blue"}
		for score, label in labels.items()
		if found.deal_scores.get(score) is not None
	]
	return [
		{"label": _("Deals Tried"), "value": found.tried_deals, "datatype": "Int", "indicator": "Grey"},
		*cards,
	]
