"""A number that no quotation and no order can have is refused by its name, on every path."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
import pytest
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.model.document import Document

from tests.site import approvals, factories
from tests.site.approvals import REP, acting, fresh, quote, stored, submit
from tests.site.factories import GADGET

LATER = "2099-12-31"


@pytest.fixture(autouse=True)
def policy():
	approvals.people()
	return approvals.policy()


@pytest.fixture
def draft(policy) -> Document:
	"""Ten widgets and ten gadgets at list price."""
	made = quote(approvals.deal(), 100)
	made.append("items", {"item_code": GADGET, "qty": 10, "rate": 40})
	return made.save()


def order_of(quotation: Document) -> Document:
	with acting(REP):
		made = make_sales_order(quotation.name)
		made.update({"delivery_date": LATER, "payment_schedule": []})
		return made.insert()


@pytest.fixture
def order(draft: Document) -> Document:
	"""A draft of an order of all that."""
	return order_of(submit(draft))


def negative(said: str = "which is below zero"):
	return pytest.raises(frappe.NonNegativeError, match=said)


def schedule(*rows: dict[str, Any]) -> list[dict[str, Any]]:
	return [{"due_date": LATER, "invoice_portion": 100, **row} for row in rows]


KINDS = {"a quotation": lambda draft: draft, "an order": lambda draft: order_of(submit(draft))}


# In a document


def second_row(**fields: Any) -> Callable[[Document], None]:
	return lambda doc: doc.items[1].update(fields)


def whole(**fields: Any) -> Callable[[Document], None]:
	return lambda doc: doc.update(fields)


NEGATIVE = {
	"a quantity": (second_row(qty=-1), "Quantity in row 2 is -1"),
	"a rate": (second_row(rate=-0.01), "Rate in row 2 is -0.01"),
	"a list price": (second_row(price_list_rate=-40), "Price List Rate in row 2 is -40"),
	"a unit": (second_row(conversion_factor=-1), "UOM Conversion Factor in row 2 is -1"),
	"a discount in percent": (
		whole(additional_discount_percentage=-5),
		"Additional Discount Percentage is -5",
	),
	"a discount in money": (whole(discount_amount=-50), "Additional Discount Amount is -50"),
	"an exchange rate": (whole(plc_conversion_rate=-1), "Price List Exchange Rate is -1"),
	"a portion": (
		whole(payment_schedule=schedule({"invoice_portion": 150}, {"invoice_portion": -50})),
		"Invoice Portion in row 2 is -50",
	),
	"a payment": (
		whole(payment_schedule=schedule({"payment_amount": -10})),
		"Payment Amount in row 1 is -10",
	),
	"an early payment discount": (
		whole(payment_schedule=schedule({"discount_type": "Percentage", "discount": -20})),
		"Discount in row 1 is -20",
	),
}
MORE_THAN_ALL = {
	"of a line": (second_row(rate=0, discount_percentage=100.5), r"in row 2 is 100.5 %"),
	"of the whole": (whole(additional_discount_percentage=150), "Additional Discount Percentage is 150 %"),
	"for early payment": (
		whole(payment_schedule=schedule({"discount_type": "Percentage", "discount": 101})),
		"Discount in row 1 is 101 %",
	),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(("spoil", "said"), NEGATIVE.values(), ids=NEGATIVE)
def test_what_is_below_zero_is_refused(draft, make, spoil, said):
	doc = make(draft)
	before = stored(doc, "modified", "net_total")
	spoil(doc)
	with negative(said):
		doc.save()
	assert stored(doc, "modified", "net_total") == before


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(("spoil", "said"), MORE_THAN_ALL.values(), ids=MORE_THAN_ALL)
def test_more_than_all_off_is_refused(draft, make, spoil, said):
	doc = make(draft)
	spoil(doc)
	with pytest.raises(frappe.ValidationError, match=said):
		doc.save()


def test_a_rate_that_only_erpnext_makes_negative_is_refused(draft):
	"""A pricing rule takes 60 off what costs 40."""
	rule = frappe.get_doc(
		{
			"doctype": "Pricing Rule",
			"title": "Sixty off",
			"apply_on": "Item Code",
			"items": [{"item_code": GADGET}],
			"selling": 1,
			"company": factories.COMPANY,
			"currency": factories.CURRENCY,
			"rate_or_discount": "Discount Amount",
			"discount_amount": 60,
		}
	).insert()
	draft.items[1].update({"rate": 0, "pricing_rules": json.dumps([rule.name])})
	with negative("Rate in row 2 is -20"):
		draft.save()


# By other paths


def past_validation(doc: Document) -> None:
	doc.flags.ignore_validate = True
	doc.save()


PATHS = {
	"an insert": lambda doc: frappe.copy_doc(doc).insert(),
	"an insert as submitted": lambda doc: frappe.copy_doc(doc).update({"docstatus": 1}).insert(),
	"a save": lambda doc: doc.save(),
	"a submit": lambda doc: doc.submit(),
	"a save past validation": past_validation,
	"client.save": lambda doc: frappe.client.save(doc.as_dict()),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("spoil", [second_row(qty=-1), second_row(rate=-1)])
def test_it_is_refused_on_every_path(draft, spoil, path):
	count = frappe.db.count("Quotation")
	spoil(draft)
	with negative("in row 2"):
		path(draft)
	assert frappe.db.count("Quotation") == count
	assert [(row.qty, row.rate) for row in fresh(draft).items] == [(10, 100), (10, 40)]


def test_what_the_database_was_given_by_others_is_not_submitted(draft):
	draft.items[1].db_set("rate", -1)
	with negative("Rate in row 2"):
		fresh(draft).db_set("docstatus", 1)
	with negative("Rate in row 2"):
		fresh(draft).submit()
	assert stored(draft, "docstatus") == 0


@pytest.mark.parametrize("number", [-1, "NaN", 1e15])
@pytest.mark.parametrize("field", ["qty", "rate"])
def test_a_row_that_is_written_by_itself_is_refused(draft, field, number):
	row = frappe.get_doc("Quotation Item", draft.items[1].name)
	row.set(field, number)
	with acting(REP), pytest.raises(frappe.ValidationError, match="in row 2 is"):
		row.save()
	assert stored(row, "qty", "rate") == (10, 40)


def test_update_items_of_an_order_takes_no_negative_rate(order):
	placed = submit(order)
	rows = [
		{"docname": row.name, "item_code": row.item_code, "qty": row.qty, "rate": rate}
		for row, rate in zip(placed.items, (100, -40), strict=True)
	]
	with acting(REP), negative("Rate in row 2"):
		update_child_qty_rate("Sales Order", json.dumps(rows), placed.name)


# What stays legal


def test_a_markup_is_a_discount_below_zero(draft):
	draft.items[0].update({"rate": 0, "discount_percentage": -20})
	draft.save()
	assert (draft.items[0].rate, draft.pe_approval_status) == (120, "Not Required")


def test_a_negative_charge_is_a_discount(draft):
	draft.append(
		"taxes",
		{
			"charge_type": "Actual",
			"account_head": f"Freight and Forwarding Charges - {factories.ABBREVIATION}",
			"description": "Rebate",
			"tax_amount": -200,
		},
	)
	draft.save()
	assert (draft.grand_total, draft.pe_approval_status) == (1200, "Required")


def test_where_no_policy_counts_erpnext_decides(draft, policy):
	policy.enabled = 0
	policy.save()
	draft.items[1].rate = -1
	assert draft.save().net_total == 990
