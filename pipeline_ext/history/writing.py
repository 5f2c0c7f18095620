"""Puts an entry at the end of a document's chain."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.query_builder.functions import Max
from frappe.utils import get_datetime

from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Tip, follow

LEDGER = "Pipeline Ledger Entry"


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
	entry = follow(tip(doctype, name, state.stage, lock), posted_on, state, circumstances)
	row = frappe.get_doc(as_row(doctype, name, entry))
	row.set_user_and_timestamp()
	row.set_new_name()
	row.set_docstatus()
	row.db_insert()
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


def tip(doctype: str, name: str, to_stage: str | None, lock: bool) -> Tip | None:
	"""The end of a document's chain, with the visits it has paid to one stage; None where it has no entry."""
	table = frappe.qb.DocType(LEDGER)
	earlier = frappe.qb.DocType(LEDGER).as_("earlier")
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
		.orderby(table.sequence, order=frappe.qb.desc)
		.limit(1)
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	if not rows:
		return None
	last = rows[0]
	return Tip(
		last.sequence, get_datetime(last.posted_on), last.hash, last.stage, {to_stage: last.visits or 0}
	)
