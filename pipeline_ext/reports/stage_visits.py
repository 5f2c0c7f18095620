"""How deals went through stages, by the visits that they paid to them: those over and those going on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property

import frappe
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt
from pypika import Case
from pypika.functions import NullIf
from pypika.queries import QueryBuilder, Selectable
from pypika.terms import Criterion, Function, LiteralValue, NullValue, Term, ValueWrapper

from pipeline_ext.domain.conversion import Ending, Passage, Place, ending_of
from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.visits import SECONDS_A_DAY
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.reports.decisions import decided
from pipeline_ext.reports.mariadb import divided, instant
from pipeline_ext.reports.numbering import Choices, facts_of, number_of
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY, STAGE_VISIT

SECOND = LiteralValue("SECOND")
A_TENTH = SECONDS_A_DAY // 10
MOVES = [move.value for move in Move]
OUTCOMES = [outcome.value for outcome in Outcome]
YES = [1]


@dataclass(frozen=True)
class Window:
	"""A period in which deals first came to stages, and the instant at which they are looked at."""

	period: Days
	until: datetime

	@property
	def before(self) -> Window:
		"""The period before, looked at just as long after its end."""
		period = self.period.before
		return Window(period, self.until - (self.period.end - period.end))


@dataclass(frozen=True)
class Source:
	"""A query for visits, and what each part of a visit is in it; `PastVisit` says what the parts mean."""

	query: QueryBuilder
	deal: Term
	pipeline: Term
	stage: Term
	move: Term
	outcome: Term
	began_on: Term
	ended_on: Term
	seconds: Term
	first_began_on: Term
	seconds_before: Term
	unknown_before: Term
	followed_on: Term
	amount: Term


@dataclass(frozen=True)
class StageVisits:
	"""How these deals went through the stages that they first came to in a window, or in the one before.

	A deal is counted once a stage, by its latest visit there. `open_stages` are those that a closed deal may
	stand in. The pipeline that was asked for is the one of the visit, whatever pipeline the deal is on now.
	"""

	deals: DealFilters
	window: Window
	open_stages: Collection[Place]

	def passages(self) -> Iterator[tuple[Window, Place, Passage]]:
		"""Those in both windows; deals that went alike are counted together."""
		known_facts = cache(self._facts)
		for window in (self.window, self.window.before):
			for source in self._sources():
				for number, *figures in self._alike(source, window).run():
					place, ending = known_facts(number)
					yield window, place, _passage(ending, *figures)

	def of_stage(self, place: Place) -> Iterator[Passage]:
		"""Those to one stage in the window, each deal by itself."""
		for source in self._sources():
			for number, *figures in self._one_by_one(source, place).run():
				_place, ending = self._facts(number)
				yield _passage(ending, *figures)

	def _alike(self, source: Source, window: Window) -> QueryBuilder:
		number, (days, latest_days) = self._number(source, window), _tenths(source, window)
		alike = number.as_("number"), days.as_("days"), latest_days.as_("latest_days")
		return _seen(source, window).select(*alike, Count("*"), Sum(source.amount)).groupby(*alike)

	def _one_by_one(self, source: Source, place: Place) -> QueryBuilder:
		pipeline, stage = place
		return (
			_seen(source, self.window)
			.where((source.stage == stage) & (Coalesce(source.pipeline, "") == (pipeline or "")))
			.select(self._number(source, self.window), *_tenths(source, self.window))
			.select(ValueWrapper(1), source.amount, source.deal)
		)

	# What visits may have in common, as a number

	def _number(self, source: Source, window: Window) -> Term:
		has_ended = source.ended_on <= instant(window.until)
		facts = (source.pipeline, source.stage, source.move, source.outcome, has_ended)
		return number_of(facts, self._choices)

	def _facts(self, number: int) -> tuple[Place, Ending]:
		pipeline, stage, move, outcome, has_ended = facts_of(number, self._choices)
		return (pipeline, stage), ending_of(move, outcome) if has_ended else Ending.STILL_THERE

	@cached_property
	def _choices(self) -> Choices:
		"""The stages that the ledger knows, which are the most sought, come before others that there are."""
		entry = frappe.qb.DocType(LEDGER)
		past = frappe.qb.from_(entry).select(entry.stage).distinct().where(entry.stage != "").run(pluck=True)
		stages = list(dict.fromkeys([*past, *frappe.get_all("Sales Stage", pluck="name")]))
		return frappe.get_all("Sales Pipeline", pluck="name"), stages, MOVES, OUTCOMES, YES

	# Where visits are written down

	def _sources(self) -> Iterator[Source]:
		for source in (self._over(), self._going_on(), self._closed_in_place()):
			asked = source.query
			if self.deals.pipeline:
				asked = asked.where(source.pipeline == self.deals.pipeline)
			yield replace(source, query=asked)

	@property
	def _of_any_pipeline(self) -> DealFilters:
		return replace(self.deals, pipeline=None)

	def _over(self) -> Source:
		"""The visits that are over; the deal may stand in the same place again.

		The table is read from end to end: that takes far less than to look up the visits of each deal, which
		the database would do.
		"""
		visit, deal = frappe.qb.DocType(STAGE_VISIT), frappe.qb.DocType(DEALS)
		query = (
			frappe.qb.from_(visit)
			.force_index("PRIMARY")
			.join(deal)
			.on(deal.name == visit.document_name)
			.where((visit.document_type == DEALS) & self._of_any_pipeline.of_deals(deal))
		)
		is_there = (visit.stage == deal[OPPORTUNITY.stage]) & _same(
			visit.pipeline, deal[OPPORTUNITY.pipeline]
		)
		came_again = Case().when(is_there, deal[OPPORTUNITY.entered_on])
		return Source(
			query=query,
			deal=deal.name,
			pipeline=visit.pipeline,
			stage=visit.stage,
			move=visit.move,
			outcome=visit.outcome,
			began_on=visit.began_on,
			ended_on=visit.ended_on,
			seconds=visit.seconds,
			first_began_on=visit.first_began_on,
			seconds_before=visit.seconds_before,
			unknown_before=visit.unknown_before,
			followed_on=Coalesce(visit.followed_on, came_again),
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
		return _latest(query, deal, NullValue(), NullValue(), amount_of(OPPORTUNITY, deal))

	def _closed_in_place(self) -> Source:
		"""Deals that were won or lost without leaving their open stage, as before there were pipelines."""
		fields = (OPPORTUNITY.pipeline, OPPORTUNITY.stage, OPPORTUNITY.entered_on)
		closed = decided(self._of_any_pipeline, *fields).where(self._in_open_stage()).as_("closed")
		return _latest(frappe.qb.from_(closed), closed, closed.outcome, closed.decided_on, closed.amount)

	def _in_open_stage(self) -> Criterion:
		"""By the tips of the ledger: they are far fewer bytes to read than the deals."""
		tip = frappe.qb.DocType(LEDGER_TIP)
		stages: dict[str | None, list[str]] = {}
		for pipeline, stage in self.open_stages:
			stages.setdefault(pipeline, []).append(stage)
		places = [(tip.pipeline == pipeline) & tip.stage.isin(names) for pipeline, names in stages.items()]
		return Criterion.any(places or [tip.name.isnull()])


def _latest(query: QueryBuilder, deal: Selectable, outcome: Term, ended_on: Term, amount: Term) -> Source:
	"""The visits of deals to the stages that they are in now, after the earlier ones in the same place."""
	earlier = frappe.qb.DocType(STAGE_VISIT).as_("earlier")
	pipeline, stage, began_on = (
		deal[field] for field in (OPPORTUNITY.pipeline, OPPORTUNITY.stage, OPPORTUNITY.entered_on)
	)
	is_earlier = (
		(earlier.document_type == DEALS)
		& (earlier.document_name == deal.name)
		& (earlier.stage == stage)
		& _same(earlier.pipeline, pipeline)
		& earlier.followed_on.isnull()
	)
	return Source(
		query=query.left_join(earlier).on(is_earlier),
		deal=deal.name,
		pipeline=pipeline,
		stage=stage,
		move=NullValue(),
		outcome=outcome,
		began_on=began_on,
		ended_on=ended_on,
		seconds=Function("TIMESTAMPDIFF", SECOND, began_on, ended_on),
		first_began_on=Coalesce(earlier.first_began_on, began_on),
		seconds_before=Coalesce(earlier.seconds_before + earlier.seconds, 0),
		unknown_before=(earlier.unknown_before == 1) | (earlier.seconds == 0),
		followed_on=NullValue(),
		amount=amount,
	)


def _seen(source: Source, window: Window) -> QueryBuilder:
	"""The latest visits, as of an instant, of the deals that first came to the place in a period."""
	until = instant(window.until)
	return (
		source.query.where(source.first_began_on >= instant(window.period.first))
		.where(source.first_began_on < instant(window.period.end))
		.where(source.began_on <= until)
		.where(Coalesce(source.followed_on > until, 1) == 1)
	)


def _tenths(source: Source, window: Window) -> tuple[Term, Term]:
	"""Tenths of days up to an instant: of all the visits together, and of the latest."""
	until = instant(window.until)
	so_far = Function("TIMESTAMPDIFF", SECOND, source.began_on, until)
	seconds = NullIf(Case().when(source.ended_on <= until, source.seconds).else_(so_far), 0)
	in_all = Case().when(source.unknown_before, None).else_(source.seconds_before + seconds)
	return divided(in_all, A_TENTH), divided(seconds, A_TENTH)


def _passage(
	ending: Ending,
	tenths: int | None,
	latest_tenths: int | None,
	deals: int,
	amount: Decimal | None,
	deal: str | None = None,
) -> Passage:
	return Passage(ending, _in_days(tenths), _in_days(latest_tenths), deals, flt(amount), deal)


def _in_days(tenths: int | None) -> float | None:
	return None if tenths is None else float(tenths) / 10


def _same(one: Term, other: Term) -> Criterion:
	return Coalesce(one, "") == Coalesce(other, "")
