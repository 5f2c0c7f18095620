"""Puts an entry at the end of a document's chain."""

from __future__ import annotations

from datetime import datetime

import frappe

from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, follow, moved_on
from pipeline_ext.domain.visits import ended_by
from pipeline_ext.history import tips, visits
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
	end = tips.end_of_chain(doctype, name, state.stage, circumstances.from_stage, lock)
	tip, last_visit = (end.tip, end.last_visit) if end else (None, None)
	entry = follow(tip, posted_on, state, circumstances)
	row = frappe.get_doc(as_row(doctype, name, entry))
	row.set_user_and_timestamp()
	row.set_new_name()
	row.set_docstatus()
	row.db_insert()
	tips.put(doctype, {name: moved_on(tip, entry)})
	visits.put(doctype, {name: ended_by(entry, tip.state if tip else None, last_visit)})
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
