"""Writes many entries at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import frappe
from frappe.utils import now_datetime

from pipeline_ext.domain.ledger import Entry
from pipeline_ext.history.chains import chains_of
from pipeline_ext.history.derived import derive
from pipeline_ext.history.naming import named_after
from pipeline_ext.history.writing import as_row
from pipeline_ext.subjects import LEDGER

ROWS_A_QUERY = 500


def insert(doctype: str, entries: Mapping[str, Sequence[Entry]]) -> int:
	"""Write the entries that follow in each document's chain; how many there were."""
	now = now_datetime()
	made = {
		"creation": now,
		"modified": now,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"docstatus": 0,
		"idx": 0,
	}
	rows = [
		{"name": named_after(name), **made, **as_row(doctype, name, entry)}
		for name, chain in entries.items()
		for entry in chain
	]
	if rows:
		fields = [field for field in rows[0] if field != "doctype"]
		values = (tuple(row[field] for field in fields) for row in rows)
		frappe.db.bulk_insert(LEDGER, fields, values, chunk_size=ROWS_A_QUERY)
		derive(doctype, chains_of(doctype, [name for name, chain in entries.items() if chain]))
	return len(rows)
