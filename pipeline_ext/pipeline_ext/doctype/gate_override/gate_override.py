"""A move past what a gate asks for: why, and until when the evidence is owed."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from pipeline_ext.append_only import AppendOnly
from pipeline_ext.domain.gates import Decision
from pipeline_ext.messages import missing_titles
from pipeline_ext.subjects import Subject


class GateOverride(AppendOnly):
	def grant(self, deal: Document, subject: Subject, decision: Decision, asked: dict) -> None:
		"""Write down the leave that `asked` (reason, owed_by) describes, with a task for what stays owed."""
		self.update(
			{
				"document_type": deal.doctype,
				"document_name": deal.name,
				"pipeline": deal.get(subject.pipeline),
				"from_stage": decision.from_stage,
				"to_stage": decision.to_stage,
				"status": "Owed" if decision.missing else "Nothing Owed",
				"owed_by": asked["owed_by"] if decision.missing else None,
				"overridden_by": frappe.session.user,
				"reason": asked["reason"],
				"missing": missing_titles(decision),
				"criteria": json.dumps([verdict.criterion.key for verdict in decision.missing]),
			}
		)
		if decision.missing:
			self.task = self._make_task(deal.get(subject.owner))
		with self.written_by_app():
			self.insert(ignore_permissions=True)

	def _make_task(self, owner: str | None) -> str:
		enabled = owner and frappe.db.get_value("User", owner, "enabled")
		task = frappe.get_doc(
			{
				"doctype": "ToDo",
				"allocated_to": owner if enabled else frappe.session.user,
				"assigned_by": frappe.session.user,
				"reference_type": self.document_type,
				"reference_name": self.document_name,
				"date": self.owed_by,
				"description": _("Evidence owed for the move to {0}: {1}").format(
					_(self.to_stage), self.missing.replace("\n", ", ")
				),
			}
		)
		return task.insert(ignore_permissions=True).name

	def settle(self) -> None:
		"""The evidence is there now: nothing is owed any more, and the task is done."""
		with self.written_by_app():
			self.db_set({"status": "Settled", "settled_on": now_datetime()})
		if self.task and frappe.db.exists("ToDo", self.task):
			frappe.db.set_value("ToDo", self.task, "status", "Closed")

	def refusal(self) -> tuple[str, str]:
		return (
			_("An override is given with the move it allows, and stays as it was given."),
			_("Override Is Final"),
		)
