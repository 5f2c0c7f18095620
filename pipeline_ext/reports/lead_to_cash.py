"""One row per deal, from lead to cash, as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, flt, getdate

from pipeline_ext.domain.lead_to_cash import OrderProgress, Standing, outstanding_after_advances, standing
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import Reader
from pipeline_ext.reports.deal_filters import source_field
from pipeline_ext.reports.deal_trail import ORDER, Chain, Part, Parts, follow

PARTY_TYPES = ("Customer", "Lead", "Prospect")
FIRST, LAST = 0, -1


@dataclass(frozen=True)
class LeadToCash:
	"""The deals' rows, and what had to be left out of them for want of permission."""

	rows: list[dict[str, Any]]
	currency: str
	unreadable: tuple[str, ...]
	withheld: int


def rows(filters: Mapping[str, Any] | str | None = None) -> list[dict[str, Any]]:
	"""One row per deal, the latest first; amounts in the company's currency, None where not readable."""
	return read(filters).rows


def read(filters: Mapping[str, Any] | str | None = None) -> LeadToCash:
	"""The rows, with what the reader may not see."""
	chosen = Filters.parse(given.parse(filters))
	reader = Reader()
	deals = _deals(chosen)
	leads = _leads(deals, reader)
	chain = follow(deals, chosen.company, reader)
	found = [_row(deal, leads.get(deal.name), chain) for deal in deals]
	return LeadToCash(
		rows=[row for row in found if chosen.keeps(row)],
		currency=chain.currency,
		unreadable=tuple(reader.unreadable),
		withheld=reader.withheld,
	)


# Filters


@dataclass(frozen=True)
class Filters:
	"""What the reader asked for, checked."""

	company: str
	from_date: date | None
	to_date: date | None
	owner: str | None
	party_type: str | None
	party: str | None
	reached: Standing | None
	only_open: bool

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Filters:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		from_date = given.day(filters, "from_date", _("From Date"))
		to_date = given.day(filters, "to_date", _("To Date"))
		given.refuse_backwards(from_date, to_date)
		return cls(
			company=given.company(filters),
			from_date=from_date,
			to_date=to_date,
			owner=given.text(filters, "opportunity_owner", _("Deal Owner")),
			party_type=_party_type(filters),
			party=given.text(filters, "party", _("Party")),
			reached=_reached(filters),
			only_open=bool(cint(filters.get("only_open"))),
		)

	def keeps(self, row: Mapping[str, Any]) -> bool:
		"""Whether a row is as far along, and as unpaid, as was asked for."""
		if self.reached and not Standing(row["standing"]).reached(self.reached):
			return False
		return not self.only_open or flt(row["outstanding"]) > 0


def _party_type(filters: Mapping[str, Any]) -> str | None:
	party_type = given.text(filters, "party_type", _("Party Type"))
	if filters.get("party") and party_type not in PARTY_TYPES:
		frappe.throw(
			_("Say what {0} is: a Customer, a Lead or a Prospect.").format(
				frappe.bold(frappe.utils.escape_html(str(filters["party"])))
			),
			title=_("Party Type Missing"),
		)
	return party_type


def _reached(filters: Mapping[str, Any]) -> Standing | None:
	step = given.text(filters, "reached", _("Stage Reached"))
	try:
		return Standing(step) if step else None
	except ValueError:
		frappe.throw(
			_("{0} is no step between lead and cash. Choose one from the list.").format(
				frappe.bold(frappe.utils.escape_html(step))
			),
			title=_("Unknown Step"),
		)


# Deals and their leads


def _deals(filters: Filters) -> list[frappe._dict]:
	conditions: list[list[Any]] = [["company", "=", filters.company]]
	if filters.from_date:
		conditions.append(["transaction_date", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["transaction_date", "<=", filters.to_date])
	if filters.owner:
		conditions.append(["opportunity_owner", "=", filters.owner])
	return frappe.get_list(
		"Opportunity",
		filters=conditions + _party_conditions(filters),
		fields=[
			"name",
			"title",
			"opportunity_from",
			"party_name",
			f"{source_field()} as source",
			"opportunity_owner",
			"sales_stage",
			"status",
			"transaction_date",
			"base_opportunity_amount",
			"opportunity_amount",
			"conversion_rate",
		],
		order_by="transaction_date desc, creation desc",
		limit_page_length=0,
	)


def _party_conditions(filters: Filters) -> list[list[Any]]:
	"""A customer's deals include those of the lead or prospect that became it."""
	if filters.party_type != "Customer":
		conditions = [["opportunity_from", "=", filters.party_type], ["party_name", "=", filters.party]]
		return [condition for condition in conditions if condition[2]]
	if not filters.party:
		return [["opportunity_from", "=", "Customer"]]
	origins = frappe.db.get_value("Customer", filters.party, ["lead_name", "prospect_name"]) or ()
	return [["party_name", "in", [filters.party, *filter(None, origins)]]]


def _leads(deals: Sequence[frappe._dict], reader: Reader) -> dict[str, frappe._dict]:
	"""The lead behind each deal: the party itself, or the first lead of the prospect."""
	of_prospect = _first_leads([deal.party_name for deal in deals if deal.opportunity_from == "Prospect"])
	lead_of = {
		deal.name: deal.party_name if deal.opportunity_from == "Lead" else of_prospect[deal.party_name]
		for deal in deals
		if deal.opportunity_from == "Lead" or deal.party_name in of_prospect
	}
	documents = reader.documents("Lead", lead_of.values(), ["creation"]) or {}
	return {deal: documents[lead] for deal, lead in lead_of.items() if lead in documents}


def _first_leads(prospects: list[str]) -> dict[str, str]:
	if not prospects:
		return {}
	member = DocType("Prospect Lead")
	members = (
		frappe.qb.from_(member)
		.select(member.parent, member.lead)
		.where(member.parent.isin(prospects))
		.orderby(member.idx, order=frappe.qb.desc)
		.run()
	)
	return dict(members)


# Rows


def _row(deal: frappe._dict, lead: frappe._dict | None, chain: Chain) -> dict[str, Any]:
	quotes, orders, deliveries, invoices, payments = (
		_parts_of(deal, parts)
		for parts in (chain.quoted, chain.ordered, chain.delivered, chain.invoiced, chain.paid)
	)
	goods = _goods_out(deliveries, invoices)
	invoiced, outstanding = _sum(invoices), _outstanding(_parts_of(deal, chain.due), payments)
	progress = [OrderProgress(part.document.per_delivered, part.document.per_billed) for part in orders or ()]
	where = standing(bool(quotes), progress, invoiced or 0, outstanding)
	return {
		"opportunity": deal.name,
		"title": deal.title,
		"party_type": deal.opportunity_from,
		"party": deal.party_name,
		"lead": lead and lead.name,
		"source": deal.source,
		"opportunity_owner": deal.opportunity_owner,
		"sales_stage": deal.sales_stage,
		"status": deal.status,
		"standing": where.value,
		"currency": chain.currency,
		"amount": _deal_amount(deal),
		"created_on": deal.transaction_date,
		"quotation": _name(quotes, LAST),
		"quoted": _sum(quotes and quotes[LAST:]),
		"quoted_on": _on(quotes, LAST),
		"sales_order": _name(orders, FIRST),
		"sales_orders": _count(orders),
		"ordered": _sum(orders),
		"ordered_on": _on(orders, FIRST),
		"delivered": _sum(goods),
		"delivered_on": _on(goods, LAST),
		"sales_invoice": _name(invoices, FIRST),
		"sales_invoices": _count(invoices),
		"invoiced": invoiced,
		"invoiced_on": _on(invoices, FIRST),
		"paid": _sum(payments),
		"paid_on": _on(payments, LAST),
		"outstanding": outstanding,
		"days": _days(deal, lead, payments if where is Standing.PAID else None),
	}


def _parts_of(deal: frappe._dict, parts: Parts | None) -> list[Part] | None:
	return None if parts is None else parts.get(deal.name, [])


def _sum(parts: list[Part] | None) -> float | None:
	return None if parts is None else _clean(sum(part.amount for part in parts))


def _clean(amount: float) -> float:
	"""Without the noise that binary fractions leave in a sum."""
	return round(amount, 6)


def _count(parts: list[Part] | None) -> int | None:
	return None if parts is None else len(parts)


def _name(parts: list[Part] | None, which: int) -> str | None:
	return parts[which].document.name if parts else None


def _on(parts: list[Part] | None, which: int) -> date | None:
	return parts[which].on if parts else None


def _goods_out(deliveries: list[Part] | None, invoices: list[Part] | None) -> list[Part] | None:
	"""Delivery notes, and invoices that took the goods from stock themselves."""
	if deliveries is None:
		return None
	direct = [part for part in invoices or () if part.document.update_stock]
	return sorted([*deliveries, *direct], key=lambda part: part.on)


def _deal_amount(deal: frappe._dict) -> float:
	"""The deal's amount in company currency; ERPNext computes that one in the browser only."""
	return flt(deal.base_opportunity_amount) or flt(deal.opportunity_amount) * (
		flt(deal.conversion_rate) or 1
	)


def _outstanding(due: list[Part] | None, payments: list[Part] | None) -> float | None:
	if due is None or payments is None:
		return None
	advances = [part for part in payments if part.document.reference_doctype == ORDER.doctype]
	return _clean(outstanding_after_advances(_sum(due), _sum(advances)))


def _days(deal: frappe._dict, lead: frappe._dict | None, payments: list[Part] | None) -> int | None:
	"""Days from the lead, or from a deal that is older than its lead's record, to the last payment."""
	if not payments:
		return None
	start = min(getdate(lead.creation), deal.transaction_date) if lead else deal.transaction_date
	return (payments[LAST].on - start).days
