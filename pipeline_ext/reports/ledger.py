"""The ledger as the domain sees it, read in pages however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby
from operator import attrgetter

import frappe
from frappe.utils import flt, get_datetime, getdate

from pipeline_ext.domain.ledger import DealState, Entry, Flaw, flaws

PAGE = 5000
KEYS = ("document_type", "document_name", "sequence")
NUMBERS = ("probability", "amount")
TEXTS = tuple(field.name for field in fields(DealState) if field.name not in (*NUMBERS, "expected_close"))


def tampered() -> Iterator[tuple[str, str, Flaw]]:
	"""(document type, document, flaw) for each place where a chain does not hold."""
	for (doctype, name), rows in groupby(_rows(), key=attrgetter(*KEYS[:2])):
		for flaw in flaws(_entry(row) for row in rows):
			yield doctype, name, flaw


def _rows() -> Iterator[frappe._dict]:
	"""Every row, document by document, in the order of its chain."""
	last: frappe._dict | None = None
	while page := _page_after(last):
		yield from page
		last = page[-1]


def _page_after(last: frappe._dict | None) -> list[frappe._dict]:
	table = frappe.qb.DocType("Pipeline Ledger Entry")
	doctype, name, sequence = (table[key] for key in KEYS)
	query = frappe.qb.from_(table).select(*KEYS, "posted_on", "previous_hash", "hash")
	query = query.select(*(field.name for field in fields(DealState)))
	if last:
		same_type = doctype == last.document_type
		query = query.where(
			(doctype > last.document_type)
			| (same_type & (name > last.document_name))
			| (same_type & (name == last.document_name) & (sequence > last.sequence))
		)
	return query.orderby(doctype, name, sequence).limit(PAGE).run(as_dict=True)


def _entry(row: frappe._dict) -> Entry:
	state = DealState(
		**{name: row[name] or None for name in TEXTS},
		**{name: flt(row[name]) for name in NUMBERS},
		expected_close=getdate(row.expected_close) if row.expected_close else None,
	)
	return Entry(row.sequence, get_datetime(row.posted_on), state, row.previous_hash or "", row.hash)
