"""A published definition of a pipeline: numbered, and never changed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Max


class PipelineVersion(Document):
	def autoname(self) -> None:
		table = frappe.qb.DocType("Pipeline Version")
		latest = (
			frappe.qb.from_(table).select(Max(table.version)).where(table.pipeline == self.pipeline).run()
		)
		self.version = (latest[0][0] or 0) + 1
		self.name = f"{self.pipeline} v{self.version}"

	def validate(self) -> None:
		if not self.is_new():
			frappe.throw(
				_("A published version never changes. Edit the pipeline and publish it again."),
				title=_("Version Is Final"),
			)

	def on_trash(self) -> None:
		if frappe.db.exists("Pipeline Ledger Entry", {"pipeline_version": self.name}):
			frappe.throw(
				_("Deals have moved under {0}, and their history needs it.").format(self.name),
				title=_("Version in Use"),
			)
