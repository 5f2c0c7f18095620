"""A Quotation as the domain sees it: what it gives away, what policy asks, and what an approval covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cstr, flt, getdate

from pipeline_ext.domain.approvals import (
	ApprovalStatus,
	Policy,
	QuoteStatus,
	Rule,
	Step,
	quote_status,
	steps_for,
)
from pipeline_ext.domain.quotes import (
	ListPrice,
	QuoteLine,
	QuoteMeasures,
	fingerprint,
	list_rate,
	measure,
)
from pipeline_ext.reports import currency

POLICIES_KEY = "pipeline_ext:quote_policies"

MEASURE_LABELS: Mapping[str, str] = {
	"discount_percent": "Discount Percentage",
	"unpriced_lines": "Lines Without List Price",
}
MEASURE_OF_LABEL = {label: name for name, label in MEASURE_LABELS.items()}

COMMERCIAL_FIELDS: tuple[str, ...] = (
	"quotation_to",
	"party_name",
	"company",
	"order_type",
	"currency",
	"conversion_rate",
	"selling_price_list",
	"apply_discount_on",
	"additional_discount_percentage",
	"discount_amount",
	"coupon_code",
	"shipping_rule",
	"incoterm",
	"named_place",
	"payment_terms_template",
	"valid_till",
	"tc_name",
	"terms",
	"net_total",
	"grand_total",
)
COMMERCIAL_ROW_FIELDS: Mapping[str, tuple[str, ...]] = {
	"items": ("item_code", "qty", "uom", "conversion_factor", "rate", "net_amount", "is_alternative"),
	"taxes": ("charge_type", "account_head", "rate", "tax_amount", "included_in_print_rate"),
	"payment_schedule": ("payment_term", "invoice_portion", "credit_days", "discount"),
}


@dataclass(frozen=True)
class Assessment:
	"""What a quotation gives away, the steps its policy asks for, and the fingerprint of all that."""

	measures: QuoteMeasures
	policy: str | None
	steps: tuple[Step, ...]
	fingerprint: str


def assess(doc: Document) -> Assessment:
	"""Judge the quotation as it is in memory; totals must have been calculated by its own validate."""
	measures = measures_of(doc)
	policy = policy_for(doc.company)
	figures = {
		"discount_percent": measures.discount_percent,
		"unpriced_lines": Decimal(measures.unpriced_lines),
	}
	return Assessment(
		measures=measures,
		policy=policy.name if policy else None,
		steps=steps_for(policy, figures) if policy else (),
		fingerprint=fingerprint(commercial_content(doc)),
	)


def status_of(doc: Document, assessment: Assessment, for_update: bool = False) -> QuoteStatus:
	"""What the quotation's approval is worth for it as it is now; `for_update` locks the request."""
	approval = None
	if assessment.steps and doc.pe_approval:
		approval = frappe.db.get_value(
			"Quote Approval",
			{"name": doc.pe_approval, "quotation": doc.name},
			["status", "fingerprint"],
			as_dict=True,
			for_update=for_update,
		)
	return quote_status(
		assessment.steps,
		ApprovalStatus(approval.status) if approval else None,
		approval.fingerprint if approval else None,
		assessment.fingerprint,
	)


def measures_of(doc: Document) -> QuoteMeasures:
	"""Discount against the price list, from the site's own prices and rates, never from the document's."""
	rows = [row for row in doc.items if not row.is_alternative]
	prices = _list_prices(doc, {row.item_code for row in rows if row.item_code})
	return measure(_as_line(doc, row, prices) for row in rows)


def _as_line(doc: Document, row: Document, prices: list[ListPrice]) -> QuoteLine:
	return QuoteLine(
		item=row.item_code or cstr(row.item_name),
		quantity=_decimal(row.qty),
		amount=_decimal(row.net_amount),
		list_rate=list_rate(
			prices,
			item=row.item_code,
			uom=row.uom,
			stock_uom=row.stock_uom,
			factor=_decimal(row.conversion_factor or 1),
			customer=doc.party_name if doc.quotation_to == "Customer" else "",
			on=getdate(doc.transaction_date),
		),
	)


def _list_prices(doc: Document, items: set[str]) -> list[ListPrice]:
	"""Prices of these items in the quotation's list, in the quotation's currency."""
	if not items or not doc.selling_price_list:
		return []
	table = frappe.qb.DocType("Item Price")
	rows = (
		frappe.qb.from_(table)
		.select(
			table.item_code,
			table.uom,
			table.price_list_rate,
			table.currency,
			table.customer,
			table.valid_from,
			table.valid_upto,
		)
		.where((table.price_list == doc.selling_price_list) & table.item_code.isin(sorted(items)))
		.where(table.selling == 1)
		.run(as_dict=True)
	)
	rates = {
		unit: currency.rate(unit, doc.currency, getdate(doc.transaction_date))
		for unit in {row.currency for row in rows}
	}
	return [
		ListPrice(
			item=row.item_code,
			uom=row.uom,
			rate=_decimal(row.price_list_rate) * _decimal(rates[row.currency]),
			customer=row.customer or None,
			valid_from=row.valid_from,
			valid_upto=row.valid_upto,
		)
		for row in rows
		if rates[row.currency]
	]


def policy_for(company: str) -> Policy | None:
	"""The enabled policy of the company, else the one for every company."""
	heads = frappe.cache.get_value(POLICIES_KEY, _read_policy_heads)
	candidates = [head for head in heads if head["company"] in (None, company)]
	best = max(candidates, key=lambda head: head["company"] is not None, default=None)
	return frappe.get_cached_doc("Quote Approval Policy", best["name"]).as_policy() if best else None


def _read_policy_heads() -> list[dict[str, Any]]:
	rows = frappe.get_all("Quote Approval Policy", {"enabled": 1}, ["name", "company"], order_by="creation")
	return [{"name": row.name, "company": row.company or None} for row in rows]


def clear_cache() -> None:
	"""Forget which policies there are; called when one changes."""
	frappe.cache.delete_value(POLICIES_KEY)


def commercial_content(doc: Document) -> dict[str, Any]:
	"""Everything an approval covers, with each value cast to its field's type."""
	content: dict[str, Any] = {field: _cast(doc, field) for field in COMMERCIAL_FIELDS}
	for table, fields in COMMERCIAL_ROW_FIELDS.items():
		content[table] = [{field: _cast(row, field) for field in fields} for row in doc.get(table) or []]
	return content


def _cast(doc: Document, fieldname: str) -> Any:
	field = doc.meta.get_field(fieldname)
	value = doc.get(fieldname)
	if field is None:
		return ""
	if field.fieldtype in ("Currency", "Float", "Percent", "Int", "Check"):
		return flt(value, doc.precision(fieldname) if field.fieldtype in ("Currency", "Float") else None)
	if field.fieldtype == "Date":
		return cstr(getdate(value)) if value else ""
	return cstr(value)


def _decimal(value: Any) -> Decimal:
	return Decimal(str(flt(value)))


def as_rule(row: Document) -> Rule:
	"""A row of a policy or of a request as the domain's rule."""
	return Rule(
		key=row.get("rule") or row.name or f"new-{row.idx}",
		title=row.title,
		measure=MEASURE_OF_LABEL.get(row.measure, row.measure),
		threshold=_decimal(row.threshold),
		role=row.role or None,
		user=row.user or None,
	)
