"""Ledger entries: what changed, the state after it, and the chain that proves nothing was altered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any


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
class Tip:
	"""The end of a document's chain: all that the next entry needs to know of it."""

	sequence: int
	posted_on: datetime
	hash: str


@dataclass(frozen=True)
class Entry:
	"""One line of a document's ledger."""

	sequence: int
	posted_on: datetime
	state: DealState
	previous_hash: str
	hash: str


def changes(before: DealState | None, after: DealState) -> tuple[str, ...]:
	"""The names of what differs; everything that has a value when there was no state before."""
	if before is None:
		return tuple(part.name for part in fields(after) if getattr(after, part.name))
	return tuple(
		part.name for part in fields(after) if getattr(before, part.name) != getattr(after, part.name)
	)


def digest(previous_hash: str, sequence: int, posted_on: datetime, state: Mapping[str, Any]) -> str:
	"""SHA-256 over an entry and the hash of the one before it, as 64 hex digits.

	Numbers count to 6 of the 9 decimals that the database keeps.
	"""
	exact = {
		name: f"{round(value, 9):.6f}" if isinstance(value, float) else value for name, value in state.items()
	}
	content = [previous_hash, sequence, posted_on.isoformat(), exact]
	return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def follow(tip: Tip | None, posted_on: datetime, state: DealState) -> Entry:
	"""The entry after the chain's tip. Time never runs backwards: it is not dated before the tip."""
	sequence = tip.sequence + 1 if tip else 1
	previous_hash = tip.hash if tip else ""
	if tip:
		posted_on = max(posted_on, tip.posted_on)
	return Entry(
		sequence, posted_on, state, previous_hash, digest(previous_hash, sequence, posted_on, asdict(state))
	)


@dataclass(frozen=True)
class Flaw:
	"""Where a chain does not hold, and why: `missing`, `inserted`, `unlinked` or `changed`."""

	sequence: int
	kind: str


def flaws(entries: Iterable[Entry]) -> Iterator[Flaw]:
	"""What was tampered with in one document's chain, entries in order of sequence.

	A number that is left out is missing, one that comes twice is inserted; an entry that does not name the
	hash of the one before is unlinked, one whose content does not give its own hash is changed.
	"""
	sequence, previous_hash = 0, ""
	for entry in entries:
		yield from (Flaw(lost, "missing") for lost in range(sequence + 1, entry.sequence))
		if entry.sequence <= sequence:
			yield Flaw(entry.sequence, "inserted")
		elif entry.sequence == sequence + 1 and entry.previous_hash != previous_hash:
			yield Flaw(entry.sequence, "unlinked")
		if entry.hash != digest(entry.previous_hash, entry.sequence, entry.posted_on, asdict(entry.state)):
			yield Flaw(entry.sequence, "changed")
		sequence, previous_hash = entry.sequence, entry.hash


def state_at(entries: Sequence[Entry], instant: datetime) -> DealState | None:
	"""The state at an instant, entries in order; None before the first."""
	known = [entry.state for entry in entries if entry.posted_on <= instant]
	return known[-1] if known else None


def outcome_since(entries: Sequence[Entry]) -> datetime | None:
	"""When the document came to the outcome it has after the last entry; None where there is no entry."""
	since = None
	for entry in reversed(entries):
		if entry.state.outcome != entries[-1].state.outcome:
			break
		since = entry.posted_on
	return since


def dwell(entries: Iterable[Entry], until: datetime) -> dict[str, timedelta]:
	"""Time spent in each stage up to `until`, all visits added, entries in order."""
	spent: dict[str, timedelta] = {}
	ordered = list(entries)
	for entry, after in zip(ordered, [*ordered[1:], None], strict=True):
		end = min(after.posted_on if after else until, until)
		if entry.state.stage and end > entry.posted_on:
			spent[entry.state.stage] = spent.get(entry.state.stage, timedelta()) + end - entry.posted_on
	return spent
