"""Lead: the gate on its stage, and its ledger."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.doc_events import gate, recording
from pipeline_ext.history import restoring
from pipeline_ext.subjects import LEAD


def before_insert(doc: Document, method: str | None = None) -> None:
	restoring.recognise(doc, LEAD)


def before_validate(doc: Document, method: str | None = None) -> None:
	if doc.flags.ignore_validate:
		gate.enforce(doc, LEAD)


def before_save(doc: Document, method: str | None = None) -> None:
	gate.enforce(doc, LEAD)


def on_update(doc: Document, method: str | None = None) -> None:
	recording.record(doc, LEAD)


def before_change(doc: Document, method: str | None = None) -> None:
	gate.enforce_direct(doc, LEAD)


def on_change(doc: Document, method: str | None = None) -> None:
	recording.record_direct(doc, LEAD)
