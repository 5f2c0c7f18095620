"""Every way to hide what a quotation gives away, and numbers that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest

from tests.browser import records
from tests.browser.quotes.ways import (
	CHEAP_LIST,
	GADGET,
	LATER,
	NOT_A_NUMBER,
	WIDGET,
	assert_kept_back,
	charge,
	contents,
	insert,
	insert_as_admin,
	is_in_words,
	line,
	made,
	measured,
	new_quote,
	quote,
	save_form,
	status_of,
)
from tests.browser.rest import Session, is_clear_no
from tests.site import factories

# Every way to hide a discount


def free(**fields: Any) -> dict[str, Any]:
	"""Ten gadgets, worth 400, for nothing: instead of a mere rate of 0 ERPNext takes the list's."""
	return line(GADGET, rate=0, discount_percentage=100, **fields)


FORGED = {"price_list_rate": 80, "base_price_list_rate": 80, "discount_percentage": 0, "base_rate": 100}

HIDDEN: dict[str, tuple[float, Callable[[], dict[str, Any]]]] = {
	"a rate typed in": (20, lambda: new_quote(line(rate=80))),
	"a line discount": (20, lambda: new_quote(line(rate=None, discount_percentage=20))),
	"a forged list price": (20, lambda: new_quote(line(rate=80, **FORGED))),
	"forged amounts": (
		20,
		lambda: new_quote(
			line(rate=80, amount=1000, net_rate=100, net_amount=1000, base_net_amount=1000),
			net_total=1000,
			base_net_total=1000,
			grand_total=1000,
		),
	),
	"a header discount": (20, lambda: new_quote(additional_discount_percentage=20)),
	"a header discount in money": (
		20,
		lambda: new_quote(discount_amount=200, apply_discount_on="Net Total"),
	),
	"a header discount on the grand total": (
		20,
		lambda: new_quote(discount_amount=200, apply_discount_on="Grand Total"),
	),
	"a line at rate 0": (28.5714, lambda: new_quote(line(), free())),
	"a free item": (28.5714, lambda: new_quote(line(), free(is_free_item=1))),
	"a negative charge": (20, lambda: new_quote(taxes=[charge(tax_amount=-200)])),
	"a negative tax": (20, lambda: new_quote(taxes=[charge(charge_type="On Net Total", rate=-20)])),
	"an alternative": (20, lambda: new_quote(line(), line(rate=80, is_alternative=1))),
	"a forged exchange rate": (
		20.8,
		lambda: new_quote(line(rate=88), currency="USD", conversion_rate=9, plc_conversion_rate=1),
	),
	"the list's number in a lesser currency": (
		19,
		lambda: new_quote(line(rate=90), currency="USD", conversion_rate=1, plc_conversion_rate=1),
	),
	"a cheaper price list": (20, lambda: new_quote(line(rate=80), selling_price_list=CHEAP_LIST)),
	"a web shop's order type": (20, lambda: new_quote(line(rate=80), order_type="Shopping Cart")),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_a_discount_is_seen_however_it_is_hidden(sales_user: Session, way: str):
	discount, doc = HIDDEN[way]
	answer = insert(sales_user, doc())
	if not answer.ok:
		assert is_clear_no(answer)
		return
	name = made(answer)
	assert measured(sales_user, name) == pytest.approx(discount, abs=0.0001)
	assert status_of(name) == "Required"
	assert_kept_back(sales_user, name)


@pytest.fixture
def coupon() -> Iterator[str]:
	"""A coupon for 20 % off widgets; while its rule is there, ERPNext sets each widget's rate anew."""
	with records.committed_as(records.ADMIN):
		rule = insert_as_admin(
			"Pricing Rule",
			title="HTTP Test Coupon",
			company=records.COMPANY,
			apply_on="Item Code",
			items=[{"item_code": WIDGET}],
			selling=1,
			coupon_code_based=1,
			rate_or_discount="Discount Percentage",
			discount_percentage=20,
			currency=factories.CURRENCY,
		)
		code = insert_as_admin(
			"Coupon Code",
			coupon_name="HTTP Test Coupon",
			coupon_code="HTTP-TEST-20",
			coupon_type="Promotional",
			pricing_rule=rule,
			maximum_use=99,
		)
	yield code
	with records.committed_as(records.ADMIN):
		frappe.delete_doc("Coupon Code", "HTTP Test Coupon", ignore_permissions=True, force=True)
		frappe.delete_doc("Pricing Rule", rule, ignore_permissions=True, force=True)


def test_a_coupon_is_a_discount(sales_user: Session, coupon: str):
	name = quote(sales_user, line(rate=None), coupon_code=coupon)
	assert measured(sales_user, name) == 20
	assert_kept_back(sales_user, name)


# Numbers that are none

INFINITE = float("inf")
REBATE = {"item_name": "Rebate", "description": "Rebate", "qty": 1, "rate": -200, "uom": "Nos"}


def paid_early(discount: float) -> dict[str, Any]:
	"""A schedule's only row, with a discount for paying by tomorrow."""
	return {
		"due_date": LATER,
		"invoice_portion": 100,
		"payment_amount": 1000,
		"discount_type": "Percentage",
		"discount": discount,
		"discount_date": LATER,
	}


BAD_NUMBERS: dict[str, dict[str, Any]] = {
	"NaN as rate": {"items": [line(rate=NOT_A_NUMBER)]},
	"the word NaN as rate": {"items": [line(rate="NaN")]},
	"infinity as rate": {"items": [line(rate=INFINITE)]},
	"NaN as list price": {"items": [line(price_list_rate=NOT_A_NUMBER)]},
	"NaN as line discount": {"items": [line(rate=None, discount_percentage=NOT_A_NUMBER)]},
	"150 % off a line": {"items": [line(rate=None, discount_percentage=150)]},
	"150 % off one of two lines": {"items": [line(), line(GADGET, rate=None, discount_percentage=150)]},
	"a negative quantity": {"items": [line(), line(GADGET, qty=-5, rate=40)]},
	"a negative rate": {"items": [line(), line(GADGET, rate=-20)]},
	"a negative line of text": {"items": [line(), REBATE]},
	"a negative list price": {"items": [line(price_list_rate=-100)]},
	"a negative unit": {"items": [line(uom="Box", conversion_factor=-1)]},
	"NaN as quantity": {"items": [line(qty=NOT_A_NUMBER)]},
	"NaN off all": {"additional_discount_percentage": NOT_A_NUMBER},
	"the word NaN off all": {"additional_discount_percentage": "NaN"},
	"150 % off all": {"additional_discount_percentage": 150},
	"more than all off": {"discount_amount": 1500},
	"NaN in money off all": {"discount_amount": NOT_A_NUMBER},
	"a negative discount in percent": {"additional_discount_percentage": -20},
	"a negative discount in money": {"discount_amount": -200},
	"infinity off all": {"discount_amount": -INFINITE},
	"NaN as exchange rate": {"currency": "USD", "conversion_rate": NOT_A_NUMBER},
	"a negative exchange rate": {"currency": "USD", "conversion_rate": -1},
	"NaN as charge": {"taxes": [charge(tax_amount=NOT_A_NUMBER)]},
	"NaN as tax": {"taxes": [charge(charge_type="On Net Total", rate="NaN")]},
	"NaN as portion of a payment": {
		"payment_schedule": [{"due_date": LATER, "invoice_portion": "NaN", "payment_amount": "NaN"}]
	},
	"a negative portion of a payment": {
		"payment_schedule": [
			{"due_date": LATER, "invoice_portion": portion, "payment_amount": portion * 10}
			for portion in (150, -50)
		]
	},
	"a negative early payment discount": {"payment_schedule": [paid_early(-20)]},
	"150 % off an early payment": {"payment_schedule": [paid_early(150)]},
}
NO_NUMBERS: dict[str, dict[str, Any]] = {
	"a list as rate": {"items": [line(rate=[80])]},
	"an object as quantity": {"items": [line(qty={"a": 1})]},
	"a word as rate": {"items": [line(rate="cheap")]},
	"a word as lines": {"items": "cheap"},
	"numbers as lines": {"items": [1]},
	"a list as item": {"items": [line([WIDGET])]},
	"a list as price list": {"selling_price_list": [factories.PRICE_LIST]},
	"a list as currency": {"currency": ["EUR"]},
	"a list as company": {"company": [records.COMPANY]},
	"a list as day": {"transaction_date": [LATER]},
	"a list as header discount": {"additional_discount_percentage": [20]},
	"a list as approval": {"pe_approval": ["QAPP"], "pe_approval_status": ["Approved"]},
}


@pytest.fixture(scope="module")
def harmless(sales_user: Session) -> str:
	"""One draft at list price that all of them try to spoil."""
	return quote(sales_user)


@pytest.mark.parametrize("numbers", BAD_NUMBERS.values(), ids=BAD_NUMBERS)
def test_a_bad_number_is_a_clear_error(sales_user: Session, harmless: str, numbers: dict[str, Any]):
	before = contents("Quotation", harmless)
	assert is_clear_no(save_form(sales_user, harmless, **numbers))
	assert contents("Quotation", harmless) == before


@pytest.mark.parametrize("values", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_wrong_type_gives_nothing_away(sales_user: Session, values: dict[str, Any]):
	name = quote(sales_user)
	assert is_in_words(save_form(sales_user, name, **values))
	rates = records.stored("Quotation", name, ["base_net_total", "docstatus", "selling_price_list"])
	assert rates == (1000, 0, factories.PRICE_LIST)
