"""Open deals and how long each is in its stage, against the stage's limit and its usual stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce, Count, Round
from frappe.utils import add_months, cint, flt, getdate, now_datetime, strip_html
from pypika.terms import Criterion

from pipeline_ext.domain.aging import Stay, UsualStay, usual_stay
from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.visits import SECONDS_A_DAY
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import readable
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.facts import days_since
from pipeline_ext.reports.gate import stage_of
from pipeline_ext.subjects import OPPORTUNITY, STAGE_VISIT, SUBJECTS, Subject

MONTHS_MEASURED = 12
MOVES_OF_AN_ADMIN = (Move.PIPELINE.value, Move.VERSION.value)


@dataclass(frozen=True)
class OpenDeal:
	"""A deal in an open stage. `amount` is in company currency."""

	doctype: str
	name: str
	title: str | None
	pipeline: str | None
	stage: str | None
	owner: str | None
	company: str | None
	amount: float
	entered_on: datetime | None
	stay: Stay


@dataclass(frozen=True)
class NextStep:
	"""An open task or a coming event of a deal."""

	deal: str
	what: str
	due: date | None


@dataclass(frozen=True)
class Aging:
	"""The open deals that a reader may see, those furthest beyond their stage's limit first.

	`usual` is by pipeline and stage, `next_steps` by deal. `only_stalled` says which deals were asked for.
	"""

	doctype: str
	currency: str
	deals: tuple[OpenDeal, ...]
	usual: Mapping[tuple[str | None, str | None], UsualStay]
	next_steps: Mapping[str, NextStep]
	only_stalled: bool

	@property
	def stalled(self) -> tuple[OpenDeal, ...]:
		return tuple(deal for deal in self.deals if deal.stay.stalled)

	@property
	def asked_for(self) -> tuple[OpenDeal, ...]:
		return self.stalled if self.only_stalled else self.deals


def stage_aging(filters: Mapping[str, Any] | str | None = None) -> Aging:
	"""How long the open deals that the user may read are in their stages.

	For the filters `company`, `document_type`, `pipeline`, `stage`, `deal_owner`, `territory` and
	`only_stalled`. It takes the same number of queries for any number of deals. Raises ValidationError for
	filters that make no sense.
	"""
	chosen = Filters.parse(given.parse(filters))
	now = now_datetime()
	deals = sorted(open_deals(chosen.subject, now, chosen.conditions), key=_furthest_over)
	return Aging(
		doctype=chosen.subject.doctype,
		currency=frappe.get_cached_value("Company", chosen.company, "default_currency"),
		deals=tuple(deals),
		usual=_usual_stays(chosen, now),
		next_steps=_next_steps(chosen, now),
		only_stalled=chosen.only_stalled,
	)


def _furthest_over(deal: OpenDeal) -> tuple[float, float, str]:
	return -deal.stay.days_over, -(deal.stay.days or 0.0), deal.name


# Filters


@dataclass(frozen=True)
class Filters:
	"""What the reader asked for, checked."""

	subject: Subject
	company: str
	pipeline: str | None
	stage: str | None
	owner: str | None
	territory: str | None
	only_stalled: bool

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Filters:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		return cls(
			subject=_subject(filters),
			company=given.company(filters),
			pipeline=given.text(filters, "pipeline", _("Pipeline")),
			stage=given.text(filters, "stage", _("Stage")),
			owner=given.text(filters, "deal_owner", _("Owner")),
			territory=given.text(filters, "territory", _("Territory")),
			only_stalled=bool(cint(filters.get("only_stalled"))),
		)

	def conditions(self, table: Table) -> Criterion:
		"""Which deals were asked for and may be read."""
		subject = self.subject
		asked = {
			subject.company: self.company,
			subject.pipeline: self.pipeline,
			subject.stage: self.stage,
			subject.owner: self.owner,
		}
		equal = [table[field] == value for field, value in asked.items() if value]
		if self.territory:
			inside = frappe.db.get_descendants("Territory", self.territory)
			equal.append(table.territory.isin([self.territory, *inside]))
		return Criterion.all([*equal, readable(subject.doctype)])


def _subject(filters: Mapping[str, Any]) -> Subject:
	doctype = given.text(filters, "document_type", _("Document Type")) or OPPORTUNITY.doctype
	if doctype not in SUBJECTS:
		frappe.throw(
			_("No pipeline governs {0}. Choose one of: {1}.").format(
				frappe.bold(frappe.utils.escape_html(doctype)), ", ".join(_(each) for each in SUBJECTS)
			),
			title=_("Unknown Document Type"),
		)
	return SUBJECTS[doctype]


# Deals


def open_deals(
	subject: Subject, now: datetime, conditions: Callable[[Table], Criterion] | None = None
) -> Iterator[OpenDeal]:
	"""The deals of a DocType that are neither won nor lost, of all that fit the conditions, in one query."""
	table = frappe.qb.DocType(subject.doctype)
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.title,
			table[subject.pipeline].as_("pipeline"),
			table[subject.version].as_("version"),
			table[subject.stage].as_("stage"),
			table[subject.owner].as_("owner"),
			table[subject.company].as_("company"),
			table[subject.entered_on].as_("entered_on"),
			amount_of(subject, table).as_("amount"),
		)
		.where(_is_open(subject, table))
	)
	if conditions:
		query = query.where(conditions(table))
	known_stage = cache(stage_of)
	for row in query.run(as_dict=True):
		stage = known_stage(row.pop("version"), row.stage)
		if stage is None or stage.outcome is Outcome.OPEN:
			days = days_since(row.entered_on, now) if row.entered_on else None
			row.amount = flt(row.amount)
			yield OpenDeal(
				doctype=subject.doctype, stay=Stay(days, stage.longest_stay if stage else None), **row
			)


def _is_open(subject: Subject, table: Table) -> Criterion:
	return table[subject.status].notin(subject.closed_statuses)


# What is usual


def _usual_stays(chosen: Filters, now: datetime) -> dict[tuple[str | None, str | None], UsualStay]:
	"""From the stays that ended in the last months, to a tenth of a day, of all the company's deals.

	A yardstick is the same for everybody, so it also counts deals that the reader may not see. A stay that an
	admin cut short by moving deals to other rules does not count, nor one of which nobody knows the length.
	"""
	visit = frappe.qb.DocType(STAGE_VISIT)
	alike = visit.pipeline, visit.stage, Round(visit.seconds / SECONDS_A_DAY, 1)
	rows = (
		frappe.qb.from_(visit)
		.select(*alike, Count("*"))
		.where((visit.document_type == chosen.subject.doctype) & (visit.company == chosen.company))
		.where((visit.ended_on > add_months(now, -MONTHS_MEASURED)) & (visit.seconds > 0))
		.where(Coalesce(visit.move, "").notin(MOVES_OF_AN_ADMIN))
		.groupby(*alike)
		.run()
	)
	counted: dict[tuple[str | None, str | None], dict[float, int]] = defaultdict(dict)
	for pipeline, stage, days, stays in rows:
		counted[pipeline, stage][float(days)] = stays
	usual = {place: usual_stay(stays) for place, stays in counted.items()}
	return {place: stay for place, stay in usual.items() if stay}


# What comes next


def _next_steps(chosen: Filters, now: datetime) -> dict[str, NextStep]:
	"""The open task or coming event that is due first, by deal, as the deal's own form shows them."""
	steps = sorted([*_tasks(chosen), *_events(chosen, now)], key=_latest_first)
	return {step.deal: step for step in steps}


def _latest_first(step: NextStep) -> tuple[bool, int]:
	return step.due is not None, -step.due.toordinal() if step.due else 0


def _tasks(chosen: Filters) -> Iterable[NextStep]:
	task, deal = frappe.qb.DocType("ToDo"), frappe.qb.DocType(chosen.subject.doctype)
	rows = (
		frappe.qb.from_(task)
		.join(deal)
		.on(deal.name == task.reference_name)
		.select(deal.name.as_("deal"), task.description.as_("what"), task.date.as_("due"))
		.where((task.reference_type == chosen.subject.doctype) & (task.status == "Open"))
		.where(_is_open(chosen.subject, deal) & chosen.conditions(deal))
		.run(as_dict=True)
	)
	return [NextStep(row.deal, strip_html(row.what or "").strip(), row.due) for row in rows]


def _events(chosen: Filters, now: datetime) -> Iterable[NextStep]:
	deal = frappe.qb.DocType(chosen.subject.doctype)
	event, participant = frappe.qb.DocType("Event"), frappe.qb.DocType("Event Participants")
	rows = (
		frappe.qb.from_(event)
		.join(participant)
		.on((participant.parent == event.name) & (participant.parenttype == "Event"))
		.join(deal)
		.on(deal.name == participant.reference_docname)
		.select(deal.name.as_("deal"), event.subject.as_("what"), event.starts_on.as_("due"))
		.where((event.status == "Open") & (event.starts_on >= now))
		.where(participant.reference_doctype == chosen.subject.doctype)
		.where(_is_open(chosen.subject, deal) & chosen.conditions(deal))
		.run(as_dict=True)
	)
	return [NextStep(row.deal, row.what, getdate(row.due)) for row in rows]
