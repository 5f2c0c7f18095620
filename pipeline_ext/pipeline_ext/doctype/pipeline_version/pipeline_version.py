"""A published definition of a pipeline: numbered, and never changed."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder.functions import Max

from pipeline_ext.append_only import AppendOnly


class PipelineVersion(AppendOnly):
	def autoname(self) -> None:
		table = frappe.qb.DocType("Pipeline Version")
		latest = (
			frappe.qb.from_(table).select(Max(table.version)).where(table.pipeline == self.pipeline).run()
		)
		self.version = (latest[0][0] or 0) + 1
		self.name = f"{self.pipeline} v{self.version}"

	def on_trash(self) -> None:
		if frappe.db.exists("Pipeline Ledger Entry", {"pipeline_version": self.name}):
			frappe.throw(
				_("Deals have moved under {0}, and their history needs it.").format(self.name),
				title=_("Version in Use"),
			)

	def refusal(self) -> tuple[str, str]:
		return (
			_("A published version never changes, and only publishing a pipeline makes one."),
			_("Version Is Final"),
		)
