"""The waterfall: every bar, and that it balances to the cent whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.waterfall import FLOWS, Bar, Standing, Stop, Waterfall, Window, journey, stay

WINDOW = Window(date(2026, 4, 1), date(2026, 6, 30))
BEFORE, INSIDE, AFTER = date(2026, 3, 31), date(2026, 5, 15), date(2026, 7, 1)


def deal(amount=100_00, outcome=Outcome.OPEN, close=INSIDE, category="Pipeline", **belongs):
	return Standing(outcome, amount, close, category, **belongs)


def won(amount=100_00, **changed):
	return deal(amount, Outcome.WON, category="Closed", **changed)


def lost(amount=100_00, **changed):
	return deal(amount, Outcome.LOST, category="Omitted", **changed)


OTHER_OWNER = {"of_owner": False}
OTHER_PIPELINE = {"in_pipeline": False}


@pytest.mark.parametrize(
	("start", "end", "revalued", "steps"),
	[
		(deal(), deal(), 0, {"Start": 100, "End": 100}),
		(deal(), deal(120_00), 0, {"Start": 100, "Increased": 20, "End": 120}),
		(deal(), deal(70_00), 0, {"Start": 100, "Decreased": -30, "End": 70}),
		(deal(), deal(120_00), 20_00, {"Start": 100, "Currency": 20, "End": 120}),
		(deal(), deal(120_00), 30_00, {"Start": 100, "Currency": 30, "Decreased": -10, "End": 120}),
		(deal(), deal(), -5_00, {"Start": 100, "Currency": -5, "Increased": 5, "End": 100}),
		(deal(), won(), 0, {"Start": 100, "Won": -100}),
		(deal(), won(120_00), 0, {"Start": 100, "Increased": 20, "Won": -120}),
		(deal(), lost(70_00), 0, {"Start": 100, "Decreased": -30, "Lost": -70}),
		(None, deal(50_00), 0, {"New": 50, "End": 50}),
		(None, won(50_00), 0, {"New": 50, "Won": -50}),
		(None, lost(50_00), 0, {"New": 50, "Lost": -50}),
		(lost(), deal(110_00), 0, {"Reopened": 100, "Increased": 10, "End": 110}),
		(won(), deal(), 0, {"Reopened": 100, "End": 100}),
		(lost(), won(90_00), 0, {"Reopened": 100, "Decreased": -10, "Won": -90}),
		(lost(close=AFTER, **OTHER_OWNER), deal(), 0, {"Reopened": 100, "End": 100}),
		(deal(close=AFTER), deal(120_00), 0, {"Pulled In": 100, "Increased": 20, "End": 120}),
		(deal(close=BEFORE), deal(), 0, {"Pushed In": 100, "End": 100}),
		(deal(close=None), deal(), 0, {"Pulled In": 100, "End": 100}),
		(deal(close=AFTER), won(), 0, {"Pulled In": 100, "Won": -100}),
		(deal(), deal(120_00, close=AFTER), 0, {"Start": 100, "Pushed Out": -100}),
		(deal(), deal(close=BEFORE), 0, {"Start": 100, "Pulled Out": -100}),
		(deal(), deal(close=None), 0, {"Start": 100, "Pushed Out": -100}),
		(deal(), won(120_00, close=AFTER), 20_00, {"Start": 100, "Pushed Out": -100}),
		(deal(), deal(120_00, **OTHER_OWNER), 0, {"Start": 100, "Owner Out": -100}),
		(deal(**OTHER_OWNER), deal(120_00), 0, {"Owner In": 100, "Increased": 20, "End": 120}),
		(deal(**OTHER_OWNER), won(), 0, {"Owner In": 100, "Won": -100}),
		(deal(), won(**OTHER_OWNER), 0, {"Start": 100, "Owner Out": -100}),
		(deal(), deal(**OTHER_PIPELINE, **OTHER_OWNER), 0, {"Start": 100, "Pipeline Out": -100}),
		(deal(**OTHER_PIPELINE), deal(), 0, {"Pipeline In": 100, "End": 100}),
		(deal(close=AFTER, **OTHER_PIPELINE), deal(), 0, {"Pulled In": 100, "End": 100}),
		(deal(), deal(close=AFTER, **OTHER_OWNER), 0, {"Start": 100, "Pushed Out": -100}),
		(deal(), None, 0, {"Start": 100, "Pipeline Out": -100}),
		(deal(0), deal(0), 0, {"Start": 0, "End": 0}),
		(None, deal(0), 0, {"New": 0, "End": 0}),
	],
)
def test_each_way_through(start, end, revalued, steps):
	way = journey(WINDOW, start, end, revalued)
	assert [(bar.value, amount / 100) for bar, amount in way.steps] == [*steps.items()]


@pytest.mark.parametrize(
	("start", "end"),
	[
		(None, None),
		(None, deal(close=AFTER)),
		(None, won(close=AFTER)),
		(deal(close=BEFORE), deal(close=AFTER)),
		(deal(close=BEFORE), won(close=BEFORE)),
		(won(), won()),
		(lost(), lost(120_00)),
		(won(), won(close=AFTER)),
		(won(), None),
		(deal(**OTHER_OWNER), deal(**OTHER_OWNER)),
	],
)
def test_what_takes_no_part(start, end):
	assert journey(WINDOW, start, end) is None


def test_a_deal_that_was_reopened_and_won_again_is_won_again():
	way = journey(WINDOW, won(), won(130_00), was_reopened=True)
	assert [*way.steps] == [(Bar.REOPENED, 100_00), (Bar.INCREASED, 30_00), (Bar.WON, -130_00)]


def test_both_ends_of_the_window_are_in_it():
	assert journey(WINDOW, deal(close=WINDOW.first), deal(close=WINDOW.last)).destination.bar is Bar.END


def test_the_matrix_says_what_became_of_each_category():
	waterfall = Waterfall(
		[
			stay("Commit", 500_00, deals=3),
			journey(WINDOW, deal(), deal(120_00, category="Commit")),
			journey(WINDOW, deal(), won(90_00)),
			journey(WINDOW, None, deal(40_00, category=None)),
		]
	)
	assert waterfall.came(Stop(Bar.START, "Commit")) == {Stop(Bar.END, "Commit"): 500_00}
	assert waterfall.came(Stop(Bar.START, "Pipeline")) == {
		Stop(Bar.END, "Commit"): 100_00,
		Stop(Bar.WON): 100_00,
	}
	assert waterfall.came(Stop(Bar.NEW)) == {Stop(Bar.END): 40_00}
	assert waterfall.changed == {Stop(Bar.END, "Commit"): 20_00, Stop(Bar.WON): -10_00}
	assert waterfall.taken == {Stop(Bar.END, "Commit"): 620_00, Stop(Bar.WON): 90_00, Stop(Bar.END): 40_00}
	assert {
		bar.value: (total.deals, total.amount / 100) for bar, total in waterfall.bars.items() if total.deals
	} == {
		"Start": (5, 700),
		"New": (1, 40),
		"Increased": (1, 20),
		"Decreased": (1, -10),
		"Won": (1, -90),
		"End": (5, 660),
	}


# Whatever happened

amounts = st.integers(-(10**6), 10**12)
closes = st.none() | st.dates(date(2026, 1, 1), date(2026, 9, 30))
categories = st.none() | st.sampled_from(["Pipeline", "Best Case", "Commit"])
OWNERS = ("Ann", "Bob", "Cid")


@st.composite
def pasts(draw):
	"""A deal at two instants, each with an owner, and what an exchange rate did meanwhile."""
	state = st.builds(Standing, st.sampled_from(Outcome), amounts, closes, categories, st.booleans())
	states = [draw(st.none() | state), draw(st.none() | state)]
	owners = [draw(st.sampled_from(OWNERS)), draw(st.sampled_from(OWNERS))]
	return states, owners, draw(amounts), draw(st.booleans())


def ways(pasts, window=WINDOW, owner=None):
	"""The journeys as seen from a window and an owner, any where none is named."""
	for states, owners, revalued, was_reopened in pasts:
		seen = [
			state and replace(state, of_owner=owner in (None, of))
			for state, of in zip(states, owners, strict=True)
		]
		yield journey(window, *seen, revalued, was_reopened), seen


def waterfall_of(pasts, window=WINDOW, owner=None):
	return Waterfall(way for way, _seen in ways(pasts, window, owner) if way)


def is_counted(state):
	return bool(
		state
		and state.outcome is Outcome.OPEN
		and state.in_pipeline
		and state.of_owner
		and state.expected_close
		and WINDOW.first <= state.expected_close <= WINDOW.last
	)


@given(st.lists(pasts(), max_size=12), st.sampled_from([None, "Ann"]))
def test_it_balances_to_the_cent(pasts, owner):
	waterfall = waterfall_of(pasts, owner=owner)
	start, end = (
		[seen[instant] for _way, seen in ways(pasts, owner=owner) if is_counted(seen[instant])]
		for instant in (0, 1)
	)
	bars = waterfall.bars
	assert (bars[Bar.START].deals, bars[Bar.START].amount) == (len(start), sum(each.amount for each in start))
	assert (bars[Bar.END].deals, bars[Bar.END].amount) == (len(end), sum(each.amount for each in end))
	assert bars[Bar.START].amount + sum(bars[bar].amount for bar in FLOWS) == bars[Bar.END].amount


@given(st.lists(pasts(), max_size=12))
def test_the_matrix_balances_both_ways(pasts):
	waterfall = waterfall_of(pasts)
	for bar, total in waterfall.bars.items():
		came = [stop for stop in waterfall.brought if stop.bar is bar]
		went = [stop for stop in waterfall.taken if stop.bar is bar]
		if came:
			assert sum(waterfall.brought[stop] for stop in came) == total.amount
		if went:
			assert sum(waterfall.taken[stop] for stop in went) == (
				total.amount if bar is Bar.END else -total.amount
			)
	for stop in waterfall.brought:
		assert sum(waterfall.came(stop).values()) == waterfall.brought[stop]
	for stop in waterfall.taken:
		brought = sum(waterfall.came(origin).get(stop, 0) for origin in waterfall.brought)
		assert brought + waterfall.changed[stop] == waterfall.taken[stop]


def added(waterfalls, *bars):
	return sum(waterfall.bars[bar].amount for waterfall in waterfalls for bar in bars)


@given(st.lists(pasts(), max_size=12))
def test_the_figures_of_all_owners_add_up_to_those_of_anybody(pasts):
	everybody = waterfall_of(pasts)
	each = [waterfall_of(pasts, owner=owner) for owner in OWNERS]
	for bar in Bar:
		if bar not in (Bar.OWNER_IN, Bar.OWNER_OUT):
			assert added(each, bar) == everybody.bars[bar].amount, bar
	assert added(each, Bar.OWNER_IN) == -added(each, Bar.OWNER_OUT)


@given(st.lists(pasts(), max_size=12), st.dates(date(2026, 4, 1), date(2026, 6, 29)))
def test_the_figures_of_two_windows_add_up_to_those_of_both(pasts, last):
	both = waterfall_of(pasts)
	first, second = Window(WINDOW.first, last), Window(date.fromordinal(last.toordinal() + 1), WINDOW.last)
	each = [waterfall_of(pasts, window=window) for window in (first, second)]
	moved = (Bar.PULLED_IN, Bar.PUSHED_IN, Bar.PULLED_OUT, Bar.PUSHED_OUT)
	for bar in Bar:
		if bar not in moved:
			assert added(each, bar) == both.bars[bar].amount, bar
	assert added(each, *moved) == added([both], *moved)
