"""Holds the gate on a governed document while it is saved, and writes its ledger."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime, time_diff_in_seconds

from pipeline_ext.domain.gates import Decision
from pipeline_ext.domain.ledger import changes
from pipeline_ext.domain.pipeline import Mode
from pipeline_ext.messages import decision_data, refusal_html, refusal_title, warning_text
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.gate import judge, outcome_of
from pipeline_ext.subjects import Subject

LEDGER = "Pipeline Ledger Entry"


class GateRefused(frappe.ValidationError):
	"""A move was refused; the response carries the verdicts under `pipeline_gate`."""


def enforce(doc: Document, subject: Subject) -> None:
	"""Before the write: let a move through or refuse it. A save that moves nothing costs no query."""
	doc.flags.pop("pe_decision", None)
	before = doc.get_doc_before_save()
	if before is None:
		_start(doc, subject)
		return
	_keep_own_fields(doc, subject, before)
	if (doc.get(subject.stage) or None) == (before.get(subject.stage) or None):
		return
	if not doc.get(subject.version):
		_adopt(doc, subject)
	if doc.get(subject.version):
		_move(doc, subject, before.get(subject.stage) or None)


def record(doc: Document, subject: Subject) -> None:
	"""After the write: one ledger entry if anything the ledger holds has changed."""
	if not doc.get(subject.version):
		return
	before = doc.get_doc_before_save()
	version = doc.get(subject.version)
	after_state = subject.state_of(doc, outcome_of(version, doc.get(subject.stage)))
	before_state = None
	if before is not None and before.get(subject.version):
		before_state = subject.state_of(
			before, outcome_of(before.get(subject.version), before.get(subject.stage))
		)
	changed = changes(before_state, after_state)
	if changed:
		_append(doc, subject, before, changed, after_state)


def _start(doc: Document, subject: Subject) -> None:
	"""Put a new document on its pipeline, whatever a copy or a client says its pipeline is."""
	for field in (subject.pipeline, subject.version, subject.entered_on):
		doc.set(field, None)
	_adopt(doc, subject)
	if not doc.get(subject.version):
		return
	if not _chose_a_stage(doc, subject):
		doc.set(subject.stage, pipelines.definition(doc.get(subject.version)).first.name)
	_move(doc, subject, None)


def _chose_a_stage(doc: Document, subject: Subject) -> bool:
	"""An e-mail or a web form chooses none; the default that Frappe fills in keeps none of them out."""
	stage = doc.get(subject.stage)
	if stage != doc.meta.get_field(subject.stage).default:
		return bool(stage)
	return bool(stage) and not judge(doc, subject, doc.get(subject.version), None, stage).objects


def _adopt(doc: Document, subject: Subject) -> None:
	taken = pipelines.taken_by(doc.doctype, doc.get(subject.company))
	if taken:
		doc.set(subject.pipeline, taken.name)
		doc.set(subject.version, taken.version)


def _keep_own_fields(doc: Document, subject: Subject, before: Document) -> None:
	"""The fields that only the server writes keep the value that stands in the database."""
	for field in (subject.pipeline, subject.version, subject.entered_on, subject.probability):
		if field:
			doc.set(field, before.get(field))


def _move(doc: Document, subject: Subject, from_stage: str | None) -> None:
	to_stage = doc.get(subject.stage)
	if not to_stage:
		frappe.throw(_("A deal is always in a stage. Choose one."), GateRefused, title=_("Stage Missing"))
	decision = judge(doc, subject, doc.get(subject.version), from_stage, to_stage)
	doc.flags.pe_decision = decision
	if not decision:
		_refuse(doc, subject, decision)
	_warn(doc, decision)
	_enter(doc, subject)


def _enter(doc: Document, subject: Subject) -> None:
	pipeline = pipelines.definition(doc.get(subject.version))
	doc.set(subject.entered_on, _now(doc))
	if doc.get(subject.stage) not in pipeline:
		return
	stage = pipeline.stage(doc.get(subject.stage))
	if subject.probability:
		doc.set(subject.probability, stage.probability)
	if subject.forecast_category:
		doc.set(subject.forecast_category, stage.forecast_category)


def _refuse(doc: Document, subject: Subject, decision: Decision) -> None:
	frappe.local.response["pipeline_gate"] = decision_data(decision)
	frappe.throw(
		refusal_html(decision, doc.get(subject.pipeline)), GateRefused, title=refusal_title(decision)
	)


def _warn(doc: Document, decision: Decision) -> None:
	unmet = decision.objects or decision.warnings
	if unmet and decision.mode is not Mode.OFF and decision.from_stage:
		frappe.msgprint(warning_text(decision), alert=True, indicator="orange")


def _append(
	doc: Document, subject: Subject, before: Document | None, changed: tuple[str, ...], state
) -> None:
	decision: Decision | None = doc.flags.pop("pe_decision", None)
	moved = "stage" in changed
	entered_on = before.get(subject.entered_on) if before and moved else None
	posted_on = _now(doc)
	frappe.get_doc(
		{
			"doctype": LEDGER,
			"document_type": doc.doctype,
			"document_name": doc.name,
			"changes": ", ".join(changed),
			"move": decision.move.value if decision and moved else "",
			"from_stage": before.get(subject.stage) if before and moved else None,
			"days_in_stage": time_diff_in_seconds(posted_on, entered_on) / 86400 if entered_on else 0,
			"pipeline_version": doc.get(subject.version),
			"would_refuse": int(bool(decision and decision.objects)),
			"verdicts": json.dumps(decision_data(decision)["verdicts"]) if decision else None,
		}
	).append_to_chain(state, posted_on)


def _now(doc: Document):
	"""The instant of the change; a loader of past data states it in `doc.flags.pe_posted_on`."""
	return get_datetime(doc.flags.pe_posted_on) if doc.flags.pe_posted_on else now_datetime()
