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


INDEXES = {
	"outcome_expected_close": ("document_type", "outcome", "expected_close"),
	"outcome_since": ("document_type", "outcome", "outcome_since"),
}


def on_doctype_update() -> None:
	frappe.db.add_unique("Pipeline Ledger Tip", ["document_type", "document_name"], "document")
	for name, columns in INDEXES.items():
		frappe.db.add_index("Pipeline Ledger Tip", list(columns), name)
