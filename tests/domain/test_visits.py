"""Visits that are over, as the chain of a deal comes to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, follow, moved_on, tip_of
from pipeline_ext.domain.visits import PastVisit, ended_by, past_visits

START = datetime(2026, 1, 1, 9)
STATE = DealState("Sales", "New", "Open", 10.0, "Pipeline", 100.0, None, "a@b.example", "Ours")
ENTERED = Circumstances(move="Enter")


def chain(*moves: tuple[float, str], pipelines: dict[int, str] | None = None) -> list[Entry]:
	"""A chain that begins in New and comes to stages after so many days; by index, to other pipelines."""
	entries = [follow(None, START, STATE, ENTERED)]
	since, pipeline = 0.0, "Sales"
	for index, (day, stage) in enumerate(moves):
		pipeline = (pipelines or {}).get(index, pipeline)
		last = entries[-1].state
		left = Circumstances(move="Forward", from_stage=last.stage, days_in_stage=day - since)
		state = replace(STATE, stage=stage, pipeline=pipeline, outcome="Won" if stage == "Won" else "Open")
		entries.append(follow(tip_of(entries), START + timedelta(days=day), state, left))
		since = day
	return entries


def day(number: float) -> datetime:
	return START + timedelta(days=number)


def test_a_visit_is_over_once_the_deal_has_moved_on():
	assert past_visits(chain()) == []
	assert past_visits(chain((2.5, "Talks"))) == [
		PastVisit(2, "Sales", "New", "Ours", "Forward", "Open", day(0), day(2.5), day(0))
	]


def test_only_a_move_ends_a_visit():
	entries = chain()
	dearer = follow(tip_of(entries), day(1), replace(STATE, amount=200.0), Circumstances(changes="amount"))
	assert past_visits([*entries, dearer]) == []


def test_a_later_visit_to_the_same_stage_goes_on_from_the_earlier_one():
	first, other, again = past_visits(chain((2, "Talks"), (5, "New"), (9, "Won")))
	assert (first.stage, first.followed_on) == ("New", day(5))
	assert (other.stage, other.followed_on, other.seconds_before) == ("Talks", None, 0)
	assert (again.stage, again.began_on, again.ended_on, again.outcome) == ("New", day(5), day(9), "Won")
	assert (again.first_began_on, again.seconds_before, again.unknown_before) == (day(0), 2 * 86400, False)
	assert (again.seconds, again.followed_on) == (4 * 86400, None)


def test_a_visit_of_unknown_length_makes_the_sum_unknown():
	entries = chain((2, "Talks"), (5, "New"), (9, "Talks"), (11, "New"), (12, "Talks"))
	unknown = replace(entries[1].circumstances, days_in_stage=0.0)
	entries[1] = replace(entries[1], circumstances=unknown)
	visits = [visit for visit in past_visits(entries) if visit.stage == "New"]
	assert [visit.unknown_before for visit in visits] == [False, True, True]
	assert [visit.seconds for visit in visits] == [0, 4 * 86400, 86400]


def test_the_same_stage_of_another_pipeline_is_another_place():
	visits = past_visits(chain((2, "New"), (5, "Talks"), pipelines={0: "Renewal"}))
	assert [(visit.pipeline, visit.stage, visit.seconds_before) for visit in visits] == [
		("Sales", "New", 0),
		("Renewal", "New", 0),
	]


def test_a_chain_that_begins_with_a_move_takes_the_pipeline_it_came_to():
	entry = chain((2, "Talks"))[1]
	assert [(visit.pipeline, visit.stage) for visit in past_visits([entry])] == [("Sales", "New")]


def dated(moves: list[tuple[int, str]]) -> list[tuple[int, str]]:
	"""Lengths of stays to days since the chain began."""
	ends = accumulate(length for length, _stage in moves)
	return [(end, stage) for end, (_length, stage) in zip(ends, moves, strict=True)]


steps = st.lists(st.tuples(st.integers(1, 400), st.sampled_from(("New", "Talks", "Won"))), max_size=9)


@given(steps, st.dictionaries(st.integers(0, 8), st.sampled_from(("Sales", "Renewal")), max_size=3))
def test_entry_by_entry_comes_to_the_same_as_the_whole_chain(moves, pipelines):
	"""Each entry needs no more than the tip and the last visit to the stage it leaves, as it was written."""
	entries = chain(*dated(moves), pipelines=pipelines)
	written: dict[int, PastVisit] = {}
	tip = None
	for entry in entries:
		left = (tip.state.pipeline if tip else None, entry.circumstances.from_stage)
		open_ended = [visit for visit in written.values() if visit.followed_on is None]
		last = [visit for visit in open_ended if (visit.pipeline, visit.stage) == left]
		assert len(last) <= 1
		done = ended_by(entry, tip.state if tip else None, last[0] if last else None)
		written.update((visit.sequence, visit) for visit in done)
		tip = moved_on(tip, entry)
	assert list(written.values()) == past_visits(entries)
	assert tip == tip_of(entries)


@given(steps)
def test_the_time_of_all_visits_is_the_time_until_the_last_move(moves):
	visits, days = past_visits(chain(*dated(moves))), sum(length for length, _stage in moves)
	assert len(visits) == len(moves)
	assert sum(visit.seconds for visit in visits) == days * 86400
	latest = [visit for visit in visits if visit.followed_on is None]
	assert sum(visit.seconds_before + visit.seconds for visit in latest) == days * 86400
	assert all(visit.first_began_on <= visit.began_on <= visit.ended_on for visit in visits)
