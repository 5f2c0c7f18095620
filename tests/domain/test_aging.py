"""How long is usual, how long is too long, and how many days count."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.aging import Stay, UsualStay, age_band, quantile, usual_stay, working_days

MONDAY = date(2026, 3, 2)
WEEKEND = {date(2026, 3, 7), date(2026, 3, 8)}
STAYS = st.lists(st.floats(0, 1000), min_size=2, max_size=60)


@pytest.mark.parametrize(
	("days", "longest", "over"),
	[(10.0, 14, 0.0), (14.0, 14, 0.0), (14.5, 14, 0.5), (30.0, 14, 16.0), (30.0, None, 0.0), (None, 14, 0.0)],
)
def test_days_over_the_limit(days, longest, over):
	stay = Stay(days, longest)
	assert stay.days_over == over
	assert stay.stalled is (over > 0)


def test_the_usual_stay_of_known_stays():
	assert usual_stay(Counter([2, 4, 6, 8, 100])) == UsualStay(6, pytest.approx(63.2), 5)
	assert usual_stay(Counter([1, 1, 1, 3, 5, 5])) == UsualStay(2, 5, 6)


def test_few_stays_say_nothing():
	assert usual_stay(Counter([2, 4, 6, 8])) is None
	assert usual_stay({}) is None


@given(STAYS)
def test_the_quantiles_are_those_of_the_standard_library(stays):
	counts = Counter(stays)
	assert quantile(counts, 0.5) == pytest.approx(statistics.median(stays))
	deciles = statistics.quantiles(stays, n=10, method="inclusive")
	assert quantile(counts, 0.9) == pytest.approx(deciles[8])


@given(STAYS, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_reaches_no_lower(stays, one, other):
	counts = Counter(stays)
	low, high = sorted((one, other))
	assert min(stays) <= quantile(counts, low) <= quantile(counts, high) + 1e-9 <= max(stays) + 1e-8


@pytest.mark.parametrize(
	("days", "band"), [(0.0, 0), (7.0, 0), (7.1, 1), (14.0, 1), (30.0, 2), (60.0, 3), (90.0, 4), (90.5, 5)]
)
def test_bands_of_age(days, band):
	assert age_band(days) == band


@pytest.mark.parametrize(("later", "counted"), [(0, 0), (1, 1), (4, 4), (5, 4), (6, 4), (7, 5), (-3, 0)])
def test_working_days_leave_out_the_weekend(later, counted):
	assert working_days(MONDAY, MONDAY + timedelta(days=later), WEEKEND) == counted


@given(st.integers(0, 40), st.sets(st.integers(-10, 60)))
def test_holidays_only_shorten(days, off):
	holidays = {MONDAY + timedelta(days=each) for each in off}
	assert 0 <= working_days(MONDAY, MONDAY + timedelta(days=days), holidays) <= days
