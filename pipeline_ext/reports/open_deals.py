"""Open deals in groups that are alike: as they are now, and as they were when a past period began."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache

import frappe
from frappe.query_builder import Table
from frappe.query_builder.functions import Count, DateFormat, Sum
from frappe.utils import flt
from pypika.enums import DatePart
from pypika.functions import Extract
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Term

from pipeline_ext.domain.forecast.lines import OpenGroup
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.reports.gate import stage_of
from pipeline_ext.reports.mariadb import AS_WRITTEN
from pipeline_ext.reports.win_models import BY_MONTH, CHANCE
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY


def open_groups(filters: DealFilters, by_deal: bool = False) -> Iterator[OpenGroup]:
	"""The open deals that were asked for and may be read, as they are now, with the chances of the night."""
	deal, chance = frappe.qb.DocType(DEALS), frappe.qb.DocType(CHANCE)
	amount = amount_of(OPPORTUNITY, deal)
	keys = {
		**_month(deal[OPPORTUNITY.expected_close]),
		"owner": deal[OPPORTUNITY.owner],
		"stage": deal[OPPORTUNITY.stage],
		"version": deal[OPPORTUNITY.version],
		"category": deal[OPPORTUNITY.forecast_category],
		**({"name": deal.name} if by_deal else {}),
	}
	rows = (
		undecided(filters)
		.left_join(chance)
		.on((chance.document_type == DEALS) & (chance.document_name == deal.name) & (chance.is_current == 1))
		.select(*_named(keys), Count("*").as_("deals"), Sum(amount).as_("amount"))
		.select(Count(chance.name).as_("scored"))
		.select(*(Sum(amount * chance[each]).as_(each) for each in BY_MONTH))
		.groupby(*keys.values())
		.run(as_dict=True)
	)
	usual = pipelines.usual_for(DEALS, filters.company)
	known_stage = cache(stage_of)
	for row in rows:
		stage = known_stage(row.version or (usual and usual.version), row.stage)
		yield OpenGroup(
			**_group(row),
			probability=stage.probability if stage else None,
			ahead=tuple(float(row[each] or 0) / 100 for each in BY_MONTH),
			unscored=row.deals - row.scored,
		)


def undecided(filters: DealFilters) -> QueryBuilder:
	"""The deals that are neither won nor lost, by their status and by the ledger, if it knows them.

	Of those that were asked for and may be read. The status leaves few to look up in the ledger.
	"""
	deal, tip = frappe.qb.DocType(DEALS), frappe.qb.DocType(LEDGER_TIP)
	return (
		frappe.qb.from_(deal)
		.left_join(tip)
		.on((tip.document_type == DEALS) & (tip.document_name == deal.name))
		.where(deal[OPPORTUNITY.status].notin(OPPORTUNITY.closed_statuses))
		.where((tip.outcome == Outcome.OPEN.value) | tip.name.isnull())
		.where(filters.of_deals(deal))
	)


def groups_at_start(
	filters: DealFilters,
	due: Days,
	start: date | None = None,
	categories: Collection[str] | None = None,
	by_deal: bool = False,
) -> Iterator[OpenGroup]:
	"""The deals that were to close within some days, as they stood when `start` began, by the ledger.

	Without `start`, each as it stood when the month began in which it was to close. Of some forecast
	categories, if they are named. Owner, pipeline and category are those of then; permissions and the other
	filters ask for what the deal is now.
	"""
	deal = frappe.qb.DocType(DEALS)
	entry, following = (frappe.qb.DocType(LEDGER).as_(name) for name in ("entry", "following"))
	began = start or DateFormat(entry.expected_close, "%Y-%m-01")
	keys = {
		**_month(entry.expected_close),
		"owner": entry.deal_owner,
		"category": entry.forecast_category,
		"probability": entry.probability,
		**({"name": deal.name} if by_deal else {}),
	}
	rows = (
		frappe.qb.from_(entry)
		.modifier(AS_WRITTEN)
		.force_index("expected_close_category")
		.left_join(following)
		.on(
			(following.document_type == entry.document_type)
			& (following.document_name == entry.document_name)
			& (following.sequence == entry.sequence + 1)
		)
		.join(deal)
		.on((entry.document_type == DEALS) & (entry.document_name == deal.name))
		.select(*_named(keys), Count("*").as_("deals"), Sum(entry.amount).as_("amount"))
		.where(entry.expected_close.between(due.first, due.last) & (entry.outcome == Outcome.OPEN.value))
		.where((entry.posted_on < began) & (following.name.isnull() | (following.posted_on >= began)))
		.where(filters.apart_from_owner(deal) & _asked_for_then(filters, categories, entry))
		.groupby(*keys.values())
		.run(as_dict=True)
	)
	for row in rows:
		yield OpenGroup(**_group(row), probability=row.probability)


def _asked_for_then(filters: DealFilters, categories: Collection[str] | None, entry: Table) -> Criterion:
	conditions = [entry.company == filters.company]
	if categories:
		conditions.append(entry.forecast_category.isin(list(categories)))
	if filters.pipeline:
		conditions.append(entry.pipeline == filters.pipeline)
	if filters.owners is not None:
		conditions.append(entry.deal_owner.isin(sorted(filters.owners) or [""]))
	return Criterion.all(conditions)


def _month(day: Term) -> dict[str, Term]:
	return {"year": Extract(DatePart.year, day), "month": Extract(DatePart.month, day)}


def _named(keys: Mapping[str, Term]) -> Iterator[Term]:
	return (term.as_(name) for name, term in keys.items())


def _group(row: frappe._dict) -> dict[str, object]:
	return {
		"owner": row.owner or None,
		"month": date(row.year, row.month, 1) if row.year else None,
		"amount": flt(row.amount),
		"deals": row.deals,
		"category": row.category,
		"name": row.get("name"),
	}
