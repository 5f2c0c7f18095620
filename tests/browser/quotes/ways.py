"""How quotations and orders are made, changed and submitted over HTTP, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
from requests import Response

from tests.browser import records
from tests.browser.rest import Session, is_clear_no
from tests.site import factories

WIDGET, GADGET = factories.WIDGET, factories.GADGET
LIST_RATE = factories.PRICES[WIDGET]
CHEAP_LIST = "HTTP Test Cheap Prices"
WAREHOUSE = "Stores - BT"
LATER = "2099-12-31"
Act = Callable[[Session, str, str], Response]
"""Something done to a document: who, its DocType and its name."""
SILENT = ("bulk_update", "the list's Submit", "delete_items")
"""These answer 200 and say in the body what they did not do."""
NOT_A_NUMBER = float("nan")


# What people do


def line(item_code: str = WIDGET, qty: float = 10, rate: float = LIST_RATE, **fields: Any) -> dict[str, Any]:
	return {"item_code": item_code, "qty": qty, "rate": rate, "warehouse": WAREHOUSE, **fields}


def charge(**fields: Any) -> dict[str, Any]:
	return {
		"charge_type": "Actual",
		"account_head": "Freight and Forwarding Charges - BT",
		"description": "Rebate",
		**fields,
	}


def new_quote(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
	"""A quotation that is not saved yet, of ten widgets at list price where no lines are given."""
	return {
		"doctype": "Quotation",
		"quotation_to": "Customer",
		"party_name": records.customer(),
		"company": records.COMPANY,
		"currency": factories.CURRENCY,
		"selling_price_list": factories.PRICE_LIST,
		"items": list(lines) or [line()],
		**fields,
	}


def insert(user: Session, doc: dict[str, Any]) -> Response:
	return user.send("POST", f"/api/resource/{doc['doctype']}", **doc)


def made(answer: Response) -> str:
	if not answer.ok:
		print(answer.text[-1500:])
	answer.raise_for_status()
	return answer.json()["data"]["name"]


def quote(user: Session, *lines: dict[str, Any], **fields: Any) -> str:
	return made(insert(user, new_quote(*lines, **fields)))


def ask(user: Session, name: str) -> str:
	"""Request the approval of a quotation; returns the name of the request."""
	user.run("pipeline_ext.api.request_approval", quotation=name).raise_for_status()
	return records.stored("Quotation", name, "pe_approval")


def decide(user: Session, approval: str, decision: str = "approve") -> Response:
	return user.run("pipeline_ext.api.decide", approval=approval, decision=decision, comment="Said over HTTP")


def put(user: Session, doctype: str, name: str, /, **fields: Any) -> Response:
	return user.send("PUT", f"/api/resource/{doctype}/{name}", **fields)


def submit(user: Session, doctype: str, name: str) -> Response:
	return put(user, doctype, name, docstatus=1)


def form_of(user: Session, doctype: str, name: str, /, **changes: Any) -> dict[str, Any]:
	return {**user.load(doctype, name), **changes}


def save_form(user: Session, name: str, /, **changes: Any) -> Response:
	"""As JSON inside JSON, which is how NaN comes through."""
	form = form_of(user, "Quotation", name, **changes)
	return user.run("frappe.desk.form.save.savedocs", doc=json.dumps(form), action="Save")


def mapped_order(user: Session, quotation: str) -> dict[str, Any]:
	"""The order that ERPNext makes of a quotation, of at most ten per line, not saved yet."""
	answer = user.run("erpnext.selling.doctype.quotation.quotation.make_sales_order", source_name=quotation)
	answer.raise_for_status()
	doc = answer.json()["message"]
	rows = [{**row, "qty": min(row["qty"], 10)} for row in doc["items"]]
	return {**doc, "items": rows, "delivery_date": LATER, "set_warehouse": WAREHOUSE, "payment_schedule": []}


def order(user: Session, quotation: str, **changes: Any) -> str:
	return made(insert(user, {**mapped_order(user, quotation), **changes}))


def worse(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
	"""An order whose first line is changed so."""

	def change(doc: dict[str, Any]) -> dict[str, Any]:
		return {**doc, "items": [{**doc["items"][0], **fields}, *doc["items"][1:]]}

	return change


def insert_as_admin(doctype: str, **fields: Any) -> str:
	return frappe.get_doc({"doctype": doctype, **fields}).insert(ignore_permissions=True).name


# Every way to submit

SUBMITS: dict[str, Act] = {
	"PUT resource": submit,
	"PUT document": lambda user, doctype, name: user.send(
		"PUT", f"/api/v2/document/{doctype}/{name}", docstatus=1
	),
	"PATCH document": lambda user, doctype, name: user.send(
		"PATCH", f"/api/v2/document/{doctype}/{name}", docstatus=1
	),
	"client.submit": lambda user, doctype, name: user.run(
		"frappe.client.submit", doc=form_of(user, doctype, name)
	),
	"client.save": lambda user, doctype, name: user.run(
		"frappe.client.save", doc=form_of(user, doctype, name, docstatus=1)
	),
	"client.set_value": lambda user, doctype, name: user.run(
		"frappe.client.set_value", doctype=doctype, name=name, fieldname=json.dumps({"docstatus": 1})
	),
	"bulk_update": lambda user, doctype, name: user.run(
		"frappe.client.bulk_update",
		docs=json.dumps([{"doctype": doctype, "docname": name, "docstatus": 1}]),
	),
	"the list's Submit": lambda user, doctype, name: user.run(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=doctype,
		docnames=json.dumps([name]),
		action="submit",
	),
	"the form's Submit": lambda user, doctype, name: user.run(
		"frappe.desk.form.save.savedocs", doc=json.dumps(form_of(user, doctype, name)), action="Submit"
	),
	"run_doc_method by name": lambda user, doctype, name: user.run(
		"run_doc_method", dt=doctype, dn=name, method="submit"
	),
	"run_doc_method on a form": lambda user, doctype, name: user.run(
		"run_doc_method", docs=json.dumps(form_of(user, doctype, name)), method="submit"
	),
	"run_method of a resource": lambda user, doctype, name: user.send(
		"POST", f"/api/resource/{doctype}/{name}", run_method="submit"
	),
	"v2 method of a document": lambda user, doctype, name: user.send(
		"POST", f"/api/v2/document/{doctype}/{name}/method/submit/"
	),
	"v2 run_doc_method": lambda user, doctype, name: user.send(
		"POST", "/api/v2/method/run_doc_method", method="submit", document=form_of(user, doctype, name)
	),
}

BIRTHS: dict[str, Callable[[Session, dict[str, Any]], Response]] = {
	"POST resource": insert,
	"POST document": lambda user, doc: user.send("POST", "/api/v2/document/Quotation", **doc),
	"client.insert": lambda user, doc: user.run("frappe.client.insert", doc=doc),
	"client.insert_many": lambda user, doc: user.run("frappe.client.insert_many", docs=[doc]),
	"client.submit": lambda user, doc: user.run("frappe.client.submit", doc=doc),
	"the form's Submit": lambda user, doc: user.run(
		"frappe.desk.form.save.savedocs",
		doc=json.dumps({**doc, "__islocal": 1, "name": "new-quotation-1"}),
		action="Submit",
	),
}


# What becomes of it


def status_of(name: str) -> str:
	return records.stored("Quotation", name, "pe_approval_status")


def row_of(doctype: str, name: str) -> str:
	return records.stored(f"{doctype} Item", {"parent": name, "idx": 1}, "name")


def contents(doctype: str, name: str) -> tuple[Any, ...]:
	"""All that the database has of a quotation or an order, rows included; but not who has seen it."""
	rows = frappe.qb.DocType(f"{doctype} Item")
	return (
		{**records.stored(doctype, name, "*"), "_seen": None},
		frappe.qb.from_(rows).select("*").where(rows.parent == name).orderby(rows.name).run(),
		frappe.db.count("Sales Taxes and Charges", {"parent": name}),
	)


def measured(user: Session, name: str, measure: str = "discount_percent") -> float:
	answer = user.run("pipeline_ext.api.preview_approval", quotation=name)
	answer.raise_for_status()
	return answer.json()["message"]["measures"][measure]


def votes(approval: str) -> list[tuple[str, str, str | None]]:
	frappe.db.rollback()
	rows = frappe.get_all(
		"Quote Approval Decision",
		{"parent": approval, "decision": ["in", ["Approved", "Rejected", "Granted"]]},
		["user", "decision", "on_behalf_of"],
		order_by="idx",
	)
	return [(row.user, row.decision, row.on_behalf_of) for row in rows]


def standing(approval: str) -> str:
	return records.stored("Quote Approval", approval, "status")


def is_in_words(answer: Response) -> bool:
	"""Not a crash of the app; ERPNext's own crashes are not ours."""
	return answer.status_code < 500 or "pipeline_ext" not in answer.text


def assert_kept_back(user: Session, name: str) -> None:
	"""The quotation is a draft that cannot be submitted."""
	assert is_clear_no(submit(user, "Quotation", name))
	assert records.stored("Quotation", name, "docstatus") == 0


def assert_order_kept_back(user: Session, name: str) -> None:
	assert is_clear_no(submit(user, "Sales Order", name))
	assert records.stored("Sales Order", name, "docstatus") == 0


def assert_waits(approval: str) -> None:
	assert (standing(approval), votes(approval)) == ("Pending", [])
