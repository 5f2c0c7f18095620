"""The Lead To Cash report: each deal's way from the lead to the money, in company currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from pipeline_ext.domain.lead_to_cash import Standing
from pipeline_ext.reports import lead_to_cash
from pipeline_ext.reports.lead_to_cash import LeadToCash

Column = dict[str, Any]
Row = dict[str, Any]


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	report = lead_to_cash.read(filters)
	columns, data = get_columns(), get_data(report)
	return columns, data, get_message(report), get_chart(report), get_summary(report)


def get_columns() -> list[Column]:
	"""The columns in the order of the way; the descriptions show over the column heads."""
	return [
		_link("opportunity", _("Opportunity"), _("The deal"), "Opportunity"),
		_data("title", _("Title"), _("What the deal is called"), 180),
		_data("standing", _("Where It Stands"), _("The last step the deal has taken in full"), 140),
		_party(),
		_link("lead", _("Lead"), _("The lead behind the deal, also by way of its prospect"), "Lead"),
		_source(),
		_link("opportunity_owner", _("Deal Owner"), _("Who works on the deal"), "User"),
		_link("sales_stage", _("Sales Stage"), _("Stage of the opportunity now"), "Sales Stage"),
		_data("status", _("Status"), _("Status of the opportunity now"), 100),
		_data("currency", _("Currency"), _("Currency of all amounts: the company's"), 90),
		_amount("amount", _("Deal Amount"), _("Amount of the opportunity")),
		_date("created_on", _("Deal Date"), _("Date of the opportunity")),
		_link("quotation", _("Latest Quotation"), _("The latest submitted quotation"), "Quotation"),
		_amount("quoted", _("Quoted"), _("The deal's part of its latest submitted quotation")),
		_date("quoted_on", _("Quoted On"), _("Date of the latest submitted quotation")),
		_link("sales_order", _("First Order"), _("The first submitted sales order"), "Sales Order"),
		_number("sales_orders", _("Orders"), _("Number of submitted sales orders"), 90),
		_amount("ordered", _("Ordered"), _("The deal's part of its sales orders")),
		_date("ordered_on", _("Ordered On"), _("Date of the first sales order")),
		_amount("delivered", _("Delivered"), _("The deal's part of what was delivered, less returns")),
		_date("delivered_on", _("Delivered On"), _("Date of the latest delivery or return")),
		_link("sales_invoice", _("First Invoice"), _("The first submitted sales invoice"), "Sales Invoice"),
		_number("sales_invoices", _("Invoices"), _("Number of submitted invoices and credit notes"), 90),
		_amount("invoiced", _("Invoiced"), _("The deal's part of its invoices, less credit notes")),
		_date("invoiced_on", _("Invoiced On"), _("Date of the first sales invoice")),
		_amount("paid", _("Paid"), _("Payments on the invoices, and advances on the orders")),
		_date("paid_on", _("Paid On"), _("Date of the latest payment")),
		_amount("outstanding", _("Outstanding"), _("What is invoiced and not paid")),
		_number("days", _("Days to Cash"), _("From the lead, or the deal, to the last payment"), 130),
		{"fieldname": "party_type", "label": _("Party Type"), "fieldtype": "Data", "hidden": 1},
	]


def get_data(report: LeadToCash) -> list[Row]:
	"""The rows, in the reader's language."""
	labels = _standing_labels()
	return [
		{**row, "standing": labels[Standing(row["standing"])], "status": _(row["status"])}
		for row in report.rows
	]


def get_message(report: LeadToCash) -> str | None:
	"""What the rows lack, for their number or because the reader may not see it; None if nothing."""
	sentences = []
	if report.deals > len(report.rows):
		sentences.append(
			_("Listed are the latest {0} of {1} deals; chart and totals are of all of them.").format(
				len(report.rows), report.deals
			)
		)
	if report.unreadable:
		sentences.append(
			_("You may not read {0}: those columns are blank.").format(
				frappe.bold(", ".join(_(doctype) for doctype in report.unreadable))
			)
		)
	if report.withheld:
		sentences.append(
			_("Documents you may not read, and which are left out: {0}.").format(frappe.bold(report.withheld))
		)
	if sentences:
		sentences.append(_("Where It Stands counts only what you may read."))
	return " ".join(sentences) or None


def get_chart(report: LeadToCash) -> dict[str, Any] | None:
	"""What was quoted, and what has become of it, step by step."""
	steps = _totals(report, ("quoted", "ordered", "delivered", "invoiced", "paid"))
	if not steps:
		return None
	return {
		"data": {
			"labels": list(steps),
			"datasets": [{"name": _("Value"), "values": list(steps.values())}],
		},
		"type": "bar",
		"colors": ["#449cf0"],
		"fieldtype": "Currency",
		"options": "currency",
		"currency": report.currency,
	}


def get_summary(report: LeadToCash) -> list[dict[str, Any]]:
	"""The totals of the amounts the reader may see."""
	totals = _totals(report, ("quoted", "ordered", "invoiced", "paid", "outstanding"))
	return [
		{"label": label, "value": total, "datatype": "Currency", "currency": report.currency}
		for label, total in totals.items()
	]


def _totals(report: LeadToCash, fieldnames: tuple[str, ...]) -> dict[str, float]:
	"""Totals by label, without those that are blank in all rows."""
	labels = _amount_labels()
	return {labels[name]: report.totals[name] for name in fieldnames if name in report.totals}


def _amount_labels() -> dict[str, str]:
	return {
		"quoted": _("Quoted"),
		"ordered": _("Ordered"),
		"delivered": _("Delivered"),
		"invoiced": _("Invoiced"),
		"paid": _("Paid"),
		"outstanding": _("Outstanding"),
	}


def _standing_labels() -> dict[Standing, str]:
	return {
		Standing.OPPORTUNITY: _("Opportunity"),
		Standing.QUOTED: _("Quoted"),
		Standing.ORDERED: _("Ordered"),
		Standing.PARTLY_DELIVERED: _("Partly delivered"),
		Standing.DELIVERED: _("Delivered"),
		Standing.INVOICED: _("Invoiced"),
		Standing.PAID: _("Paid"),
	}


def _column(
	fieldname: str, label: str, description: str, fieldtype: str, width: int, options: str | None = None
) -> Column:
	return {
		"fieldname": fieldname,
		"label": label,
		"description": description,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
		"align": "right" if fieldtype in ("Currency", "Int") else "left",
	}


def _data(fieldname: str, label: str, description: str, width: int) -> Column:
	return _column(fieldname, label, description, "Data", width)


def _link(fieldname: str, label: str, description: str, doctype: str) -> Column:
	"""A link; plain text for who may not open it, because Frappe refuses to run a report that links there."""
	readable = frappe.has_permission(doctype, "read") or frappe.has_permission(doctype, "select")
	return _column(fieldname, label, description, "Link" if readable else "Data", 200, doctype)


def _amount(fieldname: str, label: str, description: str) -> Column:
	return _column(fieldname, label, description, "Currency", 120, "currency")


def _date(fieldname: str, label: str, description: str) -> Column:
	return _column(fieldname, label, description, "Date", 120)


def _number(fieldname: str, label: str, description: str, width: int) -> Column:
	return _column(fieldname, label, description, "Int", width)


def _party() -> Column:
	description = _("The customer, lead or prospect the opportunity is for")
	return _column("party", _("Party"), description, "Dynamic Link", 200, "party_type")


def _source() -> Column:
	source = frappe.get_meta("Opportunity").get_field(lead_to_cash.source_field())
	return _link("source", _("Source"), _("Where the deal came from"), source.options)
