"""A request to approve what a quotation gives away, and the decisions on it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, now_datetime
from frappe.utils.user import get_users_with_role

from pipeline_ext.domain.approvals import (
	ApprovalStatus,
	Refusal,
	Step,
	decide,
	may_decide,
	open_step,
	status_of,
)
from pipeline_ext.messages import refusal_to_decide_text
from pipeline_ext.reports import quotations


class QuoteApproval(Document):
	def before_insert(self) -> None:
		if not self.flags.asked_by_app:
			frappe.throw(
				_("Ask for approval on the quotation itself, so that what it gives away is measured."),
				title=_("Not by Hand"),
			)

	def validate(self) -> None:
		if not self.is_new() and not self.flags.decided_by_app:
			frappe.throw(_("A request changes only by approve, reject or recall."), title=_("Not by Hand"))

	def after_insert(self) -> None:
		self.tell_quotation()
		self.notify(self.approvers(), _("{0} asks you to approve quotation {1}"))

	def on_trash(self) -> None:
		if not self.flags.in_quotation_trash and frappe.db.exists("Quotation", self.quotation):
			frappe.throw(
				_("A request is the record of who agreed to what, and stays while its quotation does."),
				title=_("Request Is Kept"),
			)

	def fill(self, quotation: Document, assessment: quotations.Assessment, comment: str | None) -> None:
		"""Write down what is asked: the measures as they are now, and one step for each broken rule."""
		measures = assessment.measures
		self.update(
			{
				"quotation": quotation.name,
				"customer_name": quotation.customer_name or quotation.party_name,
				"policy": assessment.policy,
				"company": quotation.company,
				"currency": quotation.currency,
				"status": ApprovalStatus.PENDING.value,
				"requested_by": frappe.session.user,
				"requested_on": now_datetime(),
				"list_value": flt(measures.list_value),
				"quoted_value": flt(measures.quoted_value),
				"discount_percent": flt(measures.discount_percent),
				"unpriced_lines": measures.unpriced_lines,
				"comment": comment,
				"fingerprint": assessment.fingerprint,
			}
		)
		for step in assessment.steps:
			self.append("steps", _step_row(step))

	def as_steps(self) -> tuple[Step, ...]:
		"""The steps as domain data."""
		return tuple(
			Step(
				rule=quotations.as_rule(row),
				measured=flt(row.measured),
				status=ApprovalStatus(row.status),
				decided_by=row.decided_by or None,
				decided_on=get_datetime(row.decided_on) if row.decided_on else None,
				comment=row.comment or "",
			)
			for row in self.steps
		)

	def whose_quote(self) -> set[str]:
		"""The people who cannot approve it: who wrote the quotation, and who asks."""
		return {self.requested_by, frappe.db.get_value("Quotation", self.quotation, "owner")}

	def answer_for(self, user: str) -> bool | Refusal:
		"""Whether `user` may decide the step whose turn it is."""
		return may_decide(self.as_steps(), user, frappe.get_roles(user), self.whose_quote())

	def decide(self, decision: ApprovalStatus, comment: str | None) -> None:
		"""Approve or reject the step whose turn it is, as the session's user."""
		self.lock()
		if self.status != ApprovalStatus.PENDING.value:
			_refuse(Refusal("nothing_waits"))
		answer = self.answer_for(frappe.session.user)
		if not answer:
			_refuse(answer)
		self._refuse_if_quotation_changed()
		steps = decide(self.as_steps(), decision, frappe.session.user, now_datetime(), comment or "")
		for row, step in zip(self.steps, steps, strict=True):
			row.update(_decision_of(step))
		self._close_as(status_of(steps))

	def recall(self) -> None:
		"""Take the request back, as the person who asked or somebody who may write the quotation."""
		self.lock()
		if self.status != ApprovalStatus.PENDING.value:
			_refuse(Refusal("nothing_waits"))
		self._close_as(ApprovalStatus.RECALLED)

	def lock(self) -> None:
		"""Reload under a row lock: of two who decide at once, the second sees what the first did."""
		frappe.db.get_value(self.doctype, self.name, "name", for_update=True)
		self.reload()

	def approvers(self) -> list[str]:
		"""Who may decide the step whose turn it is."""
		steps = self.as_steps()
		position = open_step(steps)
		if position is None:
			return []
		rule = steps[position].rule
		users = [rule.user] if rule.user else get_users_with_role(rule.role)
		return [user for user in users if user not in self.whose_quote()]

	def notify(self, users: list[str], subject: str) -> None:
		if not users:
			return
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": self.doctype,
				"document_name": self.name,
				"subject": subject.format(
					frappe.bold(frappe.utils.get_fullname()), frappe.bold(self.quotation)
				),
				"from_user": frappe.session.user,
			},
		)

	def tell_quotation(self) -> None:
		"""The approver needs no write permission on the quotation for its status to follow."""
		frappe.db.set_value(
			"Quotation",
			self.quotation,
			{"pe_approval": self.name, "pe_approval_status": self.status},
			update_modified=False,
		)
		frappe.clear_document_cache("Quotation", self.quotation)

	def _close_as(self, status: ApprovalStatus) -> None:
		self.status = status.value
		if status is not ApprovalStatus.PENDING:
			self.closed_on = now_datetime()
		self.flags.decided_by_app = True
		self.save(ignore_permissions=True)
		self.tell_quotation()
		if status is ApprovalStatus.PENDING:
			self.notify(self.approvers(), _("{0} asks you to approve quotation {1}"))
		elif status is not ApprovalStatus.RECALLED:
			text = {
				ApprovalStatus.APPROVED: _("{0} approved quotation {1}"),
				ApprovalStatus.REJECTED: _("{0} rejected quotation {1}"),
			}
			self.notify([self.requested_by], text[status])

	def _refuse_if_quotation_changed(self) -> None:
		quotation = frappe.get_doc("Quotation", self.quotation)
		if quotations.assess(quotation).fingerprint != self.fingerprint:
			frappe.throw(
				_("{0} was changed after approval was asked for. Ask for it to be requested again.").format(
					self.quotation
				),
				title=_("Quotation Has Changed"),
			)


def _step_row(step: Step) -> dict:
	return {
		"rule": step.rule.key,
		"title": step.rule.title,
		"measure": quotations.MEASURE_LABELS[step.rule.measure],
		"measured": flt(step.measured),
		"threshold": flt(step.rule.threshold),
		"role": step.rule.role,
		"user": step.rule.user,
		"status": step.status.value,
	}


def _decision_of(step: Step) -> dict:
	return {
		"status": step.status.value,
		"decided_by": step.decided_by,
		"decided_on": step.decided_on,
		"comment": step.comment,
	}


def _refuse(refusal: Refusal) -> None:
	frappe.throw(refusal_to_decide_text(refusal), frappe.PermissionError, title=_("Cannot Decide"))
