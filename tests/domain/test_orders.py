"""Where an order falls below its quotes, and where it does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.approvals import ApproverType, Policy, Rule, breaches
from pipeline_ext.domain.orders import (
	Ordered,
	OrderedLine,
	Quoted,
	QuotedLine,
	Shortfall,
	Undercut,
	falls_below,
	joined,
)

CENT = Decimal("0.01")


def quoted(rate="80", quantity="10", **fields):
	"""Ten widgets at 80, to be paid after 30 days."""
	line = QuotedLine("Widget", Decimal(rate), Decimal(quantity), fields.pop("rounding", Decimal()))
	return Quoted({"quoted": line}, **{"payment_days": Decimal(30), **fields})


def line(rate="80", quantity="10", key="ordered", **fields):
	return OrderedLine(
		key,
		**{"item": "Widget", "quoted_as": "quoted", **fields},
		rate=Decimal(rate),
		quantity=Decimal(quantity),
	)


def ordered(*lines, payment_days=30):
	return Ordered(lines or (line(),), Decimal(payment_days))


def reasons(found):
	return [undercut.reason for undercut in found]


def test_what_was_quoted_may_be_ordered():
	assert falls_below(quoted(), ordered()) == ()


@pytest.mark.parametrize(
	("rate", "quantity", "days"),
	[("80", "3", 30), ("80.01", "10", 30), ("95", "1", 0), ("80", "10", 29)],
)
def test_less_at_a_higher_price_and_sooner_paid_is_no_undercut(rate, quantity, days):
	assert falls_below(quoted(), ordered(line(rate, quantity), payment_days=days)) == ()


def test_a_cent_below_is_named_with_both_prices():
	assert falls_below(quoted(), ordered(line("79.99"))) == (
		Undercut(Shortfall.PRICE, "ordered", Decimal(80), Decimal("79.99")),
	)


@pytest.mark.parametrize(("rate", "found"), [("79.999", []), ("79.9989", [Shortfall.PRICE])])
def test_rounding_explains_a_cent_of_the_line_and_no_more(rate, found):
	"""Ten widgets at 79.999 are 799.99, a cent less than quoted."""
	assert reasons(falls_below(quoted(rounding=CENT), ordered(line(rate)))) == found


def test_the_rounding_of_a_quote_is_shared_out_over_what_is_ordered_of_it():
	one_of_ten = ordered(line("79.998", "1"))
	assert reasons(falls_below(quoted(rounding=CENT), one_of_ten)) == [Shortfall.PRICE]


@pytest.mark.parametrize(("quantity", "found"), [("10", []), ("10.0001", [Shortfall.QUANTITY])])
def test_more_than_was_quoted_is_found(quantity, found):
	assert reasons(falls_below(quoted(), ordered(line(quantity=quantity)))) == found


def test_the_rows_of_an_order_share_what_was_quoted():
	both = ordered(line(quantity="6", key="first"), line(quantity="6", key="second"))
	assert falls_below(quoted(), both) == (Undercut(Shortfall.QUANTITY, "second", Decimal(10), Decimal(12)),)


def test_other_orders_have_taken_of_it_already():
	found = falls_below(quoted(taken={"quoted": Decimal(8)}), ordered(line(quantity="3")))
	assert found == (Undercut(Shortfall.QUANTITY, "ordered", Decimal(10), Decimal(11)),)


def test_any_quantity_may_be_ordered_where_none_was_quoted():
	unit_price = Quoted({"quoted": QuotedLine("Widget", Decimal(80), None)}, Decimal(30))
	assert falls_below(unit_price, ordered(line(quantity="999"))) == ()
	assert reasons(falls_below(unit_price, ordered(line("79", quantity="999")))) == [Shortfall.PRICE]


@pytest.mark.parametrize("changed", [{"quoted_as": None}, {"quoted_as": "another"}, {"item": "Gadget"}])
def test_what_was_not_quoted_is_added_whatever_it_costs(changed):
	assert falls_below(quoted(), ordered(line("999", **changed))) == (Undercut(Shortfall.ADDED, "ordered"),)


@pytest.mark.parametrize(("days", "found"), [(30, []), ("30.01", [Shortfall.PAYMENT])])
def test_later_payment_is_found(days, found):
	assert reasons(falls_below(quoted(), ordered(payment_days=days))) == found


def test_a_quote_without_an_exchange_rate_says_so():
	unknown = Quoted({"quoted": QuotedLine("Widget", None, Decimal(10))}, Decimal(30))
	assert reasons(falls_below(unknown, ordered())) == [Shortfall.NO_RATE]


def test_another_customer_has_been_quoted_nothing():
	assert reasons(falls_below(quoted(same_customer=False), ordered())) == [Shortfall.CUSTOMER]


rates = st.decimals(min_value=0, max_value=10_000, places=2)
quantities = st.decimals(min_value="0.01", max_value=1_000, places=2)


@given(rate=rates, quantity=quantities, given_away=st.decimals(min_value="0.01", max_value=50, places=2))
def test_any_lower_price_is_found_and_any_higher_one_is_not(rate, quantity, given_away):
	offer = quoted(rate, quantity)
	assert reasons(falls_below(offer, ordered(line(rate - given_away, quantity)))) == [Shortfall.PRICE]
	assert falls_below(offer, ordered(line(rate + given_away, quantity))) == ()


@given(st.lists(st.tuples(rates, quantities), min_size=1, max_size=8), st.randoms())
def test_the_order_of_rows_does_not_change_whether_an_order_keeps_to_its_quote(rows, random):
	offer = quoted("50", "100")
	lines = [line(rate, quantity, key=str(number)) for number, (rate, quantity) in enumerate(rows)]
	shuffled = random.sample(lines, len(lines))
	assert sorted(set(reasons(falls_below(offer, ordered(*lines))))) == sorted(
		set(reasons(falls_below(offer, ordered(*shuffled))))
	)


# The policies of several quotes


def rule(key, threshold=10, **fields):
	title, measure = f"Rule {key}", "discount_percent"
	return Rule(key, title, measure, Decimal(threshold), ApproverType.ROLE, role="Boss", **fields)


class Figures:
	"""A quote with 25 % off."""

	def worst(self, measure, scope, above):
		return Decimal(25)


def test_one_policy_is_taken_as_it_is():
	policy = Policy("Only", (rule("a", group="Sales"),))
	assert joined([policy]) is policy


def test_an_order_from_quotes_of_two_policies_answers_to_both():
	"""Groups of the same name stay apart: the level 2 of one is not above the level 1 of the other."""
	low = Policy("A", (rule("a", group="Sales", level=2),))
	high = Policy("B", (rule("b", group="Sales", level=1), rule("c", threshold=30)))
	both = joined([low, high])
	assert both.name == "A"
	assert [breach.rule.key for breach in breaches(both, Figures())] == ["a", "b"]


def test_levels_asked_in_order_in_one_policy_are_asked_in_order_in_both():
	policies = [Policy("A", (rule("a"),)), Policy("B", (rule("b"),), every_level=True)]
	assert joined(policies).every_level
	assert not joined([replace(policy, every_level=False) for policy in policies]).every_level
