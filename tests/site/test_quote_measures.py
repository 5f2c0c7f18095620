"""What a quote gives away, measured on a real site however the discount was given."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import frappe
import pytest
from frappe.model.document import Document
from frappe.utils import add_days, nowdate

from pipeline_ext.doc_events.bad_numbers import refuse_unusable_numbers
from pipeline_ext.domain.quotes import QuoteMeasures, fingerprint
from pipeline_ext.reports import quotations
from pipeline_ext.reports.quote_numbers import BadNumber, ExchangeRateMissing
from pipeline_ext.reports.quote_terms import ENDLESS
from tests.site import factories
from tests.site.factories import COMPANY, GADGET, PRICE_LIST, WAREHOUSE, WIDGET
from tests.site.measure import count_queries, without_app

DISCOUNT = {"discount_percent", "discount_amount", "lines_without_list_price"}


@pytest.fixture
def customer() -> Document:
	return factories.customer()


@pytest.fixture
def draft(customer: Document) -> Callable[..., Document]:
	"""Makes a draft for the customer: rows of (item, quantity, rate, other fields), fields of the quote."""

	def make(*rows: tuple, **fields: Any) -> Document:
		items = [
			{"item_code": item, "qty": quantity, "rate": rate, **(more[0] if more else {})}
			for item, quantity, rate, *more in rows or [(WIDGET, 10, 100)]
		]
		return insert(
			"Quotation",
			**{
				"company": COMPANY,
				"quotation_to": "Customer",
				"party_name": customer.name,
				"currency": factories.CURRENCY,
				"selling_price_list": PRICE_LIST,
				"items": items,
				**fields,
			},
		)

	return make


def insert(doctype: str, **fields: Any) -> Document:
	"""A document as ERPNext makes it, without what the app makes of it."""
	with without_app():
		return frappe.get_doc({"doctype": doctype, **fields}).insert()


def price(item: str, rate: float, **fields: Any) -> Document:
	return insert(
		"Item Price", **{"item_code": item, "price_list": PRICE_LIST, "price_list_rate": rate, **fields}
	)


def price_list(name: str, currency: str = factories.CURRENCY, **rates: float) -> str:
	"""A price list with the rate of a widget."""
	insert("Price List", price_list_name=name, currency=currency, selling=1, enabled=1)
	for rate in rates.values():
		price(WIDGET, rate, price_list=name)
	return name


def item(code: str, **fields: Any) -> str:
	defaults = {"item_name": code, "item_group": "Products", "stock_uom": "Nos", "is_stock_item": 1}
	return insert("Item", item_code=code, **{**defaults, **fields}).name


def exchange(currency: str, rate: float, on: str = "2020-01-01") -> None:
	insert(
		"Currency Exchange",
		from_currency=currency,
		to_currency=factories.CURRENCY,
		exchange_rate=rate,
		date=on,
		for_selling=1,
		for_buying=1,
	)


def charge(amount: float = 0, charge_type: str = "Actual", rate: float = 0, **fields: Any) -> dict[str, Any]:
	account = f"Freight and Forwarding Charges - {factories.ABBREVIATION}"
	return {
		"charge_type": charge_type,
		"account_head": account,
		"description": "Charge",
		"tax_amount": amount,
		"rate": rate,
		**fields,
	}


def given(doc: Document) -> tuple[Decimal | None, Decimal | None]:
	measures = quotations.measures_of(doc, DISCOUNT)
	return measures.discount_percent, measures.discount_amount


def discounts_by_line(measures: QuoteMeasures) -> list[Decimal | None]:
	return [line.discount_percent for line in measures.lines]


# However it was given


def test_at_list_price_nothing_is_given_away(draft):
	measures = quotations.measures_of(draft((WIDGET, 10, 100), (GADGET, 5, 40)))
	assert (measures.list_value, measures.quoted_value) == (1200, 1200)
	assert (measures.discount_percent, measures.discount_amount) == (0, 0)


@pytest.mark.parametrize(
	"disguise",
	[
		{},
		{"price_list_rate": 80},
		{"price_list_rate": 80, "discount_percentage": 0},
		{"price_list_rate": 160, "discount_percentage": 50, "rate": 0},
		{"price_list_rate": 100, "discount_percentage": 20, "rate": 0},
		{"price_list_rate": 100, "discount_amount": 20, "rate": 0, "margin_type": ""},
		{"price_list_rate": 60, "margin_type": "Amount", "margin_rate_or_amount": 20},
	],
)
def test_a_lower_rate_is_a_discount_whatever_it_is_dressed_up_as(draft, disguise):
	doc = draft((WIDGET, 10, 80, disguise), ignore_pricing_rule=1)
	assert doc.items[0].rate == 80 or disguise.get("discount_amount")
	assert given(doc)[0] == (1 - Decimal(str(doc.items[0].rate)) / 100) * 100


@pytest.mark.parametrize(
	("fields", "percent", "money"),
	[
		({"apply_discount_on": "Net Total", "additional_discount_percentage": 10}, "10", "100"),
		({"apply_discount_on": "Grand Total", "additional_discount_percentage": 10}, "10", "100"),
		({"apply_discount_on": "Net Total", "discount_amount": 125}, "12.5", "125"),
		({"apply_discount_on": "Grand Total", "discount_amount": 125}, "12.5", "125"),
	],
)
def test_a_discount_on_the_whole_quote(draft, fields, percent, money):
	doc = draft((WIDGET, 8, 100), (GADGET, 5, 40), **fields)
	assert given(doc) == (Decimal(percent), Decimal(money))
	assert discounts_by_line(quotations.measures_of(doc)) == [Decimal(percent)] * 2


def test_a_discount_on_a_grand_total_with_tax_is_shared_with_the_tax(draft):
	"""119 off 1190 are 100 off 1000 and 19 off the tax."""
	doc = draft(apply_discount_on="Grand Total", discount_amount=119, taxes=[factories.tax(19)])
	assert doc.grand_total == 1071
	assert given(doc) == (10, 100)


def test_a_discount_that_leaves_nothing(draft):
	doc = draft((WIDGET, 8, 100), (GADGET, 5, 40), apply_discount_on="Net Total", discount_amount=1000)
	measures = quotations.measures_of(doc)
	assert (measures.discount_percent, measures.discount_amount) == (100, 1000)
	assert (measures.margin_percent, measures.margin_amount) == (-1000, -325)


def pricing_rule(**fields: Any) -> Document:
	return insert(
		"Pricing Rule",
		**{
			"title": "Fifteen off",
			"apply_on": "Item Code",
			"items": [{"item_code": WIDGET}],
			"selling": 1,
			"company": COMPANY,
			"currency": factories.CURRENCY,
			"price_or_product_discount": "Price",
			"rate_or_discount": "Discount Percentage",
			"discount_percentage": 15,
			**fields,
		},
	)


def test_a_pricing_rule(draft):
	pricing_rule()
	doc = draft()
	assert doc.items[0].rate == 85
	assert given(doc) == (15, 150)


def test_a_coupon(draft):
	rule = pricing_rule(coupon_code_based=1, discount_percentage=25)
	insert("Coupon Code", coupon_name="Spring", coupon_type="Promotional", pricing_rule=rule.name)
	assert given(draft()) == (0, 0)
	assert given(draft(coupon_code="Spring")) == (25, 250)


def test_a_free_item_of_a_pricing_rule(draft):
	pricing_rule(price_or_product_discount="Product", free_item=GADGET, free_qty=5, min_qty=1, same_item=0)
	doc = draft()
	assert [(row.item_code, row.rate) for row in doc.items] == [(WIDGET, 100), (GADGET, 0)]
	measures = quotations.measures_of(doc, DISCOUNT)
	assert (measures.discount_percent, measures.discount_amount) == (Decimal("16.6667"), 200)
	assert discounts_by_line(measures) == [0, 100]


def test_a_line_for_nothing(draft):
	doc = draft((WIDGET, 8, 100), (GADGET, 5, 0, {"discount_percentage": 100}))
	assert doc.net_total == 800
	assert given(doc) == (20, 200)


@pytest.mark.parametrize(
	("charges", "percent", "money"),
	[
		([charge(-150)], "15", "150"),
		([charge(-150), charge(150)], "15", "150"),
		([charge(charge_type="On Net Total", rate=-5)], "5", "50"),
		([charge(80)], "0", "0"),
	],
)
def test_a_negative_charge(draft, charges, percent, money):
	doc = draft((WIDGET, 8, 100), (GADGET, 5, 40), taxes=charges)
	assert given(doc) == (Decimal(percent), Decimal(money))
	assert discounts_by_line(quotations.measures_of(doc)) == [Decimal(percent)] * 2


def test_tax_included_in_the_rate_is_not_the_companys(draft):
	"""119 with 19 % tax included are 100; 100 with tax included are 84.03."""
	included = {**factories.tax(19), "included_in_print_rate": 1}
	assert given(draft((WIDGET, 1, 119), taxes=[included])) == (0, 0)
	assert given(draft((WIDGET, 1, 100), taxes=[included])) == (Decimal("15.97"), Decimal("15.97"))


def test_a_negative_line_is_given_away_in_full(draft):
	measures = quotations.measures_of(draft((WIDGET, 10, 100), (WIDGET, -1, 100)))
	assert (measures.discount_percent, measures.discount_amount) == (10, 100)
	assert discounts_by_line(measures) == [0, 100]
	assert (measures.margin_amount, measures.lines_below_cost) == (650, 1)


def test_a_rebate_item_without_a_price_counts(draft):
	rebate = item("Pipeline Rebate", is_stock_item=0)
	measures = quotations.measures_of(draft((WIDGET, 10, 100), (rebate, 1, -300)), DISCOUNT)
	assert (measures.discount_percent, measures.lines_without_list_price) == (30, 0)


def test_a_price_per_unit_is_measured_on_one_unit(draft):
	frappe.db.set_single_value("Selling Settings", "allow_zero_qty_in_quotation", 1)
	doc = draft((WIDGET, 0, 70), (GADGET, 5, 40))
	assert discounts_by_line(quotations.measures_of(doc)) == [30, 0]


def test_an_early_payment_discount_counts_as_taken(draft):
	halves = [
		{"due_date": add_days(nowdate(), days), "invoice_portion": 50, **discount}
		for days, discount in (
			(10, {"discount_type": "Percentage", "discount": 4, "discount_date": nowdate()}),
			(30, {}),
		)
	]
	assert given(draft(payment_schedule=halves)) == (2, 20)


# Alternatives


def test_the_customer_may_choose_what_costs_the_company_most(draft):
	"""Main: 0 of 1000 off. Alternative: 100 of 400 off. The other line: 0 of 100."""
	doc = draft((WIDGET, 10, 100), (GADGET, 10, 30, {"is_alternative": 1}), (WIDGET, 1, 100))
	measures = quotations.measures_of(doc)
	assert doc.net_total == measures.quoted_value == 1100
	assert (measures.discount_percent, measures.discount_amount) == (20, 100)
	assert (measures.margin_percent, measures.margin_amount) == (Decimal("31.25"), 125)
	assert discounts_by_line(measures) == [0, 25, 0]
	assert measures.lines[1].key == doc.items[1].name


def test_a_discount_in_percent_is_off_alternatives_too(draft):
	doc = draft(
		(WIDGET, 10, 100),
		(GADGET, 10, 40, {"is_alternative": 1}),
		apply_discount_on="Net Total",
		additional_discount_percentage=10,
	)
	assert discounts_by_line(quotations.measures_of(doc)) == [10, 10]


@pytest.mark.parametrize(
	"fields", [{"apply_discount_on": "Net Total", "discount_amount": 100}, {"taxes": [charge(-100)]}]
)
def test_a_discount_in_money_weighs_more_on_a_cheaper_alternative(draft, fields):
	"""100 off 1000 is 100 off 400 for whoever chooses the alternative, as in the order made from it."""
	doc = draft((WIDGET, 10, 100), (GADGET, 10, 40, {"is_alternative": 1}), **fields)
	measures = quotations.measures_of(doc)
	assert discounts_by_line(measures) == [10, 25]
	assert measures.discount_percent == 25
	assert measures.ranges["discount_amount"] == (100, 100)


# Bundles


@pytest.fixture
def bundle() -> str:
	"""Two widgets and three gadgets: 320 at list price, 125 at cost."""
	name = item("Pipeline Kit", is_stock_item=0)
	insert(
		"Product Bundle",
		new_item_code=name,
		items=[{"item_code": WIDGET, "qty": 2}, {"item_code": GADGET, "qty": 3}],
	)
	return name


def test_a_bundle_is_worth_what_its_components_are(draft, bundle):
	measures = quotations.measures_of(draft((bundle, 2, 240)))
	assert (measures.list_value, measures.quoted_value) == (640, 480)
	assert (measures.discount_percent, measures.margin_amount) == (25, 230)


def test_a_bundle_has_its_own_price_where_a_list_says_so(draft, bundle):
	price(bundle, 300)
	measures = quotations.measures_of(draft((bundle, 2, 240)))
	assert (measures.list_value, measures.discount_percent, measures.margin_amount) == (600, 20, 230)


def test_a_bundle_with_a_component_of_unknown_value_is_not_valued(draft, bundle):
	kit = frappe.get_doc("Product Bundle", bundle)
	kit.append("items", {"item_code": item("Pipeline Unknown"), "qty": 1})
	kit.save()
	measures = quotations.measures_of(draft((bundle, 1, 240)))
	assert (measures.lines_without_list_price, measures.lines_without_cost) == (1, 1)
	assert (measures.discount_percent, measures.margin_percent) == (None, None)


def test_a_disabled_bundle_is_none(draft, bundle):
	doc = draft((bundle, 1, 240))
	frappe.db.set_value("Product Bundle", bundle, "disabled", 1)
	assert quotations.measures_of(doc, DISCOUNT).lines_without_list_price == 1


# The right price


def test_a_cheap_list_hides_nothing(draft, customer):
	customer.default_price_list = PRICE_LIST
	customer.save()
	doc = draft((WIDGET, 10, 80), selling_price_list=price_list("Pipeline Cheap", rate=80))
	assert doc.items[0].price_list_rate == 80
	assert given(doc) == (20, 200)


@pytest.mark.parametrize("own", ["Customer", "Customer Group", "Selling Settings"])
def test_the_list_of_the_customer_the_group_or_the_settings(draft, customer, own):
	cheap, dear = price_list("Pipeline Cheap", rate=80), price_list("Pipeline Dear", rate=160)
	customer.reload()
	if own == "Customer":
		frappe.db.set_single_value("Selling Settings", "selling_price_list", cheap)
		customer.update({"default_price_list": dear}).save()
	elif own == "Customer Group":
		group = frappe.get_doc("Customer Group", customer.customer_group)
		group.update({"default_price_list": dear}).save()
	else:
		frappe.db.set_single_value("Selling Settings", "selling_price_list", dear)
	assert given(draft((WIDGET, 1, 80), selling_price_list=cheap)) == (50, 80)


def test_a_lead_buys_from_the_list_in_selling_settings(draft):
	frappe.db.set_single_value("Selling Settings", "selling_price_list", PRICE_LIST)
	cheap = price_list("Pipeline Cheap", rate=80)
	lead = factories.lead()
	doc = draft((WIDGET, 1, 80), quotation_to="Lead", party_name=lead.name, selling_price_list=cheap)
	assert given(doc) == (20, 20)


def test_a_date_hides_nothing(draft):
	price(WIDGET, 60, valid_from="2025-01-01", valid_upto="2025-01-31")
	price(WIDGET, 110, valid_from=nowdate(), valid_upto=add_days(nowdate(), 5))
	price(WIDGET, 130, valid_from=add_days(nowdate(), 20))
	assert given(draft((WIDGET, 1, 60), transaction_date="2025-01-15"))[1] == 50
	assert given(draft((WIDGET, 1, 100)))[1] == 10
	assert given(draft((WIDGET, 1, 100), transaction_date=add_days(nowdate(), 30)))[1] == 30


def test_a_price_for_one_customer_is_for_nobody_else(draft, customer):
	price(WIDGET, 90, customer=customer.name)
	assert given(draft((WIDGET, 10, 90))) == (0, 0)
	other = factories.customer("Other")
	assert given(draft((WIDGET, 10, 90), party_name=other.name)) == (10, 100)


def test_a_price_for_a_pack_is_for_full_packs(draft):
	price(WIDGET, 90, packing_unit=12)
	assert given(draft((WIDGET, 24, 90))) == (0, 0)
	assert given(draft((WIDGET, 25, 90))) == (10, 250)


@pytest.fixture
def boxed() -> str:
	"""Sold at 10 apiece; there are 12 in a box, and 50 in a crate, says the site."""
	name = item("Pipeline Bolt", uoms=[{"uom": "Box", "conversion_factor": 12}])
	price(name, 10)
	return name


@pytest.mark.parametrize("claimed", [0.5, 1, 12])
def test_how_many_are_in_a_box_is_the_sites_to_say(draft, boxed, claimed):
	doc = draft((boxed, 2, 90, {"uom": "Box", "conversion_factor": claimed}))
	assert given(doc) == (25, 60)


def test_a_row_that_hands_over_more_than_a_box_has_is_worth_more(draft, boxed):
	doc = draft((boxed, 2, 120, {"uom": "Box", "conversion_factor": 24}))
	assert doc.items[0].stock_qty == 48
	assert given(doc) == (50, 240)
	price(boxed, 100, uom="Box")
	assert given(doc) == (40, 160)


def test_a_line_without_a_list_price_says_so_and_is_left_out(draft):
	measures = quotations.measures_of(draft((WIDGET, 10, 90), (item("Pipeline Unknown"), 1, 5)), DISCOUNT)
	assert (measures.lines_without_list_price, measures.discount_percent) == (1, 10)
	assert measures.lines[1].list_value is None


# Currencies


@pytest.mark.parametrize("claimed", [0.9, 2, 0.0001])
def test_the_quotes_own_exchange_rate_is_not_believed(draft, claimed):
	"""80 USD are 72 EUR, of a list price of 100 EUR."""
	doc = draft((WIDGET, 10, 80), currency="USD", conversion_rate=claimed)
	measures = quotations.measures_of(doc, DISCOUNT)
	assert (measures.quoted_value, measures.list_value) == (720, 1000)
	assert (measures.discount_percent, measures.discount_amount) == (28, 280)


def test_three_currencies(draft):
	"""A list in GBP at 1.25 EUR, a quote in USD at 0.9 EUR: 111 USD are 99.90 EUR, of 80 GBP or 100 EUR."""
	exchange("GBP", 1.25)
	listed = price_list("Pipeline Sterling", currency="GBP", rate=88)
	doc = draft((WIDGET, 10, 99), currency="USD", selling_price_list=listed, plc_conversion_rate=1.25)
	measures = quotations.measures_of(doc, DISCOUNT)
	assert (measures.quoted_value, measures.list_value) == (891, 1100)
	assert measures.discount_percent == 19


def test_a_list_in_the_quotes_currency_is_not_distorted_by_the_date(draft):
	exchange("USD", 1.2, on=add_days(nowdate(), -30))
	listed = price_list("Pipeline Dollar", currency="USD", rate=200)
	doc = draft(
		(WIDGET, 1, 180), currency="USD", selling_price_list=listed, transaction_date=add_days(nowdate(), -60)
	)
	measures = quotations.measures_of(doc, DISCOUNT)
	assert measures.discount_percent == 10
	assert measures.quoted_value == 162


def test_without_an_exchange_rate_it_says_what_to_add(draft):
	doc = draft()
	doc.currency = "INR"
	with pytest.raises(ExchangeRateMissing, match=r"from INR to EUR.*Add a Currency Exchange"):
		quotations.measures_of(doc, DISCOUNT)
	assert quotations.measures_of(doc, {"new_customer"}).terms.new_customer


def test_money_is_rounded_as_the_companys_currency_is_written(draft):
	doc = draft((WIDGET, 1, "66.666"))
	frappe.db.set_value("Currency", factories.CURRENCY, "number_format", "#,###")
	assert given(doc)[1] == 33


# Costs


def test_margin_is_over_what_the_stock_is_worth(draft):
	measures = quotations.measures_of(draft((WIDGET, 10, 50), (GADGET, 4, 20)))
	assert (measures.margin_amount, measures.margin_percent) == (230, Decimal("39.6552"))
	assert [line.margin_amount for line in measures.lines] == [250, -20]
	assert (measures.lines_below_cost, measures.lines_without_cost) == (1, 0)


def test_the_warehouse_of_a_row_hides_no_cost(draft):
	cheap = insert("Warehouse", warehouse_name="Cheap", company=COMPANY).name
	insert("Bin", item_code=WIDGET, warehouse=cheap, valuation_rate=1)
	measures = quotations.measures_of(draft((WIDGET, 10, 50, {"warehouse": cheap})))
	assert measures.lines[0].cost == 250


@pytest.mark.parametrize(
	("fields", "cost"),
	[
		({"last_purchase_rate": 7}, 70),
		({"last_purchase_rate": 7, "valuation_rate": 5}, 70),
		({"valuation_rate": 5}, 50),
		({}, None),
	],
)
def test_without_stock_it_is_what_was_last_paid(draft, fields, cost):
	service = item("Pipeline Service", is_stock_item=0)
	frappe.db.set_value("Item", service, fields or {"last_purchase_rate": 0})
	measures = quotations.measures_of(draft((service, 10, 9)))
	assert measures.lines[0].cost == cost
	assert measures.lines_without_cost == (cost is None)


def test_another_companys_stock_is_no_cost(draft):
	other = item("Pipeline Elsewhere")
	insert("Bin", item_code=other, warehouse=WAREHOUSE, valuation_rate=4)
	doc = draft((other, 10, 9))
	assert quotations.measures_of(doc).lines[0].cost == 40
	frappe.db.set_value("Warehouse", WAREHOUSE, "company", "Elsewhere Ltd")
	assert quotations.measures_of(doc).lines[0].cost is None


# Terms


def terms(doc: Document, *wanted: str):
	return quotations.measures_of(doc, wanted).terms


def test_payment_days_are_weighted_by_what_falls_due(draft):
	schedule = [
		{"due_date": add_days(nowdate(), days), "invoice_portion": portion}
		for days, portion in ((0, 20), (30, 50), (60, 30))
	]
	assert terms(draft(payment_schedule=schedule), "payment_days").payment_days == 33
	assert terms(draft(), "payment_days").payment_days == 0


def test_validity(draft):
	assert terms(draft(valid_till=add_days(nowdate(), 45)), "validity_days").validity_days == 45
	assert terms(draft(), "validity_days").validity_days == ENDLESS


@pytest.mark.parametrize(
	("text", "changed"),
	[
		("<p>Net 30 days for Acme.</p>", False),
		("<div class='ql-editor read-mode'><p>Net&nbsp;30 days  for Acme.</p></div>", False),
		("<p>Net 90 days for Acme.</p>", True),
		("<p>Net <s>30</s> days for Acme.</p>", True),
		("", True),
	],
)
def test_terms_that_read_other_than_their_template(draft, text, changed):
	insert(
		"Terms and Conditions", title="Usual", selling=1, terms="<p>Net 30 days for {{ customer_name }}.</p>"
	)
	doc = draft(tc_name="Usual", terms=text)
	assert terms(doc, "changed_terms").changed_terms is changed


def test_terms_that_come_from_no_template(draft):
	assert terms(draft(terms="<p>Pay when you like.</p>"), "changed_terms").changed_terms
	assert terms(draft(), "changed_terms").changed_terms is False


def test_a_template_that_cannot_be_rendered_is_nobodys_text(draft):
	insert("Terms and Conditions", title="Broken", selling=1, terms="{{ items + 1 }}")
	assert terms(draft(tc_name="Broken", terms="Anything"), "changed_terms").changed_terms


def test_a_customer_is_new_until_something_was_ordered(draft, customer):
	doc = draft()
	assert terms(doc, "new_customer").new_customer
	with without_app():
		factories.direct_order(customer.name, {WIDGET: 1})
	assert terms(doc, "new_customer").new_customer is False
	lead = factories.lead()
	assert terms(draft(quotation_to="Lead", party_name=lead.name), "new_customer").new_customer


@pytest.mark.parametrize("field", ["disabled", "is_frozen"])
def test_a_blocked_customer(draft, customer, field):
	doc = draft()
	assert terms(doc, "blocked_customer").blocked_customer is False
	customer.reload()
	customer.update({field: 1}).save()
	assert terms(doc, "blocked_customer").blocked_customer


def credit_limit(doctype: str, name: str, limit: float) -> None:
	doc = frappe.get_doc(doctype, name)
	doc.append("credit_limits", {"company": COMPANY, "credit_limit": limit})
	doc.save()


def test_credit_beyond_the_limit_of_customer_group_or_company(draft, customer):
	doc = draft((WIDGET, 10, 100), taxes=[factories.tax(19)])
	assert terms(doc, "credit_excess").credit_excess == 0
	frappe.db.set_value("Company", COMPANY, "credit_limit", 1000)
	assert terms(doc, "credit_excess").credit_excess == 190
	credit_limit("Customer Group", customer.customer_group, 900)
	assert terms(doc, "credit_excess").credit_excess == 290
	credit_limit("Customer", customer.name, 1500)
	assert terms(doc, "credit_excess").credit_excess == 0
	with without_app():
		factories.direct_order(customer.name, {WIDGET: 5})
	assert terms(doc, "credit_excess").credit_excess == 190


def test_credit_in_another_currency_for_the_dearest_alternative(draft, customer):
	credit_limit("Customer", customer.name, 500)
	doc = draft((GADGET, 10, 50), (WIDGET, 10, 100, {"is_alternative": 1}), currency="USD")
	assert terms(doc, "credit_excess").credit_excess == 400


def test_a_submitted_order_is_not_owed_twice(customer):
	credit_limit("Customer", customer.name, 600)
	with without_app():
		ordered = factories.direct_order(customer.name, {WIDGET: 5})
	assert terms(ordered, "credit_excess").credit_excess == 0
	ordered.append("items", {**ordered.items[0].as_dict(), "name": None, "idx": None})
	ordered.calculate_taxes_and_totals()
	assert terms(ordered, "credit_excess").credit_excess == 400


# Orders


def test_an_order_is_measured_like_a_quotation(customer):
	doc = insert(
		"Sales Order",
		company=COMPANY,
		customer=customer.name,
		delivery_date=nowdate(),
		currency=factories.CURRENCY,
		selling_price_list=PRICE_LIST,
		apply_discount_on="Net Total",
		additional_discount_percentage=10,
		items=[{"item_code": WIDGET, "qty": 10, "rate": 80}],
	)
	measures = quotations.measures_of(doc)
	assert (measures.discount_percent, measures.margin_amount) == (28, 470)
	assert (measures.terms.validity_days, measures.terms.new_customer) == (None, True)
	assert quotations.subject_of(doc) == quotations.subject_of(
		frappe.get_doc(
			{
				"doctype": "Quotation",
				"company": COMPANY,
				"quotation_to": "Customer",
				"party_name": customer.name,
			}
		)
	)


# Bad numbers


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "nan", 1e300])
def test_what_is_no_number_is_refused_with_its_name(value):
	doc = unsaved()
	refuse_unusable_numbers(doc)
	for row, field, said in (
		(doc, "conversion_rate", "Exchange Rate"),
		(doc, "additional_discount_percentage", "Additional Discount Percentage"),
		(doc.items[1], "qty", "Quantity in row 2"),
		(doc.items[0], "rate", "Rate in row 1"),
		(doc.payment_schedule[0], "discount", "Discount in row 1"),
	):
		was = row.get(field)
		row.set(field, value)
		with pytest.raises(BadNumber, match=said):
			refuse_unusable_numbers(doc)
		row.set(field, was)


def test_an_amount_too_large_to_count_with_is_refused_when_measured(draft):
	doc = draft()
	doc.items[0].net_amount = 1e25
	with pytest.raises(BadNumber):
		quotations.measures_of(doc)


def test_more_than_a_hundred_percent_off_is_measured(draft):
	doc = draft((WIDGET, 10, 100), (GADGET, 10, -20))
	measures = quotations.measures_of(doc)
	assert discounts_by_line(measures) == [0, 150]
	assert measures.discount_amount == 600


# What an approval covers


def fingerprint_of(doc: Document) -> str:
	return fingerprint(quotations.commercial_content(doc))


def unsaved() -> Document:
	return frappe.get_doc(
		{
			"doctype": "Quotation",
			"company": COMPANY,
			"quotation_to": "Customer",
			"party_name": "Acme",
			"currency": factories.CURRENCY,
			"transaction_date": "2026-03-15",
			"valid_till": "2026-03-31",
			"terms": "<p>As usual.</p>",
			"grand_total": 1210,
			"items": [
				{"item_code": WIDGET, "qty": 10, "uom": "Nos", "rate": 100, "net_amount": 1000},
				{"item_code": GADGET, "qty": 5, "uom": "Nos", "rate": 40, "net_amount": 200},
			],
			"taxes": [charge(10)],
			"payment_schedule": [{"due_date": "2026-03-31", "invoice_portion": 100}],
		}
	)


@pytest.mark.parametrize(
	("table", "field", "value"),
	[
		(None, "party_name", "Somebody else"),
		(None, "currency", "USD"),
		(None, "valid_till", "2031-01-01"),
		(None, "transaction_date", "2020-01-01"),
		(None, "terms", "<p>As never.</p>"),
		(None, "tc_name", "Other"),
		(None, "incoterm", "DDP"),
		(None, "coupon_code", "Spring"),
		(None, "payment_terms_template", "Later"),
		(None, "additional_discount_percentage", 0.001),
		(None, "shipping_rule", "Free"),
		("items", "item_code", GADGET),
		("items", "qty", 10.001),
		("items", "uom", "Box"),
		("items", "conversion_factor", 2),
		("items", "rate", 99.99),
		("items", "net_amount", 999.99),
		("items", "description", "With lifelong service"),
		("items", "is_alternative", 1),
		("taxes", "tax_amount", -10),
		("taxes", "charge_type", "On Net Total"),
		("payment_schedule", "due_date", "2031-01-01"),
		("payment_schedule", "invoice_portion", 99),
		("payment_schedule", "discount", 2),
	],
)
def test_what_is_commercial_changes_the_fingerprint(table, field, value):
	doc = unsaved()
	before = fingerprint_of(doc)
	(doc.get(table)[0] if table else doc).set(field, value)
	assert fingerprint_of(doc) != before


@pytest.mark.parametrize("table", ["items", "taxes", "payment_schedule"])
def test_a_row_less_changes_the_fingerprint(table):
	doc = unsaved()
	before = fingerprint_of(doc)
	doc.get(table).pop()
	assert fingerprint_of(doc) != before


@pytest.mark.parametrize(
	("table", "field", "value"),
	[
		(None, "title", "Another title"),
		(None, "letter_head", "Other"),
		(None, "status", "Open"),
		(None, "modified", "2020-01-01 00:00:00"),
		(None, "contact_person", "Somebody"),
		(None, "grand_total", "1210.0"),
		("items", "name", "another"),
		("items", "warehouse", "Elsewhere"),
		("items", "qty", "10"),
		("items", "qty", 10),
		("items", "rate", "100.0"),
		("items", "projected_qty", 7),
		("payment_schedule", "name", "another"),
	],
)
def test_what_is_not_commercial_leaves_the_fingerprint(table, field, value):
	doc = unsaved()
	before = fingerprint_of(doc)
	(doc.get(table)[0] if table else doc).set(field, value)
	assert fingerprint_of(doc) == before


def test_a_quote_read_again_has_the_same_fingerprint(draft):
	doc = draft(
		(WIDGET, 3, 33.33), (GADGET, 1, 7, {"is_alternative": 1}), taxes=[charge(10)], terms="<p>A</p>"
	)
	assert fingerprint_of(frappe.get_doc("Quotation", doc.name)) == fingerprint_of(doc)


# What it costs


def queries(doc: Document, wanted: set[str]) -> int:
	"""What measuring costs with a warm cache."""
	quotations.measures_of(doc, wanted)
	return count_queries(lambda: quotations.measures_of(doc, wanted))


def test_measuring_discounts_takes_one_query(draft):
	doc = draft(*[(WIDGET, n, 90) for n in range(1, 11)])
	assert queries(doc, DISCOUNT) == 1
	assert queries(doc, set()) == 0


def test_other_things_cost_one_query_each(draft, bundle):
	doc = draft((bundle, 1, 240), (WIDGET, 1, 90), currency="USD")
	exchange_rate_bundles_and_prices = 3
	assert queries(doc, DISCOUNT) == exchange_rate_bundles_and_prices
	assert queries(doc, {*DISCOUNT, "margin_percent"}) == exchange_rate_bundles_and_prices + 1
	assert queries(doc, {"new_customer"}) == 1


def test_five_hundred_lines(draft):
	doc = draft()
	row = doc.items[0].as_dict()
	doc.set("items", [{**row, "name": f"row-{n}", "rate": 90, "net_amount": 900} for n in range(500)])
	measures = quotations.measures_of(doc, DISCOUNT)
	assert (measures.list_value, measures.discount_percent) == (500_000, 10)
	assert queries(doc, DISCOUNT) == 1
