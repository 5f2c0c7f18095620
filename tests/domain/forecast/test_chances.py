"""The chance that a deal is won: by how much is known, consistent over horizons, and what makes it so."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.forecast import chances
from pipeline_ext.domain.forecast.chances import ByFacts, ByStage, Regime, learn, model_from_dict
from pipeline_ext.domain.forecast.history import WON, day_number, history_of
from pipeline_ext.domain.forecast.periods import Period
from pipeline_ext.domain.forecast.reasons import Reason, Reasons, _value, reasons, reasons_from_dict
from pipeline_ext.domain.forecast.scores import of_probabilities
from pipeline_ext.domain.forecast.snapshots import Snapshot, snapshot
from pipeline_ext.domain.forecast.stage_rates import StageRates
from tests.domain.forecast.ledgers import SOURCES, STAGES, START, World

TODAY = START + timedelta(days=600)
HORIZONS = [Period(days=days) for days in (9, 40, 70, 100, 130, 160)]
DAYS = tuple(each.days for each in HORIZONS)
UNSAID = [replace(stage, said=None) for stage in STAGES]


def learned(world, today=TODAY):
	known = world.history().before(today)
	return learn(known, today, HORIZONS), snapshot(known, known.open_at(today))


def deal(stage="Quote", amount=3000.0, age=40.0, in_stage=20.0, to_close=np.nan, **facts):
	"""One open deal."""
	today = day_number(TODAY)
	return Snapshot(
		day=TODAY,
		stage=np.array([stage], dtype=object),
		amount=np.array([amount]),
		created_on=np.array([today - age]),
		entered_on=np.array([today - in_stage]),
		expected_close=np.array([today + to_close]),
		facts={name: np.array([value], dtype=object) for name, value in facts.items()},
	)


def only(model, one):
	said = model.chances(one)
	return float(said.ever[0]), said.within[0]


@pytest.fixture(scope="module")
def full():
	return learned(World(3000, sources=SOURCES))


@pytest.mark.parametrize(
	("deals", "stages", "regime"),
	[
		(6, STAGES, Regime.DEFAULTS),
		(6, UNSAID, None),
		(40, STAGES, Regime.SHRUNK),
		(400, STAGES, Regime.FULL),
		(400, UNSAID, Regime.FULL),
	],
)
def test_how_much_is_asked_of_the_past_depends_on_how_much_there_is(deals, stages, regime):
	today = START + timedelta(days=12 if deals == 6 else 600)
	model, _open = learned(World(deals, days=10 if deals == 6 else 600, seed=4, stages=stages), today)
	assert (model and model.regime) == regime


def test_what_is_said_of_all_horizons_fits_together(full):
	model, deals = full
	said = model.chances(deals)
	assert said.within.shape == (len(deals.stage), len(DAYS))
	assert np.all(np.diff(said.within, axis=1) >= 0)
	assert np.all(said.within[:, -1] <= said.ever) and np.all(said.ever <= 1) and np.all(said.within >= 0)


def test_what_is_said_is_what_comes():
	"""Told of 3,000 deals, asked of those of another seed that are open."""
	model, _open = learned(World(3000, days=600, sources=SOURCES))
	other = World(3000, days=600, seed=2, sources=SOURCES).history()
	known = other.before(TODAY)
	standing = known.open_at(TODAY)
	said = model.chances(snapshot(known, standing))
	came = (other.ended[standing.deals] == WON).astype(float)
	assert said.ever.mean() == pytest.approx(came.mean(), abs=0.08)
	assert of_probabilities(said.ever, came).auc > 0.6
	by_second = other.won_within(TODAY, HORIZONS[1].after(TODAY))[standing.deals]
	assert said.within[:, 1].mean() == pytest.approx(by_second.mean(), abs=0.08)


def test_a_source_that_wins_more_raises_the_chance(full):
	model, _open = full
	web, referral = (only(model, deal(source=source)) for source in ("Web", "Referral"))
	assert referral[0] > web[0] + 0.08 and np.all(referral[1][1:] > web[1][1:])


def test_a_later_stage_and_less_time_in_it_raise_the_chance(full):
	model, _open = full
	assert only(model, deal("Talks"))[0] > only(model, deal("Prospect"))[0] + 0.2
	assert only(model, deal(age=500.0, in_stage=480.0))[0] < only(model, deal())[0]


def test_with_few_deals_half_come_by_their_date_and_the_rest_after_it():
	model = ByStage(DAYS, StageRates({"Quote": 0.6}, 0.3), Regime.SHRUNK)
	ever, within = only(model, deal(to_close=39.0))
	assert ever == pytest.approx(0.6)
	assert within[:2] == pytest.approx([0, 0.3], abs=0.01)
	assert 0.3 < within[2] < within[5] < 0.6
	overdue, undated = (only(model, deal(to_close=days))[1] for days in (-5.0, np.nan))
	assert overdue == pytest.approx(undated)
	assert 0 < undated[0] < undated[5] < 0.6
	assert only(model, deal("Elsewhere"))[0] == pytest.approx(0.3)


def test_with_few_deals_old_ones_decay():
	model = ByStage(DAYS, StageRates({"Quote": 0.6}, 0.3), Regime.SHRUNK)
	assert only(model, deal(in_stage=91 + 182))[0] == pytest.approx(0.3)


def test_a_horizon_too_far_to_have_been_seen_is_filled_in_by_risks():
	"""After five months nobody has seen what half a year brings."""
	model, deals = learned(World(900, days=150, seed=3), START + timedelta(days=150))
	assert isinstance(model, ByFacts) and model.models[0] and model.models[-1] is None
	said = model.chances(deals)
	assert np.all(np.diff(said.within, axis=1) >= 0) and np.all(said.within[:, -1] <= said.ever)
	assert said.within[:, -1].mean() > said.within[:, 0].mean() + 0.1


def test_other_horizons_lie_in_between(full):
	model, deals = full
	said = model.chances(deals)
	between = chances.within(model, deals, (0, 9, 25, 40, 400)).within
	assert np.all(between[:, 0] == 0)
	assert np.allclose(between[:, [1, 3]], said.within[:, :2])
	assert np.all((between[:, 2] >= said.within[:, 0]) & (between[:, 2] <= said.within[:, 1]))
	assert np.allclose(between[:, 4], said.within[:, -1])
	assert chances.within(model, deals, DAYS).within is not None


@pytest.mark.parametrize("deals", [40, 400])
def test_models_are_plain_data(deals):
	model, now_open = learned(World(deals, days=600, sources=SOURCES))
	again = model_from_dict(json.loads(json.dumps(model.as_dict())))
	assert again.regime == model.regime
	assert np.allclose(again.chances(now_open).within, model.chances(now_open).within)
	assert np.allclose(again.chances(now_open).ever, model.chances(now_open).ever)


def test_later_rows_change_nothing():
	world = World(400, days=600)
	rows = world.changes()
	changed = [
		replace(row, outcome="won", amount=9e9, stage="Elsewhere") if row.posted_on.date() >= TODAY else row
		for row in rows
	]
	whole, part = (history_of(each, world.facts()).before(TODAY) for each in (rows, changed))
	one, two = (learn(known, TODAY, HORIZONS) for known in (whole, part))
	now_open = snapshot(whole, whole.open_at(TODAY))
	assert np.array_equal(one.chances(now_open).ever, two.chances(now_open).ever)
	assert np.array_equal(one.chances(now_open).within, two.chances(now_open).within)


number = st.floats(allow_nan=True, allow_infinity=False, width=32)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=5), number, st.floats(0, 4000), st.floats(0, 4000), number, st.text(max_size=5))
def test_whatever_a_deal_is_like_its_chances_fit_together(
	full, stage, amount, age, in_stage, to_close, source
):
	model, _open = full
	ever, within = only(model, deal(stage, amount, age, in_stage, to_close, source=source))
	assert 0 <= within[0] and np.all(np.diff(within) >= 0) and within[-1] <= ever <= 1


def test_reasons_name_what_raises_and_lowers_most(full):
	model, _open = full
	one = deal("Talks", source="Web", in_stage=10.0)
	(why,) = reasons(model, one, model.chances(one).ever)
	assert why.raises[0].fact == "stage" and why.raises[0].value == "Talks" and why.raises[0].points > 5
	assert "source" in [each.fact for each in why.lowers]
	for side in (why.raises, why.lowers):
		assert len(side) <= 3
		assert [abs(each.points) for each in side] == sorted(
			(abs(each.points) for each in side), reverse=True
		)
	assert all(each.points > 0 for each in why.raises) and all(each.points < 0 for each in why.lowers)


def test_stage_and_time_in_it_count_with_what_the_risks_say_of_them(full):
	model, _open = full
	talks, prospect, old = (
		model.contributions(deal(stage, in_stage=days, source="Fair"))
		for stage, days in (("Talks", 0.0), ("Prospect", 0.0), ("Prospect", 500.0))
	)
	apart = np.log(0.75 / 0.25) - np.log((1 / 3) / (2 / 3))
	assert talks["stage"][0] - prospect["stage"][0] == pytest.approx(apart, abs=0.6)
	assert old["days in stage"][0] < prospect["days in stage"][0]


def test_reasons_where_few_deals_were_decided():
	model = ByStage(DAYS, StageRates({"B2B › Quote": 0.6}, 0.3), Regime.SHRUNK)
	one = deal("B2B › Quote", in_stage=91 + 182)
	(why,) = reasons(model, one, model.chances(one).ever)
	assert why.raises == (Reason("stage", "Quote", pytest.approx(19.1, abs=15)),)
	assert why.lowers == (Reason("days in stage", "273", pytest.approx(-30)),)


def test_values_are_plain():
	model = ByStage(DAYS, StageRates({}, 0.3), Regime.SHRUNK)
	one = deal(to_close=10.0, amount=12.5)
	assert _value(one, "expected close", 0) == (TODAY + timedelta(days=10)).isoformat()
	assert _value(one, "planned length", 0) == "50"
	assert _value(deal(), "expected close", 0) == _value(deal(), "planned length", 0) == ""
	assert _value(one, "amount", 0) == "12.50"
	assert reasons(model, one, model.chances(one).ever) == [Reasons((), ())]


def test_reasons_are_plain_data():
	why = Reasons((Reason("source", "Web", 3.5),), (Reason("stage", "Talk", -7.0),))
	assert reasons_from_dict(json.loads(json.dumps(why.as_dict()))) == why
