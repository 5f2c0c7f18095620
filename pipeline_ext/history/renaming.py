"""Keeps the ledger in order when what its entries belong to, or name, is renamed."""

from __future__ import annotations

from collections.abc import Iterator

import frappe

from pipeline_ext.domain.ledger import Entry, Origin, end_of, renamed, tip_of
from pipeline_ext.history import tips
from pipeline_ext.history.chains import Chain, pages
from pipeline_ext.subjects import LEDGER, RECORDS

PART_NAMING = {"User": "deal_owner", "Company": "company"}
ASIDE = " (deleted "


def seal_after_rename(doctype: str, old: str, new: str) -> None:
	"""Seal anew the chains in which Frappe has just put a new name for an old one.

	A chain that did not hold before the rename is left as it is, so that it is still reported.
	"""
	part = PART_NAMING[doctype]
	for document_type, page in pages(lock=True, **{part: new}):
		noted = tips.noted(document_type, [chain.name for chain in page])
		seals, tips_of = {}, {}
		for chain in page:
			entries = renamed(chain.entries, part, old, new)
			seals.update(_new_seals(chain, entries))
			if noted.get(chain.name) == end_of(chain.entries) != end_of(entries):
				tips_of[chain.name] = tip_of(entries)
		frappe.db.bulk_update(LEDGER, seals, update_modified=False)
		tips.put(document_type, tips_of)


def _new_seals(chain: Chain, entries: list[Entry]) -> Iterator[tuple[str, dict[str, str]]]:
	for row, before, after in zip(chain.rows, chain.entries, entries, strict=True):
		if after != before:
			yield row, {"previous_hash": after.previous_hash, "hash": after.hash}


def hand_over(doctype: str, old: str, new: str) -> None:
	"""Give what is written down of one document to another. No hash covers the name of a document."""
	for record in RECORDS:
		frappe.db.set_value(record, _of(doctype, old), "document_name", new, update_modified=False)


def set_aside(doctype: str, name: str) -> None:
	"""Keep what is written down of a deleted document under another name: a new one takes its name."""
	if has_entries(doctype, name):
		hand_over(doctype, name, f"{name}{ASIDE}{frappe.generate_hash(length=10)})")


def has_entries(doctype: str, name: str) -> bool:
	"""Whether the ledger knows the document."""
	return bool(frappe.db.exists(LEDGER, _of(doctype, name)))


def is_taken_by_deleted(doctype: str, name: str) -> bool:
	"""Whether the ledger knows more under a name than the imported past of a document to come."""
	own = {**_of(doctype, name), "origin": ("!=", Origin.IMPORTED.value)}
	return bool(frappe.db.exists(LEDGER, own))


def _of(doctype: str, name: str) -> dict[str, str]:
	return {"document_type": doctype, "document_name": name}
