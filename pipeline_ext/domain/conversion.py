"""How deals pass through the stages of a pipeline: who moves on, after how long, and what is out of line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from pipeline_ext.domain.aging import quantile
from pipeline_ext.domain.gates import Move
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share, is_lower

Place = tuple[str | None, str]
"""A pipeline and a stage."""

LEAST_COMPARED = 10
"""Of fewer deals nothing is said to be out of line."""


class Ending(str, Enum):
	"""What became of a deal in a stage."""

	FORWARD = "forward"
	WON = "won"
	LOST = "lost"
	BACK = "back"
	OTHERWISE = "otherwise"
	STILL_THERE = "still_there"


MOVED_ON = frozenset({Ending.FORWARD, Ending.WON})
DECIDED_THERE = MOVED_ON | {Ending.LOST, Ending.BACK}
"""The endings that tell of the stage; an admin who moves a deal to other rules tells nothing."""


def ending_of(move: str | None, outcome: str) -> Ending:
	"""How a visit ended, from the move out of the stage and the deal's outcome after it."""
	if outcome != Outcome.OPEN.value:
		return Ending.WON if outcome == Outcome.WON.value else Ending.LOST
	if move in (Move.FORWARD.value, Move.SKIP.value):
		return Ending.FORWARD
	return Ending.BACK if move == Move.BACK.value else Ending.OTHERWISE


class Passage(NamedTuple):
	"""Deals that went through a stage alike, each counted once, by the end of its latest visit.

	`days` are those of all its visits together, `latest_days` those of the latest only: to its end, or so far
	where the deal is still there, and None where nobody knows. `amount` is that of all the deals; only a
	single one has its name in `deal`.
	"""

	ending: Ending
	days: float | None
	latest_days: float | None
	deals: int = 1
	amount: float = 0.0
	deal: str | None = None


@dataclass(frozen=True)
class StageFigures:
	"""The figures of one stage: each deal that came to it is counted once."""

	passages: tuple[Passage, ...] = ()

	def deals(self, *endings: Ending) -> int:
		"""How many deals ended so; all that came where no ending is named."""
		return sum(self._counts[ending] for ending in endings or Ending)

	@cached_property
	def _counts(self) -> Counter[Ending]:
		counts: Counter[Ending] = Counter()
		for each in self.passages:
			counts[each.ending] += each.deals
		return counts

	@property
	def conversion(self) -> Share:
		"""Of the deals that left, those that moved on; those moved by an admin are not among them."""
		return Share(self.deals(*MOVED_ON), self.deals(*DECIDED_THERE))

	@property
	def conversion_of_all(self) -> Share:
		"""Those that moved on of all that came."""
		return Share(self.deals(*MOVED_ON), self.deals())

	def days(self, share: float) -> float | None:
		"""Days, all visits together, that this share of the deals that left did not exceed."""
		return _quantile([(each.days, each.deals) for each in self._left], share)

	def latest_days(self, share: float) -> float | None:
		"""The same of their latest visits only."""
		return _quantile([(each.latest_days, each.deals) for each in self._left], share)

	@property
	def _left(self) -> Iterator[Passage]:
		return (each for each in self.passages if each.ending in DECIDED_THERE)

	def longer_than(self, days: float) -> Share:
		"""The deals known to have stayed longer, of those of which that is known.

		A deal that is still there counts once it has stayed longer: where deals are stuck, those that left
		look quick.
		"""
		over = sum(each.deals for each in self.over(days))
		within = sum(each.deals for each in self._left if each.days is not None and each.days <= days)
		return Share(over, over + within)

	def over(self, days: float) -> list[Passage]:
		"""Those that have stayed longer."""
		return [
			each
			for each in self.passages
			if each.ending is not Ending.OTHERWISE and each.days is not None and each.days > days
		]


def _quantile(stays: Iterable[tuple[float | None, int]], share: float) -> float | None:
	counts: Counter[float] = Counter()
	for days, deals in stays:
		if days is not None:
			counts[days] += deals
	return round(quantile(counts, share), 1) if counts else None


# Bottlenecks


class Trouble(str, Enum):
	"""In what a stage is out of line."""

	CONVERSION = "conversion"
	OVERSTAYED = "overstayed"
	SLOWER = "slower"


@dataclass(frozen=True)
class Bottleneck:
	"""A stage out of line, and what that costs: so many deals, of so much money.

	CONVERSION: `now` and `before` are shares that move on; the cost is the deals that would have moved on at
	the earlier rate. OVERSTAYED: `now` is the share that stays longer than `days`; the cost is those deals.
	SLOWER: the same beside the period `before`; the cost is the deals that exceed the earlier share.
	"""

	trouble: Trouble
	now: Share
	deals: float
	amount: float
	before: Share | None = None
	days: float | None = None


def is_comparable(now: StageFigures, before: StageFigures) -> bool:
	"""Whether enough deals have left the stage in both periods to compare them."""
	return min(now.conversion.of, before.conversion.of) >= LEAST_COMPARED


def bottlenecks(now: StageFigures, before: StageFigures, longest_stay: int | None) -> Iterator[Bottleneck]:
	"""In what a stage is out of line: at most its conversion and its dwell.

	Conversion is, where it is lower than in the period before by more than chance explains. Dwell is, where
	surely more than half of the deals stay beyond the stage's limit, or else where more of them than in the
	period before stay longer than the median of both periods (Mood's median test).
	"""
	if is_comparable(now, before) and is_lower(now.conversion, before.conversion):
		yield _fewer_move_on(now, before)
	slow = _overstayed(now, longest_stay) if longest_stay else None
	if slow is None and is_comparable(now, before):
		slow = _slower(now, before)
	if slow:
		yield slow


def _fewer_move_on(now: StageFigures, before: StageFigures) -> Bottleneck:
	fewer = (before.conversion.value - now.conversion.value) * now.conversion.of
	stopped = [each for each in now.passages if each.ending in DECIDED_THERE - MOVED_ON]
	return Bottleneck(
		Trouble.CONVERSION, now.conversion, fewer, fewer * _average(stopped), before=before.conversion
	)


def _overstayed(now: StageFigures, longest_stay: int) -> Bottleneck | None:
	share = now.longer_than(longest_stay)
	if share.of < LEAST_COMPARED or share.interval[0] <= 0.5:
		return None
	amount = sum(each.amount for each in now.over(longest_stay))
	return Bottleneck(Trouble.OVERSTAYED, share, share.count, amount, days=longest_stay)


def _slower(now: StageFigures, before: StageFigures) -> Bottleneck | None:
	median = StageFigures((*now.passages, *before.passages)).days(0.5)
	if median is None:
		return None
	share, earlier = now.longer_than(median), before.longer_than(median)
	if min(share.of, earlier.of) < LEAST_COMPARED or not is_lower(earlier, share):
		return None
	more = (share.value - earlier.value) * share.of
	return Bottleneck(
		Trouble.SLOWER, share, more, more * _average(now.over(median)), before=earlier, days=median
	)


def _average(those: Sequence[Passage]) -> float:
	return sum(each.amount for each in those) / sum(each.deals for each in those)


# Cohorts


@dataclass(frozen=True)
class Created:
	"""Deals made in the same month that have come to the same stages and have the same outcome now."""

	pipeline: str | None
	month: date
	outcome: Outcome
	visited: frozenset[str]
	deals: int = 1
	amount: float = 0.0
	deal: str | None = None


@dataclass(frozen=True)
class Cohort:
	"""What became of deals that were made in the same month.

	`reached` is, by the open stages in order, how many came to the stage or beyond it.
	"""

	deals: int
	amount: float
	reached: tuple[int, ...]
	won: int
	lost: int

	@property
	def open(self) -> int:
		return self.deals - self.won - self.lost


def cohort(created: Sequence[Created], stages: Sequence[str]) -> Cohort:
	"""The cohort that the deals make up; `stages` are the open ones of their pipeline, in order."""
	return Cohort(
		deals=sum(each.deals for each in created),
		amount=sum(each.amount for each in created),
		reached=tuple(
			sum(each.deals for each in created if has_reached(each, stage, stages)) for stage in stages
		),
		won=sum(each.deals for each in created if each.outcome is Outcome.WON),
		lost=sum(each.deals for each in created if each.outcome is Outcome.LOST),
	)


def has_reached(created: Created, stage: str, stages: Sequence[str]) -> bool:
	"""Whether the deals have come to a stage or beyond it; who has won has come past all of them."""
	beyond = stages[stages.index(stage) :]
	return created.outcome is Outcome.WON or not created.visited.isdisjoint(beyond)
