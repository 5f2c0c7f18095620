"""Takes open deals over to another version of their pipeline, each with a ledger entry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.ledger import Circumstances, changes
from pipeline_ext.domain.pipeline import Stage
from pipeline_ext.history import writing
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import days_since
from pipeline_ext.reports.gate import state_of
from pipeline_ext.reports.publishing import open_deals
from pipeline_ext.subjects import SUBJECTS, Subject

PAGE = 200


def deals_to_move(doctype: str, pipeline: str, version: str) -> list[dict[str, Any]]:
	"""Open deals on other versions of a pipeline, counted by version and stage."""
	subject = SUBJECTS[doctype]
	names = list(open_deals(doctype, pipeline, but_of_version=version))
	rows = frappe.get_all(
		doctype, {"name": ("in", names)}, [f"{subject.version} as version", f"{subject.stage} as stage"]
	)
	target = pipelines.definition(version)
	counted = Counter((row.version, row.stage) for row in rows)
	return [
		{"version": old, "stage": stage, "deals": deals, "is_gone": stage not in target}
		for (old, stage), deals in sorted(counted.items(), key=str)
	]


def check_stage_map(doctype: str, pipeline: str, version: str, stage_map: Mapping[str, str]) -> int:
	"""Refuse a map that leaves a deal without a stage; returns how many deals would be moved."""
	target = pipelines.definition(version)
	waiting = deals_to_move(doctype, pipeline, version)
	for row in waiting:
		to_stage = stage_map.get(row["stage"] or "", row["stage"])
		if to_stage not in target:
			frappe.throw(
				_("Say to which stage of {0} the {1} deals in {2} go.").format(
					version, row["deals"], frappe.bold(row["stage"] or _("no stage"))
				),
				title=_("Stage Map Incomplete"),
			)
	return sum(row["deals"] for row in waiting)


def move_deals(
	pipeline: str, version: str, stage_map: Mapping[str, str], progress: Callable[[int, int], None]
) -> int:
	"""Move every open deal of a pipeline to a version of it, in pages; returns how many were moved.

	`progress` is told (done, all) after each page, when that page is safe.
	"""
	target = pipelines.definition(version)
	subject = SUBJECTS[target.doctype]
	names = list(open_deals(target.doctype, pipeline, but_of_version=version))
	for start in range(0, len(names), PAGE):
		for name in names[start : start + PAGE]:
			_move(subject, name, version, stage_map)
		frappe.db.commit()
		progress(min(start + PAGE, len(names)), len(names))
	return len(names)


def _move(subject: Subject, name: str, version: str, stage_map: Mapping[str, str]) -> None:
	before = frappe.db.get_value(
		subject.doctype, name, subject.recorded_fields, as_dict=True, for_update=True
	)
	stage = pipelines.definition(version).stage(
		stage_map.get(before.get(subject.stage) or "", before.get(subject.stage))
	)
	now = now_datetime()
	values = _values(subject, before, stage, version, now)
	frappe.db.set_value(subject.doctype, name, values, update_modified=False)
	old_state, new_state = state_of(before, subject), state_of({**before, **values}, subject)
	moved = before.get(subject.stage) != stage.name
	circumstances = Circumstances(
		path="Version",
		posted_by=frappe.session.user,
		pipeline_version=version,
		changes=", ".join(changes(old_state, new_state)),
		move=Move.VERSION.value,
		from_stage=before.get(subject.stage) if moved else None,
		days_in_stage=days_since(before.get(subject.entered_on), now) if moved else 0.0,
		verdicts=json.dumps([]),
	)
	writing.append(subject.doctype, name, new_state, circumstances, now)


def _values(
	subject: Subject, before: Mapping[str, Any], stage: Stage, version: str, now: Any
) -> dict[str, Any]:
	"""What changes in the document; a stage it stays in goes on counting its days and keeps its category."""
	values = {subject.version: version, **subject.figures_of(stage)}
	if before.get(subject.stage) != stage.name:
		return {**values, subject.stage: stage.name, subject.entered_on: now}
	values.pop(subject.forecast_category, None)
	return values
