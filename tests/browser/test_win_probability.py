"""What a deal's form says of its chance to be won."""

from __future__ import annotations

import json
import re
from typing import Any

import frappe
from frappe.utils import add_days, getdate, now_datetime
from playwright.sync_api import Locator, expect

from pipeline_ext.domain.forecast.history import place_of
from pipeline_ext.reports.win_models import days_ahead
from tests.browser import records
from tests.browser.pages import Desk


def learn(**rates: float) -> None:
	"""A model that knows the rates of stages."""
	known = {
		"regime": "Shrunk Stage Rates",
		"days": days_ahead(getdate()),
		"rates": {
			"rates": {place_of(records.PIPELINE, stage): rate for stage, rate in rates.items()},
			"overall": 0.3,
		},
	}
	write(
		doctype="Win Probability Model",
		company=records.COMPANY,
		fitted_on=now_datetime(),
		regime=known["regime"],
		decided=12,
		learned_until=add_days(getdate(), -1),
		outlook=json.dumps({"origin": str(getdate()), "periods": [], "missing": []}),
		accuracy="{}",
		coefficients=json.dumps(known),
	)


def said(deal: str, days_ago: int, percent: float) -> None:
	write(
		doctype="Deal Win Probability",
		document_type="Opportunity",
		document_name=deal,
		scored_on=add_days(getdate(), -days_ago),
		probability=percent,
	)


def write(**fields: Any) -> None:
	"""As the night writes it, past who may not."""
	with records.committed_as(records.ADMIN):
		document = frappe.get_doc(name=frappe.generate_hash(length=10), **fields)
		document.set_user_and_timestamp()
		document.db_insert()


def chance(desk: Desk) -> Locator:
	return desk.form.locator(".pe-chance")


def test_an_open_deal_says_how_likely_it_is_won_and_why(rep: Desk):
	learn(Prospecting=0.6, Qualification=0.1)
	deal = records.deal(contact_email="buyer@acme.example").name
	for days_ago, percent in ((30, 20), (9, 45)):
		said(deal, days_ago, percent)
	rep.open_form("Opportunity", deal)
	expect(chance(rep)).to_contain_text("60 %")
	expect(chance(rep).locator("li")).to_have_text(re.compile(r"\+30\s*Stage is Prospecting"))
	expect(chance(rep)).to_contain_text("Learned from 12 decided deals")
	expect(chance(rep).locator("svg .pe-line")).to_be_attached()
	rep.choose_stage("Qualification")
	rep.answer("Move")
	rep.expect_stage("Qualification")
	expect(chance(rep)).to_contain_text("10 %")
	expect(chance(rep).locator("li")).to_have_text(re.compile(r"−20\s*Stage is Qualification"))


def test_too_little_history_is_said_in_words(rep: Desk):
	rep.open_form("Opportunity", records.deal().name)
	expect(chance(rep)).to_have_text(
		"The chance to win is learned from decided deals at night. No night has passed yet."
	)


def test_nothing_is_said_of_a_closed_deal(rep: Desk):
	learn(Prospecting=0.6)
	deal = records.deal()
	with records.committed_as(records.ADMIN):
		frappe.get_doc("Opportunity", deal.name).db_set("status", "Closed")
	rep.open_form("Opportunity", deal.name)
	rep.expect_stage("Prospecting")
	expect(chance(rep)).to_have_count(0)
