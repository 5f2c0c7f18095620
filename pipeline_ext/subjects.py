"""Which DocTypes a pipeline governs, and the names of their fields that a gate needs; without frappe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline_ext.domain.comparison import Kind, typed
from pipeline_ext.domain.ledger import DealState
from pipeline_ext.domain.pipeline import Outcome, Stage, Trigger


class Fields(Protocol):
	"""Anything that gives a field's value by name: a document, a row, a dict."""

	def get(self, name: str) -> Any: ...


@dataclass(frozen=True)
class Subject:
	"""A governed DocType: the names of its fields, and what its statuses say of the outcome.

	A DocType need not have an amount, a close date, a probability, a forecast category or a count of pushes.
	`converted_from` are the fields that, with an exchange rate, make the amount in company currency.
	"""

	doctype: str
	stage: str
	pipeline: str
	version: str
	entered_on: str
	owner: str
	status: str
	company: str
	outcome_of_status: Mapping[str, Outcome]
	triggers: tuple[Trigger, ...] = ()
	amount: str | None = None
	expected_close: str | None = None
	probability: str | None = None
	forecast_category: str | None = None
	pushes: str | None = None
	converted_from: tuple[str, ...] = ()

	@property
	def closed_statuses(self) -> tuple[str, ...]:
		"""The statuses of a deal that is won or lost."""
		return tuple(
			status for status, outcome in self.outcome_of_status.items() if outcome is not Outcome.OPEN
		)

	@property
	def recorded_fields(self) -> list[str]:
		"""The fields that the ledger looks at."""
		fields = (
			self.stage,
			self.pipeline,
			self.version,
			self.entered_on,
			self.owner,
			self.status,
			self.company,
			self.amount,
			self.expected_close,
			self.probability,
			self.forecast_category,
			self.pushes,
			*self.converted_from,
		)
		return [field for field in fields if field]

	def figures_of(self, stage: Stage | None) -> dict[str, Any]:
		"""What a stage says of the documents in it, by the names of their fields."""
		if stage is None:
			return {}
		figures = {self.probability: stage.probability, self.forecast_category: stage.forecast_category}
		return {field: value for field, value in figures.items() if field}

	def outcome(self, status: str | None, stage_outcome: Outcome) -> Outcome:
		"""Open, won or lost: a closed stage decides, else the DocType's own status."""
		if stage_outcome is not Outcome.OPEN:
			return stage_outcome
		return self.outcome_of_status.get(status or "", Outcome.OPEN)

	def state_of(self, doc: Fields, stage_outcome: Outcome) -> DealState:
		"""What the ledger records of the document as it is now."""

		def value(field: str | None) -> Any:
			return doc.get(field) or None if field else None

		return DealState(
			pipeline=value(self.pipeline),
			stage=value(self.stage),
			outcome=self.outcome(value(self.status), stage_outcome).value,
			probability=float(value(self.probability) or 0),
			forecast_category=value(self.forecast_category),
			amount=float(value(self.amount) or 0),
			expected_close=typed(value(self.expected_close), Kind.DATE),
			deal_owner=value(self.owner),
			company=value(self.company),
		)


OPPORTUNITY = Subject(
	doctype="Opportunity",
	stage="sales_stage",
	pipeline="pe_pipeline",
	version="pe_pipeline_version",
	entered_on="pe_stage_entered_on",
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
	triggers=(Trigger.QUOTATION_SUBMITTED, Trigger.ORDER_SUBMITTED, Trigger.CONTRACT_SIGNED),
	amount="base_opportunity_amount",
	expected_close="expected_closing",
	probability="pe_win_probability",
	forecast_category="pe_forecast_category",
	pushes="pe_close_date_pushes",
	converted_from=("opportunity_amount", "currency"),
)

LEAD = Subject(
	doctype="Lead",
	stage="pe_lead_stage",
	pipeline="pe_lead_pipeline",
	version="pe_lead_pipeline_version",
	entered_on="pe_lead_stage_entered_on",
	owner="lead_owner",
	status="status",
	company="company",
	outcome_of_status={
		"Lead": Outcome.OPEN,
		"Open": Outcome.OPEN,
		"Replied": Outcome.OPEN,
		"Opportunity": Outcome.OPEN,
		"Quotation": Outcome.OPEN,
		"Lost Quotation": Outcome.OPEN,
		"Interested": Outcome.OPEN,
		"Converted": Outcome.WON,
		"Do Not Contact": Outcome.LOST,
	},
	triggers=tuple(Trigger),
)

SUBJECTS: Mapping[str, Subject] = {subject.doctype: subject for subject in (OPPORTUNITY, LEAD)}

LEDGER = "Pipeline Ledger Entry"
LEDGER_TIP = "Pipeline Ledger Tip"
STAGE_VISIT = "Pipeline Stage Visit"

RECORDS = (
	LEDGER,
	LEDGER_TIP,
	STAGE_VISIT,
	"Criterion Evidence",
	"Gate Override",
	"Gate Refusal",
	"Qualification Assessment",
	"Stall Notice",
	"Deal Win Probability",
)
"""The DocTypes that write something down of a governed document, in `document_type` and `document_name`."""


@dataclass(frozen=True)
class Approvable:
	"""A DocType that gives something away: the fields that hold its approval, and what a request calls it."""

	doctype: str
	status: str
	approval: str
	link: str


APPROVABLES: Mapping[str, Approvable] = {
	"Quotation": Approvable("Quotation", "pe_approval_status", "pe_approval", "quotation"),
	"Sales Order": Approvable("Sales Order", "pe_order_approval_status", "pe_order_approval", "sales_order"),
}

MEASURE_LABELS: Mapping[str, str] = {
	"discount_percent": "Discount Percentage",
	"discount_amount": "Discount Amount",
	"margin_percent": "Margin Percentage",
	"margin_amount": "Margin Amount",
	"quoted_value": "Quoted Value",
	"lines_below_cost": "Lines Below Cost",
	"lines_without_list_price": "Lines Without List Price",
	"lines_without_cost": "Lines Without Cost",
	"payment_days": "Payment Days",
	"validity_days": "Validity Days",
	"changed_terms": "Changed Terms",
	"new_customer": "New Customer",
	"blocked_customer": "Blocked Customer",
	"credit_excess": "Credit Excess",
}
"""What policies and requests call the measures of `domain.quotes`."""
MEASURE_OF_LABEL: Mapping[str, str] = {label: name for name, label in MEASURE_LABELS.items()}
