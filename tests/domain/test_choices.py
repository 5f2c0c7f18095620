"""The best and the worst choice, against trying every one."""

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.choices import (
	INFINITE,
	Share,
	highest_ratio,
	lowest_ratio,
	range_of_parts,
)

parts = st.integers(-50, 50).map(Decimal)
wholes = st.integers(1, 50).map(Decimal)
shares = st.builds(Share, parts, wholes)
groups = st.lists(st.lists(shares, min_size=1, max_size=3), min_size=1, max_size=5)


def every_choice(of):
	for chosen in product(*of):
		yield sum(share.part for share in chosen), sum(share.whole for share in chosen)


@given(groups)
def test_ratios_are_those_of_the_best_and_the_worst_choice(of):
	ratios = [part / whole for part, whole in every_choice(of)]
	assert highest_ratio(of) == max(ratios)
	assert lowest_ratio(of) == min(ratios)


@given(groups)
def test_sums(of):
	sums = [part for part, _whole in every_choice(of)]
	assert range_of_parts(of) == (min(sums), max(sums))


def test_the_worst_choice_is_not_the_worst_of_each_group():
	"""1/2 beats 90/200 alone, but beside 50/100 the larger one weighs more: 140/300 < 51/102."""
	of = [
		[Share(Decimal(50), Decimal(100))],
		[Share(Decimal(1), Decimal(2)), Share(Decimal(98), Decimal(200))],
	]
	assert highest_ratio(of) == Decimal(51) / Decimal(102)
	assert lowest_ratio(of) == Decimal(148) / Decimal(300)


def test_part_of_nothing_is_infinitely_much():
	of = [[Share(Decimal(1), Decimal(2)), Share(Decimal(5), Decimal(0))], [Share(Decimal(0), Decimal(0))]]
	assert highest_ratio(of) == INFINITE
	assert lowest_ratio(of) == Decimal("0.5")
	assert highest_ratio([[Share(Decimal(0), Decimal(0))]]) is None
	assert highest_ratio([]) is None
