"""The recorded revisions of a quote: which there are, which one is current, and what differs between two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import flt, get_fullname, strip_html

from pipeline_ext.domain.quotes import MEASURES, QuoteMeasures, Unit
from pipeline_ext.domain.revisions import Change, Difference, RowChange, diff, passages
from pipeline_ext.reports import quotations
from pipeline_ext.reports.quote_rows import rows_of
from pipeline_ext.subjects import MEASURE_LABELS

REVISION = "Quote Revision"
HEAD = ["name", "quotation", "first_quotation", "number", "submitted_on", "submitted_by", "approval"]

LONG_TEXTS = ("Text Editor", "Text", "Small Text", "Long Text")
NUMBERS = ("Currency", "Float", "Percent", "Int")
TITLES = {
	"items": "item_code",
	"packed_items": "item_code",
	"taxes": "account_head",
	"payment_schedule": "payment_term",
}
COLUMNS = {
	"items": ("qty", "rate", "discount_percent", "net_amount"),
	"packed_items": ("qty",),
	"taxes": ("rate", "tax_amount"),
	"payment_schedule": ("due_date", "invoice_portion", "payment_amount"),
}
"""What is shown of every row that differs; anything else of it only where it does."""

LINE_AMOUNTS = ("quoted_value", "list_value", "discount_amount", "margin_amount")
TOLD_BY_THE_NET_TOTAL = "quoted_value"
FIELDTYPE_OF_UNIT = {
	Unit.PERCENT: "Percent",
	Unit.MONEY: "Currency",
	Unit.COUNT: "Int",
	Unit.DAYS: "Float",
	Unit.FLAG: "Check",
}


# A state as it is recorded


def content_of(doc: Document, measures: QuoteMeasures) -> dict[str, Any]:
	"""Everything commercial in a quotation, with the measured discount of each line, ready for JSON."""
	content = quotations.commercial_content(doc)
	discounts = {line.key: line.discount_percent for line in measures.lines}
	for row, recorded in zip(rows_of(doc), content["items"], strict=True):
		recorded["discount_percent"] = _number(discounts.get(row.key))
	return content


def measures_data(measures: QuoteMeasures) -> dict[str, float | None]:
	"""The measures of the whole quote, ready for JSON; None where one was not taken."""
	return {name: _number(measures.total(name)) for name in MEASURES if name != TOLD_BY_THE_NET_TOTAL}


def lines_data(doc: Document, measures: QuoteMeasures) -> list[dict[str, Any]]:
	"""What each line gives away in company currency, ready for JSON; alternatives are left out."""
	alternatives = {row.key for row in rows_of(doc) if row.is_alternative}
	return [
		{"item": line.item, **{name: _number(getattr(line, name)) for name in LINE_AMOUNTS}}
		for line in measures.lines
		if line.key not in alternatives
	]


def _number(value: Any) -> float | None:
	return None if value is None else flt(value)


# Which revisions there are


def quote_of(quotation: str) -> str | None:
	"""The first quotation of a quote, by whose name all its revisions go; None where none is recorded."""
	return frappe.db.get_value(REVISION, {"quotation": quotation}, "first_quotation")


def last_of(quote: str, for_update: bool = False) -> frappe._dict | None:
	"""The last revision of a quote; `for_update` locks it, and sees what others have just written."""
	return frappe.db.get_value(
		REVISION,
		{"first_quotation": quote},
		[*HEAD, "fingerprint"],
		order_by="number desc",
		as_dict=True,
		for_update=for_update,
	)


def current_of(quotation: str, for_update: bool = False) -> str | None:
	"""The quotation that counts now, of the quote that a quotation belongs to; None once it is cancelled."""
	quote = quote_of(quotation)
	last = quote and last_of(quote, for_update)
	submitted = last and {"name": last.quotation, "docstatus": 1}
	return submitted and frappe.db.get_value("Quotation", submitted, for_update=for_update)


def revisions_of(quotation: str) -> list[dict[str, Any]]:
	"""The revisions of its quote that the user may read, the latest first; a draft's are those before it."""
	predecessor = frappe.db.get_value("Quotation", quotation, "pe_revision_of")
	quote = quote_of(quotation) or quote_of(predecessor)
	rows = frappe.get_list(
		REVISION,
		filters={"first_quotation": quote},
		fields=[*HEAD, "content"],
		order_by="number desc",
		limit_page_length=0,
	)
	current = current_of(quotation) or current_of(predecessor)
	return [{**_head(row), "is_current": row == rows[0] and row.quotation == current} for row in rows]


def _head(row: Document | frappe._dict) -> dict[str, Any]:
	content = json.loads(row.content)
	return {
		**{field: row.get(field) for field in HEAD},
		"submitted_by_name": get_fullname(row.submitted_by),
		"currency": content["currency"],
		"net_total": content["net_total"],
	}


# What differs


def compare(older: Document, newer: Document) -> dict[str, Any]:
	"""What differs between two revisions, in words and typed values; measures in company currency."""
	before, after = json.loads(older.content), json.loads(newer.content)
	meta = frappe.get_meta("Quotation")
	difference = diff(before, after)
	measures = diff(json.loads(older.measures), json.loads(newer.measures))
	fields = [_field(meta, change) for change in difference.fields]
	return {
		"older": _head(older),
		"newer": _head(newer),
		"company_currency": frappe.get_cached_value("Company", after["company"], "default_currency"),
		"measures": [_measure(change) for change in measures.fields],
		"tables": _tables(meta, difference),
		"figures": [field for field in fields if field["fieldtype"] in NUMBERS],
		"terms": [field for field in fields if field["fieldtype"] not in (*NUMBERS, *LONG_TEXTS)],
		"texts": [_text(field) for field in fields if field["fieldtype"] in LONG_TEXTS],
	}


def _measure(change: Change) -> dict[str, Any]:
	return {
		**_values(change),
		"label": _(MEASURE_LABELS[change.field]),
		"fieldtype": FIELDTYPE_OF_UNIT[MEASURES[change.field].unit],
	}


def _values(change: Change) -> dict[str, Any]:
	return {"field": change.field, "old": change.old, "new": change.new, "is_better": change.is_better}


def _field(meta: Meta, change: Change) -> dict[str, Any]:
	described = _described(meta, change.field)
	if described["fieldtype"] in LONG_TEXTS:
		change = replace(change, old=_as_text(change.old), new=_as_text(change.new))
	return {**_values(change), **described}


def _described(meta: Meta, fieldname: str) -> dict[str, str]:
	"""Its label and fieldtype; the measured discount is the one value that is no field of the row."""
	if fieldname == "discount_percent":
		return {"label": _(MEASURE_LABELS[fieldname]), "fieldtype": "Percent"}
	field = meta.get_field(fieldname)
	if field is None:
		return {"label": fieldname, "fieldtype": "Data"}
	return {"label": _(field.label), "fieldtype": field.fieldtype}


def _tables(meta: Meta, difference: Difference) -> list[dict[str, Any]]:
	tables = dict.fromkeys(change.table for change in difference.rows)
	return [_table(meta, table, [row for row in difference.rows if row.table == table]) for table in tables]


def _table(meta: Meta, table: str, rows: Iterable[RowChange]) -> dict[str, Any]:
	row_meta = frappe.get_meta(meta.get_field(table).options)
	columns = COLUMNS.get(table, ())
	return {
		"table": table,
		"label": _(meta.get_label(table)),
		"columns": [{"field": field, **_described(row_meta, field)} for field in columns],
		"rows": [_row(row_meta, change, columns) for change in rows],
	}


def _row(row_meta: Meta, change: RowChange, columns: tuple[str, ...]) -> dict[str, Any]:
	changed = {each.field: each for each in change.changes}
	old, new = change.old or {}, change.new or {}
	shown = [changed.get(field) or Change(field, old.get(field), new.get(field)) for field in columns]
	return {
		"kind": change.kind.value,
		"title": (new or old).get(TITLES.get(change.table)) or "",
		"cells": [{**_values(cell), "is_changed": cell.field in changed} for cell in shown],
		"also": [_field(row_meta, each) for each in change.changes if each.field not in columns],
	}


def _text(field: Mapping[str, Any]) -> dict[str, Any]:
	parts = passages(field["old"], field["new"])
	return {
		"label": field["label"],
		"passages": [{"kind": part.kind.value, "text": part.text} for part in parts],
	}


def _as_text(html: str | None) -> str:
	"""Formatted text as plain text, a line for each paragraph."""
	lines = re.sub(r"(?i)</(p|div|li|h\d|tr)>|<br\s*/?>", "\n", html or "")
	return unescape(strip_html(lines)).strip()
