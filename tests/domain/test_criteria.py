"""A criterion is met, unmet with a reason, and never judged by guessing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.criteria import Facts, State, evaluate
from pipeline_ext.domain.pipeline import TODAY, FieldCriterion, Kind, LinkedCriterion
from tests.domain.test_pipeline import criteria

TODAY_IS = date(2026, 3, 15)


def judge(kind, operator, operand, value):
	criterion = FieldCriterion("k", "t", "f", kind, operator, operand)
	return evaluate(criterion, Facts({"f": value}), TODAY_IS)


@pytest.mark.parametrize(
	("kind", "operator", "operand", "value", "state", "reason"),
	[
		(Kind.TEXT, "is set", None, "x", State.MET, "holds"),
		(Kind.TEXT, "is set", None, "  ", State.UNMET, "value_missing"),
		(Kind.TEXT, "is set", None, None, State.UNMET, "value_missing"),
		(Kind.TEXT, "is not set", None, "", State.MET, "holds"),
		(Kind.TEXT, "is not set", None, "x", State.UNMET, "value_present"),
		(Kind.TEXT, "in", ("a", "b"), "b", State.MET, "holds"),
		(Kind.TEXT, "in", ("abc",), "b", State.UNMET, "comparison_fails"),
		(Kind.NUMBER, ">", 10.0, 10, State.UNMET, "comparison_fails"),
		(Kind.NUMBER, ">=", 10.0, "10", State.MET, "holds"),
		(Kind.NUMBER, "is set", None, 0, State.UNMET, "value_missing"),
		(Kind.NUMBER, ">", 10.0, "abc", State.UNMET, "wrong_type"),
		(Kind.NUMBER, ">", 10.0, float("nan"), State.UNMET, "wrong_type"),
		(Kind.DATE, ">=", TODAY, "2026-03-15", State.MET, "holds"),
		(Kind.DATE, ">=", TODAY, date(2026, 3, 14), State.UNMET, "comparison_fails"),
		(Kind.DATE, ">=", TODAY, "soon", State.UNMET, "wrong_type"),
		(Kind.FLAG, "=", True, 1, State.MET, "holds"),
		(Kind.FLAG, "=", True, None, State.UNMET, "comparison_fails"),
		(Kind.TABLE, "is set", None, [], State.UNMET, "value_missing"),
		(Kind.TABLE, "is set", None, ["row"], State.MET, "holds"),
		(Kind.NUMBER, "~", 1.0, 1, State.UNMET, "unknown_operator"),
	],
)
def test_field(kind, operator, operand, value, state, reason):
	verdict = judge(kind, operator, operand, value)
	assert (verdict.state, verdict.reason, bool(verdict)) == (state, reason, state is State.MET)


def test_a_field_that_is_not_there_is_unmet():
	criterion = FieldCriterion("k", "t", "gone", Kind.TEXT, "is not set")
	assert evaluate(criterion, Facts(), TODAY_IS).reason == "unknown_field"


@pytest.mark.parametrize(
	("counts", "reason", "met"),
	[
		({("Quotation", "Submitted"): 2}, "enough_linked", True),
		({("Quotation", "Submitted"): 1}, "too_few_linked", False),
		({("Quotation", "Draft"): 5}, "unknown_link", False),
	],
)
def test_linked(counts, reason, met):
	criterion = LinkedCriterion("k", "t", "Quotation", at_least=2)
	verdict = evaluate(criterion, Facts(linked=counts), TODAY_IS)
	assert (verdict.reason, bool(verdict)) == (reason, met)


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary()


@given(criteria(), anything, st.integers(0, 5))
def test_no_fact_makes_a_judgement_raise(criterion, value, count):
	if isinstance(criterion, LinkedCriterion):
		facts = Facts(linked={(criterion.doctype, criterion.state): count})
	else:
		facts = Facts(values={criterion.field: value})
	verdict = evaluate(criterion, facts, TODAY_IS)
	assert bool(verdict) == (verdict.state is not State.UNMET)
