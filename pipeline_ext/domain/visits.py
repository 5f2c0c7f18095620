"""Visits to stages that are over: how long each was, and what came of the deal's earlier visits there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline_ext.domain.ledger import DealState, Entry

SECONDS_A_DAY = 86400


@dataclass(frozen=True)
class PastVisit:
	"""A visit that an entry, the one of this `sequence`, has ended; with what went before in the same place.

	`move` and `outcome` are those of the entry. A visit that began as it ended is one of which nobody knows
	the length. `first_began_on` is when the deal first came to the place, `seconds_before` the length of its
	earlier visits there together, `unknown_before` says that nobody knows it of one of them. `followed_on` is
	when the next visit there began, once that is over too.
	"""

	sequence: int
	pipeline: str | None
	stage: str
	company: str | None
	move: str | None
	outcome: str
	began_on: datetime
	ended_on: datetime
	first_began_on: datetime
	seconds_before: int = 0
	unknown_before: bool = False
	followed_on: datetime | None = None

	@property
	def seconds(self) -> int:
		"""Its length."""
		return round((self.ended_on - self.began_on) / timedelta(seconds=1))


def ended_by(entry: Entry, before: DealState | None, earlier: PastVisit | None) -> tuple[PastVisit, ...]:
	"""The visit that an entry has ended, if any, after the last one in the same place, which it now follows.

	`before` is the state before the entry, `earlier` the last visit to the stage of the pipeline it was in.
	"""
	how = entry.circumstances
	if not how.from_stage:
		return ()
	began_on = entry.posted_on - timedelta(seconds=round(how.days_in_stage * SECONDS_A_DAY))
	visit = PastVisit(
		sequence=entry.sequence,
		pipeline=(before or entry.state).pipeline,
		stage=how.from_stage,
		company=entry.state.company,
		move=how.move,
		outcome=entry.state.outcome,
		began_on=began_on,
		ended_on=entry.posted_on,
		first_began_on=began_on,
	)
	if earlier is None:
		return (visit,)
	again = replace(
		visit,
		first_began_on=earlier.first_began_on,
		seconds_before=earlier.seconds_before + earlier.seconds,
		unknown_before=earlier.unknown_before or not earlier.seconds,
	)
	return replace(earlier, followed_on=began_on), again


def past_visits(entries: Iterable[Entry]) -> list[PastVisit]:
	"""All visits of a deal that are over, entries in order."""
	visits: dict[int, PastVisit] = {}
	latest: dict[tuple[str | None, str | None], PastVisit] = {}
	before: DealState | None = None
	for entry in entries:
		pipeline = (before or entry.state).pipeline
		for visit in ended_by(entry, before, latest.get((pipeline, entry.circumstances.from_stage))):
			visits[visit.sequence] = latest[visit.pipeline, visit.stage] = visit
		before = entry.state
	return list(visits.values())
