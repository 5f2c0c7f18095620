"""Outlooks: what they add up to, that they know only what was known, and when they say how sure they are."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline_ext.domain.forecast import look_ahead as ahead
from pipeline_ext.domain.forecast.headline import MODEL
from pipeline_ext.domain.forecast.history import history_of
from pipeline_ext.domain.forecast.look_ahead import days_ahead, look_ahead, month_ends
from pipeline_ext.domain.forecast.outlook import MONTH, QUARTER, outlook_as_dict, outlook_from_dict
from tests.domain.forecast.ledgers import SOURCES, World

TODAY = date(2021, 10, 22)


@pytest.fixture(scope="module")
def told():
	return World(700, days=720, sources=SOURCES).history()


@pytest.fixture(scope="module")
def outlook(told):
	return look_ahead(told, TODAY)[0]


def of_kind(outlook, kind):
	return [each for each in outlook.periods if each.kind == kind]


def test_months_and_quarters_ahead(outlook):
	months, quarters = of_kind(outlook, MONTH), of_kind(outlook, QUARTER)
	starts = [
		TODAY,
		*(date(2021, month, 1) for month in (11, 12)),
		*(date(2022, month, 1) for month in (1, 2, 3)),
	]
	assert [(each.first, each.end) for each in months] == list(
		zip(starts, [*starts[1:], date(2022, 4, 1)], strict=True)
	)
	assert [(each.first, each.end) for each in quarters] == [
		(TODAY, date(2022, 1, 1)),
		(date(2022, 1, 1), date(2022, 4, 1)),
	]


@pytest.mark.parametrize("month", range(1, 13))
def test_every_day_of_a_year_has_its_months_and_quarters(month):
	for day in (1, 15, 28):
		ends = month_ends(date(2021, month, day))
		assert (
			len(ends) == 6 and ends[0] > date(2021, month, day) and days_ahead(date(2021, month, day))[0] >= 1
		)
		quarters = [window for kind, window in ahead._periods(date(2021, month, day)) if kind == QUARTER]
		assert quarters[0].end in ends and quarters[1].end in ends and quarters[1].first == quarters[0].end
		assert quarters[0].end.month in (1, 4, 7, 10)


def test_by_the_model_quarters_are_the_sum_of_their_months(outlook):
	months, quarters = of_kind(outlook, MONTH), of_kind(outlook, QUARTER)
	for quarter, within in ((quarters[0], months[:3]), (quarters[1], months[3:])):
		assert quarter.values[MODEL] == pytest.approx(sum(each.values[MODEL] for each in within))
		assert quarter.open_deals == pytest.approx(sum(each.open_deals for each in within))
		assert quarter.new_deals == pytest.approx(sum(each.new_deals for each in within))
	for each in outlook.periods:
		assert each.values[MODEL] == pytest.approx(each.open_deals + each.new_deals)
		assert each.value == each.values[each.method]


def test_past_outlooks_lie_where_this_one_does_and_what_came_is_what_was_won(told, outlook):
	for each in outlook.periods:
		apart = 3 if each.kind == QUARTER else 1
		for past in each.past:
			months = (TODAY.year - past.origin.year) * 12 + TODAY.month - past.origin.month
			assert past.origin.day == TODAY.day and months % apart == 0
			assert past.end <= TODAY and past.first >= past.origin
			assert past.actual == pytest.approx(told.value_won(past.first, past.end))
	assert [len(each.past) for each in outlook.periods] == [18, 17, 16, 15, 14, 13, 6, 5]


def test_a_past_outlook_is_what_was_said_then(told, outlook):
	then = look_ahead(told.before(date(2021, 8, 22)), date(2021, 8, 22))[0]
	for now, was in zip(outlook.periods[:2], then.periods, strict=False):
		(past,) = (each for each in now.past if each.origin == then.origin)
		assert past.values == pytest.approx(was.values)
		assert (past.first, past.end) == (was.first, was.end)


def test_later_rows_change_nothing(outlook):
	rows, facts = World(700, days=720, sources=SOURCES).changes(), World(700).facts()
	changed = [
		replace(row, outcome="won", amount=9e9, stage="Elsewhere", expected_close=None)
		if row.posted_on.date() >= TODAY
		else row
		for row in rows
	]
	known = [row for row in rows if row.posted_on.date() < TODAY]
	for other in (changed, known):
		again = look_ahead(history_of(other, facts), TODAY)[0]
		assert outlook_as_dict(again) == outlook_as_dict(outlook)


def test_ranges_hold_their_forecast(outlook):
	assert outlook.missing == ()
	for each in outlook.periods:
		assert each.low <= each.value <= each.high and each.high > 0


def test_too_little_history_is_said_and_has_no_range():
	found = look_ahead(World(60, days=60, seed=2).history(), date(2020, 3, 1))[0]
	won = World(60, days=60, seed=2).history().before(date(2020, 3, 1)).first_win is not None
	assert dict((what, enough) for what, _there, enough in found.missing)["months"] == 12
	assert won and all(each.low is None and each.high is None for each in found.periods)


def test_few_wins_give_no_range_however_long_the_past():
	found = look_ahead(World(12, days=700, seed=1).history(), date(2021, 11, 1))[0]
	((what, there, enough),) = found.missing
	assert (what, enough) == ("won_deals", 10) and there < 10
	assert all(each.low is None for each in found.periods)


def test_the_first_day_of_a_ledger():
	history = World(5, days=10).history()
	outlook, model = look_ahead(history, history.first_day + timedelta(days=1))
	assert model is not None and outlook.missing == (("won_deals", 0, 10), ("months", 0, 12))
	assert {each.method for each in outlook.periods} == {MODEL}


def test_outlooks_are_plain_data(outlook):
	assert outlook_from_dict(json.loads(json.dumps(outlook_as_dict(outlook)))) == outlook
