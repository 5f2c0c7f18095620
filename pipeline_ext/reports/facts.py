"""A document to the facts that criteria ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from pypika.terms import Criterion as Where

from pipeline_ext.domain.criteria import Facts
from pipeline_ext.domain.pipeline import Criterion, FieldCriterion, Kind, LinkedCriterion

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


def kind_of(doctype: str, fieldname: str) -> Kind | None:
	"""The kind of a field; None where the DocType has no such field that can be compared."""
	field = frappe.get_meta(doctype).get_field(fieldname)
	return KIND_OF_FIELDTYPE.get(field.fieldtype) if field else None


def comparable_fields(doctype: str) -> list[dict[str, str]]:
	"""Fields that a criterion may name, as options for a form: value, label, description (the kind)."""
	return [
		{
			"value": field.fieldname,
			"label": _(field.label or field.fieldname),
			"description": kind.value,
		}
		for field in frappe.get_meta(doctype).fields
		if (kind := KIND_OF_FIELDTYPE.get(field.fieldtype))
	]


def facts_from(doc: Document, criteria: Iterable[Criterion]) -> Facts:
	"""Only what the criteria name; one query for each kind of linked document they ask for."""
	criteria = tuple(criteria)
	fields = {criterion.field for criterion in criteria if isinstance(criterion, FieldCriterion)}
	doctypes = {criterion.doctype for criterion in criteria if isinstance(criterion, LinkedCriterion)}
	known = {field: doc.get(field) for field in fields if doc.meta.get_field(field)}
	linked = {}
	for doctype in sorted(doctypes):
		linked.update(_count_linked(doc, doctype))
	return Facts(values=known, linked=linked)


def can_be_linked(to_doctype: str, doctype: str) -> bool:
	"""Whether documents of `doctype` can be found from a document of `to_doctype`."""
	return bool(_link_condition(to_doctype, doctype))


def _count_linked(doc: Document, doctype: str) -> dict[tuple[str, str], int]:
	"""How many linked documents there are in each state; cancelled ones do not count."""
	condition = _link_condition(doc.doctype, doctype)
	if not condition:
		return {}
	table = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(table)
		.select(table.docstatus, Count(table.name))
		.where(condition(table, doc.name) & (table.docstatus < 2))
		.groupby(table.docstatus)
		.run()
		if doc.name
		else ()
	)
	counts = dict(rows)
	return {
		(doctype, "Any"): sum(counts.values()),
		(doctype, "Draft"): counts.get(0, 0),
		(doctype, "Submitted"): counts.get(1, 0),
	}


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


def _sales_order_of_opportunity(order, name: str) -> Where:
	quotation = frappe.qb.DocType("Quotation")
	item = frappe.qb.DocType("Sales Order Item")
	quotations = (
		frappe.qb.from_(quotation)
		.select(quotation.name)
		.where(_quotation_of_opportunity(quotation, name) & (quotation.docstatus == 1))
	)
	orders = frappe.qb.from_(item).select(item.parent).where(item.prevdoc_docname.isin(quotations))
	return order.name.isin(orders)


LINKS: dict[tuple[str, str], Callable[..., Where]] = {
	("Opportunity", "Quotation"): _quotation_of_opportunity,
	("Opportunity", "Sales Order"): _sales_order_of_opportunity,
}
