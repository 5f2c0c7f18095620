"""Business documents that bring deals to a stage by themselves; they go through whatever the gate says."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.automation.notices import notify
from pipeline_ext.domain.pipeline import Outcome, Pipeline, Stage, Trigger
from pipeline_ext.reports import pipelines
from pipeline_ext.subjects import SUBJECTS, Subject


def reach(trigger: Trigger, because: Document, deals: Iterable[tuple[str, str]]) -> None:
	"""Move each deal (DocType, name) to the stage that the trigger leads to, or tell its owner why not."""
	for doctype, name in dict.fromkeys(deals):
		subject = SUBJECTS[doctype]
		version = frappe.db.get_value(doctype, name, subject.version)
		if version and _leads_anywhere(version, trigger):
			_try_to_move(subject, name, trigger, because)


def _leads_anywhere(version: str, trigger: Trigger) -> bool:
	try:
		return pipelines.definition(version).reached_by(trigger) is not None
	except pipelines.BrokenVersion:
		return False


def _try_to_move(subject: Subject, name: str, trigger: Trigger, because: Document) -> None:
	messages, response = list(frappe.local.message_log), dict(frappe.local.response)
	frappe.db.savepoint("pipeline_trigger")
	try:
		_move(subject, name, trigger, because)
	except Exception as error:
		frappe.db.rollback(save_point="pipeline_trigger")
		frappe.local.message_log = messages
		frappe.local.response = frappe._dict(response)
		if isinstance(error, frappe.ValidationError):
			_tell_owner(subject, name, because, str(error))
		else:
			frappe.log_error(_("{0} could not be moved by {1}").format(name, because.name))


def _move(subject: Subject, name: str, trigger: Trigger, because: Document) -> None:
	doc = frappe.get_doc(subject.doctype, name)
	pipeline = pipelines.definition(doc.get(subject.version))
	target = pipeline.reached_by(trigger)
	if not _is_ahead(pipeline, doc.get(subject.stage), target):
		return
	doc.set(subject.stage, target.name)
	doc.flags.ignore_permissions = True
	doc.flags.pe_moved_by = f"{because.doctype} {because.name}"
	doc.save()


def _is_ahead(pipeline: Pipeline, stage: str | None, target: Stage) -> bool:
	"""A document takes a deal forward only, and only to won where the deal is closed already."""
	if stage not in pipeline:
		return True
	if pipeline.stage(stage).outcome is not Outcome.OPEN:
		return target.outcome is Outcome.WON and pipeline.stage(stage).outcome is Outcome.LOST
	return target.outcome is not Outcome.OPEN or pipeline.positions[target.name] > pipeline.positions[stage]


def _tell_owner(subject: Subject, name: str, because: Document, why: str) -> None:
	stayed = _("{0} {1} is there, but {2} stayed in its stage").format(_(because.doctype), because.name, name)
	owner = frappe.db.get_value(subject.doctype, name, subject.owner)
	notify(owner, stayed, why, subject.doctype, name)
