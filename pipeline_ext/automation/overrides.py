"""Settles overrides whose evidence has come in since."""

from __future__ import annotations

import json

import frappe
from frappe.model.document import Document

from pipeline_ext.reports import gate, pipelines
from pipeline_ext.subjects import SUBJECTS


def settle_all() -> int:
	"""Settle every override of which nothing is missing any more; returns how many."""
	owed = frappe.get_all("Gate Override", {"status": "Owed"}, pluck="name")
	return sum(_settle(frappe.get_doc("Gate Override", name)) for name in owed)


def settle_of(doctype: str, name: str) -> None:
	"""The same for one deal."""
	owed = {"status": "Owed", "document_type": doctype, "document_name": name}
	for override in frappe.get_all("Gate Override", owed, pluck="name"):
		_settle(frappe.get_doc("Gate Override", override))


def _settle(override: Document) -> bool:
	if not frappe.db.exists(override.document_type, override.document_name):
		return False
	deal = frappe.get_doc(override.document_type, override.document_name)
	if _is_missing(deal, set(json.loads(override.criteria or "[]"))):
		return False
	override.settle()
	return True


def _is_missing(deal: Document, keys: set[str]) -> bool:
	"""Whether any of these criteria is unmet now, under the version that the deal is on."""
	try:
		return not all(gate.verdicts_on(deal, SUBJECTS[deal.doctype], keys))
	except pipelines.BrokenVersion:
		return True
