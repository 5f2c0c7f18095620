"""Sales Order: a submitted one brings the deals it comes from to their stage."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.pipeline import Trigger
from pipeline_ext.reports.deals import deals_of_quotations


def on_submit(doc: Document, method: str | None = None) -> None:
	quotations = {row.prevdoc_docname for row in doc.items if row.prevdoc_docname}
	reach(Trigger.ORDER_SUBMITTED, doc, deals_of_quotations(quotations))
