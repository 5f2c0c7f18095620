"""How moves and gates disagreed: what kind of incident it was, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from pipeline_ext.domain.ledger import Origin


class Kind(str, Enum):
	"""How a gate's objection, or a change around the gate, went."""

	REFUSAL = "Refusal"
	WARNING = "Warning"
	OVERRIDE = "Override"
	BYPASS = "Bypass"
	RECONCILED = "Reconciled"


class Status(str, Enum):
	"""What became of an incident."""

	REFUSED = "Refused"
	LET_THROUGH = "Let Through"
	OWED = "Owed"
	OVERDUE = "Overdue"
	SETTLED = "Settled"
	NOTHING_OWED = "Nothing Owed"
	WOULD_BE_REFUSED = "Would Be Refused"
	RECORDED_LATE = "Recorded Late"


class Aspect(str, Enum):
	"""By what incidents are counted."""

	STAGE = "Stage"
	CRITERION = "Criterion"
	OWNER = "Owner"


@dataclass(frozen=True)
class Incident:
	"""A time when a move and a gate disagreed, or a change went around the gate.

	`missing` are the titles of what was unmet; `record` is where it is written down beside the ledger.
	"""

	kind: Kind
	status: Status
	happened_on: datetime
	document_type: str
	document_name: str | None
	title: str | None
	pipeline: str | None
	from_stage: str | None
	to_stage: str | None
	by: str | None
	deal_owner: str | None
	missing: tuple[str, ...] = ()
	changes: str | None = None
	path: str | None = None
	owed_by: date | None = None
	record: str | None = None
	ledger_entry: str | None = None

	@property
	def stage(self) -> str | None:
		"""The stage whose gate it was: the one that was left, or, at the start, the one that was entered."""
		return self.from_stage or self.to_stage

	def values(self, aspect: Aspect) -> tuple[str | None, ...]:
		"""What it counts for; an incident in which several criteria were unmet counts for each of them."""
		if aspect is Aspect.CRITERION:
			return self.missing
		return (self.stage if aspect is Aspect.STAGE else self.deal_owner,)


def kind_of_entry(origin: str, bypass: str | None) -> Kind:
	"""What a ledger entry without an override, that a gate objected to or did not see, tells of."""
	if origin == Origin.RECONCILED.value:
		return Kind.RECONCILED
	return Kind.BYPASS if bypass else Kind.WARNING


def status_of_entry(kind: Kind, would_refuse: bool) -> Status:
	"""What became of a change that a ledger entry tells of."""
	if kind is not Kind.RECONCILED:
		return Status.LET_THROUGH
	return Status.WOULD_BE_REFUSED if would_refuse else Status.RECORDED_LATE


def status_of_override(status: str, owed_by: date | None, today: date) -> Status:
	"""What is owed is overdue from the day after it was due."""
	if status == Status.OWED.value and owed_by and owed_by < today:
		return Status.OVERDUE
	return Status(status)


def counted(incidents: Iterable[Incident], aspect: Aspect) -> dict[str | None, Counter[Kind]]:
	"""How many incidents of each kind there are by stage, criterion or owner, the most frequent first."""
	counts: dict[str | None, Counter[Kind]] = {}
	for incident in incidents:
		for value in incident.values(aspect):
			counts.setdefault(value, Counter())[incident.kind] += 1
	return dict(sorted(counts.items(), key=lambda item: (-item[1].total(), item[0] or "")))
