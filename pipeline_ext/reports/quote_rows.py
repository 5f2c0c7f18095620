"""The rows of a quote: which is an alternative to which, and what the customer pays for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from frappe.model.document import Document

from pipeline_ext.reports.quote_numbers import decimal_of

NOTHING, ONE, HUNDRED = Decimal(), Decimal(1), Decimal(100)
NO_ROW = ""


@dataclass(frozen=True)
class Row:
	"""A row of a quote; `chosen_instead_of` is the key of the row it is an alternative to.

	ERPNext takes an alternative to belong to the nearest row above that is none.
	"""

	key: str
	doc: Document
	chosen_instead_of: str | None

	@property
	def is_alternative(self) -> bool:
		return self.chosen_instead_of is not None

	@property
	def is_price_per_unit(self) -> bool:
		"""Whether it says what one unit costs, however many are ordered."""
		return not decimal_of(self.doc.qty)

	@property
	def quantity(self) -> Decimal:
		return ONE if self.is_price_per_unit else decimal_of(self.doc.qty)


def rows_of(doc: Document) -> list[Row]:
	return list(_rows(doc))


def _rows(doc: Document) -> Iterator[Row]:
	above = NO_ROW
	for position, row in enumerate(doc.items, start=1):
		key = row.name or f"row {position}"
		if row.get("is_alternative"):
			yield Row(key, row, above)
		else:
			above = key
			yield Row(key, row, None)


# What is paid


def paid_for(doc: Document, rows: Sequence[Row]) -> dict[str, Decimal]:
	"""What the customer pays for each row, in the quote's currency, net of tax and of every discount.

	Totals must have been calculated by the document's own validate. A discount in percent lowers every row;
	one in money is spread over the rows with an amount, and whatever is chosen instead of a row takes over
	its part. Negative taxes and charges are discounts in money. An early payment discount counts as taken.
	"""
	header = _HeaderDiscount.of(doc, rows)
	amounts = {row.key: header.before_money(row) for row in rows}
	in_money = _spread(header.in_money + _negative_charges(doc), amounts, rows)
	kept = ONE - _early_payment_share(doc)
	return {
		row.key: (amounts[row.key] - in_money.get(row.chosen_instead_of or row.key, NOTHING)) * kept
		for row in rows
	}


@dataclass(frozen=True)
class _HeaderDiscount:
	"""The discount on the whole quote: `share` of its net total in percent, or `in_money`."""

	share: Decimal
	in_money: Decimal

	@classmethod
	def of(cls, doc: Document, rows: Sequence[Row]) -> _HeaderDiscount:
		standing = [row.doc for row in rows if not row.is_alternative]
		given = sum((_distributed(row) for row in standing), NOTHING) if doc.discount_amount else NOTHING
		if not doc.additional_discount_percentage:
			return cls(NOTHING, given)
		before = given + sum((decimal_of(row.net_amount) for row in standing), NOTHING)
		return cls(given / before if before else NOTHING, NOTHING)

	def before_money(self, row: Row) -> Decimal:
		"""The amount of a row less the discount in percent; ERPNext gives alternatives no header discount."""
		if row.is_price_per_unit:
			return decimal_of(row.doc.rate) * (ONE - self.share)
		net = decimal_of(row.doc.net_amount)
		if row.is_alternative:
			return net * (ONE - self.share)
		return net + _distributed(row.doc) if self.in_money else net


def _distributed(row: Document) -> Decimal:
	return decimal_of(row.distributed_discount_amount)


def _negative_charges(doc: Document) -> Decimal:
	charges = (decimal_of(tax.tax_amount_after_discount_amount) for tax in doc.get("taxes") or ())
	return -sum((charge for charge in charges if charge < 0), NOTHING)


def _spread(money: Decimal, amounts: Mapping[str, Decimal], rows: Sequence[Row]) -> dict[str, Decimal]:
	"""Money over the rows with an amount; all of it on the first row, if none has."""
	standing = [row for row in rows if not row.is_alternative]
	weights = {
		row.key: amounts[row.key] for row in standing if amounts[row.key] > 0 and not row.is_price_per_unit
	}
	if not weights:
		return {row.key: money for row in standing[:1]}
	total = sum(weights.values(), NOTHING)
	return {key: money * weight / total for key, weight in weights.items()}


def _early_payment_share(doc: Document) -> Decimal:
	"""How much of the total the customer keeps who pays early enough for every discount offered for that."""
	return sum((_early_payment_discount(row, doc) for row in doc.get("payment_schedule") or ()), NOTHING)


def _early_payment_discount(row: Document, doc: Document) -> Decimal:
	discount, total = max(decimal_of(row.discount), NOTHING), decimal_of(doc.grand_total)
	if row.discount_type == "Amount":
		return discount / total if total > 0 else NOTHING
	return discount / HUNDRED * decimal_of(row.invoice_portion) / HUNDRED
