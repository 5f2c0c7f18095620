"""A document's past, from the little that a site without a ledger knows of it.

Nothing is invented. A value that nothing contradicts held from the creation on. What moves as a deal
proceeds, its stage and its status, is unknown until something dates it: a change that was tracked, a
milestone that explains the value of today, or else the last instant that is known of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline_ext.domain.chronicle import Step
from pipeline_ext.domain.ledger import DealState

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Trace:
	"""Something that shows what fields held from an instant on; `earlier` is what they held until then."""

	posted_on: datetime
	path: str
	posted_by: str | None = None
	values: Values = field(default_factory=dict)
	earlier: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
	"""All that is known of a document. `today` holds every field, dated by the last known instant.

	`milestones` show values of today only. `proceeding` are the fields that move as a deal proceeds.
	"""

	creation: Trace
	today: Trace
	tracked: tuple[Trace, ...] = ()
	milestones: tuple[Trace, ...] = ()
	proceeding: Collection[str] = ()


def reconstruct(known: Known, state_of: Callable[[Values], DealState]) -> list[Step]:
	"""The states that the document came to, oldest first, the last being that of today.

	The first is dated by the creation; none is dated before it or after the last known instant.
	"""
	values = dict(_at_creation(known))
	steps: list[Step] = []
	instant = min(known.creation.posted_on, known.today.posted_on)
	for trace in (known.creation, *_in_order(known), known.today):
		values.update(trace.values)
		instant = max(instant, min(trace.posted_on, known.today.posted_on))
		_add(steps, Step(instant, state_of(values), trace.path, trace.posted_by))
	return steps


def _at_creation(known: Known) -> Iterator[tuple[str, Any]]:
	"""What each field held first: what its first tracked change says, else unknown, else as today."""
	earliest = _earliest(known.tracked)
	for name, value in known.today.values.items():
		yield name, earliest.get(name, None if name in known.proceeding else value)


def _earliest(tracked: Iterable[Trace]) -> dict[str, Any]:
	earliest: dict[str, Any] = {}
	for trace in sorted(tracked, key=_instant):
		earliest = {**trace.earlier, **earliest}
	return earliest


def _in_order(known: Known) -> list[Trace]:
	"""Tracked changes, and the milestones that date what no tracked change does."""
	dated = {name for trace in known.tracked for name in trace.values}
	milestones = (_without(trace, dated) for trace in known.milestones)
	return sorted((*known.tracked, *milestones), key=_instant)


def _without(trace: Trace, names: Collection[str]) -> Trace:
	left = {name: value for name, value in trace.values.items() if name not in names}
	return Trace(trace.posted_on, trace.path, trace.posted_by, left)


def _instant(trace: Trace) -> datetime:
	return trace.posted_on


def _add(steps: list[Step], step: Step) -> None:
	"""Add a step that changes something; of those at one instant only the last state counts."""
	if steps and steps[-1].posted_on == step.posted_on:
		last = steps.pop()
		step = Step(step.posted_on, step.state, last.path, last.posted_by)
	if not steps or steps[-1].state != step.state:
		steps.append(step)
