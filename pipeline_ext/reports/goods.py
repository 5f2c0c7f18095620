"""What a row of a quote hands over, in stock units, and what a product bundle consists of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import frappe
from erpnext.stock.doctype.item.item import get_uom_conv_factor
from frappe.model.document import Document

from pipeline_ext.reports.quote_numbers import decimal_of
from pipeline_ext.reports.quote_rows import Row


@dataclass(frozen=True)
class Component:
	"""An item of a product bundle: how many of its stock units go into one of the bundle's."""

	item: str
	stock_uom: str
	quantity: Decimal


@dataclass(frozen=True)
class Goods:
	"""What a row hands over.

	`factor` is how many stock units one `uom` has on this site, `handed_over` how many the customer gets for
	one: more, where the row says so.
	"""

	item: str
	quantity: Decimal
	uom: str
	stock_uom: str
	factor: Decimal
	handed_over: Decimal
	components: Sequence[Component] = ()

	@property
	def items(self) -> Iterator[str]:
		"""Every item that its value may depend on."""
		yield self.item
		yield from (component.item for component in self.components)


def goods_of(rows: Iterable[Row]) -> dict[str, Goods]:
	"""What each row with an item hands over. One query if there are items that are not kept in stock."""
	with_item = [row for row in rows if row.doc.item_code]
	bundles = _bundles({row.doc.item_code for row in with_item})
	return {row.key: _goods(row, bundles) for row in with_item}


def _goods(row: Row, bundles: Mapping[str, Sequence[Component]]) -> Goods:
	item = frappe.get_cached_doc("Item", row.doc.item_code)
	uom = row.doc.uom or item.stock_uom
	factor = _stock_units(item, uom)
	return Goods(
		item=item.name,
		quantity=row.quantity,
		uom=uom,
		stock_uom=item.stock_uom,
		factor=factor,
		handed_over=max(factor, decimal_of(row.doc.conversion_factor)),
		components=bundles.get(item.name, ()),
	)


def _stock_units(item: Document, uom: str) -> Decimal:
	"""How many stock units of an item one `uom` has: by its table, its template's or the site's; else 1."""
	if uom == item.stock_uom:
		return Decimal(1)
	tables = [item.uoms]
	if item.variant_of:
		tables.append(frappe.get_cached_doc("Item", item.variant_of).uoms)
	own = (row.conversion_factor for table in tables for row in table if row.uom == uom)
	return decimal_of(next(own, None) or get_uom_conv_factor(uom, item.stock_uom) or 1)


def _bundles(items: Iterable[str]) -> Mapping[str, Sequence[Component]]:
	"""The components of those items that are product bundles; ERPNext keeps no bundle in stock."""
	candidates = [item for item in items if not frappe.get_cached_value("Item", item, "is_stock_item")]
	if not candidates:
		return {}
	bundle, part = frappe.qb.DocType("Product Bundle"), frappe.qb.DocType("Product Bundle Item")
	item = frappe.qb.DocType("Item")
	found = (
		frappe.qb.from_(bundle)
		.join(part)
		.on(part.parent == bundle.name)
		.join(item)
		.on(item.name == part.item_code)
		.select(bundle.new_item_code, part.item_code, item.stock_uom, part.qty)
		.where(bundle.new_item_code.isin(sorted(candidates)) & (bundle.disabled == 0))
		.run()
	)
	components = defaultdict(list)
	for name, component, stock_uom, quantity in found:
		components[name].append(Component(component, stock_uom, decimal_of(quantity)))
	return components
