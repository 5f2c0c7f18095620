"""The range of a part is wider than that of the whole, and never drawn from nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.forecast.part import RelativeRange, share_of
from pipeline_ext.domain.forecast.ranges import Past, around

shares = st.floats(0, 1)
offs = st.floats(0, 0.95)


def test_the_whole_keeps_its_range():
	found = RelativeRange.of(1000, 800, 1250).around(1000, 1.0)
	assert (found.low, found.high) == pytest.approx((800, 1250))


def test_a_quarter_of_the_deals_is_twice_as_uncertain():
	found = RelativeRange.of(1000, 800, 1250).around(200, 0.25)
	assert (found.low, found.high) == pytest.approx((200 * 0.6, 200 / 0.6))


def test_it_widens_up_to_the_widest_and_not_before():
	found = RelativeRange(0.3, 0.5).around(100, 0.25)
	assert (found.low, found.high) == pytest.approx((40, 2000))


def test_it_takes_up_the_range_of_past_errors():
	whole = around(500, [Past(100, 80)] * 8)
	found = RelativeRange.of(500, whole.low, whole.high).around(500, 1.0)
	assert (found.low, found.high) == pytest.approx((whole.low, whole.high))


@pytest.mark.parametrize("share", [0.0, 1e-9])
def test_next_to_nothing_gets_the_widest_range(share):
	found = RelativeRange.of(1000, 800, 1250).around(100, share)
	assert (found.low, found.high) == pytest.approx((5, 2000))


def test_there_is_nothing_to_be_relative_to():
	assert RelativeRange.of(0, 0, 0) == RelativeRange(0.95, 0.95)


@given(offs, offs, shares, shares)
def test_a_smaller_share_never_narrows_it(below, above, one, other):
	smaller, larger = sorted((one, other))
	wide, narrow = (RelativeRange(below, above).around(100, share) for share in (smaller, larger))
	assert wide.low <= narrow.low <= 100 <= narrow.high <= wide.high


@pytest.mark.parametrize(
	("won", "by_all", "share"),
	[(50, 200, 0.25), (0, 200, 0), (5, 0, 0), (0, 0, 0), (300, 200, 1), (-5, 200, 0)],
)
def test_shares(won, by_all, share):
	assert share_of(won, by_all) == share
