"""Plays the demo story on the site, event by event, through the documents' own methods."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatchmethod

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.crm.doctype.lead.lead import make_opportunity
from erpnext.crm.doctype.opportunity.opportunity import make_quotation
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_invoice
from frappe.model.document import Document
from frappe.utils import flt

from pipeline_ext.demo.cast import ACCOUNTANT, BACK_OFFICE, COMPANY, COUNTRY, CURRENCY, STAFF, Person
from pipeline_ext.demo.events import (
	ApprovalAsked,
	ApprovalDecided,
	Deal,
	Delivered,
	Event,
	Invoiced,
	Knowledge,
	LeadAnswered,
	LeadArrived,
	Learned,
	Lost,
	Moved,
	Offered,
	Opened,
	Ordered,
	Paid,
	QuestionAnswered,
	QuestionAsked,
	QuoteChanged,
	QuoteDrafted,
	QuoteRevised,
	QuoteSent,
)
from pipeline_ext.demo.life import LOST
from pipeline_ext.demo.masters import MODE_OF_PAYMENT, SELLING, STORES, TERRITORY, UNIT, new, series
from pipeline_ext.demo.quiet import act_as, with_defaults


class Player:
	"""Turns events into documents and remembers which document stands for what."""

	def __init__(self) -> None:
		self.leads: dict[int, str] = {}
		self.opportunities: dict[int, str] = {}
		self.quotations: dict[int, str] = {}
		self.orders: dict[int, str] = {}
		self.deliveries: dict[int, str] = {}
		self.invoices: dict[int, str] = {}

	def play(self, event: Event) -> None:
		"""Let one event happen, done by whoever does such things, on its day."""
		act_as(actor_of(event).email, event.at)
		self._happen(event)

	@singledispatchmethod
	def _happen(self, event: Event) -> None:
		raise TypeError(f"no way to play {type(event).__name__}")

	@_happen.register
	def _(self, event: LeadArrived) -> None:
		lead, organisation = event.lead, event.lead.organisation
		doc = new(
			"Lead",
			naming_series=series("LEAD", event.at),
			first_name=organisation.first_name,
			last_name=organisation.last_name,
			company_name=organisation.name,
			email_id=organisation.email,
			source=lead.source,
			industry=organisation.industry,
			city=organisation.town,
			country=COUNTRY,
			territory=TERRITORY,
			company=COMPANY,
			lead_owner=lead.rep.email,
		).insert()
		self.leads[lead.number] = doc.name

	@_happen.register
	def _(self, event: LeadAnswered) -> None:
		lead = frappe.get_doc("Lead", self.leads[event.lead.number])
		lead.status = event.status.value
		lead.save()

	@_happen.register
	def _(self, event: Opened) -> None:
		deal = event.deal
		opportunity = self._opportunity_of_lead(deal) if deal.lead else _opportunity_of_customer(deal)
		opportunity.update(
			{
				"naming_series": series("OPP", event.at),
				"title": f"{deal.organisation.name}: {deal.lines[0].product.name}",
				"company": COMPANY,
				"currency": CURRENCY,
				"transaction_date": event.at.date(),
				"opportunity_owner": deal.rep.email,
				"source": deal.source,
			}
		)
		_learn(opportunity, deal, event.knowledge)
		opportunity.save()
		self.opportunities[deal.number] = opportunity.name

	@_happen.register
	def _(self, event: Learned) -> None:
		opportunity = self._opportunity(event.deal)
		_learn(opportunity, event.deal, event.knowledge)
		opportunity.save()

	@_happen.register
	def _(self, event: Moved) -> None:
		opportunity = self._opportunity(event.deal)
		_learn(opportunity, event.deal, event.knowledge)
		opportunity.sales_stage = event.stage
		opportunity.save()

	@_happen.register
	def _(self, event: QuoteDrafted) -> None:
		quotation = make_quotation(
			self.opportunities[event.deal.number], new("Quotation", selling_price_list=SELLING)
		)
		quotation.update(
			{
				"naming_series": series("QTN", event.at),
				"selling_price_list": SELLING,
				"opportunity": self.opportunities[event.deal.number],
				"ignore_pricing_rule": 1,
				"disable_rounded_total": 1,
			}
		)
		_offer(quotation, event)
		quotation.insert()
		self.quotations[event.deal.number] = quotation.name

	@_happen.register
	def _(self, event: QuoteChanged) -> None:
		quotation = self._quotation(event.deal)
		_offer(quotation, event)
		quotation.save()

	@_happen.register
	def _(self, event: QuoteRevised) -> None:
		with with_defaults():
			made = frappe.call("pipeline_ext.api.make_revision", quotation=self.quotations[event.deal.number])
		self.quotations[event.deal.number] = made
		revision = self._quotation(event.deal)
		_offer(revision, event)
		revision.save()

	@_happen.register
	def _(self, event: ApprovalAsked) -> None:
		quotation = self.quotations[event.deal.number]
		frappe.call("pipeline_ext.api.request_approval", quotation=quotation, comment=event.comment)

	@_happen.register
	def _(self, event: QuestionAsked) -> None:
		approval, asked = self._waiting(event.deal)
		act_as(asked, event.at)
		frappe.call("pipeline_ext.api.ask_question", approval=approval, question=event.question)

	@_happen.register
	def _(self, event: QuestionAnswered) -> None:
		approval, _asked = self._waiting(event.deal)
		frappe.call("pipeline_ext.api.answer_question", approval=approval, answer=event.answer)

	@_happen.register
	def _(self, event: ApprovalDecided) -> None:
		"""Whoever is asked says the same; the first no is enough."""
		decision = "approve" if event.approved else "reject"
		while waiting := self._waiting(event.deal):
			approval, asked = waiting
			act_as(asked, event.at)
			frappe.call(
				"pipeline_ext.api.decide", approval=approval, decision=decision, comment=event.comment
			)

	@_happen.register
	def _(self, event: QuoteSent) -> None:
		self._quotation(event.deal).submit()

	@_happen.register
	def _(self, event: Ordered) -> None:
		order = self._order_from(self.quotations[event.deal.number])
		order.update(
			{
				"naming_series": series("SO", event.at),
				"transaction_date": event.at.date(),
				"delivery_date": event.deliver_by,
				"set_warehouse": STORES,
				"ignore_pricing_rule": 1,
				"payment_schedule": [],
			}
		)
		for row in order.items:
			row.update({"delivery_date": event.deliver_by, "warehouse": STORES})
		order.insert()
		order.submit()
		self.orders[event.deal.number] = order.name

	@_happen.register
	def _(self, event: Lost) -> None:
		reasons = [{"lost_reason": event.reason}]
		competitors = [{"competitor": event.competitor}] if event.competitor else []
		if event.deal.number in self.quotations:
			quotation = self._quotation(event.deal)
			quotation.declare_enquiry_lost(reasons, competitors, event.detail)
		opportunity = self._opportunity(event.deal)
		opportunity.update(
			{
				"lost_reasons": reasons,
				"competitors": competitors,
				"order_lost_reason": event.detail,
				"sales_stage": LOST,
				"status": "Lost",
			}
		)
		opportunity.save()

	@_happen.register
	def _(self, event: Delivered) -> None:
		delivery = make_delivery_note(self.orders[event.deal.number])
		_post(delivery, "DN", event.at)
		self.deliveries[event.deal.number] = delivery.name

	@_happen.register
	def _(self, event: Invoiced) -> None:
		invoice = make_sales_invoice(self.deliveries[event.deal.number])
		invoice.due_date = event.due_by
		invoice.payment_schedule = []
		_post(invoice, "INV", event.at)
		self.invoices[event.deal.number] = invoice.name

	@_happen.register
	def _(self, event: Paid) -> None:
		payment = get_payment_entry("Sales Invoice", self.invoices[event.deal.number])
		amount = flt(payment.paid_amount * event.share, 2)
		payment.update({"paid_amount": amount, "received_amount": amount})
		payment.references[0].allocated_amount = amount
		payment.update(
			{
				"mode_of_payment": MODE_OF_PAYMENT,
				"reference_no": f"BACS {event.at:%y%m%d%H%M}",
				"reference_date": event.at.date(),
			}
		)
		_post(payment, "PAY", event.at)

	def _opportunity(self, deal: Deal) -> Document:
		return frappe.get_doc("Opportunity", self.opportunities[deal.number])

	def _quotation(self, deal: Deal) -> Document:
		return frappe.get_doc("Quotation", self.quotations[deal.number])

	def _waiting(self, deal: Deal) -> tuple[str, str] | None:
		"""(the request that waits, one of the company who is asked now); None where nothing waits."""
		waiting = {"quotation": self.quotations[deal.number], "status": "Pending"}
		approval = frappe.db.get_value("Quote Approval", waiting)
		steps = {"parent": approval or "", "status": "Pending"}
		asked = frappe.get_all("Quote Approval Step", steps, pluck="asked")
		people = {person.email for person in STAFF}
		colleagues = (user for users in asked for user in users.split() if user in people)
		return (approval, next(colleagues)) if asked else None

	def _opportunity_of_lead(self, deal: Deal) -> Document:
		opportunity = make_opportunity(self.leads[deal.lead.number])
		opportunity.update({"contact_person": None, "contact_email": None, "contact_mobile": None})
		return opportunity

	def _order_from(self, quotation: str) -> Document:
		"""ERPNext makes no order from a quote that has expired by now, so for a moment it has not."""
		valid_till = frappe.db.get_value("Quotation", quotation, "valid_till")
		frappe.db.set_value("Quotation", quotation, "valid_till", None, update_modified=False)
		order = make_sales_order(quotation)
		frappe.db.set_value("Quotation", quotation, "valid_till", valid_till, update_modified=False)
		return order


def actor_of(event: Event) -> Person:
	"""Who does that kind of thing."""
	if isinstance(event, Invoiced | Paid):
		return ACCOUNTANT
	if isinstance(event, Delivered):
		return BACK_OFFICE
	return event.lead.rep if isinstance(event, LeadArrived | LeadAnswered) else event.deal.rep


def _opportunity_of_customer(deal: Deal) -> Document:
	customer = frappe.db.get_value(
		"Customer", {"customer_name": deal.organisation.name, "territory": TERRITORY}
	)
	return new("Opportunity", opportunity_from="Customer", party_name=customer)


def _learn(opportunity: Document, deal: Deal, knowledge: Knowledge) -> None:
	if knowledge.contact:
		opportunity.contact_email = deal.organisation.email
		opportunity.contact_person = _contact_at(opportunity)
	if knowledge.amount is not None:
		opportunity.opportunity_amount = knowledge.amount
	if knowledge.closing:
		opportunity.expected_closing = knowledge.closing
	if knowledge.items:
		opportunity.set("items", [])
		for line in deal.lines:
			opportunity.append(
				"items",
				{
					"item_code": line.product.code,
					"qty": line.qty,
					"uom": UNIT,
					"rate": line.product.price,
				},
			)


def _contact_at(opportunity: Document) -> str | None:
	link = {
		"link_doctype": opportunity.opportunity_from,
		"link_name": opportunity.party_name,
		"parenttype": "Contact",
	}
	return frappe.db.get_value("Dynamic Link", link, "parent")


def _post(doc: Document, document: str, at: datetime) -> None:
	"""Submit a document that posts to the books, at its own time."""
	doc.update(
		{
			"naming_series": series(document, at),
			"set_posting_time": 1,
			"posting_date": at.date(),
			"posting_time": str(at.time()),
		}
	)
	doc.insert()
	doc.submit()


def _offer(quotation: Document, event: Offered) -> None:
	"""Date the draft and discount its lines."""
	quotation.update(
		{"transaction_date": event.at.date(), "valid_till": event.valid_till, "payment_schedule": []}
	)
	for row, line in zip(quotation.items, event.deal.lines, strict=True):
		row.update(
			{
				"price_list_rate": line.product.price,
				"discount_percentage": event.discount,
				"rate": flt(line.product.price * (1 - event.discount / 100), row.precision("rate")),
			}
		)
