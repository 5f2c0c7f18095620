"""Which DocTypes a pipeline governs, and the names of their fields that a gate needs; without frappe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline_ext.domain.ledger import DealState
from pipeline_ext.domain.pipeline import Kind, Outcome, typed


class Fields(Protocol):
	"""Anything that gives a field's value by name: a document, a row, a dict."""

	def get(self, name: str) -> Any: ...


@dataclass(frozen=True)
class Subject:
	"""A governed DocType: the names of its fields, and what its statuses say of the outcome."""

	doctype: str
	stage: str
	pipeline: str
	version: str
	entered_on: str
	probability: str
	forecast_category: str
	amount: str
	expected_close: str
	owner: str
	status: str
	company: str
	outcome_of_status: Mapping[str, Outcome]

	@property
	def closed_statuses(self) -> tuple[str, ...]:
		"""The statuses of a deal that is won or lost."""
		return tuple(
			status for status, outcome in self.outcome_of_status.items() if outcome is not Outcome.OPEN
		)

	def outcome(self, status: str | None, stage_outcome: Outcome) -> Outcome:
		"""Open, won or lost: a closed stage decides, else the DocType's own status."""
		if stage_outcome is not Outcome.OPEN:
			return stage_outcome
		return self.outcome_of_status.get(status or "", Outcome.OPEN)

	def state_of(self, doc: Fields, stage_outcome: Outcome) -> DealState:
		"""What the ledger records of the document as it is now."""
		return DealState(
			pipeline=doc.get(self.pipeline) or None,
			stage=doc.get(self.stage) or None,
			outcome=self.outcome(doc.get(self.status), stage_outcome).value,
			probability=float(doc.get(self.probability) or 0),
			forecast_category=doc.get(self.forecast_category) or None,
			amount=float(doc.get(self.amount) or 0),
			expected_close=typed(doc.get(self.expected_close), Kind.DATE),
			deal_owner=doc.get(self.owner) or None,
			company=doc.get(self.company) or None,
		)


OPPORTUNITY = Subject(
	doctype="Opportunity",
	stage="sales_stage",
	pipeline="pe_pipeline",
	version="pe_pipeline_version",
	entered_on="pe_stage_entered_on",
	probability="pe_win_probability",
	forecast_category="pe_forecast_category",
	amount="base_opportunity_amount",
	expected_close="expected_closing",
	owner="opportunity_owner",
	status="status",
	company="company",
	outcome_of_status={
		"Open": Outcome.OPEN,
		"Quotation": Outcome.OPEN,
		"Replied": Outcome.OPEN,
		"Converted": Outcome.WON,
		"Lost": Outcome.LOST,
		"Closed": Outcome.LOST,
	},
)

SUBJECTS: Mapping[str, Subject] = {subject.doctype: subject for subject in (OPPORTUNITY,)}
