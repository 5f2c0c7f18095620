"""Quotas against what is won and what is open in a period, and the deals behind each figure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, getdate
from pypika.queries import QueryBuilder
from pypika.terms import Criterion

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.quota import (
	Figures,
	Line,
	Part,
	Quota,
	SalesPerson,
	Standing,
	Unit,
	UnitKind,
	counted_as,
	quota_of_pipelines,
	tree,
)
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.amounts import amount_of
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters
from pipeline_ext.reports.drill_down import Behind, refuse_figure
from pipeline_ext.reports.open_deals import undecided
from pipeline_ext.reports.won_deals import won_between
from pipeline_ext.subjects import OPPORTUNITY

QUOTA = "Sales Quota"

Key = tuple[UnitKind, str | None]


@dataclass(frozen=True)
class Asked:
	"""What the reader asked for, checked."""

	deals: DealFilters
	period: CalendarPeriod
	owner: str | None
	team: str | None
	chart_of: UnitKind

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Asked:
		kind = given.choice(filters, "period", _("Period"), PeriodKind) or PeriodKind.QUARTER
		day = given.day(filters, "date", _("Date")) or getdate()
		return cls(
			deals=DealFilters.parse(filters),
			period=CalendarPeriod.around(day, kind),
			owner=given.text(filters, "deal_owner", _("Owner")),
			team=given.text(filters, "team", _("Team")),
			chart_of=given.choice(filters, "chart_of", _("Chart Of"), UnitKind) or UnitKind.PERSON,
		)

	@property
	def is_narrowed(self) -> bool:
		"""Whether deals were asked for by something that no quota is by."""
		return bool(self.deals.territory or self.deals.source or self.deals.customer_group)


@dataclass(frozen=True)
class QuotaAttainment:
	"""How the company stands, its teams and people, or the team or person that was asked for.

	`full_names` are those of users. `withheld` says that there are quotas which the reader may not read.
	`overdue` is the amount of the open deals that were to close before the period, or nobody knows when.
	"""

	asked: Asked
	lines: tuple[Line, ...]
	full_names: Mapping[str, str]
	withheld: bool
	overdue: float

	@property
	def currency(self) -> str:
		return self.asked.deals.currency

	@property
	def elapsed(self) -> float:
		"""The share of the period's days that has gone."""
		return self.asked.period.elapsed(getdate())

	@property
	def omitted(self) -> float:
		return sum(line.attainment.figures.omitted for line in self.lines if line.above is None)

	@property
	def in_several_teams(self) -> list[str]:
		"""The names of people who are in more than one team."""
		units = Counter(line.unit for line in self.lines if line.unit.kind is UnitKind.PERSON)
		return [self.label_of(unit) for unit, times in units.items() if times > 1]

	def label_of(self, unit: Unit) -> str:
		"""What a unit is called, translated."""
		if unit.kind is UnitKind.NO_TEAM:
			return _("No Team")
		if unit.kind is UnitKind.PERSON:
			return self.full_names.get(unit.name, unit.name) if unit.name else _("Without Owner")
		return unit.name


def quota_attainment(filters: Mapping[str, Any] | str | None = None) -> QuotaAttainment:
	"""Of the deals and quotas that the user may read; see `Asked` and `DealFilters` for the filters.

	Raises ValidationError for filters that make no sense.
	"""
	asked = Asked.parse(given.parse(filters))
	quotas, withheld = _quotas(asked)
	standing = Standing(_figures(asked), quotas, asked.period.elapsed(getdate()), adds_up=not withheld)
	lines = tuple(line for root in _roots(asked, standing) for line in standing.lines(root))
	return QuotaAttainment(
		asked=asked,
		lines=lines,
		full_names=_full_names(lines),
		withheld=withheld,
		overdue=_overdue(asked),
	)


def part_label(part: Part) -> str:
	return {
		Part.CLOSED: _("Closed"),
		Part.COMMIT: _("Commit"),
		Part.BEST_CASE: _("Best Case"),
		Part.PIPELINE: _("Pipeline"),
		Part.OMITTED: _("Omitted"),
	}[part]


# Deals


def _figures(asked: Asked) -> dict[str | None, Figures]:
	figures: dict[str | None, Figures] = defaultdict(Figures)
	for owner, part, amount in (*_won_by_owner(asked), *_open_by_owner(asked)):
		figures[owner or None] = figures[owner or None].plus(part, flt(amount))
	return figures


def _won_by_owner(asked: Asked) -> Iterator[tuple[str | None, Part, float]]:
	won = _won(asked)
	owner = won[OPPORTUNITY.owner]
	rows = frappe.qb.from_(won).select(owner, Sum(won.amount)).groupby(owner).run()
	return ((owner, Part.CLOSED, amount) for owner, amount in rows)


def _open_by_owner(asked: Asked) -> Iterator[tuple[str | None, Part, float]]:
	deal = frappe.qb.DocType(DEALS)
	keys = deal[OPPORTUNITY.owner], deal[OPPORTUNITY.forecast_category]
	rows = _closing(asked).select(*keys, Sum(amount_of(OPPORTUNITY, deal))).groupby(*keys).run()
	return ((owner, counted_as(category), amount) for owner, category, amount in rows)


def _won(asked: Asked) -> QueryBuilder:
	"""The deals that were won in the period."""
	return won_between(asked.deals, Days(asked.period.first, asked.period.last))


def _closing(asked: Asked) -> QueryBuilder:
	"""The open deals that are expected to close in the period."""
	expected = frappe.qb.DocType(DEALS)[OPPORTUNITY.expected_close]
	return undecided(asked.deals).where(expected.between(asked.period.first, asked.period.last))


def _overdue(asked: Asked) -> float:
	deal = frappe.qb.DocType(DEALS)
	expected = deal[OPPORTUNITY.expected_close]
	is_overdue = expected.isnull() | (expected < asked.period.first)
	return flt(undecided(asked.deals).select(Sum(amount_of(OPPORTUNITY, deal))).where(is_overdue).run()[0][0])


# Quotas


def _quotas(asked: Asked) -> tuple[dict[Key, Quota], bool]:
	"""Those of the period, by whose they are, and whether there are some that the reader may not read."""
	wanted = {
		"company": asked.deals.company,
		"from_date": ("<=", asked.period.last),
		"to_date": (">=", asked.period.first),
	}
	if asked.deals.pipeline:
		wanted["pipeline"] = asked.deals.pipeline
	fields = ["quota_for", "user", "sales_person", "pipeline", "period", "from_date", "amount"]
	readable = frappe.has_permission(QUOTA, "read")
	rows = frappe.get_list(QUOTA, wanted, fields, limit_page_length=0) if readable else []
	return _by_holder(asked, rows), len(rows) < frappe.db.count(QUOTA, wanted)


def _by_holder(asked: Asked, rows: list[frappe._dict]) -> dict[Key, Quota]:
	amounts: dict[Key, dict[str | None, dict[CalendarPeriod, float]]] = defaultdict(lambda: defaultdict(dict))
	for row in rows:
		key = UnitKind(row.quota_for), row.user or row.sales_person or asked.deals.company
		period = CalendarPeriod(PeriodKind(row.period), row.from_date)
		amounts[key][_pipeline_of(asked, row)][period] = flt(row.amount)
	quotas = {key: quota_of_pipelines(asked.period, by_pipeline) for key, by_pipeline in amounts.items()}
	return {key: quota for key, quota in quotas.items() if quota}


def _pipeline_of(asked: Asked, row: frappe._dict) -> str | None:
	"""None for all that were asked for."""
	return None if asked.deals.pipeline else row.pipeline or None


# The tree


def _roots(asked: Asked, standing: Standing) -> list[Unit]:
	"""The company, or whom the reader asked for instead."""
	owners = asked.deals.owners
	if asked.owner:
		return [Unit(UnitKind.PERSON, asked.owner)] if asked.owner in owners else []
	whole = _whole(asked, standing)
	if not asked.team:
		return [whole]
	key = (UnitKind.TEAM, asked.team)
	return [unit for _depth, _above, unit in whole.walk() if unit.key == key]


def _whole(asked: Asked, standing: Standing) -> Unit:
	people = {name for kind, name in standing.quotas if kind is UnitKind.PERSON}.union(standing.figures)
	if asked.deals.owners is not None:
		people &= asked.deals.owners
	teams = {name for kind, name in standing.quotas if kind is UnitKind.TEAM}
	if asked.team:
		teams.add(asked.team)
	return tree(asked.deals.company, _staff(teams), people, teams)


def _staff(teams: set[str]) -> list[SalesPerson]:
	"""The tree of sales people, from the top down: groups are teams, and whoever is named as one."""
	person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	rows = (
		frappe.qb.from_(person)
		.left_join(employee)
		.on(employee.name == person.employee)
		.select(person.name, person.parent_sales_person, person.is_group, employee.user_id)
		.orderby(person.lft)
		.run(as_dict=True)
	)
	return [
		SalesPerson(
			name=row.name,
			above=row.parent_sales_person or None,
			user=row.user_id or None,
			is_team=bool(row.is_group) or row.name in teams,
		)
		for row in rows
	]


def _full_names(lines: Iterable[Line]) -> dict[str, str]:
	users = {line.unit.name for line in lines if line.unit.kind is UnitKind.PERSON and line.unit.name}
	named = frappe.get_all("User", {"name": ("in", users)}, ["name", "full_name"], as_list=True)
	return {user: full_name or user for user, full_name in named}


# The deals behind a figure


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The deals that a unit's part counts: `unit` is its kind, `name` its name, `what` the part."""
	found = quota_attainment(filters)
	unit, part = _unit(found, figure), given.choice(figure, "what", _("Figure"), Part) or refuse_figure()
	deals = _won_deals(found.asked, unit) if part is Part.CLOSED else _open_deals(found.asked, unit, part)
	return Behind(
		title=_("{0} of {1}, {2}").format(part_label(part), found.label_of(unit), found.asked.period.label),
		counted={name: flt(amount) for name, amount in deals},
		currency=found.currency,
	)


def _unit(found: QuotaAttainment, figure: Mapping[str, Any]) -> Unit:
	key = given.choice(figure, "unit", _("Unit"), UnitKind), given.text(figure, "name", _("Name"))
	units = [line.unit for line in found.lines if line.unit.key == key]
	return units[0] if units else refuse_figure()


def _won_deals(asked: Asked, unit: Unit) -> list[tuple[str, float]]:
	won = _won(asked)
	return frappe.qb.from_(won).select(won.name, won.amount).where(_is_of(unit, won)).run()


def _open_deals(asked: Asked, unit: Unit, part: Part) -> list[tuple[str, float]]:
	deal = frappe.qb.DocType(DEALS)
	rows = (
		_closing(asked)
		.select(deal.name, amount_of(OPPORTUNITY, deal), deal[OPPORTUNITY.forecast_category])
		.where(_is_of(unit, deal))
		.run()
	)
	return [(name, amount) for name, amount, category in rows if counted_as(category) is part]


def _is_of(unit: Unit, deals: Any) -> Criterion:
	return Coalesce(deals[OPPORTUNITY.owner], "").isin(sorted(user or "" for user in unit.people) or [""])
