"""Decided deals by what they have in common: how many were won, how soon, and what they bring a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import chain
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import add_months, cint, flt, fmt_money, formatdate, get_fullname, getdate
from pypika.functions import Function, NullIf
from pypika.queries import QueryBuilder, Selectable
from pypika.terms import Term, ValueWrapper

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share
from pipeline_ext.domain.win_loss import SIZES, AlikeDeals, WinLoss, size_band, win_loss
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters, days, source_field
from pipeline_ext.reports.decisions import decided, undated
from pipeline_ext.reports.drill_down import Behind, refuse_figure
from pipeline_ext.reports.mariadb import run_with_room
from pipeline_ext.subjects import OPPORTUNITY

MONTHS_BY_DEFAULT = 12

Key = str | int | date | None
"""What the deals of a group have in common; None for those that have no such thing."""


class GroupBy(str, Enum):
	"""What deals are put together by."""

	OWNER = "Owner"
	SOURCE = "Source"
	SEGMENT = "Market Segment"
	INDUSTRY = "Industry"
	TERRITORY = "Territory"
	CUSTOMER_GROUP = "Customer Group"
	TYPE = "Opportunity Type"
	SIZE = "Size Band"
	COMPETITOR = "Competitor"
	LOST_REASON = "Lost Reason"
	PIPELINE = "Pipeline"
	MONTH = "Month of Decision"

	@property
	def is_of_open_deals(self) -> bool:
		"""Whether open deals are in such groups too."""
		return self not in (GroupBy.LOST_REASON, GroupBy.MONTH)

	@property
	def adds_up(self) -> bool:
		"""Whether each decided deal is in exactly one group."""
		return self not in ROWS


FIELDS = {
	GroupBy.OWNER: OPPORTUNITY.owner,
	GroupBy.SEGMENT: "market_segment",
	GroupBy.INDUSTRY: "industry",
	GroupBy.TERRITORY: "territory",
	GroupBy.CUSTOMER_GROUP: "customer_group",
	GroupBy.TYPE: "opportunity_type",
	GroupBy.PIPELINE: OPPORTUNITY.pipeline,
}
"""The deal's field that says in which group it is; the source's name depends on ERPNext."""

ROWS = {
	GroupBy.COMPETITOR: ("Competitor Detail", "competitor"),
	GroupBy.LOST_REASON: ("Opportunity Lost Reason Detail", "lost_reason"),
}
"""The DocType of the deal's rows that say in which groups it is, and their field."""


@dataclass(frozen=True)
class Asked:
	"""What the reader asked for, checked."""

	deals: DealFilters
	days: Days
	group_by: GroupBy

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Asked:
		"""The filters as typed data: by default the last twelve months by owner. Wrong ones are refused."""
		today = getdate()
		return cls(
			deals=DealFilters.parse(filters),
			days=days(filters, getdate(add_months(today, -MONTHS_BY_DEFAULT)), today),
			group_by=given.choice(filters, "group_by", _("Group By"), GroupBy) or GroupBy.OWNER,
		)


@dataclass(frozen=True)
class Group:
	"""Deals that have something in common: decided in the period, in the one before it, and open now.

	`rate_before` is the share won in the period before; `open_deals` is None for what open deals do not have
	yet.
	"""

	key: Key
	label: str
	now: WinLoss
	rate_before: Share
	open_deals: int | None

	@property
	def velocity(self) -> float | None:
		"""What the open deals bring a day, in company currency."""
		return self.now.velocity(self.open_deals) if self.open_deals is not None else None


@dataclass(frozen=True)
class Analysis:
	"""What became of deals, by group and in all; amounts are in the company's currency.

	`undated` deals are closed, and nobody knows since when: they are in no period.
	"""

	asked: Asked
	groups: tuple[Group, ...]
	total: Group
	undated: int


def analysis(filters: Mapping[str, Any] | str | None = None) -> Analysis:
	"""The deals that were decided in a period, of those that the user may read.

	For the filters of `DealFilters`, `from_date`, `to_date` and `group_by`. Raises ValidationError for those
	that make no sense.
	"""
	asked = Asked.parse(given.parse(filters))
	found = _found(asked, asked.group_by)
	whole = found if asked.group_by.adds_up else _found(asked, None)
	return Analysis(
		asked=asked,
		groups=tuple(sorted(_groups(asked.group_by, found), key=_order(asked.group_by))),
		total=_total(whole),
		undated=undated(asked.deals),
	)


@dataclass(frozen=True)
class Found:
	"""What the database says of each group; where open deals are in none, all of them are in that of None."""

	now: Mapping[Key, list[AlikeDeals]]
	rates_before: Mapping[Key, Share]
	open_deals: Mapping[Key, int]


def _found(asked: Asked, group_by: GroupBy | None) -> Found:
	return Found(
		now=_decided(asked, group_by, asked.days),
		rates_before=_rates(asked, group_by, asked.days.before),
		open_deals=_open(asked, group_by if group_by and group_by.is_of_open_deals else None),
	)


def _groups(group_by: GroupBy, found: Found) -> Iterator[Group]:
	"""The groups in which something was decided in the period, or is open."""
	open_deals = found.open_deals if group_by.is_of_open_deals else {}
	for key in {**found.now, **open_deals}:
		yield Group(
			key=key,
			label=_label(group_by, key),
			now=win_loss(found.now.get(key, ())),
			rate_before=found.rates_before.get(key, Share(0, 0)),
			open_deals=open_deals.get(key, 0) if group_by.is_of_open_deals else None,
		)


def _total(whole: Found) -> Group:
	before = whole.rates_before.values()
	return Group(
		key=None,
		label=_("Total"),
		now=win_loss(chain.from_iterable(whole.now.values())),
		rate_before=Share(sum(each.count for each in before), sum(each.of for each in before)),
		open_deals=sum(whole.open_deals.values()),
	)


def _order(group_by: GroupBy) -> Callable[[Group], tuple[Any, ...]]:
	"""Months and sizes in their own order, else the groups with most decided deals first."""
	if group_by in (GroupBy.MONTH, GroupBy.SIZE):
		return lambda group: (group.key,)
	if group_by is GroupBy.LOST_REASON:
		return lambda group: (-group.now.lost.deals, group.label)
	return lambda group: (-group.now.decided, -(group.open_deals or 0), group.label)


# What a group is called


def _label(group_by: GroupBy, key: Key) -> str:
	if group_by is GroupBy.SIZE:
		return _size_label(key)
	if key is None:
		return _("Not Set")
	if group_by is GroupBy.MONTH:
		return formatdate(key, "MMM yyyy")
	return get_fullname(key) if group_by is GroupBy.OWNER else _(key)


def _size_label(number: int) -> str:
	least, below = (end and fmt_money(end, precision=0) for end in size_band(number))
	if least and below:
		return _("{0} to {1}").format(least, below)
	return _("{0} and More").format(least) if least else _("None or Below {0}").format(below)


# Queries


def _decided(asked: Asked, group_by: GroupBy | None, period: Days) -> dict[Key, list[AlikeDeals]]:
	"""The deals decided in a period, by group; in each, those that were alike together.

	A deal begins with its date, with its record or with its first ledger entry, whichever comes first: it may
	be entered later than it began, and its history may have been imported.
	"""
	deals = _decided_deals(asked, group_by, period)
	query, key = _grouped(deals, group_by)
	is_won = deals.outcome == Outcome.WON.value
	dated = Coalesce(deals.transaction_date, deals.creation)
	took = Function("DATEDIFF", deals.decided_on, Function("LEAST", deals.creation, dated, deals.began_on))
	query = query.select(key, is_won, took, Count("*"), Sum(deals.amount)).groupby(key, is_won, took)
	groups = defaultdict(list)
	for group, won, days_taken, count, amount in run_with_room(query):
		outcome = Outcome.WON if won else Outcome.LOST
		groups[group].append(AlikeDeals(outcome, days_taken, count, flt(amount)))
	return groups


def _rates(asked: Asked, group_by: GroupBy | None, period: Days) -> dict[Key, Share]:
	"""The share won of the deals decided in a period, by group."""
	deals = _decided_deals(asked, group_by, period)
	query, key = _grouped(deals, group_by)
	won = Sum(deals.outcome == Outcome.WON.value)
	rows = query.select(key, won, Count("*")).groupby(key).run()
	return {group: Share(int(won), decided) for group, won, decided in rows}


def _open(asked: Asked, group_by: GroupBy | None) -> dict[Key, int]:
	"""How many deals are open now, by group."""
	query, key = _grouped(_open_deals(asked, group_by), group_by)
	return dict(query.select(key, Count("*")).groupby(key).run())


def _decided_deals(asked: Asked, group_by: GroupBy | None, period: Days) -> QueryBuilder:
	fields = ("creation", "transaction_date", *_fields(group_by))
	return decided(asked.deals, *fields, within=period).as_("deals")


def _open_deals(asked: Asked, group_by: GroupBy | None) -> QueryBuilder:
	deal = frappe.qb.DocType(DEALS)
	fields = (deal[field] for field in _fields(group_by))
	return (
		frappe.qb.from_(deal)
		.select(deal.name, amount_of(OPPORTUNITY, deal).as_("amount"), *fields)
		.where(deal[OPPORTUNITY.status].notin(OPPORTUNITY.closed_statuses) & asked.deals.of_deals(deal))
		.as_("deals")
	)


def _fields(group_by: GroupBy | None) -> list[str]:
	"""The deal's own field that says in which group it is, if there is one."""
	field = source_field() if group_by is GroupBy.SOURCE else FIELDS.get(group_by)
	return [field] if field else []


def _grouped(deals: Selectable, group_by: GroupBy | None) -> tuple[QueryBuilder, Term]:
	"""A query with a row for each group that a deal is in, and what says which group that is."""
	query = frappe.qb.from_(deals)
	if group_by in ROWS:
		return _by_rows(query, deals, *ROWS[group_by])
	if group_by is GroupBy.SIZE:
		return query, Function("INTERVAL", deals.amount, *SIZES)
	if group_by is GroupBy.MONTH:
		return query, Function("LAST_DAY", deals.decided_on)
	fields = _fields(group_by)
	return query, NullIf(deals[fields[0]], "") if fields else ValueWrapper(None)


def _by_rows(query: QueryBuilder, deals: Selectable, doctype: str, field: str) -> tuple[QueryBuilder, Term]:
	"""By what the deals' rows name; rows that name the same thing once more do not count."""
	row, earlier = (frappe.qb.DocType(doctype).as_(alias) for alias in ("row", "earlier"))
	is_named = (row.parent == deals.name) & (row.parenttype == DEALS) & (row[field] != "")
	is_repeated = (
		(earlier.parent == row.parent)
		& (earlier.parenttype == row.parenttype)
		& (earlier[field] == row[field])
		& (earlier.name < row.name)
	)
	query = query.left_join(row).on(is_named).left_join(earlier).on(is_repeated)
	return query.where(earlier.name.isnull()), row[field]


# The deals behind a figure


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The won, lost or open deals (`what`) of a `group`, or of all where none is named."""
	asked = Asked.parse(filters)
	group_by = asked.group_by if "group" in figure else None
	outcome = _outcome(figure, group_by)
	is_open = outcome is Outcome.OPEN
	deals = _open_deals(asked, group_by) if is_open else _decided_deals(asked, group_by, asked.days)
	query, key = _grouped(deals, group_by)
	if not is_open:
		query = query.where(deals.outcome == outcome.value)
	label = _("All Deals")
	if group_by:
		group = _group(figure, group_by)
		label = _label(group_by, group)
		query = query.where(key.isnull() if group is None else key == group)
	return Behind(
		title=_("{0}: {1}").format(label, _(outcome.value)),
		counted={name: flt(amount) for name, amount in query.select(deals.name, deals.amount).run()},
		currency=asked.deals.currency,
	)


def _outcome(figure: Mapping[str, Any], group_by: GroupBy | None) -> Outcome:
	outcome = given.choice(figure, "what", _("Figure"), Outcome)
	if outcome is None or (outcome is Outcome.OPEN and group_by and not group_by.is_of_open_deals):
		refuse_figure()
	return outcome


def _group(figure: Mapping[str, Any], group_by: GroupBy) -> Key:
	"""The group that a figure is of, as the database knows it."""
	if group_by is GroupBy.MONTH:
		return given.day(figure, "group", _(group_by.value))
	group = given.text(figure, "group", _(group_by.value))
	return min(max(cint(group), 0), len(SIZES)) if group_by is GroupBy.SIZE else group
