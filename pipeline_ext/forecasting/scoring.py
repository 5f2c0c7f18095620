"""Writes down how likely the open deals of a company are won, where that has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import frappe
from frappe.utils import now_datetime

from pipeline_ext.domain.forecast.chances import ChanceModel
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.reasons import reasons, reasons_from_dict
from pipeline_ext.domain.forecast.scored import Scored
from pipeline_ext.domain.forecast.snapshots import snapshot
from pipeline_ext.reports.win_models import BY_MONTH, CHANCE
from pipeline_ext.subjects import OPPORTUNITY

ROWS_A_QUERY = 1000


def score(company: str, model: str, learned: ChanceModel | None, known: History, today: date) -> None:
	"""A new row for each open deal of which there is more to say than before; rows of others end."""
	before = _current(company)
	now = dict(_scored(learned, known, today)) if learned else {}
	new = {
		deal: said for deal, said in now.items() if deal not in before or said.says_more_than(before[deal][1])
	}
	_end(name for deal, (name, _said) in before.items() if deal in new or deal not in now)
	_write(new, model)


def _scored(learned: ChanceModel, known: History, today: date) -> Iterator[tuple[str, Scored]]:
	standing = known.open_at(today)
	deals = snapshot(known, standing)
	said = learned.chances(deals)
	for place, ever, within, why in zip(
		standing.deals, said.ever, said.within, reasons(learned, deals, said.ever), strict=True
	):
		by_month = tuple(round(100 * each, 2) for each in within.tolist())
		yield known.names[place], Scored(today, round(100 * float(ever), 2), by_month, why)


def _current(company: str) -> dict[str, tuple[str, Scored]]:
	"""Of each of the company's deals, and of deals that are gone, the current row: its name, what it says."""
	chance, deal = frappe.qb.DocType(CHANCE), frappe.qb.DocType(OPPORTUNITY.doctype)
	rows = (
		frappe.qb.from_(chance)
		.left_join(deal)
		.on(deal.name == chance.document_name)
		.select(
			chance.document_name,
			chance.name,
			chance.scored_on,
			chance.probability,
			chance.reasons,
			*(chance[field] for field in BY_MONTH),
		)
		.where((chance.document_type == OPPORTUNITY.doctype) & (chance.is_current == 1))
		.where((deal[OPPORTUNITY.company] == company) | deal.name.isnull())
		.run()
	)
	return {
		deal: (name, Scored(day, probability, tuple(by_month), reasons_from_dict(json.loads(why))))
		for deal, name, day, probability, why, *by_month in rows
	}


def _end(rows: Iterable[str]) -> None:
	"""These are not what is said now any more."""
	names = list(rows)
	for start in range(0, len(names), ROWS_A_QUERY):
		some = names[start : start + ROWS_A_QUERY]
		frappe.db.set_value(CHANCE, {"name": ("in", some)}, "is_current", 0, update_modified=False)


def _write(said: Mapping[str, Scored], model: str) -> None:
	"""In bulk: the first night of a large site writes tens of thousands."""
	now, user = now_datetime(), frappe.session.user
	rows = [
		{
			"name": frappe.generate_hash(length=10),
			"creation": now,
			"modified": now,
			"owner": user,
			"modified_by": user,
			"document_type": OPPORTUNITY.doctype,
			"document_name": deal,
			"model": model,
			"scored_on": each.day,
			"is_current": 1,
			"probability": each.probability,
			**dict(zip(BY_MONTH, each.by_month, strict=True)),
			"reasons": json.dumps(each.reasons.as_dict()),
		}
		for deal, each in said.items()
	]
	if rows:
		values = (tuple(row.values()) for row in rows)
		frappe.db.bulk_insert(CHANCE, list(rows[0]), values, chunk_size=ROWS_A_QUERY)
