"""What makes a definition valid, and that it survives the way through JSON."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.pipeline import (
	FORECAST_CATEGORIES,
	LINK_STATES,
	OPERATORS,
	PRESENCE,
	TODAY,
	FieldCriterion,
	Kind,
	LinkedCriterion,
	OperandError,
	Outcome,
	Pipeline,
	Stage,
	from_dict,
	operand_from,
	problems,
	to_dict,
	typed,
)
from tests.domain.samples import B2B


def codes(pipeline):
	return [problem.code for problem in problems(pipeline)]


def test_a_working_definition_has_no_problems():
	assert codes(B2B) == []


@pytest.mark.parametrize(
	("stages", "expected"),
	[
		((), ["no_open_stage", "not_one_closing_stage", "not_one_closing_stage"]),
		(B2B.stages[:-1], ["not_one_closing_stage"]),
		((*B2B.stages, Stage("Also won", Outcome.WON)), ["not_one_closing_stage"]),
		((Stage("Discover"), *B2B.stages), ["stage_twice"]),
		((Stage("New", probability=101), *B2B.stages), ["probability_range"]),
		((Stage("New", probability=-1), *B2B.stages), ["probability_range"]),
		((Stage("New", forecast_category="Hope"), *B2B.stages), ["unknown_category"]),
		((Stage("New", longest_stay=-1), *B2B.stages), ["negative_stay"]),
	],
)
def test_a_definition_that_cannot_work_says_why(stages, expected):
	assert codes(Pipeline("P", "Opportunity", tuple(stages))) == expected


@pytest.mark.parametrize(
	("criterion", "expected"),
	[
		(FieldCriterion("k", "t", "f", Kind.TEXT, ">", "a"), "operator_does_not_fit"),
		(FieldCriterion("k", "t", "f", Kind.FLAG, "is set"), "operator_does_not_fit"),
		(FieldCriterion("k", "t", "f", Kind.NUMBER, ">"), "operand_missing"),
		(FieldCriterion("k", "t", "f", Kind.TEXT, "in", ()), "operand_missing"),
		(LinkedCriterion("k", "t", "Quotation", at_least=0), "at_least_one"),
		(LinkedCriterion("k", "t", "Quotation", state="Lost"), "unknown_link_state"),
	],
)
def test_a_criterion_that_cannot_work_says_why(criterion, expected):
	stages = (Stage("New", criteria=(criterion,)), *B2B.stages)
	assert codes(Pipeline("P", "Opportunity", stages)) == [expected]


def test_a_zero_operand_is_an_operand():
	criterion = FieldCriterion("k", "t", "f", Kind.NUMBER, ">", 0.0)
	assert codes(Pipeline("P", "Opportunity", (Stage("New", criteria=(criterion,)), *B2B.stages))) == []


@pytest.mark.parametrize(
	("text", "kind", "operator", "expected"),
	[
		("5", Kind.NUMBER, ">", 5.0),
		(" Today ", Kind.DATE, ">=", TODAY),
		("2026-03-01", Kind.DATE, "<", date(2026, 3, 1)),
		("yes", Kind.FLAG, "=", True),
		("a, b ,", Kind.TEXT, "in", ("a", "b")),
		("anything", Kind.NUMBER, "is set", None),
	],
)
def test_what_a_person_types_becomes_a_typed_operand(text, kind, operator, expected):
	assert operand_from(text, kind, operator) == expected


@pytest.mark.parametrize(
	("text", "kind"),
	[
		("abc", Kind.NUMBER),
		("nan", Kind.NUMBER),
		("inf", Kind.NUMBER),
		("1.3.2026", Kind.DATE),
		("x", Kind.FLAG),
	],
)
def test_what_cannot_be_read_is_an_error(text, kind):
	with pytest.raises(OperandError):
		operand_from(text, kind, "=")


def test_blank_values():
	assert typed("", Kind.NUMBER) is None
	assert typed(None, Kind.DATE) is None
	assert typed(None, Kind.FLAG) is False
	assert typed("   ", Kind.TEXT) is None


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


texts = st.text(min_size=1, max_size=12)
operands = {
	Kind.TEXT: texts.map(str.strip).filter(bool),
	Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
	Kind.DATE: st.dates() | st.just(TODAY),
	Kind.FLAG: st.booleans(),
}


@st.composite
def criteria(draw):
	if draw(st.booleans()):
		return LinkedCriterion(
			draw(texts), draw(texts), draw(texts), draw(st.sampled_from(LINK_STATES)), draw(st.integers(1, 9))
		)
	kind = draw(st.sampled_from(Kind))
	operator = draw(st.sampled_from(OPERATORS[kind]))
	operand = None
	if operator in ("in", "not in"):
		operand = tuple(draw(st.lists(texts, min_size=1, max_size=3)))
	elif operator not in PRESENCE:
		operand = draw(operands[kind])
	return FieldCriterion(
		draw(texts), draw(texts), draw(texts), kind, operator, operand, draw(texts), draw(st.booleans())
	)


@st.composite
def pipelines(draw):
	names = draw(st.lists(texts, min_size=3, max_size=7, unique=True))
	outcomes = [Outcome.OPEN] * (len(names) - 2) + [Outcome.WON, Outcome.LOST]
	return Pipeline(
		draw(texts),
		draw(texts),
		tuple(
			Stage(
				name,
				outcome,
				draw(st.floats(0, 100)),
				draw(st.sampled_from(FORECAST_CATEGORIES)),
				draw(st.none() | st.integers(0, 400)),
				draw(texts),
				tuple(draw(st.lists(criteria(), max_size=3))),
			)
			for name, outcome in zip(names, outcomes, strict=True)
		),
	)


@given(pipelines())
def test_a_definition_survives_json(pipeline):
	assert from_dict(json.loads(json.dumps(to_dict(pipeline)))) == pipeline


@given(pipelines())
def test_drawn_definitions_are_valid(pipeline):
	assert problems(pipeline) == ()
