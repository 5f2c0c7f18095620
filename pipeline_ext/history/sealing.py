"""Finds where the ledger does not hold: inside a chain, or between its end and the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import frappe

from pipeline_ext.domain.chronicle import differences
from pipeline_ext.domain.ledger import DealState, Flaw, flaws
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.history import tips
from pipeline_ext.history.chains import pages
from pipeline_ext.history.derived import misreported
from pipeline_ext.reports.gate import outcome_of
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, SUBJECTS


def tampered() -> Iterator[tuple[str, str, Flaw]]:
	"""(document type, document, flaw) for each place where the ledger does not hold.

	An entry is behind when its document says otherwise: later entries are missing, or something was written
	without events. A document that was deleted since has no such check. The last one is misreported when
	reports read something else.
	"""
	outcome = cache(outcome_of)
	for doctype, page in pages():
		names = [chain.name for chain in page]
		now, noted = _standing(doctype, names, outcome), tips.noted(doctype, names)
		stray = misreported(doctype, page)
		for chain in page:
			last = chain.entries[-1]
			found = list(flaws(chain.entries, noted.get(chain.name)))
			if not found and chain.name in stray:
				found = [Flaw(last.sequence, "misreported")]
			yield from ((doctype, chain.name, flaw) for flaw in found)
			if chain.name in now and differences(last, *now[chain.name]):
				yield doctype, chain.name, Flaw(last.sequence, "behind")
	for doctype, name in sorted({*_governed_without_entries(), *_noted_without_entries()}):
		yield doctype, name, Flaw(1, "missing")


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


def _governed_without_entries() -> Iterator[tuple[str, str]]:
	"""Documents in a pipeline whose chain is gone as a whole."""
	for subject in SUBJECTS.values():
		document, entry = frappe.qb.DocType(subject.doctype), frappe.qb.DocType(LEDGER)
		names = (
			frappe.qb.from_(document)
			.left_join(entry)
			.on((entry.document_type == subject.doctype) & (entry.document_name == document.name))
			.select(document.name)
			.where((document[subject.version] != "") & entry.name.isnull())
			.run(pluck=True)
		)
		yield from ((subject.doctype, name) for name in names)


def _noted_without_entries() -> Iterator[tuple[str, str]]:
	"""Chains that are gone as a whole, also of documents that were deleted since."""
	tip, entry = frappe.qb.DocType(LEDGER_TIP), frappe.qb.DocType(LEDGER)
	yield from (
		frappe.qb.from_(tip)
		.left_join(entry)
		.on((entry.document_type == tip.document_type) & (entry.document_name == tip.document_name))
		.select(tip.document_type, tip.document_name)
		.where(entry.name.isnull())
		.run()
	)
