"""A criterion is met, unmet with a reason, or not applicable, and never judged by guessing."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.comparison import TODAY, Aggregate, Comparison, Kind
from pipeline_ext.domain.criteria import (
	Answer,
	Facts,
	File,
	Found,
	Score,
	Source,
	State,
	Statement,
	evaluate,
	evaluate_stage,
)
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	ExpressionCriterion,
	FieldCriterion,
	Link,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
)
from tests.domain.generated import criteria, valid_pipelines

TODAY_IS = date(2026, 3, 15)
ANN = Source("EV-1", "ann@x.y", datetime(2026, 3, 1))
BOB = Source("EV-2", "bob@x.y", datetime(2026, 3, 2))


def judged(criterion, **facts):
	verdict = evaluate(criterion, Facts(**facts), TODAY_IS)
	return verdict.state is State.MET, verdict.reason, verdict.evidence


class TestField:
	def test_it_carries_what_was_seen(self):
		assert judged(FieldCriterion("k", "t", "f", Kind.NUMBER, ">", 10.0), values={"f": "12"}) == (
			True,
			"holds",
			12.0,
		)
		assert judged(FieldCriterion("k", "t", "f", Kind.NUMBER, ">", 10.0), values={"f": 9}) == (
			False,
			"comparison_fails",
			9.0,
		)

	def test_of_a_table_it_carries_the_number_of_rows(self):
		assert judged(FieldCriterion("k", "t", "f", Kind.TABLE, "is set"), values={"f": ["a", "b"]}) == (
			True,
			"holds",
			2,
		)

	def test_a_field_that_is_not_there_is_unmet_and_a_broken_rule(self):
		verdict = evaluate(FieldCriterion("k", "t", "gone", Kind.TEXT, "is not set"), Facts(), TODAY_IS)
		assert (bool(verdict), verdict.reason, verdict.broken, verdict.unknown) == (
			False,
			"unknown_field",
			True,
			True,
		)

	def test_rows_of_a_table(self):
		criterion = FieldCriterion("k", "t", "items.amount", Kind.NUMBER, ">=", 10.0, Aggregate.SUM)
		assert judged(criterion, values={"items.amount": (4, 6)}) == (True, "holds", 10.0)
		assert criterion.paths == {"items.amount"}

	@pytest.mark.parametrize(
		("text", "others", "expected"),
		[
			("Acme needs gates", 0, (True, "holds", "Acme needs gates")),
			("Acme needs gates", 2, (True, "holds", "Acme needs gates")),
			("Acme needs gates", 3, (False, "pasted", 3)),
			(" TBD ", 0, (False, "placeholder", "TBD")),
			("", 0, (False, "value_missing", None)),
		],
	)
	def test_placeholders_are_refused_where_asked(self, text, others, expected):
		criterion = FieldCriterion("k", "t", "f", Kind.TEXT, "is set", refuse_placeholders=True)
		assert judged(criterion, values={"f": text}, repeated={"f": others}) == expected
		lenient = replace(criterion, refuse_placeholders=False)
		assert judged(lenient, values={"f": text}, repeated={"f": others})[0] is bool(text)


class TestLinked:
	RECENT = LinkedCriterion("k", "t", "Event", "Held", 30, at_least=2)

	@pytest.mark.parametrize(
		("linked", "expected"),
		[
			({Link("Event", "Held", 30): Found(2, ANN)}, (True, "enough_linked", 2)),
			({Link("Event", "Held", 30): Found(1, ANN)}, (False, "too_few_linked", 1)),
			({Link("Event", "Held", 30): Found(0)}, (False, "too_few_linked", 0)),
			({Link("Event", "Held"): Found(5)}, (False, "unknown_link", None)),
			({Link("Event", "Any", 30): Found(5)}, (False, "unknown_link", None)),
		],
	)
	def test_so_many_in_that_state_and_so_recent(self, linked, expected):
		assert judged(self.RECENT, linked=linked) == expected

	def test_it_names_the_latest(self):
		facts = Facts(linked={self.RECENT.link: Found(1, BOB)})
		assert evaluate(self.RECENT, facts, TODAY_IS).source == BOB


class TestAttachment:
	FILES = (File("Offer.PDF", ANN), File("plan.docx", BOB))

	@pytest.mark.parametrize(
		("patterns", "at_least", "expected"),
		[
			(("*.pdf",), 1, (True, "enough_files", "Offer.PDF")),
			((" *.PDF ", "*.docx"), 2, (True, "enough_files", "Offer.PDF, plan.docx")),
			(("*.pdf",), 2, (False, "too_few_files", 1)),
			(("*.xlsx",), 1, (False, "too_few_files", 0)),
			(("offer*",), 1, (True, "enough_files", "Offer.PDF")),
			(("[z-a]",), 1, (False, "too_few_files", 0)),
		],
	)
	def test_names_match_a_pattern(self, patterns, at_least, expected):
		assert judged(AttachmentCriterion("k", "t", patterns, at_least), files=self.FILES) == expected

	def test_no_file_is_not_the_same_as_not_looked(self):
		assert judged(AttachmentCriterion("k", "t"), files=()) == (False, "too_few_files", 0)
		assert judged(AttachmentCriterion("k", "t")) == (False, "unknown_files", None)


class TestChecklist:
	@pytest.mark.parametrize(
		("said", "expected"),
		[
			((), (False, "not_confirmed", None)),
			((Statement(Answer.CONFIRMED, ANN),), (True, "confirmed", "")),
			(
				(Statement(Answer.CONFIRMED, ANN), Statement(Answer.WITHDRAWN, BOB)),
				(False, "not_confirmed", None),
			),
			(
				(Statement(Answer.WITHDRAWN, ANN), Statement(Answer.CONFIRMED, BOB, "Spoke to her")),
				(True, "confirmed", "Spoke to her"),
			),
			((Statement(Answer.GO, ANN),), (False, "not_confirmed", None)),
		],
	)
	def test_the_last_word_counts(self, said, expected):
		assert judged(ChecklistCriterion("k", "t"), statements={"k": said}) == expected

	@pytest.mark.parametrize(
		("note", "file", "reason"),
		[
			("", "a.pdf", "note_missing"),
			("n/a", "a.pdf", "note_missing"),
			("Spoke", "", "file_missing"),
			("Spoke", "a.pdf", "confirmed"),
		],
	)
	def test_a_note_and_a_file_where_asked_for(self, note, file, reason):
		criterion = ChecklistCriterion("k", "t", needs_note=True, needs_file=True)
		said = (Statement(Answer.CONFIRMED, ANN, note, file),)
		assert judged(criterion, statements={"k": said})[1] == reason

	def test_an_answer_to_another_criterion_does_not_count(self):
		said = {"other": (Statement(Answer.CONFIRMED, ANN),)}
		assert judged(ChecklistCriterion("k", "t"), statements=said) == (False, "not_confirmed", None)
		assert judged(ChecklistCriterion("k", "t")) == (False, "unknown_statements", None)


class TestSignOff:
	@pytest.mark.parametrize(
		("said", "expected"),
		[
			(((Answer.GO, ANN), (Answer.GO, BOB)), (True, "signed_off", "ann@x.y, bob@x.y")),
			(((Answer.GO, ANN), (Answer.GO, ANN)), (False, "too_few_sign_offs", 1)),
			(((Answer.GO, ANN), (Answer.HOLD, BOB)), (False, "hold", "so")),
			(((Answer.RECYCLE, ANN), (Answer.GO, BOB)), (False, "recycle", "so")),
			(
				((Answer.HOLD, ANN), (Answer.GO, ANN), (Answer.GO, BOB)),
				(True, "signed_off", "ann@x.y, bob@x.y"),
			),
			(((Answer.GO, ANN), (Answer.GO, BOB), (Answer.WITHDRAWN, BOB)), (False, "too_few_sign_offs", 1)),
			(((Answer.CONFIRMED, ANN), (Answer.GO, BOB)), (False, "too_few_sign_offs", 1)),
			((), (False, "too_few_sign_offs", 0)),
		],
	)
	def test_so_many_people_say_go_and_none_says_otherwise(self, said, expected):
		criterion = SignOffCriterion("k", "t", "Gate Keeper", 2)
		statements = {"k": tuple(Statement(answer, source, "so") for answer, source in said)}
		assert judged(criterion, statements=statements) == expected

	def test_unknown(self):
		assert judged(SignOffCriterion("k", "t", "Gate Keeper")) == (False, "unknown_statements", None)


@pytest.mark.parametrize(
	("scores", "expected"),
	[
		({"BANT": Score(60.0, ANN)}, (True, "score_enough", 60.0)),
		({"BANT": Score(59.9, ANN)}, (False, "score_too_low", 59.9)),
		({None: Score(99.0)}, (False, "not_assessed", None)),
		({}, (False, "not_assessed", None)),
		(None, (False, "unknown_scores", None)),
	],
)
def test_a_qualification_score(scores, expected):
	assert judged(ScoreCriterion("k", "t", "BANT", 60.0), scores=scores) == expected


@pytest.mark.parametrize(
	("days_in", "expected"),
	[
		({"Qualify": 7.0}, (True, "long_enough", 7.0)),
		({"Qualify": 6.9}, (False, "too_soon", 6.9)),
		({"Discover": 90.0}, (False, "too_soon", 0.0)),
		(None, (False, "unknown_days", None)),
	],
)
def test_time_in_stage(days_in, expected):
	assert judged(TimeInStageCriterion("k", "t", "Qualify", 7), days_in=days_in) == expected


def test_a_figure_that_is_no_number_is_never_enough():
	nan = float("nan")
	assert not judged(ScoreCriterion("k", "t", None, 1.0), scores={None: Score(nan)})[0]
	assert not judged(TimeInStageCriterion("k", "t", "Qualify", 1), days_in={"Qualify": nan})[0]


class TestExpression:
	RULE = ExpressionCriterion(
		"k", "t", "amount > 10 and close > today", {"amount": Kind.NUMBER, "close": Kind.DATE}
	)

	@pytest.mark.parametrize(
		("values", "met", "reason"),
		[
			({"amount": "11", "close": "2026-03-16"}, True, "holds"),
			({"amount": 9, "close": "2026-03-16"}, False, "expression_false"),
			({"amount": None, "close": "2026-03-16"}, False, "expression_false"),
			({"amount": 11, "close": None}, False, "value_missing"),
			({"amount": "many", "close": None}, False, "wrong_type"),
			({"amount": 11}, False, "unknown_field"),
		],
	)
	def test_it_must_come_out_true(self, values, met, reason):
		assert judged(self.RULE, values=values)[:2] == (met, reason)

	def test_one_that_cannot_be_worked_out_is_a_broken_rule(self):
		broken = ExpressionCriterion("k", "t", "amount / 0 > 1", {"amount": Kind.NUMBER})
		verdict = evaluate(broken, Facts({"amount": 1}), TODAY_IS)
		assert (verdict.reason, verdict.broken, bool(verdict)) == ("expression_fails", True, False)


class TestCondition:
	RULE = FieldCriterion(
		"k", "t", "f", Kind.TEXT, "is set", only_if=Comparison("amount", Kind.NUMBER, ">", 100.0)
	)

	@pytest.mark.parametrize(
		("values", "state", "reason"),
		[
			({"amount": 101, "f": ""}, State.UNMET, "value_missing"),
			({"amount": 101, "f": "x"}, State.MET, "holds"),
			({"amount": 100, "f": ""}, State.NOT_APPLICABLE, "does_not_apply"),
			({"amount": None, "f": ""}, State.NOT_APPLICABLE, "does_not_apply"),
			({"amount": "many", "f": ""}, State.UNMET, "value_missing"),
			({"f": ""}, State.UNMET, "unknown_condition"),
			({"f": "x"}, State.MET, "holds"),
		],
	)
	def test_it_excuses_only_where_it_is_known_not_to_hold(self, values, state, reason):
		verdict = evaluate(self.RULE, Facts(values), TODAY_IS)
		assert (verdict.state, verdict.reason) == (state, reason)

	def test_its_field_is_asked_for(self):
		assert self.RULE.paths == {"f", "amount"}

	def test_what_does_not_apply_is_no_hindrance(self):
		assert evaluate(self.RULE, Facts({"amount": 1, "f": ""}), TODAY_IS)


class TestScorecard:
	HEAVY = FieldCriterion("heavy", "t", "a", Kind.TEXT, "is set", blocks=False, weight=2.0)
	LIGHT = FieldCriterion("light", "t", "b", Kind.TEXT, "is set", blocks=False, weight=1.0)
	CARD = ScorecardCriterion("card", "t", 60.0)

	def card(self, *criteria, **values):
		verdicts = evaluate_stage(criteria, Facts(values), TODAY_IS)
		(found,) = [verdict for verdict in verdicts if isinstance(verdict.criterion, ScorecardCriterion)]
		return found.state, found.reason, found.evidence

	def test_weight_met_over_weight_asked(self):
		assert self.card(self.CARD, self.HEAVY, self.LIGHT, a="x", b="") == (
			State.MET,
			"scorecard_enough",
			pytest.approx(200 / 3),
		)
		assert self.card(self.CARD, self.HEAVY, self.LIGHT, a="", b="x") == (
			State.UNMET,
			"scorecard_too_low",
			pytest.approx(100 / 3),
		)

	@pytest.mark.parametrize(("light", "state", "percent"), [("x", State.MET, 100.0), ("", State.UNMET, 0.0)])
	def test_what_does_not_apply_counts_for_neither(self, light, state, percent):
		excused = replace(self.HEAVY, only_if=Comparison("a", Kind.TEXT, "=", "big"))
		found = self.card(self.CARD, excused, self.LIGHT, a="", b=light)
		assert (found[0], found[2]) == (state, percent)

	def test_without_weight_it_does_not_apply(self):
		assert self.card(self.CARD)[:2] == (State.NOT_APPLICABLE, "nothing_to_score")
		assert self.card(self.CARD, replace(self.LIGHT, weight=0.0), b="")[0] is State.NOT_APPLICABLE

	def test_it_may_apply_only_under_a_condition(self):
		card = replace(self.CARD, only_if=Comparison("b", Kind.TEXT, "is set"))
		assert self.card(card, self.LIGHT, b="")[:2] == (State.NOT_APPLICABLE, "does_not_apply")

	def test_what_is_not_known_may_still_make_it(self):
		assert self.card(self.CARD, self.HEAVY, self.LIGHT, b="")[:2] == (State.UNMET, "unknown_scorecard")
		assert self.card(self.CARD, self.HEAVY, self.LIGHT, a="")[:2] == (State.UNMET, "scorecard_too_low")

	def test_one_scorecard_does_not_count_in_another(self):
		other = ScorecardCriterion("other", "t", 100.0, weight=5.0)
		assert self.card(other, self.LIGHT, b="x") == (State.MET, "scorecard_enough", 100.0)
		verdicts = evaluate_stage((other, self.CARD, self.LIGHT), Facts({"b": ""}), TODAY_IS)
		assert [verdict.evidence for verdict in verdicts[:2]] == [0.0, 0.0]

	@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=9))
	def test_all_of_it_is_100_percent(self, weights):
		criteria = [
			replace(self.LIGHT, key=str(number), weight=weight) for number, weight in enumerate(weights)
		]
		assert self.card(replace(self.CARD, at_least=100.0), *criteria, b="x") == (
			State.MET,
			"scorecard_enough",
			100.0,
		)


def test_the_verdicts_of_a_stage_keep_its_order_even_where_keys_repeat():
	first = FieldCriterion("same", "First", "a", Kind.TEXT, "is set", weight=1.0)
	card = ScorecardCriterion("same", "Card", 50.0)
	last = FieldCriterion("same", "Last", "b", Kind.TEXT, "is set")
	verdicts = evaluate_stage((first, card, last), Facts({"a": "", "b": "x"}), TODAY_IS)
	assert [(verdict.criterion.title, verdict.state) for verdict in verdicts] == [
		("First", State.UNMET),
		("Card", State.UNMET),
		("Last", State.MET),
	]


def test_a_kind_that_nobody_judges_is_unmet_and_broken():
	verdict = evaluate(Criterion("k", "t"), Facts(), TODAY_IS)
	assert (verdict.reason, verdict.broken, bool(verdict)) == ("unknown_kind", True, False)


@given(criteria)
def test_what_nobody_knows_is_never_met(criterion):
	verdict = evaluate(criterion, Facts(), TODAY_IS)
	if isinstance(criterion, ScorecardCriterion):
		assert verdict.reason == ("unknown_condition" if not verdict else "nothing_to_score")
	elif isinstance(criterion, ExpressionCriterion) or verdict.reason != "unknown_condition":
		assert (verdict.state, verdict.unknown) == (State.UNMET, True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(valid_pipelines)
def test_a_stage_has_a_verdict_for_each_criterion_in_order(pipeline):
	for stage in pipeline.stages:
		verdicts = evaluate_stage(stage.criteria, Facts(), TODAY_IS)
		assert tuple(verdict.criterion for verdict in verdicts) == stage.criteria


def test_today_is_the_day_that_is_asked_about():
	criterion = FieldCriterion("k", "t", "close", Kind.DATE, ">=", TODAY)
	facts = Facts({"close": "2026-03-15"})
	assert evaluate(criterion, facts, TODAY_IS)
	assert not evaluate(criterion, facts, date(2026, 3, 16))
