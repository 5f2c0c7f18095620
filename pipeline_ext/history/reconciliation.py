"""Finds what changed in governed documents without any event, and puts it into the ledger, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, now_datetime
from pypika import Case
from pypika.terms import Criterion

from pipeline_ext.domain.chronicle import differences
from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.ledger import Circumstances, Entry, Origin, is_push
from pipeline_ext.domain.pipeline import Outcome, Stage
from pipeline_ext.history.chains import chains_of
from pipeline_ext.history.opening import open_ledgers
from pipeline_ext.history.writing import append
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import days_since
from pipeline_ext.reports.gate import judge, stage_of, state_of
from pipeline_ext.subjects import LEDGER_TIP, SUBJECTS, Subject

PATH = "Without Events"
COMMIT_EVERY = 100
MOVES = {"stage", "pipeline"}


@dataclass(frozen=True)
class ClosingStage:
	"""A stage that says how a deal ended."""

	name: str
	outcome: Outcome


@dataclass(frozen=True)
class Difference:
	"""A document that held something else than its ledger said: the names of what had changed."""

	doctype: str
	name: str
	changes: tuple[str, ...]


@dataclass(frozen=True)
class Reconciliation:
	"""How many ledgers were opened, and what was found in documents that had one."""

	opened: int
	differences: tuple[Difference, ...]


def reconcile(save_progress: bool = False) -> Reconciliation:
	"""Put every change that bypassed events into the ledger; a second time nothing is left to find.

	`save_progress` commits now and then, so that nobody waits for a document for long.
	"""
	opened = open_ledgers(save_progress)
	found = []
	for subject in SUBJECTS.values():
		for name in _differing(subject):
			if difference := _reconcile(subject, name):
				found.append(difference)
				if save_progress and len(found) % COMMIT_EVERY == 0:
					frappe.db.commit()
	return Reconciliation(opened, tuple(found))


# Which documents differ


def _differing(subject: Subject) -> list[str]:
	"""The documents that are not as their last entry says; found in one query, however many there are."""
	document, tip = frappe.qb.DocType(subject.doctype), frappe.qb.DocType(LEDGER_TIP)
	return (
		frappe.qb.from_(document)
		.join(tip)
		.on((tip.document_type == subject.doctype) & (tip.document_name == document.name))
		.select(document.name)
		.where(_differs(subject, document, tip))
		.orderby(document.name)
		.run(pluck=True)
	)


def _differs(subject: Subject, document: Any, tip: Any) -> Criterion:
	pairs = (
		(subject.stage, tip.stage, ""),
		(subject.pipeline, tip.pipeline, ""),
		(subject.version, tip.pipeline_version, ""),
		(subject.forecast_category, tip.forecast_category, ""),
		(subject.owner, tip.deal_owner, ""),
		(subject.company, tip.company, ""),
		(subject.expected_close, tip.expected_close, ""),
		(subject.amount, tip.amount, 0),
		(subject.probability, tip.probability, 0),
	)
	differing = [
		Coalesce(document[field], blank) != Coalesce(column, blank) for field, column, blank in pairs if field
	]
	return Criterion.any([*differing, _outcome(subject, document) != Coalesce(tip.outcome, "")])


def _outcome(subject: Subject, document: Any) -> Case:
	"""The outcome of a document in SQL, as `Subject.outcome` has it."""
	stage, version, status = (document[field] for field in (subject.stage, subject.version, subject.status))
	outcome = Case()
	for closing, versions in _closing_stages(subject).items():
		outcome = outcome.when((stage == closing.name) & version.isin(versions), closing.outcome.value)
	for value, meaning in subject.outcome_of_status.items():
		outcome = outcome.when(status == value, meaning.value)
	return outcome.else_(Outcome.OPEN.value)


def _closing_stages(subject: Subject) -> dict[ClosingStage, list[str]]:
	"""Each won or lost stage that there is or was, and the versions that have it."""
	versions: dict[ClosingStage, list[str]] = {}
	for version in frappe.get_all("Pipeline Version", {"document_type": subject.doctype}, pluck="name"):
		for stage in _stages(version):
			if stage.outcome is not Outcome.OPEN:
				versions.setdefault(ClosingStage(stage.name, stage.outcome), []).append(version)
	return versions


def _stages(version: str) -> tuple[Stage, ...]:
	try:
		return pipelines.definition(version).stages
	except pipelines.BrokenVersion:
		return ()


# One document


def _reconcile(subject: Subject, name: str) -> Difference | None:
	"""Write the entry that is missing; None where somebody else has done so, or the document is gone."""
	row = frappe.db.get_value(subject.doctype, name, subject.recorded_fields, as_dict=True, for_update=True)
	chains = chains_of(subject.doctype, [name], lock=True)
	if not row or not chains:
		return None
	last = chains[0].entries[-1]
	changed = _changes(subject, row, last)
	if not changed:
		return None
	now = now_datetime()
	moved = bool(MOVES.intersection(changed))
	move = _move(subject, name, row, last, now) if moved else {}
	follow = {**(_on_entry(subject, row, now) if moved else {}), **_pushed(subject, row, last)}
	if follow:
		frappe.db.set_value(subject.doctype, name, follow, update_modified=False)
		row.update(follow)
		changed = _changes(subject, row, last)
	circumstances = Circumstances(
		origin=Origin.RECONCILED,
		path=PATH,
		pipeline_version=row[subject.version] or None,
		changes=", ".join(changed),
		**move,
	)
	append(subject.doctype, name, state_of(row, subject), circumstances, now)
	return Difference(subject.doctype, name, changed)


def _changes(subject: Subject, row: frappe._dict, last: Entry) -> tuple[str, ...]:
	return differences(last, state_of(row, subject), row[subject.version] or None)


def _move(subject: Subject, name: str, row: frappe._dict, last: Entry, now: datetime) -> dict[str, Any]:
	"""What the gate says of a move that went around it, whoever made it."""
	left = {"from_stage": last.state.stage, "days_in_stage": days_since(row[subject.entered_on], now)}
	if not row[subject.version] or not row[subject.stage]:
		return left
	doc = frappe.get_doc(subject.doctype, name)
	doc.flags.pe_moved_by = PATH
	came_over = row[subject.pipeline] != last.state.pipeline
	from_stage = None if came_over else last.state.stage
	decision = judge(doc, subject, row[subject.version], from_stage, row[subject.stage])
	move = Move.PIPELINE if came_over else decision.move
	return {**left, "move": move.value, "would_refuse": decision.objects}


def _on_entry(subject: Subject, row: frappe._dict, now: datetime) -> dict[str, Any]:
	"""The document has been in its stage for as long as that is known, with the figures of the stage."""
	entered_on = now if row[subject.stage] else None
	figures = subject.figures_of(stage_of(row[subject.version], row[subject.stage]))
	return {subject.entered_on: entered_on, **figures}


def _pushed(subject: Subject, row: frappe._dict, last: Entry) -> dict[str, Any]:
	"""A close date that has moved later is counted as if an event had seen it."""
	if subject.pushes and is_push(last.state, state_of(row, subject)):
		return {subject.pushes: cint(row[subject.pushes]) + 1}
	return {}
