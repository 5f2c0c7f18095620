"""The numbers of a quote: as exact decimals, and in company currency."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, flt, get_number_format_info, getdate

from pipeline_ext.reports import currency

LARGEST = 10**12


class BadNumber(frappe.ValidationError):
	"""A quote has a number that nothing can be counted with."""


class ExchangeRateMissing(frappe.ValidationError):
	"""What a quote gives away cannot be said in company currency."""


def decimal_of(value: Any) -> Decimal:
	"""A field's value, exactly as it reads. Raises BadNumber."""
	number = flt(value)
	if not is_usable(number):
		refuse_unusable(_("An amount of this document"), value)
	return Decimal(str(number))


def is_usable(number: float) -> bool:
	"""Whether it is a number, and one that the database can hold."""
	return -LARGEST < number < LARGEST


def refuse_unusable(label: str, value: Any) -> NoReturn:
	frappe.throw(
		_("{0} is {1}, which nothing can be counted with. Enter a number below {2}.").format(
			label, escape_html(cstr(value)), f"{LARGEST:,}"
		),
		BadNumber,
		title=_("Not a Usable Number"),
	)


def pricing_days(doc: Document) -> tuple[date, ...]:
	"""The days whose prices and rates count: the one the quote is dated, and the one it was last saved.

	Whoever writes a quote chooses its date; what was saved when is the server's to say.
	"""
	return tuple(dict.fromkeys((getdate(doc.transaction_date), getdate(doc.modified))))


def digits_of(company: str) -> int:
	"""How many decimals money of the company has: those of its currency's number format."""
	number_format = frappe.get_cached_value("Currency", _currency_of(company), "number_format")
	return get_number_format_info(number_format or "#,###.##")[2]


def _currency_of(company: str) -> str:
	return frappe.get_cached_value("Company", company, "default_currency")


@dataclass
class Exchange:
	"""Into company currency, by the site's own records of the quote's days, never by the quote's own rate."""

	quoted_in: str
	company_currency: str
	days: tuple[date, ...]
	_known: dict[str, tuple[Decimal, ...]] = field(default_factory=dict)

	@classmethod
	def of(cls, doc: Document) -> Exchange:
		return cls(doc.currency, _currency_of(doc.company), pricing_days(doc))

	@property
	def quote_rate(self) -> Decimal:
		"""What one unit of the quote's currency is worth: the least of its days."""
		return min(self._rates(self.quoted_in))

	def list_rate(self, listed_in: str) -> Decimal:
		"""What one unit of a price list's currency is worth.

		The most of the quote's days, unless list and quote are in the same currency: then both are converted
		alike, and only the prices differ.
		"""
		return self.quote_rate if listed_in == self.quoted_in else max(self._rates(listed_in))

	def _rates(self, unit: str) -> tuple[Decimal, ...]:
		if unit not in self._known:
			self._known[unit] = tuple(self._rate(unit, day) for day in self.days)
		return self._known[unit]

	def _rate(self, unit: str, day: date) -> Decimal:
		rate = currency.rate(unit, self.company_currency, day)
		if rate is None:
			frappe.throw(
				_(
					"There is no exchange rate from {0} to {1} on or before {2}, so what this document gives "
					"away cannot be measured. Add a Currency Exchange for selling."
				).format(unit, self.company_currency, frappe.format(day, "Date")),
				ExchangeRateMissing,
				title=_("Exchange Rate Missing"),
			)
		return Decimal(str(rate))
