"""Opportunity: its amount in company currency, its stage and status in step, and the gate."""

from __future__ import annotations

from frappe import get_cached_value
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from pipeline_ext.doc_events import gate
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import currency, pipelines
from pipeline_ext.reports.gate import outcome_of
from pipeline_ext.subjects import OPPORTUNITY

STATUS_OF_OUTCOME = {Outcome.WON: "Converted", Outcome.LOST: "Lost"}


def before_save(doc: Document, method: str | None = None) -> None:
	set_company_amount(doc)
	count_close_date_pushes(doc)
	move_lost_deal_to_lost_stage(doc)
	gate.enforce(doc, OPPORTUNITY)
	set_status_of_closed_stage(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	gate.record(doc, OPPORTUNITY)


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


def count_close_date_pushes(doc: Document) -> None:
	"""A push is an expected close that moves later."""
	before = doc.get_doc_before_save()
	pushes = cint(before.pe_close_date_pushes) if before else 0
	if before and before.expected_closing and doc.expected_closing:
		pushes += getdate(doc.expected_closing) > getdate(before.expected_closing)
	doc.pe_close_date_pushes = pushes


def move_lost_deal_to_lost_stage(doc: Document) -> None:
	"""ERPNext's "Set as Lost" changes the status only: the deal goes to the lost stage with it."""
	before = doc.get_doc_before_save()
	if not before or not doc.pe_pipeline_version or doc.status != "Lost" or before.status == "Lost":
		return
	if outcome_of(doc.pe_pipeline_version, doc.sales_stage) is Outcome.OPEN:
		doc.sales_stage = pipelines.definition(doc.pe_pipeline_version).closing(Outcome.LOST).name


def set_status_of_closed_stage(doc: Document) -> None:
	"""A deal moved to a won or lost stage says so in its status; one moved back to an open stage is open."""
	decision = doc.flags.pe_decision
	if not decision:
		return
	outcome = outcome_of(doc.pe_pipeline_version, doc.sales_stage)
	came_from = outcome_of(doc.pe_pipeline_version, decision.from_stage)
	if outcome is not Outcome.OPEN:
		doc.status = STATUS_OF_OUTCOME[outcome]
	elif came_from is not Outcome.OPEN and doc.status in STATUS_OF_OUTCOME.values():
		doc.status = "Open"
