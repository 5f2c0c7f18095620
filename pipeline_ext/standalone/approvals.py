"""Requests for approval of an export: their steps, and what people said of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from pipeline_ext.domain.approvals import (
	AGREED,
	ApprovalStatus,
	ApproverType,
	Breach,
	Rule,
	Step,
	StepStatus,
)
from pipeline_ext.domain.quotes import Scope
from pipeline_ext.standalone.exports import (
	BadRow,
	Document,
	Export,
	Required,
	day_in,
	number_in,
	read_each,
	read_export,
)
from pipeline_ext.standalone.layouts import APPROVALS
from pipeline_ext.standalone.notation import Notation
from pipeline_ext.standalone.tables import LeftOut
from pipeline_ext.subjects import MEASURE_OF_LABEL

REQUIRED = (
	Required("ID", (("", "name"),)),
	Required("Quotation", (("", "quotation"),)),
	Required("Policy", (("", "policy"),)),
	Required("Status", (("", "status"),)),
	Required("Rule (Steps)", (("steps", "rule"),)),
	Required("What It Is About (Steps)", (("steps", "title"),)),
	Required("Measure (Steps)", (("steps", "measure"),)),
	Required("Of (Steps)", (("steps", "scope"),)),
	Required("Is (Steps)", (("steps", "comparison"),)),
	Required("Measured (Steps)", (("steps", "measured"),)),
	Required("Threshold (Steps)", (("steps", "threshold"),)),
	Required("Group (Steps)", (("steps", "approval_group"),)),
	Required("Level (Steps)", (("steps", "level"),)),
	Required("Status (Steps)", (("steps", "status"),)),
	Required("Who Must Agree (Steps)", (("steps", "approver_type"),)),
)
CLOSED = "Closed"
COMPARISONS = {"Above": True, "Below": False}

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True)
class RecordedStep:
	"""A step, and what the file says of it."""

	step: Step
	status: str


@dataclass(frozen=True)
class Said:
	"""A line of a request's log."""

	on: date | None
	user: str
	on_behalf_of: str
	what: str
	about: str
	comment: str
	to_user: str


@dataclass(frozen=True)
class RecordedRequest:
	"""A request for the approval of a quotation, as it was written down."""

	name: str
	quotation: str
	policy: str
	status: ApprovalStatus
	requested_by: str
	requested_on: date | None
	comment: str
	steps: tuple[RecordedStep, ...]
	said: tuple[Said, ...]

	@property
	def agreed(self) -> tuple[Step, ...]:
		"""What was agreed to in it."""
		return tuple(recorded.step for recorded in self.steps if recorded.step.is_agreed)


@dataclass(frozen=True)
class Requests:
	"""The requests of a file, oldest first, and the rows that were left out."""

	requests: tuple[RecordedRequest, ...]
	left_out: tuple[LeftOut, ...]

	@cached_property
	def _of_quotation(self) -> Mapping[str, Sequence[RecordedRequest]]:
		found = defaultdict(list)
		for request in self.requests:
			found[request.quotation].append(request)
		return found

	def of(self, quotation: str) -> tuple[RecordedRequest, ...]:
		return tuple(self._of_quotation.get(quotation, ()))


def read_requests(path: Path) -> Requests:
	"""The requests in an export of Quote Approval, with steps and decisions. Raises Unusable."""
	export = read_export(path, APPROVALS, REQUIRED)
	requests, left_out = read_each(export, partial(_request, export))
	ordered = sorted(requests, key=lambda request: (request.requested_on or date.min, request.name))
	return Requests(tuple(ordered), export.left_out + left_out)


def _request(export: Export, document: Document) -> RecordedRequest:
	notation, children = export.notation, document.children
	return RecordedRequest(
		name=document.text("name"),
		quotation=document.text("quotation"),
		policy=document.text("policy"),
		status=_one_of(ApprovalStatus, document.values, "status", "Status"),
		requested_by=document.text("requested_by"),
		requested_on=day_in(document.values, "requested_on", "Requested On", notation),
		comment=document.text("comment"),
		steps=tuple(_step(row, notation) for row in children.get("steps", ())),
		said=tuple(_said(row, notation) for row in children.get("decisions", ())),
	)


def _step(row: Mapping[str, str], notation: Notation) -> RecordedStep:
	"""What is agreed is taken as settled: who agreed stands in the log."""
	status = None if row.get("status") == CLOSED else _one_of(StepStatus, row, "status", "Status (Steps)")
	step = Step(
		Breach(_rule(row, notation), number_in(row, "measured", "Measured (Steps)", notation)),
		settled=StepStatus.KEPT if status in AGREED else None,
	)
	return RecordedStep(step, row.get("status", ""))


def _rule(row: Mapping[str, str], notation: Notation) -> Rule:
	return Rule(
		key=row.get("rule", ""),
		title=row.get("title", ""),
		measure=_mapped(MEASURE_OF_LABEL, row, "measure", "Measure (Steps)"),
		threshold=number_in(row, "threshold", "Threshold (Steps)", notation),
		approver=_one_of(ApproverType, row, "approver_type", "Who Must Agree (Steps)"),
		above=_mapped(COMPARISONS, row, "comparison", "Is (Steps)"),
		scope=_one_of(Scope, row, "scope", "Of (Steps)"),
		user=row.get("user") or None,
		role=row.get("role") or None,
		group=row.get("approval_group", ""),
		level=int(number_in(row, "level", "Level (Steps)", notation)),
	)


def _said(row: Mapping[str, str], notation: Notation) -> Said:
	return Said(
		on=day_in(row, "decided_on", "When (Decisions)", notation),
		user=row.get("user", ""),
		on_behalf_of=row.get("on_behalf_of", ""),
		what=row.get("decision", ""),
		about=row.get("title", ""),
		comment=row.get("comment", ""),
		to_user=row.get("to_user", ""),
	)


def _one_of(choices: type[Choice], values: Mapping[str, str], name: str, label: str) -> Choice:
	return _mapped({choice.value: choice for choice in choices}, values, name, label)


Meaning = TypeVar("Meaning")


def _mapped(meanings: Mapping[str, Meaning], values: Mapping[str, str], name: str, label: str) -> Meaning:
	"""What a cell means; BadRow where it is none of the known values."""
	text = values.get(name, "")
	if text not in meanings:
		raise BadRow(f"{label} is none of {', '.join(meanings)}: {text or 'blank'}.")
	return meanings[text]
