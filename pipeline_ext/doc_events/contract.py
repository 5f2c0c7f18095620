"""Contract: a signed one brings the deals it is about to their stage."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.pipeline import Trigger
from pipeline_ext.reports.deals import deals_of_quotations


def on_submit(doc: Document, method: str | None = None) -> None:
	if doc.is_signed:
		reach(Trigger.CONTRACT_SIGNED, doc, _deals_of(doc))


def on_update_after_submit(doc: Document, method: str | None = None) -> None:
	if doc.is_signed and not doc.get_doc_before_save().is_signed:
		reach(Trigger.CONTRACT_SIGNED, doc, _deals_of(doc))


def _deals_of(contract: Document) -> list[tuple[str, str]]:
	if contract.document_type == "Quotation":
		return deals_of_quotations({contract.document_name})
	if contract.document_type == "Sales Order":
		quotations = frappe.get_all(
			"Sales Order Item", {"parent": contract.document_name}, pluck="prevdoc_docname"
		)
		return deals_of_quotations({name for name in quotations if name})
	return []
