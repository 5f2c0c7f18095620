"""One row per deal, from lead to cash, as far as the reader may see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.query_builder import DocType, Order
from frappe.utils import cint, create_batch, flt, getdate
from pypika import Criterion, Table

from pipeline_ext.domain.lead_to_cash import OrderProgress, Standing, outstanding_after_advances, standing
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import Reader, readable
from pipeline_ext.reports.deal_filters import source_field
from pipeline_ext.reports.deal_trail import ORDER, Chain, Part, Parts, follow

PARTY_TYPES = ("Customer", "Lead", "Prospect")
FIRST, LAST = 0, -1
LATEST_FIRST = "transaction_date desc, creation desc, name desc"
DEALS_A_PAGE = 5000
MOST_LISTED = 2000


@dataclass(frozen=True)
class LeadToCash:
	"""The latest deals' rows, the totals of all deals, and what was left out for want of permission.

	`totals` lacks the amounts of documents that the reader may not read.
	"""

	rows: list[dict[str, Any]]
	deals: int
	totals: Mapping[str, float]
	currency: str
	unreadable: tuple[str, ...]
	withheld: int


def rows(filters: Mapping[str, Any] | str | None = None) -> list[dict[str, Any]]:
	"""One row per deal, the latest first; amounts in the company's currency, None where not readable."""
	chosen, reader = Filters.parse(given.parse(filters)), Reader()
	return _rows(list(_courses(chosen, reader)), chosen.currency, reader)


def read(filters: Mapping[str, Any] | str | None = None) -> LeadToCash:
	"""The rows of the latest deals, with the totals of all of them, and what the reader may not see."""
	chosen, reader = Filters.parse(given.parse(filters)), Reader()
	latest: list[Course] = []
	totals: dict[str, float] = {}
	deals = 0
	for deals, course in enumerate(_courses(chosen, reader), 1):
		if deals <= MOST_LISTED:
			latest.append(course)
		for name, amount in course.amounts.items():
			if amount is not None:
				totals[name] = totals.get(name, 0.0) + amount
	return LeadToCash(
		rows=_rows(latest, chosen.currency, reader),
		deals=deals,
		totals={name: _clean(total) for name, total in totals.items()},
		currency=chosen.currency,
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

	@property
	def currency(self) -> str:
		"""The company's, which every amount is in."""
		return frappe.get_cached_value("Company", self.company, "default_currency")

	def keeps(self, course: Course) -> bool:
		"""Whether a deal is as far along, and as unpaid, as was asked for."""
		if self.reached and not course.standing.reached(self.reached):
			return False
		return not self.only_open or flt(course.amounts["outstanding"]) > 0


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


# Which deals


def _names(filters: Filters) -> list[str]:
	"""The names of the deals that were asked for and may be read, the latest first."""
	deal = DocType("Opportunity")
	return (
		frappe.qb.from_(deal)
		.select(deal.name)
		.where(Criterion.all(_conditions(filters, deal)) & readable("Opportunity"))
		.orderby(deal.transaction_date, deal.creation, order=Order.desc)
		.run(pluck=True)
	)


def _conditions(filters: Filters, deal: Table) -> Iterator[Criterion]:
	yield deal.company == filters.company
	if filters.from_date:
		yield deal.transaction_date >= filters.from_date
	if filters.to_date:
		yield deal.transaction_date <= filters.to_date
	if filters.owner:
		yield deal.opportunity_owner == filters.owner
	if filters.party:
		yield deal.party_name.isin(_parties(filters))
	if filters.party_type and not (filters.party and filters.party_type == "Customer"):
		yield deal.opportunity_from == filters.party_type


def _parties(filters: Filters) -> list[str]:
	"""The party; a customer's deals include those of the lead or prospect that became it."""
	origins = ()
	if filters.party_type == "Customer":
		origins = frappe.db.get_value("Customer", filters.party, ["lead_name", "prospect_name"]) or ()
	return [filters.party, *filter(None, origins)]


# How far each has come


class Course(NamedTuple):
	"""What one deal led to; None for what the reader may not read."""

	deal: str
	standing: Standing
	quotes: list[Part] | None
	orders: list[Part] | None
	goods: list[Part] | None
	invoices: list[Part] | None
	payments: list[Part] | None
	amounts: Mapping[str, float | None]


def _courses(chosen: Filters, reader: Reader) -> Iterator[Course]:
	"""Page by page: what deals led to takes far more memory than what it comes to."""
	for page in create_batch(_names(chosen), DEALS_A_PAGE):
		chain = follow(page, chosen.company, reader)
		yield from filter(chosen.keeps, (_course(deal, chain) for deal in page))


def _course(deal: str, chain: Chain) -> Course:
	quotes, orders, deliveries, invoices, payments = (
		_parts_of(deal, parts)
		for parts in (chain.quoted, chain.ordered, chain.delivered, chain.invoiced, chain.paid)
	)
	goods = _goods_out(deliveries, invoices)
	invoiced, outstanding = _sum(invoices), _outstanding(_parts_of(deal, chain.due), payments)
	progress = [OrderProgress(part.document.per_delivered, part.document.per_billed) for part in orders or ()]
	return Course(
		deal=deal,
		standing=standing(bool(quotes), progress, invoiced or 0, outstanding),
		quotes=quotes,
		orders=orders,
		goods=goods,
		invoices=invoices,
		payments=payments,
		amounts={
			"quoted": _sum(quotes and quotes[LAST:]),
			"ordered": _sum(orders),
			"delivered": _sum(goods),
			"invoiced": invoiced,
			"paid": _sum(payments),
			"outstanding": outstanding,
		},
	)


def _parts_of(deal: str, parts: Parts | None) -> list[Part] | None:
	return None if parts is None else parts.get(deal, [])


# Rows


def _rows(courses: Sequence[Course], currency: str, reader: Reader) -> list[dict[str, Any]]:
	deals = _deals([course.deal for course in courses])
	leads = _leads(list(deals.values()), reader)
	return [_row(deals[each.deal], leads.get(each.deal), each, currency) for each in courses]


def _deals(names: Sequence[str]) -> dict[str, frappe._dict]:
	"""By name; whoever asks has found that the reader may read them."""
	deals = frappe.get_all(
		"Opportunity",
		filters={"name": ["in", names]},
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
	)
	return {deal.name: deal for deal in deals}


def _leads(deals: Sequence[frappe._dict], reader: Reader) -> dict[str, frappe._dict]:
	"""The lead behind each deal: the party itself, or the first lead of the prospect."""
	of_prospect = _first_leads([deal.party_name for deal in deals if deal.opportunity_from == "Prospect"])
	lead_of = {
		deal.name: deal.party_name if deal.opportunity_from == "Lead" else of_prospect[deal.party_name]
		for deal in deals
		if deal.opportunity_from == "Lead" or deal.party_name in of_prospect
	}
	leads = {lead.name: lead for lead in _read_leads(set(lead_of.values()), reader)}
	return {deal: leads[lead] for deal, lead in lead_of.items() if lead in leads}


def _read_leads(names: set[str], reader: Reader) -> list[frappe._dict]:
	lead, may_read = DocType("Lead"), reader.may_read("Lead")
	if not names:
		return []
	found = (
		frappe.qb.from_(lead)
		.select(lead.name, lead.creation, may_read)
		.where(lead.name.isin(names))
		.run(as_dict=True)
	)
	return reader.readable("Lead", found) or []


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


def _row(deal: frappe._dict, lead: frappe._dict | None, course: Course, currency: str) -> dict[str, Any]:
	quotes, orders, invoices, payments = course.quotes, course.orders, course.invoices, course.payments
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
		"standing": course.standing.value,
		"currency": currency,
		"amount": _deal_amount(deal),
		"created_on": deal.transaction_date,
		"quotation": _name(quotes, LAST),
		"quoted_on": _on(quotes, LAST),
		"sales_order": _name(orders, FIRST),
		"sales_orders": _count(orders),
		"ordered_on": _on(orders, FIRST),
		"delivered_on": _on(course.goods, LAST),
		"sales_invoice": _name(invoices, FIRST),
		"sales_invoices": _count(invoices),
		"invoiced_on": _on(invoices, FIRST),
		"paid_on": _on(payments, LAST),
		"days": _days(deal, lead, payments if course.standing is Standing.PAID else None),
		**course.amounts,
	}


def _sum(parts: list[Part] | None) -> float | None:
	return None if parts is None else _clean(sum([part.amount for part in parts]))


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
	return sorted([*deliveries, *direct], key=attrgetter("on")) if direct else deliveries


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
