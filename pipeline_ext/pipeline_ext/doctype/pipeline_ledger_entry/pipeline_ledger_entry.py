"""One line of a document's ledger: it can be added, never changed or removed."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class PipelineLedgerEntry(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("The pipeline ledger only grows, and only by what happens to deals. Nobody writes in it."),
			_("Ledger Is Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Pipeline Ledger Entry", ["document_type", "document_name", "sequence"], "document_sequence"
	)
	frappe.db.add_index("Pipeline Ledger Entry", ["stage", "posted_on"], "stage_posted_on")
	frappe.db.add_index("Pipeline Ledger Entry", ["would_refuse", "posted_on"], "would_refuse_posted_on")
	frappe.db.add_index("Pipeline Ledger Entry", ["origin", "posted_on"], "origin_posted_on")
