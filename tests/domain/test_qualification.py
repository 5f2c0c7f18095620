"""Answers to a framework's questions: exact scores, and what keeps a framework or an answer from counting."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.qualification import (
	HEAVIEST,
	LONGEST_SCALE,
	Answer,
	Question,
	answer_problems,
	problems,
	qualify,
)

BUDGET = Question("Budget", "What is set aside?", weight=1)
NEED = Question("Need", "What is the problem?", weight=2)
TIMING = Question("Timing", "By when?", weight=1, highest=10)
BANT = (BUDGET, NEED, TIMING)


def codes(found):
	return [problem.code for problem in found]


def score(*points):
	answers = [Answer(question.topic, given) for question, given in zip(BANT, points, strict=True)]
	return qualify(BANT, answers)


@pytest.mark.parametrize(
	("points", "expected"),
	[
		((4, 4, 10), 100.0),
		((0, 0, 0), 0.0),
		((4, 0, 0), 25.0),
		((0, 4, 0), 50.0),
		((0, 0, 10), 25.0),
		((2, 1, 1), 27.5),
		((1, 3, 7), 61.25),
	],
)
def test_a_question_counts_by_its_weight_whatever_its_scale(points, expected):
	assert score(*points).score == expected


def test_an_unanswered_question_counts_nothing_and_is_listed():
	assert score(4, None, 0) == qualify(BANT, [Answer("Timing", 0), Answer("Budget", 4)])
	assert (score(4, None, None).score, score(4, None, None).unanswered) == (25.0, ("Need", "Timing"))


def test_a_score_has_two_digits():
	thirds = tuple(Question(topic, topic, highest=3) for topic in "abc")
	assert qualify(thirds, [Answer("a", 1)]).score == 11.11
	assert qualify(thirds, [Answer("a", 2)]).score == 22.22
	assert qualify(thirds, [Answer("a", 1), Answer("b", 1), Answer("c", 1)]).score == 33.33


def test_a_score_that_floats_would_miss_is_exact():
	tenths = tuple(Question(topic, topic, weight=0.1, highest=10) for topic in "abc")
	assert qualify(tenths, [Answer(topic, 6) for topic in "abc"]).score == 60.0


@pytest.mark.parametrize(
	("questions", "expected"),
	[
		(BANT, []),
		((), ["no_question"]),
		((replace(BUDGET, topic=" "),), ["topic_missing"]),
		((replace(BUDGET, text=""),), ["question_missing"]),
		((replace(BUDGET, weight=0),), ["weight_range"]),
		((replace(BUDGET, weight=-1),), ["weight_range"]),
		((replace(BUDGET, weight=HEAVIEST + 0.5),), ["weight_range"]),
		((replace(BUDGET, weight=float("nan")),), ["weight_range"]),
		((replace(BUDGET, weight=float("inf")),), ["weight_range"]),
		((replace(BUDGET, highest=0),), ["scale_range"]),
		((replace(BUDGET, highest=LONGEST_SCALE + 1),), ["scale_range"]),
		((BUDGET, replace(NEED, topic="budget ")), ["topic_twice"]),
		((BUDGET, replace(NEED, text=" WHAT is set aside?")), ["question_twice"]),
		((BUDGET, BUDGET, BUDGET), ["topic_twice", "question_twice"]),
		((replace(BUDGET, topic=""), replace(NEED, topic="")), ["topic_missing", "topic_missing"]),
	],
)
def test_a_framework_that_cannot_work_says_why(questions, expected):
	assert codes(problems(questions)) == expected


@pytest.mark.parametrize(
	("answers", "expected"),
	[
		([], []),
		([Answer("Budget"), Answer("Need", 0), Answer("Timing", 10)], []),
		([Answer("Champion", 2)], ["not_asked"]),
		([Answer("Champion")], ["not_asked"]),
		([Answer("budget", 2)], ["not_asked"]),
		([Answer("Need", 1), Answer("Need", 2)], ["answered_twice"]),
		([Answer("Budget", 5)], ["outside_scale"]),
		([Answer("Budget", -1)], ["outside_scale"]),
		([Answer("Timing", 11), Answer("Champion", 99)], ["not_asked", "outside_scale"]),
	],
)
def test_an_answer_that_does_not_fit_says_why(answers, expected):
	assert codes(answer_problems(BANT, answers)) == expected


def test_a_problem_says_what_it_is_about():
	(problem,) = answer_problems(BANT, [Answer("Need", 5)])
	assert problem.about == {"topic": "Need", "points": 5, "highest": 4}


# Properties

weights = st.floats(min_value=0, max_value=HEAVIEST, exclude_min=True)
scales = st.integers(min_value=1, max_value=LONGEST_SCALE)


@st.composite
def frameworks(draw):
	parts = draw(st.lists(st.tuples(weights, scales), min_size=1, max_size=8))
	return tuple(
		Question(f"Topic {number}", f"Question {number}?", weight, highest)
		for number, (weight, highest) in enumerate(parts)
	)


@st.composite
def assessments(draw):
	"""A framework and answers on some of its topics, in any order."""
	questions = draw(frameworks())
	answers = [
		Answer(question.topic, draw(st.none() | st.integers(0, question.highest)))
		for question in draw(st.permutations(questions))
		if draw(st.booleans())
	]
	return questions, answers


@given(assessments())
def test_whatever_has_no_problem_is_scored_between_0_and_100(assessment):
	questions, answers = assessment
	assert problems(questions) == answer_problems(questions, answers) == ()
	assert 0 <= qualify(questions, answers).score <= 100


@given(assessments())
def test_unanswered_is_what_has_no_points_in_the_order_of_the_framework(assessment):
	questions, answers = assessment
	pointed = {answer.topic for answer in answers if answer.points is not None}
	expected = tuple(question.topic for question in questions if question.topic not in pointed)
	assert qualify(questions, answers).unanswered == expected


@given(assessments())
def test_no_answer_is_worth_as_much_as_no_points(assessment):
	questions, answers = assessment
	zeroed = [replace(answer, points=answer.points or 0) for answer in answers]
	assert qualify(questions, answers).score == qualify(questions, zeroed).score


@given(assessments(), st.data())
def test_one_more_point_never_lowers_the_score(assessment, data):
	questions, answers = assessment
	highest = {question.topic: question.highest for question in questions}
	raisable = [answer for answer in answers if (answer.points or 0) < highest[answer.topic]]
	if raisable:
		chosen = data.draw(st.sampled_from(raisable))
		better = replace(chosen, points=(chosen.points or 0) + 1)
		after = [better if answer is chosen else answer for answer in answers]
		assert qualify(questions, after).score >= qualify(questions, answers).score


@given(assessments(), st.data())
def test_the_order_of_questions_and_answers_does_not_matter(assessment, data):
	questions, answers = assessment
	mixed = data.draw(st.permutations(questions)), data.draw(st.permutations(answers))
	assert qualify(*mixed).score == qualify(questions, answers).score


@given(assessments())
def test_only_the_ratio_of_weights_matters(assessment):
	questions, answers = assessment
	halved = [replace(question, weight=question.weight / 2**4) for question in questions]
	if all(question.weight for question in halved):
		assert qualify(halved, answers).score == qualify(questions, answers).score


@given(frameworks())
def test_all_points_are_100_percent_and_none_are_0(questions):
	best = [Answer(question.topic, question.highest) for question in questions]
	assert qualify(questions, best).score == 100
	assert qualify(questions, best).unanswered == ()
	assert qualify(questions, []).score == 0
