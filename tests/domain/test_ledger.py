"""The chain proves its order, time does not run backwards, and the past can be read back."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.ledger import DealState, Tip, changes, digest, dwell, flaws, follow, state_at

START = datetime(2026, 1, 1, 9)
STATE = DealState("B2B", "Discover", "Open", 10.0, "Pipeline", 1000.0, date(2026, 4, 1), "rep@x.y", "Acme")


def chain(*steps):
	"""Entries from (days after START, changes to the state)."""
	entries, tip, state = [], None, STATE
	for days, changed in steps:
		state = replace(state, **changed)
		entry = follow(tip, START + timedelta(days=days), state)
		tip = Tip(entry.sequence, entry.posted_on, entry.hash)
		entries.append(entry)
	return entries


def test_changes_names_what_differs():
	after = replace(STATE, stage="Qualify", probability=30.0)
	assert changes(STATE, after) == ("stage", "probability")
	assert changes(STATE, STATE) == ()


def test_the_first_entry_changes_everything_that_is_known():
	assert changes(None, replace(STATE, expected_close=None)) == (
		"pipeline",
		"stage",
		"outcome",
		"probability",
		"forecast_category",
		"amount",
		"deal_owner",
		"company",
	)


def test_state_at():
	entries = chain((0, {}), (5, {"stage": "Qualify"}), (9, {"amount": 7.0}))
	assert state_at(entries, START - timedelta(seconds=1)) is None
	assert state_at(entries, START).stage == "Discover"
	assert state_at(entries, START + timedelta(days=5)).stage == "Qualify"
	assert state_at(entries, START + timedelta(days=99)).amount == 7.0


def test_dwell_adds_visits():
	entries = chain((0, {}), (2, {"stage": "Qualify"}), (5, {"stage": "Discover"}), (6, {"amount": 1.0}))
	assert dwell(entries, START + timedelta(days=10)) == {
		"Discover": timedelta(days=7),
		"Qualify": timedelta(days=3),
	}


def test_dwell_stops_at_the_instant_asked_for():
	entries = chain((0, {}), (4, {"stage": "Qualify"}))
	assert dwell(entries, START + timedelta(days=1)) == {"Discover": timedelta(days=1)}


@given(st.lists(st.tuples(st.integers(-5, 30), st.floats(0, 1e9)), min_size=1, max_size=8))
def test_a_chain_is_numbered_hashed_and_in_order(steps):
	entries = chain(*((days, {"amount": amount}) for days, amount in steps))
	assert [entry.sequence for entry in entries] == list(range(1, len(steps) + 1))
	previous = ""
	for entry in entries:
		assert entry.previous_hash == previous
		assert entry.hash == digest(previous, entry.sequence, entry.posted_on, vars(entry.state))
		previous = entry.hash
	assert all(earlier.posted_on <= later.posted_on for earlier, later in pairwise(entries))


def test_any_change_of_an_entry_changes_its_hash():
	first = digest("", 1, START, vars(STATE))
	assert len(first) == 64
	assert digest("", 1, START, vars(replace(STATE, amount=1000.01))) != first
	assert digest("", 2, START, vars(STATE)) != first
	assert digest("", 1, START + timedelta(microseconds=1), vars(STATE)) != first
	assert digest("0", 1, START, vars(STATE)) != first


STEPS = ((0, {}), (2, {"stage": "Qualify"}), (5, {"amount": 7.0}), (6, {"stage": "Quote"}))


def found(entries):
	return [(flaw.sequence, flaw.kind) for flaw in flaws(entries)]


def test_an_untouched_chain_has_no_flaw():
	assert found(chain(*STEPS)) == []


def test_each_kind_of_tampering_is_named():
	entries = chain(*STEPS)
	cheaper = replace(entries[1], state=replace(entries[1].state, amount=1.0))
	assert found([entries[0], cheaper, *entries[2:]]) == [(2, "changed")]
	assert found([entries[0], *entries[2:]]) == [(2, "missing")]
	assert found(entries[1:]) == [(1, "missing")]
	assert found([entries[0], entries[1], entries[1], *entries[2:]]) == [(2, "inserted")]
	forged = follow(None, START, STATE)
	assert found([entries[0], replace(forged, sequence=2), *entries[2:]]) == [
		(2, "unlinked"),
		(2, "changed"),
		(3, "unlinked"),
	]


@given(st.floats(0, 1e9))
def test_a_hash_survives_what_a_database_keeps_of_a_number(amount):
	state = replace(STATE, amount=amount)
	stored = replace(STATE, amount=float(f"{amount:.9f}"))
	assert digest("", 1, START, vars(state)) == digest("", 1, START, vars(stored))
