"""What can be compared of a document: its fields, those of linked documents, columns of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import flt

from pipeline_ext.domain.comparison import Aggregate, Kind
from pipeline_ext.reports.quote_numbers import Exchange
from pipeline_ext.reports.quote_party import party_of
from pipeline_ext.subjects import Fields

KINDS = {
	Kind.NUMBER: ("Int", "Float", "Currency", "Percent", "Duration", "Rating", "Long Int"),
	Kind.DATE: ("Date", "Datetime"),
	Kind.FLAG: ("Check",),
	Kind.TABLE: ("Table", "Table MultiSelect"),
	Kind.TEXT: (
		"Data",
		"Link",
		"Dynamic Link",
		"Select",
		"Autocomplete",
		"Small Text",
		"Text",
		"Long Text",
		"Text Editor",
		"Markdown Editor",
		"HTML Editor",
		"Code",
		"Phone",
		"Read Only",
		"Attach",
		"Attach Image",
		"Time",
		"Color",
		"Icon",
		"Geolocation",
		"Signature",
	),
}
KIND_OF_FIELDTYPE = {fieldtype: kind for kind, fieldtypes in KINDS.items() for fieldtype in fieldtypes}
FREE_TEXTS = ("Data", "Small Text", "Text", "Long Text", "Text Editor", "Markdown Editor", "HTML Editor")


Find = Callable[[Fields], tuple[str, str] | None]
"""From a document to the DocType and name of one that belongs to it."""


@dataclass(frozen=True)
class Relation:
	"""A document that belongs to another without being named in one of its Link fields."""

	label: str
	doctypes: tuple[str, ...]
	find: Find


@dataclass(frozen=True)
class Derived:
	"""A value that is worked out from other documents."""

	label: str
	kind: Kind
	work_out: Callable[[Fields], Any]


def _party(doc: Fields) -> tuple[str, str] | None:
	doctype, name = doc.get("opportunity_from"), doc.get("party_name")
	return (doctype, name) if doctype and name else None


def _party_of_quote(doc: Document) -> tuple[str, str] | None:
	doctype, name = party_of(doc)
	return (doctype, name) if doctype and name else None


def _customer_of(find_party: Find) -> Find:
	"""The party itself, or the customer that the lead or prospect has become."""

	def find(doc: Fields) -> tuple[str, str] | None:
		party = find_party(doc)
		if party is None or party[0] == "Customer":
			return party
		field = {"Lead": "lead_name", "Prospect": "prospect_name"}.get(party[0])
		if not field or not frappe.get_meta("Customer").has_field(field):
			return None
		name = frappe.db.get_value("Customer", {field: party[1]})
		return ("Customer", name) if name else None

	return find


_customer, _customer_of_quote = _customer_of(_party), _customer_of(_party_of_quote)


def _customer_of_lead(doc: Fields) -> tuple[str, str] | None:
	name = frappe.db.get_value("Customer", {"lead_name": doc.get("name")}) if doc.get("name") else None
	return ("Customer", name) if name else None


def _is_new_customer(find: Find) -> Callable[[Fields], bool]:
	def work_out(doc: Fields) -> bool:
		customer = find(doc)
		if customer is None or customer[0] != "Customer":
			return True
		return not frappe.db.exists("Sales Order", {"customer": customer[1], "docstatus": 1})

	return work_out


def _of_customer(fieldname: str) -> Callable[[Fields], Any]:
	"""What the customer's own record says, else that of a party who is no customer yet."""

	def work_out(doc: Fields) -> Any:
		targets = filter(None, (find(doc) for find in (_customer_of_quote, _party_of_quote)))
		target = next((each for each in targets if frappe.get_meta(each[0]).has_field(fieldname)), None)
		return frappe.get_cached_value(*target, fieldname) if target else None

	return work_out


def _of_items(fieldname: str) -> Callable[[Fields], tuple]:
	"""What the items' own records say, row by row."""

	def work_out(doc: Fields) -> tuple:
		codes = [row.get("item_code") for row in doc.get("items") or ()]
		asked = {"name": ("in", list(dict.fromkeys(codes)))}
		known = dict(frappe.get_all("Item", asked, ["name", fieldname], as_list=True, order_by=None))
		return tuple(known.get(code) for code in codes)

	return work_out


def _in_company_currency(fieldname: str) -> Callable[[Document], float]:
	"""An amount by the site's own exchange rate. Raises ExchangeRateMissing."""

	def work_out(doc: Document) -> float:
		return flt(doc.get(fieldname)) * float(Exchange.of(doc).quote_rate)

	return work_out


OF_QUOTE: dict[str, Derived] = {
	"customer_group": Derived("Customer Group", Kind.TEXT, _of_customer("customer_group")),
	"territory": Derived("Territory", Kind.TEXT, _of_customer("territory")),
	"items.item_group": Derived("Items: Item Group", Kind.TEXT, _of_items("item_group")),
	"items.brand": Derived("Items: Brand", Kind.TEXT, _of_items("brand")),
	"base_total": Derived("Total (Company Currency)", Kind.NUMBER, _in_company_currency("total")),
	"base_net_total": Derived("Net Total (Company Currency)", Kind.NUMBER, _in_company_currency("net_total")),
	"base_grand_total": Derived(
		"Grand Total (Company Currency)", Kind.NUMBER, _in_company_currency("grand_total")
	),
}
"""What stands in a quotation or an order too, where anything can be written into it."""
PARTIES = ("Customer", "Lead", "Prospect")
RELATIONS: dict[str, dict[str, Relation]] = {
	"Opportunity": {
		"party": Relation("Party", PARTIES, _party),
		"customer": Relation("Customer", ("Customer",), _customer),
	},
	"Lead": {"new_customer": Relation("Customer", ("Customer",), _customer_of_lead)},
	"Quotation": {
		"party": Relation("Party", PARTIES, _party_of_quote),
		"customer": Relation("Customer", ("Customer",), _customer_of_quote),
	},
	"Sales Order": {
		"party": Relation("Party", ("Customer",), _party_of_quote),
		"customer": Relation("Customer", ("Customer",), _party_of_quote),
	},
}
DERIVED: dict[str, dict[str, Derived]] = {
	"Opportunity": {
		"is_new_customer": Derived("New Customer (No Order Yet)", Kind.FLAG, _is_new_customer(_customer))
	},
	"Lead": {
		"is_new_customer": Derived(
			"New Customer (No Order Yet)", Kind.FLAG, _is_new_customer(_customer_of_lead)
		)
	},
	"Quotation": OF_QUOTE,
	"Sales Order": OF_QUOTE,
}


def kind_of(doctype: str, path: str, aggregate: Aggregate | None = None) -> Kind | None:
	"""The kind of what a path leads to; None where there is nothing that can be compared."""
	head, _dot, tail = path.partition(".")
	if not tail:
		return _kind_of_own(doctype, head, aggregate)
	if _is_table(doctype, head):
		rows = frappe.get_meta(doctype).get_field(head).options
		return _kind_of_rows(_kind_in((rows,), tail), aggregate)
	return _kind_in(_targets(doctype, head), tail) if aggregate is None else None


def is_column(doctype: str, path: str) -> bool:
	"""Whether a path leads to a column of one of the document's tables."""
	head, _dot, tail = path.partition(".")
	return bool(tail) and _is_table(doctype, head)


def _is_table(doctype: str, fieldname: str) -> bool:
	field = frappe.get_meta(doctype).get_field(fieldname)
	return bool(field) and KIND_OF_FIELDTYPE.get(field.fieldtype) is Kind.TABLE


def _kind_of_own(doctype: str, fieldname: str, aggregate: Aggregate | None) -> Kind | None:
	if derived := DERIVED.get(doctype, {}).get(fieldname):
		return derived.kind if aggregate is None else None
	kind = _kind_in((doctype,), fieldname)
	if aggregate is None:
		return kind
	return Kind.NUMBER if kind is Kind.TABLE and aggregate is Aggregate.COUNT else None


def _kind_of_rows(column: Kind | None, aggregate: Aggregate | None) -> Kind | None:
	if aggregate in (Aggregate.ANY, Aggregate.ALL):
		return column
	if aggregate is Aggregate.COUNT:
		return Kind.NUMBER if column else None
	return Kind.NUMBER if aggregate is Aggregate.SUM and column is Kind.NUMBER else None


def _kind_in(doctypes: Iterable[str], fieldname: str) -> Kind | None:
	"""The kind of a field in the first of the DocTypes that has it."""
	metas = (frappe.get_meta(doctype) for doctype in doctypes)
	fields = (meta.get_field(fieldname) for meta in metas)
	return next((KIND_OF_FIELDTYPE.get(field.fieldtype) for field in fields if field), None)


def _targets(doctype: str, head: str) -> tuple[str, ...]:
	"""The DocTypes that a path's first part may lead to."""
	if relation := RELATIONS.get(doctype, {}).get(head):
		return relation.doctypes
	field = frappe.get_meta(doctype).get_field(head)
	return (field.options,) if field and field.fieldtype == "Link" else ()


def values_of(doc: Document, paths: Iterable[str]) -> dict[str, Any]:
	"""What the paths lead to: nothing for one that leads nowhere, None where a linked document is missing."""
	values: dict[str, Any] = {}
	linked: dict[str, list[str]] = {}
	for path in paths:
		head, _dot, tail = path.partition(".")
		derived = DERIVED.get(doc.doctype, {}).get(path)
		if derived:
			values[path] = derived.work_out(doc)
		elif is_column(doc.doctype, path):
			values[path] = tuple(row.get(tail) for row in doc.get(head) or ())
		elif tail:
			linked.setdefault(head, []).append(tail)
		elif doc.meta.get_field(head):
			values[path] = doc.get(head)
	for head, fieldnames in linked.items():
		values.update(_linked_values(doc, head, fieldnames))
	return values


def _linked_values(doc: Document, head: str, fieldnames: list[str]) -> dict[str, Any]:
	if not _targets(doc.doctype, head):
		return {}
	target = _target(doc, head)
	if target is None:
		return {f"{head}.{fieldname}": None for fieldname in fieldnames}
	doctype, name = target
	known = [fieldname for fieldname in fieldnames if frappe.get_meta(doctype).has_field(fieldname)]
	row = frappe.db.get_value(doctype, name, known, as_dict=True) if known else None
	return {f"{head}.{fieldname}": (row or {}).get(fieldname) for fieldname in fieldnames}


def _target(doc: Document, head: str) -> tuple[str, str] | None:
	if relation := RELATIONS.get(doc.doctype, {}).get(head):
		return relation.find(doc)
	name = doc.get(head)
	return (doc.meta.get_field(head).options, name) if name else None


def is_free_text(doctype: str, path: str) -> bool:
	"""Whether people type what they like into a field of the document itself."""
	field = frappe.get_meta(doctype).get_field(path)
	return bool(field) and field.fieldtype in FREE_TEXTS


def comparable(doctype: str) -> list[dict[str, str]]:
	"""Paths that a criterion may name, as options for a form: value, label, description (the kind)."""
	options = _options(frappe.get_meta(doctype), "", "")
	for name, derived in DERIVED.get(doctype, {}).items():
		options.append({"value": name, "label": _(derived.label), "description": derived.kind.value})
	for name, relation in RELATIONS.get(doctype, {}).items():
		for target in relation.doctypes:
			label = f"{_(relation.label)} ({_(target)})" if len(relation.doctypes) > 1 else _(relation.label)
			options += _options(frappe.get_meta(target), f"{name}.", f"{label}: ")
	for table in frappe.get_meta(doctype).get_table_fields():
		columns = _options(frappe.get_meta(table.options), f"{table.fieldname}.", f"{_(table.label)}: ")
		options += [column for column in columns if column["description"] != Kind.TABLE.value]
	return list({option["value"]: option for option in reversed(options)}.values())[::-1]


def _options(meta: Meta, prefix: str, label_prefix: str) -> list[dict[str, str]]:
	return [
		{
			"value": prefix + field.fieldname,
			"label": label_prefix + _(field.label or field.fieldname),
			"description": kind.value,
		}
		for field in meta.fields
		if (kind := KIND_OF_FIELDTYPE.get(field.fieldtype))
	]
