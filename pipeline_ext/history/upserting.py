"""Writes what is kept of documents by its unique key: new rows, and what has changed in those there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe.utils import now_datetime
from pypika.terms import Values

from pipeline_ext.history.naming import named_after

ROWS_A_QUERY = 500


def upsert(doctype: str, rows: Sequence[Mapping[str, Any]], changing: Sequence[str]) -> None:
	"""Insert the rows, all with the same columns; of one that is there by its key, put the `changing`.

	One of the columns is `document_name`.
	"""
	now, user = now_datetime(), frappe.session.user
	made = {"creation": now, "modified": now, "owner": user, "modified_by": user}
	for start in range(0, len(rows), ROWS_A_QUERY):
		page = [
			{"name": named_after(row["document_name"]), **made, **row}
			for row in rows[start : start + ROWS_A_QUERY]
		]
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.into(table).columns(*page[0]).insert(*(tuple(row.values()) for row in page))
		for column in ("modified", "modified_by", *changing):
			query = query.on_duplicate_key_update(table[column], Values(table[column]))
		query.run()
