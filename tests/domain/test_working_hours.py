"""When an answer is due: over nights and holidays, at the edges of a day, minute by minute."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.working_hours import WorkingHours, due

OFFICE = WorkingHours(time(9), time(17))
FRIDAY, MONDAY = date(2026, 3, 13), date(2026, 3, 16)
WEEKEND = {date(2026, 3, 14), date(2026, 3, 15)}
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
	("start", "hours", "expected"),
	[
		(datetime(2026, 3, 13, 10), "2", datetime(2026, 3, 13, 12)),
		(datetime(2026, 3, 13, 9), "8", datetime(2026, 3, 13, 17)),
		(datetime(2026, 3, 13, 9), "8.0001", datetime(2026, 3, 16, 9, 0, 0, 360000)),
		(datetime(2026, 3, 13, 16), "2", datetime(2026, 3, 16, 10)),
		(datetime(2026, 3, 13, 17), "1", datetime(2026, 3, 16, 10)),
		(datetime(2026, 3, 13, 23, 59), "1", datetime(2026, 3, 16, 10)),
		(datetime(2026, 3, 13, 3), "1", datetime(2026, 3, 13, 10)),
		(datetime(2026, 3, 14, 12), "1.5", datetime(2026, 3, 16, 10, 30)),
		(datetime(2026, 3, 13, 12), "24", datetime(2026, 3, 18, 12)),
		(datetime(2026, 3, 14, 12), "0", datetime(2026, 3, 14, 12)),
	],
)
def test_only_working_hours_go_by(start, hours, expected):
	assert due(start, Decimal(hours), OFFICE, WEEKEND) == expected


def test_no_holiday_at_all():
	assert due(datetime(2026, 3, 13, 16), Decimal(2), OFFICE, ()) == datetime(2026, 3, 14, 10)


@pytest.mark.parametrize(("opens", "closes"), [(9, 9), (17, 9)])
def test_a_day_closes_after_it_opens(opens, closes):
	with pytest.raises(ValueError, match="closes after"):
		WorkingHours(time(opens), time(closes))


@pytest.mark.parametrize("hours", ["-0.5", "NaN", "Infinity"])
def test_hours_that_cannot_go_by(hours):
	with pytest.raises(ValueError, match="cannot go by"):
		due(datetime(2026, 3, 13, 9), Decimal(hours), OFFICE, WEEKEND)


def test_longer_than_the_calendar():
	with pytest.raises(OverflowError):
		due(datetime(9999, 12, 31, 9), Decimal(9), OFFICE, ())


moments = st.datetimes(datetime(2026, 3, 10), datetime(2026, 3, 20)).map(
	lambda moment: moment.replace(second=0, microsecond=0)
)
holidays = st.sets(st.dates(date(2026, 3, 10), date(2026, 3, 28)))
minutes = st.integers(0, 2400)


offices = st.tuples(st.integers(0, 600), st.integers(60, 800)).map(
	lambda pair: WorkingHours(time(*divmod(pair[0], 60)), time(*divmod(pair[0] + pair[1], 60)))
)


def due_in_minutes(start, worked, day, off):
	return due(start, Decimal(worked) / 60, day, off)


def counted(start, end, day, off):
	"""Working minutes between two moments, one by one."""
	passed = 0
	while start < end:
		passed += start.date() not in off and day.opens <= start.time() < day.closes
		start += MINUTE
	return passed


@given(moments, st.integers(0, 600), offices, holidays)
def test_it_is_the_first_moment_at_which_so_many_minutes_have_gone_by(start, worked, day, off):
	end = due_in_minutes(start, worked, day, off)
	assert counted(start, end, day, off) == worked
	assert worked == 0 or counted(start, end - MINUTE, day, off) == worked - 1


@given(moments, minutes, minutes, offices, holidays)
def test_hours_add_up(start, first, then, day, off):
	in_two = due_in_minutes(due_in_minutes(start, first, day, off), then, day, off)
	assert in_two == due_in_minutes(start, first + then, day, off)


@given(moments, moments, minutes, offices, holidays)
def test_who_starts_later_is_not_due_earlier(start, later, worked, day, off):
	start, later = sorted((start, later))
	assert due_in_minutes(start, worked, day, off) <= due_in_minutes(later, worked, day, off)


@given(moments, minutes, offices, holidays, st.dates(date(2026, 3, 10), date(2026, 3, 28)))
def test_a_holiday_more_never_makes_it_earlier(start, worked, day, off, one_more):
	assert due_in_minutes(start, worked, day, off) <= due_in_minutes(start, worked, day, off | {one_more})
