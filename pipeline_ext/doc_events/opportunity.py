"""Opportunity: its amount in company currency, its stage and status in step, the gate and the ledger."""

from __future__ import annotations

from frappe import get_cached_value
from frappe.model.document import Document
from frappe.utils import flt, getdate

from pipeline_ext.doc_events import gate, recording
from pipeline_ext.doc_events.triggers import reach
from pipeline_ext.domain.pipeline import Outcome, Trigger
from pipeline_ext.history import restoring
from pipeline_ext.reports import currency, pipelines
from pipeline_ext.reports.gate import outcome_of, stage_of
from pipeline_ext.subjects import OPPORTUNITY

STATUS_OF_OUTCOME = {Outcome.WON: "Converted", Outcome.LOST: "Lost"}
OUTCOME_OF_STATUS = {status: outcome for outcome, status in STATUS_OF_OUTCOME.items()}


def before_insert(doc: Document, method: str | None = None) -> None:
	restoring.recognise(doc, OPPORTUNITY)


def before_validate(doc: Document, method: str | None = None) -> None:
	if doc.flags.ignore_validate:
		before_save(doc)


def before_save(doc: Document, method: str | None = None) -> None:
	set_company_amount(doc)
	move_closed_deal_to_its_stage(doc)
	gate.enforce(doc, OPPORTUNITY)
	set_status_of_closed_stage(doc)


def after_insert(doc: Document, method: str | None = None) -> None:
	if doc.opportunity_from == "Lead" and doc.party_name:
		reach(Trigger.LEAD_CONVERTED, doc, [("Lead", doc.party_name)])


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
	company_currency = get_cached_value("Company", doc.company, "default_currency")
	rate = currency.rate(doc.currency, company_currency, getdate(doc.transaction_date))
	doc.base_opportunity_amount = flt(
		flt(doc.opportunity_amount) * (rate or flt(doc.conversion_rate)),
		doc.precision("base_opportunity_amount"),
	)


def move_closed_deal_to_its_stage(doc: Document) -> None:
	"""A status that is set to lost or converted takes an open deal to that stage, past the gate there.

	Closed is what ERPNext's own job says of deals that nobody answers: it asks for nothing.
	"""
	before = doc.get_doc_before_save()
	outcome = OUTCOME_OF_STATUS.get(doc.status)
	if not before or not doc.pe_pipeline_version or outcome is None or doc.status == before.status:
		return
	stage = stage_of(doc.pe_pipeline_version, doc.sales_stage)
	if stage is None or stage.outcome is Outcome.OPEN:
		doc.sales_stage = pipelines.definition(doc.pe_pipeline_version).closing(outcome).name


def set_status_of_closed_stage(doc: Document) -> None:
	"""A deal moved to a won or lost stage says so in its status; one moved back to an open stage is open."""
	decision = doc.flags.pe_decision
	if decision is None:
		return
	outcome = outcome_of(doc.pe_pipeline_version, doc.sales_stage)
	came_from = outcome_of(doc.pe_pipeline_version, decision.from_stage)
	if outcome is not Outcome.OPEN:
		doc.status = STATUS_OF_OUTCOME[outcome]
	elif came_from is not Outcome.OPEN and doc.status in STATUS_OF_OUTCOME.values():
		doc.status = "Open"
