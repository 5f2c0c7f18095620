"""One line of a document's ledger: it can be added, never changed or removed."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly
from pipeline_ext.history.naming import named_after


class PipelineLedgerEntry(AppendOnly):
	def autoname(self) -> None:
		self.name = named_after(self.document_name)

	def refusal(self) -> tuple[str, str]:
		return (
			_("The pipeline ledger only grows, and only by what happens to deals. Nobody writes in it."),
			_("Ledger Is Append-Only"),
		)


INDEXES = {
	"stage_posted_on": ("stage", "posted_on"),
	"would_refuse_posted_on": ("would_refuse", "posted_on"),
	"origin_posted_on": ("origin", "posted_on"),
	"changes_posted_on": ("document_type", "changes(20)", "posted_on"),
	"posted_on_document": ("document_type", "posted_on", "document_name", "sequence", "outcome"),
	"expected_close_category": (
		"document_type",
		"outcome",
		"expected_close",
		"forecast_category",
		"posted_on",
	),
}


def on_doctype_update() -> None:
	of_document = ["document_type", "document_name", "sequence"]
	frappe.db.add_unique("Pipeline Ledger Entry", of_document, "document_sequence")
	for name, columns in INDEXES.items():
		frappe.db.add_index("Pipeline Ledger Entry", list(columns), name)
