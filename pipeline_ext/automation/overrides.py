"""Settles overrides whose evidence has come in since."""

from __future__ import annotations

import json

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from pipeline_ext.domain.criteria import evaluate_stage
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import facts_from
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
	subject = SUBJECTS[deal.doctype]
	try:
		pipeline = pipelines.definition(deal.get(subject.version) or "")
	except pipelines.BrokenVersion:
		return True
	concerned = [stage for stage in pipeline.stages if any(each.key in keys for each in stage.criteria)]
	criteria = [criterion for stage in concerned for criterion in stage.criteria]
	facts = facts_from(deal, subject, criteria, deal.get(subject.stage), now_datetime())
	return any(
		verdict.criterion.key in keys and not verdict
		for stage in concerned
		for verdict in evaluate_stage(stage.criteria, facts, getdate())
	)
