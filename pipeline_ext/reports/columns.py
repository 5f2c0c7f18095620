"""Columns of script reports, each with a description that shows over its head."""

from __future__ import annotations

from typing import Any

import frappe

Column = dict[str, Any]

NUMBERS = ("Currency", "Float", "Int", "Percent")


def column(
	fieldname: str,
	label: str,
	description: str,
	fieldtype: str = "Data",
	width: int = 120,
	options: str | None = None,
	precision: int | None = None,
	figure: str | None = None,
) -> Column:
	"""A column of any type; numbers stand right. Those with a `figure` open the deals that they count."""
	return {
		"fieldname": fieldname,
		"label": label,
		"description": description,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
		"precision": precision,
		"figure": figure,
		"align": "right" if fieldtype in NUMBERS else "left",
	}


def link(fieldname: str, label: str, description: str, doctype: str, width: int = 160) -> Column:
	"""A link; plain text for who may not open it, because Frappe refuses to run a report that links there."""
	readable = frappe.has_permission(doctype, "read") or frappe.has_permission(doctype, "select")
	return column(fieldname, label, description, "Link" if readable else "Data", width, doctype)


def hidden(fieldname: str) -> Column:
	"""A column that others need, as the currency of an amount or the type of a dynamic link."""
	return {"fieldname": fieldname, "label": fieldname, "fieldtype": "Data", "hidden": 1}
