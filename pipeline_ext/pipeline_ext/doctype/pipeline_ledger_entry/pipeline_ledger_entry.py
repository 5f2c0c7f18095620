"""One line of a document's ledger: it can be added, never changed or removed."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document


class PipelineLedgerEntry(Document):
	def before_validate(self) -> None:
		self._refuse_change()

	def before_change(self) -> None:
		self._refuse_change()

	def before_rename(self, *_args: Any) -> None:
		self._refuse_change()

	def on_trash(self) -> None:
		self._refuse_change()

	def _refuse_change(self) -> None:
		frappe.throw(
			_("The pipeline ledger only grows, and only by what happens to deals. Nobody writes in it."),
			title=_("Ledger Is Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Pipeline Ledger Entry", ["document_type", "document_name", "sequence"], "document_sequence"
	)
	frappe.db.add_index("Pipeline Ledger Entry", ["stage", "posted_on"], "stage_posted_on")
