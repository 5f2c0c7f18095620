"""Choices that hold for every pipeline on the site."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_time

from pipeline_ext.setup import finance_access


class PipelineSettings(Document):
	def validate(self) -> None:
		starts, ends = self.working_day_starts, self.working_day_ends
		if starts and ends and get_time(starts) >= get_time(ends):
			frappe.throw(
				_("A working day ends after it starts. Change one of the times."),
				title=_("Working Day Ends Too Early"),
			)

	def on_update(self) -> None:
		if self.finance_reads_deals:
			finance_access.give()
		else:
			finance_access.take_back()
