"""What a quote grants beside its prices: time to pay, time to decide, its terms, and credit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

import frappe
from erpnext.selling.doctype.customer.customer import get_credit_limit, get_customer_outstanding
from frappe.model.document import Document
from frappe.utils import date_diff

from pipeline_ext.domain.quotes import QuoteTerms
from pipeline_ext.domain.wording import reads_alike
from pipeline_ext.reports.quote_numbers import decimal_of
from pipeline_ext.reports.quote_party import customer_of

ENDLESS = 9999
"""The days that a quotation is valid which says no last day."""


def terms_of(doc: Document, wanted: Collection[str], owed: Decimal) -> QuoteTerms:
	"""What is wanted of what a quote grants; `owed` is all that it would cost, in company currency."""
	taken: dict[str, Any] = {name: take(doc) for name, take in TAKEN_OF.items() if name in wanted}
	if "credit_excess" in wanted:
		taken["credit_excess"] = credit_excess(doc, owed)
	return QuoteTerms(**taken)


def payment_days(doc: Document) -> Decimal | None:
	"""The days from the quote's date until payment, weighted by what falls due; None without a schedule."""
	schedule = doc.get("payment_schedule") or ()
	weighted = [
		(decimal_of(row.payment_amount), date_diff(row.due_date, doc.transaction_date))
		for row in schedule
		if row.due_date
	]
	total = sum(weight for weight, _days in weighted)
	return sum(weight * days for weight, days in weighted) / total if total else None


def validity_days(doc: Document) -> int | None:
	"""The days from the quote's date to the last on which it may be accepted; an order has none."""
	if not doc.meta.has_field("valid_till"):
		return None
	return date_diff(doc.valid_till, doc.transaction_date) if doc.valid_till else ENDLESS


def has_changed_terms(doc: Document) -> bool:
	"""Whether its terms and conditions read other than their template, or come from none."""
	usual = _usual_terms(doc)
	return usual is None or not reads_alike(doc.terms or "", usual)


def _usual_terms(doc: Document) -> str | None:
	"""What the template of its terms says of this quote; None where it cannot be rendered."""
	if not doc.tc_name:
		return ""
	template = frappe.get_cached_doc("Terms and Conditions", doc.tc_name).terms or ""
	try:
		return frappe.render_template(template, doc.as_dict())
	except frappe.ValidationError:
		frappe.clear_last_message()
	except Exception:
		frappe.logger().warning("Terms and Conditions %s cannot be rendered", doc.tc_name, exc_info=True)
	return None


def is_for_new_customer(doc: Document) -> bool:
	"""Whether the party has never ordered anything."""
	customer = customer_of(doc)
	ordered = {"customer": customer, "docstatus": 1, "name": ("!=", doc.name or "")}
	return not customer or not frappe.db.exists("Sales Order", ordered)


def is_for_blocked_customer(doc: Document) -> bool:
	"""Whether the party is a customer who is disabled or frozen."""
	customer = customer_of(doc)
	return bool(customer) and any(frappe.get_cached_value("Customer", customer, ["disabled", "is_frozen"]))


def credit_excess(doc: Document, owed: Decimal) -> Decimal:
	"""How far beyond the limit the customer would owe, with all that is open; 0 where there is no limit.

	A site with a limit for each company also has one for those who are no customers yet.
	"""
	customer = customer_of(doc)
	limit = decimal_of(get_credit_limit(customer, doc.company))
	if limit <= 0:
		return Decimal()
	outstanding = decimal_of(get_customer_outstanding(customer, doc.company)) if customer else Decimal()
	return max(outstanding - _open_part(doc) + owed - limit, Decimal())


def _open_part(doc: Document) -> Decimal:
	"""What a submitted order adds to its customer's outstanding amount already."""
	if doc.doctype != "Sales Order":
		return Decimal()
	stored = frappe.db.get_value(
		"Sales Order",
		{"name": doc.name, "docstatus": 1, "status": ("!=", "Closed")},
		["base_grand_total", "per_billed"],
	)
	if not stored:
		return Decimal()
	total, billed = map(decimal_of, stored)
	return total * max(100 - billed, Decimal()) / 100


TAKEN_OF: Mapping[str, Callable[[Document], Any]] = {
	"payment_days": payment_days,
	"validity_days": validity_days,
	"changed_terms": has_changed_terms,
	"new_customer": is_for_new_customer,
	"blocked_customer": is_for_blocked_customer,
}
