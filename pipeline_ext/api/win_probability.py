"""How likely an opportunity is won, and why."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, getdate

from pipeline_ext.domain.forecast.chances import FEWEST_OF_EACH, FEWEST_TO_SHRINK, Regime
from pipeline_ext.domain.forecast.reasons import Reason
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import win_models
from pipeline_ext.reports.gate import state_of
from pipeline_ext.reports.win_models import DealChance, SavedModel
from pipeline_ext.reports.win_reasons import reason_text
from pipeline_ext.subjects import OPPORTUNITY


@frappe.whitelist()
@frappe.read_only()
def win_probability(opportunity: str) -> dict[str, Any]:
	"""The chance that an open opportunity is won, ever and by the end of this month and quarter, in percent.

	With what raises and lowers it most, what it was before, and what that was learned from, in words. Without
	`chance` where too little is known; empty for a deal that is closed.
	"""
	deal = frappe.get_doc(OPPORTUNITY.doctype, opportunity)
	deal.check_permission("read")
	if state_of(deal, OPPORTUNITY).outcome != Outcome.OPEN.value:
		return {}
	learned = win_models.latest(deal.company)
	chance = win_models.chance_of(deal) if learned else None
	if chance is None:
		return {"learned_from": _nothing_learned(learned)}
	return {
		"chance": _percent(chance.probability),
		"this_month": _percent(chance.by_month[0]),
		"this_quarter": _percent(chance.by_month[months_left_in_quarter(getdate())]),
		"raises": _reasons(chance.raises, deal),
		"lowers": _reasons(chance.lowers, deal),
		"history": _history(deal, chance),
		"learned_from": _learned_from(learned),
	}


def _percent(probability: float) -> float:
	return round(probability * 100, 1)


def months_left_in_quarter(day: date) -> int:
	"""How many months follow this one in its quarter."""
	return (12 - day.month) % 3


def _reasons(reasons: Sequence[Reason], deal: Document) -> list[dict[str, Any]]:
	currency = frappe.get_cached_value("Company", deal.company, "default_currency")
	return [{"text": reason_text(reason, currency), "points": reason.points} for reason in reasons]


def _history(deal: Document, chance: DealChance) -> list[dict[str, Any]]:
	"""What the chance was from which day on, and what it is today."""
	known = {day: percent for day, percent in win_models.history_of(deal.doctype, deal.name)}
	known[getdate()] = _percent(chance.probability)
	return [{"day": day, "chance": percent} for day, percent in sorted(known.items())]


def _nothing_learned(learned: SavedModel | None) -> str:
	if learned is None:
		return _("The chance to win is learned from decided deals at night. No night has passed yet.")
	return _("Too little history to say how likely this is won: {0} deals decided, {1} are needed.").format(
		learned.decided, FEWEST_TO_SHRINK
	)


def _learned_from(learned: SavedModel) -> str:
	if learned.regime == Regime.DEFAULTS.value:
		return _(
			"What the pipeline says of the stage, by the time spent in it: {0} deals are decided."
		).format(learned.decided)
	learned_from = _("Learned from {0} decided deals until {1}.").format(
		learned.decided, formatdate(learned.learned_until)
	)
	if learned.regime == Regime.SHRUNK.value:
		by_stage = _("By their stages only: {0} won and {0} lost deals are needed to learn from more.")
		return f"{learned_from} {by_stage.format(FEWEST_OF_EACH)}"
	return learned_from
