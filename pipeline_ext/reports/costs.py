"""What it costs the company to hand over what a quote offers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Max, Sum

from pipeline_ext.reports.goods import Goods
from pipeline_ext.reports.quote_numbers import decimal_of


def cost_rates(company: str, goods: Mapping[str, Goods]) -> dict[str, Decimal | None]:
	"""The cost per unit of each row, in company currency; None where nothing says what it is. One query."""
	costs = _costs_of(company, {item for each in goods.values() for item in each.items})
	return {key: _cost(each, costs) for key, each in goods.items()}


def _cost(goods: Goods, costs: Mapping[str, Decimal]) -> Decimal | None:
	if not goods.components:
		cost = costs.get(goods.item)
	else:
		parts = [costs[part.item] * part.quantity for part in goods.components if part.item in costs]
		cost = sum(parts) if len(parts) == len(goods.components) else None
	return None if cost is None else cost * goods.handed_over


def _costs_of(company: str, items: set[str]) -> dict[str, Decimal]:
	"""The cost of a stock unit of each item that has one.

	What the company's stock of it is worth on average, wherever it is; else the most that it was last worth
	in a warehouse; else what was last paid for it; else the valuation that the item itself states.
	"""
	if not items:
		return {}
	item, stock, warehouse = (frappe.qb.DocType(name) for name in ("Item", "Bin", "Warehouse"))
	own_warehouses = frappe.qb.from_(warehouse).select(warehouse.name).where(warehouse.company == company)
	in_stock = Case().when(stock.actual_qty > 0, stock.actual_qty)
	worth = Case().when(stock.actual_qty > 0, stock.stock_value)
	found = (
		frappe.qb.from_(item)
		.left_join(stock)
		.on((stock.item_code == item.name) & stock.warehouse.isin(own_warehouses))
		.select(
			item.name,
			Sum(worth) / Sum(in_stock),
			Max(stock.valuation_rate),
			item.last_purchase_rate,
			item.valuation_rate,
		)
		.where(item.name.isin(sorted(items)))
		.groupby(item.name)
		.run()
	)
	known = {name: next((rate for rate in rates if rate and rate > 0), None) for name, *rates in found}
	return {name: decimal_of(rate) for name, rate in known.items() if rate}
