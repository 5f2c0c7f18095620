"""Customer: the lead that has become one is converted."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.pipeline import Trigger


def after_insert(doc: Document, method: str | None = None) -> None:
	if doc.get("lead_name"):
		reach(Trigger.LEAD_CONVERTED, doc, [("Lead", doc.lead_name)])
