"""Answers to the questions of a qualification framework → a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline_ext.domain.pipeline import Problem

HEAVIEST = 100
LONGEST_SCALE = 10


@dataclass(frozen=True)
class Question:
	"""One question of a framework; its topic names it there.

	An answer gets whole points from 0 to `highest`. `weight` has no unit: it says how much the question
	counts beside the others, however long its scale is.
	"""

	topic: str
	text: str
	weight: float = 1.0
	highest: int = 4


@dataclass(frozen=True)
class Answer:
	"""The points that the answer on a topic gets; None where nobody has answered yet."""

	topic: str
	points: int | None = None


@dataclass(frozen=True)
class Qualification:
	"""How well a deal is qualified: `score` in percent, and the topics that nobody has answered."""

	score: float
	unanswered: tuple[str, ...]


def qualify(questions: Sequence[Question], answers: Sequence[Answer]) -> Qualification:
	"""The score of answers, in percent from 0 to 100, and what is unanswered in the framework's order.

	`100 * Σ (weight * points / highest) / Σ weight`, both sums over all questions: one without an answer
	counts 0, as one answered with 0 points does. Computed exactly, then rounded half to even to 2 digits.
	Expects questions without `problems` and answers without `answer_problems`.
	"""
	points = {answer.topic: answer.points for answer in answers}
	reached = sum(
		(Fraction(question.weight) * (points.get(question.topic) or 0) / question.highest)
		for question in questions
	)
	possible = sum(Fraction(question.weight) for question in questions)
	return Qualification(
		score=float(round(100 * reached / possible, 2)),
		unanswered=tuple(question.topic for question in questions if points.get(question.topic) is None),
	)


def problems(questions: Sequence[Question]) -> tuple[Problem, ...]:
	"""Everything that keeps a framework from being used; empty when it may be.

	Topics and texts that differ only in case or in blanks around them are the same.
	"""
	if not questions:
		return (Problem("no_question", {}),)
	return (
		*(problem for question in questions for problem in _question_problems(question)),
		*(Problem("topic_twice", {"topic": topic}) for topic in _repeated(q.topic for q in questions)),
		*(Problem("question_twice", {"question": text}) for text in _repeated(q.text for q in questions)),
	)


def _question_problems(question: Question) -> Iterator[Problem]:
	about = {"topic": question.topic, "question": question.text}
	if not question.topic.strip():
		yield Problem("topic_missing", about)
	if not question.text.strip():
		yield Problem("question_missing", about)
	if not 0 < question.weight <= HEAVIEST:
		yield Problem("weight_range", {**about, "weight": question.weight, "heaviest": HEAVIEST})
	if not 1 <= question.highest <= LONGEST_SCALE:
		yield Problem("scale_range", {**about, "highest": question.highest, "longest": LONGEST_SCALE})


def _repeated(texts: Iterator[str]) -> Iterator[str]:
	"""Each text that is there more than once, as it reads when compared; blank ones are no text."""
	counts = Counter(text.strip().casefold() for text in texts)
	return (text for text, times in counts.items() if text and times > 1)


def answer_problems(questions: Sequence[Question], answers: Sequence[Answer]) -> tuple[Problem, ...]:
	"""Everything that keeps answers from being scored; empty when they may be."""
	highest = {question.topic: question.highest for question in questions}
	times = Counter(answer.topic for answer in answers)
	fitting = [answer for answer in answers if answer.topic in highest and answer.points is not None]
	return (
		*(Problem("not_asked", {"topic": topic}) for topic in times if topic not in highest),
		*(Problem("answered_twice", {"topic": topic}) for topic in times if times[topic] > 1),
		*(
			Problem(
				"outside_scale",
				{"topic": answer.topic, "points": answer.points, "highest": highest[answer.topic]},
			)
			for answer in fitting
			if not 0 <= answer.points <= highest[answer.topic]
		),
	)
