"""The end of one document's chain in the ledger: written with each entry, by nobody else."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class PipelineLedgerTip(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("The end of a chain moves only when the ledger grows. Nobody writes in it."),
			_("Ledger Is Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique("Pipeline Ledger Tip", ["document_type", "document_name"], "document")
	frappe.db.add_index(
		"Pipeline Ledger Tip", ["document_type", "outcome", "expected_close"], "outcome_expected_close"
	)
