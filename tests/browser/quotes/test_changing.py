"""Every way to change what is approved or submitted, and what the server alone says of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
from frappe.utils import nowdate
from requests import Response

from tests.browser import records
from tests.browser.quotes.ways import (
	BIRTHS,
	GADGET,
	LATER,
	SILENT,
	Act,
	assert_kept_back,
	charge,
	contents,
	form_of,
	insert,
	insert_as_admin,
	is_in_words,
	line,
	made,
	new_quote,
	order,
	put,
	quote,
	row_of,
	save_form,
	submit,
)
from tests.browser.rest import Session, is_clear_no

# Rows, behind the document's back


def add_row(user: Session, doctype: str, name: str) -> Response:
	return user.send(
		"POST",
		f"/api/resource/{doctype} Item",
		parent=name,
		parenttype=doctype,
		parentfield="items",
		item_code=GADGET,
		item_name=GADGET,
		description=GADGET,
		uom="Nos",
		conversion_factor=1,
		qty=10,
		rate=0,
		discount_percentage=100,
		delivery_date=nowdate(),
		docstatus=records.stored(doctype, name, "docstatus"),
	)


CHEAPER = {
	"margin_type": "",
	"margin_rate_or_amount": 0,
	"rate": 20,
	"net_rate": 20,
	"base_net_rate": 20,
	"amount": 200,
	"net_amount": 200,
	"base_net_amount": 200,
}

ROW_WRITES: dict[str, Act] = {
	"POST": add_row,
	"PUT": lambda user, doctype, name: put(user, f"{doctype} Item", row_of(doctype, name), **CHEAPER),
	"PUT document": lambda user, doctype, name: user.send(
		"PUT", f"/api/v2/document/{doctype} Item/{row_of(doctype, name)}", **CHEAPER
	),
	"set_value": lambda user, doctype, name: user.run(
		"frappe.client.set_value",
		doctype=f"{doctype} Item",
		name=row_of(doctype, name),
		fieldname=json.dumps(CHEAPER),
	),
	"bulk_update": lambda user, doctype, name: user.run(
		"frappe.client.bulk_update",
		docs=json.dumps([{"doctype": f"{doctype} Item", "docname": row_of(doctype, name), **CHEAPER}]),
	),
	"client.save": lambda user, doctype, name: user.run(
		"frappe.client.save", doc=form_of(user, f"{doctype} Item", row_of(doctype, name), **CHEAPER)
	),
	"the form's Save": lambda user, doctype, name: user.run(
		"frappe.desk.form.save.savedocs",
		doc=json.dumps(form_of(user, f"{doctype} Item", row_of(doctype, name), **CHEAPER)),
		action="Save",
	),
	"the list's Edit": lambda user, doctype, name: user.run(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=f"{doctype} Item",
		docnames=json.dumps([row_of(doctype, name)]),
		action="update",
		data=json.dumps(CHEAPER),
	),
	"client.insert": lambda user, doctype, name: user.run(
		"frappe.client.insert",
		doc={
			"doctype": f"{doctype} Item",
			"parent": name,
			"parenttype": doctype,
			"parentfield": "items",
			**line(GADGET, rate=0, discount_percentage=100),
		},
	),
	"DELETE": lambda user, doctype, name: user.send(
		"DELETE", f"/api/resource/{doctype} Item/{row_of(doctype, name)}"
	),
	"DELETE document": lambda user, doctype, name: user.send(
		"DELETE", f"/api/v2/document/{doctype} Item/{row_of(doctype, name)}"
	),
	"client.delete": lambda user, doctype, name: user.run(
		"frappe.client.delete", doctype=f"{doctype} Item", name=row_of(doctype, name)
	),
	"delete_items": lambda user, doctype, name: user.run(
		"frappe.desk.reportview.delete_items",
		doctype=f"{doctype} Item",
		items=json.dumps([row_of(doctype, name)]),
	),
}


@pytest.fixture
def evened_out(sales_user: Session) -> str:
	"""A surcharge in the first row makes up for 20 % off the second; deleting it gives 20 % away."""
	return quote(sales_user, line(GADGET, rate=60), line(rate=80))


@pytest.mark.parametrize("way", ROW_WRITES)
def test_a_write_to_a_row_of_a_draft_is_seen_at_submit(sales_user: Session, evened_out: str, way: str):
	assert is_in_words(ROW_WRITES[way](sales_user, "Quotation", evened_out))
	assert_kept_or_kept_back(sales_user, evened_out, 1400)


@pytest.mark.parametrize("way", ["POST", "PUT", "bulk_update", "DELETE"])
def test_a_write_to_a_row_of_an_approved_draft_takes_the_approval(
	sales_user: Session, approved: str, way: str
):
	assert is_in_words(ROW_WRITES[way](sales_user, "Quotation", approved))
	assert_kept_or_kept_back(sales_user, approved, 800)


def assert_kept_or_kept_back(user: Session, name: str, net_total: float) -> None:
	"""Either nothing was written, or the quotation is not submitted."""
	if submit(user, "Quotation", name).ok:
		rows = records.stored("Quotation Item", {"parent": name}, "sum(base_net_amount)")
		assert (rows, records.stored("Quotation", name, "base_net_total")) == (net_total, net_total)
	else:
		assert_kept_back(user, name)


@pytest.fixture(scope="module")
def frozen(sales_user: Session) -> dict[str, str]:
	"""A submitted quotation and its order, which all of them try to change."""
	name = quote(sales_user, line(rate=90), line(GADGET), taxes=[charge(tax_amount=50)])
	submit(sales_user, "Quotation", name).raise_for_status()
	ordered = order(sales_user, name, payment_schedule=[{"due_date": LATER, "invoice_portion": 100}])
	submit(sales_user, "Sales Order", ordered).raise_for_status()
	return {"Quotation": name, "Sales Order": ordered}


@pytest.mark.parametrize("way", ROW_WRITES)
@pytest.mark.parametrize("doctype", ["Quotation", "Sales Order"])
def test_no_row_of_what_is_submitted_changes(
	sales_user: Session, frozen: dict[str, str], doctype: str, way: str
):
	before = contents(doctype, frozen[doctype])
	answer = ROW_WRITES[way](sales_user, doctype, frozen[doctype])
	assert is_clear_no(answer) or (way in (*SILENT, "the list's Edit") and answer.status_code == 200)
	assert contents(doctype, frozen[doctype]) == before


OTHER_ROWS: dict[str, dict[str, Any]] = {
	"Sales Taxes and Charges": {**charge(tax_amount=-500), "parentfield": "taxes"},
	"Payment Schedule": {
		"due_date": LATER,
		"invoice_portion": 100,
		"discount_type": "Percentage",
		"discount": 50,
		"parentfield": "payment_schedule",
	},
}


@pytest.mark.parametrize("doctype", ["Quotation", "Sales Order"])
@pytest.mark.parametrize("rows", OTHER_ROWS)
def test_no_other_row_of_what_is_submitted_changes(
	sales_user: Session, frozen: dict[str, str], doctype: str, rows: str
):
	of_document = {"parent": frozen[doctype], "parenttype": doctype}
	before = all_rows(rows, of_document)
	added = {**OTHER_ROWS[rows], **of_document, "doctype": rows}
	assert is_clear_no(insert(sales_user, added))
	assert is_clear_no(insert(sales_user, {**added, "docstatus": 1}))
	for row in before:
		assert is_clear_no(sales_user.send("DELETE", f"/api/resource/{rows}/{row.name}"))
		assert is_clear_no(put(sales_user, rows, row.name, **OTHER_ROWS[rows]))
		sales_user.run("frappe.desk.reportview.delete_items", doctype=rows, items=json.dumps([row.name]))
	assert all_rows(rows, of_document) == before


def all_rows(doctype: str, of_document: dict[str, str]) -> list[dict[str, Any]]:
	frappe.db.rollback()
	return frappe.get_all(doctype, of_document, ["*"], order_by="name")


@pytest.mark.parametrize("doctype", ["Quotation", "Sales Order"])
@pytest.mark.parametrize(
	"changes",
	[
		{"additional_discount_percentage": 50},
		{"discount_amount": 500},
		{"taxes": [charge(tax_amount=-500)]},
		{"items": []},
		{"items": [line(rate=1)]},
		{"currency": "USD"},
		{"payment_terms_template": None, "payment_schedule": []},
	],
	ids=lambda changes: next(iter(changes)),
)
def test_nothing_commercial_changes_after_submit(
	sales_user: Session, frozen: dict[str, str], doctype: str, changes: dict[str, Any]
):
	before = contents(doctype, frozen[doctype])[1:]
	total = records.stored(doctype, frozen[doctype], ["base_net_total", "grand_total", "currency"])
	assert is_in_words(put(sales_user, doctype, frozen[doctype], **changes))
	assert contents(doctype, frozen[doctype])[1:] == before
	assert records.stored(doctype, frozen[doctype], ["base_net_total", "grand_total", "currency"]) == total


# Fields that are the server's own


CLAIMING_WRITES: dict[str, Callable[[Session, str, dict[str, Any]], Response]] = {
	"PUT resource": lambda user, name, fields: put(user, "Quotation", name, **fields),
	"PATCH document": lambda user, name, fields: user.send(
		"PATCH", f"/api/v2/document/Quotation/{name}", **fields
	),
	"set_value": lambda user, name, fields: user.run(
		"frappe.client.set_value", doctype="Quotation", name=name, fieldname=json.dumps(fields)
	),
	"bulk_update": lambda user, name, fields: user.run(
		"frappe.client.bulk_update",
		docs=json.dumps([{"doctype": "Quotation", "docname": name, **fields}]),
	),
	"client.save": lambda user, name, fields: user.run(
		"frappe.client.save", doc=form_of(user, "Quotation", name, **fields)
	),
	"the form's Save": lambda user, name, fields: save_form(user, name, **fields),
	"the list's Edit": lambda user, name, fields: user.run(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype="Quotation",
		docnames=json.dumps([name]),
		action="update",
		data=json.dumps(fields),
	),
	"the form's Submit": lambda user, name, fields: user.run(
		"frappe.desk.form.save.savedocs",
		doc=json.dumps(form_of(user, "Quotation", name, **fields)),
		action="Submit",
	),
}


@pytest.mark.parametrize("way", CLAIMING_WRITES)
def test_nobody_writes_the_servers_own_fields(
	sales_user: Session, draft: str, claims: dict[str, Any], way: str
):
	before = records.stored("Quotation", draft, list(claims))
	assert is_in_words(CLAIMING_WRITES[way](sales_user, draft, claims))
	assert records.stored("Quotation", draft, list(claims)) == before
	assert_kept_back(sales_user, draft)
	assert_untouched(claims["pe_revision_of"])


def assert_untouched(name: str) -> None:
	"""Still submitted, and superseded by nothing."""
	assert records.stored("Quotation", name, ["docstatus", "pe_superseded_by"]) == (1, None)


@pytest.mark.parametrize("way", CLAIMING_WRITES)
def test_nobody_writes_them_after_submit(
	sales_user: Session, frozen: dict[str, str], claims: dict[str, Any], way: str
):
	before = records.stored("Quotation", frozen["Quotation"], list(claims))
	assert is_in_words(CLAIMING_WRITES[way](sales_user, frozen["Quotation"], claims))
	assert records.stored("Quotation", frozen["Quotation"], list(claims)) == before


@pytest.mark.parametrize("way", BIRTHS)
def test_no_quote_is_born_with_them(sales_user: Session, claims: dict[str, Any], way: str):
	doc = new_quote(line(rate=100), **claims, title=f"Born by {way}")
	answer = BIRTHS[way](sales_user, doc)
	assert answer.status_code == 200
	born = {"title": doc["title"], "owner": records.REP}
	assert records.stored("Quotation", born, ["pe_approval_status", "pe_approval", "pe_revision_of"]) == (
		"Not Required",
		None,
		None,
	)
	assert records.stored("Quotation", born, "pe_revision") in (0, 1)
	assert_untouched(claims["pe_revision_of"])


def test_a_submit_cancels_no_quote_it_only_claims_to_revise(
	sales_user: Session, colleague: Session, claims: dict[str, Any]
):
	name = quote(colleague, pe_revision_of=claims["pe_revision_of"])
	answer = put(colleague, "Quotation", name, docstatus=1, pe_revision_of=claims["pe_revision_of"])
	assert answer.ok or is_clear_no(answer)
	assert_untouched(claims["pe_revision_of"])


COPIES: dict[str, Callable[[Session, str], dict[str, Any]]] = {
	"a copy with all its fields": lambda user, name: form_of(user, "Quotation", name, name=None, docstatus=0),
	"a copy of the v2 API": lambda user, name: user.send(
		"GET", f"/api/v2/document/Quotation/{name}/copy"
	).json()["data"],
	"a copy of the v2 API with what is not copied": lambda user, name: user.send(
		"GET", f"/api/v2/document/Quotation/{name}/copy?ignore_no_copy=0"
	).json()["data"],
	"frappe.copy_doc": lambda user, name: json.loads(
		frappe.as_json(frappe.copy_doc(frappe.get_doc("Quotation", name)).as_dict(no_nulls=True))
	),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_starts_without_the_approval(sales_user: Session, quoted: str, way: str):
	copied = made(
		insert(sales_user, {**COPIES[way](sales_user, quoted), "doctype": "Quotation", "docstatus": 0})
	)
	assert records.stored("Quotation", copied, ["pe_approval_status", "pe_approval", "pe_revision_of"]) == (
		"Required",
		None,
		None,
	)
	assert_kept_back(sales_user, copied)


def test_an_amendment_starts_without_the_approval(sales_user: Session, submitted: str):
	sales_user.run("frappe.client.cancel", doctype="Quotation", name=submitted).raise_for_status()
	form = form_of(sales_user, "Quotation", submitted, name=None, docstatus=0, amended_from=submitted)
	amended = made(insert(sales_user, form))
	assert records.stored("Quotation", amended, ["pe_approval_status", "pe_approval"]) == ("Required", None)
	assert_kept_back(sales_user, amended)


@pytest.fixture
def price_setting_notification() -> Iterator[None]:
	"""A Notification that writes into each quotation that is saved."""
	with records.committed_as(records.ADMIN):
		insert_as_admin(
			"Notification",
			subject="HTTP test approves the quotation",
			document_type="Quotation",
			event="Save",
			channel="System Notification",
			message="Saved",
			recipients=[{"receiver_by_document_field": "owner"}],
			set_property_after_alert="pe_approval_status",
			property_value="Approved",
		)
	yield
	with records.committed_as(records.ADMIN):
		frappe.db.delete("Notification", {"subject": "HTTP test approves the quotation"})
	frappe.cache.hdel("notifications", "Quotation")


@pytest.mark.usefixtures("price_setting_notification")
def test_a_notification_approves_no_quote_and_breaks_no_save(sales_user: Session, draft: str):
	assert put(sales_user, "Quotation", draft, title="Saved all the same").status_code == 200
	assert records.stored("Quotation", draft, ["title", "pe_approval_status"]) == (
		"Saved all the same",
		"Required",
	)
	assert_kept_back(sales_user, draft)
