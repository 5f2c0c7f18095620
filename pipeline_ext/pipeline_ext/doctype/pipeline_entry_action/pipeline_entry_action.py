"""A row of a Sales Pipeline: one thing done when a deal comes to a stage."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import cint

from pipeline_ext.domain.pipeline import ActionKind, EntryAction, Problem


class PipelineEntryAction(Document):
	def as_action(self) -> EntryAction:
		return EntryAction(
			kind=ActionKind(self.action),
			text=self.text or "",
			user=self.user or None,
			due_in=cint(self.due_in),
			template=self.template or None,
		)

	def problems(self) -> Iterator[Problem]:
		"""What keeps the action from being carried out."""
		about = {"stage": self.stage, "user": self.user}
		if self.user and not frappe.db.get_value("User", self.user, "enabled"):
			yield Problem("unknown_user", about)
		if not (self.template if self.action == ActionKind.EMAIL.value else self.text):
			yield Problem("action_without_text", about)
