"""Refuses numbers that a quotation or an order cannot have, each by its name and row."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt

from pipeline_ext.reports import policies
from pipeline_ext.reports.quote_numbers import BadNumber, is_usable, refuse_unusable

NUMERIC = ("Currency", "Float", "Percent", "Int")
DISCOUNT_ON_ALL = "additional_discount_percentage"
ON_THE_WHOLE = ("plc_conversion_rate", DISCOUNT_ON_ALL, "discount_amount")
ON_A_LINE = ("qty", "conversion_factor", "price_list_rate", "rate")
NEVER_NEGATIVE: Mapping[str, tuple[str, ...]] = {
	"Quotation": ON_THE_WHOLE,
	"Sales Order": ON_THE_WHOLE,
	"Quotation Item": ON_A_LINE,
	"Sales Order Item": ON_A_LINE,
	"Payment Schedule": ("invoice_portion", "payment_amount", "discount"),
}
"""A line's own discount and margin may be negative: its rate follows from them, and is what counts."""
SHARE_GIVEN: Mapping[str, str] = {
	"Quotation": DISCOUNT_ON_ALL,
	"Sales Order": DISCOUNT_ON_ALL,
	"Quotation Item": "discount_percentage",
	"Sales Order Item": "discount_percentage",
	"Payment Schedule": "discount",
}


def refuse_bad_numbers(doc: Document, company: str | None) -> None:
	"""Refuse what nothing can be counted with, and what nobody can offer, before ERPNext counts with it."""
	refuse_unusable_numbers(doc)
	refuse_impossible_numbers(doc, company)


def refuse_unusable_numbers(doc: Document) -> None:
	"""Refuse a number that is none, or that no database column holds."""
	for doctype, rows in groupby((doc, *doc.get_all_children()), key=attrgetter("doctype")):
		numbers = frappe.get_meta(doctype).get("fields", {"fieldtype": ("in", NUMERIC)})
		for row in rows:
			for df in numbers:
				if not is_usable(flt(row.get(df.fieldname))):
					refuse_unusable(_label(row, df.fieldname), row.get(df.fieldname))


def refuse_impossible_numbers(doc: Document, company: str | None) -> None:
	"""Refuse what is below zero, or discounted by more than all of it; also what ERPNext has made so.

	Where no policy counts, ERPNext's own rules do: it has orders with a negative rate.
	"""
	if not policies.are_for(company):
		return
	for row in (doc, *doc.get_all_children()):
		_refuse_negative(row)
		_refuse_more_than_all(row)


def _refuse_negative(row: Document) -> None:
	for fieldname in NEVER_NEGATIVE.get(row.doctype, ()):
		if flt(row.get(fieldname)) < 0:
			frappe.throw(
				_(
					"{0} is {1}, which is below zero. Give money back as a discount or as a negative charge."
				).format(_label(row, fieldname), escape_html(cstr(row.get(fieldname)))),
				frappe.NonNegativeError,
				title=_("Negative Value"),
			)


def _refuse_more_than_all(row: Document) -> None:
	fieldname = SHARE_GIVEN.get(row.doctype)
	if fieldname and row.get("discount_type") != "Amount" and flt(row.get(fieldname)) > 100:
		frappe.throw(
			_("{0} is {1} %. Enter no more than 100 %.").format(
				_label(row, fieldname), escape_html(cstr(row.get(fieldname)))
			),
			BadNumber,
			title=_("More Than 100 %"),
		)


def _label(row: Document, fieldname: str) -> str:
	df = row.meta.get_field(fieldname)
	label = _(df.label, context=df.parent)
	return _("{0} in row {1}").format(label, row.idx) if row.get("parentfield") else label
