"""Writes ledgers to a CSV file in the exchange format, as far as the user may read them."""

from __future__ import annotations

import csv
import gzip
from dataclasses import fields
from pathlib import Path
from typing import TextIO

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from pypika.queries import QueryBuilder

from pipeline_ext.domain.exchange import COLUMNS, cells
from pipeline_ext.domain.ledger import DealState
from pipeline_ext.reports.access import readable
from pipeline_ext.subjects import LEDGER, SUBJECTS

STATE = tuple(part.name for part in fields(DealState))
FACTS = (
	"source",
	"utm_source",
	"territory",
	"opportunity_from",
	"opportunity_type",
	"customer_group",
	"request_type",
	"industry",
	"market_segment",
)
"""Facts known when a document was created, which its DocType may or may not have."""


def to_file(path: Path, doctype: str, company: str | None = None) -> int:
	"""Write the ledgers of a DocType to a file, packed if its name ends in .gz; how many rows there were."""
	opened = gzip.open if path.suffix == ".gz" else open
	try:
		with opened(path, "wt", encoding="utf-8", newline="") as file:
			return write(file, doctype, company)
	except OSError as error:
		frappe.throw(
			_("{0} cannot be written: {1}").format(path, error.strerror), title=_("File Not Writable")
		)


def write(file: TextIO, doctype: str, company: str | None = None) -> int:
	"""Write one row per change, oldest first, without ever holding more than a few; how many there were.

	What changed nothing that the format holds, such as a move to another version, has no row.
	"""
	facts = _facts(doctype)
	query = _query(doctype, company, facts)
	writer = csv.writer(file, lineterminator="\n")
	writer.writerow((*COLUMNS, *facts))
	rows = 0
	with frappe.db.unbuffered_cursor():
		for row in query.run(as_dict=True, as_iterator=True):
			if set(STATE).intersection((row.changes or "").split(", ")):
				state = DealState(**{part: row[part] for part in STATE})
				known = (row[fact] for fact in facts)
				writer.writerow((*cells(row.document_name, row.posted_on, state), *known))
				rows += 1
	return rows


def _facts(doctype: str) -> list[str]:
	if doctype not in SUBJECTS:
		frappe.throw(
			_("{0} has no pipeline ledger. Choose one of: {1}.").format(doctype, ", ".join(SUBJECTS)),
			title=_("No Ledger"),
		)
	return [fact for fact in FACTS if frappe.get_meta(doctype).has_field(fact)]


def _query(doctype: str, company: str | None, facts: list[str]) -> QueryBuilder:
	"""Entries with the facts of their documents.

	Entries of documents that are not on the site are for those whom no rule keeps from any document.
	"""
	entry, document = frappe.qb.DocType(LEDGER), frappe.qb.DocType(doctype)
	query = (
		frappe.qb.from_(entry)
		.left_join(document)
		.on(document.name == entry.document_name)
		.select(entry.document_name, entry.posted_on, entry.changes)
		.select(*(entry[part] for part in STATE), *(document[fact] for fact in facts))
		.where((entry.document_type == doctype) & readable(LEDGER) & readable(doctype))
		.orderby(entry.posted_on, entry.document_name, entry.sequence)
	)
	if company:
		query = query.where(entry.company == company)
	if build_match_conditions(doctype):
		query = query.where(document.name.isnotnull())
	return query
