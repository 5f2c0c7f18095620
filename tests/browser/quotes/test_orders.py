"""Every way for an order to give away more than its quotation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
from requests import Response

from tests.browser import records
from tests.browser.quotes.ways import (
	CHEAP_LIST,
	GADGET,
	LATER,
	NOT_A_NUMBER,
	SILENT,
	SUBMITS,
	assert_order_kept_back,
	charge,
	contents,
	decide,
	insert,
	is_in_words,
	line,
	made,
	mapped_order,
	order,
	put,
	quote,
	row_of,
	submit,
	worse,
)
from tests.browser.rest import Session, is_clear_no
from tests.site import factories

# The order


def with_line(**fields: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
	return lambda doc: {**doc, "items": [*doc["items"], line(GADGET, **fields)]}


UNDERCUTTING: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
	"a lower rate": worse(rate=60),
	"a line discount": worse(rate=None, discount_percentage=40),
	"a forged list price": worse(rate=60, price_list_rate=60, discount_percentage=0),
	"a line that is not of the quotation": worse(rate=60, quotation_item=None),
	"a line that names no quotation": lambda doc: {
		**doc,
		"items": [doc["items"][0], line(rate=40)],
	},
	"a line for nothing": with_line(rate=0, discount_percentage=100),
	"a negative line": with_line(rate=-20),
	"a header discount": lambda doc: {**doc, "additional_discount_percentage": 30},
	"a header discount in money": lambda doc: {**doc, "discount_amount": 240},
	"a negative charge": lambda doc: {**doc, "taxes": [charge(tax_amount=-240)]},
	"a negative tax": lambda doc: {**doc, "taxes": [charge(charge_type="On Net Total", rate=-30)]},
	"a lesser currency": lambda doc: {
		**worse(rate=80)(doc),
		"currency": "USD",
		"conversion_rate": 1,
		"plc_conversion_rate": 1,
	},
	"a cheaper price list": lambda doc: {**worse(rate=60)(doc), "selling_price_list": CHEAP_LIST},
	"a forged approval": lambda doc: {
		**worse(rate=60)(doc),
		"pe_order_approval_status": "Approved",
		"pe_order_approval": records.stored("Quote Approval", {"status": "Approved"}, "name"),
	},
}


@pytest.mark.parametrize("way", UNDERCUTTING)
def test_an_order_gives_no_more_away_than_was_approved(sales_user: Session, quoted: str, way: str):
	answer = insert(sales_user, UNDERCUTTING[way](mapped_order(sales_user, quoted)))
	if not answer.ok:
		assert is_clear_no(answer)
		return
	name = made(answer)
	assert records.stored("Sales Order", name, "pe_order_approval_status") == "Required"
	assert_order_kept_back(sales_user, name)


@pytest.mark.parametrize("way", SUBMITS)
def test_no_way_submits_an_order_that_undercuts(sales_user: Session, undercut: str, way: str):
	before = contents("Sales Order", undercut)
	answer = SUBMITS[way](sales_user, "Sales Order", undercut)
	assert is_clear_no(answer) or (way in SILENT and answer.status_code == 200)
	assert contents("Sales Order", undercut) == before


@pytest.fixture(scope="module")
def undercut(sales_user: Session, quoted: str) -> str:
	"""One order at 40 % off that all of them try to submit."""
	return order(sales_user, quoted, items=worse(rate=60)(mapped_order(sales_user, quoted))["items"])


def test_an_order_as_quoted_needs_no_approval_of_its_own(sales_user: Session, quoted: str):
	name = order(sales_user, quoted)
	assert submit(sales_user, "Sales Order", name).ok
	assert records.stored(
		"Sales Order", name, ["docstatus", "pe_order_approval_status", "base_net_total"]
	) == (
		1,
		"Not Required",
		800,
	)


def test_an_order_that_undercuts_needs_an_approval_of_its_own(
	sales_user: Session, manager: Session, quoted: str
):
	changed = worse(rate=60)(mapped_order(sales_user, quoted))
	name = made(insert(sales_user, changed))
	asked = sales_user.run("pipeline_ext.api.request_order_approval", sales_order=name)
	asked.raise_for_status()
	approval = records.stored("Sales Order", name, "pe_order_approval")
	assert is_clear_no(decide(sales_user, approval))
	assert_order_kept_back(sales_user, name)
	assert decide(manager, approval).ok
	assert is_clear_no(put(sales_user, "Sales Order", name, additional_discount_percentage=5, docstatus=1))
	assert records.stored("Sales Order", name, "docstatus") == 0
	assert submit(sales_user, "Sales Order", name).ok


@pytest.mark.parametrize(
	"of",
	["another customer", "another line", "a draft", "a superseded one"],
)
def test_an_order_borrows_no_approval(
	sales_user: Session, manager: Session, quoted: str, submitted: str, of: str
):
	changed = BORROWED[of](sales_user, quoted, submitted)
	answer = insert(sales_user, changed)
	if answer.ok:
		assert_order_kept_back(sales_user, made(answer))
	else:
		assert is_clear_no(answer)


def for_another_customer(user: Session, quoted: str, _submitted: str) -> dict[str, Any]:
	with records.committed_as(records.REP):
		other = factories.customer("HTTP Test Borrower").name
	return {**mapped_order(user, quoted), "customer": other, "customer_name": other}


def with_another_line(user: Session, quoted: str, _submitted: str) -> dict[str, Any]:
	"""Widgets that claim to be the gadgets which were quoted at 80."""
	name = quote(user, line(GADGET, rate=40), line())
	submit(user, "Quotation", name).raise_for_status()
	gadgets, widgets = mapped_order(user, name)["items"]
	claimed = {**widgets, "rate": 40, "quotation_item": gadgets["quotation_item"]}
	return {**mapped_order(user, name), "items": [claimed]}


def of_a_draft(user: Session, quoted: str, _submitted: str) -> dict[str, Any]:
	draft = quote(user, line(rate=60))
	row = {"prevdoc_docname": draft, "quotation_item": row_of("Quotation", draft), "rate": 60}
	return worse(**row)(mapped_order(user, quoted))


def of_a_superseded_one(user: Session, _quoted: str, submitted: str) -> dict[str, Any]:
	doc = mapped_order(user, submitted)
	revise(user, submitted)
	return doc


def revise(user: Session, name: str) -> str:
	"""Make a revision at list price and submit it; returns its name."""
	user.run("pipeline_ext.api.make_revision", quotation=name).raise_for_status()
	revision = records.stored("Quotation", {"pe_revision_of": name}, "name")
	put(user, "Quotation", revision, items=[line()], docstatus=1).raise_for_status()
	return revision


BORROWED: dict[str, Callable[[Session, str, str], dict[str, Any]]] = {
	"another customer": for_another_customer,
	"another line": with_another_line,
	"a draft": of_a_draft,
	"a superseded one": of_a_superseded_one,
}


def test_a_superseded_quote_is_not_ordered_from(sales_user: Session, submitted: str):
	revision = revise(sales_user, submitted)
	assert records.stored("Quotation", submitted, ["docstatus", "pe_superseded_by"]) == (2, revision)
	ask_for_order = "erpnext.selling.doctype.quotation.quotation.make_sales_order"
	assert is_clear_no(sales_user.run(ask_for_order, source_name=submitted))


def update_items(user: Session, name: str, *rows: dict[str, Any]) -> Response:
	return user.run(
		"erpnext.controllers.accounts_controller.update_child_qty_rate",
		parent_doctype="Sales Order",
		trans_items=json.dumps(rows),
		parent_doctype_name=name,
		child_docname="items",
	)


def item_of(name: str, /, **changes: Any) -> dict[str, Any]:
	fields = ["name as docname", "item_code", "qty", "rate", "uom", "conversion_factor", "delivery_date"]
	frappe.db.rollback()
	[row] = frappe.get_all("Sales Order Item", {"parent": name}, fields)
	return json.loads(frappe.as_json({**row, **changes}))


UPDATES: dict[str, Callable[[str], list[dict[str, Any]]]] = {
	"a lower rate": lambda name: [item_of(name, rate=60)],
	"rate 0": lambda name: [item_of(name, rate=0)],
	"NaN as rate": lambda name: [item_of(name, rate=NOT_A_NUMBER)],
	"a further line at rate 0": lambda name: [
		item_of(name),
		line(GADGET, rate=0, delivery_date=LATER, conversion_factor=1, uom="Nos"),
	],
	"another unit": lambda name: [item_of(name, uom="Box", conversion_factor=100)],
	"all lines anew": lambda name: [line(rate=60, delivery_date=LATER, conversion_factor=1, uom="Nos")],
}


@pytest.fixture(scope="module")
def ordered(sales_user: Session, quoted: str) -> str:
	"""A submitted order as quoted that all of them try to change."""
	name = order(sales_user, quoted)
	submit(sales_user, "Sales Order", name).raise_for_status()
	return name


@pytest.mark.parametrize("way", UPDATES)
def test_update_items_gives_no_more_away(sales_user: Session, ordered: str, way: str):
	before = contents("Sales Order", ordered)
	assert is_clear_no(update_items(sales_user, ordered, *UPDATES[way](ordered)))
	assert contents("Sales Order", ordered) == before


def test_update_items_still_changes_what_gives_nothing_away(sales_user: Session, quoted: str):
	name = order(sales_user, quoted)
	submit(sales_user, "Sales Order", name).raise_for_status()
	assert update_items(sales_user, name, item_of(name, rate=85, qty=8)).ok
	assert records.stored("Sales Order", name, "base_net_total") == 680


ORDER_CLAIMS = {"pe_order_approval_status": "Approved"}


@pytest.mark.parametrize(
	"write",
	[
		lambda user, name, fields: put(user, "Sales Order", name, **fields),
		lambda user, name, fields: user.run(
			"frappe.client.set_value", doctype="Sales Order", name=name, fieldname=json.dumps(fields)
		),
		lambda user, name, fields: user.run(
			"frappe.client.bulk_update",
			docs=json.dumps([{"doctype": "Sales Order", "docname": name, **fields}]),
		),
	],
	ids=["PUT resource", "set_value", "bulk_update"],
)
def test_nobody_writes_the_orders_own_fields(
	sales_user: Session, undercut: str, claims: dict[str, Any], write: Callable[..., Response]
):
	fields = {**ORDER_CLAIMS, "pe_order_approval": claims["pe_approval"]}
	before = records.stored("Sales Order", undercut, list(fields))
	assert is_in_words(write(sales_user, undercut, fields))
	assert records.stored("Sales Order", undercut, list(fields)) == before
	assert_order_kept_back(sales_user, undercut)


# Orders that come from no quotation


@pytest.fixture
def orders_too() -> Iterator[None]:
	"""The policy is for orders without a quotation as well."""
	change_policy(also_orders=1)
	yield
	change_policy(also_orders=0)


def change_policy(**fields: Any) -> None:
	with records.committed_as(records.ADMIN):
		frappe.get_doc("Quote Approval Policy", records.POLICY).update(fields).save()


@pytest.mark.usefixtures("orders_too")
def test_an_order_out_of_the_blue_is_held_where_policy_says_so(sales_user: Session, quoted: str):
	doc = {**mapped_order(sales_user, quoted), "items": [line(rate=85)]}
	name = made(insert(sales_user, doc))
	assert records.stored("Sales Order", name, "pe_order_approval_status") == "Required"
	assert_order_kept_back(sales_user, name)


def test_an_order_does_not_forget_its_quotation(sales_user: Session, quoted: str):
	name = order(sales_user, quoted)
	assert is_clear_no(put(sales_user, "Sales Order", name, items=[line(rate=85)]))
	row = records.stored("Sales Order Item", {"parent": name}, "name")
	assert is_clear_no(sales_user.send("DELETE", f"/api/resource/Sales Order Item/{row}"))
	assert records.stored("Sales Order Item", {"parent": name}, "prevdoc_docname") == quoted
