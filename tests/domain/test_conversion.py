"""Visits to stages → what became of deals there, which stages are out of line, and cohorts."""

from __future__ import annotations

import statistics
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.conversion import (
	Bottleneck,
	Cohort,
	Created,
	Ending,
	Passage,
	StageFigures,
	Trouble,
	Visit,
	bottlenecks,
	cohort,
	ending_of,
	passages,
)
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share, is_lower, wilson

PLACE = ("Sales", "Proposal")
FIRST, END = date(2026, 1, 1), date(2026, 2, 1)
UNTIL = datetime(2026, 6, 1)
STAGES = ("New", "Proposal", "Talks")


def day(number: float) -> datetime:
	"""So many days after the period begins."""
	return datetime(2026, 1, 1) + timedelta(days=number)


def visit(began, ended=None, ending=Ending.FORWARD, deal="D-1", amount=100.0):
	return Visit(PLACE, deal, day(began), None if ended is None else day(ended), ending, amount)


def went(*visits, until=UNTIL):
	return [passage for _place, passage in passages(visits, FIRST, END, until)]


def stays(ending, *days, amount=100.0):
	return [Passage(ending, each, each, amount=amount) for each in days]


@pytest.mark.parametrize(
	("move", "outcome", "ending"),
	[
		("Forward", "Open", Ending.FORWARD),
		("Skip", "Open", Ending.FORWARD),
		("Back", "Open", Ending.BACK),
		("Won", "Won", Ending.WON),
		("Lost", "Lost", Ending.LOST),
		(None, "Lost", Ending.LOST),
		("Version", "Open", Ending.OTHERWISE),
		("Pipeline", "Open", Ending.OTHERWISE),
		(None, "Open", Ending.OTHERWISE),
	],
)
def test_how_a_visit_ended(move, outcome, ending):
	assert ending_of(move, outcome) is ending


def test_a_deal_that_came_back_is_counted_once_by_its_latest_visit():
	visits = visit(1, 4, Ending.BACK, amount=1), visit(10, 12.5, Ending.WON, amount=1)
	for ordered in (visits, visits[::-1]):
		assert went(*ordered) == [Passage(Ending.WON, 5.5, 2.5, amount=1, deal="D-1")]


def test_deals_belong_to_the_period_in_which_they_first_came():
	assert went(visit(-5, -1), visit(3, 4)) == []
	assert went(visit(31, 32)) == []
	assert [each.days for each in went(visit(30.9, 32), visit(40, 41))] == [2.1]


def test_only_what_had_happened_by_then_counts():
	visits = visit(1, 4, Ending.BACK), visit(10, 20, Ending.WON)
	assert went(*visits, until=day(5)) == [Passage(Ending.BACK, 3, 3, amount=100, deal="D-1")]
	assert went(*visits, until=day(12)) == [Passage(Ending.STILL_THERE, 5, 2, amount=100, deal="D-1")]
	assert went(*visits, until=day(0.5)) == []


def test_a_visit_of_unknown_length_is_counted_without_days():
	assert went(visit(3, 3)) == [Passage(Ending.FORWARD, None, None, amount=100, deal="D-1")]
	known_latest = went(visit(3, 3, Ending.BACK), visit(5, 6))
	assert [(each.days, each.latest_days) for each in known_latest] == [(None, 1)]
	figures = StageFigures(tuple(known_latest))
	assert (figures.deals(), figures.days(0.5), figures.latest_days(0.5)) == (1, None, 1)


def test_the_figures_of_a_stage():
	figures = StageFigures(
		(
			*stays(Ending.FORWARD, 2, 4),
			*stays(Ending.WON, 6),
			*stays(Ending.LOST, 8),
			*stays(Ending.BACK, 100),
			*stays(Ending.OTHERWISE, 500),
			Passage(Ending.STILL_THERE, 900, 900, deals=3),
		)
	)
	assert (figures.deals(), figures.deals(Ending.STILL_THERE)) == (9, 3)
	assert (figures.conversion, figures.conversion_of_all) == (Share(3, 5), Share(3, 9))
	assert (figures.days(0.5), figures.days(0.9)) == (6, 63.2)


def test_nothing_came():
	figures = StageFigures()
	assert (figures.deals(), figures.conversion.value, figures.days(0.5)) == (0, None, None)
	assert list(bottlenecks(figures, figures, 10)) == []


ENDED = st.sampled_from([ending for ending in Ending if ending is not Ending.STILL_THERE])
LENGTHS = st.integers(0, 400)


@st.composite
def paths(draw):
	"""Visits of some deals, one after another, the last of each perhaps still going on."""
	visits = []
	for deal in range(draw(st.integers(0, 8))):
		now = draw(st.integers(-40, 40))
		lengths = draw(st.lists(LENGTHS, min_size=1, max_size=4))
		for index, length in enumerate(lengths):
			goes_on = index == len(lengths) - 1 and draw(st.booleans())
			ending = Ending.STILL_THERE if goes_on else draw(ENDED)
			visits.append(visit(now, None if goes_on else now + length, ending, f"D-{deal}"))
			now += length + draw(st.integers(1, 9))
	return visits


@given(paths(), st.integers(0, 500))
def test_every_deal_ends_in_one_way_and_none_is_lost(visits, seen_after):
	until = day(seen_after)
	figures = StageFigures(tuple(went(*visits, until=until)))
	first_came = {}
	for each in visits:
		first_came[each.deal] = min(each.began, first_came.get(each.deal, each.began))
	expected = {deal for deal, came in first_came.items() if FIRST <= came.date() < END and came <= until}
	assert {each.deal for each in figures.passages} == expected
	assert sum(figures.deals(ending) for ending in Ending) == figures.deals() == len(expected)


@given(paths(), st.integers(1, 30))
def test_periods_share_out_the_deals(visits, split):
	middle = FIRST + timedelta(days=split)
	parts = [
		[passage for _place, passage in passages(visits, first, end, UNTIL)]
		for first, end in ((FIRST, middle), (middle, END), (FIRST, END))
	]
	assert sorted(map(repr, parts[0] + parts[1])) == sorted(map(repr, parts[2]))


@given(paths())
def test_days_are_those_of_the_standard_library(visits):
	figures = StageFigures(tuple(went(*visits)))
	left = [
		each.days
		for each in figures.passages
		if each.ending in (Ending.FORWARD, Ending.WON, Ending.LOST, Ending.BACK) and each.days is not None
	]
	assert figures.days(0.5) == (pytest.approx(statistics.median(left), abs=0.051) if left else None)
	assert all(each.days is None or each.days >= each.latest_days for each in figures.passages)


# Out of line


def moved_on(count, of):
	return StageFigures(
		(
			Passage(Ending.FORWARD, 5, 5, count, 100.0 * count),
			Passage(Ending.LOST, 5, 5, of - count, 40.0 * (of - count)),
		)
	)


def test_a_conversion_that_fell_costs_the_deals_that_would_have_moved_on():
	(found,) = bottlenecks(moved_on(40, 100), moved_on(60, 100), None)
	assert found.trouble is Trouble.CONVERSION
	assert (found.now, found.before) == (Share(40, 100), Share(60, 100))
	assert (found.deals, found.amount) == (pytest.approx(20), pytest.approx(20 * 40))


@pytest.mark.parametrize(
	("now", "before"),
	[((60, 100), (40, 100)), ((4, 10), (6, 10)), ((0, 9), (90, 100)), ((0, 50), (9, 9))],
	ids=["better", "chance", "few now", "few before"],
)
def test_what_is_not_out_of_line(now, before):
	assert list(bottlenecks(moved_on(*now), moved_on(*before), None)) == []


def test_more_than_half_beyond_the_limit_is_out_of_line_those_still_there_included():
	stuck = StageFigures((*stays(Ending.FORWARD, 5), *stays(Ending.STILL_THERE, *[40] * 12, amount=70)))
	(found,) = bottlenecks(stuck, StageFigures(), 30)
	assert found == Bottleneck(Trouble.OVERSTAYED, Share(12, 13), 12, 840, days=30)
	assert list(bottlenecks(stuck, StageFigures(), 40)) == []
	assert list(bottlenecks(stuck, StageFigures(), None)) == []


def test_young_visits_say_nothing_of_the_limit():
	young = StageFigures((*stays(Ending.STILL_THERE, *[2] * 50), *stays(Ending.FORWARD, *[40] * 10)))
	(found,) = bottlenecks(young, StageFigures(), 30)
	assert found.now == Share(10, 10)


def test_stays_that_became_longer():
	now = StageFigures(tuple(stays(Ending.FORWARD, *[20] * 30, *[5] * 10)))
	before = StageFigures(tuple(stays(Ending.FORWARD, *[20] * 10, *[5] * 30)))
	(found,) = bottlenecks(now, before, None)
	assert (found.trouble, found.days) == (Trouble.SLOWER, 12.5)
	assert (found.now, found.before) == (Share(30, 40), Share(10, 40))
	assert (found.deals, found.amount) == (20, 2000)
	assert list(bottlenecks(before, now, None)) == []


COUNTS = st.integers(1, 200).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


@given(COUNTS, COUNTS)
def test_at_most_one_of_two_shares_is_lower(one, other):
	assert not is_lower(one, one)
	assert not (is_lower(one, other) and is_lower(other, one))
	if is_lower(one, other):
		assert one.value < other.value


@pytest.mark.parametrize(
	("one", "other", "lower"),
	[
		((48, 80), (56, 70), True),
		((9, 10), (3, 10), False),
		((3, 10), (9, 10), True),
		((5, 56), (0, 29), False),
	],
)
def test_newcombes_examples(one, other, lower):
	assert is_lower(Share(*one), Share(*other)) is lower


def test_wilsons_interval():
	assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
	assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
	assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


# Cohorts


def made(outcome, *visited, deals=1, amount=0.0):
	return Created("Sales", FIRST, outcome, frozenset(visited), deals, amount)


def test_a_cohort_counts_who_came_to_a_stage_or_beyond():
	assert cohort(
		[
			made(Outcome.OPEN, "New", amount=10),
			made(Outcome.LOST, "New", "Talks", deals=2, amount=20),
			made(Outcome.WON, "New", amount=40),
			made(Outcome.LOST, "Stage of old", amount=1),
		],
		STAGES,
	) == Cohort(deals=5, amount=71, reached=(4, 3, 3), won=1, lost=3)


OUTCOMES = st.sampled_from(Outcome)
VISITED = st.lists(st.sampled_from([*STAGES, "Stage of old"]), max_size=4)


@given(st.lists(st.builds(lambda outcome, visited: made(outcome, *visited), OUTCOMES, VISITED)))
def test_a_cohort_only_narrows(created):
	found = cohort(created, STAGES)
	assert found.won + found.lost + found.open == found.deals == len(created)
	assert list(found.reached) == sorted(found.reached, reverse=True)
	assert all(found.won <= reached <= found.deals for reached in found.reached)
