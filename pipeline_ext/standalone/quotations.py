"""Quotations of an export: which opportunity they belong to, and the lines whose discount policy looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property, partial
from pathlib import Path

from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.domain.criteria import Found, Source
from pipeline_ext.domain.exit_criteria import Link
from pipeline_ext.domain.quotes import QuoteLine, QuoteMeasures, QuoteTerms, measure
from pipeline_ext.standalone.exports import (
	BadRow,
	Document,
	Export,
	Required,
	amount_in,
	company_currency,
	day_in,
	number_in,
	read_each,
	read_export,
)
from pipeline_ext.standalone.layouts import QUOTATIONS
from pipeline_ext.standalone.notation import Notation
from pipeline_ext.standalone.tables import LeftOut

REQUIRED = (
	Required("ID", (("", "name"),)),
	Required("Status", (("", "status"), ("", "docstatus"))),
	Required("Opportunity", (("", "opportunity"), ("items", "prevdoc_docname"))),
)
REQUIRED_FOR_DISCOUNTS = (
	Required("Quantity (Items)", (("items", "qty"),)),
	Required("Price List Rate (Items)", (("items", "price_list_rate"),)),
	Required("Net Amount (Items)", (("items", "net_amount"), ("items", "amount"))),
)

ANY, DRAFT, SUBMITTED, CANCELLED = "Any", "Draft", "Submitted", "Cancelled"
STATE_OF_DOCSTATUS = {"0": DRAFT, "1": SUBMITTED, "2": CANCELLED}
STATE_OF_STATUS = {DRAFT: DRAFT, CANCELLED: CANCELLED}
SETTLED = ("Partially Ordered", "Ordered", "Lost", "Expired")
"""Statuses of submitted quotations that no customer is thinking about any more."""
PRICE_PER_UNIT = Decimal(1)
"""What a line without a quantity is measured as."""
ENDLESS = 9999
"""The days that a quotation is valid which says no last day."""
YES = ("1", "yes", "true")


@dataclass(frozen=True)
class Quote:
	"""A quotation; `dated` is None where the file has no date that can be read.

	`approval` is what the app's own field says of it, where a site has that.
	"""

	name: str
	party: str
	owner: str | None
	company: str
	currency: str
	state: str
	status: str
	approval: str
	dated: date | None
	opportunities: frozenset[str]
	document: Document

	@property
	def is_waiting(self) -> bool:
		"""Whether it may still be approved: neither settled nor approved already."""
		settled = self.state == CANCELLED or self.status in SETTLED
		return not settled and self.approval != QuoteStatus.APPROVED.value

	@property
	def source(self) -> Source:
		"""The quotation as evidence."""
		on = datetime.combine(self.dated, time()) if self.dated else None
		return Source(self.name, self.owner, on)

	@property
	def standing(self) -> str:
		"""What the file says of it, the most telling first."""
		return self.approval or self.status or self.state


@dataclass(frozen=True)
class Quotes:
	"""The quotations of a file, in which currency they are added up, and the rows that were left out."""

	export: Export
	quotes: tuple[Quote, ...]
	currency: str
	left_out: tuple[LeftOut, ...]

	@property
	def has_costs(self) -> bool:
		return ("items", "valuation_rate") in self.export.columns

	@property
	def has_net_amounts(self) -> bool:
		return ("items", "net_amount") in self.export.columns

	def remarks(self) -> Iterator[str]:
		"""What a reader of the figures has to know about the file."""
		yield from self.export.remarks
		if not self.has_net_amounts:
			yield "Discounts on a whole quotation are not counted: export Net Amount (Items) to have them in."

	@cached_property
	def _of_opportunity(self) -> Mapping[str, Sequence[Quote]]:
		"""The quotations of each opportunity; cancelled ones do not count."""
		quotes = defaultdict(list)
		for quote in self.quotes:
			for opportunity in quote.opportunities if quote.state != CANCELLED else ():
				quotes[opportunity].append(quote)
		return quotes

	def found(self, opportunity: str, link: Link, today: date) -> Found | None:
		"""The quotations that a link asks for; None where the file cannot tell."""
		if link.doctype != "Quotation" or link.state not in (ANY, DRAFT, SUBMITTED):
			return None
		quotes = [
			quote for quote in self._of_opportunity.get(opportunity, ()) if link.state in (ANY, quote.state)
		]
		if link.within_days is not None:
			if any(quote.dated is None for quote in quotes):
				return None
			quotes = [quote for quote in quotes if (today - quote.dated).days <= link.within_days]
		latest = max(quotes, key=lambda quote: quote.dated or date.min, default=None)
		return Found(len(quotes), latest.source if latest else None)

	def measures_of(self, quote: Quote) -> QuoteMeasures:
		"""What the quotation gives away, at the list prices and costs that the file has. Raises BadRow."""
		rows = quote.document.children.get("items", ())
		if not rows:
			raise BadRow(f"{quote.name} has no item rows.")
		return measure(self._lines(rows, self._company_rate(quote)), self._terms(quote))

	def _company_rate(self, quote: Quote) -> Decimal:
		"""What a unit of the quotation's currency is worth in that of the company."""
		rate = amount_in(quote.document.values, "conversion_rate", "Exchange Rate", self.export.notation)
		if not rate and quote.currency not in ("", self.currency):
			raise BadRow(f"{quote.name} is in {quote.currency} and the file has no Exchange Rate for it.")
		return rate or Decimal(1)

	def _lines(self, rows: Sequence[Mapping[str, str]], rate: Decimal) -> Iterator[QuoteLine]:
		"""ERPNext puts alternatives below the line that they may replace."""
		replaced = ""
		for position, row in enumerate(rows, start=1):
			is_alternative = row.get("is_alternative", "").lower() in YES
			replaced = replaced if is_alternative else str(position)
			yield self._line(str(position), row, rate, replaced if is_alternative else None)

	def _line(self, key: str, row: Mapping[str, str], rate: Decimal, instead_of: str | None) -> QuoteLine:
		notation = self.export.notation
		amount, label = ("net_amount", "Net Amount") if self.has_net_amounts else ("amount", "Amount")
		list_rate = amount_in(row, "price_list_rate", "Price List Rate (Items)", notation)
		cost_rate = amount_in(row, "valuation_rate", "Valuation Rate (Items)", notation)
		factor = amount_in(row, "conversion_factor", "UOM Conversion Factor (Items)", notation) or 1
		return QuoteLine(
			key=key,
			item=row.get("item_code", ""),
			quantity=number_in(row, "qty", "Quantity (Items)", notation) or PRICE_PER_UNIT,
			amount=number_in(row, amount, f"{label} (Items)", notation) * rate,
			list_rate=list_rate * rate or None,
			cost_rate=cost_rate * factor or None,
			chosen_instead_of=instead_of,
		)

	def _terms(self, quote: Quote) -> QuoteTerms:
		if quote.dated is None:
			return QuoteTerms()
		return QuoteTerms(
			payment_days=self._payment_days(quote.document, quote.dated),
			validity_days=self._validity_days(quote.document, quote.dated),
		)

	def _validity_days(self, document: Document, dated: date) -> int | None:
		if ("", "valid_till") not in self.export.columns:
			return None
		valid_till = day_in(document.values, "valid_till", "Valid Till", self.export.notation)
		return (valid_till - dated).days if valid_till else ENDLESS

	def _payment_days(self, document: Document, dated: date) -> Decimal | None:
		"""Days until payment, weighted by what falls due; None without a schedule."""
		weighted = []
		for row in document.children.get("payment_schedule", ()):
			due = day_in(row, "due_date", "Due Date (Payment Schedule)", self.export.notation)
			amount = amount_in(
				row, "payment_amount", "Payment Amount (Payment Schedule)", self.export.notation
			)
			if due:
				weighted.append((amount, (due - dated).days))
		total = sum(amount for amount, _days in weighted)
		return sum(amount * days for amount, days in weighted) / total if total else None


def read_quotes(path: Path, with_discounts: bool) -> Quotes:
	"""The quotations in an export; for discounts it must have their items. Raises Unusable."""
	required = REQUIRED + (REQUIRED_FOR_DISCOUNTS if with_discounts else ())
	export = read_export(path, QUOTATIONS, required)
	quotes, left_out = read_each(export, partial(_quote, export.notation))
	return Quotes(export, quotes, company_currency(export), export.left_out + left_out)


def _quote(notation: Notation, document: Document) -> Quote:
	return Quote(
		name=document.text("name"),
		party=document.text("customer_name", "title", "party_name"),
		owner=document.text("owner") or None,
		company=document.text("company"),
		currency=document.text("currency"),
		state=_state(document),
		status=document.text("status"),
		approval=document.text("pe_approval_status"),
		dated=_day(document.text("transaction_date"), notation),
		opportunities=frozenset(_opportunities(document)),
		document=document,
	)


def _state(document: Document) -> str:
	docstatus = document.text("docstatus")
	if not docstatus:
		return STATE_OF_STATUS.get(document.text("status"), SUBMITTED)
	if docstatus not in STATE_OF_DOCSTATUS:
		raise BadRow(f"Document Status is not 0, 1 or 2: {docstatus}.")
	return STATE_OF_DOCSTATUS[docstatus]


def _day(text: str, notation: Notation) -> date | None:
	"""A quotation counts without its date, so one that cannot be read is no reason to leave it out."""
	try:
		return notation.day(text) if text else None
	except ValueError:
		return None


def _opportunities(document: Document) -> Iterator[str]:
	"""ERPNext links a quotation by its header, or line by line when it collects several opportunities."""
	if opportunity := document.text("opportunity"):
		yield opportunity
	for row in document.children.get("items", ()):
		if row.get("prevdoc_doctype", "Opportunity") == "Opportunity" and row.get("prevdoc_docname"):
			yield row["prevdoc_docname"]
