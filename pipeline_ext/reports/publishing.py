"""What a draft would change for the open deals of its pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import get_fullname

from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.gate import judge_under, outcome_of
from pipeline_ext.subjects import SUBJECTS, Subject

AT_ONCE = 200
"""So many deals are judged while the admin waits; more of them in a background job."""
SHOWN = 100

STAGE_GONE = "stage_gone"
BLOCKED = "newly_blocked"
FREED = "freed"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Effect:
	"""What changes for one deal; `missing` and `missing_now` are the titles of unmet blocking criteria."""

	name: str
	title: str
	owner: str | None
	stage: str | None
	amount: float
	change: str
	missing: tuple[str, ...] = ()
	missing_now: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effects:
	"""Every open deal of a pipeline, by what a draft changes for it."""

	deals: tuple[Effect, ...]

	def as_data(self) -> dict[str, Any]:
		"""How many deals of each change, those concerned, the largest first, and how many are not shown."""
		concerned = sorted(
			(deal for deal in self.deals if deal.change != UNCHANGED), key=lambda deal: -deal.amount
		)
		return {
			"deals": len(self.deals),
			"counts": dict(Counter(deal.change for deal in self.deals)),
			"shown": [_named(deal) for deal in concerned[:SHOWN]],
			"not_shown": max(len(concerned) - SHOWN, 0),
		}


def _named(deal: Effect) -> dict[str, Any]:
	return {**asdict(deal), "owner_name": get_fullname(deal.owner) if deal.owner else ""}


def effects(draft: Pipeline) -> Effects:
	"""The next move of each open deal, under the draft against under the version it is on."""
	subject = SUBJECTS[draft.doctype]
	names = open_deals(draft.doctype, draft.name)
	return Effects(tuple(_effect(frappe.get_doc(draft.doctype, name), subject, draft) for name in names))


def count_deals(doctype: str, pipeline: str) -> int:
	"""How many open deals are in a pipeline."""
	return sum(1 for _name in open_deals(doctype, pipeline))


def open_deals(doctype: str, pipeline: str, but_of_version: str | None = None) -> Iterator[str]:
	"""The names of the open deals in a pipeline, those of one version aside where that is given."""
	subject = SUBJECTS[doctype]
	filters = {subject.pipeline: pipeline, subject.status: ("not in", subject.closed_statuses)}
	if but_of_version:
		filters[subject.version] = ("!=", but_of_version)
	for row in frappe.get_all(doctype, filters, ["name", subject.version, subject.stage], order_by="name"):
		if outcome_of(row[subject.version], row[subject.stage]) is Outcome.OPEN:
			yield row.name


def _effect(doc: Document, subject: Subject, draft: Pipeline) -> Effect:
	stage = doc.get(subject.stage) or None
	about = {
		"name": doc.name,
		"title": doc.get_title() or doc.name,
		"owner": doc.get(subject.owner),
		"stage": stage,
		"amount": float(doc.get(subject.amount) or 0) if subject.amount else 0.0,
	}
	if stage not in draft:
		return Effect(**about, change=STAGE_GONE)
	missing = _missing(doc, subject, draft, stage)
	missing_now = _missing_now(doc, subject, stage)
	change = UNCHANGED
	if set(missing) - set(missing_now):
		change = BLOCKED
	elif missing_now and not missing:
		change = FREED
	return Effect(**about, change=change, missing=missing, missing_now=missing_now)


def _missing_now(doc: Document, subject: Subject, stage: str | None) -> tuple[str, ...]:
	try:
		return _missing(doc, subject, pipelines.definition(doc.get(subject.version)), stage)
	except pipelines.BrokenVersion:
		return ()


def _missing(doc: Document, subject: Subject, pipeline: Pipeline, stage: str | None) -> tuple[str, ...]:
	following = pipeline.following(stage)
	if following is None:
		return ()
	decision = judge_under(doc, subject, pipeline, Mode.ENFORCE, stage, following.name)
	return tuple(verdict.criterion.title for verdict in decision.missing)
