"""What a person says of a checklist item or a sign-off: it can be added, never changed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from pipeline_ext.append_only import AppendOnly
from pipeline_ext.automation import overrides
from pipeline_ext.domain.criteria import Answer
from pipeline_ext.domain.exit_criteria import ChecklistCriterion, SignOffCriterion
from pipeline_ext.domain.placeholders import is_placeholder
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.gate import version_for
from pipeline_ext.subjects import SUBJECTS

Asked = ChecklistCriterion | SignOffCriterion
ANSWERS: dict[type, tuple[Answer, ...]] = {
	ChecklistCriterion: (Answer.CONFIRMED, Answer.WITHDRAWN),
	SignOffCriterion: (Answer.GO, Answer.HOLD, Answer.RECYCLE),
}
NEEDS_A_REASON = (Answer.HOLD, Answer.RECYCLE)


class CriterionEvidence(AppendOnly):
	def give(self, deal: Document, key: str, answer: str | None, note: str | None, file: str | None) -> None:
		"""Record the session user's answer to the criterion of that key, and settle what was owed for it."""
		criterion = _asked(deal, key)
		said = _checked_answer(criterion, answer)
		_check_person(deal, criterion)
		_check_proof(criterion, said, note or "", file or "")
		self.update(
			{
				"document_type": deal.doctype,
				"document_name": deal.name,
				"criterion": criterion.key,
				"title": criterion.title,
				"answer": said.value,
				"given_by": frappe.session.user,
				"given_on": now_datetime(),
				"note": note,
				"file": file,
			}
		)
		with self.written_by_app():
			self.insert(ignore_permissions=True)
		overrides.settle_of(deal.doctype, deal.name)

	def refusal(self) -> tuple[str, str]:
		return (
			_("Evidence is given on the deal's form and stays as it was given. Withdraw it there."),
			_("Evidence Is Append-Only"),
		)


def _asked(doc: Document, key: str) -> Asked:
	"""The checklist item or sign-off of that key in the document's pipeline; refused where it is none."""
	version = version_for(doc, SUBJECTS[doc.doctype])
	criteria = pipelines.definition(version).criteria if version else ()
	found = next((criterion for criterion in criteria if criterion.key == key), None)
	if not isinstance(found, ChecklistCriterion | SignOffCriterion):
		frappe.throw(
			_("{0} has no such checklist item or sign-off. Reload to see what its pipeline asks for.").format(
				doc.name
			),
			title=_("Nothing to Confirm"),
		)
	return found


def _checked_answer(criterion: Asked, answer: str | None) -> Answer:
	possible = ANSWERS[type(criterion)]
	said = answer or possible[0].value
	if said not in {each.value for each in possible}:
		frappe.throw(
			_("{0} is no answer here. Use one of: {1}.").format(
				frappe.utils.escape_html(said), ", ".join(_(each.value) for each in possible)
			),
			title=_("Unknown Answer"),
		)
	return Answer(said)


def _check_person(doc: Document, criterion: Asked) -> None:
	"""A checklist item is for who may write the deal, a sign-off for who has the role."""
	if isinstance(criterion, ChecklistCriterion):
		doc.check_permission("write")
	elif criterion.role not in frappe.get_roles() or frappe.session.user == "Administrator":
		frappe.throw(
			_("Only {0} signs this off. Ask one of them.").format(_(criterion.role)),
			frappe.PermissionError,
			title=_("Not Yours to Sign Off"),
		)


def _check_proof(criterion: Asked, said: Answer, note: str, file: str) -> None:
	confirms = said is Answer.CONFIRMED
	wants_note = said in NEEDS_A_REASON or (confirms and getattr(criterion, "needs_note", False))
	if wants_note and (not note.strip() or is_placeholder(note)):
		frappe.throw(_("Add a note that says what you know."), title=_("Note Missing"))
	if confirms and getattr(criterion, "needs_file", False) and not file:
		frappe.throw(_("Attach the file that shows it."), title=_("File Missing"))
	if file and not frappe.db.exists("File", {"file_url": file}):
		frappe.throw(_("There is no such file on this site. Attach it first."), title=_("File Missing"))
