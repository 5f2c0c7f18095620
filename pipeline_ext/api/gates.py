"""The path of a deal, and moving it along."""

import json
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname, getdate

from pipeline_ext.domain.comparison import OPERATORS
from pipeline_ext.domain.pipeline import Stage
from pipeline_ext.domain.placeholders import is_placeholder
from pipeline_ext.messages import decision_data, verdict_data
from pipeline_ext.reports import fields, filters, gate, linked, pipelines
from pipeline_ext.subjects import SUBJECTS, Subject

GATE_KEEPER = "Gate Keeper"


@frappe.whitelist()
def gate_status(doctype: str, name: str) -> dict[str, Any]:
	"""The path of a document: its stages, where it stands, and what is missing for the next move.

	`{"governed": False}` where no pipeline governs it, with a `problem` where its rules cannot be read.
	`days_in_stage` is in days, `probability` in percent.
	"""
	subject, doc = _governed(doctype, name, "read")
	try:
		standing = gate.standing(doc, subject)
	except pipelines.BrokenVersion as broken:
		return {"governed": False, "problem": str(broken)}
	if standing is None:
		return {"governed": False}
	stage = standing.pipeline.stage(standing.stage) if standing.stage in standing.pipeline else None
	return {
		"governed": True,
		"pipeline": standing.pipeline.name,
		"mode": standing.mode.value,
		"stage": standing.stage,
		"stage_is_known": stage is not None,
		"outcome": stage.outcome.value if stage else "Open",
		"guidance": _(stage.guidance) if stage and stage.guidance else "",
		"days_in_stage": standing.days_in_stage,
		"longest_stay": stage.longest_stay if stage else None,
		"stages": [_stage_data(each) for each in standing.pipeline.stages],
		"next": None if standing.next is None else decision_data(standing.next),
		"may_move": bool(doc.has_permission("write")),
		"may_override": GATE_KEEPER in frappe.get_roles(),
		"other_pipelines": _other_pipelines(doc, subject),
		"owed": _owed(doc, subject),
	}


@frappe.whitelist()
def preview_move(doctype: str, name: str, to_stage: str) -> dict[str, Any]:
	"""The decision that a move would meet now; nothing changes."""
	subject, doc = _governed(doctype, name, "read")
	version = gate.version_for(doc, subject)
	if version is None:
		frappe.throw(_("No pipeline governs {0}.").format(name), title=_("No Pipeline"))
	return decision_data(gate.judge(doc, subject, version, doc.get(subject.stage) or None, to_stage))


@frappe.whitelist(methods=["POST"])
def move(
	doctype: str,
	name: str,
	to_stage: str,
	override_reason: str | None = None,
	owed_by: str | None = None,
) -> dict[str, Any]:
	"""Move a document to a stage by saving it; returns its new path, or refuses as any save does.

	A Gate Keeper may move it past its gate with a reason and the day until which the evidence is owed.
	"""
	subject, doc = _governed(doctype, name, "write")
	_save_moved(doc, {subject.stage: to_stage}, _override(override_reason, owed_by))
	return gate_status(doctype, name)


@frappe.whitelist(methods=["POST"])
def change_pipeline(doctype: str, name: str, pipeline: str, to_stage: str | None = None) -> dict[str, Any]:
	"""Put a document on another published pipeline; its gates judge it as if it had been made there."""
	subject, doc = _governed(doctype, name, "write")
	_save_moved(doc, {subject.pipeline: pipeline, **({subject.stage: to_stage} if to_stage else {})})
	return gate_status(doctype, name)


@frappe.whitelist(methods=["POST"])
def confirm_criterion(
	doctype: str,
	name: str,
	criterion: str,
	note: str | None = None,
	file: str | None = None,
	answer: str | None = None,
) -> dict[str, Any]:
	"""Say that a checklist item is true, or sign a gate off; returns the document's path.

	`criterion` is its key. `answer` is Confirmed or Withdrawn for a checklist item, Go, Hold or Recycle for a
	sign-off, and by default Confirmed or Go.
	"""
	doc = _governed(doctype, name, "read")[1]
	frappe.new_doc("Criterion Evidence").give(doc, criterion, answer, note, file)
	return gate_status(doctype, name)


@frappe.whitelist()
def form_options(doctype: str) -> dict[str, Any]:
	"""What the form of a pipeline for a governed DocType offers: fields, linked DocTypes, roles, users.

	`operators` are those that fit each kind of field.
	"""
	frappe.has_permission("Sales Pipeline", "read", throw=True)
	_refuse_ungoverned(doctype)
	return {
		"fields": fields.comparable(doctype),
		"linked_doctypes": linked.linkable(doctype),
		"roles": frappe.get_all("Role", {"disabled": 0}, pluck="name", order_by="name"),
		"users": frappe.get_all(
			"User", {"enabled": 1, "user_type": "System User"}, pluck="name", order_by="name"
		),
		"triggers": [trigger.value for trigger in SUBJECTS[doctype].triggers],
		"operators": {kind.value: list(operators) for kind, operators in OPERATORS.items()},
	}


def _override(reason: str | None, owed_by: str | None) -> dict[str, Any] | None:
	"""What an override was asked with, checked; None where none was asked for."""
	if not reason and not owed_by:
		return None
	if GATE_KEEPER not in frappe.get_roles():
		frappe.throw(
			_("Only a {0} may move a deal past its gate. Ask one of them.").format(_(GATE_KEEPER)),
			frappe.PermissionError,
			title=_("Not Allowed to Override"),
		)
	if not reason or is_placeholder(reason):
		frappe.throw(_("Say why the deal moves on all the same."), title=_("Reason Missing"))
	day = filters.day({"owed_by": owed_by}, "owed_by", _("The day until which the evidence is owed"))
	if day is None or day < getdate():
		frappe.throw(
			_("Choose the day until which the evidence is owed, today or later."), title=_("Day Missing")
		)
	return {"reason": reason.strip(), "owed_by": day}


def _save_moved(
	doc: Document, values: dict[str, Any], override: dict[str, Any] | None = None, tries: int = 3
) -> None:
	"""Save with new values. A deadlock is tried again; who comes second learns what the first one did."""
	doc.update(values)
	doc.flags.pe_override = override
	try:
		doc.save()
	except frappe.QueryDeadlockError:
		frappe.db.rollback()
		if tries == 1:
			raise
		_save_moved(frappe.get_doc(doc.doctype, doc.name), values, override, tries - 1)
	except frappe.TimestampMismatchError:
		_tell_who_was_first(doc.doctype, doc.name)


def _tell_who_was_first(doctype: str, name: str) -> None:
	frappe.db.rollback()
	stage, modified_by = frappe.db.get_value(doctype, name, [SUBJECTS[doctype].stage, "modified_by"])
	frappe.clear_messages()
	frappe.throw(
		_("{0} has just changed {1}, which is now in {2}. Look at it before you move it.").format(
			get_fullname(modified_by), name, frappe.bold(_(stage))
		),
		frappe.TimestampMismatchError,
		title=_("Changed Meanwhile"),
	)


def _governed(doctype: str, name: str, permission: str) -> tuple[Subject, Document]:
	_refuse_ungoverned(doctype)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission(permission)
	return SUBJECTS[doctype], doc


def _refuse_ungoverned(doctype: str) -> None:
	if doctype not in SUBJECTS:
		frappe.throw(
			_("{0} is not governed by pipelines. Use one of: {1}.").format(doctype, ", ".join(SUBJECTS)),
			title=_("Not Governed"),
		)


def _other_pipelines(doc: Document, subject: Subject) -> list[str]:
	"""Pipelines that the document could be put on instead."""
	company = doc.get(subject.company)
	return [
		head.name
		for head in pipelines.published().values()
		if head.is_open_to(doc.doctype, company) and head.name != doc.get(subject.pipeline)
	]


def _owed(doc: Document, subject: Subject) -> list[dict[str, Any]]:
	"""Moves of the document past its gate whose evidence has not come in, the most urgent first."""
	owed = {"document_type": doc.doctype, "document_name": doc.name, "status": "Owed"}
	fields = ["name", "to_stage", "owed_by", "overridden_by", "reason", "criteria"]
	overrides = frappe.get_all("Gate Override", owed, fields, order_by="owed_by")
	for override in overrides:
		keys = json.loads(override.pop("criteria") or "[]")
		override.overridden_by_name = get_fullname(override.overridden_by)
		override.verdicts = [verdict_data(each) for each in gate.verdicts_on(doc, subject, keys)]
	return overrides


def _stage_data(stage: Stage) -> dict[str, Any]:
	return {
		"name": stage.name,
		"label": _(stage.name),
		"outcome": stage.outcome.value,
		"probability": stage.probability,
		"guidance": _(stage.guidance) if stage.guidance else "",
	}
