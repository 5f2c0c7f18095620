"""Holds the gate on a governed document before it is written."""

from __future__ import annotations

from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from pipeline_ext.doc_events.refusal import GateRefused, refuse
from pipeline_ext.domain.gates import Decision, Move, Permit, PermitKind
from pipeline_ext.domain.ledger import is_push
from pipeline_ext.domain.pipeline import Mode
from pipeline_ext.history import restoring
from pipeline_ext.messages import warning_text
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.gate import judge, moment, recorded_in_database, stage_of, state_of
from pipeline_ext.subjects import Subject


def enforce(doc: Document, subject: Subject) -> None:
	"""Let a move through or refuse it. A save that moves nothing costs no query."""
	doc.flags.pe_decision = None
	before = doc.get_doc_before_save()
	if before is None:
		_start(doc, subject)
		return
	wanted = doc.get(subject.pipeline) or None
	_keep_own_fields(doc, subject, before)
	_count_push(doc, subject, before)
	if wanted and wanted != before.get(subject.pipeline):
		_change_pipeline(doc, subject, before, wanted)
	elif (doc.get(subject.stage) or None) != (before.get(subject.stage) or None):
		_change_stage(doc, subject, before)


def enforce_direct(doc: Document, subject: Subject) -> None:
	"""The same for `db_set`, which validates nothing; the state before is kept for `record_direct`."""
	if not doc.name or doc.is_new():
		return
	before = _before_change(doc, subject)
	doc.flags.pe_before_change = before
	if before and (doc.get(subject.stage) or None) != (before.get(subject.stage) or None):
		doc.flags.pe_decision = None
		if before.get(subject.version):
			doc.set(subject.version, before.get(subject.version))
			_move(doc, subject, before.get(subject.stage) or None)


def _before_change(doc: Document, subject: Subject) -> Document | frappe._dict | None:
	"""What stands in the database: what `db_set` has loaded or, once this object has written, a new look."""
	if doc.flags.pe_has_written:
		return recorded_in_database(doc, subject)
	return doc.get_doc_before_save()


def _start(doc: Document, subject: Subject) -> None:
	"""Put a new document on its pipeline, whatever a copy or a client says its pipeline is."""
	for field in (subject.pipeline, subject.version, subject.entered_on, subject.pushes):
		if field:
			doc.set(field, None)
	last_known = restoring.take_up(doc)
	if last_known:
		_go_on(doc, subject, last_known)
		return
	_adopt(doc, subject)
	if not doc.get(subject.version):
		return
	if not _chose_a_stage(doc, subject):
		doc.set(subject.stage, pipelines.definition(doc.get(subject.version)).first.name)
	_move(doc, subject, None)


def _go_on(doc: Document, subject: Subject, last_known: restoring.LastKnown) -> None:
	"""A restored document stands where it stood when it was deleted; that is no move."""
	doc.set(subject.pipeline, last_known.state.pipeline)
	doc.set(subject.version, last_known.pipeline_version)
	doc.set(subject.entered_on, last_known.entered_on)
	doc.flags.pe_last_known = last_known.state
	if subject.probability:
		doc.set(subject.probability, last_known.state.probability)
	if subject.forecast_category:
		doc.set(subject.forecast_category, last_known.state.forecast_category)


def _chose_a_stage(doc: Document, subject: Subject) -> bool:
	"""An e-mail or a web form chooses none; the default that Frappe fills in keeps none of them out."""
	stage = doc.get(subject.stage)
	if stage != doc.meta.get_field(subject.stage).default:
		return bool(stage)
	return bool(stage) and not judge(doc, subject, doc.get(subject.version), None, stage).objects


def _adopt(doc: Document, subject: Subject) -> None:
	taken = pipelines.taken_by(doc, moment().date())
	if taken:
		doc.set(subject.pipeline, taken.name)
		doc.set(subject.version, taken.version)


def _keep_own_fields(doc: Document, subject: Subject, before: Document) -> None:
	"""The fields that only the server writes keep the value that stands in the database."""
	for field in (subject.pipeline, subject.version, subject.entered_on, subject.probability):
		if field:
			doc.set(field, before.get(field))


def _count_push(doc: Document, subject: Subject, before: Document) -> None:
	if subject.pushes:
		pushed = is_push(state_of(before, subject), state_of(doc, subject))
		doc.set(subject.pushes, cint(before.get(subject.pushes)) + pushed)


def _change_stage(doc: Document, subject: Subject, before: Document) -> None:
	if not doc.get(subject.version):
		_adopt(doc, subject)
	if doc.get(subject.version):
		_move(doc, subject, before.get(subject.stage) or None)


def _change_pipeline(doc: Document, subject: Subject, before: Document, wanted: str) -> None:
	"""A document comes to another pipeline as if it had been made there."""
	head = pipelines.published().get(wanted)
	if head is None or not head.is_open_to(doc.doctype, doc.get(subject.company)):
		frappe.throw(
			_("{0} cannot be put on pipeline {1}: it is not published, not enabled or for others.").format(
				doc.name, frappe.bold(wanted)
			),
			GateRefused,
			title=_("Pipeline Not Possible"),
		)
	doc.set(subject.pipeline, head.name)
	doc.set(subject.version, head.version)
	if doc.get(subject.stage) not in pipelines.definition(head.version):
		doc.set(subject.stage, pipelines.definition(head.version).first.name)
	_move(doc, subject, None, Move.PIPELINE)


def _move(doc: Document, subject: Subject, from_stage: str | None, move: Move | None = None) -> None:
	to_stage = doc.get(subject.stage)
	if not to_stage:
		frappe.throw(_("A deal is always in a stage. Choose one."), GateRefused, title=_("Stage Missing"))
	decision = judge(doc, subject, doc.get(subject.version), from_stage, to_stage)
	if move:
		decision = replace(decision, move=move)
	if not decision:
		decision = replace(decision, permit=_permit(doc, subject, decision))
	doc.flags.pe_decision = decision
	if not decision:
		refuse(doc, subject, decision)
	_warn(decision)
	_enter(doc, subject)


def _permit(doc: Document, subject: Subject, decision: Decision) -> Permit | None:
	"""Leave to move all the same: an override that the mover asked for, else a bypass that holds today."""
	if not decision.may_be_waived:
		return None
	asked = doc.flags.pe_override
	if asked:
		override = frappe.new_doc("Gate Override")
		override.grant(doc, subject, decision, asked)
		return Permit(PermitKind.OVERRIDE, override.name)
	bypass = frappe.db.get_value(
		"Gate Bypass",
		{
			"user": frappe.session.user,
			"pipeline": doc.get(subject.pipeline),
			"enabled": 1,
			"until": (">=", moment().date()),
		},
	)
	return Permit(PermitKind.BYPASS, bypass) if bypass else None


def _enter(doc: Document, subject: Subject) -> None:
	doc.set(subject.entered_on, moment())
	stage = stage_of(doc.get(subject.version), doc.get(subject.stage))
	doc.update(subject.figures_of(stage))


def _warn(decision: Decision) -> None:
	if (decision.objects or decision.warnings) and decision.mode is not Mode.OFF and decision.from_stage:
		frappe.msgprint(warning_text(decision), alert=True, indicator="orange")
