"""Who was told that a deal is stalled: once per stay in a stage, written by the app only."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class StallNotice(AppendOnly):
	def give(
		self, doctype: str, name: str, stage: str, entered_on: datetime, owner: str, now: datetime
	) -> None:
		"""Write down that the owner of the deal was reminded of this stay.

		Without events: the first run on a large site writes thousands of notices.
		"""
		self.update(
			{
				"document_type": doctype,
				"document_name": name,
				"stage": stage,
				"entered_on": entered_on,
				"reminded_user": owner,
				"reminded_on": now,
			}
		)
		self.set_user_and_timestamp()
		self.set_new_name()
		self.set_docstatus()
		self.db_insert()

	def escalate(self, manager: str, now: datetime) -> None:
		"""Write down that the manager was told, because the reminder did not help."""
		with self.written_by_app():
			self.db_set({"escalated_to": manager, "escalated_on": now})

	def refusal(self) -> tuple[str, str]:
		return (
			_("The daily reminders write these notices. Move the deal on, and a new stay begins."),
			_("Notice Is Final"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique("Stall Notice", ["document_type", "document_name", "entered_on"], "stay")
