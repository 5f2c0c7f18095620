"""The visits that deals have paid to stages: those that ended, by the ledger, and those that go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, reduce
from typing import Any

import frappe
from frappe.query_builder import Table
from frappe.query_builder.functions import Cast, Coalesce, Count, Round, Sum
from frappe.utils import flt
from pypika import Case
from pypika.functions import NullIf
from pypika.queries import QueryBuilder, Selectable
from pypika.terms import Criterion, Function, LiteralValue, NullValue, Term

from pipeline_ext.domain.conversion import Ending, Passage, Place, Visit, ending_of
from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.reports.decisions import decided
from pipeline_ext.subjects import LEDGER, OPPORTUNITY

SECONDS_A_DAY = 86400
SECOND = LiteralValue("SECOND")
MOVES = [move.value for move in Move]
OUTCOMES = [outcome.value for outcome in Outcome]


@dataclass(frozen=True)
class Window:
	"""A period in which visits began, and the instant at which they are looked at."""

	period: Days
	until: datetime

	@property
	def before(self) -> Window:
		"""The period before, looked at just as long after its end."""
		period = self.period.before
		return Window(period, self.until - (self.period.end - period.end))


@dataclass(frozen=True)
class Source:
	"""A query for visits, and what each part of a visit is in it."""

	query: QueryBuilder
	deal: Term
	pipeline: Term
	stage: Term
	move: Term
	outcome: Term
	began: Term
	ended_on: Term
	amount: Term

	@property
	def visit(self) -> tuple[Term, ...]:
		"""What `StageVisits` says of one visit."""
		names = ("deal", "pipeline", "stage", "began", "ended_on", "move", "outcome", "amount")
		return tuple(getattr(self, name).as_(name) for name in names)


@dataclass(frozen=True)
class StageVisits:
	"""The visits of these deals to stages, in a window and in the one just before.

	`open_stages` are those that a closed deal may stand in. The pipeline that was asked for is the one that
	the visit was in, whatever pipeline the deal is on now.
	"""

	deals: DealFilters
	window: Window
	open_stages: Collection[Place]

	def alike(self) -> Iterator[tuple[Window, Place, Passage]]:
		"""The only visits that deals have paid to a stage, those that went alike counted together.

		The database counts them by the numbers of names: with rows so narrow it does so in memory.
		"""
		counted = [self._counted(source) for source in self._sources(in_windows=True)]
		for is_before, pipeline, stage, move, outcome, has_ended, days, deals, amount in _run(counted):
			place = _name(self._pipelines, pipeline), _name(self._stages, stage)
			ending = ending_of(_name(MOVES, move), _name(OUTCOMES, outcome))
			days = None if days is None else float(days)
			went = Passage(ending if has_ended else Ending.STILL_THERE, days, days, deals, flt(amount))
			yield self.window.before if is_before else self.window, place, went

	def repeated(self) -> Iterator[Visit]:
		"""All visits that deals have paid to a stage to which they came more than once, one by one."""
		again = self._came_again()
		return self._one_by_one(
			source.query.join(again).on(_is_of(source, again)).select(*source.visit)
			for source in self._sources()
		)

	def of_stage(self, place: Place) -> Iterator[Visit]:
		"""All visits to one stage, one by one."""
		pipeline, stage = place
		return self._one_by_one(
			source.query.where(source.stage == stage)
			.where(Coalesce(source.pipeline, "") == (pipeline or ""))
			.select(*source.visit)
			for source in self._sources()
		)

	def _counted(self, source: Source) -> QueryBuilder:
		now, before, again = self.window, self.window.before, self._came_again()
		is_before = source.began < _instant(now.period.first)
		until = Case().when(is_before, _instant(before.until)).else_(_instant(now.until))
		seen_until = Function("LEAST", Coalesce(source.ended_on, until), until)
		seconds = Function("TIMESTAMPDIFF", SECOND, source.began, seen_until)
		alike = (
			is_before.as_("is_before"),
			_number(self._pipelines, source.pipeline).as_("pipeline_number"),
			_number(self._stages, source.stage).as_("stage_number"),
			_number(MOVES, source.move).as_("move_number"),
			_number(OUTCOMES, source.outcome).as_("outcome_number"),
			(source.ended_on <= until).as_("has_ended"),
			Round(NullIf(seconds, 0) / SECONDS_A_DAY, 1).as_("days"),
		)
		return (
			source.query.left_join(again)
			.on(_is_of(source, again))
			.where(again.deal.isnull())
			.where(source.began >= _instant(before.period.first))
			.where(source.began < _instant(now.period.end))
			.where(source.began <= until)
			.select(*alike, Count("*"), Sum(source.amount))
			.groupby(*alike)
		)

	def _one_by_one(self, queries: Iterable[QueryBuilder]) -> Iterator[Visit]:
		for deal, pipeline, stage, began, ended_on, move, outcome, amount in _run(queries):
			ending = ending_of(move, outcome) if ended_on else Ending.STILL_THERE
			yield Visit((pipeline, stage), deal, began, ended_on, ending, flt(amount))

	def _came_again(self) -> Selectable:
		"""The deals that have come to a stage again since the window before begins."""
		entry = frappe.qb.DocType(LEDGER)
		return (
			frappe.qb.from_(entry)
			.select(entry.document_name.as_("deal"), entry.stage)
			.distinct()
			.where((entry.document_type == DEALS) & (entry.visit > 1))
			.where(entry.posted_on >= self.window.before.period.first)
			.as_("again")
		)

	# Where visits are written down

	def _sources(self, in_windows: bool = False) -> Iterator[Source]:
		for source in (self._ended(in_windows), self._going_on(), self._closed_in_place()):
			asked = source.query
			if self.deals.pipeline:
				asked = asked.where(source.pipeline == self.deals.pipeline)
			yield replace(source, query=asked)

	@property
	def _of_any_pipeline(self) -> DealFilters:
		return replace(self.deals, pipeline=None)

	def _ended(self, in_windows: bool) -> Source:
		"""Each entry that left a stage; it has the time spent there, but not the pipeline that it was on.

		For the windows the ledger is read from end to end: that takes far less than to look up the entries of
		each deal, which the database would do.
		"""
		entry, deal = frappe.qb.DocType(LEDGER), frappe.qb.DocType(DEALS)
		entries = frappe.qb.from_(entry)
		if in_windows:
			entries = entries.force_index("PRIMARY").where(entry.posted_on >= self.window.before.period.first)
		earlier = frappe.qb.DocType(LEDGER).as_("earlier")
		query = (
			entries.join(deal)
			.on(deal.name == entry.document_name)
			.left_join(earlier)
			.on(
				(entry.move == Move.PIPELINE.value)
				& (earlier.document_type == entry.document_type)
				& (earlier.document_name == entry.document_name)
				& (earlier.sequence == entry.sequence - 1)
			)
			.where((entry.document_type == DEALS) & (entry.from_stage != ""))
			.where(self._of_any_pipeline.of_deals(deal))
		)
		seconds = Round(entry.days_in_stage * SECONDS_A_DAY)
		return Source(
			query=query,
			deal=deal.name,
			pipeline=Case().when(earlier.name.isnotnull(), earlier.pipeline).else_(entry.pipeline),
			stage=entry.from_stage,
			move=entry.move,
			outcome=entry.outcome,
			began=Function("TIMESTAMPADD", SECOND, -seconds, entry.posted_on),
			ended_on=entry.posted_on,
			amount=amount_of(OPPORTUNITY, deal),
		)

	def _going_on(self) -> Source:
		"""The open deals, where they stand."""
		deal = frappe.qb.DocType(DEALS)
		query = (
			frappe.qb.from_(deal)
			.where(deal[OPPORTUNITY.status].notin(OPPORTUNITY.closed_statuses))
			.where(deal[OPPORTUNITY.entered_on].isnotnull() & (deal[OPPORTUNITY.stage] != ""))
			.where(self._of_any_pipeline.of_deals(deal))
		)
		return Source(
			query=query,
			deal=deal.name,
			pipeline=deal[OPPORTUNITY.pipeline],
			stage=deal[OPPORTUNITY.stage],
			move=NullValue(),
			outcome=NullValue(),
			began=deal[OPPORTUNITY.entered_on],
			ended_on=NullValue(),
			amount=amount_of(OPPORTUNITY, deal),
		)

	def _closed_in_place(self) -> Source:
		"""Deals that were won or lost without leaving their open stage, as before there were pipelines."""
		deal = frappe.qb.DocType(DEALS)
		fields = (OPPORTUNITY.pipeline, OPPORTUNITY.stage, OPPORTUNITY.entered_on)
		closed = decided(self._of_any_pipeline, *fields).where(self._in_open_stage(deal)).as_("closed")
		return Source(
			query=frappe.qb.from_(closed),
			deal=closed.name,
			pipeline=closed[OPPORTUNITY.pipeline],
			stage=closed[OPPORTUNITY.stage],
			move=NullValue(),
			outcome=closed.outcome,
			began=closed[OPPORTUNITY.entered_on],
			ended_on=closed.decided_on,
			amount=closed.amount,
		)

	def _in_open_stage(self, deal: Table) -> Criterion:
		stages: dict[str | None, list[str]] = {}
		for pipeline, stage in self.open_stages:
			stages.setdefault(pipeline, []).append(stage)
		places = [
			(deal[OPPORTUNITY.pipeline] == pipeline) & deal[OPPORTUNITY.stage].isin(names)
			for pipeline, names in stages.items()
		]
		return Criterion.any(places or [deal.name.isnull()])

	# Names by number

	@cached_property
	def _pipelines(self) -> list[str]:
		return frappe.get_all("Sales Pipeline", pluck="name")

	@cached_property
	def _stages(self) -> list[str]:
		"""All that there are and, of those that the ledger knows, all that there were."""
		entry = frappe.qb.DocType(LEDGER)
		past = frappe.qb.from_(entry).select(entry.stage).distinct().where(entry.stage != "").run(pluck=True)
		return list(dict.fromkeys([*frappe.get_all("Sales Stage", pluck="name"), *past]))


def _number(names: Sequence[str], name: Term) -> Term:
	"""Which of the names it is, from 1; 0 for none of them."""
	return Function("FIELD", name, *(names or [""]))


def _name(names: Sequence[str], number: int) -> str | None:
	return names[number - 1] if number else None


def _is_of(source: Source, again: Selectable) -> Criterion:
	"""MariaDB makes a key of the deal's name; of two names it makes none, they would be too long."""
	return (again.deal == source.deal) & (Function("STRCMP", again.stage, source.stage) == 0)


def _instant(day: date) -> Term:
	"""As a value with its type: texts would be read anew for every row that they are compared with."""
	return Cast(day, "datetime(6)")


def _together(queries: Iterable[QueryBuilder]) -> Any:
	return reduce(lambda one, other: one.union_all(other), queries)


def _run(queries: Iterable[QueryBuilder]) -> Sequence[Sequence[Any]]:
	return _together(queries).run()
