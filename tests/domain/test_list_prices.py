"""Which price of a list is the list price of a line."""

from datetime import date
from decimal import Decimal

import pytest

from pipeline_ext.domain.list_prices import ListPrice, list_rate

ON = date(2026, 3, 15)
PRICES = [
	ListPrice("Nos", Decimal(100)),
	ListPrice("Nos", Decimal(95), valid_from=date(2026, 3, 1)),
	ListPrice("Nos", Decimal(70), valid_upto=date(2026, 3, 14)),
	ListPrice("Box", Decimal(1000)),
	ListPrice("Nos", Decimal(80), customer="Acme"),
]
BREAKS = [
	ListPrice("Nos", Decimal(100)),
	ListPrice("Nos", Decimal(90), packing_unit=10),
	ListPrice("Nos", Decimal(75), packing_unit=100),
	ListPrice("Nos", Decimal(60), packing_unit=6, customer="Acme"),
]


def rate(prices, uom="Nos", customer="", on=ON, quantity=1):
	return list_rate(prices, uom, "Nos", Decimal(12), Decimal(quantity), customer, on)


@pytest.mark.parametrize(
	("uom", "customer", "on", "expected"),
	[
		("Nos", "", ON, 95),
		("Nos", "", date(2026, 2, 28), 70),
		("Nos", "", date(2026, 3, 14), 95),
		("Nos", "Acme", ON, 80),
		("Nos", "Other", ON, 95),
		("Box", "", ON, 1000),
		("Box", "Acme", ON, 1000),
		("Pallet", "", ON, 95 * 12),
		("Pallet", "Acme", ON, 95 * 12),
	],
)
def test_unit_customer_and_day(uom, customer, on, expected):
	assert rate(PRICES, uom, customer, on) == expected


@pytest.mark.parametrize(
	("quantity", "customer", "expected"),
	[
		(1, "", 100),
		(10, "", 90),
		(15, "", 100),
		("10.5", "", 100),
		(200, "", 75),
		(6, "Acme", 60),
		(7, "Acme", 100),
		(-10, "", 90),
	],
)
def test_quantity_breaks(quantity, customer, expected):
	assert rate(BREAKS, customer=customer, quantity=quantity) == expected


def test_a_quantity_that_no_pack_fits_has_the_price_of_the_smallest_pack():
	assert rate(BREAKS[1:3], quantity=7) == 90


def test_a_customers_price_in_the_stock_unit_counts_where_there_is_no_other():
	assert rate([ListPrice("Nos", Decimal(80), customer="Acme")], "Box", "Acme") == 960


@pytest.mark.parametrize(
	("first", "last", "expected"),
	[(ON, None, 7), (None, ON, 7), (date(2026, 3, 16), None, None), (None, date(2026, 3, 14), None)],
)
def test_dates_are_inclusive(first, last, expected):
	assert rate([ListPrice("Nos", Decimal(7), valid_from=first, valid_upto=last)]) == expected


@pytest.mark.parametrize("price", [0, -5])
def test_a_price_of_nothing_is_no_list_price(price):
	assert rate([ListPrice("Nos", Decimal(price))]) is None


def test_of_two_prices_that_say_the_same_the_higher_counts():
	prices = [ListPrice("Nos", Decimal(7)), ListPrice("Nos", Decimal(9)), ListPrice("Nos", Decimal(8))]
	assert rate(prices) == rate(prices[::-1]) == 9


def test_another_unit_is_not_guessed():
	assert rate([ListPrice("Box", Decimal(1000))], "Pallet") is None
