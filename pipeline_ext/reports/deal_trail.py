"""The documents a deal led to, followed along ERPNext's own links, and each deal's part of their amounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add

import frappe
from frappe.query_builder import Criterion, DocType
from frappe.utils import create_batch, flt
from pypika.queries import Selectable
from pypika.terms import LiteralValue

from pipeline_ext.domain.lead_to_cash import ItemRow, Key, Share, allocate, trace
from pipeline_ext.reports.access import Reader

NAMES_A_LOOKUP = 100


@dataclass(frozen=True)
class Step:
	"""A kind of document on the way, and the fields that say what its item rows were made from.

	Each link is (field, DocType it names): of a row naming a row, of a row naming a document, and of the
	document itself; the exact ones count first, and the document's only for rows that name nothing.
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

	quoted: Parts | None
	ordered: Parts | None
	delivered: Parts | None
	invoiced: Parts | None
	due: Parts | None
	paid: Parts | None


def follow(deals: Sequence[str], company: str, reader: Reader) -> Chain:
	"""What the named deals led to."""
	trail = Trail(deals, company, reader)
	quotations, orders, deliveries, invoices = map(trail.follow, (QUOTATION, ORDER, DELIVERY, INVOICE))
	return Chain(
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

	def __init__(self, deals: Sequence[str], company: str, reader: Reader) -> None:
		self.company = company
		self.currency = frappe.get_cached_value("Company", company, "default_currency")
		self.precision = frappe.get_precision("Sales Invoice", "base_grand_total")
		self.reader = reader
		self.shares: dict[Key, Share] = {("Opportunity", deal): {deal: 1.0} for deal in deals}

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
			frappe.qb.from_(linked)
			.join(header)
			.on(header.name == linked.document)
			.join(item)
			.on(item.parent == header.name)
			.select(item.name, item.parent, item.base_net_amount)
			.select(*(item[field] for field in row_fields), *(header[field] for field in header_fields))
			.where((header.docstatus == 1) & (header.company == self.company))
			.orderby(item.parent, item.idx)
			.run(as_dict=True)
		)
		return [_item_row(step, row) for row in rows]

	def _linked(self, step: Step) -> Selectable | None:
		"""The names of the documents a step leads to, as a subquery; None without anything to start from.

		A lookup for each link and so many names that the database looks into the index before it chooses it.
		"""
		item, header = DocType(f"{step.doctype} Item"), DocType(step.doctype)
		links = [(item, item.parent, field, doctype) for field, doctype in step.document_links]
		links += [(header, header.name, field, doctype) for field, doctype in step.header_links]
		lookups = [
			frappe.qb.from_(table)
			.distinct()
			.select(document.as_("document"))
			.where(table[field].isin(_listed(names)))
			for table, document, field, doctype in links
			for names in create_batch(self._found(doctype), NAMES_A_LOOKUP)
		]
		return reduce(add, lookups).as_("linked") if lookups else None

	def _payment_references(self) -> list[frappe._dict]:
		reference = DocType("Payment Entry Reference")
		paid_for = [
			(reference.reference_doctype == doctype) & reference.reference_name.isin(_listed(names))
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


def _listed(names: Iterable[str]) -> LiteralValue:
	"""Names for a query, ready at once: as values, each of thousands would be an object of its own."""
	return LiteralValue(f"({', '.join(map(frappe.db.escape, names))})")


def _item_row(step: Step, row: frappe._dict) -> ItemRow:
	"""A row that names nothing itself was made from what its document names."""
	return ItemRow(
		key=(f"{step.doctype} Item", row.name),
		document=(step.doctype, row.parent),
		amount=flt(row.base_net_amount),
		sources=_named((*step.row_links, *step.document_links), row) or _named(step.header_links, row),
	)


def _named(links: Iterable[tuple[str, str]], row: frappe._dict) -> tuple[Key, ...]:
	return tuple((doctype, row[field]) for field, doctype in links if row[field])


def _allocated(reference: frappe._dict) -> float:
	"""What a payment settles, in company currency at the rate of the invoice or the advance."""
	return flt(reference.allocated_amount) * (flt(reference.exchange_rate) or 1)
