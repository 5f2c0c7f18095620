"""Holds the gate on a governed document while it is written, and writes its ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from pipeline_ext.doc_events.origin import path_of_change
from pipeline_ext.domain.gates import Decision, Move, Permit, PermitKind
from pipeline_ext.domain.ledger import Circumstances, DealState, changes, is_push
from pipeline_ext.domain.pipeline import Mode
from pipeline_ext.history import restoring, writing
from pipeline_ext.messages import (
	decision_data,
	missing_titles,
	refusal_html,
	refusal_title,
	warning_text,
)
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import days_since
from pipeline_ext.reports.gate import judge, moment, outcome_of, stage_of
from pipeline_ext.subjects import Subject


class GateRefused(frappe.ValidationError):
	"""A move was refused; the response carries the verdicts under `pipeline_gate`."""


# Before the write


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
	before = _in_database(doc, subject)
	doc.flags.pe_before_change = before
	if before and (doc.get(subject.stage) or None) != (before.get(subject.stage) or None):
		doc.flags.pe_decision = None
		if before.get(subject.version):
			doc.set(subject.version, before.get(subject.version))
			_move(doc, subject, before.get(subject.stage) or None)


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
		pushed = is_push(_state(before, subject), _state(doc, subject))
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
		_refuse(doc, subject, decision)
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
	if stage and subject.probability:
		doc.set(subject.probability, stage.probability)
	if stage and subject.forecast_category:
		doc.set(subject.forecast_category, stage.forecast_category)


def _refuse(doc: Document, subject: Subject, decision: Decision) -> None:
	"""Raise, and leave the document in memory as it is in the database."""
	_remember_refusal(doc, subject, decision)
	if not decision.may_be_waived or any(verdict.broken for verdict in decision.missing):
		_tell_administrators(doc, subject, decision)
	pipeline = doc.get(subject.pipeline)
	if not doc.is_new():
		doc.set(subject.stage, decision.from_stage)
	frappe.local.response["pipeline_gate"] = decision_data(decision)
	frappe.throw(refusal_html(decision, pipeline), GateRefused, title=refusal_title(decision))


def _remember_refusal(doc: Document, subject: Subject, decision: Decision) -> None:
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


def _warn(decision: Decision) -> None:
	if (decision.objects or decision.warnings) and decision.mode is not Mode.OFF and decision.from_stage:
		frappe.msgprint(warning_text(decision), alert=True, indicator="orange")


# After the write


def record(doc: Document, subject: Subject) -> None:
	"""One ledger entry if anything the ledger holds has changed."""
	if not doc.get(subject.version):
		return
	before = doc.get_doc_before_save()
	known = doc.flags.pop("pe_last_known", None)
	if known is None and before is not None and before.get(subject.version):
		known = _state(before, subject)
	_append(doc, subject, before, known, _state(doc, subject))


def record_direct(doc: Document, subject: Subject) -> None:
	"""The same after a `db_set`. What fails here is logged and left to the nightly reconciliation."""
	before = doc.flags.pop("pe_before_change", None)
	if not before or not before.get(subject.version):
		return
	frappe.db.savepoint("pipeline_ledger")
	try:
		after = _in_database(doc, subject)
		follow = _what_follows(doc, subject, before, after)
		if follow:
			frappe.db.set_value(doc.doctype, doc.name, follow, update_modified=False)
			after.update(follow)
		_append(doc, subject, before, _state(before, subject), _state(after, subject))
	except Exception:
		frappe.db.rollback(save_point="pipeline_ledger")
		frappe.log_error(_("The pipeline ledger could not record a change of {0}").format(doc.name))


def _in_database(doc: Document, subject: Subject) -> frappe._dict | None:
	return frappe.db.get_value(doc.doctype, doc.name, subject.recorded_fields, as_dict=True)


def _what_follows(
	doc: Document, subject: Subject, before: frappe._dict, after: frappe._dict
) -> dict[str, Any]:
	"""The fields that a save would have set with what `db_set` has written."""
	follow = {}
	if after.get(subject.stage) != before.get(subject.stage):
		fields = (subject.entered_on, subject.probability, subject.forecast_category)
		follow.update({field: doc.get(field) for field in fields if field})
	if subject.pushes and is_push(_state(before, subject), _state(after, subject)):
		follow[subject.pushes] = cint(before.get(subject.pushes)) + 1
	return follow


def _state(doc: Document | frappe._dict, subject: Subject) -> DealState:
	return subject.state_of(doc, outcome_of(doc.get(subject.version), doc.get(subject.stage)))


def _append(
	doc: Document,
	subject: Subject,
	before: Document | frappe._dict | None,
	known: DealState | None,
	after: DealState,
) -> None:
	"""One entry for what differs from the state that the ledger knows."""
	changed = changes(known, after)
	if not changed:
		return
	decision: Decision | None = doc.flags.pop("pe_decision", None)
	moved = "stage" in changed or "pipeline" in changed
	posted_on = moment()
	circumstances = Circumstances(
		path=path_of_change(doc),
		posted_by=frappe.session.user,
		pipeline_version=doc.get(subject.version),
		changes=", ".join(changed),
		**(_of_move(before, subject, posted_on) if moved else {}),
		**(_of_decision(decision) if decision is not None and moved else {}),
	)
	writing.append(doc.doctype, doc.name, after, circumstances, posted_on, lock=before is not None)
	if moved:
		_begin_stage(doc, subject)


def _of_move(before, subject: Subject, posted_on) -> dict:
	if before is None:
		return {}
	return {
		"from_stage": before.get(subject.stage) or None,
		"days_in_stage": days_since(before.get(subject.entered_on), posted_on),
	}


def _of_decision(decision: Decision) -> dict:
	permit = decision.permit
	return {
		"move": decision.move.value,
		"would_refuse": decision.objects,
		"verdicts": json.dumps(decision_data(decision)["verdicts"]),
		"gate_override": permit.document if permit and permit.kind is PermitKind.OVERRIDE else None,
		"gate_bypass": permit.document if permit and permit.kind is PermitKind.BYPASS else None,
	}


def _begin_stage(doc: Document, subject: Subject) -> None:
	"""What the stage says happens on entry, once the move is certain; loading past data starts nothing."""
	stage = stage_of(doc.get(subject.version), doc.get(subject.stage))
	if stage and stage.on_entry and not frappe.flags.pe_posted_on:
		frappe.enqueue(
			"pipeline_ext.tasks.carry_out_entry_actions",
			queue="short",
			enqueue_after_commit=True,
			now=bool(frappe.flags.in_test),
			doctype=doc.doctype,
			name=doc.name,
			version=doc.get(subject.version),
			stage=stage.name,
		)
