"""What makes a definition valid, each thing that does not named, and the way that a deal takes through it."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.comparison import OPERATORS, TODAY, Aggregate, Comparison, Kind, compare
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ExpressionCriterion,
	FieldCriterion,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
)
from pipeline_ext.domain.pipeline import Outcome, Pipeline, Stage, Trigger, problems
from tests.domain.generated import valid_pipelines
from tests.domain.samples import B2B, CONTACT, ORDER


def codes(pipeline):
	return [problem.code for problem in problems(pipeline)]


def with_stages(*stages):
	return Pipeline("P", "Opportunity", tuple(stages))


def with_criteria(*criteria):
	return with_stages(Stage("New", criteria=criteria), *B2B.stages)


def test_a_working_definition_has_no_problems():
	assert codes(B2B) == []


@pytest.mark.parametrize(
	("stages", "expected"),
	[
		((), ["no_open_stage", "no_closing_stage", "no_closing_stage"]),
		(B2B.stages[:-1], ["no_closing_stage"]),
		(B2B.stages[3:], ["no_open_stage"]),
		((Stage("Discover"), *B2B.stages), ["stage_twice"]),
		((Stage("New", probability=101), *B2B.stages), ["probability_range"]),
		((Stage("New", probability=-1), *B2B.stages), ["probability_range"]),
		((Stage("New", probability=float("nan")), *B2B.stages), ["probability_range"]),
		((Stage("New", forecast_category="Hope"), *B2B.stages), ["unknown_category"]),
		((Stage("New", longest_stay=-1), *B2B.stages), ["negative_stay"]),
	],
)
def test_a_definition_that_cannot_work_says_why(stages, expected):
	assert codes(with_stages(*stages)) == expected


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
	("criterion", "expected"),
	[
		(FieldCriterion("k", "t", "f", Kind.TEXT, ">", "a"), "operator_does_not_fit"),
		(FieldCriterion("k", "t", "f", Kind.NUMBER, ">"), "operand_missing"),
		(FieldCriterion("k", "t", "f", Kind.TEXT, "is set", None, Aggregate.SUM), "aggregate_does_not_fit"),
		(replace(CONTACT, key="k", only_if=Comparison("f", Kind.FLAG, ">", True)), "operator_does_not_fit"),
		(replace(CONTACT, key="k", weight=-1.0), "negative_weight"),
		(replace(CONTACT, key="k", weight=NAN), "negative_weight"),
		(replace(CONTACT, key="k", weight=INFINITY), "negative_weight"),
		(LinkedCriterion("k", "t", "Quotation", at_least=0), "at_least_one"),
		(LinkedCriterion("k", "t", "Quotation", at_least=NAN), "at_least_one"),
		(LinkedCriterion("k", "t", "Quotation", within_days=0), "at_least_one"),
		(LinkedCriterion("k", "t", "Quotation", state="Lost"), "unknown_link_state"),
		(AttachmentCriterion("k", "t", at_least=0), "at_least_one"),
		(AttachmentCriterion("k", "t", ("  ",)), "pattern_missing"),
		(SignOffCriterion("k", "t"), "role_missing"),
		(SignOffCriterion("k", "t", "Gate Keeper", 0), "at_least_one"),
		(ScoreCriterion("k", "t", None, 0.0), "percent_range"),
		(ScoreCriterion("k", "t", None, 100.5), "percent_range"),
		(ScoreCriterion("k", "t", None, NAN), "percent_range"),
		(ScorecardCriterion("k", "t", 50.0), "nothing_to_score"),
		(ScorecardCriterion("k", "t", 50.0, weight=1.0), "nothing_to_score"),
		(TimeInStageCriterion("k", "t", "New", 0), "at_least_one"),
		(TimeInStageCriterion("k", "t", "Nirvana", 5), "criterion_without_stage"),
		(ExpressionCriterion("k", "t", "amount >"), "expression_unreadable"),
		(ExpressionCriterion("k", "t", "open('x')"), "expression_unreadable"),
		(ExpressionCriterion("k", "t", "amount > 1"), "unknown_field"),
	],
)
def test_a_criterion_that_cannot_work_says_why(criterion, expected):
	pipeline = with_criteria(criterion)
	assert codes(pipeline) == [expected]
	assert problems(pipeline)[0].about["criterion"] == "t" or criterion.title == CONTACT.title


def test_a_zero_operand_is_an_operand():
	assert codes(with_criteria(FieldCriterion("k", "t", "f", Kind.NUMBER, ">", 0.0))) == []


def test_two_criteria_with_one_key_would_share_what_people_confirm():
	again = replace(CONTACT, title="Again")
	(problem,) = problems(with_criteria(again))
	assert (problem.code, problem.about) == (
		"criterion_twice",
		{"criterion": CONTACT.title, "other": "Again", "key": "contact"},
	)


class TestClosingStages:
	RENEWED = Stage("Renewed", Outcome.WON, 100, "Closed", criteria=(replace(ORDER, key="order again"),))

	def test_two_won_stages_without_a_difference(self):
		(problem,) = problems(with_stages(*B2B.stages, self.RENEWED))
		assert (problem.code, problem.about) == ("closing_stages_alike", {"stage": "Won", "other": "Renewed"})

	@pytest.mark.parametrize("change", [{"criteria": ()}, {"guidance": "Renew it"}, {"may_return": False}])
	def test_any_difference_will_do(self, change):
		assert codes(with_stages(*B2B.stages, replace(self.RENEWED, **change))) == []

	def test_open_stages_may_be_alike(self):
		assert codes(with_stages(Stage("One"), Stage("Two"), *B2B.stages)) == []


def test_a_document_that_leads_to_two_stages():
	stages = [
		replace(stage, reached_by=Trigger.ORDER_SUBMITTED) if stage.name in ("Quote", "Won") else stage
		for stage in B2B.stages
	]
	(problem,) = problems(with_stages(*stages))
	assert (problem.code, problem.about) == (
		"automatic_moves_loop",
		{"stage": "Quote", "other": "Won", "trigger": "Sales Order Submitted"},
	)


def field(operator, operand=None, kind=Kind.NUMBER, **more):
	return FieldCriterion(f"{operator} {operand}", operator, "f", kind, operator, operand, **more)


class TestUnreachable:
	@pytest.mark.parametrize(
		("one", "other"),
		[
			(field("is set"), field("is not set")),
			(field("is not set"), field(">", 0.0)),
			(field("is not set", kind=Kind.TEXT), field("!=", "a", Kind.TEXT)),
			(field("=", 1.0), field("=", 2.0)),
			(field("=", 1.0), field(">", 1.0)),
			(field(">", 5.0), field("<", 5.0)),
			(field(">=", 5.0), field("<", 5.0)),
			(field("<=", 4.0), field(">=", 5.0)),
			(field("=", "a", Kind.TEXT), field("in", ("b", "c"), Kind.TEXT)),
			(field("=", "a", Kind.TEXT), field("contains", "b", Kind.TEXT)),
			(field("<", TODAY, Kind.DATE), field(">", TODAY, Kind.DATE)),
			(field("<", date(2026, 1, 1), Kind.DATE), field(">", date(2026, 1, 1), Kind.DATE)),
			(field(">", 5.0, aggregate=Aggregate.SUM), field("<", 5.0, aggregate=Aggregate.SUM)),
		],
	)
	def test_criteria_that_contradict_each_other(self, one, other):
		for pair in ((one, other), (other, one)):
			(problem,) = problems(with_criteria(*pair))
			assert (problem.code, problem.about["stage"]) == ("unreachable_stage", "Discover")
			assert {problem.about["criterion"], problem.about["other"]} == {one.title, other.title}

	@pytest.mark.parametrize(
		("one", "other"),
		[
			(field("is not set"), field("<=", 0.0)),
			(field("is not set"), field("=", 0.0)),
			(field(">=", 5.0), field("<=", 5.0)),
			(field(">", 5.0), field("<", 6.0)),
			(field("=", TODAY, Kind.DATE), field("=", date(2026, 1, 1), Kind.DATE)),
			(field(">", TODAY, Kind.DATE), field("<", date(2026, 1, 1), Kind.DATE)),
			(field(">", 5.0, aggregate=Aggregate.ANY), field("<", 5.0, aggregate=Aggregate.ANY)),
			(field(">", 5.0, aggregate=Aggregate.SUM), field("<", 5.0, aggregate=Aggregate.COUNT)),
			(field(">", 5.0), field("<", 5.0, blocks=False)),
			(field(">", 5.0), field("<", 5.0, only_if=Comparison("g", Kind.FLAG, "=", True))),
		],
	)
	def test_criteria_that_can_both_be_true(self, one, other):
		assert codes(with_criteria(one, other)) == []

	def test_a_missing_operand_is_said_without_stumbling_over_it(self):
		assert codes(with_criteria(field(">"), field("<"))).count("operand_missing") == 2


VALUES = {
	Kind.TEXT: ["", "a", "b", "ab", "today"],
	Kind.NUMBER: [None, -1.0, 0.0, 1.0, 2.0],
	Kind.DATE: [None, date(2026, 3, 14), date(2026, 3, 15), date(2026, 3, 16)],
	Kind.FLAG: [None, True, False],
	Kind.TABLE: [(), ("row",)],
}


@st.composite
def comparisons_of(draw, kind):
	operator = draw(st.sampled_from(OPERATORS[kind]))
	operands = [value for value in VALUES[kind] if value not in (None, "")]
	operand = draw(st.sampled_from([*operands, TODAY] if kind is Kind.DATE else operands))
	return FieldCriterion(
		operator, operator, "f", kind, operator, (operand,) if "in" in operator.split() else operand
	)


@given(st.sampled_from(Kind).flatmap(lambda kind: st.tuples(comparisons_of(kind), comparisons_of(kind))))
def test_no_contradiction_is_invented(pair):
	one, other = (replace(each, key=str(number)) for number, each in enumerate(pair))
	if "unreachable_stage" in codes(with_criteria(one, other)):
		for value, today in product(VALUES[one.kind], VALUES[Kind.DATE][1:]):
			assert not all(compare(each, {"f": value}, today).holds for each in (one, other))


@pytest.mark.parametrize(
	("stage", "expected"),
	[
		(None, "Discover"),
		("Elsewhere", "Discover"),
		("Discover", "Qualify"),
		("Quote", "Won"),
		("Won", None),
		("Lost", None),
	],
)
def test_the_stage_that_follows(stage, expected):
	following = B2B.following(stage)
	assert (following.name if following else None) == expected


def test_what_a_pipeline_knows_of_its_stages():
	assert "Won" in B2B and "Nirvana" not in B2B
	assert [B2B.outcome_of(name).value for name in ("Won", "Lost", "Quote", "Nirvana", None)] == [
		"Won",
		"Lost",
		"Open",
		"Open",
		"Open",
	]
	assert B2B.first.name == "Discover" and B2B.closing(Outcome.LOST).name == "Lost"
	reached = replace(B2B, stages=(*B2B.stages, Stage("Signed", reached_by=Trigger.CONTRACT_SIGNED)))
	assert reached.reached_by(Trigger.CONTRACT_SIGNED).name == "Signed"
	assert reached.reached_by(Trigger.LEAD_CONVERTED) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(valid_pipelines)
def test_from_the_first_stage_every_open_one_follows_and_then_a_won_one(pipeline):
	path, stage = [], pipeline.first
	while stage is not None:
		path.append(stage)
		stage = pipeline.following(stage.name)
	assert tuple(path[:-1]) == pipeline.open_stages
	assert path[-1].outcome is Outcome.WON
