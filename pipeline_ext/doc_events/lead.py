"""Lead: the gate on its stage, and its ledger."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.doc_events import gate
from pipeline_ext.subjects import LEAD


def before_save(doc: Document, method: str | None = None) -> None:
	gate.enforce(doc, LEAD)


def on_update(doc: Document, method: str | None = None) -> None:
	gate.record(doc, LEAD)
