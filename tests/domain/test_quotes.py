"""The true discount however it was given, and a fingerprint that sees what is commercial."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.quotes import ListPrice, QuoteLine, fingerprint, list_rate, measure


def line(quantity, amount, rate):
	return QuoteLine("I", Decimal(quantity), Decimal(amount), None if rate is None else Decimal(rate))


@pytest.mark.parametrize(
	("lines", "percent", "given", "unpriced"),
	[
		([], "0", "0", 0),
		([line(1, 100, 100)], "0", "0", 0),
		([line(2, 180, 100)], "10", "20", 0),
		([line(1, 90, 100), line(1, 110, 100)], "0", "0", 0),
		([line(1, 0, 100)], "100", "100", 0),
		([line(1, 120, 100)], "-20", "-20", 0),
		([line(1, 50, None)], "0", "0", 1),
		([line(1, 90, 100), line(1, 5, None)], "10", "10", 1),
		([line(3, "66.67", "33.33")], "33.3233", "33.32", 0),
	],
)
def test_measure(lines, percent, given, unpriced):
	measures = measure(lines)
	assert measures.discount_percent == Decimal(percent)
	assert measures.discount_amount == Decimal(given)
	assert measures.unpriced_lines == unpriced


ON = date(2026, 3, 15)
PRICES = [
	ListPrice("I", "Nos", Decimal(100)),
	ListPrice("I", "Nos", Decimal(95), valid_from=date(2026, 3, 1)),
	ListPrice("I", "Nos", Decimal(70), valid_upto=date(2026, 3, 14)),
	ListPrice("I", "Box", Decimal(1000)),
	ListPrice("I", "Nos", Decimal(80), customer="Acme"),
	ListPrice("J", "Nos", Decimal(1)),
]


@pytest.mark.parametrize(
	("item", "uom", "customer", "on", "expected"),
	[
		("I", "Nos", "", ON, 95),
		("I", "Nos", "", date(2026, 2, 28), 70),
		("I", "Nos", "Acme", ON, 80),
		("I", "Box", "", ON, 1000),
		("I", "Box", "Acme", ON, 960),
		("J", "Box", "", ON, 12),
		("K", "Nos", "", ON, None),
	],
)
def test_the_list_price_of_a_line(item, uom, customer, on, expected):
	rate = list_rate(PRICES, item, uom, "Nos", Decimal(12), customer, on)
	assert rate == expected


CONTENT = {"party": "Acme", "total": 90.5, "items": [{"item": "I", "qty": 2, "rate": 45.25}]}


def test_equal_content_has_equal_fingerprints_whatever_its_types():
	same = {"items": ({"rate": Decimal("45.250000"), "qty": 2.0, "item": "I"},), "total": "", "party": "Acme"}
	assert fingerprint({**same, "total": Decimal("90.50")}) == fingerprint(CONTENT)


def test_blank_is_blank():
	assert fingerprint({"terms": None}) == fingerprint({"terms": ""})
	assert fingerprint({"rate": -0.0}) == fingerprint({"rate": 0})


@given(st.sampled_from(["qty", "rate"]), st.decimals("-1000", "1000", places=6))
def test_a_change_of_a_figure_changes_the_fingerprint_and_nothing_else_does(field, value):
	row = {**CONTENT["items"][0], field: value}
	same = Decimal(str(CONTENT["items"][0][field])) == value
	assert (fingerprint({**CONTENT, "items": [row]}) == fingerprint(CONTENT)) is same


def test_order_and_number_of_lines_count():
	other = {"item": "J", "qty": 1, "rate": 1}
	both = [CONTENT["items"][0], other]
	prints = {fingerprint({**CONTENT, "items": items}) for items in (both, both[::-1], both[:1], [])}
	assert len(prints) == 4
