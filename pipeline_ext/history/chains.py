"""The chains of the ledger, read in pages however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter

import frappe
from frappe.utils import flt, get_datetime, getdate

from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Origin
from pipeline_ext.subjects import LEDGER

PAGE = 1000
STATE = tuple(field.name for field in fields(DealState))
CIRCUMSTANCES = tuple(field.name for field in fields(Circumstances))
NUMBERS = ("probability", "amount", "days_in_stage")
ORIGINS = {origin.value: origin for origin in Origin}


@dataclass(frozen=True)
class Chain:
	"""The entries of one document in order, and the names of their rows."""

	doctype: str
	name: str
	rows: tuple[str, ...]
	entries: tuple[Entry, ...]


def pages(lock: bool = False, **naming: str) -> Iterator[tuple[str, list[Chain]]]:
	"""Every chain, or those with an entry of these values, as (document type, some of its chains)."""
	last = None
	while documents := _documents_after(last, naming):
		for doctype, same_type in groupby(documents, key=attrgetter("document_type")):
			yield doctype, chains_of(doctype, [document.document_name for document in same_type], lock)
		last = documents[-1]


def _documents_after(last: frappe._dict | None, naming: dict[str, str]) -> list[frappe._dict]:
	table = frappe.qb.DocType(LEDGER)
	doctype, name = table.document_type, table.document_name
	query = frappe.qb.from_(table).select(doctype, name).distinct()
	for column, value in naming.items():
		query = query.where(table[column] == value)
	if last:
		same_type = doctype == last.document_type
		query = query.where((doctype > last.document_type) | (same_type & (name > last.document_name)))
	return query.orderby(doctype, name).limit(PAGE).run(as_dict=True)


def chains_of(doctype: str, names: list[str], lock: bool = False) -> list[Chain]:
	"""The chains of those documents that have entries, by name."""
	table = frappe.qb.DocType(LEDGER)
	query = (
		frappe.qb.from_(table)
		.select("name", "document_name", "sequence", "posted_on", "visit", "previous_hash", "hash")
		.select(*STATE, *CIRCUMSTANCES)
		.where((table.document_type == doctype) & table.document_name.isin(names))
		.orderby(table.document_name, table.sequence)
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	return [_chain(doctype, list(same)) for _name, same in groupby(rows, key=attrgetter("document_name"))]


def _chain(doctype: str, rows: list[frappe._dict]) -> Chain:
	return Chain(
		doctype=doctype,
		name=rows[0].document_name,
		rows=tuple(row.name for row in rows),
		entries=tuple(_entry(row) for row in rows),
	)


def _entry(row: frappe._dict) -> Entry:
	values = {name: row[name] or None for name in (*STATE, *CIRCUMSTANCES)}
	values.update({name: flt(row[name]) for name in NUMBERS})
	values["expected_close"] = getdate(row.expected_close) if row.expected_close else None
	values["would_refuse"] = bool(row.would_refuse)
	values["origin"] = ORIGINS.get(row.origin)
	return Entry(
		sequence=row.sequence,
		posted_on=get_datetime(row.posted_on),
		visit=row.visit,
		state=DealState(**{name: values[name] for name in STATE}),
		circumstances=Circumstances(**{name: values[name] for name in CIRCUMSTANCES}),
		previous_hash=row.previous_hash or "",
		hash=row.hash,
	)
