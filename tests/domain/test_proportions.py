"""How far a share of counted things can be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.proportions import Share, is_lower, wilson


@pytest.mark.parametrize(
	("count", "of", "low", "high"),
	[
		# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998,
		# table I, method 3
		(81, 263, 0.2553, 0.3662),
		(15, 148, 0.0624, 0.1605),
		(0, 20, 0.0, 0.1611),
		(1, 29, 0.0061, 0.1718),
	],
)
def test_intervals_that_are_published(count, of, low, high):
	assert wilson(count, of) == pytest.approx((low, high), abs=0.00005)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_mirrors(counts):
	count, of = counts
	low, high = wilson(count, of)
	assert 0 <= low <= count / of + 1e-12 and count / of - 1e-12 <= high <= 1
	assert low < high
	assert wilson(of - count, of) == pytest.approx((1 - high, 1 - low))


def test_more_deals_say_more():
	widths = [high - low for low, high in (wilson(n * 3, n * 10) for n in (1, 10, 100))]
	assert widths == sorted(widths, reverse=True)


def test_a_share():
	assert (Share(3, 10).value, Share(0, 0).value) == (0.3, None)
	assert Share(81, 263).interval == wilson(81, 263)


def test_lower_by_more_than_chance():
	assert is_lower(Share(20, 100), Share(40, 100))
	assert not is_lower(Share(40, 100), Share(20, 100))
	assert not is_lower(Share(2, 10), Share(4, 10))
	assert not is_lower(Share(5, 10), Share(5, 10))
