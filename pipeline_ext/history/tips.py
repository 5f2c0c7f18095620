"""The end of each document's chain, one row a document: where the next entry goes, and the last state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import flt, get_datetime, getdate

from pipeline_ext.domain.ledger import DealState, End, Tip
from pipeline_ext.domain.visits import PastVisit
from pipeline_ext.history import visits
from pipeline_ext.history.upserting import upsert
from pipeline_ext.subjects import LEDGER, LEDGER_TIP

STATE = tuple(field.name for field in fields(DealState))
NUMBERS = ("probability", "amount")
END = ("sequence", "posted_on", "hash", "pipeline_version", "began_on", "outcome_since", *STATE)


@dataclass(frozen=True)
class ChainEnd:
	"""The tip of a document's chain, and the document's last visit, of those that are over, to one stage."""

	tip: Tip
	last_visit: PastVisit | None


def end_of_chain(
	doctype: str, name: str, to_stage: str | None, from_stage: str | None, lock: bool
) -> ChainEnd | None:
	"""How the next entry, a move between two stages, finds a document's chain; None where it has no entry.

	The tip knows how often the document has been in the stage that it comes to.
	"""
	table, earlier = frappe.qb.DocType(LEDGER_TIP), frappe.qb.DocType(LEDGER)
	times_there = (
		frappe.qb.from_(earlier)
		.select(Max(earlier.visit))
		.where((earlier.document_type == doctype) & (earlier.document_name == name))
		.where(earlier.stage == to_stage)
	)
	query = (
		frappe.qb.from_(table)
		.select(*(table[column] for column in END))
		.select(times_there.as_("times_there"), visits.latest(table, from_stage).as_("last_visit"))
		.where((table.document_type == doctype) & (table.document_name == name))
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	if not rows:
		return None
	tip = replace(_tip(rows[0]), visits={to_stage: rows[0].times_there or 0})
	return ChainEnd(tip, visits.parse(rows[0].last_visit))


def put(doctype: str, tips: Mapping[str, Tip]) -> None:
	"""Say which entry is now the last one of each document."""
	upsert(LEDGER_TIP, [as_row(doctype, name, tip) for name, tip in tips.items()], END)


def noted(doctype: str, names: Iterable[str]) -> dict[str, End]:
	"""The noted ends of those of the documents that have one."""
	table = frappe.qb.DocType(LEDGER_TIP)
	query = (
		frappe.qb.from_(table)
		.select(table.document_name, table.sequence, table.hash)
		.where((table.document_type == doctype) & table.document_name.isin(list(names)))
	)
	return {name: End(sequence, seal) for name, sequence, seal in query.run()}


def kept(doctype: str, names: Iterable[str]) -> dict[str, Tip]:
	"""The tips of those of the documents that have one, as they are written down."""
	table = frappe.qb.DocType(LEDGER_TIP)
	query = (
		frappe.qb.from_(table)
		.select(table.document_name, *(table[column] for column in END))
		.where((table.document_type == doctype) & table.document_name.isin(list(names)))
	)
	return {row.document_name: _tip(row) for row in query.run(as_dict=True)}


def _tip(row: frappe._dict) -> Tip:
	state = {part: row[part] or None for part in STATE}
	state.update({part: flt(row[part]) for part in NUMBERS})
	state["expected_close"] = getdate(row.expected_close) if row.expected_close else None
	return Tip(
		sequence=row.sequence,
		posted_on=get_datetime(row.posted_on),
		hash=row.hash,
		pipeline_version=row.pipeline_version or None,
		state=DealState(**state),
		began_on=get_datetime(row.began_on),
		outcome_since=get_datetime(row.outcome_since),
	)


def as_row(doctype: str, name: str, tip: Tip) -> dict[str, Any]:
	"""A tip as the fields of a Pipeline Ledger Tip."""
	return {
		"document_type": doctype,
		"document_name": name,
		**{column: getattr(tip, column) for column in END if column not in STATE},
		**vars(tip.state),
	}
