"""Every way to submit a quotation that nobody approved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import frappe
import pytest

from tests.browser import records
from tests.browser.quotes.ways import (
	BIRTHS,
	SILENT,
	SUBMITS,
	contents,
	form_of,
	insert_as_admin,
	is_in_words,
	line,
	new_quote,
	put,
	quote,
)
from tests.browser.rest import Session, is_clear_no

# Every way to submit


@pytest.mark.parametrize("way", SUBMITS)
def test_no_way_submits_a_quote_without_its_approval(sales_user: Session, unapproved: str, way: str):
	before = contents("Quotation", unapproved)
	answer = SUBMITS[way](sales_user, "Quotation", unapproved)
	assert is_clear_no(answer) or (way in SILENT and answer.status_code == 200)
	assert contents("Quotation", unapproved) == before


@pytest.mark.parametrize("way", SUBMITS)
def test_each_way_submits_a_quote_that_needs_none(sales_user: Session, way: str):
	name = quote(sales_user, line(rate=90))
	assert SUBMITS[way](sales_user, "Quotation", name).status_code == 200
	assert records.stored("Quotation", name, ["docstatus", "pe_approval_status"]) == (1, "Not Required")


@pytest.mark.parametrize("way", BIRTHS)
def test_no_quote_is_born_submitted_without_its_approval(sales_user: Session, approved: str, way: str):
	before = quotes_of_rep()
	claims = {
		"pe_approval_status": "Approved",
		"pe_approval": records.stored("Quotation", approved, "pe_approval"),
	}
	answer = BIRTHS[way](sales_user, new_quote(line(rate=80), docstatus=1, **claims))
	assert is_clear_no(answer)
	assert quotes_of_rep() == before


def quotes_of_rep() -> int:
	frappe.db.rollback()
	return frappe.db.count("Quotation", {"owner": records.REP})


@pytest.fixture
def workflow() -> Iterator[None]:
	"""A Workflow on Quotation with which a Sales User submits."""
	with records.committed_as("Administrator"):
		made = [
			("Workflow State", insert_as_admin("Workflow State", workflow_state_name="HTTP Draft")),
			("Workflow State", insert_as_admin("Workflow State", workflow_state_name="HTTP Sent")),
			(
				"Workflow Action Master",
				insert_as_admin("Workflow Action Master", workflow_action_name="HTTP Send"),
			),
			("Workflow", insert_as_admin("Workflow", **WORKFLOW)),
			("Custom Field", "Quotation-workflow_state"),
		]
	yield
	with records.committed_as("Administrator"):
		for doctype, name in reversed(made):
			frappe.delete_doc(doctype, name, force=True)
	frappe.clear_cache(doctype="Quotation")


WORKFLOW = {
	"workflow_name": "HTTP Test Workflow",
	"document_type": "Quotation",
	"is_active": 1,
	"workflow_state_field": "workflow_state",
	"states": [
		{"state": "HTTP Draft", "doc_status": "0", "allow_edit": "Sales User"},
		{"state": "HTTP Sent", "doc_status": "1", "allow_edit": "Sales User"},
	],
	"transitions": [
		{"state": "HTTP Draft", "action": "HTTP Send", "next_state": "HTTP Sent", "allowed": "Sales User"}
	],
}


@pytest.mark.usefixtures("workflow")
def test_a_workflow_submits_no_quote_without_its_approval(sales_user: Session):
	name = quote(sales_user, line(rate=80))
	send = partial(sales_user.run, "frappe.model.workflow.apply_workflow", action="HTTP Send")
	assert is_clear_no(send(doc=json.dumps(form_of(sales_user, "Quotation", name))))
	bulk = sales_user.run(
		"frappe.model.workflow.bulk_workflow_approval",
		docnames=json.dumps([name]),
		doctype="Quotation",
		action="HTTP Send",
	)
	assert is_in_words(bulk)
	assert records.stored("Quotation", name, ["docstatus", "workflow_state"]) == (0, "HTTP Draft")
	put(sales_user, "Quotation", name, workflow_state="HTTP Sent")
	assert records.stored("Quotation", name, "docstatus") == 0
	free = quote(sales_user)
	assert send(doc=json.dumps(form_of(sales_user, "Quotation", free))).status_code == 200
	assert records.stored("Quotation", free, ["docstatus", "workflow_state"]) == (1, "HTTP Sent")
