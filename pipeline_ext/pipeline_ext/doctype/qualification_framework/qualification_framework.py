"""The questions that qualify a deal, and how much each counts."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, flt

from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.domain.qualification import Question, problems
from pipeline_ext.messages import listed


class QualificationFramework(Document):
	def validate(self) -> None:
		self.refuse_broken_questions()

	def on_trash(self) -> None:
		"""Assessments are no links for Frappe, so that a deal can be deleted without them."""
		if frappe.db.exists("Qualification Assessment", {"framework": self.name}):
			frappe.throw(
				_("Deals were assessed by {0}, and their scores need it.").format(self.name),
				frappe.LinkExistsError,
				title=_("Framework in Use"),
			)

	def refuse_broken_questions(self) -> None:
		found = [_problem_text(problem) for problem in problems(self.as_questions())]
		if found:
			frappe.throw(listed(found), title=_("This Framework Cannot Work"))

	def as_questions(self) -> tuple[Question, ...]:
		"""The questions as domain data."""
		return tuple(
			Question(row.topic or "", row.question or "", flt(row.weight), cint(row.highest_points))
			for row in self.questions
		)


def _problem_text(problem: Problem) -> str:
	texts = {
		"no_question": _("Add at least one question."),
		"topic_missing": _("Question {question}: give it a topic, a short name of its own."),
		"question_missing": _("Topic {topic}: write down what is asked."),
		"topic_twice": _("Topic {topic} is listed twice. Give each question a topic of its own."),
		"question_twice": _("The question {question} is listed twice. Keep one of the rows."),
		"weight_range": _("Topic {topic}: a weight is above 0 and at most {heaviest}, not {weight}."),
		"scale_range": _("Topic {topic}: points go up to 1 or more, {longest} at most, not to {highest}."),
	}
	about = {key: escape_html(str(value)) for key, value in problem.about.items()}
	return texts[problem.code].format(**about)
