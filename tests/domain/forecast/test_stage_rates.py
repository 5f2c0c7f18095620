"""Rates of stages: what the pipeline says, what came, and which of the two is believed how far."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from pipeline_ext.domain.forecast import stage_rates
from pipeline_ext.domain.forecast.history import WON, history_of
from pipeline_ext.domain.forecast.stage_rates import left_after, rates_from_dict
from tests.domain.forecast.ledgers import STAGES, Change, World, truth

TODAY = date(2021, 1, 1)
LONG_AFTER = date(2030, 1, 1)


def deal(number, stage, outcome=None, said=None, day=datetime(2020, 12, 1), amount=1.0):
	yield Change(f"{stage}{number}", day, stage, "open", amount, None, said)
	if outcome:
		yield Change(f"{stage}{number}", day + timedelta(days=30), stage, outcome, amount, None, said)


def known(*deals):
	return history_of([row for rows in deals for row in rows], {}).before(TODAY)


def test_where_nothing_is_decided_the_pipeline_is_believed():
	history = known(deal(1, "Talk", said=20.0), deal(1, "Quote", said=60.0))
	for rates in (stage_rates.said_by_pipeline(history), stage_rates.fit(history, TODAY)):
		assert rates.rates == pytest.approx({"Talk": 0.2, "Quote": 0.6})
	assert stage_rates.said_by_pipeline(history).overall == pytest.approx(0.4)


def test_the_last_thing_a_stage_said_counts_and_zero_says_nothing():
	history = known(
		deal(1, "Talk", said=20.0, day=datetime(2020, 1, 1)),
		deal(2, "Talk", said=30.0),
		deal(1, "Old", said=0.0),
		deal(1, "Sure", said=100.0),
	)
	assert stage_rates.default_rates(history) == pytest.approx([0.3, np.nan, 0.99], nan_ok=True)


def test_no_stage_says_anything():
	assert stage_rates.said_by_pipeline(known(deal(1, "Talk"), deal(2, "Talk", "won"))) is None


def test_a_stage_without_default_starts_at_the_share_won_and_ten_deals_move_it_halfway():
	decided = [deal(number, "Talk", "won" if number < 3 else "lost") for number in range(10)]
	rates = stage_rates.fit(known(*decided, deal(1, "Quote")), TODAY)
	recent = 0.5 ** (1 / 365)
	overall = (3 * recent + 0.5) / (10 * recent + 1)
	assert rates.overall == pytest.approx(overall)
	assert rates.rates["Quote"] == pytest.approx(overall)
	assert rates.rates["Talk"] == pytest.approx((3 * recent + 10 * overall) / (10 * recent + 10))


def test_what_came_in_one_stage_shifts_all_of_them():
	decided = [deal(number, "Talk", "lost", said=40.0) for number in range(12)]
	rates = stage_rates.fit(known(*decided, deal(1, "Quote", said=60.0)), TODAY).rates
	assert rates["Talk"] < 0.2 and 0.15 < rates["Quote"] < 0.5


def test_what_was_decided_long_ago_counts_less():
	def rate(day):
		lost = [deal(number, "Talk", "lost", said=50.0, day=day) for number in range(8)]
		return stage_rates.fit(known(*lost, deal(9, "Talk", said=50.0)), TODAY).rates["Talk"]

	assert rate(datetime(2020, 11, 1)) < rate(datetime(2018, 11, 1)) < 0.5


@pytest.mark.parametrize("decided", [5, 15, 40])
def test_with_few_deals_they_are_nearer_the_truth_than_raw_shares_or_defaults(decided):
	"""The pipeline says too much of every stage; the same ledgers are asked for all three."""
	said = {stage.name: stage.said / 100 for stage in STAGES}
	missed = {"raw": 0.0, "defaults": 0.0, "shrunk": 0.0}
	real = truth()
	optimistic = {name: min(1.6 * share, 0.95) for name, share in real.items()}
	for seed in range(60):
		world = World(decided, 60, seed, [stage_saying(stage, optimistic) for stage in STAGES])
		history = world.history().before(LONG_AFTER)
		shrunk = stage_rates.fit(history, history_end(history)).rates
		for name in set(shrunk) & set(said):
			missed["raw"] += (raw_share(history, name) - real[name]) ** 2
			missed["defaults"] += (optimistic[name] - real[name]) ** 2
			missed["shrunk"] += (shrunk[name] - real[name]) ** 2
	assert missed["shrunk"] < 0.8 * missed["defaults"]
	assert missed["shrunk"] < missed["raw"]


def stage_saying(stage, shares):
	return type(stage)(stage.name, stage.won, stage.lost, stage.onward, 100 * shares[stage.name])


def history_end(history):
	return date(1970, 1, 2) + timedelta(days=int(history.posted_on[-1]))


def raw_share(history, name):
	rows = history.stage == history.stages.index(name)
	deals = np.unique(history.deal[rows])
	return (history.ended[deals] == WON).mean()


def test_the_longer_a_deal_stays_the_less_is_left():
	assert left_after(np.array([0, 91, 273, 455])) == pytest.approx([1, 1, 0.5, 0.25])


def test_they_are_plain_data():
	rates = stage_rates.fit(World(50).history(), TODAY)
	assert rates_from_dict(rates.as_dict()) == rates
	assert rates.of(np.array(["Quote", "nowhere"], dtype=object)) == pytest.approx(
		[rates.rates["Quote"], rates.overall]
	)
