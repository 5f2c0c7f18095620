"""A document to the facts that criteria ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, time_diff_in_seconds

from pipeline_ext.domain.criteria import Answer, Facts, File, Score, Source, Statement
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	FieldCriterion,
	LinkedCriterion,
	ScoreCriterion,
	SignOffCriterion,
)
from pipeline_ext.domain.placeholders import PASTED_TIMES
from pipeline_ext.reports import linked, qualification
from pipeline_ext.reports.fields import is_free_text, values_of
from pipeline_ext.subjects import Subject

SECONDS_A_DAY = 86400

Asked = TypeVar("Asked", bound=Criterion)


def facts_from(
	doc: Document, subject: Subject, criteria: Iterable[Criterion], stage: str | None, now: datetime
) -> Facts:
	"""Only what the criteria name, of a document in `stage`; at most a query for each thing they ask for."""
	criteria = tuple(criteria)
	links = {criterion.link for criterion in _of_type(criteria, LinkedCriterion)}
	spoken = [*_of_type(criteria, ChecklistCriterion), *_of_type(criteria, SignOffCriterion)]
	scored = _of_type(criteria, ScoreCriterion)
	return Facts(
		values=values_of(doc, {path for criterion in criteria for path in criterion.paths}),
		repeated=_repeated(doc, _of_type(criteria, FieldCriterion)),
		linked=linked.found(doc, links),
		files=_files(doc) if _of_type(criteria, AttachmentCriterion) else None,
		statements=_statements(doc) if spoken else None,
		scores=_scores(doc, {criterion.framework for criterion in scored}) if scored else None,
		days_in={stage: days_since(doc.get(subject.entered_on), now)} if stage else {},
	)


def _of_type(criteria: Iterable[Criterion], kind: type[Asked]) -> list[Asked]:
	return [criterion for criterion in criteria if isinstance(criterion, kind)]


def days_since(entered_on: object, now: datetime) -> float:
	"""Days between then and now; 0 where then is not known."""
	return max(time_diff_in_seconds(now, entered_on) / SECONDS_A_DAY, 0.0) if entered_on else 0.0


def _repeated(doc: Document, criteria: Iterable[FieldCriterion]) -> dict[str, int]:
	"""In how many other documents a text stands too, counted as far as it matters."""
	asked = {criterion.field for criterion in criteria if criterion.refuse_placeholders}
	counted = {}
	for field in asked:
		if doc.get(field) and is_free_text(doc.doctype, field):
			same = {field: doc.get(field), "name": ("!=", doc.name or "")}
			counted[field] = len(frappe.get_all(doc.doctype, same, limit=PASTED_TIMES, order_by=None))
	return counted


def _files(doc: Document) -> tuple[File, ...]:
	rows = frappe.get_all(
		"File",
		{"attached_to_doctype": doc.doctype, "attached_to_name": doc.name or ""},
		["name", "file_name", "owner", "creation"],
		order_by="creation",
	)
	return tuple(File(row.file_name, Source(row.name, row.owner, row.creation)) for row in rows)


def _statements(doc: Document) -> dict[str, tuple[Statement, ...]]:
	rows = frappe.get_all(
		"Criterion Evidence",
		{"document_type": doc.doctype, "document_name": doc.name or ""},
		["name", "criterion", "answer", "given_by", "given_on", "note", "file"],
		order_by="creation, name",
	)
	said: dict[str, tuple[Statement, ...]] = {}
	for row in rows:
		source = Source(row.name, row.given_by, get_datetime(row.given_on))
		statement = Statement(Answer(row.answer), source, row.note or "", row.file or "")
		said[row.criterion] = (*said.get(row.criterion, ()), statement)
	return said


def _scores(doc: Document, frameworks: Iterable[str | None]) -> dict[str | None, Score]:
	scores = {}
	for framework in frameworks:
		latest = qualification.latest_score(doc.doctype, doc.name, framework) if doc.name else None
		if latest:
			percent, assessment, assessed_on, assessed_by = latest
			scores[framework] = Score(percent, Source(assessment, assessed_by, assessed_on))
	return scores
