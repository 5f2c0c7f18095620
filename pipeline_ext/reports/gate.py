"""Where a document stands in its pipeline, and what a move would meet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from pipeline_ext.domain.criteria import Verdict, evaluate_stage
from pipeline_ext.domain.gates import BROKEN_DEFINITION, Decision, Move, Objection, criteria_for, decide
from pipeline_ext.domain.ledger import DealState
from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline, Stage
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import days_since, facts_from
from pipeline_ext.subjects import Fields, Subject


def judge(doc: Document, subject: Subject, version: str, from_stage: str | None, to_stage: str) -> Decision:
	"""The gate's decision on a move of the document as it is in memory, under a pinned version."""
	try:
		pipeline = pipelines.definition(version)
	except pipelines.BrokenVersion:
		mode = pipelines.mode_of(doc.get(subject.pipeline))
		return Decision(Move.ENTER, from_stage, to_stage, mode, objections=(Objection(BROKEN_DEFINITION),))
	return judge_under(doc, subject, pipeline, pipelines.mode_of(pipeline.name), from_stage, to_stage)


def judge_under(
	doc: Document, subject: Subject, pipeline: Pipeline, mode: Mode, from_stage: str | None, to_stage: str
) -> Decision:
	"""The decision on a move under any definition, a draft too."""
	asked = ()
	if to_stage in pipeline and mode is not Mode.OFF:
		asked = criteria_for(pipeline, from_stage, to_stage)
	now = moment()
	facts = facts_from(doc, subject, asked, from_stage, now)
	return decide(pipeline, mode, from_stage, to_stage, facts, now.date(), _roles_of_mover(doc))


def moment() -> datetime:
	"""The instant of a change; a loader of past data states it in `frappe.flags.pe_posted_on`."""
	return get_datetime(frappe.flags.pe_posted_on) if frappe.flags.pe_posted_on else now_datetime()


def _roles_of_mover(doc: Document) -> frozenset[str] | None:
	"""Whose rules about roles apply; a business document that moves a deal is nobody in particular."""
	return None if doc.flags.pe_moved_by else frozenset(frappe.get_roles())


def version_for(doc: Document, subject: Subject) -> str | None:
	"""The version that judges the document: its own, else the one it would take at its next move."""
	if doc.get(subject.version):
		return doc.get(subject.version)
	taken = pipelines.taken_by(doc, moment().date())
	return taken.version if taken else None


def stage_of(version: str | None, name: str | None) -> Stage | None:
	"""A stage of a version; None where there is no such version, or it has no such stage."""
	try:
		pipeline = pipelines.definition(version) if version else None
	except pipelines.BrokenVersion:
		return None
	return pipeline.stage(name) if pipeline and name in pipeline else None


def outcome_of(version: str | None, stage: str | None) -> Outcome:
	"""What a stage says of the deal in it; open where there is no version or it has no such stage."""
	found = stage_of(version, stage)
	return found.outcome if found else Outcome.OPEN


def verdicts_on(doc: Document, subject: Subject, keys: Collection[str]) -> tuple[Verdict, ...]:
	"""The verdicts now on these criteria of the document's version, whichever stage it is in.

	Raises BrokenVersion.
	"""
	pipeline = pipelines.definition(doc.get(subject.version) or "")
	concerned = [stage for stage in pipeline.stages if any(each.key in keys for each in stage.criteria)]
	criteria = [criterion for stage in concerned for criterion in stage.criteria]
	now = now_datetime()
	facts = facts_from(doc, subject, criteria, doc.get(subject.stage), now)
	return tuple(
		verdict
		for stage in concerned
		for verdict in evaluate_stage(stage.criteria, facts, now.date())
		if verdict.criterion.key in keys
	)


def state_of(doc: Fields, subject: Subject) -> DealState:
	"""What the ledger records of a document, or of a row with its recorded fields."""
	return subject.state_of(doc, outcome_of(doc.get(subject.version), doc.get(subject.stage)))


def recorded_in_database(doc: Document, subject: Subject) -> frappe._dict | None:
	"""The fields that the ledger looks at, as they are in the database now."""
	return frappe.db.get_value(doc.doctype, doc.name, subject.recorded_fields, as_dict=True)


@dataclass(frozen=True)
class Standing:
	"""A document on its pipeline's path, with the decision on its next move."""

	pipeline: Pipeline
	mode: Mode
	stage: str | None
	days_in_stage: float | None
	next: Decision | None


def standing(doc: Document, subject: Subject) -> Standing | None:
	"""Where the document stands; None where no pipeline governs it."""
	version = version_for(doc, subject)
	if version is None:
		return None
	pipeline = pipelines.definition(version)
	stage = doc.get(subject.stage) or None
	following = pipeline.following(stage)
	entered_on = doc.get(subject.entered_on)
	return Standing(
		pipeline=pipeline,
		mode=pipelines.mode_of(pipeline.name),
		stage=stage,
		days_in_stage=days_since(entered_on, now_datetime()) if entered_on else None,
		next=judge(doc, subject, version, stage, following.name) if following else None,
	)
