"""A visit to a stage that is over: written with the ledger entry that ended it, by nobody else."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class PipelineStageVisit(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("Visits to stages are written down as the ledger grows. Nobody writes in them."),
			_("Ledger Is Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Pipeline Stage Visit", ["document_type", "document_name", "sequence"], "document_sequence"
	)
