"""Hours worked between two moments, and what turns and gifts add up to."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.giveaway import Gift, giveaways
from pipeline_ext.domain.turnaround import (
	Outcome,
	Turn,
	hours_between,
	turnarounds,
	working_hours_between,
)
from pipeline_ext.domain.working_hours import WorkingHours, due

NINE_TO_FIVE = WorkingHours(time(9), time(17))
WEEKEND = frozenset({date(2026, 3, 7), date(2026, 3, 8)})
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 31))


def at(day, hour, minute=0):
	return datetime(2026, 3, day, hour, minute)


@pytest.mark.parametrize(
	("start", "end", "hours"),
	[
		(at(6, 9), at(6, 17), 8),
		(at(6, 10, 15), at(6, 10, 45), 0.5),
		(at(6, 8), at(6, 9), 0),
		(at(6, 17), at(6, 23), 0),
		(at(6, 16), at(9, 10), 2),
		(at(7, 12), at(8, 12), 0),
		(at(5, 20), at(6, 20), 8),
		(at(6, 12), at(6, 11), 0),
	],
)
def test_working_hours(start, end, hours):
	assert working_hours_between(start, end, NINE_TO_FIVE, WEEKEND) == hours


def test_calendar_hours_know_no_night():
	assert hours_between(at(6, 16), at(9, 10)) == 66
	assert hours_between(at(9, 10), at(6, 16)) == 0


@given(moments, st.decimals(0, 100, places=2))
def test_as_many_hours_pass_until_a_deadline_as_were_given(start, hours):
	end = due(start, hours, NINE_TO_FIVE, WEEKEND)
	passed = working_hours_between(start, end, NINE_TO_FIVE, WEEKEND)
	assert passed == pytest.approx(float(hours), abs=1e-6)


@given(moments, moments, moments)
def test_hours_add_up(one, other, third):
	first, middle, last = sorted((one, other, third))
	parts = working_hours_between(first, middle, NINE_TO_FIVE, WEEKEND) + working_hours_between(
		middle, last, NINE_TO_FIVE, WEEKEND
	)
	assert parts == pytest.approx(working_hours_between(first, last, NINE_TO_FIVE, WEEKEND))


FRIDAY_AT_9 = at(6, 9)


def turn(group, outcome, hours=None, approval="A-1", asked_on=FRIDAY_AT_9, **fields):
	return Turn(
		**{
			"group": group,
			"approval": approval,
			"document_type": "Quotation",
			"document": "Q-1",
			"customer": "Acme",
			"rule": "Discount",
			"people": (),
			"outcome": outcome,
			"asked_on": asked_on,
			"ended_on": asked_on + timedelta(hours=hours or 0),
			"deadline": None,
			"calendar_hours": hours,
			"working_hours": hours,
			"again": False,
			"comment": "",
			"quoted_value": 100.0,
			"discount_amount": 10.0,
			**fields,
		}
	)


def test_only_answers_have_hours():
	(group,) = turnarounds(
		[
			turn("X", Outcome.APPROVED, 1),
			turn("X", Outcome.REJECTED, 2),
			turn("X", Outcome.APPROVED, 9),
			turn("X", Outcome.WAITING, 100),
			turn("X", Outcome.WITHDRAWN, 100),
			turn("X", Outcome.GRANTED),
			turn("X", Outcome.KEPT),
		]
	)
	assert (group.mean_working_hours, group.median_working_hours, group.longest_working_hours) == (4, 2, 9)
	assert (group.asked, group.count(Outcome.KEPT), group.count(Outcome.APPROVED)) == (5, 1, 2)


def test_a_group_without_an_answer_has_no_hours():
	(group,) = turnarounds([turn("X", Outcome.WAITING, 100)])
	assert (group.mean_working_hours, group.longest_working_hours, group.mean_calendar_hours) == (None,) * 3


def test_the_busiest_group_comes_first_and_the_oldest_turn_in_it():
	found = turnarounds(
		[
			turn("Quiet", Outcome.KEPT),
			turn("Busy", Outcome.WAITING, 1, asked_on=at(9, 9), approval="A-2"),
			turn("Busy", Outcome.WAITING, 1, asked_on=at(6, 9)),
		]
	)
	assert [group.group for group in found] == ["Busy", "Quiet"]
	assert [each.approval for each in found[0].turns] == ["A-1", "A-2"]
	assert found[0].quoted_value == 200
	assert found[0].discount_amount == 20


@pytest.mark.parametrize(("hours", "late"), [(7, False), (8, False), (8.01, True)])
def test_late_is_after_the_deadline(hours, late):
	assert turn("X", Outcome.APPROVED, hours, deadline=at(6, 17)).is_late is late


def gift(group, quotation, listed, given, margin=None):
	quoted = None if listed is None else listed - given
	return Gift(group, quotation, "Acme", at(6, 9), None, quoted, listed, given, margin)


def test_gifts_add_up_and_the_largest_comes_first():
	found = giveaways(
		[gift("Ann", "Q-1", 100, 10), gift("Bob", "Q-2", 1000, 20, 5), gift("Ann", "Q-3", 300, 30)]
	)
	assert [(each.group, each.quotes, each.discount_amount) for each in found] == [
		("Ann", 2, 40),
		("Bob", 1, 20),
	]
	assert (found[0].discount_percent, found[0].margin_amount) == (10, None)
	assert [each.quotation for each in found[0].gifts] == ["Q-3", "Q-1"]


def test_what_was_not_measured_is_not_nothing():
	(unknown,) = giveaways([gift("Ann", "Q-1", None, None)])
	assert (unknown.list_value, unknown.discount_amount, unknown.discount_percent) == (None, None, None)
	(both,) = giveaways([gift("Ann", "Q-1", None, None), gift("Ann", "Q-2", 100, 10)])
	assert (both.quotes, both.discount_percent) == (2, 10)
