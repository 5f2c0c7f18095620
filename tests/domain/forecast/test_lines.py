"""Closed, expected and said add up, by owner and by period."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.lines import (
	VIEWS,
	Figures,
	Hindsight,
	Known,
	OpenGroup,
	Said,
	line_of,
	months_ahead,
	of_all_pipelines,
	total,
)
from pipeline_ext.domain.forecast.outlook import Outlook, PeriodOutlook

TODAY = date(2026, 11, 22)
NOVEMBER, DECEMBER, JANUARY = (
	CalendarPeriod(PeriodKind.MONTH, first)
	for first in (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1))
)
OCTOBER = CalendarPeriod(PeriodKind.MONTH, date(2026, 10, 1))
QUARTER, NEXT_QUARTER = (
	CalendarPeriod(PeriodKind.QUARTER, first) for first in (date(2026, 10, 1), date(2027, 1, 1))
)


def expected(period, new_deals=100.0, method="model", value=400.0, low=300.0, high=600.0, first=None):
	return PeriodOutlook(
		kind=period.kind.value,
		first=first or period.first,
		end=date.fromordinal(period.last.toordinal() + 1),
		open_deals=value - new_deals,
		new_deals=new_deals,
		method=method,
		value=value,
		low=low,
		high=high,
		values={method: value},
	)


def outlook(*periods, origin=TODAY):
	return Outlook(origin, periods)


def group(owner="ann", month=NOVEMBER.first, amount=1000.0, **fields):
	return OpenGroup(owner, month, amount, **fields)


def figures(period=NOVEMBER, owner=None, **known):
	line = line_of(period, Known(TODAY, **known))
	return line.owners[owner] if owner else line.figures


def test_what_closes_in_the_period_counts_in_the_simple_views():
	groups = (
		group(probability=60, category="Commit"),
		group(amount=500.0, probability=20, category="Best Case"),
		group(amount=200.0, probability=10, category="Pipeline"),
		group(amount=80.0, probability=10, category="Omitted"),
		group(amount=7.0, probability=None, category=None),
		group(month=DECEMBER.first, amount=9000.0, probability=90, category="Commit"),
		group(month=None, amount=9000.0, probability=90, category="Commit"),
	)
	found = figures(open_groups=groups, won={(NOVEMBER, "ann"): 50.0})
	assert found.weighted == pytest.approx(50 + 600 + 100 + 20 + 8)
	assert (found.commit, found.best_case, found.pipeline) == (1050, 1550, 1757)


def test_chances_are_of_months_from_the_night_on():
	ahead = (10.0, 30.0, 60.0, 70.0, 80.0, 90.0)
	each = group(ahead=ahead)

	def expected(period: CalendarPeriod, scored_on: date = TODAY) -> float:
		return each.expected(months_ahead(period, scored_on))

	assert [expected(period) for period in (NOVEMBER, DECEMBER, JANUARY)] == [10, 20, 30]
	assert [expected(period) for period in (QUARTER, NEXT_QUARTER)] == [30, 50]
	assert expected(OCTOBER) == 0
	assert expected(NOVEMBER, date(2026, 10, 31)) == 20


def test_deals_that_were_not_scored_are_expected_in_no_period():
	assert group(unscored=1).expected(months_ahead(NOVEMBER, TODAY)) == 0


def test_the_sum_of_the_parts():
	found = figures(
		open_groups=(group(ahead=(200.0,) * 6),),
		won={(NOVEMBER, "ann"): 50.0},
		shares={"ann": 1.0},
		outlook=outlook(expected(NOVEMBER)),
	)
	assert (found.closed, found.open_deals, found.new_deals) == (50, 200, 100)
	assert found.model == found.forecast == 350


def test_another_method_gives_the_headline_but_not_the_parts():
	found = figures(
		open_groups=(group(ahead=(200.0,) * 6),),
		won={(NOVEMBER, "ann"): 50.0},
		shares={"ann": 0.5},
		outlook=outlook(expected(NOVEMBER, method="last_period", value=900.0)),
	)
	assert (found.model, found.forecast) == (300, 500)


def test_an_outlook_of_some_days_ago_is_of_the_days_that_are_left():
	before = outlook(expected(NOVEMBER, first=date(2026, 11, 13)), origin=date(2026, 11, 13))
	found = figures(shares={"ann": 1.0}, outlook=before)
	assert found.new_deals == pytest.approx(100 * 9 / 18)


def test_the_range_is_of_what_is_to_come():
	line = line_of(
		NOVEMBER,
		Known(
			TODAY,
			outlook=outlook(expected(NOVEMBER)),
			open_groups=(group(ahead=(300.0,) * 6),),
			won={(NOVEMBER, "ann"): 1000.0},
			shares={"ann": 1.0},
		),
	)
	assert (line.method, line.range.low, line.range.high) == (
		"model",
		pytest.approx(1300),
		pytest.approx(1600),
	)


def test_the_range_of_a_part_is_wider():
	known = {"outlook": outlook(expected(NOVEMBER)), "open_groups": (group(ahead=(300.0,) * 6),)}
	line = line_of(NOVEMBER, Known(TODAY, **known, shares={"ann": 0.25}))
	assert (line.range.low, line.range.high) == (pytest.approx(325 / 2), pytest.approx(325 * 3))


@pytest.mark.parametrize(("share", "high"), [(1.0, 50 + 90), (0.25, 50 + 45)])
def test_where_nothing_is_expected_the_range_is_in_amounts(share, high):
	nothing = {"new_deals": 0.0, "method": "seasonal_naive", "value": 0.0, "low": 0.0, "high": 90.0}
	line = line_of(
		NOVEMBER,
		Known(
			TODAY,
			outlook=outlook(expected(NOVEMBER, **nothing)),
			won={(NOVEMBER, "ann"): 50.0},
			shares={"ann": share},
		),
	)
	assert (line.range.low, line.range.high) == (50, high)


def test_each_period_has_an_outlook_of_its_own():
	known = Known(
		TODAY,
		outlook=outlook(
			*(expected(period, new_deals=new) for period, new in ((NOVEMBER, 1.0), (DECEMBER, 2.0)))
		),
		shares={"ann": 1.0},
	)
	assert [line_of(period, known).figures.new_deals for period in (NOVEMBER, DECEMBER)] == [1, 2]
	assert line_of(JANUARY, known).figures.new_deals is None


def test_a_period_is_not_over_on_its_last_day():
	known = {"open_groups": (group(probability=50),), "won": {(NOVEMBER, "ann"): 50.0}}
	weighted = [
		line_of(NOVEMBER, Known(day, **known)).figures.weighted for day in (NOVEMBER.last, DECEMBER.first)
	]
	assert weighted == [550, 50]


@pytest.mark.parametrize(
	"known",
	[
		{"outlook": outlook(expected(NOVEMBER, low=None, high=None)), "shares": {"ann": 1.0}},
		{"outlook": outlook(expected(NOVEMBER))},
		{"outlook": outlook(expected(NOVEMBER, new_deals=0.0, value=0.0, low=0.0, high=90.0))},
		{"outlook": None, "shares": {"ann": 1.0}},
	],
	ids=["too little history", "nothing to come", "nothing for nobody", "no model"],
)
def test_no_range_from_nothing(known):
	assert line_of(NOVEMBER, Known(TODAY, **known)).range is None


def test_without_a_model_nothing_is_expected_but_the_views_are_there():
	found = figures(open_groups=(group(probability=50),), won={(NOVEMBER, "ann"): 50.0})
	assert (found.open_deals, found.new_deals, found.model, found.forecast) == (None, None, None, None)
	assert (found.closed, found.weighted) == (50, 550)


def test_a_period_that_is_over_shows_what_was_won():
	found = figures(
		OCTOBER,
		open_groups=(group(month=OCTOBER.first, probability=50, category="Commit"),),
		won={(OCTOBER, "ann"): 50.0},
		outlook=outlook(expected(OCTOBER)),
		shares={"ann": 1.0},
	)
	assert (found.closed, found.forecast, found.weighted, found.commit) == (50, 50, 50, 50)
	assert (found.open_deals, found.new_deals) == (0, 0)


def test_what_was_said_changes_no_figure():
	known = {"open_groups": (group(probability=50),), "won": {(NOVEMBER, "ann"): 50.0}}
	silent = figures(**known)
	found = figures(**known, said={(NOVEMBER, "ann"): Said(700.0, None), (NOVEMBER, "bob"): Said(300.0, 9.0)})
	assert (found.owner_says, found.manager_says) == (1000, 9)
	assert (found.closed, found.weighted, found.pipeline) == (silent.closed, silent.weighted, silent.pipeline)
	assert figures(**known).owner_says is None


def test_what_is_said_of_all_pipelines_goes_before_what_is_said_of_one():
	assert of_all_pipelines({"B2B": 10.0, "Renewal": 5.0}) == 15
	assert of_all_pipelines({"B2B": 10.0, None: 40.0}) == 40


def test_owners_of_whom_there_is_nothing_have_no_row_and_deals_of_nobody_come_last():
	groups = (group("zoe"), group(None), group("ann"), group("bob", month=DECEMBER.first))
	assert list(line_of(NOVEMBER, Known(TODAY, open_groups=groups)).owners) == ["ann", "zoe", None]


def test_a_sum_is_unknown_where_a_part_is():
	found = total([Figures(closed=1.0, forecast=None), Figures(closed=2.0, forecast=5.0, owner_says=3.0)])
	assert (found.closed, found.forecast, found.owner_says) == (3, None, 3)


def test_misses_are_against_what_came():
	found = Hindsight(OCTOBER, Figures(forecast=120.0, commit=80.0, model=None), came=100.0).missed
	assert (found.forecast, found.commit, found.model, found.owner_says) == (20, -20, None, None)


amounts = st.floats(0, 1e6)
owners = st.sampled_from(["ann", "bob", None])
months = st.sampled_from([None, OCTOBER.first, NOVEMBER.first, DECEMBER.first, JANUARY.first])
groups = st.builds(
	OpenGroup,
	owner=owners,
	month=months,
	amount=amounts,
	probability=st.none() | st.floats(0, 100),
	category=st.sampled_from([None, "Commit", "Best Case", "Pipeline", "Omitted", "Closed"]),
	ahead=st.lists(amounts, min_size=6, max_size=6).map(lambda drawn: tuple(sorted(drawn))),
)


@given(
	st.lists(groups, max_size=12),
	st.dictionaries(st.tuples(st.sampled_from([OCTOBER, NOVEMBER]), owners), amounts),
	st.dictionaries(owners, st.floats(0, 0.33)),
	st.sampled_from(["model", "last_period"]),
)
def test_owners_add_up_to_the_period_and_months_to_the_quarter(drawn, won, shares, method):
	known = Known(
		TODAY,
		outlook=outlook(*(expected(period, method=method) for period in (NOVEMBER, DECEMBER, QUARTER))),
		open_groups=tuple(drawn),
		won={**won, **_by_quarter(won)},
		shares=shares,
	)
	lines = [line_of(period, known) for period in (OCTOBER, NOVEMBER, DECEMBER)]
	for line in lines:
		assert total(line.owners.values()).forecast == pytest.approx(line.figures.forecast)
		assert line.figures.model == pytest.approx(
			line.figures.closed + line.figures.open_deals + line.figures.new_deals
		)
		for smaller, larger in pairwise(VIEWS[1:]):
			assert getattr(line.figures, smaller) <= getattr(line.figures, larger) + 1e-6
	months, quarter = total(line.figures for line in lines), line_of(QUARTER, known).figures
	assert months.closed == pytest.approx(quarter.closed)
	assert months.open_deals == pytest.approx(quarter.open_deals)


def _by_quarter(won):
	owners = {owner for _month, owner in won}
	return {
		(QUARTER, owner): sum(amount for (_month, whose), amount in won.items() if whose == owner)
		for owner in owners
	}
