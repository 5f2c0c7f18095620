"""Any sequence of changes, by whatever path, keeps the ledger true: its last entry is the document."""

from __future__ import annotations

import random
from dataclasses import fields

import frappe
import pytest
from frappe.utils import add_days, get_datetime, nowdate

from pipeline_ext.domain.ledger import DealState
from pipeline_ext.history.sealing import tampered
from pipeline_ext.reports.gate import recorded_in_database, state_of
from pipeline_ext.subjects import OPPORTUNITY
from tests.site.pipelines import asking, deal, ledger

STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Negotiation/Review", "Won", "Lost")
STEPS = 25


def save(made, **values):
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update(values)
	fresh.save()


def change(made, chance: random.Random) -> None:
	"""One change, as a form, a program or ERPNext itself might make it."""
	fresh = frappe.get_doc("Opportunity", made.name)
	amount, day = chance.randint(1, 9999), add_days(nowdate(), chance.randint(1, 400))
	owner, stage = chance.choice(("Administrator", "Guest")), chance.choice(STAGES)
	chance.choice(
		(
			lambda: save(made, sales_stage=stage),
			lambda: save(made, sales_stage=stage, opportunity_amount=amount),
			lambda: save(made, opportunity_amount=amount, expected_closing=day),
			lambda: save(made, opportunity_owner=owner, title=f"Deal {amount}"),
			lambda: save(made, status=chance.choice(("Open", "Replied", "Lost", "Converted"))),
			lambda: fresh.db_set("sales_stage", stage),
			lambda: fresh.db_set({"expected_closing": day, "opportunity_owner": owner}),
			lambda: fresh.db_set("status", chance.choice(("Open", "Quotation", "Converted"))),
		)
	)()


@pytest.mark.parametrize("seed", range(4))
def test_the_last_entry_is_always_the_document(seed):
	asking({"field": "opportunity_amount", "operator": ">", "value": "500"})
	made, chance = deal(), random.Random(seed)
	for _step in range(STEPS):
		try:
			change(made, chance)
		except frappe.ValidationError:
			frappe.clear_messages()
		now = recorded_in_database(made, OPPORTUNITY)
		last = ledger(made)[-1]
		for part in fields(DealState):
			assert (last[part.name] or None) == (getattr(state_of(now, OPPORTUNITY), part.name) or None), part
	entries = ledger(made)
	assert len(entries) > STEPS / 4
	assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
	times = [get_datetime(entry.posted_on) for entry in entries]
	assert times == sorted(times)
	assert all(entry.days_in_stage >= 0 for entry in entries)
	assert not [found for found in tampered() if found[1] == made.name]
