"""Opportunity: its amount in company currency, its stage and status in step, the gate and the ledger."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from pipeline_ext.doc_events import gate, recording
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.history import restoring
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.currency import company_amount
from pipeline_ext.reports.gate import outcome_of
from pipeline_ext.subjects import OPPORTUNITY

STATUS_OF_OUTCOME = {Outcome.OPEN: "Open", Outcome.WON: "Converted", Outcome.LOST: "Lost"}


def before_insert(doc: Document, method: str | None = None) -> None:
	restoring.recognise(doc, OPPORTUNITY)


def before_validate(doc: Document, method: str | None = None) -> None:
	if doc.flags.ignore_validate:
		before_save(doc)


def before_save(doc: Document, method: str | None = None) -> None:
	set_company_amount(doc)
	follow_status_to_its_stage(doc)
	gate.enforce(doc, OPPORTUNITY)
	set_status_of_closed_stage(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	recording.record(doc, OPPORTUNITY)


def before_change(doc: Document, method: str | None = None) -> None:
	gate.enforce_direct(doc, OPPORTUNITY)


def on_change(doc: Document, method: str | None = None) -> None:
	recording.record_direct(doc, OPPORTUNITY)


def set_company_amount(doc: Document) -> None:
	"""ERPNext fills the company amount in the browser only; here it holds on every path."""
	before = doc.get_doc_before_save()
	fields = ("opportunity_amount", "currency", "company", "transaction_date", "conversion_rate")
	if before and flt(doc.base_opportunity_amount) == flt(before.base_opportunity_amount):
		if not any(doc.has_value_changed(field) for field in fields):
			return
	doc.base_opportunity_amount = flt(company_amount(doc), doc.precision("base_opportunity_amount"))


def follow_status_to_its_stage(doc: Document) -> None:
	"""A status that closes an open deal, or opens a closed one, takes it to such a stage, past the gate.

	ERPNext's own job closes deals that nobody answers; it is not stopped.
	"""
	before = doc.get_doc_before_save()
	if not before or not doc.pe_pipeline_version or doc.status == before.status:
		return
	wanted = OPPORTUNITY.outcome_of_status.get(doc.status, Outcome.OPEN)
	is_open = outcome_of(doc.pe_pipeline_version, doc.sales_stage) is Outcome.OPEN
	if wanted is not Outcome.OPEN and is_open and not _closes_silent_deal(doc):
		doc.sales_stage = pipelines.definition(doc.pe_pipeline_version).closing(wanted).name
	elif wanted is Outcome.OPEN and not is_open and before.status in OPPORTUNITY.closed_statuses:
		doc.sales_stage = _last_open_stage(doc)


def _closes_silent_deal(doc: Document) -> bool:
	return doc.status == "Closed" and not getattr(frappe.local, "request", None)


def _last_open_stage(doc: Document) -> str:
	"""Where the deal was before it was closed, else where deals start."""
	known = {"document_type": doc.doctype, "document_name": doc.name, "outcome": Outcome.OPEN.value}
	stage = frappe.db.get_value("Pipeline Ledger Entry", known, "stage", order_by="sequence desc")
	pipeline = pipelines.definition(doc.pe_pipeline_version)
	return stage if stage in pipeline else pipeline.first.name


def set_status_of_closed_stage(doc: Document) -> None:
	"""A deal moved to a won or lost stage says so in its status; one moved back to an open stage is open."""
	if doc.flags.pe_decision is None:
		return
	outcome = outcome_of(doc.pe_pipeline_version, doc.sales_stage)
	if OPPORTUNITY.outcome_of_status.get(doc.status, Outcome.OPEN) is not outcome:
		doc.status = STATUS_OF_OUTCOME[outcome]
