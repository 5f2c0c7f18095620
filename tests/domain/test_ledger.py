"""The chain proves its order and its content, time does not run backwards, and the past can be read back."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.ledger import (
	Circumstances,
	DealState,
	End,
	Entry,
	Origin,
	changes,
	digest,
	dwell,
	end_of,
	flaws,
	follow,
	renamed,
	state_at,
	tip_of,
)

START = datetime(2026, 1, 1, 9)
STATE = DealState("B2B", "Discover", "Open", 10.0, "Pipeline", 1000.0, date(2026, 4, 1), "rep@x.y", "Acme")
CIRCUMSTANCES = Circumstances(path="Form", posted_by="rep@x.y", pipeline_version="B2B v1", verdicts="[]")
STAGES = ("Discover", "Qualify", "Quote", "Won")
STEPS = ((0, {}), (2, {"stage": "Qualify"}), (5, {"amount": 7.0}), (6, {"stage": "Quote"}))


def chain(*steps: tuple[int, dict]) -> list[Entry]:
	"""Entries from (days after START, changes to the state)."""
	entries: list[Entry] = []
	state = STATE
	for days, changed in steps:
		state = replace(state, **changed)
		entries.append(follow(tip_of(entries), START + timedelta(days=days), state, CIRCUMSTANCES))
	return entries


def found(entries: Sequence[Entry], end: End | None = None) -> list[tuple[int, str]]:
	return [(flaw.sequence, flaw.kind) for flaw in flaws(entries, end or end_of(entries))]


def with_state(entry: Entry, **changed) -> Entry:
	return replace(entry, state=replace(entry.state, **changed))


# What changed


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


# Reading the past back


def test_state_at():
	entries = chain((0, {}), (5, {"stage": "Qualify"}), (9, {"amount": 7.0}))
	assert state_at(entries, START - timedelta(seconds=1)) is None
	assert state_at(entries, START).stage == "Discover"
	assert state_at(entries, START + timedelta(days=5)).stage == "Qualify"
	assert state_at(entries, START + timedelta(days=99)).amount == 7.0


def test_since_when_a_document_has_its_outcome():
	entries = chain((0, {}), (3, {"outcome": "Won"}), (4, {"amount": 5.0}))
	tips = [tip_of(entries[:length]) for length in (1, 2, 3)]
	assert [tip.outcome_since for tip in tips] == [
		START,
		START + timedelta(days=3),
		START + timedelta(days=3),
	]
	assert {tip.began_on for tip in tips} == {START}
	again = tip_of(chain((0, {"outcome": "Won"}), (1, {"outcome": "Open"}), (2, {"outcome": "Won"})))
	assert again.outcome_since == START + timedelta(days=2)


def test_dwell_adds_visits():
	entries = chain((0, {}), (2, {"stage": "Qualify"}), (5, {"stage": "Discover"}), (6, {"amount": 1.0}))
	assert dwell(entries, START + timedelta(days=10)) == {
		"Discover": timedelta(days=7),
		"Qualify": timedelta(days=3),
	}


def test_dwell_stops_at_the_instant_asked_for():
	entries = chain((0, {}), (4, {"stage": "Qualify"}))
	assert dwell(entries, START + timedelta(days=1)) == {"Discover": timedelta(days=1)}


# Any history keeps these


any_change = st.fixed_dictionaries(
	{},
	optional={
		"stage": st.sampled_from(STAGES),
		"outcome": st.sampled_from(("Open", "Won", "Lost")),
		"amount": st.floats(0, 1e9),
		"expected_close": st.none() | st.dates(),
		"deal_owner": st.sampled_from(("rep@x.y", "boss@x.y", None)),
		"company": st.sampled_from(("Acme", "Acme Ltd", None)),
	},
)
histories = st.lists(st.tuples(st.integers(-5, 30), any_change), min_size=1, max_size=10).map(
	lambda steps: chain(*steps)
)
longer_histories = st.lists(st.tuples(st.integers(-5, 30), any_change), min_size=2, max_size=10).map(
	lambda steps: chain(*steps)
)


@given(histories)
def test_a_chain_is_numbered_dated_in_order_and_holds(entries):
	assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
	assert all(earlier.posted_on <= later.posted_on for earlier, later in pairwise(entries))
	assert [entry.previous_hash for entry in entries] == ["", *(entry.hash for entry in entries[:-1])]
	assert found(entries) == []


@given(st.lists(st.tuples(st.integers(-5, 30), any_change), min_size=1, max_size=10))
def test_the_last_entry_holds_the_last_state(steps):
	state = STATE
	for _days, changed in steps:
		state = replace(state, **changed)
	assert state_at(chain(*steps), datetime.max) == state


@given(histories)
def test_a_visit_counts_the_stays_in_a_stage(entries):
	stays: list[str] = []
	for entry in entries:
		if not stays or stays[-1] != entry.state.stage:
			stays.append(entry.state.stage)
		assert entry.visit == stays.count(entry.state.stage)


@given(histories, st.sampled_from(STAGES))
def test_the_tip_may_know_the_next_stage_only(entries, stage):
	"""That is all the database is asked for."""
	whole = tip_of(entries)
	least = replace(whole, visits={stage: whole.visits.get(stage, 0)})
	state = replace(STATE, stage=stage)
	assert follow(least, START, state, CIRCUMSTANCES) == follow(whole, START, state, CIRCUMSTANCES)


def test_a_document_without_entries_has_no_tip():
	assert tip_of([]) is None


def test_a_document_that_is_in_no_stage_has_visits_all_the_same():
	nowhere = replace(STATE, stage=None)
	first = follow(None, START, nowhere, CIRCUMSTANCES)
	second = follow(tip_of([first]), START, replace(nowhere, amount=5.0), CIRCUMSTANCES)
	assert (first.visit, second.visit) == (1, 1)


@given(histories, st.integers(1, 100_000))
def test_an_entry_is_not_dated_before_the_one_it_follows(entries, seconds):
	last = entries[-1]
	earlier = last.posted_on - timedelta(seconds=seconds)
	assert follow(tip_of(entries), earlier, STATE, CIRCUMSTANCES).posted_on == last.posted_on


# Tampering


def altered(value):
	"""Another value of the same type."""
	if isinstance(value, bool):
		return not value
	if isinstance(value, datetime):
		return value + timedelta(microseconds=1)
	if isinstance(value, date):
		return date(2020, 1, 1) if value != date(2020, 1, 1) else date(2020, 1, 2)
	if isinstance(value, Origin):
		return Origin.IMPORTED if value is Origin.RECORDED else Origin.RECORDED
	if isinstance(value, (int, float)):
		return value + 0.01
	return f"{value or ''}!"


STATE_PARTS = tuple(part.name for part in fields(DealState))
CIRCUMSTANCE_PARTS = tuple(part.name for part in fields(Circumstances))


@given(histories, st.data(), st.sampled_from(("visit", "posted_on", *STATE_PARTS, *CIRCUMSTANCE_PARTS)))
def test_a_change_of_any_field_of_any_entry_is_found_and_named(entries, data, name):
	position = data.draw(st.integers(0, len(entries) - 1))
	entry = entries[position]
	if name in STATE_PARTS:
		forged = with_state(entry, **{name: altered(getattr(entry.state, name))})
	elif name in CIRCUMSTANCE_PARTS:
		forged_circumstances = {name: altered(getattr(entry.circumstances, name))}
		forged = replace(entry, circumstances=replace(entry.circumstances, **forged_circumstances))
	else:
		forged = replace(entry, **{name: altered(getattr(entry, name))})
	assert found([*entries[:position], forged, *entries[position + 1 :]]) == [(entry.sequence, "changed")]


@given(longer_histories, st.data())
def test_an_entry_left_out_before_the_last_is_found_and_named(entries, data):
	position = data.draw(st.integers(0, len(entries) - 2))
	assert found([*entries[:position], *entries[position + 1 :]]) == [(position + 1, "missing")]


@given(histories, st.data())
def test_an_entry_that_comes_twice_is_found_and_named(entries, data):
	position = data.draw(st.integers(0, len(entries) - 1))
	twice = [*entries[: position + 1], entries[position], *entries[position + 1 :]]
	assert found(twice) == [(position + 1, "inserted")]


@given(longer_histories, st.data())
def test_a_change_sealed_with_a_hash_of_its_own_breaks_the_link_after_it(entries, data):
	position = data.draw(st.integers(0, len(entries) - 2))
	forged = with_state(entries[position], amount=-1.0)
	forged = replace(forged, hash=digest(forged.previous_hash, forged.content))
	assert found([*entries[:position], forged, *entries[position + 1 :]]) == [(position + 2, "unlinked")]


@given(longer_histories, st.data())
def test_two_entries_that_changed_places_are_found(entries, data):
	position = data.draw(st.integers(0, len(entries) - 2))
	first, second = entries[position], entries[position + 1]
	swapped = [
		replace(second, sequence=first.sequence),
		replace(first, sequence=second.sequence),
	]
	named = {sequence for sequence, _kind in found([*entries[:position], *swapped, *entries[position + 2 :]])}
	assert named >= {first.sequence, second.sequence}


def test_a_chain_that_begins_anew_in_the_middle_is_unlinked():
	entries = chain(*STEPS)
	forged = follow(replace(tip_of(entries[:1]), hash="0" * 64), START, STATE, CIRCUMSTANCES)
	assert found([entries[0], forged, *entries[2:]]) == [(2, "unlinked"), (3, "unlinked")]


# What a hash covers


def test_a_hash_has_64_hex_digits_and_covers_the_one_before():
	(entry,) = chain((0, {}))
	assert len(entry.hash) == 64 and int(entry.hash, 16)
	assert entry.hash == digest("", entry.content)
	assert entry.hash != digest("0", entry.content)


@given(st.floats(0, 1e9))
def test_a_hash_survives_what_a_database_keeps_of_a_number(amount):
	assert digest("", {"amount": amount}) == digest("", {"amount": float(f"{amount:.9f}")})


@pytest.mark.parametrize(
	("written", "read"), [("", None), (0, 0.0), (True, 1), (False, 0), (Origin.RECORDED, "Recorded")]
)
def test_a_hash_does_not_see_how_a_database_writes_the_same_value(written, read):
	assert digest("", {"field": written}) == digest("", {"field": read})


# Renames


def rewritten(entries: Sequence[Entry], part: str, old: str, new: str) -> list[Entry]:
	"""What SQL makes of the entries when a linked document is renamed."""
	return [
		with_state(entry, **{part: new}) if getattr(entry.state, part) == old else entry for entry in entries
	]


@given(histories, st.sampled_from(("deal_owner", "company")), st.data())
def test_a_chain_holds_after_a_rename_or_a_merge(entries, part, data):
	old = data.draw(st.sampled_from(("rep@x.y", "Acme")))
	new = data.draw(st.sampled_from(("boss@x.y", "Acme Ltd", "somebody new")))
	after = rewritten(entries, part, old, new)
	sealed = renamed(after, part, old, new)
	assert found(sealed) == []
	assert [entry.content for entry in sealed] == [entry.content for entry in after]


@given(longer_histories, st.data())
def test_a_rename_heals_no_chain_that_was_broken_before(entries, data):
	position = data.draw(st.integers(0, len(entries) - 1))
	broken = [*entries[:position], with_state(entries[position], amount=-1.0), *entries[position + 1 :]]
	after = rewritten(broken, "deal_owner", "rep@x.y", "new@x.y")
	assert renamed(after, "deal_owner", "rep@x.y", "new@x.y") == after
	assert (position + 1, "changed") in found(after)


def test_a_rename_does_not_seal_an_owner_that_was_forged_before_it():
	entries = chain(*STEPS)
	entries[1] = with_state(entries[1], deal_owner="thief@x.y")
	after = rewritten(entries, "deal_owner", "rep@x.y", "new@x.y")
	assert renamed(after, "deal_owner", "rep@x.y", "new@x.y") == after


def test_a_chain_that_does_not_name_what_was_renamed_stays_as_it_is():
	entries = chain(*STEPS)
	assert renamed(entries, "company", "Somebody Else", "New Name") == entries


def test_entries_that_are_missing_after_the_last_one_are_named():
	entries = chain(*STEPS)
	noted = end_of(entries)
	assert found(entries[:2], noted) == [(3, "missing"), (4, "missing")]


def test_an_entry_after_the_noted_end_was_inserted():
	entries = chain(*STEPS)
	assert found(entries, end_of(entries[:3])) == [(4, "inserted")]


def test_a_chain_sealed_anew_as_a_whole_does_not_end_as_noted():
	forged = chain((0, {"amount": 1.0}), *STEPS[1:])
	assert found(forged, end_of(chain(*STEPS))) == [(4, "changed")]


def test_a_chain_whose_end_was_not_noted_is_named():
	assert [(flaw.sequence, flaw.kind) for flaw in flaws(chain(*STEPS), None)] == [(4, "unnoted")]
