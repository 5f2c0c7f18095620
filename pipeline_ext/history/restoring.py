"""Lets a restored document go on with the entries it left when it was deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe.model import table_fields
from frappe.model.document import Document

from pipeline_ext.domain.ledger import DealState
from pipeline_ext.history.chains import Chain, chains_of
from pipeline_ext.history.renaming import ASIDE, hand_over, set_aside
from pipeline_ext.subjects import LEDGER, Subject


@dataclass(frozen=True)
class LastKnown:
	"""Where a restored document stood when it was deleted."""

	state: DealState
	pipeline_version: str | None
	entered_on: datetime


def recognise(doc: Document, subject: Subject) -> None:
	"""Before an insert gives the document its new name: note whose entries it goes on with, if any.

	Only a copy of what was deleted, in the stage of its last entry, is a restore. Whoever sends the name of a
	deleted document with anything else makes a new one.
	"""
	doc.flags.pe_restored_from = None
	stage = doc.get(subject.stage) or None
	left = [chain for chain in _left_by_deleted(doc) if chain.entries[-1].state.stage == stage]
	if left and _was_deleted(doc):
		doc.flags.pe_restored_from = max(left, key=lambda chain: chain.entries[-1].posted_on).name


def take_up(doc: Document) -> LastKnown | None:
	"""Once a restored document knows its name: give it its entries; None where it was not restored."""
	source = doc.flags.pe_restored_from
	if not source:
		return None
	if source != doc.name:
		set_aside(doc.doctype, doc.name)
		hand_over(doc.doctype, source, doc.name)
	chain = chains_of(doc.doctype, [doc.name])
	return _last_known(chain[0]) if chain else None


def _left_by_deleted(doc: Document) -> list[Chain]:
	"""What documents that had this name and are gone have left in the ledger."""
	if not doc.name:
		return []
	table = frappe.qb.DocType(LEDGER)
	names = (
		frappe.qb.from_(table)
		.select(table.document_name)
		.distinct()
		.where(table.document_type == doc.doctype)
		.where((table.document_name == doc.name) | table.document_name.like(f"{doc.name}{ASIDE}%"))
		.run(pluck=True)
	)
	if doc.name in names and frappe.db.exists(doc.doctype, doc.name):
		names.remove(doc.name)
	return chains_of(doc.doctype, names) if names else []


def _was_deleted(doc: Document) -> bool:
	"""Whether everything that a deleted document of this name held is in this one as it was."""
	deleted = frappe.get_all(
		"Deleted Document",
		{"deleted_doctype": doc.doctype, "deleted_name": doc.name, "restored": 0},
		pluck="data",
	)
	return any(_is_copy(doc, json.loads(data)) for data in deleted)


def _is_copy(doc: Document, deleted: dict) -> bool:
	"""Tables aside, and what Frappe fetches anew from linked documents."""
	kept = [
		field.fieldname
		for field in doc.meta.fields
		if field.fieldtype not in table_fields and not field.fetch_from and deleted.get(field.fieldname)
	]
	return all(doc.get(name) == deleted[name] for name in kept)


def _last_known(chain: Chain) -> LastKnown:
	last = chain.entries[-1]
	stay = last.state.stage, last.visit
	entered_on = next(entry.posted_on for entry in chain.entries if (entry.state.stage, entry.visit) == stay)
	return LastKnown(last.state, last.circumstances.pipeline_version, entered_on)
