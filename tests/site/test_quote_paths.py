"""A quotation that needs approval and has none is submitted on no path, and says what it lacks."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import product

import frappe
import pytest
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.desk.form.save import savedocs
from frappe.model.workflow import apply_workflow
from frappe.utils import nowdate

from pipeline_ext import api
from tests.site import approvals, factories
from tests.site.approvals import (
	LEAD,
	OTHER,
	REP,
	acting,
	approve,
	approved,
	fresh,
	quote,
	request,
	stored,
	submit,
)
from tests.site.measure import extra_queries

ONESELF = {**approvals.rule(), "approver_type": "Oneself", "role": None}
STATUS = ("docstatus", "pe_approval_status")


@pytest.fixture(autouse=True)
def people():
	approvals.people()


@pytest.fixture
def policy(people):
	return approvals.policy()


@pytest.fixture
def deal(policy):
	return approvals.deal()


@contextmanager
def rolling_back_to_here():
	"""A rollback by the code under test comes back to here."""
	run = frappe.local.db.rollback
	frappe.db.savepoint("here")
	with pytest.MonkeyPatch.context() as patched:
		patched.setattr(frappe.local.db, "rollback", lambda **kwargs: run(**{"save_point": "here", **kwargs}))
		yield


def refused():
	return pytest.raises(frappe.ValidationError, match="needs approval first")


# The paths to a submitted quotation


def put(doc, **fields):
	changed = fresh(doc)
	changed.update(fields)
	return changed.save()


def inserted_as_submitted(doc):
	copied = frappe.copy_doc(doc)
	copied.docstatus = 1
	return copied.insert()


def past_validation(doc):
	unvalidated = fresh(doc)
	unvalidated.flags.ignore_validate = True
	return unvalidated.submit()


SUBMITTING = {
	"the form": lambda doc: savedocs(json.dumps(fresh(doc).as_dict(), default=str), "Submit"),
	"PUT of docstatus": lambda doc: put(doc, docstatus=1),
	"client.submit": lambda doc: frappe.client.submit(fresh(doc).as_dict()),
	"client.set_value": lambda doc: frappe.client.set_value(
		"Quotation", doc.name, json.dumps({"docstatus": 1})
	),
	"client.save": lambda doc: frappe.client.save({**fresh(doc).as_dict(), "docstatus": 1}),
	"insert as submitted": inserted_as_submitted,
	"client.insert as submitted": lambda doc: frappe.client.insert(
		{**frappe.copy_doc(doc).as_dict(), "docstatus": 1}
	),
	"without validation": past_validation,
	"db_set": lambda doc: fresh(doc).db_set("docstatus", 1),
	"a claim to be approved": lambda doc: put(doc, docstatus=1, pe_approval_status="Approved"),
}


@pytest.mark.parametrize("path", SUBMITTING.values(), ids=SUBMITTING)
def test_no_path_submits_it(deal, path):
	draft = quote(deal)
	with acting(REP), refused():
		path(draft)
	assert stored(draft, *STATUS) == (0, "Required")
	assert frappe.db.count("Quotation", {"docstatus": 1}) == 0


@pytest.mark.parametrize("path", SUBMITTING.values(), ids=SUBMITTING)
def test_every_path_submits_one_that_needs_nothing(deal, path):
	draft = quote(deal, 90)
	with acting(REP):
		path(draft)
	assert frappe.db.count("Quotation", {"docstatus": 1, "pe_approval_status": "Not Required"}) == 1


def test_what_bulk_update_swallows_has_written_nothing(deal):
	draft = quote(deal)
	claim = {"doctype": "Quotation", "docname": draft.name, "docstatus": 1, "title": "Done", "status": "Open"}
	with acting(REP):
		answer = frappe.client.bulk_update(json.dumps([claim]))
	assert len(answer["failed_docs"]) == 1
	assert stored(draft, *STATUS, "status", "title") == (0, "Required", "Draft", draft.title)


def test_a_bulk_submit_takes_only_those_that_may(deal):
	needs, is_free = quote(deal), quote(deal, 95)
	with acting(REP), rolling_back_to_here():
		failed = submit_cancel_or_update_docs("Quotation", [is_free.name, needs.name], "submit")
	assert failed == [needs.name]
	assert stored(needs, *STATUS) == (0, "Required")


def test_an_auto_repeat_leaves_a_draft_that_asks_for_approval(deal):
	original = approved(deal)
	repeat = frappe.get_doc(
		{
			"doctype": "Auto Repeat",
			"reference_doctype": "Quotation",
			"reference_document": original.name,
			"frequency": "Daily",
			"start_date": nowdate(),
			"submit_on_creation": 1,
		}
	)
	repeat.flags.ignore_validate = True
	repeat.insert(ignore_permissions=True)
	repeat.create_documents()
	(repeated,) = frappe.get_all("Quotation", {"name": ("!=", original.name)}, [*STATUS, "pe_approval"])
	assert (repeated.docstatus, repeated.pe_approval_status, repeated.pe_approval) == (0, "Required", None)


# What a quotation says of its approval


@pytest.mark.parametrize(
	"forged", [{"pe_approval_status": "Approved"}, {"pe_approval_status": "Not Required"}]
)
def test_a_client_writes_no_status(deal, forged):
	draft = quote(deal)
	with acting(REP):
		put(draft, **forged)
	assert stored(draft, "pe_approval_status") == "Required"


def test_a_client_claims_no_request(deal):
	mine, other = quote(deal), quote(deal, 85)
	name = approve(other)
	with acting(REP):
		put(mine, pe_approval=name, pe_approval_status="Approved")
		frappe.client.set_value("Quotation", mine.name, "pe_approval", name)
	assert stored(mine, "pe_approval", "pe_approval_status") == (None, "Required")


@pytest.mark.parametrize(
	("change", "status"),
	[
		({"rate": 79.99}, "Stale"),
		({"rate": 81}, "Approved"),
		({"rate": 90}, "Not Required"),
		({"qty": 11}, "Approved"),
	],
)
def test_an_approval_covers_what_is_no_worse(deal, change, status):
	draft = quote(deal)
	approve(draft)
	changed = fresh(draft)
	changed.items[0].update(change)
	with acting(REP):
		changed.save()
	assert stored(draft, "pe_approval_status") == status


def test_a_stale_approval_submits_nothing(deal):
	draft = quote(deal)
	approve(draft)
	changed = fresh(draft)
	changed.items[0].rate = 70
	with (
		acting(REP),
		pytest.raises(frappe.ValidationError, match="was changed after approval was asked for"),
	):
		changed.submit()
	assert stored(draft, *STATUS) == (0, "Approved")
	assert stored(draft.items[0], "rate") == 80


def test_prices_that_rise_after_the_approval_do_not_hold_up_what_was_approved(deal):
	draft = quote(deal)
	approve(draft)
	frappe.db.set_value("Item Price", {"item_code": factories.WIDGET}, "price_list_rate", 200)
	assert submit(draft).docstatus == 1


def test_saving_a_draft_that_needs_approval_never_fails(deal):
	draft = quote(deal)
	for rate in (0.01, 50):
		changed = fresh(draft)
		changed.items[0].rate = rate
		with acting(REP):
			changed.save()
		assert stored(draft, *STATUS) == (0, "Required")


def test_without_validation_the_status_is_right_too(deal):
	draft = quote(deal)
	claim = fresh(draft)
	claim.pe_approval_status = "Approved"
	claim.flags.ignore_validate = True
	claim.save()
	assert stored(draft, "pe_approval_status") == "Required"


# Who may submit


def test_what_the_rep_may_grant_alone_is_granted_at_submit_and_recorded(policy):
	policy.set("rules", [ONESELF])
	policy.save()
	draft = quote(approvals.deal())
	assert stored(draft, "pe_approval_status") == "Required"
	submit(draft)
	assert stored(draft, *STATUS) == (1, "Approved")
	approval = frappe.get_doc("Quote Approval", stored(draft, "pe_approval"))
	assert (approval.status, approval.requested_by, approval.quotation) == ("Approved", REP, draft.name)
	assert [(step.status, step.measured) for step in approval.steps] == [("Granted", 20)]


def test_what_is_granted_alone_is_granted_to_an_insert_as_submitted(policy):
	policy.set("rules", [ONESELF])
	policy.save()
	with acting(REP):
		made = inserted_as_submitted(quote(approvals.deal()))
	assert stored(made, *STATUS) == (1, "Approved")
	assert frappe.db.get_value("Quote Approval", made.pe_approval, ["quotation", "status"]) == (
		made.name,
		"Approved",
	)


def test_nothing_is_granted_alone_beside_a_step_for_somebody_else(policy):
	policy.set("rules", [ONESELF, {**approvals.rule(), "title": "More than 15 % off", "threshold": 15}])
	policy.save()
	draft = quote(approvals.deal())
	with refused():
		submit(draft)
	assert stored(draft, *STATUS) == (0, "Required")
	assert frappe.db.count("Quote Approval") == 0


def test_who_approved_it_does_not_submit_it(deal):
	draft = quote(deal)
	approve(draft)
	with acting(LEAD), pytest.raises(frappe.ValidationError, match="somebody else has to submit"):
		fresh(draft).submit()
	assert stored(draft, *STATUS) == (0, "Approved")
	with acting(OTHER):
		fresh(draft).submit()
	assert stored(draft, *STATUS) == (1, "Approved")


# Starting afresh


def test_a_copy_an_amendment_and_an_insert_start_without_the_approval(deal):
	original = approved(deal)
	taken_along = {"pe_approval": original.pe_approval, "pe_approval_status": "Approved"}
	copied = frappe.copy_doc(original).update({**taken_along, "docstatus": 0}).insert()
	fresh(original).cancel()
	amended = frappe.copy_doc(original).update({**taken_along, "docstatus": 0})
	amended.amended_from = original.name
	amended.insert()
	for new in (copied, amended):
		assert stored(new, *STATUS, "pe_approval") == (0, "Required", None)


# Closing


def close_by_cancelling(draft):
	"""The way of a draft in Frappe 16; here, what that fires."""
	draft.run_method("before_discard")


ENDINGS = {"delete": lambda draft: draft.delete(), "discard": close_by_cancelling}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_request_is_closed_with_its_draft(deal, end):
	draft = quote(deal)
	name = request(draft)
	with acting(REP):
		end(fresh(draft))
	approval = frappe.get_doc("Quote Approval", name)
	assert (approval.status, approval.steps[0].status) == ("Closed", "Closed")
	with acting(LEAD), pytest.raises(frappe.PermissionError):
		api.decide(name, "approve")


def test_a_cancelled_quotation_keeps_the_record_of_who_agreed(deal):
	original = approved(deal)
	fresh(original).cancel()
	approval = frappe.get_doc("Quote Approval", stored(original, "pe_approval"))
	assert (approval.status, approval.steps[0].decided_by) == ("Approved", LEAD)


# Rows that are written by themselves

ROWS = {
	"Quotation Item": {"parentfield": "items", "item_code": factories.WIDGET, "qty": 1, "uom": "Nos"},
	"Sales Taxes and Charges": {
		"parentfield": "taxes",
		"charge_type": "Actual",
		"account_head": f"Duties and Taxes - {factories.ABBREVIATION}",
		"description": "Rebate",
		"tax_amount": -500,
	},
	"Payment Schedule": {"parentfield": "payment_schedule", "due_date": "2099-01-01", "invoice_portion": 100},
	"Pricing Rule Detail": {"parentfield": "pricing_rules", "pricing_rule": "Any"},
	"Packed Item": {"parentfield": "packed_items", "item_code": factories.GADGET, "qty": 1},
}


def row_of(parent, doctype, **fields):
	return frappe.get_doc(
		{"doctype": doctype, "parenttype": parent.doctype, "parent": parent.name, **ROWS[doctype], **fields}
	)


def row_refused():
	return pytest.raises(frappe.ValidationError, match="is submitted")


def rows(parent, doctype):
	return frappe.get_all(doctype, {"parent": parent.name}, ["name", "docstatus"], order_by="name")


def test_no_row_is_added_to_a_submitted_quotation(deal):
	submitted = submit(quote(deal, 95))
	for doctype, spelling, docstatus in product(ROWS, ("Quotation", "quotation "), (0, 1)):
		before = rows(submitted, doctype)
		row = row_of(submitted, doctype, parenttype=spelling, docstatus=docstatus)
		row.flags.ignore_links = row.flags.ignore_permissions = True
		with row_refused():
			row.insert()
		assert rows(submitted, doctype) == before


def change(row):
	row.rate = 1
	row.save()


def take_away(row):
	row.delete()


def cancel(row):
	row.cancel()


def move_to_another(row):
	row.parent = quote(frappe.get_last_doc("Opportunity"), 95).name
	row.save()


def save_unvalidated(row):
	row.rate = 1
	row.flags.ignore_validate = True
	row.save()


@pytest.mark.parametrize("write", [change, take_away, cancel, move_to_another])
def test_no_row_of_a_submitted_quotation_is_written_by_itself(deal, write):
	submitted = approved(deal)
	row = frappe.get_doc("Quotation Item", submitted.items[0].name)
	with acting(REP), row_refused():
		write(row)
	assert stored(submitted.items[0], "parent", "rate", "docstatus") == (submitted.name, 80, 1)


def test_no_row_comes_to_a_submitted_quotation_from_a_draft(deal):
	submitted, draft = approved(deal), quote(deal, 95)
	row = frappe.get_doc("Quotation Item", draft.items[0].name)
	row.parent = submitted.name
	with row_refused():
		row.save()
	assert stored(draft.items[0], "parent") == draft.name


def test_a_draft_says_what_its_approval_is_worth_with_a_row_changed_by_itself(deal):
	draft = quote(deal, 95)
	row = frappe.get_doc("Quotation Item", draft.items[0].name)
	row.rate = 50
	with acting(REP):
		row.save()
	assert stored(draft, "pe_approval_status") == "Required"
	with refused():
		submit(draft)


def test_a_draft_says_what_its_approval_is_worth_with_a_row_added_by_itself(deal):
	draft = quote(deal)
	approve(draft)
	row = row_of(draft, "Quotation Item", rate=0, qty=5)
	row.update({field: draft.items[0].get(field) for field in ("item_name", "description", "stock_uom")})
	row.conversion_factor = 1
	row.flags.ignore_permissions = True
	row.insert()
	assert stored(draft, "pe_approval_status") == "Stale"
	with pytest.raises(frappe.ValidationError, match="was changed after"):
		submit(draft)


def test_a_draft_says_what_its_approval_is_worth_with_a_row_taken_away_by_itself(deal):
	draft = quote(deal, 95)
	draft.append("items", {"item_code": factories.GADGET, "qty": 1, "rate": 20})
	draft.save()
	assert stored(draft, "pe_approval_status") == "Not Required"
	frappe.get_doc("Quotation Item", draft.items[0].name).delete()
	assert stored(draft, "pe_approval_status") == "Required"


def test_rows_of_other_documents_are_their_own_affair(deal):
	row = row_of(deal, "Sales Taxes and Charges", parenttype="Opportunity")
	row.flags.ignore_links = row.flags.ignore_permissions = True
	row.insert()
	row.delete()


# Beside Frappe's Workflow and ERPNext's Authorization Rule


@pytest.fixture
def workflow(deal):
	"""Draft, then Sent, by any Sales User. Its state is in a field that is there: a new one would be DDL."""
	for doctype, field, names in (
		("Workflow State", "workflow_state_name", ("Draft", "Sent")),
		("Workflow Action Master", "workflow_action_name", ("Send",)),
	):
		for name in names:
			if not frappe.db.exists(doctype, name):
				frappe.get_doc({"doctype": doctype, field: name}).insert()
	send = {"state": "Draft", "action": "Send", "next_state": "Sent", "allowed": "Sales User"}
	frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": "Quotations",
			"document_type": "Quotation",
			"workflow_state_field": "scan_barcode",
			"is_active": 1,
			"states": [
				{"state": "Draft", "doc_status": "0", "allow_edit": "Sales User"},
				{"state": "Sent", "doc_status": "1", "allow_edit": "Sales User"},
			],
			"transitions": [{**send, "allow_self_approval": 1}],
		}
	).insert()


def test_a_workflow_sends_no_quotation_without_its_approval(workflow, deal):
	draft = quote(deal)
	with acting(REP), refused():
		apply_workflow(fresh(draft), "Send")
	assert stored(draft, *STATUS, "scan_barcode") == (0, "Required", "Draft")
	approve(draft)
	with acting(REP):
		apply_workflow(fresh(draft), "Send")
	assert stored(draft, *STATUS, "scan_barcode") == (1, "Approved", "Sent")


def test_an_authorization_rule_is_asked_as_well(deal):
	frappe.get_doc(
		{
			"doctype": "Authorization Rule",
			"transaction": "Quotation",
			"based_on": "Grand Total",
			"company": factories.COMPANY,
			"value": 100,
			"system_role": "Sales User",
			"approving_role": "Sales Master Manager",
		}
	).insert()
	draft = quote(deal)
	with refused():
		submit(draft)
	approve(draft)
	with pytest.raises(frappe.ValidationError, match="Can be approved by Sales Master Manager"):
		submit(draft)
	assert stored(draft, "pe_approval_status") == "Approved"


# What it costs


def ten_lines(deal, rate):
	draft = quote(deal, 100)
	draft.set("items", [{"item_code": factories.WIDGET, "qty": 1, "rate": rate} for _line in range(10)])
	return draft.save()


def test_what_saving_and_submitting_ten_approved_lines_cost(deal):
	draft = ten_lines(deal, 80)
	approve(draft)

	def save():
		doc = fresh(draft)
		doc.title = "Saved"
		doc.save()

	assert extra_queries(save) <= 3
	assert extra_queries(lambda: fresh(draft).submit()) <= 4


def test_without_a_policy_a_quotation_costs_hardly_anything(people):
	draft = ten_lines(approvals.deal(), 80)
	assert extra_queries(lambda: fresh(draft).save()) == 0


def test_what_waits_is_closed_once_the_quote_is_submitted_without_a_need(deal):
	draft = quote(deal)
	name = request(draft)
	put(draft, items=[{**fresh(draft).items[0].as_dict(), "rate": 100}])
	submit(draft)
	assert stored(draft, "docstatus", "pe_approval_status") == (1, "Not Required")
	assert frappe.db.get_value("Quote Approval", name, "status") == "Closed"
