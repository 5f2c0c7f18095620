"""The documents a deal led to, followed along ERPNext's own links, and each deal's part of their amounts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from typing import NamedTuple

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Max, Min
from frappe.utils import flt
from pypika import Case
from pypika.functions import NullIf
from pypika.queries import AliasedQuery, QueryBuilder, Selectable
from pypika.terms import Field, Term

from pipeline_ext.domain.lead_to_cash import ItemRow, Key, Share, allocate, trace, undivided
from pipeline_ext.reports.access import Reader

FOUND = AliasedQuery("found")
SEVERAL = "<several>"
"""Stands for several names; no name may have its brackets."""
AS_FRAPPE_WRITES_NAMES = "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
"""Other names would not be compared with those of documents; a database may have another default."""


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


class Part(NamedTuple):
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
		self.found: dict[str, Sequence[str]] = {"Opportunity": deals}
		self.shares: dict[Key, Share] = {("Opportunity", deal): {deal: 1.0} for deal in deals}

	def follow(self, step: Step) -> list[frappe._dict] | None:
		"""Take one step: find the documents made from what was found so far; those that may be read."""
		documents = self._documents(step)
		self.found[step.doctype] = [document.name for document in documents]
		links = (*step.document_links, *step.header_links)
		divided = {}
		for document in documents:
			share = undivided(_named(links, document), self.shares)
			if share is None:
				divided[document.name] = document
			else:
				self.shares[step.doctype, document.name] = share
		self.shares.update(trace(_item_rows(step, divided), self.shares))
		return self.reader.readable(step.doctype, documents)

	def parts(
		self,
		step: Step,
		documents: Iterable[frappe._dict] | None,
		amount: Callable[[frappe._dict], float],
	) -> Parts | None:
		"""What each deal has of some amount of the documents."""
		if documents is None:
			return None
		return self._split(
			((step.doctype, document.name), Part(document, document.dated, amount(document)))
			for document in documents
		)

	def due(self, invoice: frappe._dict) -> float:
		"""What an invoice still awaits, in company currency."""
		foreign = invoice.party_account_currency not in (None, "", self.currency)
		return flt(invoice.outstanding_amount) * (flt(invoice.conversion_rate) if foreign else 1)

	def payments(self) -> Parts | None:
		"""What was paid on invoices, and on orders in advance."""
		references = self.reader.readable("Payment Entry", self._payment_references())
		if references is None:
			return None
		return self._split(
			(
				(reference.reference_doctype, reference.reference_name),
				Part(reference, reference.posting_date, _allocated(reference)),
			)
			for reference in references
		)

	def _split(self, wholes: Iterable[tuple[Key, Part]]) -> Parts:
		by_deal = defaultdict(list)
		for key, whole in wholes:
			for deal, amount in allocate(whole.amount, self.shares[key], self.precision).items():
				if deal is not None:
					by_deal[deal].append(Part(whole.document, whole.on, amount))
		return by_deal

	def _documents(self, step: Step) -> list[frappe._dict]:
		"""The submitted documents made from what was found so far, the oldest first."""
		may_read = self.reader.may_read(step.doctype)
		lookups = self._lookups(step)
		if not lookups:
			return []
		header = DocType(step.doctype)
		return (
			_from_all(lookups)
			.join(header)
			.on(header.name == FOUND.document)
			.select(
				header.name,
				header[step.dated].as_("dated"),
				header.base_grand_total,
				header.base_rounded_total,
				*(header[field] for field in step.fields),
				*(header[field] for field, _doctype in step.header_links),
				*_named_by_rows(step),
				may_read,
			)
			.where((header.docstatus == 1) & (header.company == self.company))
			.orderby(header[step.dated], header.creation)
			.run(as_dict=True)
		)

	def _lookups(self, step: Step) -> list[QueryBuilder]:
		"""For each link, a query for the names of the documents that it leads to."""
		item, header = DocType(f"{step.doctype} Item"), DocType(step.doctype)
		links = [(item, item.parent, field, doctype) for field, doctype in step.document_links]
		links += [(header, header.name, field, doctype) for field, doctype in step.header_links]
		return [
			_rows_naming(table[field], self.found[doctype]).distinct().select(document.as_("document"))
			for table, document, field, doctype in links
			if self.found[doctype]
		]

	def _payment_references(self) -> list[frappe._dict]:
		may_read = self.reader.may_read("Payment Entry")
		reference, payment = DocType("Payment Entry Reference"), DocType("Payment Entry")
		lookups = [
			_rows_naming(reference.reference_name, self.found[doctype])
			.select(
				reference.name.as_("reference"),
				reference.parent,
				reference.reference_doctype,
				reference.reference_name,
				reference.allocated_amount,
				reference.exchange_rate,
			)
			.where((reference.docstatus == 1) & (reference.reference_doctype == doctype))
			for doctype in (ORDER.doctype, INVOICE.doctype)
			if self.found[doctype]
		]
		if not lookups:
			return []
		return (
			_from_all(lookups)
			.join(payment)
			.on(payment.name == FOUND.parent)
			.select(FOUND.star, payment.name, payment.posting_date, may_read)
			.orderby(payment.posting_date, payment.creation)
			.run(as_dict=True)
		)


def _from_all(lookups: Iterable[QueryBuilder]) -> QueryBuilder:
	"""A query from what the lookups find together, each row once."""
	return frappe.qb.with_(reduce(add, lookups), FOUND.name).from_(FOUND)


def _named_by_rows(step: Step) -> Iterator[Term]:
	"""A column for each link: the one document that the rows of a document name, SEVERAL, or NULL."""
	item, header = DocType(f"{step.doctype} Item"), DocType(step.doctype)
	for field, _doctype in step.document_links:
		name = NullIf(item[field], "")
		named = Case().when(Min(name) < Max(name), SEVERAL).else_(Min(name))
		yield frappe.qb.from_(item).select(named).where(item.parent == header.name).as_(field)


def _item_rows(step: Step, documents: Mapping[str, frappe._dict]) -> list[ItemRow]:
	if not documents:
		return []
	item = DocType(f"{step.doctype} Item")
	links = [field for field, _doctype in (*step.row_links, *step.document_links)]
	rows = (
		_rows_naming(item.parent, documents)
		.select(item.name, item.parent, item.base_net_amount, *(item[field] for field in links))
		.orderby(item.parent, item.idx)
		.run(as_dict=True)
	)
	return [_item_row(step, row, documents[row.parent]) for row in rows]


class Names(Selectable):
	"""Names as a table of one column, `name`."""

	def __init__(self, names: Iterable[str]) -> None:
		super().__init__(alias="names")
		self.json = json.dumps(list(names))

	def get_sql(self, **kwargs: object) -> str:
		listed = frappe.db.escape(self.json)
		column = f"name VARCHAR(140) {AS_FRAPPE_WRITES_NAMES} PATH '$'"
		return f"JSON_TABLE({listed}, '$[*]' COLUMNS ({column})) AS {self.alias}"


def _rows_naming(field: Field, names: Iterable[str]) -> QueryBuilder:
	"""A query from the rows that have one of the names in a field, each name looked up in the field's index.

	That the field is not blank follows, but the database has to be told: it would rather read the whole
	table than an index that is blank for most rows.
	"""
	named = Names(names)
	return frappe.qb.from_(named).join(field.table).on(field == named.name).where(field > "")


def _item_row(step: Step, row: frappe._dict, document: frappe._dict) -> ItemRow:
	"""A row that names nothing itself was made from what its document names."""
	return ItemRow(
		key=(f"{step.doctype} Item", row.name),
		document=(step.doctype, row.parent),
		amount=flt(row.base_net_amount),
		sources=_named((*step.row_links, *step.document_links), row) or _named(step.header_links, document),
	)


def _named(links: Iterable[tuple[str, str]], row: frappe._dict) -> tuple[Key, ...]:
	return tuple([(doctype, row[field]) for field, doctype in links if row[field]])


def _allocated(reference: frappe._dict) -> float:
	"""What a payment settles, in company currency at the rate of the invoice or the advance."""
	return flt(reference.allocated_amount) * (flt(reference.exchange_rate) or 1)
