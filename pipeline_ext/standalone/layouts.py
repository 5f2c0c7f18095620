"""What the columns of an export are called, by label and by field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

Column = tuple[str, str]
"""(child table or "", field)."""

SUFFIX = re.compile(r"(.*)\s\(([^()]*)\)")


@dataclass(frozen=True)
class Layout:
	"""The columns of a DocType's export whose label does not give away the field, and its child tables.

	Keys are labels in lower case with underscores. A table is known by its label and by its DocType.
	"""

	labels: Mapping[str, str]
	tables: Mapping[str, str] = field(default_factory=dict)
	child_labels: Mapping[str, str] = field(default_factory=dict)
	key: str = "name"
	one_row_each: bool = False

	def column(self, header: str) -> Column:
		"""What a header stands for: `Item Code (Items)`, `Item Code (Quotation Item)`, `items.item_code`."""
		table, dot, name = header.partition(".")
		if dot and table in self.tables.values():
			return table, name
		suffixed = SUFFIX.fullmatch(header)
		table = self.tables.get(scrub(suffixed[2]), "") if suffixed else ""
		if suffixed and table:
			return table, self._field(scrub(suffixed[1]), self.child_labels)
		return "", self._field(scrub(header), self.labels)

	def _field(self, label: str, labels: Mapping[str, str]) -> str:
		return "name" if label == "id" else labels.get(label, label)

	def with_tables(self, names: Collection[str]) -> Layout:
		"""The layout with further child tables, whose labels are taken to read like their fields."""
		own = {name.removeprefix("custom_"): name for name in names if name not in self.tables.values()}
		return replace(self, tables={**own, **self.tables})


def scrub(label: str) -> str:
	"""A label as Frappe makes a field name of it."""
	return re.sub(r"\W+", "_", label.strip().lower()).strip("_")


OPPORTUNITIES = Layout(
	labels={
		"series": "naming_series",
		"party": "party_name",
		"detailed_reason": "order_lost_reason",
		"expected_closing_date": "expected_closing",
		"customer_lead_address": "customer_address",
		"address": "address_display",
		"contact": "contact_display",
		"opportunity_date": "transaction_date",
		"print_language": "language",
		"opportunity_amount_company_currency": "base_opportunity_amount",
		"total_company_currency": "base_total",
		"exchange_rate": "conversion_rate",
		"state_province": "state",
		"pipeline": "pe_pipeline",
		"pipeline_version": "pe_pipeline_version",
		"forecast_category": "pe_forecast_category",
		"win_probability": "pe_win_probability",
		"in_this_stage_since": "pe_stage_entered_on",
		"close_date_pushes": "pe_close_date_pushes",
	},
	tables={
		"items": "items",
		"opportunity_item": "items",
		"lost_reasons": "lost_reasons",
		"opportunity_lost_reason_detail": "lost_reasons",
		"competitors": "competitors",
		"competitor_detail": "competitors",
	},
	child_labels={"quantity": "qty"},
)
QUOTATIONS = Layout(
	labels={
		"party": "party_name",
		"date": "transaction_date",
		"exchange_rate": "conversion_rate",
		"document_status": "docstatus",
		"approval_status": "pe_approval_status",
	},
	tables={
		"items": "items",
		"quotation_item": "items",
		"payment_schedule": "payment_schedule",
	},
	child_labels={
		"quantity": "qty",
		"against_docname": "prevdoc_docname",
		"uom_conversion_factor": "conversion_factor",
	},
)
APPROVALS = Layout(
	labels={"customer": "customer_name", "why_it_is_worth_it": "comment", "for": "subject"},
	tables={
		"steps": "steps",
		"quote_approval_step": "steps",
		"decisions": "decisions",
		"quote_approval_decision": "decisions",
	},
	child_labels={
		"what_it_is_about": "title",
		"of": "scope",
		"is": "comparison",
		"group": "approval_group",
		"who_must_agree": "approver_type",
		"when": "decided_on",
		"who": "user",
		"what": "decision",
		"about": "title",
		"to": "to_user",
	},
)
LEDGER = Layout(labels={}, key="document", one_row_each=True)
