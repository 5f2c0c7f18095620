"""List prices of what a quote hands over, from the site's own Item Prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce

from pipeline_ext.domain.list_prices import ListPrice, list_rate
from pipeline_ext.reports.goods import Component, Goods
from pipeline_ext.reports.quote_numbers import Exchange, decimal_of
from pipeline_ext.reports.quote_party import customer_of, price_list_of


def list_rates(doc: Document, goods: Mapping[str, Goods], exchange: Exchange) -> dict[str, Decimal | None]:
	"""The list price per unit of each row, in company currency; None where there is none. One query.

	The price list is the party's. Whoever writes a quote may name another list, and chooses its date: so the
	named list counts besides, and so does the day it was last saved. The highest price is the list price.
	"""
	lists = {price_list_of(doc), doc.selling_price_list} - {None, ""}
	prices = _read(lists, {item for each in goods.values() for item in each.items}, exchange)
	offers = [
		_Offer(prices[price_list], customer_of(doc) or "", day)
		for price_list in lists
		for day in exchange.days
	]
	return {key: _highest(offer.rate(each) for offer in offers) for key, each in goods.items()}


def _highest(rates: Iterable[Decimal | None]) -> Decimal | None:
	return max((rate for rate in rates if rate is not None), default=None)


@dataclass(frozen=True)
class _Offer:
	"""The prices of a list by item, as they hold for a customer on a day."""

	prices: Mapping[str, Sequence[ListPrice]]
	customer: str
	on: date

	def rate(self, goods: Goods) -> Decimal | None:
		"""The price per unit of what is handed over: its own, else that of all its components."""
		own = self._price(goods.item, goods.uom, goods.stock_uom, goods.factor, goods.quantity)
		if own is not None:
			return own * goods.handed_over / goods.factor
		parts = [self._component_price(part, goods) for part in goods.components]
		return None if not parts or None in parts else sum(parts) * goods.handed_over

	def _component_price(self, part: Component, goods: Goods) -> Decimal | None:
		"""The price of what one stock unit of a bundle has of a component."""
		needed = goods.quantity * goods.handed_over * part.quantity
		rate = self._price(part.item, part.stock_uom, part.stock_uom, Decimal(1), needed)
		return None if rate is None else rate * part.quantity

	def _price(
		self, item: str, uom: str, stock_uom: str, factor: Decimal, quantity: Decimal
	) -> Decimal | None:
		prices = self.prices.get(item, ())
		return list_rate(prices, uom, stock_uom, factor, quantity, self.customer, self.on)


def _read(
	lists: Collection[str], items: Collection[str], exchange: Exchange
) -> Mapping[str, Mapping[str, Sequence[ListPrice]]]:
	"""Selling prices by list and item, in company currency. The price of a batch is nobody's list price."""
	prices = defaultdict(lambda: defaultdict(list))
	if not lists or not items:
		return prices
	table = frappe.qb.DocType("Item Price")
	found = (
		frappe.qb.from_(table)
		.select(
			table.price_list,
			table.item_code,
			table.uom,
			table.price_list_rate,
			table.currency,
			table.customer,
			table.valid_from,
			table.valid_upto,
			table.packing_unit,
		)
		.where(table.price_list.isin(sorted(lists)) & table.item_code.isin(sorted(items)))
		.where((table.selling == 1) & (Coalesce(table.batch_no, "") == ""))
		.run(as_dict=True)
	)
	for row in found:
		prices[row.price_list][row.item_code].append(_as_price(row, exchange))
	return prices


def _as_price(row: frappe._dict, exchange: Exchange) -> ListPrice:
	return ListPrice(
		uom=row.uom,
		rate=decimal_of(row.price_list_rate) * exchange.list_rate(row.currency),
		customer=row.customer or None,
		valid_from=row.valid_from,
		valid_upto=row.valid_upto,
		packing_unit=row.packing_unit or 0,
	)
