"""Quote lines to true discount, and the fingerprint of what an approval covers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


@dataclass(frozen=True)
class ListPrice:
	"""A price in a price list, per `uom`. `customer` None is for everybody; dates are inclusive."""

	item: str
	uom: str
	rate: Decimal
	customer: str | None = None
	valid_from: date | None = None
	valid_upto: date | None = None


@dataclass(frozen=True)
class QuoteLine:
	"""A quoted line. `amount` is net of every discount, in the quote's currency.

	`list_rate` is the list price of one unit in the same currency; None where the list has none.
	"""

	item: str
	quantity: Decimal
	amount: Decimal
	list_rate: Decimal | None


@dataclass(frozen=True)
class QuoteMeasures:
	"""What a quote gives away, over the lines that have a list price, in the quote's currency."""

	list_value: Decimal
	quoted_value: Decimal
	discount_amount: Decimal
	discount_percent: Decimal
	unpriced_lines: int


def list_rate(
	prices: Iterable[ListPrice], item: str, uom: str, stock_uom: str, factor: Decimal, customer: str, on: date
) -> Decimal | None:
	"""The list price of one `uom` of an item for a customer on a day; None where the list has none.

	A price for the customer comes before one for everybody, one in the line's own unit before one in the
	stock unit (times `factor`, stock units per `uom`), a later start before an earlier one, a price with an
	end before one without.
	"""
	candidates = [
		price
		for price in prices
		if price.item == item
		and price.customer in (None, customer)
		and price.uom in (uom, stock_uom)
		and (price.valid_from is None or price.valid_from <= on)
		and (price.valid_upto is None or on <= price.valid_upto)
	]
	if not candidates:
		return None
	best = max(
		candidates,
		key=lambda price: (
			price.customer is not None,
			price.uom == uom,
			price.valid_from or date.min,
			price.valid_upto is not None,
		),
	)
	return best.rate if best.uom == uom else best.rate * factor


def measure(lines: Iterable[QuoteLine]) -> QuoteMeasures:
	"""List value, quoted value and discount of a quote.

	The discount is `1 - Σ quoted / Σ list` in percent, rounded half up to 4 digits: a surcharge on one
	line makes up for a discount on another. It is 0 where nothing has a list price.
	"""
	lines = list(lines)
	priced = [line for line in lines if line.list_rate]
	list_value = sum((line.quantity * line.list_rate for line in priced), Decimal())
	quoted_value = sum((line.amount for line in priced), Decimal())
	given = list_value - quoted_value
	percent = given / list_value * 100 if list_value else Decimal()
	return QuoteMeasures(
		list_value=list_value,
		quoted_value=quoted_value,
		discount_amount=given,
		discount_percent=percent.quantize(Decimal("0.0001"), ROUND_HALF_UP),
		unpriced_lines=len(lines) - len(priced),
	)


def fingerprint(content: Mapping[str, Any]) -> str:
	"""SHA-256, as 64 hex digits, of everything commercial in a quote.

	Equal content gives equal fingerprints whatever Python type carries a number or a date.
	"""
	return hashlib.sha256(json.dumps(_canonical(content), sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Any:
	if isinstance(value, Mapping):
		return {key: _canonical(part) for key, part in value.items()}
	if isinstance(value, Sequence) and not isinstance(value, str):
		return [_canonical(part) for part in value]
	if isinstance(value, int | float | Decimal):
		number = Decimal(str(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize()
		return format(number + 0, "f")
	return str(value) if value else ""
