"""Learns from a company's past deals, and writes down what was learned."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

import frappe
import numpy as np
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from pipeline_ext.domain.forecast import accuracy, look_ahead
from pipeline_ext.domain.forecast.backtest import Backtest
from pipeline_ext.domain.forecast.chances import ChanceModel, Regime
from pipeline_ext.domain.forecast.history import OPEN, WON, History, day_of
from pipeline_ext.domain.forecast.outlook import Outlook, outlook_as_dict
from pipeline_ext.domain.forecast.retention import superseded
from pipeline_ext.forecasting import scoring
from pipeline_ext.reports import deal_history
from pipeline_ext.reports.forecast_words import what_is_missing
from pipeline_ext.reports.win_models import CHANCE, MODEL


def fit(company: str, today: date) -> Document | None:
	"""Learn from the deals of a company, say how likely each open one is won, and drop models of old nights.

	None where the company has no deal that the ledger knows.
	"""
	_learn_alone(company)
	history = deal_history.history(company)
	known = history.before(today) if history else None
	if known is None or not len(known.deal):
		return None
	outlook, learned = look_ahead.look_ahead(known, today)
	model = _write(company, known, outlook, learned, accuracy.monthly(known, today))
	scoring.score(company, model.name, learned, known, today)
	_drop_old(company, today)
	return model


def _learn_alone(company: str) -> None:
	"""One at a time until the transaction ends: two would each write a current chance of every deal.

	Not a lock on a row, because fitting takes long and nobody else shall wait for it.
	"""
	lock = sha256(f"{frappe.conf.db_name} learns from {company}".encode()).hexdigest()
	((free,),) = frappe.db.sql("select get_lock(%s, 0)", lock)
	if not free:
		frappe.throw(
			_("Another process is learning from the deals of {0}. Wait until it is done.").format(company),
			title=_("Learning Already"),
		)
	for ends in (frappe.db.after_commit, frappe.db.after_rollback):
		ends.add(partial(frappe.db.sql, "do release_lock(%s)", lock))


def _write(
	company: str, known: History, outlook: Outlook, learned: ChanceModel | None, tested: Backtest | None
) -> Document:
	model = frappe.new_doc(MODEL)
	model.update(
		{
			"company": company,
			"fitted_on": now_datetime(),
			"regime": (learned.regime if learned else Regime.NOTHING).value,
			"headline": accuracy.best_method(tested),
			"learned_since": known.first_day,
			"learned_until": day_of(known.posted_on[-1]),
			"deals": len(np.unique(known.deal)),
			"decided": int((known.ended != OPEN).sum()),
			"won": int((known.ended == WON).sum()),
			"missing": what_is_missing(outlook.missing),
			"outlook": json.dumps(outlook_as_dict(outlook)),
			"accuracy": json.dumps(accuracy.as_data(tested)),
			"coefficients": json.dumps(learned.as_dict() if learned else None),
			**_scores(tested),
		}
	)
	with model.written_by_app():
		model.insert(ignore_permissions=True)
	return model


def _scores(tested: Backtest | None) -> dict[str, Any]:
	"""Those of amounts in percent, as their fields show them."""
	if tested is None:
		return {}
	amounts = {name: share and share * 100 for name, share in vars(tested.headline).items()}
	return {**amounts, **(vars(tested.deals) if tested.deals else {})}


def _drop_old(company: str, today: date) -> None:
	nights = frappe.get_all(MODEL, {"company": company}, ["name", "fitted_on"])
	dropped = superseded({night.name: night.fitted_on for night in nights}, today)
	if dropped:
		frappe.db.set_value(CHANCE, {"model": ("in", dropped)}, "model", None, update_modified=False)
		frappe.db.delete(MODEL, {"name": ("in", dropped)})
