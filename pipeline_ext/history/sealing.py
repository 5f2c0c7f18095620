"""Finds where the ledger does not hold: inside a chain, or between its end and the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import frappe

from pipeline_ext.domain.chronicle import differences
from pipeline_ext.domain.ledger import DealState, Flaw, flaws
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.history.chains import pages
from pipeline_ext.history.writing import LEDGER
from pipeline_ext.reports.gate import outcome_of
from pipeline_ext.subjects import SUBJECTS, Subject


def tampered() -> Iterator[tuple[str, str, Flaw]]:
	"""(document type, document, flaw) for each place where the ledger does not hold.

	An entry is behind when its document says otherwise: later entries are missing, or something was written
	without events. A document that was deleted since has no such check.
	"""
	outcome = cache(outcome_of)
	for doctype, page in pages():
		now = _standing(doctype, [chain.name for chain in page], outcome)
		for chain in page:
			last = chain.entries[-1]
			yield from ((doctype, chain.name, flaw) for flaw in flaws(chain.entries))
			if chain.name in now and differences(last, *now[chain.name]):
				yield doctype, chain.name, Flaw(last.sequence, "behind")
	for subject in SUBJECTS.values():
		yield from ((subject.doctype, name, Flaw(1, "missing")) for name in _without_entries(subject))


def _standing(
	doctype: str, names: list[str], outcome: Callable[[str | None, str | None], Outcome]
) -> dict[str, tuple[DealState, str | None]]:
	"""The state and the pipeline version of those documents that are still there."""
	subject = SUBJECTS.get(doctype)
	if not subject:
		return {}
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select("name", *subject.recorded_fields).where(table.name.isin(names))
	standing = {}
	for row in query.run(as_dict=True):
		version = row[subject.version] or None
		standing[row.name] = subject.state_of(row, outcome(version, row[subject.stage])), version
	return standing


def _without_entries(subject: Subject) -> list[str]:
	"""Documents in a pipeline whose chain is gone as a whole."""
	document, entry = frappe.qb.DocType(subject.doctype), frappe.qb.DocType(LEDGER)
	return (
		frappe.qb.from_(document)
		.left_join(entry)
		.on((entry.document_type == subject.doctype) & (entry.document_name == document.name))
		.select(document.name)
		.where((document[subject.version] != "") & entry.name.isnull())
		.run(pluck=True)
	)
