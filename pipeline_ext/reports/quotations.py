"""A quotation or an order as the domain sees it: what it gives away, and what an approval of it covers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from frappe.model.document import Document
from frappe.utils import cstr, flt, getdate

from pipeline_ext.domain.approvals import Breach, Policy, breaches
from pipeline_ext.domain.quotes import (
	MEASURES,
	QuoteLine,
	QuoteMeasures,
	fingerprint,
	measure,
)
from pipeline_ext.reports.costs import cost_rates
from pipeline_ext.reports.goods import goods_of
from pipeline_ext.reports.list_prices import list_rates
from pipeline_ext.reports.policies import policy_for
from pipeline_ext.reports.quote_numbers import Exchange, decimal_of, digits_of
from pipeline_ext.reports.quote_party import party_of
from pipeline_ext.reports.quote_rows import paid_for, rows_of
from pipeline_ext.reports.quote_terms import terms_of
from pipeline_ext.subjects import MEASURE_LABELS, MEASURE_OF_LABEL

__all__ = ["MEASURE_LABELS", "MEASURE_OF_LABEL", "Assessment", "assess", "commercial_content", "measures_of"]

NEED_LIST_PRICES = {"discount_percent", "discount_amount", "lines_without_list_price"}
NEED_COSTS = {"margin_percent", "margin_amount", "lines_below_cost", "lines_without_cost"}
NEED_MONEY = NEED_LIST_PRICES | NEED_COSTS | {"quoted_value", "credit_excess"}

COMMERCIAL_FIELDS: tuple[str, ...] = (
	"quotation_to",
	"party_name",
	"customer",
	"company",
	"order_type",
	"transaction_date",
	"valid_till",
	"delivery_date",
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
	"tc_name",
	"terms",
	"net_total",
	"grand_total",
	"rounded_total",
)
COMMERCIAL_ROW_FIELDS: Mapping[str, tuple[str, ...]] = {
	"items": (
		"item_code",
		"item_name",
		"description",
		"qty",
		"uom",
		"conversion_factor",
		"rate",
		"net_amount",
		"is_free_item",
		"is_alternative",
		"delivery_date",
	),
	"packed_items": ("parent_item", "item_code", "qty", "uom"),
	"taxes": (
		"charge_type",
		"row_id",
		"account_head",
		"description",
		"rate",
		"tax_amount",
		"included_in_print_rate",
	),
	"payment_schedule": (
		"payment_term",
		"due_date",
		"invoice_portion",
		"payment_amount",
		"discount_type",
		"discount",
		"discount_date",
	),
}
NUMERIC = ("Currency", "Float", "Percent", "Int", "Check")


@dataclass(frozen=True)
class Assessment:
	"""What a quote gives away, which rules of its policy that breaks, and what an approval of it covers."""

	measures: QuoteMeasures
	policy: Policy | None
	breaches: tuple[Breach, ...]
	subject: str
	fingerprint: str


def assess(doc: Document, policy: Policy | None = None, everything: bool = False) -> Assessment:
	"""Judge a Quotation or a Sales Order as it is in memory, by a policy or else by the one it falls under.

	Totals must have been calculated by its own validate. Only what the policy's rules look at is measured,
	unless `everything` is asked for. Raises ExchangeRateMissing.
	"""
	policy = policy or policy_for(doc)
	asked = {rule.measure for rule in policy.rules} if policy else set()
	measures = measures_of(doc, None if everything else asked)
	return Assessment(
		measures=measures,
		policy=policy,
		breaches=breaches(policy, measures) if policy else (),
		subject=subject_of(doc),
		fingerprint=fingerprint(commercial_content(doc)),
	)


def measures_of(doc: Document, wanted: Collection[str] | None = None) -> QuoteMeasures:
	"""What a Quotation or a Sales Order gives away, by the site's own prices, rates and costs.

	None asks for every measure; those that are not wanted are None. Raises ExchangeRateMissing.
	"""
	wanted = frozenset(MEASURES if wanted is None else wanted)
	exchange = Exchange.of(doc)
	lines = _lines(doc, wanted, exchange) if wanted & NEED_MONEY else ()
	measures = measure(lines, digits=digits_of(doc.company), wanted=wanted)
	owed = _owed(doc, measures, exchange) if lines and "credit_excess" in wanted else Decimal()
	return replace(measures, terms=terms_of(doc, wanted, owed))


def _owed(doc: Document, measures: QuoteMeasures, exchange: Exchange) -> Decimal:
	"""The total with tax, in company currency, for the dearest choice between alternatives."""
	total = decimal_of(doc.grand_total)
	with_tax = total / (decimal_of(doc.net_total) or Decimal(1))
	_cheapest, dearest = measures.ranges["quoted_value"]
	return total * exchange.quote_rate + (dearest - measures.quoted_value) * with_tax


def _lines(doc: Document, wanted: frozenset[str], exchange: Exchange) -> list[QuoteLine]:
	rows = rows_of(doc)
	goods = goods_of(rows) if wanted & (NEED_LIST_PRICES | NEED_COSTS) else {}
	listed = list_rates(doc, goods, exchange) if wanted & NEED_LIST_PRICES else {}
	costs = cost_rates(doc.company, goods) if wanted & NEED_COSTS else {}
	paid = paid_for(doc, rows)
	return [
		QuoteLine(
			key=row.key,
			item=row.doc.item_code or cstr(row.doc.item_name),
			quantity=row.quantity,
			amount=paid[row.key] * exchange.quote_rate,
			list_rate=listed.get(row.key),
			cost_rate=costs.get(row.key),
			chosen_instead_of=row.chosen_instead_of,
		)
		for row in rows
	]


def subject_of(doc: Document) -> str:
	"""Which company offers, and to whom: an approval counts for nobody else."""
	kind, name = party_of(doc)
	return fingerprint({"company": doc.company, "party_type": kind, "party": name})


def commercial_content(doc: Document) -> dict[str, Any]:
	"""Everything that an approval covers, each value cast to its field's type.

	The tables have a row for each of the document's, in its order: an alternative belongs to the row above
	it.
	"""
	content: dict[str, Any] = _values(doc, COMMERCIAL_FIELDS)
	for table, fields in COMMERCIAL_ROW_FIELDS.items():
		content[table] = [_values(row, fields) for row in doc.get(table) or ()]
	return content


def _values(doc: Document, fields: Sequence[str]) -> dict[str, Any]:
	return {field: _cast(doc, field) for field in fields if doc.meta.has_field(field)}


def _cast(doc: Document, fieldname: str) -> Any:
	kind, value = doc.meta.get_field(fieldname).fieldtype, doc.get(fieldname)
	if kind in NUMERIC:
		return flt(value)
	if kind == "Date":
		return cstr(getdate(value)) if value else ""
	return cstr(value).strip()
