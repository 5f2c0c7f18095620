"""Refuses a move: the answer to who asked, and what is kept of it though the request rolls back."""

from __future__ import annotations

import json

import frappe
from frappe.model.document import Document

from pipeline_ext.doc_events.origin import path_of_change
from pipeline_ext.domain.gates import Decision
from pipeline_ext.messages import decision_data, missing_titles, refusal_html, refusal_title
from pipeline_ext.reports.gate import moment
from pipeline_ext.subjects import Subject


class GateRefused(frappe.ValidationError):
	"""A move was refused; the response carries the verdicts under `pipeline_gate`."""


def refuse(doc: Document, subject: Subject, decision: Decision) -> None:
	"""Raise, and leave the document in memory as it is in the database."""
	_remember(doc, subject, decision)
	if not decision.may_be_waived or any(verdict.broken for verdict in decision.missing):
		_tell_administrators(doc, subject, decision)
	text = refusal_html(decision, doc.get(subject.pipeline))
	_put_back(doc, subject)
	frappe.local.response["pipeline_gate"] = decision_data(decision)
	frappe.throw(text, GateRefused, title=refusal_title(decision))


def _put_back(doc: Document, subject: Subject) -> None:
	before = doc.flags.pop("pe_before_change", None) or doc.get_doc_before_save()
	if before:
		for field in (subject.stage, subject.pipeline, subject.version):
			doc.set(field, before.get(field))


def _remember(doc: Document, subject: Subject, decision: Decision) -> None:
	"""A refusal rolls back whatever this request writes: a job keeps it for the compliance report."""
	frappe.enqueue(
		"pipeline_ext.tasks.remember_refusal",
		queue="short",
		now=bool(frappe.flags.in_test),
		refusal={
			"document_type": doc.doctype,
			"document_name": None if doc.is_new() else doc.name,
			"pipeline": doc.get(subject.pipeline),
			"from_stage": decision.from_stage,
			"to_stage": decision.to_stage,
			"refused_on": moment(),
			"refused_to": frappe.session.user,
			"path": path_of_change(doc),
			"deal_owner": doc.get(subject.owner),
			"company": doc.get(subject.company),
			"missing": missing_titles(decision),
			"verdicts": json.dumps(decision_data(decision)["verdicts"]),
		},
	)


def _tell_administrators(doc: Document, subject: Subject, decision: Decision) -> None:
	frappe.enqueue(
		"pipeline_ext.tasks.tell_of_broken_rules",
		queue="short",
		now=bool(frappe.flags.in_test),
		pipeline=doc.get(subject.pipeline),
		version=doc.get(subject.version),
		broken=missing_titles(decision),
	)
