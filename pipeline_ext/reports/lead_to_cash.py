"""One row per deal, from lead to cash, as far as the reader may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Criterion, DocType
from frappe.utils import cint, flt, getdate
from pypika.queries import QueryBuilder

from pipeline_ext.domain.lead_to_cash import (
	ItemRow,
	Key,
	OrderProgress,
	Share,
	Standing,
	allocate,
	outstanding_after_advances,
	standing,
	trace,
)

PARTY_TYPES = ("Customer", "Lead", "Prospect")
FIRST, LAST = 0, -1


@dataclass(frozen=True)
class LeadToCash:
	"""The deals' rows, and what had to be left out of them for want of permission."""

	rows: list[dict[str, Any]]
	currency: str
	unreadable: tuple[str, ...]
	withheld: int


def rows(filters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
	"""One row per deal, the latest first; amounts in the company's currency, None where not readable."""
	return read(filters).rows


def read(filters: Mapping[str, Any] | None = None) -> LeadToCash:
	"""The rows, with what the reader may not see."""
	chosen = Filters.parse(filters or {})
	reader = Reader()
	deals = _deals(chosen)
	leads = _leads(deals, reader)
	chain = _follow(deals, chosen.company, reader)
	found = [_row(deal, leads.get(deal.name), chain) for deal in deals]
	return LeadToCash(
		rows=[row for row in found if chosen.keeps(row)],
		currency=chain.currency,
		unreadable=tuple(reader.unreadable),
		withheld=reader.withheld,
	)


def source_field() -> str:
	"""The Opportunity field that says where a deal came from: `source`, in ERPNext 16 `utm_source`."""
	return "utm_source" if frappe.get_meta("Opportunity").has_field("utm_source") else "source"


# Filters


@dataclass(frozen=True)
class Filters:
	"""What the reader asked for, checked."""

	company: str
	from_date: date | None
	to_date: date | None
	owner: str | None
	party_type: str | None
	party: str | None
	reached: Standing | None
	only_open: bool

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Filters:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		from_date, to_date = _period(filters)
		return cls(
			company=_company(filters),
			from_date=from_date,
			to_date=to_date,
			owner=filters.get("opportunity_owner") or None,
			party_type=_party_type(filters),
			party=filters.get("party") or None,
			reached=_reached(filters),
			only_open=bool(cint(filters.get("only_open"))),
		)

	def keeps(self, row: Mapping[str, Any]) -> bool:
		"""Whether a row is as far along, and as unpaid, as was asked for."""
		if self.reached and not Standing(row["standing"]).reached(self.reached):
			return False
		return not self.only_open or flt(row["outstanding"]) > 0


def _company(filters: Mapping[str, Any]) -> str:
	company = filters.get("company") or frappe.defaults.get_user_default("Company")
	if not company:
		frappe.throw(_("Choose a company: amounts are shown in its currency."), title=_("Company Missing"))
	if not frappe.db.exists("Company", company):
		frappe.throw(
			_("There is no company {0}. Choose one from the list.").format(frappe.bold(company)),
			title=_("Unknown Company"),
		)
	return company


def _period(filters: Mapping[str, Any]) -> tuple[date | None, date | None]:
	from_date = getdate(filters["from_date"]) if filters.get("from_date") else None
	to_date = getdate(filters["to_date"]) if filters.get("to_date") else None
	if from_date and to_date and from_date > to_date:
		frappe.throw(
			_("From Date {0} is after To Date {1}. Swap them.").format(
				frappe.format(from_date, "Date"), frappe.format(to_date, "Date")
			),
			title=_("Dates the Wrong Way Round"),
		)
	return from_date, to_date


def _party_type(filters: Mapping[str, Any]) -> str | None:
	party_type = filters.get("party_type") or None
	if filters.get("party") and party_type not in PARTY_TYPES:
		frappe.throw(
			_("Say what {0} is: a Customer, a Lead or a Prospect.").format(frappe.bold(filters["party"])),
			title=_("Party Type Missing"),
		)
	return party_type


def _reached(filters: Mapping[str, Any]) -> Standing | None:
	if not filters.get("reached"):
		return None
	try:
		return Standing(filters["reached"])
	except ValueError:
		frappe.throw(
			_("{0} is no step between lead and cash. Choose one from the list.").format(
				frappe.bold(filters["reached"])
			),
			title=_("Unknown Step"),
		)


# What the reader may see


class Reader:
	"""Reads documents as the session's user may, and remembers what had to be left out."""

	def __init__(self) -> None:
		self.unreadable: list[str] = []
		self.withheld = 0

	def documents(
		self, doctype: str, names: Iterable[str], fields: Sequence[str]
	) -> dict[str, frappe._dict] | None:
		"""The named documents by name, oldest first by the first field; None without read permission."""
		if not frappe.has_permission(doctype, "read"):
			self.unreadable.append(doctype)
			return None
		wanted = set(names)
		if not wanted:
			return {}
		found = frappe.get_list(
			doctype,
			filters={"name": ["in", sorted(wanted)]},
			fields=["name", *fields],
			order_by=f"{fields[0]} asc, creation asc",
			limit_page_length=0,
		)
		self.withheld += len(wanted) - len(found)
		return {document.name: document for document in found}


# Deals and their leads


def _deals(filters: Filters) -> list[frappe._dict]:
	conditions: list[list[Any]] = [["company", "=", filters.company]]
	if filters.from_date:
		conditions.append(["transaction_date", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["transaction_date", "<=", filters.to_date])
	if filters.owner:
		conditions.append(["opportunity_owner", "=", filters.owner])
	return frappe.get_list(
		"Opportunity",
		filters=conditions + _party_conditions(filters),
		fields=[
			"name",
			"title",
			"opportunity_from",
			"party_name",
			f"{source_field()} as source",
			"opportunity_owner",
			"sales_stage",
			"status",
			"transaction_date",
			"base_opportunity_amount",
			"opportunity_amount",
			"conversion_rate",
		],
		order_by="transaction_date desc, creation desc",
		limit_page_length=0,
	)


def _party_conditions(filters: Filters) -> list[list[Any]]:
	"""A customer's deals include those of the lead or prospect that became it."""
	if filters.party_type != "Customer":
		conditions = [["opportunity_from", "=", filters.party_type], ["party_name", "=", filters.party]]
		return [condition for condition in conditions if condition[2]]
	if not filters.party:
		return [["opportunity_from", "=", "Customer"]]
	origins = frappe.db.get_value("Customer", filters.party, ["lead_name", "prospect_name"]) or ()
	return [["party_name", "in", [filters.party, *filter(None, origins)]]]


def _leads(deals: Sequence[frappe._dict], reader: Reader) -> dict[str, frappe._dict]:
	"""The lead behind each deal: the party itself, or the first lead of the prospect."""
	of_prospect = _first_leads([deal.party_name for deal in deals if deal.opportunity_from == "Prospect"])
	lead_of = {
		deal.name: deal.party_name if deal.opportunity_from == "Lead" else of_prospect[deal.party_name]
		for deal in deals
		if deal.opportunity_from == "Lead" or deal.party_name in of_prospect
	}
	documents = reader.documents("Lead", lead_of.values(), ["creation"]) or {}
	return {deal: documents[lead] for deal, lead in lead_of.items() if lead in documents}


def _first_leads(prospects: list[str]) -> dict[str, str]:
	if not prospects:
		return {}
	member = DocType("Prospect Lead")
	members = (
		frappe.qb.from_(member)
		.select(member.parent, member.lead)
		.where(member.parent.isin(prospects))
		.orderby(member.idx, order=frappe.qb.desc)
		.run()
	)
	return dict(members)


# The documents on the way


@dataclass(frozen=True)
class Step:
	"""A kind of document on the way, and the fields that say what its item rows were made from.

	Each link is (field, DocType it names): of a row naming a row, of a row naming a document, and of the
	document itself; the exact ones count first.
	"""

	doctype: str
	dated: str
	document_links: tuple[tuple[str, str], ...]
	row_links: tuple[tuple[str, str], ...] = ()
	header_links: tuple[tuple[str, str], ...] = ()
	fields: tuple[str, ...] = ()


QUOTATION = Step(
	"Quotation",
	dated="transaction_date",
	document_links=(("prevdoc_docname", "Opportunity"),),
	header_links=(("opportunity", "Opportunity"),),
)
ORDER = Step(
	"Sales Order",
	dated="transaction_date",
	row_links=(("quotation_item", "Quotation Item"),),
	document_links=(("prevdoc_docname", "Quotation"),),
	fields=("per_delivered", "per_billed"),
)
DELIVERY = Step(
	"Delivery Note",
	dated="posting_date",
	row_links=(("so_detail", "Sales Order Item"),),
	document_links=(("against_sales_order", "Sales Order"),),
)
INVOICE = Step(
	"Sales Invoice",
	dated="posting_date",
	row_links=(("so_detail", "Sales Order Item"), ("dn_detail", "Delivery Note Item")),
	document_links=(("sales_order", "Sales Order"), ("delivery_note", "Delivery Note")),
	fields=("outstanding_amount", "party_account_currency", "conversion_rate", "update_stock"),
)


@dataclass(frozen=True, slots=True)
class Part:
	"""An amount of a document: all of it, or what one deal has of it."""

	document: frappe._dict
	on: date
	amount: float


Parts = Mapping[str, list[Part]]
"""Parts by deal, the oldest first."""


@dataclass(frozen=True)
class Chain:
	"""What the deals have of each kind of document; None for a kind the reader may not read."""

	currency: str
	quoted: Parts | None
	ordered: Parts | None
	delivered: Parts | None
	invoiced: Parts | None
	due: Parts | None
	paid: Parts | None


def _follow(deals: Sequence[frappe._dict], company: str, reader: Reader) -> Chain:
	trail = Trail(deals, company, reader)
	quotations, orders, deliveries, invoices = map(trail.follow, (QUOTATION, ORDER, DELIVERY, INVOICE))
	return Chain(
		currency=trail.currency,
		quoted=trail.parts(QUOTATION, quotations, _total),
		ordered=trail.parts(ORDER, orders, _total),
		delivered=trail.parts(DELIVERY, deliveries, _total),
		invoiced=trail.parts(INVOICE, invoices, _total),
		due=trail.parts(INVOICE, invoices, trail.due),
		paid=trail.payments(),
	)


def _total(document: frappe._dict) -> float:
	"""What a document comes to in company currency, taxes included, rounded if the company rounds."""
	return document.base_rounded_total or document.base_grand_total


class Trail:
	"""Follows deals from document to document and splits amounts between them.

	Links are followed whether the reader may see the documents or not; amounts are only read where he may.
	"""

	def __init__(self, deals: Sequence[frappe._dict], company: str, reader: Reader) -> None:
		self.company = company
		self.currency = frappe.get_cached_value("Company", company, "default_currency")
		self.precision = frappe.get_precision("Sales Invoice", "base_grand_total")
		self.reader = reader
		self.shares: dict[Key, Share] = {("Opportunity", deal.name): {deal.name: 1.0} for deal in deals}

	def follow(self, step: Step) -> dict[str, frappe._dict] | None:
		"""Take one step: find the documents made from what was found so far, and read them."""
		self.shares.update(trace(self._item_rows(step), self.shares))
		return self.reader.documents(
			step.doctype,
			self._found(step.doctype),
			[step.dated, "base_grand_total", "base_rounded_total", *step.fields],
		)

	def parts(
		self,
		step: Step,
		documents: Mapping[str, frappe._dict] | None,
		amount: Callable[[frappe._dict], float],
	) -> Parts | None:
		"""What each deal has of some amount of the documents."""
		if documents is None:
			return None
		return self._split(
			((step.doctype, name), Part(document, document[step.dated], amount(document)))
			for name, document in documents.items()
		)

	def due(self, invoice: frappe._dict) -> float:
		"""What an invoice still awaits, in company currency."""
		foreign = invoice.party_account_currency not in (None, "", self.currency)
		return flt(invoice.outstanding_amount) * (flt(invoice.conversion_rate) if foreign else 1)

	def payments(self) -> Parts | None:
		"""What was paid on invoices, and on orders in advance."""
		references = self._payment_references()
		documents = self.reader.documents(
			"Payment Entry", (reference.parent for reference in references), ["posting_date"]
		)
		if documents is None:
			return None
		return self._split(
			(
				(reference.reference_doctype, reference.reference_name),
				Part(reference, documents[reference.parent].posting_date, _allocated(reference)),
			)
			for reference in references
			if reference.parent in documents
		)

	def _found(self, doctype: str) -> list[str]:
		return [name for kind, name in self.shares if kind == doctype]

	def _split(self, wholes: Iterable[tuple[Key, Part]]) -> Parts:
		by_deal = defaultdict(list)
		for key, whole in sorted(wholes, key=lambda pair: pair[1].on):
			for deal, amount in allocate(whole.amount, self.shares[key], self.precision).items():
				if deal is not None:
					by_deal[deal].append(Part(whole.document, whole.on, amount))
		return by_deal

	def _item_rows(self, step: Step) -> list[ItemRow]:
		"""All rows of each submitted document that has a row made from what was found so far."""
		item, header = DocType(f"{step.doctype} Item"), DocType(step.doctype)
		row_fields = [field for field, _doctype in (*step.row_links, *step.document_links)]
		header_fields = [field for field, _doctype in step.header_links]
		linked = self._linked(step)
		if linked is None:
			return []
		rows = (
			frappe.qb.from_(item)
			.join(header)
			.on(header.name == item.parent)
			.select(item.name, item.parent, item.base_net_amount)
			.select(*(item[field] for field in row_fields), *(header[field] for field in header_fields))
			.where(item.parent.isin(linked))
			.orderby(item.parent, item.idx)
			.run(as_dict=True)
		)
		return [_item_row(step, row) for row in rows]

	def _linked(self, step: Step) -> QueryBuilder | None:
		"""The names of the documents a step leads to, as a subquery; None if there is nothing to start from."""
		item, header = DocType(f"{step.doctype} Item"), DocType(step.doctype)
		links = [(item[field], self._found(doctype)) for field, doctype in step.document_links]
		links += [(header[field], self._found(doctype)) for field, doctype in step.header_links]
		made_from = [field.isin(names) for field, names in links if names]
		if not made_from:
			return None
		return (
			frappe.qb.from_(item)
			.join(header)
			.on(header.name == item.parent)
			.select(item.parent)
			.where((header.docstatus == 1) & (header.company == self.company))
			.where(Criterion.any(made_from))
		)

	def _payment_references(self) -> list[frappe._dict]:
		reference = DocType("Payment Entry Reference")
		paid_for = [
			(reference.reference_doctype == doctype) & reference.reference_name.isin(names)
			for doctype in (ORDER.doctype, INVOICE.doctype)
			if (names := self._found(doctype))
		]
		if not paid_for:
			return []
		return (
			frappe.qb.from_(reference)
			.select(
				reference.parent,
				reference.reference_doctype,
				reference.reference_name,
				reference.allocated_amount,
				reference.exchange_rate,
			)
			.where(reference.docstatus == 1)
			.where(Criterion.any(paid_for))
			.run(as_dict=True)
		)


def _item_row(step: Step, row: frappe._dict) -> ItemRow:
	links = (*step.row_links, *step.document_links, *step.header_links)
	return ItemRow(
		key=(f"{step.doctype} Item", row.name),
		document=(step.doctype, row.parent),
		amount=flt(row.base_net_amount),
		sources=tuple((doctype, row[field]) for field, doctype in links if row[field]),
	)


def _allocated(reference: frappe._dict) -> float:
	"""What a payment settles, in company currency at the rate of the invoice or the advance."""
	return flt(reference.allocated_amount) * (flt(reference.exchange_rate) or 1)


# Rows


def _row(deal: frappe._dict, lead: frappe._dict | None, chain: Chain) -> dict[str, Any]:
	quotes, orders, deliveries, invoices, payments = (
		_parts_of(deal, parts)
		for parts in (chain.quoted, chain.ordered, chain.delivered, chain.invoiced, chain.paid)
	)
	goods = _goods_out(deliveries, invoices)
	invoiced, outstanding = _sum(invoices), _outstanding(_parts_of(deal, chain.due), payments)
	progress = [OrderProgress(part.document.per_delivered, part.document.per_billed) for part in orders or ()]
	where = standing(bool(quotes), progress, invoiced or 0, outstanding)
	return {
		"opportunity": deal.name,
		"title": deal.title,
		"party_type": deal.opportunity_from,
		"party": deal.party_name,
		"lead": lead and lead.name,
		"source": deal.source,
		"opportunity_owner": deal.opportunity_owner,
		"sales_stage": deal.sales_stage,
		"status": deal.status,
		"standing": where.value,
		"currency": chain.currency,
		"amount": _deal_amount(deal),
		"created_on": deal.transaction_date,
		"quotation": _name(quotes, LAST),
		"quoted": _sum(quotes and quotes[LAST:]),
		"quoted_on": _on(quotes, LAST),
		"sales_order": _name(orders, FIRST),
		"sales_orders": _count(orders),
		"ordered": _sum(orders),
		"ordered_on": _on(orders, FIRST),
		"delivered": _sum(goods),
		"delivered_on": _on(goods, LAST),
		"sales_invoice": _name(invoices, FIRST),
		"sales_invoices": _count(invoices),
		"invoiced": invoiced,
		"invoiced_on": _on(invoices, FIRST),
		"paid": _sum(payments),
		"paid_on": _on(payments, LAST),
		"outstanding": outstanding,
		"days": _days(deal, lead, payments if where is Standing.PAID else None),
	}


def _parts_of(deal: frappe._dict, parts: Parts | None) -> list[Part] | None:
	return None if parts is None else parts.get(deal.name, [])


def _sum(parts: list[Part] | None) -> float | None:
	return None if parts is None else _clean(sum(part.amount for part in parts))


def _clean(amount: float) -> float:
	"""Without the noise that binary fractions leave in a sum."""
	return round(amount, 6)


def _count(parts: list[Part] | None) -> int | None:
	return None if parts is None else len(parts)


def _name(parts: list[Part] | None, which: int) -> str | None:
	return parts[which].document.name if parts else None


def _on(parts: list[Part] | None, which: int) -> date | None:
	return parts[which].on if parts else None


def _goods_out(deliveries: list[Part] | None, invoices: list[Part] | None) -> list[Part] | None:
	"""Delivery notes, and invoices that took the goods from stock themselves."""
	if deliveries is None:
		return None
	direct = [part for part in invoices or () if part.document.update_stock]
	return sorted([*deliveries, *direct], key=lambda part: part.on)


def _deal_amount(deal: frappe._dict) -> float:
	"""The deal's amount in company currency; ERPNext computes that one in the browser only."""
	return flt(deal.base_opportunity_amount) or flt(deal.opportunity_amount) * (
		flt(deal.conversion_rate) or 1
	)


def _outstanding(due: list[Part] | None, payments: list[Part] | None) -> float | None:
	if due is None or payments is None:
		return None
	advances = [part for part in payments if part.document.reference_doctype == ORDER.doctype]
	return _clean(outstanding_after_advances(_sum(due), _sum(advances)))


def _days(deal: frappe._dict, lead: frappe._dict | None, payments: list[Part] | None) -> int | None:
	"""Days from the lead, or from a deal that is older than its lead's record, to the last payment."""
	if not payments:
		return None
	start = min(getdate(lead.creation), deal.transaction_date) if lead else deal.transaction_date
	return (payments[LAST].on - start).days
