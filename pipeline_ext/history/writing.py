"""Puts an entry at the end of a document's chain."""

from __future__ import annotations

from datetime import datetime

import frappe

from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, follow
from pipeline_ext.history import tips
from pipeline_ext.subjects import LEDGER


def append(
	doctype: str,
	name: str,
	state: DealState,
	circumstances: Circumstances,
	posted_on: datetime,
	lock: bool = True,
) -> Entry:
	"""Write the entry that follows the last one of a document.

	`lock` makes two writers of one document queue up; a document that is just being inserted has one writer.
	"""
	entry = follow(tips.tip_of_document(doctype, name, state.stage, lock), posted_on, state, circumstances)
	row = frappe.get_doc(as_row(doctype, name, entry))
	row.set_user_and_timestamp()
	row.set_new_name()
	row.set_docstatus()
	row.db_insert()
	tips.put(doctype, {name: entry})
	return entry


def as_row(doctype: str, name: str, entry: Entry) -> dict:
	"""An entry as the fields of a Pipeline Ledger Entry."""
	return {
		"doctype": LEDGER,
		"document_type": doctype,
		"document_name": name,
		**entry.content,
		"origin": entry.circumstances.origin.value,
		"previous_hash": entry.previous_hash,
		"hash": entry.hash,
	}
