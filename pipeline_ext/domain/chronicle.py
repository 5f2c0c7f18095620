"""A past that is written down afterwards: dated states to the entries of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline_ext.domain.gates import classify
from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Origin, changes, follow, tip_of
from pipeline_ext.domain.pipeline import Pipeline

VERSION = "pipeline_version"


@dataclass(frozen=True)
class Step:
	"""A state that a document came to, and what is known of how: the way, and who."""

	posted_on: datetime
	state: DealState
	path: str | None = None
	posted_by: str | None = None


@dataclass(frozen=True)
class Provenance:
	"""What all entries of a past have in common. `version` is None where no version ever judged it."""

	origin: Origin
	pipeline: Pipeline
	version: str | None = None


def continued(entries: Sequence[Entry], steps: Iterable[Step], provenance: Provenance) -> list[Entry]:
	"""The entries for the steps, in order, that follow those there are; no step repeats the state before."""
	chain = list(entries)
	for step in steps:
		circumstances = _circumstances(chain, step, provenance)
		chain.append(follow(tip_of(chain), step.posted_on, step.state, circumstances))
	return chain[len(entries) :]


def stage_since(entries: Sequence[Entry]) -> datetime | None:
	"""When the document came to the stage it is in after the last entry; None where that is unknown."""
	since = None
	for entry in reversed(entries):
		if entry.state.stage is None or entry.state.stage != entries[-1].state.stage:
			break
		since = entry.posted_on
	return since


def move_between(pipeline: Pipeline, before: str | None, after: str | None) -> str | None:
	"""The kind of move between two stages; None where there is none, or the pipeline has no such stage."""
	if before == after or after not in pipeline:
		return None
	return classify(pipeline, before, after).value


def _circumstances(chain: Sequence[Entry], step: Step, provenance: Provenance) -> Circumstances:
	before = chain[-1].state if chain else None
	left = before.stage if before and before.stage != step.state.stage else None
	since = stage_since(chain) if left else None
	return Circumstances(
		origin=provenance.origin,
		path=step.path,
		posted_by=step.posted_by,
		pipeline_version=provenance.version,
		changes=", ".join(differences(chain[-1] if chain else None, step.state, provenance.version)),
		move=move_between(provenance.pipeline, before.stage if before else None, step.state.stage),
		from_stage=left,
		days_in_stage=(step.posted_on - since) / timedelta(days=1) if since else 0.0,
	)


def differences(last: Entry | None, state: DealState, version: str | None) -> tuple[str, ...]:
	"""The names of what is not as the last entry says, the version that judges the document included."""
	changed = changes(last.state if last else None, state)
	if last and last.circumstances.pipeline_version != version:
		return (*changed, VERSION)
	return changed
