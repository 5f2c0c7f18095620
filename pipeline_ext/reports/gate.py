"""Where a document stands in its pipeline, and what a move would meet."""

from __future__ import annotations

from dataclasses import dataclass

from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, time_diff_in_seconds

from pipeline_ext.domain.gates import Decision, criteria_for, decide
from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline, Stage
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import facts_from
from pipeline_ext.subjects import Subject


def judge(doc: Document, subject: Subject, version: str, from_stage: str | None, to_stage: str) -> Decision:
	"""The gate's decision on a move of the document as it is in memory, under a pinned version."""
	pipeline = pipelines.definition(version)
	mode = pipelines.mode_of(pipeline.name)
	asked = ()
	if to_stage in pipeline and mode is not Mode.OFF:
		asked = criteria_for(pipeline, from_stage, to_stage)
	today = getdate(doc.flags.pe_posted_on)
	return decide(pipeline, mode, from_stage, to_stage, facts_from(doc, asked), today)


def version_for(doc: Document, subject: Subject) -> str | None:
	"""The version that judges the document: its own, else the one it would take at its next move."""
	if doc.get(subject.version):
		return doc.get(subject.version)
	taken = pipelines.taken_by(doc.doctype, doc.get(subject.company))
	return taken.version if taken else None


def stage_of(version: str | None, name: str | None) -> Stage | None:
	"""A stage of a version; None where there is no version or it has no such stage."""
	pipeline = pipelines.definition(version) if version else None
	return pipeline.stage(name) if pipeline and name in pipeline else None


def outcome_of(version: str | None, stage: str | None) -> Outcome:
	"""What a stage says of the deal in it; open where there is no version or it has no such stage."""
	return pipelines.definition(version).outcome_of(stage) if version else Outcome.OPEN


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
		days_in_stage=time_diff_in_seconds(now_datetime(), entered_on) / 86400 if entered_on else None,
		next=judge(doc, subject, version, stage, following.name) if following else None,
	)
