"""Stage Aging: who is stalled in a stage, by how much, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frappe import _
from frappe.utils import flt

from pipeline_ext.domain.aging import AGE_BANDS, LEAST_MEASURED, age_band
from pipeline_ext.reports.columns import Column, column, hidden, link
from pipeline_ext.reports.stage_aging import MONTHS_MEASURED, Aging, OpenDeal, stage_aging
from pipeline_ext.subjects import SUBJECTS


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = stage_aging(filters)
	columns, data = get_columns(found), get_data(found)
	return columns, data, get_message(found), get_chart(found), get_summary(found)


def get_columns(found: Aging) -> list[Column]:
	amount = _("Amount in the company's currency")
	money = [column("amount", _("Amount"), amount, "Currency", options="currency"), hidden("currency")]
	return [
		link("document", _(found.doctype), _("The deal"), found.doctype, 190),
		column("title", _("Title"), _("What the deal is called"), width=180),
		link("stage", _("Stage"), _("Where the deal stands now"), "Sales Stage", 170),
		link("deal_owner", _("Owner"), _("Who works on the deal"), "User", 190),
		*(money if _has_amounts(found) else ()),
		_days("days", _("Days in Stage"), _("Days since the deal came to its stage, holidays included")),
		column("longest", _("Longest Stay"), _("The stage's limit, as the deal's version has it"), "Int"),
		_days("days_over", _("Days Over"), _("Days beyond the limit; blank within it")),
		_days("usual", _("Usual Stay"), _("Half of the deals that left this stage were in it no longer")),
		_days("nine_in_ten", _("Nine in Ten"), _("Nine in ten of them were in it no longer")),
		column("measured_on", _("Measured On"), _("How many completed stays were measured"), "Int"),
		column("next_step", _("Next Step"), _("The open task or coming event that is due first"), width=220),
		column("next_step_on", _("Due On"), _("When the next step is due"), "Date", 110),
		link("pipeline", _("Pipeline"), _("Whose stages the deal goes through"), "Sales Pipeline"),
	]


def _days(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Float", precision=1)


def _has_amounts(found: Aging) -> bool:
	return SUBJECTS[found.doctype].amount is not None


def get_data(found: Aging) -> list[dict[str, Any]]:
	return [_row(found, deal) for deal in found.asked_for]


def _row(found: Aging, deal: OpenDeal) -> dict[str, Any]:
	usual = found.usual.get((deal.pipeline, deal.stage))
	step = found.next_steps.get(deal.name)
	return {
		"document": deal.name,
		"title": deal.title,
		"stage": deal.stage,
		"deal_owner": deal.owner,
		"amount": deal.amount,
		"currency": found.currency,
		"days": deal.stay.days,
		"longest": deal.stay.longest,
		"days_over": deal.stay.days_over or None,
		"usual": usual and usual.median,
		"nine_in_ten": usual and usual.nine_in_ten,
		"measured_on": usual and usual.measured_on,
		"next_step": step and step.what,
		"next_step_on": step and step.due,
		"pipeline": deal.pipeline,
	}


def get_message(found: Aging) -> str:
	"""How the yardstick is made, and of which deals nobody knows how long they are where they are."""
	sentences = [
		_(
			"Usual stay = median of the stays that ended in the last {0} months, of all the company's deals; "
			"said where at least {1} were measured."
		).format(MONTHS_MEASURED, LEAST_MEASURED)
	]
	unknown = sum(deal.stay.days is None for deal in found.deals)
	if unknown:
		sentences.append(_("Deals in a stage since nobody knows when: {0}.").format(unknown))
	return " ".join(sentences)


def get_chart(found: Aging) -> dict[str, Any] | None:
	"""Amounts, or numbers where there are none, by age; each label says how many deals are so old."""
	dated = [deal for deal in found.deals if deal.stay.days is not None]
	if not dated:
		return None
	bands: list[list[OpenDeal]] = [[] for _band in range(len(AGE_BANDS) + 1)]
	for deal in dated:
		bands[age_band(deal.stay.days)].append(deal)
	weigh = _amount if _has_amounts(found) else len
	money = {"fieldtype": "Currency", "options": found.currency, "currency": found.currency}
	return {
		"data": {
			"labels": [f"{label} ({len(band)})" for label, band in zip(_band_labels(), bands, strict=True)],
			"datasets": [
				{
					"name": _("Within the Limit"),
					"values": [weigh([deal for deal in band if not deal.stay.stalled]) for band in bands],
				},
				{
					"name": _("Stalled"),
					"values": [weigh([deal for deal in band if deal.stay.stalled]) for band in bands],
				},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#5e64ff", "#e24c4c"],
		**(money if _has_amounts(found) else {"fieldtype": "Int"}),
	}


def _amount(deals: list[OpenDeal] | tuple[OpenDeal, ...]) -> float:
	return flt(sum(deal.amount for deal in deals), 6)


def _band_labels() -> list[str]:
	starts = [0, *(last + 1 for last in AGE_BANDS[:-1])]
	within = [_("{0}–{1} days").format(*ends) for ends in zip(starts, AGE_BANDS, strict=True)]
	return [*within, _("Over {0} days").format(AGE_BANDS[-1])]


def get_summary(found: Aging) -> list[dict[str, Any]]:
	stalled = found.stalled
	money = {"datatype": "Currency", "currency": found.currency, "indicator": "Red"}
	longest = int(max((deal.stay.days or 0.0 for deal in found.deals), default=0.0))
	cards = [
		{"label": _("Open Deals"), "value": len(found.deals), "datatype": "Int", "indicator": "Blue"},
		{"label": _("Stalled Deals"), "value": len(stalled), "datatype": "Int", "indicator": "Red"},
		{"label": _("Most Days in a Stage"), "value": longest, "datatype": "Int", "indicator": "Grey"},
	]
	if _has_amounts(found):
		cards.insert(2, {"label": _("Amount Stalled"), "value": _amount(stalled), **money})
	return cards
