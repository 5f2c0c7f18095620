"""Whom a quotation or an order is for."""

from __future__ import annotations

import frappe
from frappe.model.document import Document


def party_of(doc: Document) -> tuple[str, str]:
	"""The DocType and the name of the party."""
	if doc.doctype == "Quotation":
		return doc.quotation_to or "", doc.party_name or ""
	return "Customer", doc.customer or ""


def customer_of(doc: Document) -> str | None:
	"""The customer; None where it is for somebody who is none yet."""
	kind, name = party_of(doc)
	return name if kind == "Customer" and name else None


def price_list_of(doc: Document) -> str | None:
	"""The price list that the party buys from, as ERPNext has it.

	The customer's, else that of the customer's group, else the one in Selling Settings.
	"""
	own = None
	if customer := customer_of(doc):
		own, group = frappe.get_cached_value("Customer", customer, ["default_price_list", "customer_group"])
		own = own or frappe.get_cached_value("Customer Group", group, "default_price_list")
	return own or frappe.get_cached_doc("Selling Settings").selling_price_list
