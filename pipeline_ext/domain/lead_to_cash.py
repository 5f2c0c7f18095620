"""Which deal an amount belongs to, and how far a deal has come on its way from lead to cash."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from math import isclose

Key = tuple[str, str]
"""A document or one of its item rows: (DocType, name)."""

Share = Mapping[str | None, float]
"""Parts of one whole by deal; they add up to 1. `None` holds what belongs to no deal."""

NO_DEAL: Share = {None: 1.0}


@dataclass(frozen=True, slots=True)
class ItemRow:
	"""An item row of a document. `sources` is what it was made from, the most exact first, or empty."""

	key: Key
	document: Key
	amount: float
	sources: tuple[Key, ...]


def undivided(sources: Iterable[Key], upstream: Mapping[Key, Share]) -> Share | None:
	"""The share of a document made from these sources, if they all belong to one deal; else its rows tell."""
	shares = [upstream.get(source) for source in sources]
	deals = set().union(*shares) if all(shares) else ()
	return shares[0] if len(deals) == 1 else None


def trace(rows: Iterable[ItemRow], upstream: Mapping[Key, Share]) -> dict[Key, Share]:
	"""Shares of the rows and of their documents, given the shares of what they were made from.

	A row that names a source belongs to the deals of that source, or to no deal if the source has none.
	A row that names no source (freight typed in on an invoice, say) follows the rest of its document.
	"""
	shares: dict[Key, Share] = {}
	for document, members in _by_document(rows).items():
		named = {row: _inherited(row, upstream) for row in members if row.sources}
		shares[document] = _combined(named)
		shares.update((row.key, named.get(row, shares[document])) for row in members)
	return shares


def _by_document(rows: Iterable[ItemRow]) -> dict[Key, list[ItemRow]]:
	documents = defaultdict(list)
	for row in rows:
		documents[row.document].append(row)
	return documents


def _inherited(row: ItemRow, upstream: Mapping[Key, Share]) -> Share:
	return next((upstream[source] for source in row.sources if source in upstream), NO_DEAL)


def _combined(named: Mapping[ItemRow, Share]) -> Share:
	"""The rows' shares weighted by amount, or evenly where the amounts cancel out or are all nil."""
	if not named:
		return NO_DEAL
	total = sum(row.amount for row in named)
	even = isclose(total, 0, abs_tol=1e-9)
	combined: dict[str | None, float] = defaultdict(float)
	for row, share in named.items():
		weight = 1 / len(named) if even else row.amount / total
		for deal, part in share.items():
			combined[deal] += weight * part
	return dict(combined)


def allocate(amount: float, share: Share, precision: int = 2) -> dict[str | None, float]:
	"""Split an amount by share into rounded parts that add up to the rounded amount.

	What rounding leaves over goes to the largest part.
	"""
	if len(share) == 1:
		return {deal: round(amount, precision) for deal in share}
	scale = 10**precision
	whole = round(amount * scale)
	parts = {deal: round(whole * part) for deal, part in share.items()}
	largest = max(parts, key=lambda deal: abs(parts[deal]))
	parts[largest] += whole - sum(parts.values())
	return {deal: part / scale for deal, part in parts.items()}


class Standing(str, Enum):
	"""How far a deal has come, in order."""

	OPPORTUNITY = "Opportunity"
	QUOTED = "Quoted"
	ORDERED = "Ordered"
	PARTLY_DELIVERED = "Partly delivered"
	DELIVERED = "Delivered"
	INVOICED = "Invoiced"
	PAID = "Paid"

	def reached(self, step: "Standing") -> bool:
		"""Whether this is that step or a later one."""
		order = list(Standing)
		return order.index(self) >= order.index(step)


@dataclass(frozen=True)
class OrderProgress:
	"""How much of a sales order is delivered and billed, in percent."""

	delivered: float
	billed: float


def standing(
	quoted: bool, orders: Iterable[OrderProgress], invoiced: float, outstanding: float | None
) -> Standing:
	"""The last step a deal has taken in full; a delivery in part is the one half step that counts.

	Invoiced means billed in full: a first instalment leaves the deal where its orders are, and an invoice
	that was credited in full counts as none. Without knowing what is outstanding, nothing is Paid.
	"""
	orders = tuple(orders)
	if invoiced > 0 and all(order.billed >= 100 for order in orders):
		return Standing.PAID if outstanding is not None and outstanding <= 0 else Standing.INVOICED
	if orders:
		return _fulfilment(orders)
	return Standing.QUOTED if quoted else Standing.OPPORTUNITY


def _fulfilment(orders: tuple[OrderProgress, ...]) -> Standing:
	if all(order.delivered >= 100 for order in orders):
		return Standing.DELIVERED
	if any(order.delivered > 0 for order in orders):
		return Standing.PARTLY_DELIVERED
	return Standing.ORDERED


def outstanding_after_advances(due: float, advances: float) -> float:
	"""What is still to be paid on the invoices once advances on the orders are counted in.

	An advance settles what is due and no more: the rest of it is for invoices to come.
	"""
	return due - min(advances, due) if due > 0 else due
