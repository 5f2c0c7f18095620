"""Calendar months, quarters and years: where they begin and end, and how they lie in one another."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind

MONTH, QUARTER, YEAR = PeriodKind


@pytest.mark.parametrize(
	("kind", "day", "first", "last", "label"),
	[
		(MONTH, date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
		(MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31), "2026-12"),
		(QUARTER, date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31), "2026-Q1"),
		(QUARTER, date(2026, 11, 2), date(2026, 10, 1), date(2026, 12, 31), "2026-Q4"),
		(YEAR, date(2026, 6, 1), date(2026, 1, 1), date(2026, 12, 31), "2026"),
		(YEAR, date.max, date(9999, 1, 1), date(9999, 12, 31), "9999"),
		(QUARTER, date.min, date(1, 1, 1), date(1, 3, 31), "0001-Q1"),
	],
)
def test_the_period_around_a_day(kind, day, first, last, label):
	period = CalendarPeriod.around(day, kind)
	assert (period.first, period.last, period.label) == (first, last, label)


@given(st.dates(), st.sampled_from(PeriodKind))
def test_a_day_lies_in_its_period_and_parts_make_up_the_whole(day, kind):
	period = CalendarPeriod.around(day, kind)
	assert period.first <= day <= period.last
	assert all(part.whole == period for part in period.parts)
	assert sum(part.days for part in period.parts) == (period.days if kind is not MONTH else 0)


@pytest.mark.parametrize(
	("today", "elapsed"),
	[
		(date(2025, 12, 31), 0),
		(date(2026, 1, 1), 1 / 31),
		(date(2026, 1, 31), 1),
		(date(2026, 7, 1), 1),
	],
)
def test_today_counts_as_gone(today, elapsed):
	assert CalendarPeriod(MONTH, date(2026, 1, 1)).elapsed(today) == elapsed
