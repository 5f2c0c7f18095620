"""A past is written from what is known, and from nothing else."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.chronicle import Provenance, Step, continued, move_between, stage_since
from pipeline_ext.domain.ledger import DealState, Origin, end_of, flaws
from pipeline_ext.domain.reconstruction import Known, Trace, reconstruct
from tests.domain.samples import B2B

CREATED = datetime(2026, 1, 5, 9)
PROCEEDING = ("stage", "status")
TODAY = {"stage": "Quote", "status": "Open", "amount": 900.0, "owner": "rep@x.y", "close": date(2026, 6, 1)}
OUTCOMES = {"Converted": "Won", "Lost": "Lost"}


def day(number, hour=9):
	return CREATED.replace(hour=hour) + timedelta(days=number)


def state_of(values):
	stage_outcome = B2B.outcome_of(values["stage"]).value
	outcome = stage_outcome if stage_outcome != "Open" else OUTCOMES.get(values["status"], "Open")
	return DealState(
		"B2B", values["stage"], outcome, 0.0, None, values["amount"], values["close"], values["owner"], "Acme"
	)


def past(today=TODAY, last=10, tracked=(), milestones=(), proceeding=PROCEEDING):
	return reconstruct(
		Known(
			creation=Trace(CREATED, "Creation", "ada@x.y"),
			today=Trace(day(last), "Last Change", "bob@x.y", today),
			tracked=tuple(tracked),
			milestones=tuple(milestones),
			proceeding=proceeding,
		),
		state_of,
	)


def tracked(on, **changed):
	"""A tracked change of field=(before, after)."""
	before = {name: values[0] for name, values in changed.items()}
	after = {name: values[1] for name, values in changed.items()}
	return Trace(day(on), "Version", "cy@x.y", after, before)


def told(steps):
	return [(step.posted_on, step.path, step.state.stage, step.state.outcome) for step in steps]


def test_where_only_creation_and_today_are_known_the_stage_is_unknown_until_the_last_change():
	steps = past()
	assert told(steps) == [
		(CREATED, "Creation", None, "Open"),
		(day(10), "Last Change", "Quote", "Open"),
	]
	assert [step.posted_by for step in steps] == ["ada@x.y", "bob@x.y"]
	assert [step.state.amount for step in steps] == [900.0, 900.0]


def test_a_document_that_was_never_changed_has_one_entry():
	assert told(past(last=0)) == [(CREATED, "Creation", "Quote", "Open")]


def test_a_deal_that_is_still_in_its_first_stage_was_always_there():
	steps = past({**TODAY, "stage": "Discover"}, proceeding=("status",))
	assert told(steps) == [(CREATED, "Creation", "Discover", "Open")]


def test_a_closed_deal_was_open_when_it_was_created():
	steps = past({**TODAY, "stage": "Discover", "status": "Lost"}, proceeding=("status",))
	assert told(steps) == [
		(CREATED, "Creation", "Discover", "Open"),
		(day(10), "Last Change", "Discover", "Lost"),
	]


def test_tracked_changes_are_told_one_by_one_with_what_was_before_them():
	steps = past(
		tracked=(
			tracked(6, stage=("Qualify", "Quote")),
			tracked(2, stage=("Discover", "Qualify"), amount=(500.0, 700.0)),
			tracked(4, amount=(700.0, 900.0)),
		)
	)
	assert told(steps) == [
		(CREATED, "Creation", "Discover", "Open"),
		(day(2), "Version", "Qualify", "Open"),
		(day(4), "Version", "Qualify", "Open"),
		(day(6), "Version", "Quote", "Open"),
	]
	assert [step.state.amount for step in steps] == [500.0, 700.0, 900.0, 900.0]
	assert [step.posted_by for step in steps] == ["ada@x.y", "cy@x.y", "cy@x.y", "cy@x.y"]


def test_what_changed_without_a_trace_is_dated_by_the_last_change():
	steps = past(tracked=(tracked(3, amount=(500.0, 700.0)),))
	assert [(step.posted_on, step.state.amount) for step in steps] == [
		(CREATED, 500.0),
		(day(3), 700.0),
		(day(10), 900.0),
	]


def test_a_milestone_dates_the_value_of_today():
	won = {**TODAY, "stage": "Won", "status": "Converted"}
	ordered = Trace(day(5), "Sales Order", "di@x.y", {"stage": "Won", "status": "Converted"})
	assert told(past(won, milestones=(ordered,))) == [
		(CREATED, "Creation", None, "Open"),
		(day(5), "Sales Order", "Won", "Won"),
	]


def test_a_tracked_change_is_believed_before_a_milestone():
	won = {**TODAY, "status": "Converted"}
	ordered = Trace(day(5), "Sales Order", None, {"status": "Converted"})
	steps = past(won, tracked=(tracked(7, status=("Open", "Converted")),), milestones=(ordered,))
	assert told(steps)[1] == (day(7), "Version", None, "Won")


def test_nothing_is_dated_before_the_creation_or_after_the_last_change():
	steps = past(tracked=(tracked(-3, amount=(1.0, 2.0)), tracked(30, amount=(2.0, 3.0))))
	assert [step.posted_on for step in steps] == [CREATED, day(10)]
	assert [step.state.amount for step in steps] == [2.0, 900.0]


def test_a_creation_after_the_last_change_is_dated_by_it():
	assert [step.posted_on for step in past(last=-4)] == [day(-4)]


STAGES = st.sampled_from(["Discover", "Qualify", "Quote", "Won", "Elsewhere", None])
CHANGED = st.one_of(
	st.tuples(st.just("stage"), st.tuples(STAGES, STAGES)),
	st.tuples(st.just("amount"), st.tuples(st.floats(0, 1e6), st.floats(0, 1e6))),
	st.tuples(st.just("status"), st.tuples(*[st.sampled_from(["Open", "Lost", "Converted"])] * 2)),
)


@given(
	st.lists(st.tuples(st.integers(-5, 15), CHANGED), max_size=8),
	STAGES,
	st.integers(-2, 10),
	st.lists(st.integers(-5, 15), max_size=2),
)
def test_whatever_is_known_the_past_is_in_order_and_ends_with_today(changed, stage, last, ordered):
	today = {**TODAY, "stage": stage}
	traces = [tracked(on, **{name: values}) for on, (name, values) in changed]
	orders = [Trace(day(on), "Sales Order", None, {"stage": stage}) for on in ordered]
	steps = past(today, last, traces, orders)
	assert steps[-1].state == state_of(today)
	assert steps[0].posted_on == min(CREATED, day(last))
	assert all(one.posted_on < other.posted_on for one, other in pairwise(steps))
	assert all(one.state != other.state for one, other in pairwise(steps))
	entries = continued((), steps, Provenance(Origin.RECONSTRUCTED, B2B, "B2B v1"))
	assert not list(flaws(entries, end_of(entries)))
	assert all(entry.circumstances.days_in_stage >= 0 for entry in entries)


def chain(*steps):
	return continued((), [Step(day(on), state_of({**TODAY, **changed})) for on, changed in steps], PROVENANCE)


PROVENANCE = Provenance(Origin.RECONSTRUCTED, B2B, "B2B v1")


def test_entries_say_how_the_state_came_about():
	entries = chain(
		(0, {"stage": None}),
		(1, {"stage": "Discover"}),
		(2, {"stage": "Discover", "amount": 5.0}),
		(4, {"stage": "Qualify"}),
		(5, {"stage": "Discover"}),
		(9, {"stage": "Won"}),
	)
	how = [entry.circumstances for entry in entries]
	assert [each.move for each in how] == [None, "Enter", None, "Forward", "Back", "Won"]
	assert [each.from_stage for each in how] == [None, None, None, "Discover", "Qualify", "Discover"]
	assert [each.days_in_stage for each in how] == [0, 0, 0, 3, 1, 4]
	assert [each.changes for each in how[1:4]] == ["stage", "amount", "stage, amount"]
	assert [entry.visit for entry in entries] == [1, 1, 1, 1, 2, 1]
	assert {(each.origin, each.pipeline_version) for each in how} == {(Origin.RECONSTRUCTED, "B2B v1")}


def test_entries_follow_those_there_are():
	first = chain((0, {"stage": "Discover"}))
	(second,) = continued(first, [Step(day(3), state_of(TODAY))], PROVENANCE)
	assert (second.sequence, second.previous_hash) == (2, first[0].hash)
	assert (second.circumstances.from_stage, second.circumstances.days_in_stage) == ("Discover", 3)


def test_since_when_a_document_is_in_its_stage():
	assert stage_since(chain((0, {"stage": "Discover"}), (2, {}), (6, {"amount": 1.0}))) == day(2)
	assert stage_since(chain((0, {"stage": None}))) is None
	assert stage_since([]) is None


@pytest.mark.parametrize(
	("before", "after", "move"),
	[
		("Discover", "Discover", None),
		("Discover", None, None),
		("Discover", "Elsewhere", None),
		("Elsewhere", "Quote", "Enter"),
		("Won", "Quote", "Reopen"),
	],
)
def test_a_move_is_named_where_the_pipeline_knows_the_stage(before, after, move):
	assert move_between(B2B, before, after) == move
