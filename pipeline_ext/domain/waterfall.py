"""The open pipeline from one instant to another: what came, what changed, what went, to the cent.

Amounts are whole numbers of the smallest unit that is counted, so that sums are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple

from pipeline_ext.domain.pipeline import Outcome


class Bar(str, Enum):
	"""What an amount of the waterfall is, in the order in which they are drawn.

	Pulled is what moves to an earlier day, pushed what moves to a later one.
	"""

	START = "Start"
	NEW = "New"
	REOPENED = "Reopened"
	PULLED_IN = "Pulled In"
	PUSHED_IN = "Pushed In"
	PIPELINE_IN = "Pipeline In"
	OWNER_IN = "Owner In"
	INCREASED = "Increased"
	DECREASED = "Decreased"
	CURRENCY = "Currency"
	WON = "Won"
	LOST = "Lost"
	PULLED_OUT = "Pulled Out"
	PUSHED_OUT = "Pushed Out"
	PIPELINE_OUT = "Pipeline Out"
	OWNER_OUT = "Owner Out"
	END = "End"


FLOWS = tuple(bar for bar in Bar if bar not in (Bar.START, Bar.END))
"""What leads from the start to the end."""


class Place(Enum):
	"""Where a deal is, seen from the pipeline in question; outside it by the first that applies."""

	EARLIER = "earlier"
	LATER = "later"
	OTHER_PIPELINE = "other pipeline"
	OTHER_OWNER = "other owner"
	INSIDE = "inside"


CAME_FROM = {
	Place.EARLIER: Bar.PUSHED_IN,
	Place.LATER: Bar.PULLED_IN,
	Place.OTHER_PIPELINE: Bar.PIPELINE_IN,
	Place.OTHER_OWNER: Bar.OWNER_IN,
}
WENT_TO = {
	Place.EARLIER: Bar.PULLED_OUT,
	Place.LATER: Bar.PUSHED_OUT,
	Place.OTHER_PIPELINE: Bar.PIPELINE_OUT,
	Place.OTHER_OWNER: Bar.OWNER_OUT,
}
ENDED_AS = {Outcome.OPEN: Bar.END, Outcome.WON: Bar.WON, Outcome.LOST: Bar.LOST}


@dataclass(frozen=True)
class Standing:
	"""A deal at an instant; with whether its pipeline and its owner are among those asked for."""

	outcome: Outcome
	amount: int
	expected_close: date | None = None
	category: str | None = None
	in_pipeline: bool = True
	of_owner: bool = True


@dataclass(frozen=True)
class Window:
	"""The days, both included, on which the deals in question are expected to close."""

	first: date
	last: date

	def place(self, standing: Standing) -> Place:
		"""Where a deal is, open or not; one without an expected close is later than any day."""
		if standing.expected_close is None or standing.expected_close > self.last:
			return Place.LATER
		if standing.expected_close < self.first:
			return Place.EARLIER
		if not standing.in_pipeline:
			return Place.OTHER_PIPELINE
		return Place.INSIDE if standing.of_owner else Place.OTHER_OWNER


class Stop(NamedTuple):
	"""Where a journey starts or ends; with the forecast category, where that is the start or the end."""

	bar: Bar
	category: str | None = None


@dataclass(frozen=True)
class Journey:
	"""The way of a deal, or of several together, through the waterfall.

	It comes with `brought`, becomes worth `revalued` more by an exchange rate and `repriced` more by itself,
	and goes with what that makes. Whatever its numbers, its steps lead exactly from the start to the end.
	"""

	origin: Stop
	brought: int
	destination: Stop
	revalued: int = 0
	repriced: int = 0
	deals: int = 1

	@property
	def changed(self) -> int:
		return self.revalued + self.repriced

	@property
	def taken(self) -> int:
		return self.brought + self.changed

	@property
	def steps(self) -> Iterator[tuple[Bar, int]]:
		"""The bars that it is in, with what it adds to each; only the start and the end are no flows."""
		yield self.origin.bar, self.brought
		if self.revalued:
			yield Bar.CURRENCY, self.revalued
		if self.repriced:
			yield Bar.INCREASED if self.repriced > 0 else Bar.DECREASED, self.repriced
		yield self.destination.bar, self.taken if self.destination.bar is Bar.END else -self.taken


def stay(category: str | None, amount: int, deals: int = 1) -> Journey:
	"""Deals that are in the pipeline all the time, and do not change."""
	return Journey(Stop(Bar.START, category), amount, Stop(Bar.END, category), deals=deals)


def journey(
	window: Window,
	start: Standing | None,
	end: Standing | None,
	revalued: int = 0,
	was_reopened: bool = False,
) -> Journey | None:
	"""How a deal gets from one instant to the other; None where it was not there and did not come.

	A deal belongs where it is at the end. If that is elsewhere, it leaves with the amount it had at the
	start, and arrives there with the same, so that the figures of owners, pipelines or windows add up. One
	that is not known at the start is new, and comes with the amount it has at the end. `revalued` of the
	change came from an exchange rate. A deal that is as closed at the end as it was at the start takes no
	part, unless it `was_reopened` meanwhile.
	"""
	origin = _origin(window, start)
	place = window.place(end) if end else Place.OTHER_PIPELINE
	if end is None or place is not Place.INSIDE:
		was_inside = start is not None and origin.bar is Bar.START
		return Journey(origin, start.amount, Stop(WENT_TO[place])) if was_inside else None
	destination = Stop(ENDED_AS[end.outcome], end.category if end.outcome is Outcome.OPEN else None)
	if start is None:
		return Journey(origin, end.amount, destination)
	if start.outcome is end.outcome is not Outcome.OPEN and not was_reopened:
		return None
	return Journey(origin, start.amount, destination, revalued, end.amount - start.amount - revalued)


def _origin(window: Window, start: Standing | None) -> Stop:
	if start is None:
		return Stop(Bar.NEW)
	if start.outcome is not Outcome.OPEN:
		return Stop(Bar.REOPENED)
	place = window.place(start)
	return Stop(Bar.START, start.category) if place is Place.INSIDE else Stop(CAME_FROM[place])


@dataclass
class Total:
	"""So many deals, worth so much together."""

	deals: int = 0
	amount: int = 0

	def add(self, deals: int, amount: int) -> None:
		self.deals += deals
		self.amount += amount


class Waterfall:
	"""The journeys of many deals: by bar, and by where they came from and went to.

	`brought` is what they came with, by where from, `changed` by how much that had changed when they went, by
	where to, and `taken` what they went with.
	"""

	def __init__(self, journeys: Iterable[Journey]) -> None:
		self.bars = {bar: Total() for bar in Bar}
		self.brought: Counter[Stop] = Counter()
		self.changed: Counter[Stop] = Counter()
		self.taken: Counter[Stop] = Counter()
		self._cells: Counter[tuple[Stop, Stop]] = Counter()
		for journey in journeys:
			self._add(journey)

	def came(self, origin: Stop) -> dict[Stop, int]:
		"""What deals from one place came with, by where they went."""
		return {went: amount for (came, went), amount in self._cells.items() if came == origin}

	def _add(self, journey: Journey) -> None:
		for bar, amount in journey.steps:
			self.bars[bar].add(journey.deals, amount)
		self.brought[journey.origin] += journey.brought
		self.taken[journey.destination] += journey.taken
		self._cells[journey.origin, journey.destination] += journey.brought
		if journey.changed:
			self.changed[journey.destination] += journey.changed
