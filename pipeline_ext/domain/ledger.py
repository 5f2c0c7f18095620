"""Ledger entries: what changed, the state after it, and the chain that proves nothing was altered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

EXCHANGE_RATE = "exchange_rate"
"""Comes first among the changes of an entry whose amount changed in company currency alone."""


class Origin(str, Enum):
	"""How an entry came to be known."""

	RECORDED = "Recorded"
	RECONSTRUCTED = "Reconstructed"
	IMPORTED = "Imported"
	RECONCILED = "Reconciled"


@dataclass(frozen=True)
class DealState:
	"""A deal after an entry. `amount` is in company currency, `probability` in percent."""

	pipeline: str | None
	stage: str | None
	outcome: str
	probability: float
	forecast_category: str | None
	amount: float
	expected_close: date | None
	deal_owner: str | None
	company: str | None


@dataclass(frozen=True)
class Circumstances:
	"""How a change came about. `days_in_stage` is the time spent in the stage left, in days.

	`verdicts` is JSON text; `would_refuse` says that the gate objected and the change went through anyway.
	"""

	origin: Origin = Origin.RECORDED
	path: str | None = None
	posted_by: str | None = None
	pipeline_version: str | None = None
	changes: str | None = None
	move: str | None = None
	from_stage: str | None = None
	days_in_stage: float = 0.0
	would_refuse: bool = False
	verdicts: str | None = None
	gate_override: str | None = None
	gate_bypass: str | None = None


@dataclass(frozen=True)
class Tip:
	"""The end of a document's chain: what its last entry says, and what the next one needs to know.

	`began_on` is the instant of the first entry, `outcome_since` that of the one by which the document came
	to the outcome it has. `visits` maps stages to how often it has been there; the next entry's is enough.
	"""

	sequence: int
	posted_on: datetime
	hash: str
	pipeline_version: str | None
	state: DealState
	began_on: datetime
	outcome_since: datetime
	visits: Mapping[str | None, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
	"""One line of a document's ledger. `visit` counts the document's stays in the stage it is in."""

	sequence: int
	posted_on: datetime
	visit: int
	state: DealState
	circumstances: Circumstances
	previous_hash: str
	hash: str

	@property
	def content(self) -> dict[str, Any]:
		"""Everything the hash covers, by name."""
		return {
			"sequence": self.sequence,
			"posted_on": self.posted_on,
			"visit": self.visit,
			**vars(self.state),
			**vars(self.circumstances),
		}

	@property
	def holds(self) -> bool:
		"""Whether the content is what was sealed."""
		return self.hash == digest(self.previous_hash, self.content)


def changes(before: DealState | None, after: DealState) -> tuple[str, ...]:
	"""The names of what differs; everything that has a value when there was no state before."""
	if before is None:
		return tuple(part.name for part in fields(after) if getattr(after, part.name))
	return tuple(
		part.name for part in fields(after) if getattr(before, part.name) != getattr(after, part.name)
	)


def is_push(before: DealState, after: DealState) -> bool:
	"""Whether the expected close has moved later."""
	return bool(
		before.expected_close and after.expected_close and after.expected_close > before.expected_close
	)


def digest(previous_hash: str, content: Mapping[str, Any]) -> str:
	"""SHA-256 over an entry's content and the hash of the one before it, as 64 hex digits.

	Numbers count to 6 of the 9 decimals that the database keeps; an empty text is no text.
	"""
	exact = {name: _exactly(value) for name, value in content.items()}
	return hashlib.sha256(json.dumps([previous_hash, exact], sort_keys=True).encode()).hexdigest()


def _exactly(value: Any) -> str | None:
	if isinstance(value, (int, float)):
		return f"{round(float(value), 9):.6f}"
	if isinstance(value, date):
		return value.isoformat()
	return (value.value if isinstance(value, Enum) else value) or None


def follow(tip: Tip | None, posted_on: datetime, state: DealState, circumstances: Circumstances) -> Entry:
	"""The entry after the chain's tip. Time never runs backwards: it is not dated before the tip."""
	entry = Entry(
		sequence=tip.sequence + 1 if tip else 1,
		posted_on=max(posted_on, tip.posted_on) if tip else posted_on,
		visit=_visit(tip, state.stage),
		state=state,
		circumstances=circumstances,
		previous_hash="",
		hash="",
	)
	return _sealed(entry, tip.hash if tip else "")


def _sealed(entry: Entry, previous_hash: str) -> Entry:
	return replace(entry, previous_hash=previous_hash, hash=digest(previous_hash, entry.content))


def _visit(tip: Tip | None, stage: str | None) -> int:
	visits = tip.visits.get(stage, 0) if tip else 0
	return max(visits, 1) if tip and tip.state.stage == stage else visits + 1


def tip_of(entries: Iterable[Entry]) -> Tip | None:
	"""The end of a chain, entries in order; None where there is none."""
	tip = None
	for entry in entries:
		tip = moved_on(tip, entry)
	return tip


def moved_on(tip: Tip | None, entry: Entry) -> Tip:
	"""The end of a chain once an entry has followed its tip."""
	state, visits = entry.state, tip.visits if tip else {}
	stays = tip is not None and tip.state.outcome == state.outcome
	return Tip(
		sequence=entry.sequence,
		posted_on=entry.posted_on,
		hash=entry.hash,
		pipeline_version=entry.circumstances.pipeline_version,
		state=state,
		began_on=tip.began_on if tip else entry.posted_on,
		outcome_since=tip.outcome_since if stays else entry.posted_on,
		visits={**visits, state.stage: max(entry.visit, visits.get(state.stage, 0))},
	)


@dataclass(frozen=True)
class End:
	"""What was noted, apart from the chain, of its last entry."""

	sequence: int
	hash: str


@dataclass(frozen=True)
class Flaw:
	"""Where a chain does not hold, and why: `missing`, `inserted`, `unlinked`, `changed` or `unnoted`.

	Where the chain holds but its document says otherwise than the last entry, that one is `behind`; where
	reports are told something else than the chain says, its last one is `misreported`.
	"""

	sequence: int
	kind: str


def flaws(entries: Iterable[Entry], end: End | None) -> Iterator[Flaw]:
	"""What was tampered with in one document's chain, entries in order of sequence.

	A number that is left out is missing, one that comes twice is inserted; an entry that does not name the
	hash of the one before is unlinked, one whose content does not give its own hash is changed. Entries up to
	the noted end that are not there are missing, those after it are inserted, another one in its place is
	changed; where no end was noted, the last entry is unnoted.
	"""
	sequence, previous_hash = 0, ""
	for entry in entries:
		yield from (Flaw(lost, "missing") for lost in range(sequence + 1, entry.sequence))
		if entry.sequence <= sequence or (end and entry.sequence > end.sequence):
			yield Flaw(entry.sequence, "inserted")
		elif entry.sequence == sequence + 1 and entry.previous_hash != previous_hash:
			yield Flaw(entry.sequence, "unlinked")
		if not entry.holds or (end and entry.sequence == end.sequence and entry.hash != end.hash):
			yield Flaw(entry.sequence, "changed")
		sequence, previous_hash = entry.sequence, entry.hash
	if end is None:
		yield Flaw(sequence, "unnoted")
	else:
		yield from (Flaw(lost, "missing") for lost in range(sequence + 1, end.sequence + 1))


def end_of(entries: Sequence[Entry]) -> End | None:
	"""What is to be noted of a chain; None where it has no entry."""
	return End(entries[-1].sequence, entries[-1].hash) if entries else None


def renamed(entries: Sequence[Entry], part: str, old: str, new: str) -> list[Entry]:
	"""A chain after `old` was renamed to `new` in one part of its states, sealed anew.

	A chain that did not hold under the old name is handed back as it is: its flaws stay to be found.
	"""
	before = [_before_rename(entry, part, old, new) for entry in entries]
	if any(flaws(before, end_of(before))):
		return list(entries)
	chain: list[Entry] = []
	for entry in entries:
		chain.append(_sealed(entry, chain[-1].hash if chain else ""))
	return chain


def _before_rename(entry: Entry, part: str, old: str, new: str) -> Entry:
	"""The entry as it was sealed: after a merge, it may have had the new name before."""
	if entry.holds or getattr(entry.state, part) != new:
		return entry
	return replace(entry, state=replace(entry.state, **{part: old}))


def state_at(entries: Sequence[Entry], instant: datetime) -> DealState | None:
	"""The state at an instant, entries in order; None before the first."""
	known = [entry.state for entry in entries if entry.posted_on <= instant]
	return known[-1] if known else None


def dwell(entries: Iterable[Entry], until: datetime) -> dict[str, timedelta]:
	"""Time spent in each stage up to `until`, all visits added, entries in order."""
	spent: dict[str, timedelta] = {}
	ordered = list(entries)
	for entry, after in zip(ordered, [*ordered[1:], None], strict=True):
		end = min(after.posted_on if after else until, until)
		if entry.state.stage and end > entry.posted_on:
			spent[entry.state.stage] = spent.get(entry.state.stage, timedelta()) + end - entry.posted_on
	return spent
