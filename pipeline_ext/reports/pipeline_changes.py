"""The deals that were in the open pipeline or came to it in a period, as the ledger has them at its ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Table
from frappe.query_builder.functions import Cast, Count, Max, Min, Sum
from frappe.utils import get_quarter_ending, get_quarter_start, getdate
from pypika.functions import Function
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Term, ValueWrapper

from pipeline_ext.domain.ledger import EXCHANGE_RATE
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.waterfall import Journey, Standing, Window, journey, stay
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters, days
from pipeline_ext.reports.mariadb import AS_WRITTEN, run_with_room
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY

ALWAYS = ValueWrapper(1) == ValueWrapper(1)
STATE = 6
"""So many columns are the state of a deal."""


@dataclass(frozen=True)
class PipelineChanges:
	"""What was asked for, checked: of which deals, from which day to which, due to close in which window."""

	deals: DealFilters
	period: Days
	window: Window

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> PipelineChanges:
		"""By default what became since its beginning of what is due to close in the current quarter."""
		today = getdate()
		window = Window(
			given.day(filters, "close_from", _("Closing From")) or get_quarter_start(today),
			given.day(filters, "close_to", _("Closing To")) or get_quarter_ending(today),
		)
		given.refuse_backwards(window.first, window.last)
		return cls(DealFilters.parse(filters), days(filters, get_quarter_start(today), today), window)

	@property
	def units(self) -> int:
		"""How many of the smallest units that amounts are saved in make one of the currency."""
		return 10 ** frappe.get_precision(DEALS, OPPORTUNITY.amount)

	def begins_on(self) -> date | None:
		"""The first day that the ledger knows of; None where it knows nothing."""
		entry = frappe.qb.DocType(LEDGER)
		first = frappe.qb.from_(entry).select(Min(entry.posted_on)).where(entry.document_type == DEALS)
		((posted_on,),) = first.run()
		return posted_on and posted_on.date()

	def unchanged(self) -> Iterator[Journey]:
		"""The deals that stood in the pipeline all the time, those of a category together."""
		for state, query in self._stood_throughout():
			category, amount = state.forecast_category, Sum(self._amount(state))
			for row in query.select(category, _whole(amount), Count("*")).groupby(category).run():
				yield stay(*row)

	def unchanged_deals(self) -> Iterator[tuple[str, Journey]]:
		"""The same, each by its name."""
		for state, query in self._stood_throughout():
			selected = (state.document_name, state.forecast_category, _whole(self._amount(state)))
			for name, category, amount in query.select(*selected).run():
				yield name, stay(category, amount)

	def changed(self) -> Iterator[tuple[str, Journey]]:
		"""The deals that something happened to meanwhile, each by its name."""
		revalued = self._revalued()
		for name, was_open, *states in run_with_room(self._both_states()):
			start, end = _standing(*states[:STATE]), _standing(*states[STATE:])
			way = journey(self.window, start, end, revalued.get(name, 0), bool(was_open))
			if way is not None:
				yield name, way

	def undated(self) -> int:
		"""How many deals were open at the end that nobody expects to close on any day."""
		count = 0
		for state, query in self._stood(self.period.end, self.period.end):
			undated = query.where(state.expected_close.isnull() & self._is_asked_for(state))
			count += undated.select(Count("*")).run()[0][0]
		return count

	def _stood_throughout(self) -> Iterator[tuple[Table, QueryBuilder]]:
		"""The states of deals that were in the pipeline, and of which nothing was recorded in the period."""
		for state, query in self._stood(self.period.first, self.period.end):
			yield state, query.where(self._is_in_window(state) & self._is_asked_for(state))

	def _stood(self, since: date, until: date) -> Iterator[tuple[Table, QueryBuilder]]:
		"""The states that held of open deals from before one day until another: tables, and queries of them.

		Where nothing was recorded later, that is the end of the deal's chain; else the entry before the first
		that is later.
		"""
		deal, tip, entry = (frappe.qb.DocType(doctype) for doctype in (DEALS, LEDGER_TIP, LEDGER))
		later = _recorded(until, date.max)
		followed = (
			frappe.qb.from_(later).join(entry).on(_is_entry(entry, later.document_name, later.first - 1))
		)
		for state, query in ((tip, frappe.qb.from_(tip)), (entry, followed)):
			yield (
				state,
				query.modifier(AS_WRITTEN)
				.join(deal)
				.on(deal.name == state.document_name)
				.where((state.document_type == DEALS) & (state.outcome == Outcome.OPEN.value))
				.where((state.posted_on < since) & (state.company == self.deals.company))
				.where(self.deals.apart_from_owner(deal)),
			)

	def _both_states(self) -> QueryBuilder:
		"""Of each deal with entries in the period: its name, whether any has it open, and both its states."""
		deal, recorded = frappe.qb.DocType(DEALS), _recorded(self.period.first, self.period.end)
		before, after = (frappe.qb.DocType(LEDGER).as_(alias) for alias in ("before", "after"))
		was_inside = (before.outcome == Outcome.OPEN.value) & self._is_in_window(before)
		return (
			frappe.qb.from_(recorded)
			.modifier(AS_WRITTEN)
			.join(deal)
			.on(deal.name == recorded.document_name)
			.left_join(before)
			.on(_is_entry(before, deal.name, recorded.first - 1) & (before.company == self.deals.company))
			.left_join(after)
			.on(_is_entry(after, deal.name, recorded.last) & (after.company == self.deals.company))
			.select(deal.name, recorded.was_open, *self._state(before), *self._state(after))
			.where(was_inside | self._is_in_window(after))
			.where(self.deals.apart_from_owner(deal))
		)

	def _revalued(self) -> dict[str, int]:
		"""By how much exchange rates alone changed amounts in the period, by deal."""
		entry, before = frappe.qb.DocType(LEDGER), frappe.qb.DocType(LEDGER).as_("before")
		change = Sum(self._amount(entry) - self._amount(before))
		query = (
			frappe.qb.from_(entry)
			.join(before)
			.on(_is_entry(before, entry.document_name, entry.sequence - 1))
			.select(entry.document_name, _whole(change))
			.where(_is_dated(entry, self.period.first, self.period.end))
			.where(entry.changes.like(f"{EXCHANGE_RATE}%"))
			.groupby(entry.document_name)
		)
		return dict(query.run())

	def _is_in_window(self, entry: Table) -> Criterion:
		return entry.expected_close[self.window.first : self.window.last]

	def _is_asked_for(self, entry: Table) -> Criterion:
		return self._in_pipeline(entry) & self._of_owner(entry)

	def _in_pipeline(self, entry: Table) -> Criterion:
		return entry.pipeline == self.deals.pipeline if self.deals.pipeline else ALWAYS

	def _of_owner(self, entry: Table) -> Criterion:
		owners = self.deals.owners
		return ALWAYS if owners is None else entry.deal_owner.isin(sorted(owners) or [""])

	def _state(self, entry: Table) -> tuple[Term, ...]:
		"""What `_standing` takes."""
		return (
			entry.outcome,
			_whole(self._amount(entry)),
			entry.expected_close,
			entry.forecast_category,
			self._in_pipeline(entry),
			self._of_owner(entry),
		)

	def _amount(self, entry: Table) -> Term:
		return Function("ROUND", entry.amount * self.units)


def _standing(
	outcome: str | None, amount: int, expected_close: date | None, category: str | None, *belongs: int | None
) -> Standing | None:
	"""The state of a deal from its columns; None where there is no such entry."""
	if outcome is None:
		return None
	in_pipeline, of_owner = map(bool, belongs)
	return Standing(Outcome(outcome), amount, expected_close, category, in_pipeline, of_owner)


def _recorded(since: date, until: date) -> QueryBuilder:
	"""Of each deal with entries from one day until another: the first, the last, whether any has it open."""
	entry = frappe.qb.DocType(LEDGER)
	return (
		frappe.qb.from_(entry)
		.select(
			entry.document_name,
			Min(entry.sequence).as_("first"),
			Max(entry.sequence).as_("last"),
			Max(entry.outcome == Outcome.OPEN.value).as_("was_open"),
		)
		.where(_is_dated(entry, since, until))
		.groupby(entry.document_name)
	)


def _is_dated(entry: Table, since: date, until: date) -> Criterion:
	"""Whether it is an opportunity's entry of these days, the last one not included."""
	return (entry.document_type == DEALS) & (entry.posted_on >= since) & (entry.posted_on < until)


def _is_entry(entry: Table, name: Term, sequence: Term) -> Criterion:
	"""Which entry of an opportunity it is."""
	return (entry.document_type == DEALS) & (entry.document_name == name) & (entry.sequence == sequence)


def _whole(number: Term) -> Term:
	"""As an integer: what Frappe makes of a decimal is a float."""
	return Cast(number, "SIGNED")
