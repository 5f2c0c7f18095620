"""What the benchmark's deals led to, derived from them by SQL: quotes to payments, refusals, approvals."""

from __future__ import annotations

from collections.abc import Sequence

import frappe

from pipeline_ext.subjects import LEDGER
from tests.site import factories

DOCTYPES = (
	"Lead",
	"Opportunity Lost Reason Detail",
	"Competitor Detail",
	"ToDo",
	"Gate Refusal",
	"Gate Override",
	"Quotation",
	"Quotation Item",
	"Quote Revision",
	"Quote Approval",
	"Quote Approval Step",
	"Quote Approval Decision",
	"Sales Order",
	"Sales Order Item",
	"Delivery Note",
	"Delivery Note Item",
	"Sales Invoice",
	"Sales Invoice Item",
	"Payment Entry",
	"Payment Entry Reference",
)
LINES = 2
LOST_REASONS = ("Price", "Timing", "No Budget", "Features", "No Decision", "Lost Touch")
COMPETITORS = ("Acme Rivals", "Bolt Systems", "Cog Works", "Dyno Ltd")
MEASURED_LINE = """{"item": "Pipeline Widget", "quoted_value": 90, "list_value": 100,
	"discount_amount": 10, "margin_amount": 15}"""


def derive() -> None:
	"""Write all of it, by the deals that are there; committed."""
	for write in (_about_deals, _stopped_at_gates, _documents, _payments, _approvals):
		write()
		frappe.db.commit()


def _insert(doctype: str, where: str, source: str = "`tabOpportunity`", **values: str) -> None:
	"""A row for each one of the source that fits; values are SQL of it."""
	made = {field: "creation" for field in ("creation", "modified")}
	values = {**made, "owner": "owner", "modified_by": "owner", **values}
	frappe.db.sql(
		f"""INSERT INTO `tab{doctype}` ({", ".join(f"`{field}`" for field in values)})
		SELECT {", ".join(values.values())} FROM {source} WHERE {where}"""
	)


def _one_in(number: int) -> str:
	"""Of one deal in so many, always the same ones."""
	return f"CRC32(CONCAT({number}, name)) % {number} = 0"


def _one_of(choices: Sequence[str]) -> str:
	"""One of them for each deal, always the same one."""
	return f"ELT(1 + CRC32(name) % {len(choices)}, {', '.join(map(repr, choices))})"


def _about_deals() -> None:
	"""Their leads, why and to whom they were lost, and what to do next."""
	_insert("Lead", "opportunity_from = 'Lead'", name="party_name", lead_name="title", company="company")
	child = {"name": "name", "parent": "name", "parenttype": "'Opportunity'", "idx": "1"}
	_insert(
		"Opportunity Lost Reason Detail",
		"status = 'Lost'",
		**child,
		parentfield="'lost_reasons'",
		lost_reason=_one_of(LOST_REASONS),
	)
	_insert(
		"Competitor Detail",
		f"status != 'Open' AND {_one_in(2)}",
		**child,
		parentfield="'competitors'",
		competitor=_one_of(COMPETITORS),
	)
	_insert(
		"ToDo",
		f"status = 'Open' AND {_one_in(3)}",
		name="name",
		status="'Open'",
		reference_type="'Opportunity'",
		reference_name="name",
		description="'Call the buyer'",
		date="expected_closing",
	)


def _stopped_at_gates() -> None:
	stopped = {
		"name": "name",
		"document_type": "'Opportunity'",
		"document_name": "name",
		"pipeline": "pe_pipeline",
		"from_stage": "'Qualification'",
		"to_stage": "'Needs Analysis'",
		"missing": "'The deal has an amount'",
	}
	_insert(
		"Gate Refusal",
		_one_in(5),
		**stopped,
		refused_on="pe_stage_entered_on",
		refused_to="opportunity_owner",
		deal_owner="opportunity_owner",
		company="company",
	)
	_insert("Gate Override", _one_in(50), **stopped, status="'Settled'", overridden_by="opportunity_owner")
	frappe.db.sql(
		f"""UPDATE `tab{LEDGER}` entry
		JOIN `tabGate Override` given
			ON entry.document_type = 'Opportunity' AND entry.document_name = given.name
		SET entry.gate_override = given.name, entry.would_refuse = 1 WHERE entry.sequence = 2"""
	)


# From quotation to payment

WON = "status = 'Converted'"
QUOTED = f"({WON} OR (sales_stage != 'Prospecting' AND {_one_in(2)}))"
DELIVERED = f"{WON} AND NOT {_one_in(10)}"
INVOICED = f"{DELIVERED} AND NOT {_one_in(8)}"
PAID = f"{INVOICED} AND NOT {_one_in(6)}"


def _documents() -> None:
	customer = {"customer": "'BENCH-C0'", "customer_name": "'BENCH-C0'"}
	_document(
		"Quotation",
		QUOTED,
		"transaction_date",
		{
			"opportunity": "name",
			"quotation_to": "'Customer'",
			"party_name": "'BENCH-C0'",
			"customer_group": "customer_group",
			"pe_revision": "1",
		},
		{"prevdoc_doctype": "'Opportunity'", "prevdoc_docname": "name"},
	)
	_document(
		"Sales Order",
		WON,
		"transaction_date",
		{**customer, "per_delivered": f"100 * ({DELIVERED})", "per_billed": f"100 * ({INVOICED})"},
		{"prevdoc_docname": _of("Quotation"), "quotation_item": _row_of("Quotation")},
	)
	order_row = {"so_detail": _row_of("Sales Order")}
	_document(
		"Delivery Note",
		DELIVERED,
		"posting_date",
		customer,
		{**order_row, "against_sales_order": _of("Sales Order")},
	)
	_document(
		"Sales Invoice",
		INVOICED,
		"posting_date",
		{
			**customer,
			"party_account_currency": f"'{factories.CURRENCY}'",
			"outstanding_amount": f"IF({PAID}, 0, base_opportunity_amount)",
		},
		{**order_row, "sales_order": _of("Sales Order")},
	)


def _document(doctype: str, where: str, dated: str, header: dict[str, str], row: dict[str, str]) -> None:
	"""Submitted, with two rows of half the deal's amount each."""
	_insert(
		doctype,
		where,
		name=_of(doctype),
		docstatus="1",
		company="company",
		currency="currency",
		conversion_rate="conversion_rate",
		base_grand_total="base_opportunity_amount",
		**{dated: "DATE(pe_stage_entered_on)"},
		**header,
	)
	_insert(
		f"{doctype} Item",
		where,
		source=f"`tabOpportunity`, seq_1_to_{LINES}",
		name=_row_of(doctype),
		docstatus="1",
		parent=_of(doctype),
		parenttype=f"'{doctype}'",
		parentfield="'items'",
		idx="seq",
		item_code=f"'{factories.WIDGET}'",
		base_net_amount=f"base_opportunity_amount / {LINES}",
		**row,
	)


def _of(doctype: str) -> str:
	"""The name of a deal's document."""
	return f"CONCAT(name, '-{''.join(word[0] for word in doctype.split())}')"


def _row_of(doctype: str) -> str:
	return f"CONCAT({_of(doctype)}, '-', seq)"


def _payments() -> None:
	_insert(
		"Payment Entry",
		PAID,
		name=_of("Payment Entry"),
		docstatus="1",
		payment_type="'Receive'",
		company="company",
		posting_date="DATE(pe_stage_entered_on)",
	)
	_insert(
		"Payment Entry Reference",
		PAID,
		name=_of("Payment Entry"),
		docstatus="1",
		parent=_of("Payment Entry"),
		parenttype="'Payment Entry'",
		parentfield="'references'",
		reference_doctype="'Sales Invoice'",
		reference_name=_of("Sales Invoice"),
		allocated_amount="base_opportunity_amount",
		exchange_rate="1",
	)


# Approval


def _approvals() -> None:
	"""One quotation in six was approved in a day; each has the revision that was submitted."""
	asked = f"{QUOTED} AND {_one_in(6)}"
	decided_on = "pe_stage_entered_on + INTERVAL 1 DAY"
	child = {"name": "name", "parent": "name", "parenttype": "'Quote Approval'", "idx": "1"}
	rule = {"rule": "'rule-1'", "title": "'More than 10 % off'"}
	_insert(
		"Quote Approval",
		asked,
		name="name",
		quotation=_of("Quotation"),
		customer_name="customer_name",
		policy="'Reports Benchmark'",
		company="company",
		status="'Approved'",
		requested_by="opportunity_owner",
		requested_on="pe_stage_entered_on",
		closed_on=decided_on,
		quoted_value="base_opportunity_amount",
		discount_amount="base_opportunity_amount / 10",
	)
	_insert(
		"Quote Approval Step",
		asked,
		**child,
		**rule,
		parentfield="'steps'",
		status="'Approved'",
		asked="'Administrator'",
		asked_on="pe_stage_entered_on",
		decided_on=decided_on,
	)
	_insert(
		"Quote Approval Decision",
		asked,
		**child,
		**rule,
		parentfield="'decisions'",
		decision="'Approved'",
		user="'Administrator'",
		decided_on=decided_on,
	)
	_insert(
		"Quote Revision",
		QUOTED,
		name="name",
		quotation=_of("Quotation"),
		number="1",
		submitted_on="pe_stage_entered_on",
		submitted_by="opportunity_owner",
		approval=f"IF({_one_in(6)}, name, '')",
		lines=f"'[{MEASURED_LINE}]'",
	)
