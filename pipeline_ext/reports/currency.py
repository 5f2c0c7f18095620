"""Exchange rates as the site's own Currency Exchange records state them."""

from __future__ import annotations

from datetime import date

import frappe
from frappe.utils import flt, getdate

from pipeline_ext.subjects import Fields


def rate(from_currency: str | None, to_currency: str | None, on: date) -> float | None:
	"""Units of `to_currency` for one of `from_currency` on a day; None where no record says.

	The latest selling rate up to that day counts, or the inverse of one the other way round.
	"""
	if not from_currency or not to_currency or from_currency == to_currency:
		return 1.0
	exchange = frappe.qb.DocType("Currency Exchange")
	pair = (from_currency, to_currency)
	found = (
		frappe.qb.from_(exchange)
		.select(exchange.from_currency, exchange.exchange_rate)
		.where(exchange.from_currency.isin(pair) & exchange.to_currency.isin(pair))
		.where((exchange.date <= on) & (exchange.for_selling == 1) & (exchange.exchange_rate > 0))
		.orderby(exchange.date, order=frappe.qb.desc)
		.limit(1)
		.run(as_dict=True)
	)
	if not found:
		return None
	value = float(found[0].exchange_rate)
	return value if found[0].from_currency == from_currency else 1 / value


def company_amount(deal: Fields) -> float:
	"""A deal's amount in company currency on its day, by the site's own rates, else by its own."""
	company_currency = frappe.get_cached_value("Company", deal.get("company"), "default_currency")
	known = rate(deal.get("currency"), company_currency, getdate(deal.get("transaction_date")))
	return flt(deal.get("opportunity_amount")) * (known or flt(deal.get("conversion_rate")))
