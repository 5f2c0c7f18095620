"""A Sales Order beside the quotations it comes from: where it falls below them, and what that needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Sum
from frappe.utils import getdate

from pipeline_ext.domain.approvals import Breach, Policy, agreed_before, uncovered
from pipeline_ext.domain.orders import (
	Ordered,
	OrderedLine,
	Quoted,
	QuotedLine,
	Undercut,
	falls_below,
	joined,
)
from pipeline_ext.reports import approvals, currency, policies, quotations
from pipeline_ext.reports.quotations import Assessment
from pipeline_ext.reports.quote_numbers import decimal_of
from pipeline_ext.reports.quote_rows import paid_for, rows_of
from pipeline_ext.reports.quote_terms import payment_days

CUSTOMER_COMES_FROM = {"Lead": "lead_name", "Prospect": "prospect_name"}
NO_RULES = Policy("", ())


@dataclass(frozen=True)
class Comparison:
	"""Where an order falls below its quotations, and what it gives away.

	The breaches of the assessment are those that no approval of the quotations covers.
	"""

	undercuts: tuple[Undercut, ...]
	assessment: Assessment


def compare(order: Document, for_update: bool = False, everything: bool = False) -> Comparison:
	"""Judge a Sales Order as it is in memory; totals must have been calculated by its own validate.

	`for_update` locks the approvals of its quotations; `everything` measures more than rules ask for.
	"""
	quotes = _quotations_of(order) if policies.heads() else []
	if not quotes:
		return Comparison((), quotations.assess(order, everything=everything))
	asked = {policy.name: policy for policy in map(policies.policy_for, quotes) if policy}
	undercuts = falls_below(_quoted(order, quotes), _ordered(order)) if asked else ()
	policy = joined(list(asked.values())) if undercuts else NO_RULES
	assessment = quotations.assess(order, policy, everything)
	needed = _not_covered(assessment, order, quotes, for_update) if assessment.breaches else ()
	return Comparison(undercuts, replace(assessment, breaches=needed))


def _quotations_of(order: Document) -> list[Document]:
	names = {row.prevdoc_docname for row in order.items if row.prevdoc_docname}
	return [frappe.get_doc("Quotation", name) for name in sorted(names)]


def _not_covered(
	assessment: Assessment, order: Document, quotes: list[Document], for_update: bool
) -> tuple[Breach, ...]:
	"""The breaches that not every quotation has an approval for; none counts for another customer."""
	missing = set()
	for quote in quotes:
		steps = ()
		if quote.docstatus.is_submitted() and _is_for_same_customer(order, quote):
			request = approvals.request_of(quote, for_update)
			steps = agreed_before(request, assessment.policy.name, quotations.subject_of(quote))
		missing.update(uncovered(assessment.breaches, steps))
	return tuple(breach for breach in assessment.breaches if breach in missing)


def _is_for_same_customer(order: Document, quote: Document) -> bool:
	if quote.quotation_to == "Customer":
		return quote.party_name == order.customer
	origin = CUSTOMER_COMES_FROM.get(quote.quotation_to)
	return bool(origin) and frappe.db.get_value("Customer", order.customer, origin) == quote.party_name


# Facts


def _quoted(order: Document, quotes: list[Document]) -> Quoted:
	"""What the submitted quotations of an order offer, in its currency."""
	offers = [quote for quote in quotes if quote.docstatus.is_submitted()]
	lines = {key: line for quote in offers for key, line in _offered(quote, order)}
	return Quoted(
		lines=lines,
		taken=_taken_by_others(order, lines),
		payment_days=min((payment_days(quote) or Decimal() for quote in offers), default=Decimal()),
		same_customer=all(_is_for_same_customer(order, quote) for quote in quotes),
	)


def _offered(quote: Document, order: Document) -> Iterator[tuple[str, QuotedLine]]:
	exchange = currency.rate(quote.currency, order.currency, getdate(order.transaction_date))
	for priced in _priced(quote):
		yield (
			priced.row.name,
			QuotedLine(
				item=priced.row.item_code,
				rate=priced.rate * decimal_of(exchange) if exchange else None,
				quantity=priced.quantity or None,
				rounding=priced.rounding * decimal_of(exchange),
			),
		)


def _ordered(order: Document) -> Ordered:
	return Ordered(
		lines=tuple(
			OrderedLine(
				key=priced.row.name,
				item=priced.row.item_code,
				rate=priced.rate,
				quantity=priced.quantity,
				quoted_as=priced.row.quotation_item or None,
				rounding=priced.rounding,
			)
			for priced in _priced(order)
		),
		payment_days=payment_days(order) or Decimal(),
	)


def _taken_by_others(order: Document, lines: Collection[str]) -> dict[str, Decimal]:
	"""How much other submitted orders have taken of quoted lines, in stock units."""
	if not lines:
		return {}
	table = frappe.qb.DocType("Sales Order Item")
	rows = (
		frappe.qb.from_(table)
		.select(table.quotation_item, Sum(table.stock_qty))
		.where(table.quotation_item.isin(sorted(lines)) & (table.docstatus == 1))
		.where((table.parenttype == "Sales Order") & (table.parent != order.name))
		.groupby(table.quotation_item)
		.run()
	)
	return {line: decimal_of(quantity) for line, quantity in rows}


@dataclass(frozen=True)
class _Priced:
	"""A row, its quantity in stock units, and what one of them costs in the document's currency."""

	row: Document
	quantity: Decimal
	rate: Decimal
	rounding: Decimal


def _priced(doc: Document) -> Iterator[_Priced]:
	"""The rows at prices net of everything that is given on the whole document.

	Where ERPNext has spread a discount or taken tax out of a price, a row's amount is rounded.
	"""
	rows = rows_of(doc)
	paid = paid_for(doc, rows)
	is_spread = any(row.doc.net_amount != row.doc.amount for row in rows if not row.is_alternative)
	rounding = Decimal(1).scaleb(-doc.precision("net_amount", "items")) if is_spread else Decimal()
	for row in rows:
		factor = decimal_of(row.doc.conversion_factor or 1)
		rate = paid[row.key] / (row.quantity * factor)
		yield _Priced(row.doc, decimal_of(row.doc.qty) * factor, rate, rounding)
