"""Which deals a report is about: what its reader asked for, of what they may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Table
from pypika.terms import Criterion

from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import readable
from pipeline_ext.subjects import OPPORTUNITY

DEALS = OPPORTUNITY.doctype
FIRST_DAY = date.min + timedelta(days=1)
LAST_DAY = date.max - timedelta(days=1)
"""The days before the first and after the last of the calendar cannot be named."""


@dataclass(frozen=True)
class DealFilters:
	"""Checked filters. `owners` are the users asked for, by name or by team; None for anybody."""

	company: str
	pipeline: str | None = None
	owners: frozenset[str] | None = None
	territory: str | None = None
	source: str | None = None
	customer_group: str | None = None

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> DealFilters:
		"""From `company`, `pipeline`, `deal_owner`, `team`, `territory`, `source` and `customer_group`.

		Raises ValidationError for a filter that makes no sense.
		"""
		return cls(
			company=given.company(filters),
			pipeline=given.text(filters, "pipeline", _("Pipeline")),
			owners=_owners(filters),
			territory=given.text(filters, "territory", _("Territory")),
			source=given.text(filters, "source", _("Source")),
			customer_group=given.text(filters, "customer_group", _("Customer Group")),
		)

	@property
	def currency(self) -> str:
		"""The company's currency, which every amount is in."""
		return frappe.get_cached_value("Company", self.company, "default_currency")

	def of_deals(self, deal: Table) -> Criterion:
		"""Which rows of Opportunity were asked for, by what they are now, and may be read."""
		conditions = [self.apart_from_owner(deal)]
		if self.pipeline:
			conditions.append(deal[OPPORTUNITY.pipeline] == self.pipeline)
		if self.owners is not None:
			conditions.append(deal[OPPORTUNITY.owner].isin(sorted(self.owners) or [""]))
		return Criterion.all(conditions)

	def apart_from_owner(self, deal: Table) -> Criterion:
		"""The same, but of any pipeline and owner: for reports that ask the ledger who that was then."""
		conditions = [deal[OPPORTUNITY.company] == self.company, readable(DEALS)]
		if self.territory:
			conditions.append(deal.territory.isin(_with_descendants("Territory", self.territory)))
		if self.customer_group:
			conditions.append(
				deal.customer_group.isin(_with_descendants("Customer Group", self.customer_group))
			)
		if self.source:
			conditions.append(deal[source_field()] == self.source)
		return Criterion.all(conditions)


@dataclass(frozen=True)
class Days:
	"""A period in whole days, both ends included."""

	first: date
	last: date

	@property
	def before(self) -> Days:
		"""As many days just before, as far back as the calendar goes."""
		last = max(self.first, FIRST_DAY) - timedelta(days=1)
		days = min(self.last - self.first, last - date.min)
		return Days(last - days, last)

	@property
	def end(self) -> date:
		"""The day after the last: whatever is dated before it is in the period or earlier."""
		return min(self.last, LAST_DAY) + timedelta(days=1)


def days(filters: Mapping[str, Any], first: date, last: date) -> Days:
	"""The period from `from_date` to `to_date`, by default the one given here."""
	period = Days(
		given.day(filters, "from_date", _("From Date")) or first,
		given.day(filters, "to_date", _("To Date")) or last,
	)
	given.refuse_backwards(period.first, period.last)
	return period


def source_field() -> str:
	"""The Opportunity field that says where a deal came from: `source`, in ERPNext 16 `utm_source`."""
	return "utm_source" if frappe.get_meta(DEALS).has_field("utm_source") else "source"


def members(team: str) -> frozenset[str]:
	"""The users of a Sales Person and of everybody below, by their employees."""
	people = _with_descendants("Sales Person", team)
	employees = frappe.get_all("Sales Person", {"name": ("in", people)}, pluck="employee")
	users = frappe.get_all("Employee", {"name": ("in", [*filter(None, employees)])}, pluck="user_id")
	return frozenset(filter(None, users))


def _owners(filters: Mapping[str, Any]) -> frozenset[str] | None:
	owner = given.text(filters, "deal_owner", _("Owner"))
	team = given.text(filters, "team", _("Team"))
	if team and not frappe.db.exists("Sales Person", team):
		frappe.throw(
			_("There is no team {0}. Choose one from the tree of sales people.").format(
				frappe.bold(frappe.utils.escape_html(team))
			),
			title=_("Unknown Team"),
		)
	if not team:
		return frozenset([owner]) if owner else None
	return members(team) & {owner} if owner else members(team)


def _with_descendants(doctype: str, name: str) -> list[str]:
	return [name, *frappe.db.get_descendants(doctype, name)]
