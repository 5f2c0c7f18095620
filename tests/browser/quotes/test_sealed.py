"""What is written down of an approval or a revision stays as it is."""

from __future__ import annotations

import json
from typing import Any

import frappe
import pytest

from tests.browser import records
from tests.browser.quotes.ways import (
	SILENT,
	Act,
	ask,
	assert_waits,
	decide,
	insert,
	line,
	put,
	quote,
	standing,
	submit,
)
from tests.browser.rest import Session, is_clear_no

# What is written down of an approval

TAMPERINGS: dict[str, Act] = {
	"PUT resource": lambda user, doctype, name: put(user, doctype, name, **TAMPERED),
	"PUT document": lambda user, doctype, name: user.send(
		"PUT", f"/api/v2/document/{doctype}/{name}", **TAMPERED
	),
	"set_value": lambda user, doctype, name: user.run(
		"frappe.client.set_value", doctype=doctype, name=name, fieldname=json.dumps(TAMPERED)
	),
	"bulk_update": lambda user, doctype, name: user.run(
		"frappe.client.bulk_update", docs=json.dumps([{"doctype": doctype, "docname": name, **TAMPERED}])
	),
	"DELETE resource": lambda user, doctype, name: user.send("DELETE", f"/api/resource/{doctype}/{name}"),
	"DELETE document": lambda user, doctype, name: user.send("DELETE", f"/api/v2/document/{doctype}/{name}"),
	"client.delete": lambda user, doctype, name: user.run("frappe.client.delete", doctype=doctype, name=name),
	"delete_items": lambda user, doctype, name: user.run(
		"frappe.desk.reportview.delete_items", doctype=doctype, items=json.dumps([name])
	),
	"rename_doc": lambda user, doctype, name: user.run(
		"frappe.client.rename_doc", doctype=doctype, old_name=name, new_name="Mine"
	),
}
TAMPERED = {
	"status": "Approved",
	"decision": "Approved",
	"measured": 1,
	"content": "{}",
	"discount_percent": 1,
}
SEALED = (
	"Quote Approval",
	"Quote Approval Step",
	"Quote Approval Decision",
	"Quote Approval Line",
	"Quote Revision",
)


@pytest.fixture(scope="module")
def sealed(sales_user: Session, manager: Session) -> dict[str, str]:
	"""One document of each kind: of a request that waits, and of a submitted quotation."""
	waiting = ask(sales_user, quote(sales_user, line(rate=80)))
	rows = {
		doctype: records.stored(doctype, {"parent": waiting}, "name")
		for doctype in SEALED
		if doctype not in ("Quote Approval", "Quote Revision")
	}
	revised = quote(sales_user)
	submit(sales_user, "Quotation", revised).raise_for_status()
	revision = records.stored("Quote Revision", {"quotation": revised}, "name")
	return {"Quote Approval": waiting, "Quote Revision": revision, **rows}


@pytest.mark.parametrize("way", TAMPERINGS)
@pytest.mark.parametrize("doctype", SEALED)
@pytest.mark.parametrize("who", ["sales_user", "manager", "pipeline_admin"])
def test_what_was_written_down_stays(
	request: pytest.FixtureRequest, sealed: dict[str, str], who: str, doctype: str, way: str
):
	before = records.stored(doctype, sealed[doctype], "*")
	assert before
	answer = TAMPERINGS[way](request.getfixturevalue(who), doctype, sealed[doctype])
	assert is_clear_no(answer) or (way in SILENT and answer.status_code == 200)
	assert records.stored(doctype, sealed[doctype], "*") == before


ROWS_OF_APPROVAL = {
	"steps": "Quote Approval Step",
	"decisions": "Quote Approval Decision",
	"lines": "Quote Approval Line",
}


@pytest.mark.parametrize("field", ROWS_OF_APPROVAL)
@pytest.mark.parametrize("who", ["sales_user", "manager", "pipeline_admin"])
def test_no_row_is_added_to_an_approval(
	request: pytest.FixtureRequest, sealed: dict[str, str], who: str, field: str
):
	user, waiting = request.getfixturevalue(who), sealed["Quote Approval"]
	doctype = ROWS_OF_APPROVAL[field]
	before = frappe.db.count(doctype, {"parent": waiting})
	row = {
		**form_row(doctype, sealed[doctype]),
		"doctype": doctype,
		"parent": waiting,
		"parenttype": "Quote Approval",
		"parentfield": field,
		"user": records.MANAGER,
		"decision": "Approved",
		"status": "Approved",
	}
	assert is_clear_no(insert(user, row))
	assert is_clear_no(user.run("frappe.client.insert", doc=row))
	assert is_clear_no(put(user, "Quote Approval", waiting, **{field: [row]}))
	frappe.db.rollback()
	assert frappe.db.count(doctype, {"parent": waiting}) == before
	assert_waits(waiting)


def form_row(doctype: str, name: str) -> dict[str, Any]:
	"""What somebody who has read a row would send to make another."""
	frappe.db.rollback()
	return json.loads(frappe.as_json(frappe.copy_doc(frappe.get_doc(doctype, name)).as_dict(no_nulls=True)))


@pytest.mark.parametrize("doctype", ["Quote Approval", "Quote Revision"])
@pytest.mark.parametrize("who", ["sales_user", "manager", "pipeline_admin"])
def test_nobody_forges_an_approval_or_a_revision(
	request: pytest.FixtureRequest, sealed: dict[str, str], who: str, doctype: str
):
	user = request.getfixturevalue(who)
	before = frappe.db.count(doctype)
	forged = {**form_row(doctype, sealed[doctype]), "status": "Approved", "number": 7}
	assert is_clear_no(insert(user, forged))
	assert is_clear_no(user.run("frappe.client.insert", doc=forged))
	assert is_clear_no(user.run("frappe.client.insert_many", docs=[forged]))
	frappe.db.rollback()
	assert frappe.db.count(doctype) == before


@pytest.mark.parametrize(
	"method", ["save", "db_set", "insert", "delete", "submit", "cancel", "written_by_app", "append"]
)
def test_no_method_of_an_approval_is_offered(sales_user: Session, sealed: dict[str, str], method: str):
	waiting = sealed["Quote Approval"]
	call = {"method": method, "args": json.dumps({"fieldname": "status", "value": "Approved"})}
	assert is_clear_no(sales_user.run("run_doc_method", dt="Quote Approval", dn=waiting, **call))
	path = f"/api/resource/Quote Approval/{waiting}"
	assert is_clear_no(sales_user.send("POST", path, run_method=method))
	assert_waits(waiting)


def test_a_policy_is_not_the_sales_teams_to_change(sales_user: Session, manager: Session):
	rule = records.stored("Quote Approval Rule", {"parent": records.POLICY}, "name")
	before = (
		records.stored("Quote Approval Rule", rule, "*"),
		records.stored("Quote Approval Policy", records.POLICY, "*"),
	)
	for user in (sales_user, manager):
		assert is_clear_no(put(user, "Quote Approval Policy", records.POLICY, enabled=0))
		assert is_clear_no(put(user, "Quote Approval Rule", rule, threshold=99))
		assert is_clear_no(user.send("DELETE", f"/api/resource/Quote Approval Rule/{rule}"))
		assert is_clear_no(user.send("DELETE", f"/api/resource/Quote Approval Policy/{records.POLICY}"))
		assert is_clear_no(put(user, "Pipeline Settings", "Pipeline Settings", unapproved_quotes=None))
	assert (
		records.stored("Quote Approval Rule", rule, "*"),
		records.stored("Quote Approval Policy", records.POLICY, "*"),
	) == before


def test_a_draft_that_is_deleted_leaves_no_request_behind(sales_user: Session, manager: Session, draft: str):
	approval = ask(sales_user, draft)
	assert sales_user.send("DELETE", f"/api/resource/Quotation/{draft}").ok
	assert is_clear_no(decide(manager, approval))
	assert standing(approval) in (None, "Closed")
