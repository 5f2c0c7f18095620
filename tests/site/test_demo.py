"""The demo: what it puts on a site adds up, and clearing it takes away exactly that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import frappe
import pytest
from frappe.utils import flt, getdate

from pipeline_ext.demo import clear, load, masters
from pipeline_ext.demo.cast import COMPANY, EMAIL_DOMAIN, LEAD_SOURCES, REPS, STAFF
from pipeline_ext.demo.events import Lost, Moved, Ordered, QuoteDrafted, QuoteRevised, QuoteSent
from pipeline_ext.demo.story import tell
from pipeline_ext.forecasting import fitting
from pipeline_ext.subjects import OPPORTUNITY

DEALS = 24
SEED = 1
OPEN = ("not in", OPPORTUNITY.closed_statuses)
LOGS = {
	"Access Log",
	"Activity Log",
	"Deleted Document",
	"Error Log",
	"Scheduled Job Log",
}
"""Records of what happened on the site, the demo included. The counters of naming series stay, too."""


def counts() -> dict[str, int]:
	"""The number of rows of every DocType that has a table and is no log."""
	doctypes = frappe.get_all("DocType", {"issingle": 0, "is_virtual": 0}, pluck="name")
	return {name: frappe.db.count(name) for name in doctypes if name not in LOGS}


def settings() -> set[tuple]:
	"""Every setting of the site, but for when and by whom it was last saved."""
	singles = frappe.db.sql("select doctype, field, value from tabSingles where field not like 'modified%'")
	defaults = frappe.db.sql("select parent, defkey, defvalue from tabDefaultValue")
	return {tuple(row) for row in (*singles, *defaults)}


def of_company(doctype: str, **filters: object) -> int:
	return frappe.db.count(doctype, {"company": COMPANY, **filters})


def revised_and_sent(story) -> int:
	"""How many revisions took the place of a quote: the draft alone does not yet."""
	sent = 0
	for event in story.events:
		if isinstance(event, QuoteRevised):
			sent += any(
				isinstance(later, QuoteSent) and later.deal == event.deal and later.at > event.at
				for later in story.events
			)
	return sent


@dataclass(frozen=True)
class Demo:
	"""A demo that is on the site, and what the site was before."""

	logins: list[load.Login]
	counts_before: dict[str, int]
	settings_before: set[tuple]


@pytest.fixture(scope="module")
def demo(site: str) -> Iterator[Demo]:
	"""Loaded and committed once; what a test does to it is undone after that test."""
	before = counts(), settings()
	logins = load.load(DEALS, SEED, force=True)
	fitting.fit(COMPANY, getdate())
	frappe.db.commit()
	yield Demo(logins, *before)
	clear.clear()


@pytest.fixture(scope="module", autouse=True)
def no_demo_from_before(site: str) -> None:
	if load.is_loaded():
		clear.clear()


def test_a_site_with_real_transactions_is_refused():
	if not any(frappe.db.count(doctype) for doctype in load.TRANSACTIONS):
		pytest.skip("this test site has no transactions")
	with pytest.raises(load.DemoRefused, match="--force"):
		load.load(DEALS, SEED)


def test_a_demo_without_deals_is_refused():
	with pytest.raises(load.DemoRefused, match="--deals"):
		load.load(0, SEED, force=True)


def test_clearing_nothing_is_refused():
	with pytest.raises(load.DemoRefused, match="no demo"):
		clear.clear()


def test_a_failure_names_its_step_and_the_remedy(monkeypatch):
	def stumble():
		raise frappe.ValidationError("out of paper")

	monkeypatch.setattr(masters, "add_company", stumble)
	with pytest.raises(load.DemoFailed, match=r"the company.*out of paper\n.*clear-pipeline-demo"):
		load.load(DEALS, SEED, force=True)


def test_clear_leaves_every_table_and_setting_as_it_was(demo):
	cleared = clear.clear()
	assert counts() == demo.counts_before
	assert settings() == demo.settings_before
	assert cleared.kept == []
	assert not load.is_loaded()


def test_reps_have_quotas_speak_of_them_and_every_open_deal_has_a_chance(demo):
	quarters = frappe.get_all("Sales Quota", {"company": COMPANY}, pluck="from_date", distinct=True)
	assert len(quarters) in (8, 9)
	assert of_company("Sales Quota", quota_for="User") == len(quarters) * len(REPS)
	assert of_company("Sales Quota", quota_for="Company") == len(quarters)
	assert of_company("Forecast Adjustment", said_as="Owner") == len(REPS)
	assert of_company("Forecast Adjustment", said_as="Manager") == len(REPS)
	deals = frappe.get_all("Opportunity", {"company": COMPANY, "status": OPEN}, pluck="name")
	scored = frappe.get_all("Deal Win Probability", {"is_current": 1}, pluck="document_name")
	assert deals and set(deals) <= set(scored)


def test_the_site_shows_what_the_story_tells(demo):
	story = tell(SEED, DEALS, getdate())

	def told(kind: type) -> int:
		return sum(isinstance(event, kind) for event in story.events)

	assert of_company("Opportunity") == DEALS
	assert of_company("Lead") == len(story.leads)
	assert of_company("Quotation") == told(QuoteDrafted) + told(QuoteRevised)
	assert of_company("Quotation", pe_superseded_by=("is", "set"), docstatus=2) == revised_and_sent(story)
	assert of_company("Sales Order", docstatus=1) == told(Ordered)
	assert of_company("Opportunity", sales_stage="Won", status="Converted") == told(Ordered)
	assert of_company("Opportunity", sales_stage="Lost", status="Lost") == told(Lost)
	moves = {"document_type": "Opportunity", "company": COMPANY, "move": ("in", ("Forward", "Won"))}
	assert frappe.db.count("Pipeline Ledger Entry", moves) == told(Moved)


def test_the_past_is_in_the_past_and_kept_the_gates(demo):
	entries = frappe.get_all(
		"Pipeline Ledger Entry",
		{"document_type": "Opportunity", "company": COMPANY},
		["posted_on", "document_name", "would_refuse", "posted_by"],
		order_by="document_name, sequence",
	)
	creation = dict(frappe.get_all("Opportunity", {"company": COMPANY}, ["name", "creation"], as_list=True))
	assert {entry.would_refuse for entry in entries} == {0}
	assert all(getdate(entry.posted_on) < getdate() for entry in entries)
	assert all(getdate(entry.posted_on) >= getdate(creation[entry.document_name]) for entry in entries)
	assert {entry.posted_by for entry in entries} <= {person.email for person in STAFF}


def test_the_books_balance_and_totals_agree(demo):
	ledger = frappe.get_all(
		"GL Entry", {"company": COMPANY}, ["sum(debit) as debit", "sum(credit) as credit"]
	)
	assert flt(ledger[0].debit, 2) == flt(ledger[0].credit, 2) > 0
	for order in frappe.get_all("Sales Order", {"company": COMPANY}, ["name", "net_total"]):
		quotation = frappe.db.get_value("Sales Order Item", {"parent": order.name}, "prevdoc_docname")
		deal = frappe.db.get_value("Quotation", quotation, "opportunity")
		assert flt(order.net_total) == flt(frappe.db.get_value("Opportunity", deal, "opportunity_amount"))


def test_discounts_above_policy_went_through_approval(demo):
	approvals = frappe.get_all("Quote Approval", {"company": COMPANY}, ["name", "status", "discount_percent"])
	assert {approval.status for approval in approvals} == {"Approved", "Pending", "Rejected"}
	granted = frappe.get_all("Quote Approval Step", {"status": "Granted"}, pluck="parent")
	for approval in approvals:
		assert (5 if approval.name in granted else 10) < approval.discount_percent
	sent = {
		"company": COMPANY,
		"docstatus": 1,
		"pe_approval_status": ("not in", ("Approved", "Not Required")),
	}
	assert not frappe.get_all("Quotation", sent)


def test_a_deal_of_the_demo_is_stopped_at_its_gate(demo, as_user):
	name = frappe.get_all(
		"Opportunity",
		{"company": COMPANY, "sales_stage": "Needs Analysis", "expected_closing": (">", getdate())},
		pluck="name",
	)[0]
	deal = frappe.get_doc("Opportunity", name)
	deal.set("items", [])
	deal.sales_stage = "Proposal/Price Quote"
	with as_user(deal.opportunity_owner), pytest.raises(frappe.ValidationError, match="needs"):
		deal.save()


def test_every_lead_source_has_leads(demo):
	sources = frappe.get_all("Lead", {"company": COMPANY}, pluck="source", distinct=True)
	assert set(sources) == set(LEAD_SOURCES)


def test_people_can_log_in_and_see_only_the_demo(demo, as_user):
	assert {login.person.email.split("@")[1] for login in demo.logins} == {EMAIL_DOMAIN}
	rep = demo.logins[0]
	assert frappe.utils.password.check_password(rep.person.email, rep.password) == rep.person.email
	with as_user(rep.person.email):
		assert frappe.get_list("Company", pluck="name") == [COMPANY]
		companies = frappe.get_list("Opportunity", pluck="company", distinct=True)
		assert companies == [COMPANY]


def test_nobody_is_told_anything(demo):
	assert not frappe.db.count("Email Queue", {"creation": (">=", getdate())})
	people = [person.email for person in STAFF]
	assert not frappe.db.count("Notification Log", {"for_user": ("in", people)})


def test_a_second_demo_is_refused(demo):
	with pytest.raises(load.DemoRefused, match="clear-pipeline-demo"):
		load.load(DEALS, SEED, force=True)


def test_what_the_site_uses_by_now_stays(demo):
	item = frappe.db.get_value("Item", {"item_group": "Pipeline Demo Products"})
	frappe.get_doc(
		{"doctype": "Item Alternative", "item_code": item, "alternative_item_code": item}
	).db_insert()
	assert f"Item {item}" in clear.clear().kept
	assert frappe.db.exists("Item", item)
