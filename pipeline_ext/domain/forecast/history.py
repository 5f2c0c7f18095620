"""A ledger in columns: how every deal stood at any day, and what was won when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from pipeline_ext.domain.forecast.arrays import Flags, Numbers, Places, Texts

OPEN, WON, LOST = 0, 1, 2
OUTCOMES = {"open": OPEN, "won": WON, "lost": LOST}
EPOCH = date(1970, 1, 1)


class Change(Protocol):
	"""One row of a ledger."""

	document: str
	posted_on: datetime
	stage: str | None
	outcome: str
	amount: float
	expected_close: date | None


def day_number(day: date) -> float:
	"""Days since 1970; with the part of the day that has passed, for a datetime."""
	days = float((datetime.date(day) if isinstance(day, datetime) else day).toordinal() - EPOCH.toordinal())
	if isinstance(day, datetime):
		days += (day - datetime.combine(day, datetime.min.time(), day.tzinfo)).total_seconds() / 86400
	return days


@dataclass(frozen=True)
class Standing:
	"""The deals open at the beginning of a day: their places, and the rows that say how they stand."""

	day: date
	deals: Places
	rows: Places


@dataclass(frozen=True)
class History:
	"""Rows in order of time, in columns; `deal` is the place of the row's document in `names` and `facts`.

	Times are in days since 1970, `expected_close` is NaN where there is none. `facts` are what was known of
	each document when it was created.
	"""

	names: tuple[str, ...]
	facts: Mapping[str, Texts]
	deal: Places
	posted_on: Numbers
	stage: Texts
	outcome: Places
	amount: Numbers
	expected_close: Numbers

	@cached_property
	def created_on(self) -> Numbers:
		"""When each document has its first row."""
		created = np.full(len(self.names), np.inf)
		np.minimum.at(created, self.deal, self.posted_on)
		return created

	@cached_property
	def entered_on(self) -> Numbers:
		"""When the document came into the stage that a row has it in."""
		entered = self.posted_on.copy()
		last: dict[int, tuple[Any, float]] = {}
		for row, (deal, stage) in enumerate(zip(self.deal.tolist(), self.stage.tolist(), strict=True)):
			before = last.get(deal)
			if before and before[0] == stage:
				entered[row] = before[1]
			last[deal] = (stage, entered[row])
		return entered

	@cached_property
	def won_on(self) -> Numbers:
		"""When each document was won for the first time; infinite where it was not."""
		won = np.full(len(self.names), np.inf)
		rows = self.outcome == WON
		np.minimum.at(won, self.deal[rows], self.posted_on[rows])
		return won

	@cached_property
	def won_amount(self) -> Numbers:
		"""The amount with which each document was won; 0 where it was not."""
		amount = np.zeros(len(self.names))
		rows = np.flatnonzero(self.outcome == WON)[::-1]
		amount[self.deal[rows]] = self.amount[rows]
		return amount

	def open_at(self, day: date) -> Standing:
		"""The deals that are open when a day begins, by the rows dated before it."""
		rows = np.searchsorted(self.posted_on, day_number(day), side="left")
		last = np.full(len(self.names), -1)
		last[self.deal[:rows]] = np.arange(rows)
		deals = np.flatnonzero(last >= 0)
		deals = deals[self.outcome[last[deals]] == OPEN]
		return Standing(day, deals, last[deals])

	def won_within(self, first: date, end: date) -> Flags:
		"""The documents that were won on or after `first` and before `end`."""
		return (self.won_on >= day_number(first)) & (self.won_on < day_number(end))

	def value_won(self, first: date, end: date) -> float:
		"""The amount won on or after `first` and before `end`."""
		return float(self.won_amount[self.won_within(first, end)].sum())

	def value_of_new(self, first: date, end: date) -> float:
		"""The amount won in those days with documents that were created in them."""
		new = self.won_within(first, end) & (self.created_on >= day_number(first))
		return float(self.won_amount[new].sum())

	def before(self, day: date) -> History:
		"""What was known when a day began."""
		rows = int(np.searchsorted(self.posted_on, day_number(day), side="left"))
		return History(
			self.names,
			self.facts,
			self.deal[:rows],
			self.posted_on[:rows],
			self.stage[:rows],
			self.outcome[:rows],
			self.amount[:rows],
			self.expected_close[:rows],
		)

	@property
	def first_day(self) -> date:
		return date.fromordinal(EPOCH.toordinal() + int(self.posted_on[0]))


def history_of(changes: Iterable[Change], facts: Mapping[str, Mapping[str, Any]]) -> History:
	"""A history from the rows of a ledger in any order; rows of one moment keep theirs.

	`facts` are those of each document, by its name. Raises ValueError where there is no row.
	"""
	rows = sorted(changes, key=lambda row: row.posted_on)
	if not rows:
		raise ValueError("the ledger has no row")
	places: dict[str, int] = {}
	deal = [places.setdefault(row.document, len(places)) for row in rows]
	names = tuple(places)
	return History(
		names=names,
		facts=_in_columns(names, facts),
		deal=np.array(deal, dtype=np.int64),
		posted_on=np.array([day_number(row.posted_on) for row in rows]),
		stage=np.array([row.stage or "" for row in rows], dtype=object),
		outcome=np.array([OUTCOMES[row.outcome] for row in rows], dtype=np.int64),
		amount=np.array([row.amount for row in rows], dtype=np.float64),
		expected_close=np.array(
			[day_number(row.expected_close) if row.expected_close else np.nan for row in rows]
		),
	)


def _in_columns(names: Sequence[str], facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Texts]:
	columns = dict.fromkeys(column for known in facts.values() for column in known)
	nothing: Mapping[str, Any] = {}
	return {
		column: np.array([facts.get(name, nothing).get(column) for name in names], dtype=object)
		for column in columns
	}
