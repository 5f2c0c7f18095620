"""Forecasts of past days: that they know only what was known, and what they add up to."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from pipeline_ext.domain.forecast import arrivals, simple
from pipeline_ext.domain.forecast.backtest import backtest
from pipeline_ext.domain.forecast.chances import learn
from pipeline_ext.domain.forecast.expectation import expect
from pipeline_ext.domain.forecast.history import History, history_of
from pipeline_ext.domain.forecast.periods import Period, every, following
from pipeline_ext.domain.forecast.ranges import FEWEST, Past, around
from tests.domain.forecast.ledgers import Change

START = date(2020, 1, 1)
MONTH = Period(months=1)
FACTS = {"source": ("Web", "Fair")}


def changes(deals: int = 900, days: int = 720, seed: int = 3) -> list[Change]:
	"""Deals that come all the time; half of those from the web are won, a fifth of the others."""
	chance = np.random.default_rng(seed)
	rows = []
	for number in range(deals):
		made = datetime.combine(START, datetime.min.time()) + timedelta(days=float(chance.uniform(0, days)))
		length = float(chance.gamma(4, 12))
		close = (made + timedelta(days=length * float(chance.uniform(0.8, 1.3)))).date()
		amount = round(float(np.exp(chance.normal(8, 0.5))), 2)
		won = chance.random() < (0.5 if number % 2 else 0.2)
		rows.append(Change(f"D{number}", made, "Talk", "open", amount, close))
		rows.append(Change(f"D{number}", made + timedelta(days=length / 2), "Quote", "open", amount, close))
		ended = ("Won", "won") if won else ("Lost", "lost")
		rows.append(Change(f"D{number}", made + timedelta(days=length), *ended, amount, close))
	return rows


def facts(rows: list[Change]) -> dict[str, dict[str, str]]:
	return {row.document: {"source": FACTS["source"][int(row.document[1:]) % 2 == 0]} for row in rows}


def history(rows: list[Change]) -> History:
	return history_of(rows, facts(rows))


@pytest.fixture(scope="module")
def told() -> History:
	return history(changes())


ORIGINS = list(every(MONTH, date(2021, 2, 28), date(2021, 8, 31)))


@pytest.fixture(scope="module")
def tested(told):
	return backtest(told, ORIGINS, MONTH, MONTH)


def test_it_is_better_than_guessing_from_the_last_period(tested):
	assert tested.scores["model"].wape < 0.8 * tested.scores["last_period"].wape
	assert tested.headline.wape < 0.3
	assert tested.deals.auc > 0.78


def test_what_came_is_what_the_ledger_says(told, tested):
	for each in tested.origins:
		won = [
			row.amount
			for row in changes()
			if row.outcome == "won" and each.date <= row.posted_on.date() < MONTH.after(each.date)
		]
		assert each.actual == pytest.approx(sum(won))


def test_changing_later_rows_changes_no_forecast(told):
	origin = date(2021, 4, 30)
	rows = changes()
	later = [
		replace(row, outcome="won", amount=row.amount * 100, stage="Elsewhere", expected_close=None)
		if row.posted_on.date() >= origin
		else row
		for row in rows
	]
	without = [row for row in rows if row.posted_on.date() < origin]
	days = [date(2021, 3, 31), origin]
	expected = [
		(each.date, each.forecast, each.low, each.high) for each in backtest(told, days, MONTH, MONTH).origins
	]
	for other in (later, without):
		known = history(other)
		found = backtest(known, days, MONTH, MONTH).origins
		assert [(each.date, each.forecast, each.low, each.high) for each in found] == expected


def test_the_order_of_the_file_is_nothing_to_go_by(told):
	shuffled = history(sorted(changes(), key=lambda row: (row.document, row.posted_on)))
	day = date(2021, 5, 31)
	knowing = [each.before(day) for each in (shuffled, told)]
	one, other = (expect(known, day, learn(known, day, [MONTH])).values[0] for known in knowing)
	assert one == pytest.approx(other)


def test_nothing_won_yet_gives_no_model_and_two_deals_no_error():
	rows = [row for row in changes(4) if row.outcome == "open"]
	known = history(rows)
	assert learn(known.before(date(2021, 1, 1)), date(2021, 1, 1), [MONTH]) is None
	assert backtest(known, [date(2021, 1, 1)], MONTH, MONTH).origins[0].forecast == 0


def test_a_ledger_without_rows_before_the_origins_is_said():
	with pytest.raises(ValueError, match="too little"):
		backtest(history(changes(10)), [date(2019, 1, 1)], MONTH, MONTH)


def test_open_deals_are_those_whose_last_row_before_the_day_is_open():
	rows = [
		Change("A", datetime(2020, 1, 1), "Talk", "open", 1.0),
		Change("A", datetime(2020, 1, 5), "Won", "won", 1.0),
		Change("B", datetime(2020, 1, 2, 23, 59), "Talk", "open", 2.0),
		Change("C", datetime(2020, 1, 3), "Talk", "open", 3.0),
	]
	known = history_of(rows, {})
	names = lambda day: [known.names[place] for place in known.open_at(day).deals]  # noqa: E731
	assert names(date(2020, 1, 3)) == ["A", "B"]
	assert names(date(2020, 1, 5)) == ["A", "B", "C"]
	assert names(date(2020, 1, 6)) == ["B", "C"]
	assert known.value_won(date(2020, 1, 5), date(2020, 1, 6)) == 1
	assert known.value_won(date(2020, 1, 6), date(2020, 2, 1)) == 0


def test_arrivals_take_the_method_that_did_best():
	def brought(day: date) -> float | None:
		return 100.0 + 50.0 * (day.month in (6, 7)) if day >= date(2018, 1, 1) else None

	assert arrivals.forecast(brought, date(2021, 6, 1), MONTH) == pytest.approx(150, rel=0.02)
	assert arrivals.forecast(lambda day: None, date(2021, 6, 1), MONTH) == 0


def test_simple_methods():
	rows = [
		Change(f"L{month}", datetime(2020, month, 10), "Won", "won", 100.0 * month) for month in range(1, 7)
	]
	rows.append(Change("O", datetime(2020, 1, 2), "Talk", "open", 1.0))
	known = history_of(rows, {})
	day = date(2020, 7, 1)
	assert simple.forecasts(known, day, following(day, MONTH)) == {
		"last_period": 600,
		"trailing_average": 500,
	}


def test_a_range_from_nothing_is_wide_and_one_from_good_forecasts_narrow():
	nothing = around(100, [])
	assert nothing.low < 60 and nothing.high > 150
	good = around(100, [Past(100, 101)] * 12)
	assert 95 < good.low < 100 < good.high < 105
	assert around(100, [Past(100, 150)] * FEWEST).high > good.high
	assert around(0, [Past(0, 0)] * 9).high == 0


def test_a_forecast_of_nothing_is_as_far_off_in_amounts_as_those_before():
	found = around(0, [Past(0, 100), Past(200, 100)] * 3)
	assert (found.low, found.high) == (0, pytest.approx(128.16))


def test_late_errors_count_more():
	early, late = [Past(100, 150)] * 6 + [Past(100, 100)] * 6, [Past(100, 100)] * 6 + [Past(100, 150)] * 6
	assert around(100, early).high < around(100, late).high
