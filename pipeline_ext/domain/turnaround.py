"""How long those who were asked for an approval took to answer, and what was asked again or spared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from statistics import mean, median

from pipeline_ext.domain.working_hours import WorkingHours

HOUR = timedelta(hours=1)


class Outcome(str, Enum):
	"""What became of a turn. Granted: by the asker alone. Kept: spared, because it was agreed before."""

	WAITING = "Waiting"
	APPROVED = "Approved"
	REJECTED = "Rejected"
	GRANTED = "Granted"
	KEPT = "Kept"
	WITHDRAWN = "Withdrawn"


ANSWERS = (Outcome.APPROVED, Outcome.REJECTED)
SETTLED_UNASKED = (Outcome.GRANTED, Outcome.KEPT)


@dataclass(frozen=True)
class Turn:
	"""Something that was asked, whose turn it was, and what became of it.

	`ended_on` is when it was answered or withdrawn, now where it still waits. The hours are None where nobody
	was asked. `again` says that it had been agreed before. The amounts are those of the whole request, in
	company currency.
	"""

	group: str
	approval: str
	document_type: str
	document: str
	customer: str
	rule: str
	people: tuple[str, ...]
	outcome: Outcome
	asked_on: datetime | None
	ended_on: datetime | None
	deadline: datetime | None
	calendar_hours: float | None
	working_hours: float | None
	again: bool
	comment: str
	quoted_value: float
	discount_amount: float

	@property
	def began_on(self) -> datetime:
		return self.asked_on or self.ended_on or datetime.min

	@property
	def is_late(self) -> bool:
		"""Whether it was answered after its deadline, or waits beyond it."""
		if self.outcome not in (*ANSWERS, Outcome.WAITING) or not self.deadline or not self.ended_on:
			return False
		return self.ended_on > self.deadline


@dataclass(frozen=True)
class Turnaround:
	"""The turns of one group; hours of those that were answered, None where none was."""

	group: str
	turns: tuple[Turn, ...]

	def count(self, *outcomes: Outcome) -> int:
		return sum(turn.outcome in outcomes for turn in self.turns)

	@property
	def asked(self) -> int:
		"""How many somebody had to look at."""
		return len(self.turns) - self.count(*SETTLED_UNASKED)

	@property
	def again(self) -> int:
		return sum(turn.again for turn in self.turns)

	@property
	def late(self) -> int:
		return sum(turn.is_late for turn in self.turns)

	@property
	def mean_working_hours(self) -> float | None:
		return mean(self._working_hours) if self._working_hours else None

	@property
	def median_working_hours(self) -> float | None:
		return median(self._working_hours) if self._working_hours else None

	@property
	def longest_working_hours(self) -> float | None:
		return max(self._working_hours, default=None)

	@property
	def mean_calendar_hours(self) -> float | None:
		hours = [turn.calendar_hours for turn in self._answered if turn.calendar_hours is not None]
		return mean(hours) if hours else None

	@property
	def quoted_value(self) -> float:
		"""Of the requests that the turns belong to, each counted once."""
		return sum({turn.approval: turn.quoted_value for turn in self.turns}.values())

	@property
	def discount_amount(self) -> float:
		"""Of the requests that the turns belong to, each counted once."""
		return sum({turn.approval: turn.discount_amount for turn in self.turns}.values())

	@property
	def _answered(self) -> list[Turn]:
		return [turn for turn in self.turns if turn.outcome in ANSWERS]

	@property
	def _working_hours(self) -> list[float]:
		return [turn.working_hours for turn in self._answered if turn.working_hours is not None]


def turnarounds(turns: Iterable[Turn]) -> tuple[Turnaround, ...]:
	"""The turns by group, the group that had most to look at first; within a group the oldest first."""
	groups: dict[str, list[Turn]] = {}
	for turn in sorted(turns, key=lambda turn: (turn.began_on, turn.approval)):
		groups.setdefault(turn.group, []).append(turn)
	found = [Turnaround(group, tuple(members)) for group, members in groups.items()]
	return tuple(sorted(found, key=lambda each: (-each.asked, -len(each.turns), each.group)))


def hours_between(start: datetime, end: datetime) -> float:
	"""By the clock; 0 where the end is not after the start."""
	return max(end - start, timedelta()) / HOUR


def working_hours_between(
	start: datetime, end: datetime, day: WorkingHours, holidays: Collection[date]
) -> float:
	"""The hours between two moments that people work; none on holidays."""
	worked = timedelta()
	on = start.date()
	while on <= end.date():
		if on not in holidays:
			begins = max(start, datetime.combine(on, day.opens))
			ends = min(end, datetime.combine(on, day.closes))
			worked += max(ends - begins, timedelta())
		on += timedelta(days=1)
	return worked / HOUR
