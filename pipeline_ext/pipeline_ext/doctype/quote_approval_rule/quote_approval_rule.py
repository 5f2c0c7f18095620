"""A row of a Quote Approval Policy: one rule."""

from __future__ import annotations

from collections.abc import Iterator

from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from pipeline_ext.domain.approvals import ApproverType
from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.reports.policies import A_NUMBER

CHOICES = ("measure", "comparison", "scope", "approver_type", "needed")


class QuoteApprovalRule(Document):
	def clear_what_does_not_apply(self) -> None:
		"""The form hides such a field but keeps what was in it."""
		kind = self.approver_type
		if kind != ApproverType.ROLE.value:
			self.role = None
		if kind != ApproverType.USER.value:
			self.user = None
		if kind != ApproverType.MANAGER.value:
			self.steps_up = 1
		if kind in (ApproverType.ONESELF.value, ApproverType.USER.value) or not self.needed:
			self.needed = "One"
		if self.needed != A_NUMBER:
			self.number_needed = 0
		if not (self.approval_group or "").strip():
			self.update({"approval_group": None, "level": 1})
		if not flt(self.deadline_hours):
			self.reminder_hours = 0

	def unknown_choices(self) -> Iterator[Problem]:
		"""Choices that their field does not offer."""
		for fieldname in CHOICES:
			field = self.meta.get_field(fieldname)
			if self.get(fieldname) not in field.options.split("\n"):
				about = {"rule": self.title, "field": _(field.label), "value": self.get(fieldname) or ""}
				yield Problem("unknown_choice", about)
