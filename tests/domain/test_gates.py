"""Which criteria a move answers for, and when it may happen."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_ext.domain.criteria import Facts
from pipeline_ext.domain.gates import Move, classify, criteria_for, decide
from pipeline_ext.domain.pipeline import Mode
from tests.domain.samples import AMOUNT, B2B, CLOSE, CONTACT, INDUSTRY, ORDER, QUOTE, REASON

TODAY = date(2026, 3, 15)
ALL_FACTS = Facts(
	{"contact_email": "a@b.c", "amount": 5, "close": "2026-04-01", "industry": "Steel", "reasons": ["Price"]},
	{("Quotation", "Submitted"): 1, ("Sales Order", "Submitted"): 1},
)


@pytest.mark.parametrize(
	("origin", "target", "move", "asked"),
	[
		(None, "Discover", Move.ENTER, ()),
		(None, "Quote", Move.ENTER, (CONTACT, AMOUNT, CLOSE, INDUSTRY)),
		("Elsewhere", "Qualify", Move.ENTER, (CONTACT,)),
		("Discover", "Qualify", Move.FORWARD, (CONTACT,)),
		("Discover", "Quote", Move.SKIP, (CONTACT, AMOUNT, CLOSE, INDUSTRY)),
		("Quote", "Discover", Move.BACK, ()),
		("Quote", "Won", Move.WON, (QUOTE, ORDER)),
		("Discover", "Won", Move.WON, (CONTACT, AMOUNT, CLOSE, INDUSTRY, QUOTE, ORDER)),
		("Discover", "Lost", Move.LOST, (REASON,)),
		("Lost", "Quote", Move.REOPEN, (CONTACT, AMOUNT, CLOSE, INDUSTRY)),
		("Lost", "Won", Move.WON, (CONTACT, AMOUNT, CLOSE, INDUSTRY, QUOTE, ORDER)),
		("Won", "Lost", Move.LOST, (REASON,)),
	],
)
def test_what_a_move_answers_for(origin, target, move, asked):
	assert classify(B2B, origin, target) is move
	assert criteria_for(B2B, origin, target) == asked


def test_a_refusal_names_what_blocks_and_what_only_warns():
	decision = decide(
		B2B, Mode.ENFORCE, "Qualify", "Quote", Facts({"amount": 0, "close": "2026-04-01"}), TODAY
	)
	assert not decision
	assert [verdict.criterion for verdict in decision.missing] == [AMOUNT]
	assert [verdict.criterion for verdict in decision.warnings] == [INDUSTRY]


def test_a_criterion_that_warns_does_not_block():
	facts = Facts({"amount": 1, "close": "2026-04-01", "industry": ""})
	decision = decide(B2B, Mode.ENFORCE, "Qualify", "Quote", facts, TODAY)
	assert decision and [verdict.criterion for verdict in decision.warnings] == [INDUSTRY]


def test_modes():
	facts = Facts({"contact_email": None})
	warned = decide(B2B, Mode.WARN, "Discover", "Qualify", facts, TODAY)
	assert warned and warned.objects
	off = decide(B2B, Mode.OFF, "Discover", "Qualify", facts, TODAY)
	assert off and not off.objects and off.verdicts == ()


@pytest.mark.parametrize(("mode", "allowed"), [(Mode.ENFORCE, False), (Mode.WARN, True), (Mode.OFF, True)])
def test_a_stage_that_is_not_of_the_pipeline(mode, allowed):
	decision = decide(B2B, mode, "Discover", "Nirvana", ALL_FACTS, TODAY)
	assert (bool(decision), decision.unknown_stage, decision.objects) == (allowed, True, True)


stages = st.none() | st.sampled_from([stage.name for stage in B2B.stages])


@given(stages, st.sampled_from([stage.name for stage in B2B.stages]))
def test_with_every_fact_there_every_move_is_free(origin, target):
	assert decide(B2B, Mode.ENFORCE, origin, target, ALL_FACTS, TODAY)


@given(st.integers(0, 2), st.integers(0, 2))
def test_a_detour_never_asks_for_less(first, last):
	"""What is asked on the way from one stage to a later one is asked however the way is cut."""
	names = [stage.name for stage in B2B.open_stages]
	assume(first < last)
	straight = criteria_for(B2B, names[first], names[last])
	steps = [criteria_for(B2B, names[at], names[at + 1]) for at in range(first, last)]
	assert straight == tuple(criterion for step in steps for criterion in step)
