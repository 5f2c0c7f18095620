"""Visits to stages → what became of deals there, which stages are out of line, and cohorts."""

from __future__ import annotations

import statistics
from datetime import date

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
	bottlenecks,
	cohort,
	ending_of,
)
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share, is_lower, wilson

STAGES = ("New", "Proposal", "Talks")


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


def test_a_stay_of_unknown_length_is_counted_without_days():
	figures = StageFigures((Passage(Ending.FORWARD, None, 1.0),))
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


passages = st.lists(
	st.builds(
		Passage,
		ending=st.sampled_from(Ending),
		days=st.none() | st.floats(0, 999).map(lambda days: round(days, 1)),
		latest_days=st.just(1.0),
		deals=st.just(1),
	),
	max_size=30,
)


@given(passages)
def test_every_deal_ends_in_one_way(went):
	figures = StageFigures(tuple(went))
	assert sum(figures.deals(ending) for ending in Ending) == figures.deals() == len(went)


@given(passages)
def test_days_are_those_of_the_standard_library(went):
	left = [
		each.days
		for each in went
		if each.ending in (Ending.FORWARD, Ending.WON, Ending.LOST, Ending.BACK) and each.days is not None
	]
	expected = pytest.approx(statistics.median(left), abs=0.051) if left else None
	assert StageFigures(tuple(went)).days(0.5) == expected


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
	return Created("Sales", date(2026, 1, 1), outcome, frozenset(visited), deals, amount)


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
