"""Forecast Accuracy by owner: what they commit to as a month begins, against what they win in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frappe import _
from frappe.utils import formatdate, get_fullname

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.commitments import Commitment, Record
from pipeline_ext.reports.adjustments import says_nothing_of
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.forecast_accuracy import Accuracy, Counted

COMMITTED, OWNER, MANAGER = "committed", "owner_says", "manager_says"


def get_columns(found: Accuracy) -> list[Column]:
	too_much = _("How much too high it was in sum, of what was won in the months in which it was said")
	off = _("The sum of all misses, too high or too low, of what was won")
	return [
		column(
			"label", _("Owner"), _("Whose deals they were as the month began; below it the months"), width=210
		),
		_money("won", Counted.WON.label, _("Won in the months by this owner's deals"), "won"),
		_money(
			COMMITTED,
			Counted.COMMITTED.label,
			_("Open deals of the category Commit, to close in the month, as it began"),
			COMMITTED,
		),
		_money("beyond", _("Beyond"), _("Committed less won: below 0, it was too little")),
		_percent(f"{COMMITTED}_bias", _("Overshoots By"), too_much),
		_percent(f"{COMMITTED}_wape", _("Misses By"), off),
		_money(OWNER, _("Owner Said"), _("In Forecast Adjustments, up to the first day of the month")),
		_percent(f"{OWNER}_bias", _("Overshoots By"), too_much),
		_money(MANAGER, _("Manager Said"), _("The same, by those above the owner")),
		_percent(f"{MANAGER}_bias", _("Overshoots By"), too_much),
		hidden("currency"),
	]


def _money(fieldname: str, label: str, description: str, figure: str | None = None) -> Column:
	return column(fieldname, label, description, "Currency", 130, "currency", figure=figure)


def _percent(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Percent", 125, precision=1)


def get_data(found: Accuracy) -> list[dict[str, Any]]:
	rows = [row for owner, record in found.owners.items() for row in _rows(owner, record)]
	if rows:
		rows.append({"label": _("Total"), "indent": 0, "bold": 1, **_figures(found.everybody), "figure": {}})
	return [{**row, "currency": found.currency} for row in rows]


def _rows(owner: str | None, record: Record) -> Iterator[dict[str, Any]]:
	label = _name(owner)
	yield {"label": label, "indent": 0, **_figures(record), "figure": {"owner": owner}}
	for each in record.commitments:
		yield _of_month(label, each)


def _of_month(label: str, commitment: Commitment) -> dict[str, Any]:
	month = CalendarPeriod.around(commitment.month, PeriodKind.MONTH)
	return {
		"label": formatdate(commitment.month, "MMM yyyy"),
		"within": label,
		"indent": 1,
		**_figures(Record((commitment,))),
		"figure": {"owner": commitment.owner, "from_date": month.first, "to_date": month.last},
	}


def _figures(record: Record) -> dict[str, float | None]:
	committed = record.scores(COMMITTED)
	return {
		"won": record.won,
		"beyond": (record.said(COMMITTED) or 0.0) - record.won,
		f"{COMMITTED}_wape": _hundredfold(committed.wape),
		**{voice: record.said(voice) for voice in (COMMITTED, OWNER, MANAGER)},
		**{f"{voice}_bias": _hundredfold(record.scores(voice).bias) for voice in (COMMITTED, OWNER, MANAGER)},
	}


def _hundredfold(share: float | None) -> float | None:
	return None if share is None else share * 100


def _name(owner: str | None) -> str:
	return get_fullname(owner) if owner else _("Without Owner")


def get_message(found: Accuracy) -> str:
	return " ".join(_sentences(found))


def _sentences(found: Accuracy) -> Iterator[str]:
	asked = found.asked
	if asked.view is not asked.shown:
		yield _(
			"This is the view of owners: months and calibration are of all deals of the company, and you may "
			"read only some of them."
		)
	yield _(
		"Committed are the open deals that as the month began were of the category Commit, were to close in "
		"it, and were this owner's. Won are the deals that this owner has now."
	)
	if not found.owners:
		yield _("In these months nothing was committed to, won or said.")
	if says_nothing_of(asked.deals):
		yield _("Nobody says what deals of a territory, source or customer group will bring.")


def get_chart(found: Accuracy) -> dict[str, Any] | None:
	"""Committed and won by owner."""
	if not found.owners:
		return None
	records = found.owners.values()
	return {
		"data": {
			"labels": [_name(owner) for owner in found.owners],
			"datasets": [
				{"name": Counted.COMMITTED.label, "values": [record.said(COMMITTED) for record in records]},
				{"name": Counted.WON.label, "values": [record.won for record in records]},
			],
		},
		"type": "bar",
		"colors": ["#5e64ff", "#28a745"],
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
	}


def get_summary(found: Accuracy) -> list[dict[str, Any]]:
	everybody = found.everybody
	money = {"datatype": "Currency", "currency": found.currency}
	scores = everybody.scores(COMMITTED)
	shares = {_("Overshoots By"): scores.bias, _("Misses By"): scores.wape}
	committed = everybody.said(COMMITTED) or 0.0
	return [
		{"label": Counted.COMMITTED.label, "value": committed, "indicator": "Blue", **money},
		{"label": Counted.WON.label, "value": everybody.won, "indicator": "Green", **money},
		*(
			{"label": label, "value": share * 100, "datatype": "Percent", "indicator": "Grey"}
			for label, share in shares.items()
			if share is not None
		),
	]
