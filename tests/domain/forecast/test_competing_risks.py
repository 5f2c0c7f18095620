"""Hazards of winning, losing and moving on: recovered where the truth is known, and followed to the end."""

import json
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from pipeline_ext.domain.forecast import competing_risks, stage_rates
from pipeline_ext.domain.forecast.competing_risks import DAYS_AHEAD, risks_from_dict
from pipeline_ext.domain.forecast.history import history_of
from tests.domain.forecast.ledgers import STAGES, START, Change, Stage, World, truth

TODAY = START + timedelta(days=720)
NAMES = np.array([stage.name for stage in STAGES], dtype=object)
FRESH = np.zeros(len(STAGES))


def learned(history, today=TODAY):
	known = history.before(today)
	return competing_risks.fit(known, today, stage_rates.fit(known, today))


@pytest.fixture(scope="module")
def risks():
	return learned(World(6000).history())


def test_the_chance_ever_to_win_is_the_true_one(risks):
	assert risks.ever(NAMES, FRESH) == pytest.approx(list(truth().values())[::-1], abs=0.03)


def test_hazards_are_the_true_ones_while_deals_are_there_to_see(risks):
	places = [risks.stages.index(name) for name in NAMES]
	for hazard, true in ((risks.won, "won"), (risks.lost, "lost"), (risks.moved, "onward")):
		expected = [getattr(stage, true) for stage in STAGES]
		assert hazard[places, 4] == pytest.approx(expected, rel=0.25, abs=0.002)


def test_the_chance_within_days_is_that_of_constant_hazards():
	one = [Stage("Talk", 0.01, 0.02, 0.0, 30.0)]
	risks = learned(World(4000, stages=one).history())
	talk, fresh = np.array(["Talk"], dtype=object), np.zeros(1)
	for days in (10, 30, 90):
		true = (1 - np.exp(-0.03 * days)) / 3
		assert risks.within(talk, fresh, days)[0] == pytest.approx(true, rel=0.1)
	assert risks.within(talk, fresh, 0)[0] == 0


def test_it_never_falls_with_the_horizon_and_ever_is_the_most(risks):
	curves = risks.curves
	assert np.all(np.diff(curves, axis=0) >= -1e-6)
	assert curves.min() >= 0 and curves.max() <= 1
	assert np.all(risks.within(NAMES, FRESH, DAYS_AHEAD * 3) == risks.ever(NAMES, FRESH))


def test_a_stage_nobody_has_seen_has_the_usual_chance(risks):
	(chance,) = risks.ever(np.array(["Elsewhere"], dtype=object), np.zeros(1))
	usual = stage_rates.fit(World(6000).history().before(TODAY), TODAY).overall
	assert chance == pytest.approx(usual, abs=0.05)


def test_deals_that_nobody_closes_fade():
	"""What is won is won within days, all else is left lying about."""
	rows = []
	for number in range(200):
		made = datetime(2020, 1, 1) + timedelta(days=number)
		rows.append(Change(f"D{number}", made, "Talk", "open", 1.0, None, 50.0))
		if number % 2:
			rows.append(Change(f"D{number}", made + timedelta(days=10), "Talk", "won", 1.0))
	risks = learned(history_of(rows, {}))
	fresh, old, ancient = risks.ever(np.array(["Talk"] * 3, dtype=object), np.array([0.0, 120.0, 700.0]))
	assert fresh > 0.4 and old < 0.2 and ancient < 0.1


def test_where_nobody_has_stayed_so_long_the_rate_of_the_stage_is_left_and_fades():
	rows = [
		Change("A", datetime(2021, 12, 1), "Talk", "open", 1.0, None, 40.0),
		Change("B", datetime(2021, 12, 1), "Talk", "open", 1.0, None, 40.0),
	]
	risks = learned(history_of(rows, {}))
	fresh, old = risks.ever(np.array(["Talk"] * 2, dtype=object), np.array([0.0, 600.0]))
	assert fresh == pytest.approx(0.4, abs=0.05) and old < 0.25


def test_going_back_and_forth_ends():
	rows = []
	for number in range(60):
		made = datetime(2020, 1, 1) + timedelta(days=number)
		for turn in range(6):
			stage = ("Talk", "Quote")[turn % 2]
			rows.append(Change(f"D{number}", made + timedelta(days=5 * turn), stage, "open", 1.0))
		outcome = "won" if number % 3 == 0 else "lost"
		rows.append(Change(f"D{number}", made + timedelta(days=30), "Quote", outcome, 1.0))
	risks = learned(history_of(rows, {}))
	talk, quote = risks.ever(np.array(["Talk", "Quote"], dtype=object), np.zeros(2))
	assert talk == pytest.approx(quote, abs=0.1) == pytest.approx(1 / 3, abs=0.12)


def test_recent_months_count_more():
	"""Until a year ago all was lost, since then all is won."""
	rows = []
	for number in range(400):
		made = datetime(2020, 1, 1) + timedelta(days=1.8 * number)
		rows.append(Change(f"D{number}", made, "Talk", "open", 1.0))
		outcome = "lost" if made < datetime(2021, 1, 1) else "won"
		rows.append(Change(f"D{number}", made + timedelta(days=10), "Talk", outcome, 1.0))
	(chance,) = learned(history_of(rows, {})).ever(np.array(["Talk"], dtype=object), np.zeros(1))
	assert chance > 0.57


def test_they_are_plain_data(risks):
	again = risks_from_dict(json.loads(json.dumps(risks.as_dict())))
	assert np.array_equal(again.curves, risks.curves) and again.stages == risks.stages


def test_later_rows_change_nothing():
	changes = World(300).changes()
	day = date(2021, 1, 1)
	cut = [row for row in changes if row.posted_on.date() < day]
	whole, part = (learned(history_of(rows, {}), day).as_dict() for rows in (changes, cut))
	known = part["stages"]
	assert [whole["stages"][:-1], "(other)"] == [known[:-1], known[-1]]
	for name in ("won", "lost", "moved", "to"):
		assert np.allclose(whole[name], part[name])
