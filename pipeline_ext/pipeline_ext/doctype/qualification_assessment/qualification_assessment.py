"""How well a deal is qualified: answers to a framework's questions, scored on the server."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, now_datetime

from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.domain.qualification import Answer, answer_problems, qualify
from pipeline_ext.messages import listed
from pipeline_ext.subjects import SUBJECTS

NEEDED = ("document_type", "document_name", "framework")
FROM_FRAMEWORK = ("topic", "question", "good_answer", "weight", "highest_points")


class QualificationAssessment(Document):
	def validate(self) -> None:
		self.refuse_incomplete()
		self.refuse_ungoverned_doctype()
		self.refuse_unreadable_document()
		framework = frappe.get_doc("Qualification Framework", self.framework)
		self.refuse_unusable(framework)
		self.refuse_unfit_answers(framework)
		self.fill_answers(framework)
		self.set_score(framework)
		self.sign()

	def refuse_incomplete(self) -> None:
		"""Frappe asks for mandatory fields only after `validate`, which cannot work without them."""
		missing = [_(self.meta.get_label(field)) for field in NEEDED if not self.get(field)]
		if missing:
			frappe.throw(
				_("Fill in first: {0}.").format(", ".join(missing)),
				frappe.MandatoryError,
				title=_("Assessment Incomplete"),
			)

	def refuse_ungoverned_doctype(self) -> None:
		if self.document_type not in SUBJECTS:
			frappe.throw(
				_("{0} is not assessed. Choose one of: {1}.").format(self.document_type, ", ".join(SUBJECTS)),
				title=_("Assessment Not Possible"),
			)

	def refuse_unreadable_document(self) -> None:
		if self.flags.ignore_permissions:
			return
		if not frappe.has_permission(self.document_type, "read", self.document_name):
			frappe.throw(
				_("You may not read {0}. Ask its owner to share it with you.").format(self.document_name),
				frappe.PermissionError,
				title=_("Cannot Assess"),
			)

	def refuse_unusable(self, framework: Document) -> None:
		if self.is_new() and not framework.enabled:
			frappe.throw(
				_("{0} is not in use any more. Choose another framework.").format(framework.name),
				title=_("Framework Disabled"),
			)
		framework.refuse_broken_questions()

	def refuse_unfit_answers(self, framework: Document) -> None:
		found = answer_problems(framework.as_questions(), self.as_answers())
		if found:
			texts = [_problem_text(problem, self.framework) for problem in found]
			frappe.throw(listed(texts), title=_("Answers Do Not Fit"))

	def fill_answers(self, framework: Document) -> None:
		"""One row for each question, in the framework's order and with its words; points and notes stay."""
		answered = {row.topic: row for row in self.answers}
		self.set("answers", [])
		for position, question in enumerate(framework.questions, 1):
			row = self.append("answers", answered.get(question.topic))
			row.update({field: question.get(field) for field in FROM_FRAMEWORK})
			row.idx = position

	def set_score(self, framework: Document) -> None:
		qualification = qualify(framework.as_questions(), self.as_answers())
		self.score = qualification.score
		self.unanswered = ", ".join(qualification.unanswered)

	def sign(self) -> None:
		"""Whoever saves the answers stands for them."""
		self.assessed_by = frappe.session.user
		self.assessed_on = now_datetime()

	def as_answers(self) -> tuple[Answer, ...]:
		"""The answers as domain data. An empty Select is no answer, a zero is one."""
		return tuple(
			Answer(row.topic or "", None if row.points in (None, "") else cint(row.points))
			for row in self.answers
		)


def on_doctype_update() -> None:
	frappe.db.add_index(
		"Qualification Assessment", ["document_type", "document_name", "assessed_on"], "document_assessed_on"
	)


def _problem_text(problem: Problem, framework: str) -> str:
	texts = {
		"not_asked": _("{framework} has no question on {topic}. Remove the row."),
		"answered_twice": _("{topic} is answered twice. Remove one of the rows."),
		"outside_scale": _("{topic}: {points} points are outside the scale, which goes from 0 to {highest}."),
	}
	about = {**problem.about, "framework": framework}
	return texts[problem.code].format(**{key: escape_html(str(value)) for key, value in about.items()})
