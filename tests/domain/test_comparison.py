"""Both sides of every operator, rows brought together, and values of the wrong type."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.comparison import (
	EVERY_OPERATOR,
	OPERATORS,
	TODAY,
	Aggregate,
	Comparison,
	Kind,
	OperandError,
	compare,
	comparison_problem,
	operand_from,
	typed,
)
from tests.domain.generated import TODAY_IS, anything, comparisons

TEXT, NUMBER, DATE, FLAG, TABLE = Kind
ANY, ALL, COUNT, SUM = Aggregate


def answer(kind, operator, operand, value, aggregate=None):
	return compare(Comparison("f", kind, operator, operand, aggregate), {"f": value}, TODAY_IS)


@pytest.mark.parametrize(
	("kind", "operator", "operand", "holding", "failing"),
	[
		(TEXT, "is set", None, "x", "  "),
		(TEXT, "is not set", None, "", "x"),
		(TEXT, "=", "a", " a ", "b"),
		(TEXT, "!=", "a", "b", "a"),
		(TEXT, "in", ("a", "b"), "b", "c"),
		(TEXT, "in", ("abc",), "abc", "b"),
		(TEXT, "not in", ("a", "b"), "c", "b"),
		(TEXT, "contains", "STEEL", "Stainless steel", "Iron"),
		(TEXT, "does not contain", "steel", "Iron", "Steel"),
		(TEXT, "=", "today", "today", "2026-03-15"),
		(NUMBER, "is set", None, 1, 0),
		(NUMBER, "is not set", None, 0, 1),
		(NUMBER, "=", 10.0, "10", 11),
		(NUMBER, "!=", 10.0, 11, 10),
		(NUMBER, ">", 10.0, 10.1, 10),
		(NUMBER, ">=", 10.0, Decimal(10), 9.9),
		(NUMBER, "<", 10.0, 9.9, 10),
		(NUMBER, "<=", 10.0, 10, 10.1),
		(DATE, "is set", None, "2026-01-01", ""),
		(DATE, "is not set", None, None, "2026-01-01"),
		(DATE, "=", TODAY, datetime(2026, 3, 15, 23, 59), date(2026, 3, 14)),
		(DATE, "!=", TODAY, date(2026, 3, 14), date(2026, 3, 15)),
		(DATE, ">", TODAY, "2026-03-16", "2026-03-15"),
		(DATE, ">=", TODAY, "2026-03-15", "2026-03-14"),
		(DATE, "<", date(2026, 3, 1), "2026-02-28", "2026-03-01"),
		(DATE, "<=", date(2026, 3, 1), "2026-03-01", "2026-03-02"),
		(FLAG, "=", True, 1, None),
		(FLAG, "!=", True, "no", "Yes"),
		(TABLE, "is set", None, ["row"], []),
		(TABLE, "is not set", None, (), ("row",)),
	],
)
def test_both_sides_of_an_operator(kind, operator, operand, holding, failing):
	assert answer(kind, operator, operand, holding).holds
	assert not answer(kind, operator, operand, failing).holds


def test_no_operator_is_left_out_above():
	tested = {(mark[0], mark[1]) for mark in test_both_sides_of_an_operator.pytestmark[0].args[1]}
	assert tested == {(kind, operator) for kind in Kind for operator in OPERATORS[kind]}
	assert {operator for _kind, operator in tested} == set(EVERY_OPERATOR)


@pytest.mark.parametrize("operator", ["=", "!=", ">", ">=", "<", "<="])
def test_what_is_blank_compares_with_nothing(operator):
	found = answer(NUMBER, operator, 0.0, None)
	assert (found.holds, found.reason) == (False, "value_missing")


@pytest.mark.parametrize(
	("kind", "value"),
	[
		(NUMBER, "abc"),
		(NUMBER, float("nan")),
		(NUMBER, float("inf")),
		(NUMBER, 10**400),
		(NUMBER, [1]),
		(DATE, "soon"),
		(DATE, 20260315),
		(FLAG, "maybe"),
		(TABLE, 5),
		(TABLE, "rows"),
		pytest.param(TEXT, 10**5000, id="a number with too many digits to write"),
	],
)
def test_a_value_of_the_wrong_type_holds_for_nothing(kind, value):
	for operator in OPERATORS[kind]:
		found = answer(kind, operator, value, value)
		assert (found.holds, found.reason, found.seen) == (False, "wrong_type", value)


def test_an_operand_of_the_wrong_type_holds_for_nothing():
	assert answer(NUMBER, ">", "many", 5).reason == "wrong_type"
	assert answer(TEXT, "contains", 5, "x").reason == "wrong_type"


def test_a_field_that_is_not_there_and_an_operator_that_is_none():
	assert compare(Comparison("gone", TEXT, "is not set"), {}, TODAY_IS).reason == "unknown_field"
	assert answer(NUMBER, "~", 1.0, 1).reason == "unknown_operator"


@pytest.mark.parametrize(
	("aggregate", "kind", "operator", "operand", "rows", "holds", "reason", "seen"),
	[
		(ANY, NUMBER, ">", 5.0, [1, 6, 7], True, "holds", 6.0),
		(ANY, NUMBER, ">", 5.0, [1, "x"], False, "no_row", 2),
		(ANY, NUMBER, ">", 5.0, [], False, "no_row", 0),
		(ALL, NUMBER, ">", 5.0, (6, 7), True, "holds", 2),
		(ALL, NUMBER, ">", 5.0, (6, 1), False, "comparison_fails", 1.0),
		(ALL, NUMBER, ">", 5.0, (), False, "value_missing", None),
		(ALL, TEXT, "is not set", None, (), False, "value_missing", None),
		(COUNT, NUMBER, ">=", 2.0, ["a", None], True, "holds", 2.0),
		(COUNT, NUMBER, ">=", 2.0, ["a"], False, "comparison_fails", 1.0),
		(COUNT, NUMBER, "is set", None, [], False, "value_missing", 0.0),
		(SUM, NUMBER, ">=", 10.0, ["4", None, 6], True, "holds", 10.0),
		(SUM, NUMBER, ">=", 10.0, [4, 5], False, "comparison_fails", 9.0),
		(SUM, NUMBER, "<", 10.0, [4, "x"], False, "wrong_type", (4, "x")),
		(SUM, NUMBER, "=", 0.0, [], True, "holds", 0.0),
		(SUM, NUMBER, ">", 1.0, "12", False, "wrong_type", "12"),
	],
)
def test_rows_answer_together(aggregate, kind, operator, operand, rows, holds, reason, seen):
	found = answer(kind, operator, operand, rows, aggregate)
	assert (found.holds, found.reason, found.seen) == (holds, reason, seen)


@pytest.mark.parametrize(
	("comparison", "problem"),
	[
		(Comparison("f", TEXT, ">", "a"), "operator_does_not_fit"),
		(Comparison("f", FLAG, "is set"), "operator_does_not_fit"),
		(Comparison("f", TABLE, "=", 1), "operator_does_not_fit"),
		(Comparison("f", NUMBER, ">"), "operand_missing"),
		(Comparison("f", TEXT, "in", ()), "operand_missing"),
		(Comparison("f", TEXT, "in", "abc"), "operand_missing"),
		(Comparison("f", TEXT, "=", ("a",)), "operand_missing"),
		(Comparison("f", TEXT, "=", "a", COUNT), "aggregate_does_not_fit"),
		(Comparison("f", DATE, "is set", None, SUM), "aggregate_does_not_fit"),
		(Comparison("f", TABLE, "is set", None, ANY), "aggregate_does_not_fit"),
		(Comparison("f", NUMBER, ">", 0.0, SUM), None),
		(Comparison("f", DATE, "<", TODAY, ALL), None),
		(Comparison("f", FLAG, "=", False), None),
	],
)
def test_a_comparison_that_cannot_work_says_why(comparison, problem):
	assert comparison_problem(comparison) == problem


@given(comparisons)
def test_drawn_comparisons_work(comparison):
	assert comparison_problem(comparison) is None


@given(comparisons, anything)
def test_no_value_makes_a_comparison_raise(comparison, value):
	found = compare(comparison, {comparison.field: value}, TODAY_IS)
	assert found.holds is (found.reason == "holds")


@pytest.mark.parametrize(
	("text", "kind", "operator", "expected"),
	[
		("5", NUMBER, ">", 5.0),
		(" Today ", DATE, ">=", TODAY),
		("2026-03-01", DATE, "<", date(2026, 3, 1)),
		("yes", FLAG, "=", True),
		("today", TEXT, "=", "today"),
		("a, b ,", TEXT, "in", ("a", "b")),
		("anything", NUMBER, "is set", None),
		("", NUMBER, ">", None),
		(None, NUMBER, ">", None),
	],
)
def test_what_a_person_types_becomes_a_typed_operand(text, kind, operator, expected):
	assert operand_from(text, kind, operator) == expected


@pytest.mark.parametrize(
	("text", "kind"),
	[("abc", NUMBER), ("nan", NUMBER), ("inf", NUMBER), ("today", NUMBER), ("1.3.2026", DATE), ("x", FLAG)],
)
def test_what_cannot_be_read_is_an_error(text, kind):
	with pytest.raises(OperandError):
		operand_from(text, kind, "=")


def test_blank_values():
	assert [typed("", kind) for kind in Kind] == [None, None, None, False, None]
	assert [typed(None, kind) for kind in Kind] == [None, None, None, False, None]
	assert typed("   ", TEXT) is None


@given(anything, st.sampled_from(Kind))
def test_typing_gives_a_value_of_the_kind_or_an_operand_error(value, kind):
	expected = {TEXT: str, NUMBER: float, DATE: date, FLAG: bool, TABLE: tuple}[kind]
	try:
		assert isinstance(typed(value, kind), expected | None)
	except OperandError:
		pass
