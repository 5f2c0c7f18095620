"""Which criteria a move answers for, which rules of the stages it may break, and when it may happen."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.comparison import Kind
from pipeline_ext.domain.criteria import Facts, Found, State
from pipeline_ext.domain.exit_criteria import FieldCriterion, Link, ScorecardCriterion
from pipeline_ext.domain.gates import (
	BROKEN_DEFINITION,
	NEVER_WAIVED,
	Decision,
	Move,
	Objection,
	Permit,
	PermitKind,
	classify,
	criteria_for,
	decide,
	stages_judged,
)
from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline, Stage, problems
from tests.domain.generated import facts_on, texts, valid_pipelines
from tests.domain.samples import AMOUNT, B2B, CLOSE, CONTACT, INDUSTRY, ORDER, QUOTE, REASON

TODAY = date(2026, 3, 15)
ALL_FACTS = Facts(
	{"contact_email": "a@b.c", "amount": 5, "close": "2026-04-01", "industry": "Steel", "reasons": ["Price"]},
	linked={Link("Quotation"): Found(1), Link("Sales Order"): Found(1)},
)
OVERRIDE = Permit(PermitKind.OVERRIDE, "OVR-1")
BYPASS = Permit(PermitKind.BYPASS, "BYP-1")


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
		(None, "Lost", Move.LOST, (REASON,)),
		("Lost", "Quote", Move.REOPEN, (CONTACT, AMOUNT, CLOSE, INDUSTRY)),
		("Lost", "Won", Move.WON, (CONTACT, AMOUNT, CLOSE, INDUSTRY, QUOTE, ORDER)),
		("Won", "Lost", Move.LOST, (REASON,)),
	],
)
def test_what_a_move_answers_for(origin, target, move, asked):
	assert classify(B2B, origin, target) is move
	assert criteria_for(B2B, origin, target) == asked


def test_each_won_and_lost_stage_asks_its_own():
	renewed = Stage("Renewed", Outcome.WON, 100, "Closed", criteria=(REASON,))
	pipeline = replace(B2B, stages=(*B2B.stages, renewed))
	assert classify(pipeline, "Quote", "Renewed") is Move.WON
	assert criteria_for(pipeline, "Quote", "Won") == (QUOTE, ORDER)
	assert criteria_for(pipeline, "Quote", "Renewed") == (QUOTE, REASON)
	assert [stage.name for stage in stages_judged(pipeline, "Won", "Renewed")] == [
		"Discover",
		"Qualify",
		"Quote",
		"Renewed",
	]


def test_a_closing_stage_between_open_ones_is_not_on_the_way():
	open_, won = B2B.stages[:3], B2B.stages[3]
	pipeline = replace(B2B, stages=(open_[0], won, *open_[1:], B2B.stages[4]))
	assert classify(pipeline, "Discover", "Qualify") is Move.FORWARD
	assert criteria_for(pipeline, "Quote", "Won") == (QUOTE, ORDER)


def test_a_refusal_names_what_blocks_and_what_only_warns():
	facts = Facts({"amount": 0, "close": "2026-04-01"})
	decision = decide(B2B, Mode.ENFORCE, "Qualify", "Quote", facts, TODAY)
	assert not decision
	assert [verdict.criterion for verdict in decision.missing] == [AMOUNT]
	assert [verdict.criterion for verdict in decision.warnings] == [INDUSTRY]


def test_a_criterion_that_warns_does_not_block():
	facts = Facts({"amount": 1, "close": "2026-04-01", "industry": ""})
	decision = decide(B2B, Mode.ENFORCE, "Qualify", "Quote", facts, TODAY)
	assert decision and [verdict.criterion for verdict in decision.warnings] == [INDUSTRY]


def test_a_criterion_that_counts_in_a_scorecard_neither_blocks_nor_warns():
	should = [
		FieldCriterion(name, name, name, Kind.TEXT, "is set", blocks=False, weight=1.0) for name in "abc"
	]
	card = ScorecardCriterion("card", "Two of three", 60.0)
	pipeline = replace(B2B, stages=(replace(B2B.stages[0], criteria=(*should, card)), *B2B.stages[1:]))
	two = decide(pipeline, Mode.ENFORCE, "Discover", "Qualify", Facts({"a": "x", "b": "x", "c": ""}), TODAY)
	assert two and two.warnings == () and two.missing == ()
	one = decide(pipeline, Mode.ENFORCE, "Discover", "Qualify", Facts({"a": "x", "b": "", "c": ""}), TODAY)
	assert not one and [verdict.criterion for verdict in one.missing] == [card]


def test_each_stage_has_a_scorecard_of_its_own():
	def stage(name, field):
		should = FieldCriterion(f"{name} should", name, field, Kind.TEXT, "is set", blocks=False, weight=1.0)
		return Stage(name, criteria=(should, ScorecardCriterion(f"{name} card", name, 50.0)))

	pipeline = Pipeline("P", "Opportunity", (stage("One", "a"), stage("Two", "b"), *B2B.stages[2:]))
	decision = decide(pipeline, Mode.ENFORCE, "One", "Quote", Facts({"a": "x", "b": ""}), TODAY)
	assert [verdict.criterion.key for verdict in decision.missing] == ["Two card"]


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


class TestPermits:
	REFUSED = decide(B2B, Mode.ENFORCE, "Discover", "Qualify", Facts({"contact_email": ""}), TODAY)

	@pytest.mark.parametrize("permit", [OVERRIDE, BYPASS])
	def test_leave_lets_a_refused_move_through_and_still_says_what_is_missing(self, permit):
		allowed = replace(self.REFUSED, permit=permit)
		assert not self.REFUSED and allowed and allowed.objects
		assert [verdict.criterion for verdict in allowed.missing] == [CONTACT]

	def test_leave_breaks_a_stage_s_rule_too(self):
		decision = decide(locked(may_skip=False), Mode.ENFORCE, "Discover", "Quote", ALL_FACTS, TODAY)
		assert not decision and decision.may_be_waived
		assert replace(decision, permit=OVERRIDE)

	@pytest.mark.parametrize("code", sorted(NEVER_WAIVED))
	def test_nobody_has_leave_for_what_cannot_be_judged(self, code):
		decision = Decision(Move.FORWARD, "Discover", "Qualify", Mode.ENFORCE, objections=(Objection(code),))
		assert not replace(decision, permit=OVERRIDE) and not decision.may_be_waived

	def test_an_unknown_stage_and_a_broken_definition_are_what_cannot_be_judged(self):
		decision = decide(B2B, Mode.ENFORCE, "Discover", "Nirvana", ALL_FACTS, TODAY)
		assert not replace(decision, permit=BYPASS)
		assert {objection.code for objection in decision.objections} | {BROKEN_DEFINITION} == NEVER_WAIVED


def locked(name="Qualify", **rules):
	"""B2B with other rules on one stage."""
	stages = (replace(stage, **rules) if stage.name == name else stage for stage in B2B.stages)
	return replace(B2B, stages=tuple(stages))


def objections(pipeline, origin, target, roles=frozenset()):
	decision = decide(pipeline, Mode.ENFORCE, origin, target, ALL_FACTS, TODAY, roles)
	assert bool(decision) is not bool(decision.objections)
	return [(objection.code, objection.about["stage"]) for objection in decision.objections]


@pytest.mark.parametrize(
	("origin", "target", "expected"),
	[
		("Discover", "Quote", [("may_not_skip", "Qualify")]),
		(None, "Quote", [("may_not_skip", "Qualify")]),
		("Elsewhere", "Quote", [("may_not_skip", "Qualify")]),
		("Discover", "Won", [("may_not_skip", "Qualify")]),
		("Lost", "Won", [("may_not_skip", "Qualify")]),
		(None, "Won", [("may_not_skip", "Qualify")]),
		("Discover", "Qualify", []),
		("Qualify", "Quote", []),
		("Qualify", "Won", []),
		("Discover", "Lost", []),
		("Quote", "Discover", []),
		("Lost", "Quote", []),
	],
)
def test_a_stage_that_may_not_be_skipped(origin, target, expected):
	assert objections(locked(may_skip=False), origin, target) == expected


@pytest.mark.parametrize(
	("origin", "target", "expected"),
	[
		("Quote", "Qualify", [("may_not_return", "Qualify")]),
		("Lost", "Qualify", [("may_not_return", "Qualify")]),
		("Won", "Qualify", [("may_not_return", "Qualify")]),
		("Discover", "Qualify", []),
		(None, "Qualify", []),
		("Quote", "Discover", []),
	],
)
def test_a_stage_that_nothing_returns_to(origin, target, expected):
	assert objections(locked(may_return=False), origin, target) == expected


MANAGER, REP = frozenset({"Sales Manager", "Sales User"}), frozenset({"Sales User"})


@pytest.mark.parametrize(
	("origin", "target", "roles", "expected"),
	[
		("Quote", "Qualify", REP, [("return_roles", "Qualify")]),
		("Lost", "Qualify", REP, [("return_roles", "Qualify")]),
		("Quote", "Qualify", frozenset(), [("return_roles", "Qualify")]),
		("Quote", "Qualify", MANAGER, []),
		("Quote", "Qualify", None, []),
		("Discover", "Qualify", REP, []),
		("Quote", "Discover", REP, []),
	],
)
def test_only_some_roles_take_a_deal_back(origin, target, roles, expected):
	assert (
		objections(locked(return_roles=("Sales Manager", "Gate Keeper")), origin, target, roles) == expected
	)


@pytest.mark.parametrize(
	("stage", "origin", "roles", "expected"),
	[
		("Qualify", "Discover", REP, [("entry_roles", "Qualify")]),
		("Qualify", "Quote", REP, [("entry_roles", "Qualify")]),
		("Qualify", "Lost", REP, [("entry_roles", "Qualify")]),
		("Qualify", None, REP, [("entry_roles", "Qualify")]),
		("Won", "Quote", REP, [("entry_roles", "Won")]),
		("Won", None, REP, [("entry_roles", "Won")]),
		("Lost", "Quote", REP, [("entry_roles", "Lost")]),
		("Discover", "Qualify", REP, [("entry_roles", "Discover")]),
		("Discover", None, REP, []),
		("Qualify", "Discover", MANAGER, []),
		("Qualify", "Discover", None, []),
		("Qualify", None, None, []),
	],
)
def test_only_some_roles_move_a_deal_in_but_every_deal_may_start_at_the_first(stage, origin, roles, expected):
	assert objections(locked(stage, entry_roles=("Sales Manager",)), origin, stage, roles) == expected


def test_an_objection_names_the_roles_that_could():
	decision = decide(
		locked(entry_roles=("Sales Manager",)), Mode.ENFORCE, "Discover", "Qualify", ALL_FACTS, TODAY, REP
	)
	assert decision.objections[0].about["roles"] == ("Sales Manager",)


def test_rules_warn_where_the_pipeline_warns_and_rest_where_it_is_off():
	pipeline = locked(may_skip=False)
	warned = decide(pipeline, Mode.WARN, "Discover", "Quote", ALL_FACTS, TODAY)
	assert warned and warned.objects and len(warned.objections) == 1
	assert decide(pipeline, Mode.OFF, "Discover", "Quote", ALL_FACTS, TODAY).objections == ()


stages = st.none() | st.sampled_from([stage.name for stage in B2B.stages])


@given(stages, st.sampled_from([stage.name for stage in B2B.stages]))
def test_with_every_fact_there_every_move_is_free(origin, target):
	assert decide(B2B, Mode.ENFORCE, origin, target, ALL_FACTS, TODAY, frozenset())


@given(st.integers(0, 2), st.integers(0, 2))
def test_a_detour_never_asks_for_less(first, last):
	"""What is asked on the way from one stage to a later one is asked however the way is cut."""
	names = [stage.name for stage in B2B.open_stages]
	assume(first < last)
	straight = criteria_for(B2B, names[first], names[last])
	steps = [criteria_for(B2B, names[at], names[at + 1]) for at in range(first, last)]
	assert straight == tuple(criterion for step in steps for criterion in step)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(valid_pipelines, st.data())
def test_no_move_between_stages_is_one_of_rules(pipeline, data):
	"""A change of pipeline or version is a move that its caller names; stages alone never tell."""
	names = st.sampled_from([stage.name for stage in pipeline.stages])
	move = classify(pipeline, data.draw(st.none() | names | texts), data.draw(names))
	assert move not in (Move.PIPELINE, Move.VERSION)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(valid_pipelines, st.data())
def test_whatever_validates_can_be_evaluated_on_anything(pipeline, data):
	assert problems(pipeline) == ()
	facts = data.draw(facts_on(pipeline))
	names = st.sampled_from([stage.name for stage in pipeline.stages])
	origin, target = data.draw(st.none() | names | texts), data.draw(names | texts)
	mode = data.draw(st.sampled_from(Mode))
	roles = data.draw(st.none() | st.frozensets(texts, max_size=2))
	decision = decide(pipeline, mode, origin, target, facts, data.draw(st.dates()), roles)
	judges = mode is not Mode.OFF and target in pipeline
	asked = criteria_for(pipeline, origin, target) if judges else ()
	assert tuple(verdict.criterion for verdict in decision.verdicts) == asked
	assert all(bool(verdict) is (verdict.state is not State.UNMET) for verdict in decision.verdicts)
	assert bool(decision) is (mode is not Mode.ENFORCE or not decision.objects)
