"""A ledger in columns: how every deal stood at any day, and what was won when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from pipeline_ext.domain.forecast.arrays import Codes, Flags, Numbers, Places, Texts

OPEN, WON, LOST = 0, 1, 2
OUTCOMES = {"open": OPEN, "won": WON, "lost": LOST}
EPOCH = date(1970, 1, 1)
APART = " › "


class Change(Protocol):
	"""One row of a ledger; `probability` is what the stage says, in percent."""

	document: str
	posted_on: datetime
	stage: str | None
	outcome: str
	amount: float
	expected_close: date | None
	probability: float | None


def place_of(pipeline: str | None, stage: str | None) -> str:
	"""A stage as a history knows it: two pipelines may each have one of that name."""
	return f"{pipeline}{APART}{stage or ''}" if pipeline else stage or ""


def stage_at(place: str) -> str:
	"""The name of the stage alone."""
	return place.rpartition(APART)[2]


def day_number(day: date) -> float:
	"""Days since 1970; with the part of the day that has passed, for a datetime."""
	days = float((datetime.date(day) if isinstance(day, datetime) else day).toordinal() - EPOCH.toordinal())
	if isinstance(day, datetime):
		days += (day - datetime.combine(day, datetime.min.time(), day.tzinfo)).total_seconds() / 86400
	return days


def day_of(number: float) -> date:
	"""The day that so many days since 1970 lie in."""
	return date.fromordinal(EPOCH.toordinal() + int(number))


@dataclass(frozen=True)
class Standing:
	"""The deals open at the beginning of a day: their places, and the rows that say how they stand."""

	day: date
	deals: Places
	rows: Places


@dataclass(frozen=True)
class Visits:
	"""Stays of open deals in a stage, one each; times in days since 1970, stages as codes.

	`left_on` is infinite for a deal that is still there. `ended` is how it stood afterwards, OPEN for a move
	to the stage `to`, and for a deal that is still there.
	"""

	deal: Places
	stage: Codes
	entered_on: Numbers
	left_on: Numbers
	ended: Places
	to: Codes


@dataclass(frozen=True)
class History:
	"""Rows in order of time, in columns; `deal` is the place of the row's document in `names` and `facts`.

	Times are in days since 1970, `expected_close` is NaN where there is none. `stage` is a place in `stages`,
	`probability` what the stage itself says, in percent, NaN where that is not known. `facts` are what was
	known of each document when it was created.
	"""

	names: Sequence[str]
	facts: Mapping[str, Texts]
	stages: Sequence[str]
	deal: Places
	posted_on: Numbers
	stage: Codes
	outcome: Places
	amount: Numbers
	expected_close: Numbers
	probability: Numbers

	@cached_property
	def created_on(self) -> Numbers:
		"""When each document has its first row."""
		created = np.full(len(self.names), np.inf)
		np.minimum.at(created, self.deal, self.posted_on)
		return created

	@cached_property
	def entered_on(self) -> Numbers:
		"""When the document came into the stage that a row has it in."""
		rows = self._by_deal
		first = np.maximum.accumulate(np.where(self._begins(self.stage), np.arange(len(rows)), 0))
		entered = np.empty(len(rows))
		entered[rows] = self.posted_on[rows][first]
		return entered

	@cached_property
	def replaced_on(self) -> Numbers:
		"""When each row was followed by another one of its document; infinite where it was not."""
		rows = self._by_deal
		following = np.append(self.posted_on[rows[1:]], np.inf)
		following[:-1][self.deal[rows[1:]] != self.deal[rows[:-1]]] = np.inf
		replaced = np.empty(len(rows))
		replaced[rows] = following[: len(rows)]
		return replaced

	@cached_property
	def seen(self) -> tuple[Places, Codes]:
		"""Each stage that each document has been in while it was open, once: documents, and stages."""
		rows = np.flatnonzero(self.outcome == OPEN)
		pairs = np.unique(self.deal[rows].astype(np.int64) * len(self.stages) + self.stage[rows])
		return np.divmod(pairs, max(len(self.stages), 1))

	@cached_property
	def ended(self) -> Places:
		"""How each document stands after its last row; OPEN where it has none."""
		ended = np.full(len(self.names), OPEN)
		ended[self.deal] = self.outcome
		return ended

	@cached_property
	def won_on(self) -> Numbers:
		"""Since when each document is won; infinite where it is not, also where it was reopened since."""
		last_not_won = np.full(len(self.names), -1)
		rows = np.flatnonzero(self.outcome != WON)
		last_not_won[self.deal[rows]] = rows
		rows = np.flatnonzero(self.outcome == WON)
		rows = rows[rows > last_not_won[self.deal[rows]]]
		won = np.full(len(self.names), np.inf)
		np.minimum.at(won, self.deal[rows], self.posted_on[rows])
		return won

	@cached_property
	def won_amount(self) -> Numbers:
		"""The amount of each document that is won; 0 where it is not."""
		amounts = np.zeros(len(self.names))
		amounts[self.deal] = self.amount
		return np.where(self.ended == WON, amounts, 0.0)

	@cached_property
	def visits(self) -> Visits:
		"""Every stay of a deal in a stage while it was open."""
		rows = self._by_deal
		first = np.flatnonzero(self._begins(self.stage) | self._begins(self.outcome))
		begun, after = rows[first], np.roll(rows[first], -1)
		goes_on = self.deal[after] == self.deal[begun]
		goes_on[-1:] = False
		is_open = self.outcome[begun] == OPEN
		begun, after, goes_on = begun[is_open], after[is_open], goes_on[is_open]
		return Visits(
			deal=self.deal[begun],
			stage=self.stage[begun],
			entered_on=self.posted_on[begun],
			left_on=np.where(goes_on, self.posted_on[after], np.inf),
			ended=np.where(goes_on, self.outcome[after], OPEN),
			to=np.where(goes_on, self.stage[after], -1),
		)

	@property
	def first_day(self) -> date:
		return day_of(self.posted_on[0])

	@property
	def first_win(self) -> date | None:
		won = self.won_on[np.isfinite(self.won_on)]
		return day_of(won.min()) if len(won) else None

	def open_at(self, day: date) -> Standing:
		"""The deals that are open when a day begins, by the rows dated before it."""
		until = int(np.searchsorted(self.posted_on, day_number(day), side="left"))
		standing = (self.replaced_on[:until] >= day_number(day)) & (self.outcome[:until] == OPEN)
		rows = np.flatnonzero(standing)
		rows = rows[np.argsort(self.deal[rows])]
		return Standing(day, self.deal[rows], rows)

	def won_within(self, first: date, end: date) -> Flags:
		"""The documents that were won on or after `first` and before `end`."""
		return (self.won_on >= day_number(first)) & (self.won_on < day_number(end))

	def value_won(self, first: date, end: date) -> float:
		"""The amount won on or after `first` and before `end`."""
		return float(self.won_amount[self.won_within(first, end)].sum())

	def value_of_new(self, since: date, first: date, end: date) -> float:
		"""The amount won in those days with documents that were created on or after the day `since`."""
		new = self.won_within(first, end) & (self.created_on >= day_number(since))
		return float(self.won_amount[new].sum())

	def before(self, day: date) -> History:
		"""What was known when a day began."""
		rows = slice(int(np.searchsorted(self.posted_on, day_number(day), side="left")))
		columns = ("deal", "posted_on", "stage", "outcome", "amount", "expected_close", "probability")
		return replace(self, **{name: getattr(self, name)[rows] for name in columns})

	@cached_property
	def _by_deal(self) -> Places:
		"""All rows, those of one document after each other in order of time."""
		return np.argsort(self.deal, kind="stable")

	def _begins(self, column: Codes) -> Flags:
		"""Which rows, in the order of `_by_deal`, differ from the row before or are of another document."""
		deal, value = self.deal[self._by_deal], column[self._by_deal]
		same = (deal[1:] == deal[:-1]) & (value[1:] == value[:-1])
		return np.append(True, ~same)[: len(deal)]


def history_of(changes: Iterable[Change], facts: Mapping[str, Mapping[str, Any]]) -> History:
	"""A history from the rows of a ledger in any order; rows of one moment keep theirs.

	`facts` are those of each document, by its name. Raises ValueError where there is no row.
	"""
	rows = sorted(changes, key=lambda row: row.posted_on)
	if not rows:
		raise ValueError("the ledger has no row")
	places: dict[str, int] = {}
	stages: dict[str, int] = {}
	deal = [places.setdefault(row.document, len(places)) for row in rows]
	stage = [stages.setdefault(row.stage or "", len(stages)) for row in rows]
	names = tuple(places)
	return History(
		names=names,
		facts=_in_columns(names, facts),
		stages=tuple(stages),
		deal=np.array(deal, dtype=np.int64),
		posted_on=np.array([day_number(row.posted_on) for row in rows]),
		stage=np.array(stage, dtype=np.int64),
		outcome=np.array([OUTCOMES[row.outcome] for row in rows], dtype=np.int64),
		amount=np.array([row.amount for row in rows], dtype=np.float64),
		expected_close=np.array(
			[day_number(row.expected_close) if row.expected_close else np.nan for row in rows]
		),
		probability=np.array([row.probability for row in rows], dtype=np.float64),
	)


def _in_columns(names: Sequence[str], facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Texts]:
	columns = dict.fromkeys(column for known in facts.values() for column in known)
	nothing: Mapping[str, Any] = {}
	return {
		column: np.array([facts.get(name, nothing).get(column) for name in names], dtype=object)
		for column in columns
	}
