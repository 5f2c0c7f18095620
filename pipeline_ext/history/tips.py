"""The end of each document's chain, one row a document: where the next entry goes, and the last state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import get_datetime, now_datetime
from pypika.terms import Values

from pipeline_ext.domain.ledger import DealState, End, Entry, Tip
from pipeline_ext.subjects import LEDGER, LEDGER_TIP

STATE = tuple(field.name for field in fields(DealState))
END = ("sequence", "posted_on", "hash", "pipeline_version", *STATE)
ROWS_A_QUERY = 500


def tip_of_document(doctype: str, name: str, to_stage: str | None, lock: bool) -> Tip | None:
	"""The end of a document's chain, with the visits it has paid to one stage; None where it has no entry."""
	table, earlier = frappe.qb.DocType(LEDGER_TIP), frappe.qb.DocType(LEDGER)
	visits = (
		frappe.qb.from_(earlier)
		.select(Max(earlier.visit))
		.where((earlier.document_type == doctype) & (earlier.document_name == name))
		.where(earlier.stage == to_stage)
	)
	query = (
		frappe.qb.from_(table)
		.select(table.sequence, table.posted_on, table.hash, table.stage, visits.as_("visits"))
		.where((table.document_type == doctype) & (table.document_name == name))
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	if not rows:
		return None
	last = rows[0]
	return Tip(
		last.sequence, get_datetime(last.posted_on), last.hash, last.stage, {to_stage: last.visits or 0}
	)


def put(doctype: str, last: Mapping[str, Entry]) -> None:
	"""Say which entry is now the last one of each document."""
	rows = [_row(doctype, name, entry) for name, entry in last.items()]
	for start in range(0, len(rows), ROWS_A_QUERY):
		_put(rows[start : start + ROWS_A_QUERY])


def noted(doctype: str, names: Iterable[str]) -> dict[str, End]:
	"""The noted ends of those of the documents that have one."""
	table = frappe.qb.DocType(LEDGER_TIP)
	query = (
		frappe.qb.from_(table)
		.select(table.document_name, table.sequence, table.hash)
		.where((table.document_type == doctype) & table.document_name.isin(list(names)))
	)
	return {name: End(sequence, seal) for name, sequence, seal in query.run()}


def fill() -> None:
	"""Find the ends of all chains anew from the ledger."""
	entry, later = frappe.qb.DocType(LEDGER), frappe.qb.DocType(LEDGER).as_("later")
	last = (
		frappe.qb.from_(later)
		.select(later.document_type, later.document_name, Max(later.sequence).as_("sequence"))
		.groupby(later.document_type, later.document_name)
	)
	same = (
		(entry.document_type == last.document_type)
		& (entry.document_name == last.document_name)
		& (entry.sequence == last.sequence)
	)
	columns = ("name", "creation", "modified", "owner", "modified_by", "document_type", "document_name", *END)
	frappe.db.delete(LEDGER_TIP)
	(
		frappe.qb.into(frappe.qb.DocType(LEDGER_TIP))
		.columns(*columns)
		.from_(entry)
		.join(last)
		.on(same)
		.select(*(entry[column] for column in columns))
		.run()
	)


def _row(doctype: str, name: str, entry: Entry) -> dict:
	now, user = now_datetime(), frappe.session.user
	content = {**entry.content, "hash": entry.hash}
	return {
		"name": frappe.generate_hash(length=10),
		"creation": now,
		"modified": now,
		"owner": user,
		"modified_by": user,
		"document_type": doctype,
		"document_name": name,
		**{column: content[column] for column in END},
	}


def _put(rows: list[dict]) -> None:
	table = frappe.qb.DocType(LEDGER_TIP)
	query = frappe.qb.into(table).columns(*rows[0]).insert(*(tuple(row.values()) for row in rows))
	for column in ("modified", "modified_by", *END):
		query = query.on_duplicate_key_update(table[column], Values(table[column]))
	query.run()
