"""Horizons as written, and the days they end on."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.forecast.periods import Period, every, period


@pytest.mark.parametrize(
	("text", "expected"), [("14d", Period(days=14)), ("2w", Period(days=14)), ("3m", Period(months=3))]
)
def test_as_written(text, expected):
	assert period(text) == expected


@pytest.mark.parametrize("text", ["", "0d", "1y", "-1m", "1.5m", "m", "1m2"])
def test_what_is_no_period_is_refused_with_what_is_expected(text):
	with pytest.raises(ValueError, match="14d, 2w or 1m"):
		period(text)


@pytest.mark.parametrize(
	("day", "months", "expected"),
	[
		(date(2016, 1, 31), 1, date(2016, 2, 29)),
		(date(2016, 2, 29), 1, date(2016, 3, 31)),
		(date(2016, 1, 30), 1, date(2016, 2, 29)),
		(date(2016, 11, 15), 3, date(2017, 2, 15)),
	],
)
def test_months_go_from_end_to_end_and_else_from_day_to_day(day, months, expected):
	assert Period(months=months).after(day) == expected


def test_back_in_time():
	assert Period(months=1).after(date(2016, 3, 31), -1) == date(2016, 2, 29)
	assert Period(days=7).after(date(2016, 3, 3), -1) == date(2016, 2, 25)


def test_days_a_step_apart_do_not_drift():
	days = list(every(Period(months=1), date(2016, 1, 31), date(2016, 5, 31)))
	assert [day.day for day in days] == [31, 29, 31, 30, 31]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 400))
def test_a_period_of_days_is_that_long(day, days):
	assert Period(days=days).days_from(day) == days


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_a_period_of_months_is_about_that_long(day, months):
	assert abs(Period(months=months).days_from(day) - months * 30.44) < 4
