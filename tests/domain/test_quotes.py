"""What lines give away however it was given, and a fingerprint that sees what is commercial."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.quotes import (
	MEASURES,
	QuoteLine,
	QuoteTerms,
	Scope,
	fingerprint,
	measure,
)

D = Decimal


def line(quantity, amount, rate, cost=None, key="", instead_of=None):
	rates = [None if each is None else D(each) for each in (rate, cost)]
	return QuoteLine(key, "I", D(quantity), D(amount), *rates, instead_of)


def keyed(*lines):
	return [each if each.key else replace(each, key=str(n)) for n, each in enumerate(lines)]


def measured(*lines, **options):
	return measure(keyed(*lines), **options)


def decimals(*values):
	return tuple(None if value is None else D(value) for value in values)


@pytest.mark.parametrize(
	("lines", "percent", "given", "unlisted"),
	[
		([line(1, 100, 100)], "0", "0", 0),
		([line(2, 180, 100)], "10", "20", 0),
		([line(1, 90, 100), line(1, 110, 100)], "0", "0", 0),
		([line(1, 0, 100)], "100", "100", 0),
		([line(1, 120, 100)], "-20", "-20", 0),
		([line(1, 50, None)], None, None, 1),
		([line(1, 50, 0)], None, None, 1),
		([line(1, 90, 100), line(1, 5, None)], "10", "10", 1),
		([line(3, "66.67", "33.33")], "33.3233", "33.32", 0),
		([line(3, "0.995", "0.335")], "0.9950", "0.01", 0),
		([line(1, -50, 100)], "150", "150", 0),
		([line(1, 100, 100), line(1, -20, None)], "20", "20", 0),
		([line(1, 100, 100), line(-1, -20, 20)], "20", "20", 0),
		([line(1, 100, 100), line(-1, 20, 20)], "0", "0", 0),
		([line(1, 80, 100), line(-1, 20, None)], "20", "20", 0),
		([line(-1, -20, None)], "1000", "20", 0),
		([line(0, 20, 100)], None, None, 1),
	],
)
def test_discount(lines, percent, given, unlisted):
	measures = measured(*lines)
	assert (measures.discount_percent, measures.discount_amount) == decimals(percent, given)
	assert measures.lines_without_list_price == unlisted


@pytest.mark.parametrize(
	("lines", "percent", "margin", "below", "uncosted"),
	[
		([line(2, 200, None, 60)], "40", "80", 0, 0),
		([line(2, 200, None, 100)], "0", "0", 0, 0),
		([line(2, 200, None, 101)], "-1", "-2", 1, 0),
		([line(2, 200, None)], None, None, 0, 1),
		([line(1, 100, None, 60), line(1, 1000, None)], "40", "40", 0, 1),
		([line(1, 100, None, 60), line(1, 0, None, 10)], "30", "30", 1, 0),
		([line(1, 0, None, 10)], "-1000", "-10", 1, 0),
		([line(1, 10, None, 30)], "-200", "-20", 1, 0),
		([line(1, "0.01", None, 30)], "-1000", "-29.99", 1, 0),
		([line(1, 100, None, 60), line(1, -100, None)], "-1000", "-60", 1, 0),
		([line(1, 100, None, 60), line(1, -50, None)], "-20", "-10", 1, 0),
		([line(3, 100, None, "11.111")], "66.6670", "66.67", 0, 0),
	],
)
def test_margin(lines, percent, margin, below, uncosted):
	measures = measured(*lines)
	assert (measures.margin_percent, measures.margin_amount) == decimals(percent, margin)
	assert (measures.lines_below_cost, measures.lines_without_cost) == (below, uncosted)


def test_each_line_says_what_it_gives_away():
	(sold, unknown, taken_back) = measured(line(10, 800, 100, 60), line(1, 5, None), line(-2, -30, 15)).lines
	assert (sold.list_value, sold.quoted_value, sold.discount_amount, sold.discount_percent) == (
		1000,
		800,
		200,
		20,
	)
	assert (sold.cost, sold.margin_amount, sold.margin_percent) == (600, 200, 25)
	assert (unknown.quoted_value, unknown.list_value, unknown.discount_amount, unknown.cost) == (
		5,
		None,
		None,
		None,
	)
	assert (taken_back.list_value, taken_back.discount_amount, taken_back.discount_percent) == (0, 30, 100)
	assert (taken_back.margin_amount, taken_back.margin_percent) == (-30, -1000)


@pytest.mark.parametrize(
	("digits", "list_value", "given"),
	[(0, "1235", "123"), (2, "1234.57", "123.46"), (3, "1234.568", "123.457")],
)
def test_money_has_the_decimals_of_its_currency_half_up(digits, list_value, given):
	measures = measured(line(1, "1111.11105", "1234.56755"), digits=digits)
	assert (str(measures.list_value), str(measures.discount_amount)) == (list_value, given)


def test_half_a_cent_is_rounded_up_both_ways():
	assert measured(line(1, 0, "0.005")).discount_amount == D("0.01")
	assert measured(line(1, "0.01", "0.005")).discount_amount == D("-0.01")


def test_without_lines_nothing_is_measured():
	measures = measure([])
	assert (measures.quoted_value, measures.discount_percent, measures.margin_amount) == (None, None, None)


def test_what_is_not_wanted_is_not_there():
	measures = measured(line(1, 80, 100, 60), wanted={"discount_percent", "lines_without_cost"})
	known = {name for name in MEASURES if measures.total(name) is not None}
	assert known == {"quoted_value", "discount_percent", "lines_without_cost"}


# Alternatives

MAIN = line(1, 90, 100, 60, key="main")
CHEAP = line(1, 10, 20, 9, key="cheap", instead_of="main")
DEAR = line(1, 190, 200, 185, key="dear", instead_of="main")
OTHER = line(1, 100, 100, 50, key="other")


def test_totals_are_those_of_the_worst_choice():
	measures = measured(MAIN, CHEAP, DEAR, OTHER)
	assert (measures.quoted_value, measures.list_value) == (190, 200)
	assert measures.discount_percent == D("8.3333")  # cheap: 10 of 120; main: 10 of 200; dear: 10 of 300
	assert measures.margin_percent == D("18.9655")  # dear: 55 of 290
	assert measures.margin_amount == 51  # cheap: 110 - 59
	assert measures.worst("quoted_value", Scope.TOTAL, above=True) == 290
	assert measures.worst("quoted_value", Scope.TOTAL, above=False) == 110
	assert measures.worst("discount_percent", Scope.TOTAL, above=False) == D("3.3333")
	assert measures.worst("discount_percent", Scope.LINE, above=True) == 50
	assert measures.worst("margin_percent", Scope.LINE, above=False) == D("2.6316")
	assert [each.key for each in measures.lines] == ["main", "cheap", "dear", "other"]


def test_an_alternative_to_nothing_may_be_chosen_or_not():
	orphan = line(1, 0, 100, key="orphan", instead_of="")
	measures = measured(OTHER, orphan)
	assert (measures.quoted_value, measures.discount_amount, measures.discount_percent) == (100, 100, 50)
	assert measures.ranges["discount_percent"] == (0, 50)


amounts = st.decimals(-200, 200, places=2)
rates = st.none() | st.decimals(0, 100, places=2)
quantities = st.decimals(-3, 9, places=1)


@st.composite
def quotes(draw, max_size=6):
	"""Lines, some of them alternatives to the one above."""
	lines, above = [], None
	for n in range(draw(st.integers(1, max_size))):
		instead_of = above if above is not None and draw(st.booleans()) else None
		above = str(n) if instead_of is None else above
		lines.append(
			QuoteLine(str(n), "I", draw(quantities), draw(amounts), draw(rates), draw(rates), instead_of)
		)
	return lines


def every_choice(lines):
	groups = {each.key: [each] for each in lines if each.chosen_instead_of is None}
	for each in lines:
		if each.chosen_instead_of is not None:
			groups[each.chosen_instead_of].append(each)
	for chosen in product(*groups.values()):
		yield [replace(each, chosen_instead_of=None) for each in chosen]


@given(quotes())
def test_no_choice_is_worse_than_what_is_said(lines):
	said = measure(lines)
	tried = [measure(chosen) for chosen in every_choice(lines)]
	for name, worst in (("discount_amount", max), ("margin_amount", min), ("margin_percent", min)):
		found = [getattr(each, name) for each in tried]
		known = [each for each in found if each is not None]
		if name.endswith("amount") and known:
			known = [each or 0 for each in found]
		assert getattr(said, name) == worst(known, default=None), name


@given(quotes())
def test_no_choice_has_a_higher_discount_than_what_is_said(lines):
	listed = [replace(each, quantity=abs(each.quantity) + 1, list_rate=D(50)) for each in lines]
	tried = [measure(chosen).discount_percent for chosen in every_choice(listed)]
	assert measure(listed).discount_percent == max(tried)


@given(quotes(), st.data())
def test_giving_more_away_never_looks_better(lines, data):
	position = data.draw(st.integers(0, len(lines) - 1))
	less = lines[position].amount - data.draw(st.decimals(0, 300, places=2))
	before = measure(lines)
	after = measure([*lines[:position], replace(lines[position], amount=less), *lines[position + 1 :]])
	for scope in Scope:
		for name, above in (
			("discount_amount", True),
			("discount_percent", True),
			("margin_amount", False),
			("margin_percent", False),
		):
			was, is_now = (each.worst(name, scope, above) for each in (before, after))
			if was is not None:
				assert is_now is not None, (name, scope)
				assert is_now >= was if above else is_now <= was, (name, scope)
	assert after.lines_below_cost >= before.lines_below_cost


@given(quotes(), st.randoms())
def test_the_order_of_lines_does_not_matter(lines, random):
	shuffled = random.sample(lines, len(lines))
	one, other = measure(lines), measure(shuffled)
	assert replace(one, lines=()) == replace(other, lines=())
	assert {each.key: each for each in one.lines} == {each.key: each for each in other.lines}


@given(quotes())
def test_lines_add_up_to_the_total(lines):
	alone = [each for each in lines if each.chosen_instead_of is None]
	measures = measure(alone, digits=6)
	given_away = [each.discount_amount for each in measures.lines if each.discount_amount is not None]
	assert measures.discount_amount == (sum(given_away) if given_away else None)


def test_five_hundred_lines_with_alternatives_take_no_time():
	lines = [
		line(n % 7 + 1, 90 + n % 13, 100 - n % 5, 40, key=str(n), instead_of=str(n - 1) if n % 2 else None)
		for n in range(500)
	]
	start = process_time()
	measures = measure(lines)
	assert process_time() - start < 0.5
	assert len(measures.lines) == 500
	assert measures.ranges["discount_percent"][0] < measures.ranges["discount_percent"][1]


# Terms


def test_terms_are_measures_too():
	terms = QuoteTerms(payment_days=D("30.5"), changed_terms=True, new_customer=False)
	measures = measured(OTHER, terms=terms)
	assert measures.worst("payment_days", Scope.TOTAL, above=True) == D("30.5")
	assert measures.worst("changed_terms", Scope.TOTAL, above=True) == 1
	assert measures.worst("new_customer", Scope.TOTAL, above=True) == 0
	assert measures.worst("credit_excess", Scope.TOTAL, above=True) is None


# Fingerprint

CONTENT = {"party": "Acme", "total": 90.5, "items": [{"item": "I", "qty": 2, "rate": 45.25}]}


def test_equal_content_has_equal_fingerprints_whatever_its_types():
	same = {"items": ({"rate": D("45.250000"), "qty": 2.0, "item": "I"},), "total": "90.5", "party": "Acme"}
	assert fingerprint(same) == fingerprint(CONTENT)
	assert len({fingerprint({"n": five}) for five in (5, 5.0, "5", D(5), D("5.000"))}) == 1
	assert fingerprint({"on": date(2026, 3, 15)}) == fingerprint({"on": "2026-03-15"})
	assert fingerprint({"is": True}) == fingerprint({"is": 1}) != fingerprint({"is": False})


def test_blank_is_blank_and_is_not_there():
	assert len({fingerprint(each) for each in ({}, {"terms": None}, {"terms": ""})}) == 1
	assert fingerprint({"rate": -0.0}) == fingerprint({"rate": 0}) != fingerprint({})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300, D("1e-30"), -1e300])
def test_any_number_has_a_fingerprint(number):
	assert len(fingerprint({"rate": number})) == 64


@given(st.sampled_from(["qty", "rate"]), st.decimals("-1000", "1000", places=9))
def test_a_change_of_a_figure_changes_the_fingerprint_and_nothing_else_does(field, value):
	row = {**CONTENT["items"][0], field: value}
	same = D(str(CONTENT["items"][0][field])) == value
	assert (fingerprint({**CONTENT, "items": [row]}) == fingerprint(CONTENT)) is same


contents = st.dictionaries(
	st.sampled_from("abc"), st.integers(-9, 9) | st.sampled_from(["x", "y"]), min_size=1, max_size=3
)


@given(contents, contents)
def test_fingerprints_are_equal_if_and_only_if_contents_are(one, other):
	assert (fingerprint({"items": [one]}) == fingerprint({"items": [other]})) is (one == other)


def test_order_and_number_of_rows_count():
	other = {"item": "J", "qty": 1, "rate": 1}
	both = [CONTENT["items"][0], other]
	prints = {fingerprint({**CONTENT, "items": items}) for items in (both, both[::-1], both[:1], [])}
	assert len(prints) == 4
