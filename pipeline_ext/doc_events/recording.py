"""Writes the ledger of a governed document after it was written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from pipeline_ext.doc_events.origin import path_of_change
from pipeline_ext.domain.gates import Decision, PermitKind
from pipeline_ext.domain.ledger import EXCHANGE_RATE, Circumstances, DealState, changes, is_push
from pipeline_ext.history import writing
from pipeline_ext.messages import decision_data
from pipeline_ext.reports.facts import days_since
from pipeline_ext.reports.gate import moment, recorded_in_database, stage_of, state_of
from pipeline_ext.subjects import Subject


def record(doc: Document, subject: Subject) -> None:
	"""One ledger entry if anything the ledger holds has changed."""
	doc.flags.pe_has_written = True
	if not doc.get(subject.version):
		return
	before = doc.get_doc_before_save()
	known = doc.flags.pop("pe_last_known", None)
	if known is None and before is not None and before.get(subject.version):
		known = state_of(before, subject)
	_append(doc, subject, before, known, doc)


def record_direct(doc: Document, subject: Subject) -> None:
	"""The same after a `db_set`. What fails here is logged and left to the nightly reconciliation."""
	before = doc.flags.pop("pe_before_change", None)
	if not before or not before.get(subject.version):
		return
	if state_of(doc, subject) == state_of(before, subject):
		return
	doc.flags.pe_has_written = True
	frappe.db.savepoint("pipeline_ledger")
	try:
		after = recorded_in_database(doc, subject)
		follow = _what_follows(doc, subject, before, after)
		if follow:
			frappe.db.set_value(doc.doctype, doc.name, follow, update_modified=False)
			after.update(follow)
		_append(doc, subject, before, state_of(before, subject), after)
	except Exception:
		frappe.db.rollback(save_point="pipeline_ledger")
		frappe.log_error(_("The pipeline ledger could not record a change of {0}").format(doc.name))


def _what_follows(
	doc: Document, subject: Subject, before: frappe._dict, after: frappe._dict
) -> dict[str, Any]:
	"""The fields that a save would have set with what `db_set` has written."""
	follow = {}
	if after.get(subject.stage) != before.get(subject.stage):
		fields = (subject.entered_on, subject.probability, subject.forecast_category)
		follow.update({field: doc.get(field) for field in fields if field})
	if subject.pushes and is_push(state_of(before, subject), state_of(after, subject)):
		follow[subject.pushes] = cint(before.get(subject.pushes)) + 1
	return follow


def _append(
	doc: Document,
	subject: Subject,
	before: Document | frappe._dict | None,
	known: DealState | None,
	after: Document | frappe._dict,
) -> None:
	"""One entry for what differs from the state that the ledger knows."""
	state = state_of(after, subject)
	changed = changes(known, state)
	if not changed:
		return
	if "amount" in changed and _is_worth_the_same(before, after, subject):
		changed = (EXCHANGE_RATE, *changed)
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
	writing.append(doc.doctype, doc.name, state, circumstances, posted_on, lock=before is not None)
	if moved:
		_begin_stage(doc, subject)


def _is_worth_the_same(
	before: Document | frappe._dict | None, after: Document | frappe._dict, subject: Subject
) -> bool:
	"""Whether the amount, before it was converted to company currency, is what it was."""
	if before is None or not subject.converted_from:
		return False
	return all(before.get(field) == after.get(field) for field in subject.converted_from)


def _of_move(before: Document | frappe._dict | None, subject: Subject, posted_on: datetime) -> dict[str, Any]:
	if before is None:
		return {}
	return {
		"from_stage": before.get(subject.stage) or None,
		"days_in_stage": days_since(before.get(subject.entered_on), posted_on),
	}


def _of_decision(decision: Decision) -> dict[str, Any]:
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
