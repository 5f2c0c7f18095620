"""Rows of field, operator and value, as an admin types them, to comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import frappe

from pipeline_ext.domain.comparison import Aggregate, Comparison, Kind, operand_from
from pipeline_ext.reports.fields import is_column, kind_of


class Row(Protocol):
	"""A row of a form or of the database that states a comparison."""

	field: str | None
	operator: str
	value: str | None

	def get(self, name: str) -> Any: ...


def stated_by(parenttype: str, names: Iterable[str]) -> dict[str, list[frappe._dict]]:
	"""The conditions of these documents, such as pipelines, in their order, by the document's name."""
	rows = frappe.get_all(
		"Pipeline Condition",
		{"parenttype": parenttype, "parent": ("in", list(names))},
		["parent", "field", "operator", "value"],
		order_by="idx",
	)
	asked: dict[str, list[frappe._dict]] = {}
	for row in rows:
		asked.setdefault(row.parent, []).append(row)
	return asked


def aggregate_of(row: Row) -> Aggregate | None:
	return Aggregate(row.get("aggregate")) if row.get("aggregate") else None


def comparison_of(doctype: str, row: Row) -> Comparison:
	"""The comparison that a row states. Raises OperandError for a value that does not fit its field."""
	return _comparison(doctype, row, aggregate_of(row))


def condition_of(doctype: str, row: Row) -> Comparison:
	"""The same, where a column of a table holds if any of its rows does."""
	return _comparison(doctype, row, Aggregate.ANY if is_column(doctype, row.field or "") else None)


def _comparison(doctype: str, row: Row, aggregate: Aggregate | None) -> Comparison:
	kind = kind_of(doctype, row.field or "", aggregate) or Kind.TEXT
	operand = operand_from(row.value, kind, row.operator)
	return Comparison(row.field or "", kind, row.operator, operand, aggregate)
