"""The documents that belong to a deal, and which of them are in a state that a criterion asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime
from pypika.terms import Criterion as Where

from pipeline_ext.domain.criteria import Found, Source
from pipeline_ext.domain.exit_criteria import Link

MOST = 500
"""Linked documents of one kind that are looked at, the newest first."""

Rows = list[frappe._dict]


def found(doc: Document, links: Iterable[Link]) -> dict[Link, Found]:
	"""What there is for each link: one query for each DocType; a link that leads nowhere is left out."""
	asked: dict[str, list[Link]] = {}
	for link in links:
		if can_be_linked(doc.doctype, link.doctype, link.state):
			asked.setdefault(link.doctype, []).append(link)
	return {
		link: _found(link, rows)
		for doctype in sorted(asked)
		for rows in (_rows(doc, doctype),)
		for link in asked[doctype]
	}


def _found(link: Link, rows: Rows) -> Found:
	in_state = STATES.get((link.doctype, link.state)) or GENERAL_STATES[link.state]
	counted = in_state(rows)
	if link.within_days:
		counted = [row for row in counted if (now_datetime() - row.dated).days <= link.within_days]
	if not counted:
		return Found(0)
	latest = max(counted, key=lambda row: row.dated)
	return Found(len(counted), Source(latest.name, latest.owner, latest.dated))


def _rows(doc: Document, doctype: str) -> Rows:
	condition = _link_condition(doc.doctype, doctype)
	if not doc.name:
		return []
	table = frappe.qb.DocType(doctype)
	dated = DATES.get(doctype, "creation")
	columns = {"name", "owner", "docstatus", "creation", dated, *COLUMNS.get(doctype, ())}
	rows = (
		frappe.qb.from_(table)
		.select(*sorted(columns))
		.where(condition(table, doc.name) & (table.docstatus < 2))
		.orderby(table.creation, order=frappe.qb.desc)
		.limit(MOST)
		.run(as_dict=True)
	)
	for row in rows:
		row.dated = _instant(row[dated] or row.creation)
	return rows


def _instant(value: object) -> datetime:
	"""A day stands for its last moment."""
	instant = get_datetime(value)
	return instant if isinstance(value, datetime) else datetime.combine(instant.date(), time.max)


DATES = {
	"Event": "starts_on",
	"Communication": "communication_date",
	"Quotation": "transaction_date",
	"Sales Order": "transaction_date",
	"Contract": "signed_on",
}
COLUMNS = {
	"Event": ("status",),
	"Communication": ("sent_or_received", "communication_type"),
	"Contract": ("is_signed",),
}


def _held(rows: Rows) -> Rows:
	"""Events that have begun and were not called off."""
	return [row for row in rows if row.dated <= now_datetime() and row.status != "Cancelled"]


def _sent(rows: Rows) -> Rows:
	return [
		row for row in rows if row.sent_or_received == "Sent" and row.communication_type == "Communication"
	]


def _answered(rows: Rows) -> Rows:
	"""Messages that came in after one had gone out."""
	sent = _sent(rows)
	first = min((row.dated for row in sent), default=None)
	return [row for row in rows if first and row.sent_or_received == "Received" and row.dated >= first]


def _signed(rows: Rows) -> Rows:
	return [row for row in rows if row.is_signed and row.docstatus == 1]


def _mailed(rows: Rows) -> Rows:
	"""Submitted quotations that an e-mail has gone out with."""
	submitted = [row for row in rows if row.docstatus == 1]
	mailed = frappe.get_all(
		"Communication",
		{
			"reference_doctype": "Quotation",
			"reference_name": ("in", [row.name for row in submitted]),
			"sent_or_received": "Sent",
			"communication_type": "Communication",
		},
		pluck="reference_name",
	)
	return [row for row in submitted if row.name in mailed]


GENERAL_STATES: dict[str, Callable[[Rows], Rows]] = {
	"Any": lambda rows: rows,
	"Draft": lambda rows: [row for row in rows if row.docstatus == 0],
	"Submitted": lambda rows: [row for row in rows if row.docstatus == 1],
}
STATES: dict[tuple[str, str], Callable[[Rows], Rows]] = {
	("Event", "Held"): _held,
	("Communication", "Sent"): _sent,
	("Communication", "Answered"): _answered,
	("Quotation", "Sent"): _mailed,
	("Contract", "Signed"): _signed,
}


def can_be_linked(to_doctype: str, doctype: str, state: str = "Any") -> bool:
	"""Whether documents of `doctype` can be found from one of `to_doctype`, and have such a state."""
	if state not in GENERAL_STATES and (doctype, state) not in STATES:
		return False
	return bool(frappe.db.exists("DocType", doctype, cache=True) and _link_condition(to_doctype, doctype))


def linkable(to_doctype: str) -> list[str]:
	"""The DocTypes whose documents can be found from one of `to_doctype`."""
	known = {doctype for target, doctype in LINKS if target == to_doctype}
	for table in ("DocField", "Custom Field"):
		parent = "parent" if table == "DocField" else "dt"
		known.update(frappe.get_all(table, {"fieldtype": "Link", "options": to_doctype}, pluck=parent))
	plain = {"istable": 0, "issingle": 0, "name": ("in", sorted(known))}
	return frappe.get_all("DocType", plain, pluck="name", order_by="name")


def _link_condition(to_doctype: str, doctype: str) -> Callable[..., Where] | None:
	"""How rows of `doctype` point at a document: ERPNext's own way, a Link field, or a Dynamic Link."""
	if (to_doctype, doctype) in LINKS:
		return LINKS[to_doctype, doctype]
	meta = frappe.get_meta(doctype)
	links = [
		field.fieldname
		for field in meta.get_link_fields()
		if field.options == to_doctype and field.fieldname != "amended_from"
	]
	if links:
		return lambda table, name: table[links[0]] == name
	dynamic = meta.get_dynamic_link_fields()
	if dynamic:
		return lambda table, name: (
			(table[dynamic[0].options] == to_doctype) & (table[dynamic[0].fieldname] == name)
		)
	return None


def _quotation_of_opportunity(quotation, name: str) -> Where:
	"""ERPNext links a quotation by its header, or line by line when it collects several opportunities."""
	item = frappe.qb.DocType("Quotation Item")
	from_lines = (
		frappe.qb.from_(item)
		.select(item.parent)
		.where((item.prevdoc_doctype == "Opportunity") & (item.prevdoc_docname == name))
	)
	return (quotation.opportunity == name) | quotation.name.isin(from_lines)


def _submitted_quotations(name: str):
	quotation = frappe.qb.DocType("Quotation")
	return (
		frappe.qb.from_(quotation)
		.select(quotation.name)
		.where(_quotation_of_opportunity(quotation, name) & (quotation.docstatus == 1))
	)


def _orders_of_opportunity(name: str):
	item = frappe.qb.DocType("Sales Order Item")
	return (
		frappe.qb.from_(item)
		.select(item.parent)
		.where(item.prevdoc_docname.isin(_submitted_quotations(name)))
	)


def _sales_order_of_opportunity(order, name: str) -> Where:
	return order.name.isin(_orders_of_opportunity(name))


def _contract_of_opportunity(contract, name: str) -> Where:
	"""A contract names the quotation or the order that it is about."""
	of_quotation = (contract.document_type == "Quotation") & contract.document_name.isin(
		_submitted_quotations(name)
	)
	of_order = (contract.document_type == "Sales Order") & contract.document_name.isin(
		_orders_of_opportunity(name)
	)
	return of_quotation | of_order


def _event_with(doctype: str) -> Callable[..., Where]:
	def condition(event, name: str) -> Where:
		participant = frappe.qb.DocType("Event Participants")
		parents = (
			frappe.qb.from_(participant)
			.select(participant.parent)
			.where((participant.reference_doctype == doctype) & (participant.reference_docname == name))
		)
		return event.name.isin(parents)

	return condition


def _message_about(doctype: str) -> Callable[..., Where]:
	def condition(message, name: str) -> Where:
		link = frappe.qb.DocType("Communication Link")
		parents = (
			frappe.qb.from_(link)
			.select(link.parent)
			.where((link.link_doctype == doctype) & (link.link_name == name))
		)
		direct = (message.reference_doctype == doctype) & (message.reference_name == name)
		return direct | message.name.isin(parents)

	return condition


LINKS: dict[tuple[str, str], Callable[..., Where]] = {
	("Opportunity", "Quotation"): _quotation_of_opportunity,
	("Opportunity", "Sales Order"): _sales_order_of_opportunity,
	("Opportunity", "Contract"): _contract_of_opportunity,
	("Opportunity", "Event"): _event_with("Opportunity"),
	("Opportunity", "Communication"): _message_about("Opportunity"),
	("Lead", "Event"): _event_with("Lead"),
	("Lead", "Communication"): _message_about("Lead"),
}
