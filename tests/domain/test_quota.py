"""Quotas against figures: which quota counts, how a team stands, and what adds up to what."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.quota import (
	Attainment,
	Figures,
	Origin,
	Part,
	Quota,
	SalesPerson,
	Standing,
	Unit,
	UnitKind,
	counted_as,
	quota_of,
	quota_of_pipelines,
	tree,
)


def month(number):
	return CalendarPeriod(PeriodKind.MONTH, date(2026, number, 1))


def quarter(number):
	return CalendarPeriod(PeriodKind.QUARTER, date(2026, number * 3 - 2, 1))


YEAR = CalendarPeriod(PeriodKind.YEAR, date(2026, 1, 1))


# Which quota counts


def test_what_is_set_for_the_period_counts_before_all_else():
	amounts = {quarter(1): 100.0, YEAR: 1000.0, month(1): 1.0, month(2): 1.0, month(3): 1.0}
	assert quota_of(quarter(1), amounts) == Quota(100)


def test_else_the_sum_of_its_parts():
	amounts = {month(1): 10.0, month(2): 20.0, month(3): 30.0, YEAR: 1000.0}
	assert quota_of(quarter(1), amounts) == Quota(60, Origin.PARTS, (month(1), month(2), month(3)))


def test_parts_may_be_of_parts():
	months = {month(number): 10.0 for number in (4, 5, 6)}
	quarters = {quarter(number): 100.0 for number in (1, 3, 4)}
	taken = (quarter(1), month(4), month(5), month(6), quarter(3), quarter(4))
	assert quota_of(YEAR, {**months, **quarters}) == Quota(330, Origin.PARTS, taken)


def test_else_its_share_by_days_of_the_shortest_longer_period():
	assert quota_of(month(2), {quarter(1): 90.0, YEAR: 1.0}) == Quota(28.0, Origin.SHARE, (quarter(1),))
	assert quota_of(month(1), {YEAR: 365.0}) == Quota(31.0, Origin.SHARE, (YEAR,))


def test_a_share_of_the_whole_counts_before_some_of_the_parts():
	assert quota_of(quarter(1), {month(1): 10.0, YEAR: 365.0}) == Quota(90.0, Origin.SHARE, (YEAR,))
	assert quota_of(quarter(1), {month(1): 10.0}) == Quota(10.0, Origin.SOME_PARTS, (month(1),))


def test_another_period_says_nothing():
	assert quota_of(quarter(1), {quarter(2): 10.0, month(4): 3.0}) is None
	assert quota_of(month(1), {}) is None


def test_a_quota_for_all_pipelines_counts_before_those_of_each():
	each = {"New": {quarter(1): 10.0}, "Renewal": {month(1): 5.0}}
	assert quota_of_pipelines(quarter(1), {None: {quarter(1): 12.0}, **each}) == Quota(12)
	assert quota_of_pipelines(quarter(1), each) == Quota(15.0, Origin.PIPELINES, (month(1),))
	assert quota_of_pipelines(quarter(2), each) is None


@given(
	st.dictionaries(
		st.sampled_from([YEAR, *YEAR.parts, *(part for each in YEAR.parts for part in each.parts)]),
		st.floats(1, 1e9),
	)
)
def test_what_is_taken_from_parts_is_taken_once(amounts):
	quota = quota_of(YEAR, amounts)
	if YEAR not in amounts:
		assert (quota is None) == (not amounts)
	if quota and quota.origin in (Origin.PARTS, Origin.SOME_PARTS):
		days = [day for part in quota.taken for day in range(part.first.toordinal(), part.last.toordinal())]
		assert len(days) == len(set(days))
		assert (sum(part.days for part in quota.taken) == YEAR.days) == (quota.origin is Origin.PARTS)


# Measures


@pytest.mark.parametrize(
	("category", "part"),
	[
		("Commit", Part.COMMIT),
		("Closed", Part.COMMIT),
		("Best Case", Part.BEST_CASE),
		("Omitted", Part.OMITTED),
		("Pipeline", Part.PIPELINE),
		("", Part.PIPELINE),
		(None, Part.PIPELINE),
	],
)
def test_what_a_category_counts_as(category, part):
	assert counted_as(category) is part


def test_the_measures():
	stands = Attainment(Figures(30, commit=20, best_case=40, pipeline=80, omitted=500), Quota(100), 0.5)
	assert stands.attained == 0.3
	assert stands.gap == 70
	assert stands.coverage == 2
	assert stands.pace == 0.6
	assert stands.landing == 60


def test_without_a_quota_there_is_only_where_it_goes():
	stands = Attainment(Figures(30, commit=20), None, 0.5)
	assert (stands.attained, stands.gap, stands.coverage, stands.pace) == (None, None, None, None)
	assert stands.landing == 60


def test_a_quota_of_nothing_is_no_measure():
	stands = Attainment(Figures(30, commit=20), Quota(0), 0.5)
	assert (stands.attained, stands.gap, stands.coverage, stands.pace) == (None, -30, None, None)


def test_before_the_period_nothing_is_paced_and_after_it_nothing_is_covered():
	before = Attainment(Figures(0, commit=20), Quota(100), 0)
	assert (before.pace, before.landing, before.coverage) == (None, None, 0.2)
	after = Attainment(Figures(30, commit=20), Quota(100), 1)
	assert (after.pace, after.landing, after.coverage, after.gap) == (0.3, 30, None, 70)


def test_what_is_reached_needs_no_cover():
	assert Attainment(Figures(100, commit=20), Quota(100), 0.5).coverage is None
	assert Attainment(Figures(130, commit=20), Quota(100), 0.5).gap == -30


# The tree


STAFF = (
	SalesPerson("All", None, None, True),
	SalesPerson("West", "All", "lea", True),
	SalesPerson("Ann", "West", "ann", False),
	SalesPerson("Both", "West", "two", False),
	SalesPerson("East", "All", None, True),
	SalesPerson("Bob", "East", "bob", False),
	SalesPerson("Both again", "East", "two", False),
	SalesPerson("Empty", "All", None, True),
)
PEOPLE = ("lea", "ann", "bob", "two", "eve", None)


def shape(unit):
	return [(depth, part.name or part.kind.value) for depth, _above, part in unit.walk()]


def test_the_company_its_teams_and_their_people():
	assert shape(tree("Acme", STAFF, PEOPLE, ())) == [
		(0, "Acme"),
		(1, "All"),
		(2, "West"),
		(3, "lea"),
		(3, "ann"),
		(3, "two"),
		(2, "East"),
		(3, "bob"),
		(3, "two"),
		(1, "No Team"),
		(2, "eve"),
		(2, "User"),
	]


def test_a_team_of_nobody_is_there_for_its_quota_alone():
	assert shape(tree("Acme", STAFF, (), ())) == [(0, "Acme")]
	assert shape(tree("Acme", STAFF, (), ("Empty",))) == [(0, "Acme"), (1, "All"), (2, "Empty")]


def test_who_stands_below_somebody_who_is_gone_is_at_the_top():
	staff = [SalesPerson("Ann", "Gone", "ann", False)]
	assert shape(tree("Acme", staff, ("ann",), ())) == [(0, "Acme"), (1, "ann")]


def test_people_who_stand_in_a_circle_are_in_no_team():
	staff = [SalesPerson("A", "B", "ann", True), SalesPerson("B", "A", "bob", True)]
	assert shape(tree("Acme", staff, ("ann", "bob"), ())) == [
		(0, "Acme"),
		(1, "No Team"),
		(2, "ann"),
		(2, "bob"),
	]


def standing(quotas=None, adds_up=True):
	figures = {user: Figures(closed=10.0**place) for place, user in enumerate(PEOPLE)}
	return Standing(figures, quotas or {}, 0.5, adds_up)


def by_name(found, root):
	return {line.unit.name or line.unit.kind.value: line.attainment for line in found.lines(root)}


def test_a_deal_counts_once_at_each_unit_above_it():
	closed = {
		name: stands.figures.closed
		for name, stands in by_name(standing(), tree("Acme", STAFF, PEOPLE, ())).items()
	}
	assert closed == {
		"Acme": 111_111,
		"All": 1_111,
		"West": 1_011,
		"East": 1_100,
		"lea": 1,
		"ann": 10,
		"bob": 100,
		"two": 1_000,
		"No Team": 110_000,
		"eve": 10_000,
		"User": 100_000,
	}


def test_the_quota_of_a_team_is_its_own_else_the_sum_of_the_nearest_below():
	quotas = {
		(UnitKind.TEAM, "West"): Quota(500),
		(UnitKind.PERSON, "ann"): Quota(1),
		(UnitKind.PERSON, "bob"): Quota(20),
		(UnitKind.PERSON, "two"): Quota(300),
		(UnitKind.PERSON, "eve"): Quota(4000),
	}
	found = by_name(standing(quotas), tree("Acme", STAFF, PEOPLE, ()))
	assert found["West"].quota == Quota(500)
	assert found["East"].quota == Quota(320, Origin.MEMBERS)
	assert found["All"].quota == Quota(820, Origin.MEMBERS)
	assert found["Acme"].quota == Quota(4820, Origin.MEMBERS)
	assert found["lea"].quota is None
	assert found["West"].figures.closed == 1_011


def test_one_who_is_in_two_teams_without_a_quota_brings_theirs_once():
	quotas = {(UnitKind.PERSON, "two"): Quota(300)}
	found = by_name(standing(quotas), tree("Acme", STAFF, PEOPLE, ()))
	assert [found[name].quota.amount for name in ("West", "East", "All", "Acme")] == [300, 300, 300, 300]


def test_quotas_that_are_known_in_part_are_not_added_up():
	quotas = {(UnitKind.PERSON, "ann"): Quota(1), (UnitKind.COMPANY, "Acme"): Quota(9)}
	found = by_name(standing(quotas, adds_up=False), tree("Acme", STAFF, PEOPLE, ()))
	assert (found["Acme"].quota, found["West"].quota, found["ann"].quota) == (Quota(9), None, Quota(1))


@given(st.lists(st.tuples(st.sampled_from(Part), st.floats(0, 1e9)), max_size=30))
def test_a_total_is_the_sum_of_what_it_is_of(amounts):
	each = [Figures().plus(part, amount) for part, amount in amounts]
	for part in Part:
		expected = sum(amount for given_part, amount in amounts if given_part is part)
		assert getattr(Figures.total(each), part.value) == pytest.approx(expected)


def test_a_unit_knows_its_people():
	ann, nobody = Unit(UnitKind.PERSON, "ann"), Unit(UnitKind.PERSON, None)
	assert Unit(UnitKind.TEAM, "West", (ann, nobody)).people == {"ann", None}
	assert Unit(UnitKind.TEAM, "Empty").people == frozenset()
