"""Fills a site with deals, their ledger and the documents they led to, by SQL: no event, no validation.

What it writes is named BENCH-…; ledger entries are Imported and their hashes are none. It takes a site of its
own, and refuses one that has deals of anybody else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain, islice
from random import Random
from typing import Any

import frappe
from frappe.utils import now_datetime

from benchmarks import documents
from benchmarks.histories import CURRENCIES, History, Point, histories
from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Origin, tip_of
from pipeline_ext.domain.visits import past_visits
from pipeline_ext.forecasting import fitting
from pipeline_ext.history import tips, visits
from pipeline_ext.history.naming import named_after
from pipeline_ext.history.writing import as_row
from pipeline_ext.reports.win_models import CHANCE, MODEL
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY, STAGE_VISIT
from tests.site import factories

MARK = "BENCH-"
QUOTA = "Sales Quota"
ROWS_A_QUERY = 500
TEAMS, OWNERS, CUSTOMERS, PROSPECTS = 6, 60, 2000, 500
PIPELINE = b2b.NAME
SOURCES = ("Advertisement", "Campaign", "Cold Calling", "Exhibition", "Reference", "Walk In")
GROUPS = ("Commercial", "Government", "Individual", "Non Profit")
REGIONS = {
	"Bench North": ("Bench Hull", "Bench Leeds", "Bench York"),
	"Bench South": ("Bench Bath", "Bench Dover", "Bench Kent"),
}
PARTIES = ("Customer", "Customer", "Customer", "Lead", "Lead", "Prospect")

Rows = Iterable[Sequence[Any]]


def fill(deals: int, learn: bool = True) -> None:
	"""Empty the site and give it so many deals, and all that belongs to them; committed.

	`learn` runs the nightly job on them, too.
	"""
	_refuse_others_deals()
	factories.masters()
	owners = _team()
	_masters()
	frappe.db.commit()
	filled = ("Opportunity", LEDGER, LEDGER_TIP, STAGE_VISIT, *documents.DOCTYPES, MODEL, CHANCE, QUOTA)
	for doctype in filled:
		frappe.db.truncate(doctype)
	_deals(deals, owners)
	documents.derive()
	_quotas(owners)
	if learn:
		fitting.fit(factories.COMPANY, date.today())
	frappe.db.commit()
	for doctype in filled:
		frappe.db.sql(f"ANALYZE TABLE `tab{doctype}`")


def _quotas(owners: list[str]) -> None:
	"""What each owner is to win in this quarter."""
	for owner in owners:
		quota = {"quota_for": "User", "user": owner, "period": "Quarter", "amount": 500_000}
		frappe.get_doc(doctype=QUOTA, company=factories.COMPANY, from_date=date.today(), **quota).insert()


def _refuse_others_deals() -> None:
	if others := frappe.db.count("Opportunity", {"name": ("not like", f"{MARK}%")}):
		sys.exit(f"The site has {others} deals that this did not load. Use a site of its own: it is emptied.")


# Who and what deals are about


def _team() -> list[str]:
	"""Sixty users in six teams of the tree of Sales Persons."""
	frappe.local.conf.throttle_user_limit = 2 * OWNERS
	_ensure("Gender", "Other", gender="Other")
	owners = [f"rep{number}@reports-benchmark.example" for number in range(OWNERS)]
	for number, owner in enumerate(owners):
		team = f"Bench Team {number % TEAMS + 1}"
		_ensure("Sales Person", team, sales_person_name=team, is_group=1, parent_sales_person="Sales Team")
		if not frappe.db.exists("User", owner):
			factories.user(owner, "Sales User")
			_sales_person(owner, team)
	return owners


def _sales_person(user: str, team: str) -> None:
	employee = _insert(
		"Employee",
		first_name=user,
		company=factories.COMPANY,
		gender="Other",
		date_of_birth="1990-01-01",
		date_of_joining="2020-01-01",
		user_id=user,
		create_user_permission=0,
	)
	_insert("Sales Person", sales_person_name=user, parent_sales_person=team, employee=employee)


def _masters() -> None:
	for source in SOURCES:
		_ensure("Lead Source", source, source_name=source)
	for reason in documents.LOST_REASONS:
		_ensure("Opportunity Lost Reason", reason, lost_reason=reason)
	for competitor in documents.COMPETITORS:
		_ensure("Competitor", competitor, competitor_name=competitor)
	for region, towns in REGIONS.items():
		_ensure("Territory", region, territory_name=region, is_group=1, parent_territory="All Territories")
		for town in towns:
			_ensure("Territory", town, territory_name=town, parent_territory=region)
	if not frappe.db.exists("Customer", f"{MARK}C0"):
		customers = (f"{MARK}C{number}" for number in range(CUSTOMERS))
		_bulk("Customer", ("name", "customer_name", "customer_group"), ((c, c, GROUPS[0]) for c in customers))
		prospects = (f"{MARK}P{number}" for number in range(PROSPECTS))
		_bulk("Prospect", ("name", "company_name"), ((p, p) for p in prospects))


def _ensure(doctype: str, name: str, **fields: Any) -> None:
	if not frappe.db.exists(doctype, name):
		_insert(doctype, **fields)


def _insert(doctype: str, **fields: Any) -> str:
	return frappe.get_doc({"doctype": doctype, **fields}).insert().name


# Deals and their ledgers

DEAL_FIELDS = (
	"name",
	"title",
	"company",
	"opportunity_from",
	"party_name",
	"customer_name",
	"opportunity_type",
	"source",
	"territory",
	"customer_group",
	"opportunity_owner",
	"_assign",
	"sales_stage",
	"status",
	"transaction_date",
	"expected_closing",
	"currency",
	"conversion_rate",
	"opportunity_amount",
	"base_opportunity_amount",
	"probability",
	"pe_pipeline",
	"pe_pipeline_version",
	"pe_stage_entered_on",
	"pe_forecast_category",
	"pe_win_probability",
	"pe_close_date_pushes",
)
STATUS = {"Won": "Converted", "Lost": "Lost", "Open": "Open"}
WARNED = 0.02
NO_HASH = "0" * 64
UNMET = '[{"title": "We know whom to talk to", "state": "unmet", "blocks": true}]'


@dataclass(frozen=True)
class Deal:
	"""A deal under its name, with what its history does not say."""

	name: str
	history: History
	random: Random
	version: str

	def as_document(self) -> tuple[Any, ...]:
		last, rate = self.history.last, CURRENCIES[self.history.currency]
		party = self.random.choice(PARTIES)
		name = self._party(party)
		territories = [town for towns in REGIONS.values() for town in towns]
		return (
			*(self.name, self.name, factories.COMPANY, party, name, name, "Sales"),
			*map(self.random.choice, (SOURCES, territories, GROUPS)),
			*(last.deal_owner, f'["{last.deal_owner}"]', last.stage, STATUS[last.outcome]),
			*(self.history.points[0].posted_on.date(), last.expected_close),
			*(self.history.currency, rate, last.amount / rate, last.amount, 100),
			*(PIPELINE, self.version, self.history.entered_on, last.forecast_category, last.probability),
			self.history.pushes,
		)

	def _party(self, party: str) -> str:
		if party == "Lead":
			return self.name.replace(MARK, f"{MARK}L")
		count, letter = (CUSTOMERS, "C") if party == "Customer" else (PROSPECTS, "P")
		return f"{MARK}{letter}{self.random.randrange(count)}"

	@cached_property
	def entries(self) -> list[Entry]:
		"""The chain of the deal; nothing seals it."""
		return [self._entry(sequence, point) for sequence, point in enumerate(self.history.points, 1)]

	def _entry(self, sequence: int, point: Point) -> Entry:
		warned = bool(point.move and sequence > 1 and self.random.random() < WARNED)
		state = DealState(
			pipeline=PIPELINE,
			stage=point.stage,
			outcome=point.outcome,
			probability=point.probability,
			forecast_category=point.forecast_category,
			amount=point.amount,
			expected_close=point.expected_close,
			deal_owner=point.deal_owner,
			company=factories.COMPANY,
		)
		circumstances = Circumstances(
			origin=Origin.IMPORTED,
			path="Import",
			posted_by=point.deal_owner,
			pipeline_version=self.version,
			changes=point.changes,
			move=point.move,
			from_stage=point.from_stage,
			days_in_stage=point.days_in_stage,
			would_refuse=warned,
			verdicts=UNMET if warned else None,
		)
		return Entry(sequence, point.posted_on, point.visit, state, circumstances, NO_HASH, NO_HASH)

	def as_entries(self) -> Iterator[dict[str, Any]]:
		return (as_row(OPPORTUNITY.doctype, self.name, entry) for entry in self.entries)

	def as_tip(self) -> dict[str, Any]:
		return tips.as_row(OPPORTUNITY.doctype, self.name, tip_of(self.entries))

	def as_visits(self) -> Iterator[dict[str, Any]]:
		paid = past_visits(self.entries)
		return (visits.as_row(OPPORTUNITY.doctype, self.name, visit) for visit in paid)


def _deals(count: int, owners: Sequence[str]) -> None:
	version = frappe.db.get_value("Sales Pipeline", PIPELINE, "published_version")
	random, now = Random(2), now_datetime()
	numbered = enumerate(histories(count, owners, now))
	deals = (Deal(f"{MARK}{number:07d}", history, random, version) for number, history in numbered)
	while page := list(islice(deals, 10_000)):
		_bulk("Opportunity", DEAL_FIELDS, (deal.as_document() for deal in page))
		_records(LEDGER, (entry for deal in page for entry in deal.as_entries()))
		_records(LEDGER_TIP, (deal.as_tip() for deal in page))
		_records(STAGE_VISIT, (visit for deal in page for visit in deal.as_visits()))
		frappe.db.commit()


def _records(doctype: str, rows: Iterator[dict[str, Any]]) -> None:
	"""Insert rows of documents, all of the same fields, under names of their own."""
	first = next(rows)
	columns = [column for column in first if column != "doctype"]
	named = (
		(named_after(row["document_name"]), *(row[column] for column in columns))
		for row in chain([first], rows)
	)
	_bulk(doctype, ("name", *columns), named)


def _bulk(doctype: str, fields: Sequence[str], rows: Rows) -> None:
	"""Insert rows of these fields."""
	now = now_datetime()
	made = (now, now, "Administrator", "Administrator")
	columns = ", ".join(f"`{field}`" for field in (*fields, "creation", "modified", "owner", "modified_by"))
	one = f"({', '.join(['%s'] * (len(fields) + len(made)))})"
	rows = iter(rows)
	while page := [(*row, *made) for row in islice(rows, ROWS_A_QUERY)]:
		frappe.db.sql(
			f"INSERT INTO `tab{doctype}` ({columns}) VALUES {', '.join([one] * len(page))}",
			[value for row in page for value in row],
		)
