"""Choices that hold for every pipeline on the site."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.setup import finance_access


class PipelineSettings(Document):
	def on_update(self) -> None:
		if self.finance_reads_deals:
			finance_access.give()
		else:
			finance_access.take_back()
