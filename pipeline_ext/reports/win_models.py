"""What was learned from a company's past deals, and what that says of a deal now. Asks for no permission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from pipeline_ext.domain.forecast import chances
from pipeline_ext.domain.forecast.chances import ChanceModel
from pipeline_ext.domain.forecast.look_ahead import MONTHS_AHEAD, days_ahead
from pipeline_ext.domain.forecast.outlook import Missing, Outlook, outlook_from_dict
from pipeline_ext.domain.forecast.reasons import Reason, reasons
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import deal_history
from pipeline_ext.reports.gate import state_of
from pipeline_ext.subjects import OPPORTUNITY

MODEL = "Win Probability Model"
CHANCE = "Deal Win Probability"
BY_MONTH = tuple(f"by_month_{month}" for month in range(MONTHS_AHEAD))
SCORES = ("wape", "bias", "coverage80", "brier", "logloss", "auc", "ece")


@dataclass(frozen=True)
class SavedModel:
	"""What one night taught of a company's deals. `scores` are those on past deals, by name."""

	name: str
	fitted_on: datetime
	regime: str
	headline: str
	deals: int
	decided: int
	won: int
	learned_since: date | None
	learned_until: date | None
	missing: tuple[Missing, ...]
	scores: Mapping[str, float]
	outlook: Outlook
	accuracy: Mapping[str, Any]


@dataclass(frozen=True)
class DealChance:
	"""How likely an open deal is won, 0 to 1: ever, and by the end of this month and of the next five.

	`raises` and `lowers` are at most three reasons each, the strongest first.
	"""

	probability: float
	by_month: tuple[float, ...]
	raises: tuple[Reason, ...]
	lowers: tuple[Reason, ...]
	model: str
	fitted_on: datetime


def latest(company: str) -> SavedModel | None:
	"""What was learned of a company's deals last; None before the first night."""
	name = latest_name(company)
	if name is None:
		return None
	row = frappe.get_doc(MODEL, name)
	outlook = outlook_from_dict(json.loads(row.outlook))
	return SavedModel(
		name=name,
		fitted_on=row.fitted_on,
		regime=row.regime,
		headline=row.headline,
		deals=row.deals,
		decided=row.decided,
		won=row.won,
		learned_since=row.learned_since,
		learned_until=row.learned_until,
		missing=outlook.missing,
		scores={score: row.get(score) for score in SCORES},
		outlook=outlook,
		accuracy=json.loads(row.accuracy),
	)


def latest_name(company: str) -> str | None:
	"""The name of the model that was fitted last."""
	names = frappe.get_all(
		MODEL, {"company": company}, pluck="name", order_by="fitted_on desc, creation desc", limit=1
	)
	return names[0] if names else None


def chance_of(doc: Document) -> DealChance | None:
	"""What the latest model says of a deal as it is now; None where there is none, or the deal is closed."""
	if state_of(doc, OPPORTUNITY).outcome != Outcome.OPEN.value:
		return None
	name = latest_name(doc.get(OPPORTUNITY.company))
	model = model_of(name) if name else None
	deal = deal_history.snapshot_of(doc, getdate()) if model else None
	if model is None or deal is None:
		return None
	said = chances.within(model, deal, days_ahead(getdate()))
	(why,) = reasons(model, deal, said.ever)
	return DealChance(
		probability=float(said.ever[0]),
		by_month=tuple(said.within[0].tolist()),
		raises=why.raises,
		lowers=why.lowers,
		model=name,
		fitted_on=frappe.db.get_value(MODEL, name, "fitted_on"),
	)


def history_of(doctype: str, name: str) -> list[tuple[date, float]]:
	"""When the chance of a deal ever to be won was another one, and what it was then, in percent."""
	return [
		(row.scored_on, row.probability)
		for row in frappe.get_all(
			CHANCE,
			{"document_type": doctype, "document_name": name},
			["scored_on", "probability"],
			order_by="scored_on, creation",
		)
	]


@lru_cache(maxsize=16)
def model_of(name: str) -> ChanceModel | None:
	"""The coefficients of a model, which never change; None where the past taught nothing."""
	text = frappe.db.get_value(MODEL, name, "coefficients", order_by=None)
	coefficients = json.loads(text or "null")
	return chances.model_from_dict(coefficients) if coefficients else None
