"""Opens the ledgers of documents that were there before it, from what the site knows of their past."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

import frappe
from frappe.utils import getdate

from pipeline_ext.domain.chronicle import Provenance, Step, continued, differences, stage_since
from pipeline_ext.domain.ledger import DealState, Entry, Origin
from pipeline_ext.domain.pipeline import Pipeline, Stage
from pipeline_ext.domain.reconstruction import Trace, Values, reconstruct
from pipeline_ext.history import bulk
from pipeline_ext.history.chains import chains_of
from pipeline_ext.history.traces import Traces
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.pipelines import Published
from pipeline_ext.subjects import LEDGER, SUBJECTS, Subject

PAGE = 1000
UPDATES_A_QUERY = 100


def open_ledgers(save_progress: bool = False) -> int:
	"""Put every document that a published pipeline takes on it, and write its past; how many there were.

	Doing it again finds what is left. `save_progress` commits after each page of documents.
	"""
	opened = 0
	for subject in SUBJECTS.values():
		opening = Opening(subject)
		for names in _pages(subject):
			opened += opening.open(names)
			if save_progress:
				frappe.db.commit()
	return opened


def _pages(subject: Subject) -> Iterator[list[str]]:
	"""Documents on no pipeline whose history, where there is any, is imported."""
	if not _enabled_for(subject.doctype):
		return
	last = ""
	while names := _unopened(subject, last):
		yield names
		last = names[-1]


def _enabled_for(doctype: str) -> list[Published]:
	heads = pipelines.published().values()
	return [head for head in heads if head.enabled and head.document_type == doctype]


def _unopened(subject: Subject, after: str) -> list[str]:
	document, entry = frappe.qb.DocType(subject.doctype), frappe.qb.DocType(LEDGER)
	own_entry = (
		(entry.document_type == subject.doctype)
		& (entry.document_name == document.name)
		& (entry.origin != Origin.IMPORTED.value)
	)
	return (
		frappe.qb.from_(document)
		.left_join(entry)
		.on(own_entry)
		.select(document.name)
		.where(entry.name.isnull() & (document.name > after) & _on_no_pipeline(subject, document))
		.orderby(document.name)
		.limit(PAGE)
		.run(pluck=True)
	)


def _on_no_pipeline(subject: Subject, document: Any) -> Any:
	return document[subject.version].isnull() | (document[subject.version] == "")


def _taken_by(row: frappe._dict, subject: Subject, today: date) -> Published | None:
	"""The pipeline that takes a document; only conditions make it necessary to load it."""
	if any(head.conditions for head in _enabled_for(subject.doctype)):
		return pipelines.taken_by(frappe.get_doc(subject.doctype, row.name), today)
	return pipelines.usual_for(subject.doctype, row[subject.company])


class Opening:
	"""Opens ledgers of one DocType, a page of documents at a time."""

	def __init__(self, subject: Subject) -> None:
		self.subject = subject
		self.traces = Traces(subject)
		self.definition = cache(pipelines.definition)
		self.today = getdate()

	def open(self, names: Sequence[str]) -> int:
		"""Open the ledgers of those of the documents that a pipeline takes; how many these are."""
		doctype = self.subject.doctype
		rows = self._rows(names)
		before = {chain.name: chain.entries for chain in chains_of(doctype, list(names), lock=True)}
		tracked = self.traces.tracked(names)
		entries: dict[str, list[Entry]] = {}
		fields: dict[str, dict[str, Any]] = {}
		for row in rows:
			imported = before.get(row.name, ())
			taken = _taken_by(row, self.subject, self.today)
			if taken and all(entry.circumstances.origin == Origin.IMPORTED for entry in imported):
				place = self._place(row, taken)
				written = self._history({**row, **place}, imported, tracked.get(row.name, ()))
				entered_on = stage_since([*imported, *written])
				entries[row.name] = written
				fields[row.name] = {**place, self.subject.entered_on: entered_on}
		bulk.insert(doctype, entries)
		frappe.db.bulk_update(doctype, fields, chunk_size=UPDATES_A_QUERY, update_modified=False)
		return len(fields)

	def _rows(self, names: Sequence[str]) -> list[frappe._dict]:
		"""What the documents hold, locked; those that were put on a pipeline meanwhile are left out."""
		document = frappe.qb.DocType(self.subject.doctype)
		return (
			frappe.qb.from_(document)
			.select("name", "creation", "owner", "modified", "modified_by", *self.subject.recorded_fields)
			.where(document.name.isin(names) & _on_no_pipeline(self.subject, document))
			.for_update()
			.run(as_dict=True)
		)

	def _place(self, row: frappe._dict, taken: Published) -> dict[str, Any]:
		"""The fields that put a document on its pipeline; a forecast category that it has is kept."""
		subject = self.subject
		place = {subject.pipeline: taken.name, subject.version: taken.version}
		figures = subject.figures_of(stage_in(self.definition(taken.version), row[subject.stage]))
		if subject.forecast_category and row[subject.forecast_category]:
			figures.pop(subject.forecast_category, None)
		return {**place, **figures}

	def _history(self, row: Values, imported: Sequence[Entry], tracked: Sequence[Trace]) -> list[Entry]:
		"""The entries that are missing up to the document's state of today."""
		version = row[self.subject.version]
		pipeline = self.definition(version)
		known = self.traces.known(row, pipeline, tuple(tracked))
		state_of = self._state_of(row, pipeline)
		if not imported:
			steps = reconstruct(known, state_of)
		else:
			last = Step(known.today.posted_on, state_of(row), known.today.path, known.today.posted_by)
			steps = [last] if differences(imported[-1], last.state, version) else []
		return continued(imported, steps, Provenance(Origin.RECONSTRUCTED, pipeline, version))

	def _state_of(self, row: Values, pipeline: Pipeline) -> Callable[[Values], DealState]:
		"""Field values to states; in another stage than that of today a document has that stage's figures."""
		subject = self.subject

		def state_of(values: Values) -> DealState:
			stage = values[subject.stage]
			figures = {}
			if stage != row[subject.stage]:
				unknown = dict.fromkeys(subject.figures_of(pipeline.first))
				figures = {**unknown, **subject.figures_of(stage_in(pipeline, stage))}
			return subject.state_of({**row, **values, **figures}, pipeline.outcome_of(stage))

		return state_of


def stage_in(pipeline: Pipeline, name: str | None) -> Stage | None:
	"""A stage of a pipeline; None where it has no such stage."""
	return pipeline.stage(name) if name in pipeline else None
