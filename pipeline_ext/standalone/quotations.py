"""Quotations of an export: which opportunity they belong to, and the lines whose discount policy looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.domain.quotes import QuoteLine
from pipeline_ext.standalone.exports import (
	BadRow,
	Document,
	Export,
	Required,
	amount_in,
	number_in,
	read_each,
	read_export,
)
from pipeline_ext.standalone.layouts import QUOTATIONS
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

DRAFT, SUBMITTED, CANCELLED = "Draft", "Submitted", "Cancelled"
STATE_OF_DOCSTATUS = {"0": DRAFT, "1": SUBMITTED, "2": CANCELLED}
STATE_OF_STATUS = {DRAFT: DRAFT, CANCELLED: CANCELLED}
SETTLED = ("Partially Ordered", "Ordered", "Lost", "Expired")
"""Statuses of submitted quotations that no customer is thinking about any more."""
YES = ("1", "yes", "true")


@dataclass(frozen=True)
class Quote:
	"""A quotation. `approval` is what the app's own field says of it, where a site has that."""

	name: str
	party: str
	owner: str | None
	company: str
	currency: str
	state: str
	status: str
	approval: str
	opportunities: frozenset[str]
	document: Document

	@property
	def is_waiting(self) -> bool:
		"""Whether it may still be approved: neither settled nor approved already."""
		settled = self.state == CANCELLED or self.status in SETTLED
		return not settled and self.approval != QuoteStatus.APPROVED.value

	@property
	def standing(self) -> str:
		"""What the file says of it, the most telling first."""
		return self.approval or self.status or self.state


@dataclass(frozen=True)
class Quotes:
	"""The quotations of a file, and the rows that were left out."""

	export: Export
	quotes: tuple[Quote, ...]
	left_out: tuple[LeftOut, ...]

	@property
	def has_net_amounts(self) -> bool:
		return ("items", "net_amount") in self.export.columns

	def remarks(self) -> Iterator[str]:
		"""What a reader of the figures has to know about the file."""
		yield from self.export.remarks
		if not self.has_net_amounts:
			yield "Discounts on a whole quotation are not counted: export Net Amount (Items) to have them in."

	def linked_to(self) -> Mapping[str, Mapping[tuple[str, str], int]]:
		"""How many quotations in each state an opportunity has; cancelled ones do not count."""
		counts: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: dict(NO_QUOTATIONS))
		for quote in self.quotes:
			for opportunity in quote.opportunities if quote.state != CANCELLED else ():
				counts[opportunity]["Quotation", "Any"] += 1
				counts[opportunity]["Quotation", quote.state] += 1
		return counts

	def lines_of(self, quote: Quote) -> tuple[QuoteLine, ...]:
		"""The quoted lines, without alternatives, at the list prices the file has. Raises BadRow."""
		rows = quote.document.children.get("items", ())
		if not rows:
			raise BadRow(f"{quote.name} has no item rows.")
		return tuple(self._line(row) for row in rows if row.get("is_alternative", "").lower() not in YES)

	def _line(self, row: Mapping[str, str]) -> QuoteLine:
		notation = self.export.notation
		amount, label = ("net_amount", "Net Amount") if self.has_net_amounts else ("amount", "Amount")
		list_rate: Decimal = amount_in(row, "price_list_rate", "Price List Rate (Items)", notation)
		return QuoteLine(
			item=row.get("item_code", ""),
			quantity=number_in(row, "qty", "Quantity (Items)", notation),
			amount=number_in(row, amount, f"{label} (Items)", notation),
			list_rate=list_rate or None,
		)


NO_QUOTATIONS: Mapping[tuple[str, str], int] = {
	("Quotation", "Any"): 0,
	("Quotation", DRAFT): 0,
	("Quotation", SUBMITTED): 0,
}


def read_quotes(path: Path, with_discounts: bool) -> Quotes:
	"""The quotations in an export; for discounts it must have their items. Raises Unusable."""
	required = REQUIRED + (REQUIRED_FOR_DISCOUNTS if with_discounts else ())
	export = read_export(path, QUOTATIONS, required)
	quotes, left_out = read_each(export, _quote)
	return Quotes(export, quotes, export.left_out + left_out)


def _quote(document: Document) -> Quote:
	return Quote(
		name=document.text("name"),
		party=document.text("customer_name", "title", "party_name"),
		owner=document.text("owner") or None,
		company=document.text("company"),
		currency=document.text("currency"),
		state=_state(document),
		status=document.text("status"),
		approval=document.text("pe_approval_status"),
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


def _opportunities(document: Document) -> Iterator[str]:
	"""ERPNext links a quotation by its header, or line by line when it collects several opportunities."""
	if opportunity := document.text("opportunity"):
		yield opportunity
	for row in document.children.get("items", ()):
		if row.get("prevdoc_doctype", "Opportunity") == "Opportunity" and row.get("prevdoc_docname"):
			yield row["prevdoc_docname"]
