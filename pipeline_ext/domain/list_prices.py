"""Which of the prices in a list is the list price of a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class ListPrice:
	"""A price of an item in a price list, per `uom`.

	`customer` None is for everybody; dates are inclusive; the quantity has to be a multiple of
	`packing_unit`, 0 where any quantity will do.
	"""

	uom: str
	rate: Decimal
	customer: str | None = None
	valid_from: date | None = None
	valid_upto: date | None = None
	packing_unit: int = 0

	def holds(self, customer: str, on: date) -> bool:
		"""Whether it is a price for that customer on that day."""
		return (
			self.customer in (None, customer)
			and (self.valid_from is None or self.valid_from <= on)
			and (self.valid_upto is None or on <= self.valid_upto)
		)

	def fits(self, quantity: Decimal) -> bool:
		"""Whether it is a price for that quantity."""
		return not self.packing_unit or quantity % self.packing_unit == 0


def list_rate(
	prices: Iterable[ListPrice],
	uom: str,
	stock_uom: str,
	factor: Decimal,
	quantity: Decimal,
	customer: str,
	on: date,
) -> Decimal | None:
	"""The list price of one `uom` of an item for a customer on a day; None where the list has none.

	As ERPNext has it: a price in the line's own unit comes before one in the stock unit (times `factor`,
	stock units per `uom`); in its own unit the customer's comes before everybody's, in the stock unit after
	it; then a later start comes first. Besides, a price whose packing unit fits the quantity comes before
	one that does not: the largest that fits, the smallest that does not; one that ends comes before one that
	does not; and of equals the highest.
	"""
	candidates = [price for price in prices if price.uom in (uom, stock_uom) and price.holds(customer, on)]

	def preference(price: ListPrice) -> tuple:
		fits, own_unit = price.fits(quantity), price.uom == uom
		return (
			fits,
			own_unit,
			(price.customer is not None) is own_unit,
			price.packing_unit if fits else -price.packing_unit,
			price.valid_from or date.min,
			price.valid_upto is not None,
			price.rate,
		)

	best = max(candidates, key=preference, default=None)
	if best is None or best.rate <= 0:
		return None
	return best.rate if best.uom == uom else best.rate * factor
