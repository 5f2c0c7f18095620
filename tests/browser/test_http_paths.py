"""Every way into an Opportunity over HTTP meets the gate, for a plain Sales User who tries to get around it.

Administrator logs in with PIPELINE_EXT_ADMIN_PASSWORD.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
from frappe.core.doctype.data_import.data_import import start_import
from frappe.model.document import Document
from requests import Response

from tests.browser import records
from tests.browser.conftest import URL
from tests.browser.rest import Session, at_once, is_clear_no
from tests.site import factories

FIRST = "Prospecting"
NEXT = "Qualification"
AFTER_NEXT = "Needs Analysis"
UNMET = "We know whom to talk to"

REFUSED = 417
OWN_FIELDS = {
	"pe_pipeline": None,
	"pe_pipeline_version": None,
	"pe_stage_entered_on": "2000-01-01 00:00:00",
	"pe_win_probability": 99,
	"pe_close_date_pushes": 7,
}
SEALED = ("Pipeline Ledger Entry", "Pipeline Ledger Tip", "Pipeline Stage Visit", "Pipeline Version")
ROUNDS = 8


@pytest.fixture(scope="session")
def sales_user(site: None) -> Session:
	return Session(URL, records.REP, records.PASSWORD)


@pytest.fixture(scope="session")
def colleague(site: None) -> Session:
	return Session(URL, records.MANAGER, records.PASSWORD)


@pytest.fixture(scope="session")
def pipeline_admin(site: None) -> Session:
	return Session(URL, records.ADMIN, records.PASSWORD)


@pytest.fixture(scope="session")
def administrator(site: None) -> Session:
	return Session(URL, "Administrator", os.environ["PIPELINE_EXT_ADMIN_PASSWORD"])


@pytest.fixture
def deal() -> Document:
	"""A deal in its first stage that may not leave it: nobody knows whom to talk to."""
	return records.deal(contact_email=None)


def unmet(answer: Response) -> list[str]:
	"""The blocking criteria that a refusal names as data."""
	assert answer.status_code == REFUSED, answer.text
	verdicts = answer.json()["pipeline_gate"]["verdicts"]
	return [verdict["title"] for verdict in verdicts if verdict["state"] == "unmet" and verdict["blocks"]]


def stage_of(deal: Document) -> str:
	return records.stored("Opportunity", deal.name, "sales_stage")


def stages_in_ledger(deal: Document) -> list[str]:
	return [stage for _before, stage, _user in records.ledger(deal.name)]


def assert_held(deal: Document) -> None:
	"""The deal stands where it was, and its ledger knows of nothing else."""
	assert (stage_of(deal), stages_in_ledger(deal)) == (FIRST, [FIRST])


def form_of(user: Session, deal: Document, **changes: Any) -> dict[str, Any]:
	return {**user.load("Opportunity", deal.name), **changes}


def save_form(user: Session, form: dict[str, Any]) -> Response:
	return user.run("frappe.desk.form.save.savedocs", doc=json.dumps(form), action="Save")


# A save of one deal

Save = Callable[[Session, Document], Response]

SAVES: dict[str, Save] = {
	"PUT resource": lambda user, deal: user.send(
		"PUT", f"/api/resource/Opportunity/{deal.name}", sales_stage=NEXT
	),
	"PUT document": lambda user, deal: user.send(
		"PUT", f"/api/v2/document/Opportunity/{deal.name}", sales_stage=NEXT
	),
	"PATCH document": lambda user, deal: user.send(
		"PATCH", f"/api/v2/document/Opportunity/{deal.name}", sales_stage=NEXT
	),
	"client.set_value of a field": lambda user, deal: user.run(
		"frappe.client.set_value", doctype="Opportunity", name=deal.name, fieldname="sales_stage", value=NEXT
	),
	"client.set_value of several fields": lambda user, deal: user.run(
		"frappe.client.set_value",
		doctype="Opportunity",
		name=deal.name,
		fieldname=json.dumps({"sales_stage": NEXT, "title": "Harmless"}),
	),
	"client.save": lambda user, deal: user.run(
		"frappe.client.save", doc=form_of(user, deal, sales_stage=NEXT)
	),
	"the form's Save": lambda user, deal: save_form(user, form_of(user, deal, sales_stage=NEXT)),
	"a card dragged on a Kanban board": lambda user, deal: user.run(
		"frappe.desk.doctype.kanban_board.kanban_board.update_order_for_single_card",
		board_name=kanban_board(user),
		docname=deal.name,
		from_colname=FIRST,
		to_colname=NEXT,
		old_index=0,
		new_index=0,
	),
	"a web form that may edit": lambda user, deal: fill_in_web_form(user, name=deal.name, sales_stage=NEXT),
	"pipeline_ext.api.move": lambda user, deal: user.run(
		"pipeline_ext.api.move", doctype="Opportunity", name=deal.name, to_stage=NEXT
	),
}


def kanban_board(user: Session) -> str:
	answer = user.send(
		"POST",
		"/api/resource/Kanban Board",
		kanban_board_name="HTTP Test Board",
		reference_doctype="Opportunity",
		field_name="sales_stage",
		columns=[{"column_name": FIRST}, {"column_name": NEXT}],
	)
	answer.raise_for_status()
	return answer.json()["data"]["name"]


def fill_in_web_form(user: Session, **values: Any) -> Response:
	with records.committed_as(records.ADMIN):
		form = frappe.get_doc(
			{
				"doctype": "Web Form",
				"title": "HTTP Test Deals",
				"route": "http-test-deals",
				"doc_type": "Opportunity",
				"published": 1,
				"login_required": 1,
				"allow_edit": 1,
				"web_form_fields": [
					{"fieldname": fieldname, "fieldtype": "Data"}
					for fieldname in values.keys() - {"doctype", "name"}
				],
			}
		).insert(ignore_permissions=True)
	return user.run(
		"frappe.website.doctype.web_form.web_form.accept", web_form=form.name, data=json.dumps(values)
	)


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_a_save_is_refused_with_the_verdicts_as_data(sales_user: Session, deal: Document, save: Save):
	assert unmet(save(sales_user, deal)) == [UNMET]
	assert_held(deal)


@pytest.mark.parametrize("save", SAVES.values(), ids=SAVES)
def test_the_same_save_goes_through_once_the_criterion_is_met(sales_user: Session, save: Save):
	ready = records.deal(contact_email="buyer@acme.example")
	assert save(sales_user, ready).status_code == 200
	assert (stage_of(ready), stages_in_ledger(ready)) == (NEXT, [FIRST, NEXT])


def test_a_refused_drag_leaves_the_board_as_it_was(sales_user: Session, deal: Document):
	SAVES["a card dragged on a Kanban board"](sales_user, deal)
	cards = records.stored("Kanban Board Column", {"parent": "HTTP Test Board", "column_name": NEXT}, "order")
	assert cards == "[]"


# A stage that is reached by way of the status, or of a method

LOST_METHOD = {"method": "declare_enquiry_lost", "args": {"lost_reasons_list": [], "competitors": []}}

CLOSINGS: dict[str, Save] = {
	"PUT status": lambda user, deal: user.send(
		"PUT", f"/api/resource/Opportunity/{deal.name}", status="Lost"
	),
	"set_multiple_status": lambda user, deal: user.run(
		"erpnext.crm.doctype.opportunity.opportunity.set_multiple_status",
		names=json.dumps([deal.name]),
		status="Lost",
	),
	"run_doc_method by name": lambda user, deal: user.run(
		"run_doc_method", dt="Opportunity", dn=deal.name, **LOST_METHOD
	),
	"run_doc_method on a form": lambda user, deal: user.run(
		"run_doc_method", docs=json.dumps(form_of(user, deal)), **LOST_METHOD
	),
	"v2 method of a document": lambda user, deal: user.send(
		"POST",
		f"/api/v2/document/Opportunity/{deal.name}/method/declare_enquiry_lost/",
		**LOST_METHOD["args"],
	),
}


@pytest.mark.parametrize("close", CLOSINGS.values(), ids=CLOSINGS)
def test_a_deal_is_not_lost_without_a_reason(sales_user: Session, deal: Document, close: Save):
	assert unmet(close(sales_user, deal)) == ["We know why it was lost"]
	assert_held(deal)
	assert records.stored("Opportunity", deal.name, "status") == "Open"


def test_a_method_brings_no_stage_along(sales_user: Session, deal: Document):
	form = form_of(sales_user, deal, sales_stage=NEXT)
	assert is_clear_no(sales_user.run("run_doc_method", docs=json.dumps(form), **LOST_METHOD))
	assert_held(deal)


@pytest.mark.parametrize("status", ["Converted", "Lost", "Closed"])
def test_the_status_alone_closes_no_deal(sales_user: Session, deal: Document, status: str):
	answer = sales_user.send("PUT", f"/api/resource/Opportunity/{deal.name}", status=status)
	assert is_clear_no(answer)
	assert_held(deal)


@pytest.mark.parametrize("method", ["save", "db_set", "insert"])
def test_methods_that_write_are_not_offered(sales_user: Session, deal: Document, method: str):
	path = f"/api/resource/Opportunity/{deal.name}"
	assert is_clear_no(sales_user.send("POST", path, run_method=method))
	docs = json.dumps(form_of(sales_user, deal, sales_stage=NEXT))
	assert is_clear_no(sales_user.run("run_doc_method", docs=docs, method=method))
	assert_held(deal)


# Many deals in one request


def test_bulk_update_reports_the_refused_and_keeps_their_old_stage(sales_user: Session, deal: Document):
	ready = records.deal(contact_email="buyer@acme.example")
	docs = [
		{"doctype": "Opportunity", "docname": each.name, "sales_stage": NEXT, "flags": {"ignore_validate": 1}}
		for each in (deal, ready)
	]
	answer = sales_user.run("frappe.client.bulk_update", docs=json.dumps(docs))
	assert answer.status_code == 200
	assert [failed["doc"]["docname"] for failed in answer.json()["message"]["failed_docs"]] == [deal.name]
	assert_held(deal)
	assert stages_in_ledger(ready) == [FIRST, NEXT]


def test_a_bulk_edit_of_the_list_names_the_refused(sales_user: Session, deal: Document):
	ready = records.deal(contact_email="buyer@acme.example")
	answer = sales_user.run(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype="Opportunity",
		docnames=json.dumps([deal.name, ready.name]),
		action="update",
		data=json.dumps({"sales_stage": NEXT}),
	)
	assert (answer.status_code, answer.json()["message"]) == (200, [deal.name])
	assert_held(deal)
	assert stages_in_ledger(ready) == [FIRST, NEXT]


@pytest.fixture
def stage_import(deal: Document) -> Iterator[str]:
	"""A Data Import of a CSV that moves the deal, made by an administrator of the site."""
	with records.committed_as(records.ADMIN):
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": "stages.csv",
				"is_private": 1,
				"content": f"ID,Sales Stage\n{deal.name},{NEXT}\n",
			}
		).insert(ignore_permissions=True)
		made = frappe.get_doc(
			{
				"doctype": "Data Import",
				"reference_doctype": "Opportunity",
				"import_type": "Update Existing Records",
				"import_file": file.file_url,
			}
		).insert(ignore_permissions=True)
	yield made.name
	with records.committed_as("Administrator"):
		file.delete()


def test_a_data_import_logs_the_refusal_for_the_row(deal: Document, stage_import: str):
	with records.committed_as("Administrator"):
		start_import(stage_import)
	log = records.stored("Data Import Log", {"data_import": stage_import}, ["success", "messages"])
	assert not log[0]
	assert UNMET in log[1]
	assert_held(deal)


def test_a_sales_user_imports_nothing(sales_user: Session, stage_import: str, deal: Document):
	function = "frappe.core.doctype.data_import.data_import.form_start_import"
	assert is_clear_no(sales_user.run(function, data_import=stage_import))
	assert_held(deal)


# Deals that arrive beyond the first stage


def newcomer(deal: Document, **fields: Any) -> dict[str, Any]:
	"""A further deal with the customer of `deal`, beyond its first stage."""
	return {
		"doctype": "Opportunity",
		"company": records.COMPANY,
		"opportunity_from": deal.opportunity_from,
		"party_name": deal.party_name,
		"sales_stage": NEXT,
		**fields,
	}


def insert(user: Session, doc: dict[str, Any]) -> Response:
	return user.send("POST", "/api/resource/Opportunity", **doc)


INSERTS: dict[str, Save] = {
	"POST resource": lambda user, deal: insert(user, newcomer(deal)),
	"POST document": lambda user, deal: user.send("POST", "/api/v2/document/Opportunity", **newcomer(deal)),
	"client.insert": lambda user, deal: user.run("frappe.client.insert", doc=newcomer(deal)),
	"client.insert_many": lambda user, deal: user.run(
		"frappe.client.insert_many", docs=[newcomer(deal, sales_stage=FIRST), newcomer(deal)]
	),
	"client.save": lambda user, deal: user.run("frappe.client.save", doc=newcomer(deal)),
	"the form's Save": lambda user, deal: save_form(
		user, newcomer(deal, name="new-opportunity-1", __islocal=1)
	),
	"a web form": lambda user, deal: fill_in_web_form(user, **newcomer(deal)),
	"with the pipeline's own fields": lambda user, deal: user.send(
		"POST", "/api/resource/Opportunity", **newcomer(deal, **OWN_FIELDS)
	),
	"a copy that calls itself saved": lambda user, deal: user.run(
		"frappe.client.insert", doc=form_of(user, deal, sales_stage=NEXT, name=None, __unsaved=0)
	),
}


@pytest.mark.parametrize("insert", INSERTS.values(), ids=INSERTS)
def test_a_deal_is_not_born_beyond_the_gate(sales_user: Session, deal: Document, insert: Save):
	assert unmet(insert(sales_user, deal)) == [UNMET]
	assert_held(deal)
	assert deals_of_sales_user() == 1


def test_a_deal_is_not_born_submitted(sales_user: Session, deal: Document):
	answer = sales_user.send("POST", "/api/resource/Opportunity", **newcomer(deal, docstatus=1))
	assert is_clear_no(answer)
	assert deals_of_sales_user() == 1


def deals_of_sales_user() -> int:
	frappe.db.rollback()
	return frappe.db.count("Opportunity", {"owner": records.REP})


# Keys that a client may not set

SMUGGLED: dict[str, dict[str, Any]] = {
	"flags": {"flags": {"ignore_validate": 1, "ignore_permissions": 1, "in_import": 1}},
	"the state before the save": {"_doc_before_save": {"doctype": "Opportunity", "sales_stage": NEXT}},
	"the action": {"_action": "update_after_submit"},
	"a decision": {"flags": {"pe_decision": {"allowed": True}}},
	"a new document": {"__islocal": 1},
	"a document that is not new": {"__islocal": 0, "__unsaved": 0},
	"no pipeline": {"pe_pipeline": None, "pe_pipeline_version": None},
	"a pipeline that does not exist": {"pe_pipeline": "None", "pe_pipeline_version": "None v1"},
	"the pipeline's own fields": OWN_FIELDS,
	"submitted": {"docstatus": 1},
	"cancelled": {"docstatus": 2},
	"another DocType": {"doctype": "Sales Stage"},
	"a number as stage": {"sales_stage": 2},
	"no stage": {"sales_stage": None},
	"an unknown stage": {"sales_stage": "Nowhere"},
	"the stage in small letters": {"sales_stage": NEXT.lower()},
}


def test_a_list_is_no_stage(sales_user: Session, deal: Document):
	"""Frappe itself may fail on it, with a 500 of its own; the deal stays where it is."""
	put = sales_user.send("PUT", f"/api/resource/Opportunity/{deal.name}", sales_stage=[NEXT])
	saved = sales_user.run("frappe.client.save", doc=form_of(sales_user, deal, sales_stage=[NEXT]))
	assert put.status_code >= 400 and saved.status_code >= 400
	assert_held(deal)


@pytest.mark.parametrize("keys", SMUGGLED.values(), ids=SMUGGLED)
def test_no_key_in_a_put_opens_the_gate(sales_user: Session, deal: Document, keys: dict[str, Any]):
	path = f"/api/resource/Opportunity/{deal.name}"
	assert is_clear_no(sales_user.send("PUT", path, **{"sales_stage": NEXT, **keys}))
	assert_held(deal)
	assert deals_of_sales_user() == 1


@pytest.mark.parametrize("keys", SMUGGLED.values(), ids=SMUGGLED)
def test_no_key_in_a_form_opens_the_gate(sales_user: Session, deal: Document, keys: dict[str, Any]):
	form = form_of(sales_user, deal, **{"sales_stage": NEXT, **keys})
	assert is_clear_no(sales_user.run("frappe.client.save", doc=form))
	assert_held(deal)
	assert deals_of_sales_user() == 1


def test_the_pipelines_own_fields_are_the_servers(sales_user: Session, deal: Document):
	before = records.stored("Opportunity", deal.name, list(OWN_FIELDS))
	path = f"/api/resource/Opportunity/{deal.name}"
	assert sales_user.send("PUT", path, title="Harmless", **OWN_FIELDS).status_code == 200
	assert records.stored("Opportunity", deal.name, list(OWN_FIELDS)) == before
	assert_held(deal)


def test_a_new_deal_takes_its_pipeline_whatever_it_claims(sales_user: Session, deal: Document):
	claims = newcomer(deal, **OWN_FIELDS, flags={"pe_posted_on": "2000-01-01"})
	del claims["sales_stage"]
	answer = sales_user.run("frappe.client.insert", doc=claims)
	assert answer.status_code == 200
	made = answer.json()["message"]
	assert (made["pe_pipeline"], made["sales_stage"]) == (records.PIPELINE, FIRST)
	entry = {"document_name": made["name"]}
	posted_on = records.stored("Pipeline Ledger Entry", entry, "posted_on")
	assert posted_on.date() == frappe.utils.getdate()


# Rows


def item_row(deal: Document) -> str:
	return records.stored("Opportunity Item", {"parent": deal.name}, "name")


ROW_WRITES: dict[str, Save] = {
	"POST": lambda user, deal: user.send(
		"POST",
		"/api/resource/Opportunity Item",
		parent=deal.name,
		parenttype="Opportunity",
		parentfield="items",
		item_code=factories.WIDGET,
		qty=1,
		rate=1,
		uom="Nos",
	),
	"PUT": lambda user, deal: user.send(
		"PUT", f"/api/resource/Opportunity Item/{item_row(deal)}", qty=5, rate=1
	),
	"set_value": lambda user, deal: user.run(
		"frappe.client.set_value",
		doctype="Opportunity Item",
		name=item_row(deal),
		fieldname="qty",
		value=5,
	),
	"DELETE": lambda user, deal: user.send("DELETE", f"/api/resource/Opportunity Item/{item_row(deal)}"),
	"delete_items": lambda user, deal: user.run(
		"frappe.desk.reportview.delete_items",
		doctype="Opportunity Item",
		items=json.dumps([item_row(deal)]),
	),
}


@pytest.mark.parametrize("write", ROW_WRITES.values(), ids=ROW_WRITES)
def test_a_write_to_a_row_moves_no_deal(sales_user: Session, deal: Document, write: Save):
	assert write(sales_user, deal).status_code < 500
	assert_held(deal)


def test_a_deal_whose_rows_were_deleted_meanwhile_does_not_move(sales_user: Session):
	described = records.deal(
		contact_email="buyer@acme.example",
		expected_closing=frappe.utils.add_days(frappe.utils.nowdate(), 30),
		sales_stage=AFTER_NEXT,
	)
	assert ROW_WRITES["DELETE"](sales_user, described).status_code < 300
	path = f"/api/resource/Opportunity/{described.name}"
	answer = sales_user.send("PUT", path, sales_stage="Proposal/Price Quote")
	assert unmet(answer) == ["We know what the customer needs"]
	assert stages_in_ledger(described) == [AFTER_NEXT]


@pytest.mark.parametrize("doctype", ["Exit Criterion", "Pipeline Stage"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_sales_user_changes_no_row_of_a_pipeline(sales_user: Session, doctype: str, method: str):
	row = records.stored(doctype, {"parent": records.PIPELINE, "idx": 1}, "name")
	before = records.stored(doctype, row, "*")
	answer = sales_user.send(method, f"/api/resource/{doctype}/{row}", idx=99)
	assert answer.status_code == 403
	assert records.stored(doctype, row, "*") == before


# History and published definitions

Tamper = Callable[[Session, str, str], Response]

TAMPERINGS: dict[str, Tamper] = {
	"PUT resource": lambda user, doctype, name: user.send(
		"PUT", f"/api/resource/{doctype}/{name}", amount=1, pipeline="Mine", definition="{}"
	),
	"PUT document": lambda user, doctype, name: user.send(
		"PUT", f"/api/v2/document/{doctype}/{name}", amount=1, pipeline="Mine", definition="{}"
	),
	"set_value": lambda user, doctype, name: user.run(
		"frappe.client.set_value", doctype=doctype, name=name, fieldname="owner", value="Administrator"
	),
	"bulk_update": lambda user, doctype, name: user.run(
		"frappe.client.bulk_update", docs=json.dumps([{"doctype": doctype, "docname": name, "amount": 1}])
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
	"update_document_title": lambda user, doctype, name: user.run(
		"frappe.model.rename_doc.update_document_title", doctype=doctype, docname=name, name="Mine"
	),
}
SILENT = ("bulk_update", "delete_items")
"""These answer 200 and say in the body what they did not do."""


@pytest.fixture
def moved() -> Document:
	"""A deal that has left a stage, so that there is one of each sealed document."""
	made = records.deal(contact_email="buyer@http-test.example")
	with records.committed_as(records.REP):
		return frappe.get_doc("Opportunity", made.name).update({"sales_stage": NEXT}).save()


@pytest.mark.parametrize("tampering", TAMPERINGS)
@pytest.mark.parametrize("doctype", SEALED)
@pytest.mark.parametrize("who", ["sales_user", "pipeline_admin", "administrator"])
def test_history_and_definitions_are_sealed(
	request: pytest.FixtureRequest, moved: Document, who: str, doctype: str, tampering: str
):
	user = request.getfixturevalue(who)
	name = sealed_document(doctype, moved)
	assert name
	before = records.stored(doctype, name, "*")
	answer = TAMPERINGS[tampering](user, doctype, name)
	assert is_clear_no(answer) or (tampering in SILENT and answer.status_code == 200)
	assert records.stored(doctype, name, "*") == before


@pytest.fixture
def no_forgery_stays() -> Iterator[None]:
	"""Takes away what Administrator could forge, so that one failure does not make others."""
	yield
	with records.committed_as("Administrator"):
		for doctype in SEALED:
			frappe.db.delete(doctype, {"pipeline": records.PIPELINE, "owner": "Administrator"})


@pytest.mark.usefixtures("no_forgery_stays")
@pytest.mark.parametrize("doctype", SEALED)
@pytest.mark.parametrize("who", ["sales_user", "pipeline_admin", "administrator"])
def test_nobody_forges_history_or_a_definition(
	request: pytest.FixtureRequest, moved: Document, who: str, doctype: str
):
	user = request.getfixturevalue(who)
	copied, before = form_copy(doctype, sealed_document(doctype, moved)), records.ledger(moved.name)
	answer = user.send("POST", f"/api/resource/{doctype}", **copied)
	assert is_clear_no(answer)
	assert (stage_of(moved), records.ledger(moved.name)) == (NEXT, before)
	assert records.stored("Pipeline Version", {"pipeline": records.PIPELINE, "version": 2}, "name") is None


def sealed_document(doctype: str, deal: Document) -> str:
	if doctype == "Pipeline Version":
		return deal.pe_pipeline_version
	return records.stored(doctype, {"document_name": deal.name}, "name")


def form_copy(doctype: str, name: str) -> dict[str, Any]:
	"""What somebody who has read the document would send to make another."""
	frappe.db.rollback()
	copied = frappe.copy_doc(frappe.get_doc(doctype, name)).as_dict(no_nulls=True)
	return json.loads(frappe.as_json({**copied, "name": "Forged", "sequence": 2, "version": 2}))


@pytest.fixture
def own_stage() -> str:
	"""A stage of these tests alone, the first of a further version."""
	with records.committed_as(records.ADMIN):
		stage = frappe.get_doc({"doctype": "Sales Stage", "stage_name": "HTTP Test Stage"})
		stage.insert(ignore_permissions=True)
		pipeline = frappe.get_doc("Sales Pipeline", records.PIPELINE)
		pipeline.append("stages", {"stage": stage.name, "outcome": "Open", "probability": 1})
		pipeline.stages.insert(0, pipeline.stages.pop())
		for index, row in enumerate(pipeline.stages, 1):
			row.idx = index
		pipeline.save()
		pipeline.publish()
	return stage.name


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("who", ["sales_user", "colleague", "administrator"])
def test_a_stage_in_use_keeps_its_name(request: pytest.FixtureRequest, own_stage: str, who: str, merge: bool):
	staged = records.deal(sales_stage=own_stage)
	answer = request.getfixturevalue(who).run(
		"frappe.client.rename_doc",
		doctype="Sales Stage",
		old_name=own_stage,
		new_name=NEXT if merge else "HTTP Test Stage 2",
		merge=merge,
	)
	assert is_clear_no(answer)
	assert (stage_of(staged), stages_in_ledger(staged)) == (own_stage, [own_stage])


# What other documents do to a deal


@pytest.fixture
def stage_setting_notification(deal: Document) -> Iterator[None]:
	"""A Notification that moves each deal that is saved."""
	with records.committed_as(records.ADMIN):
		frappe.get_doc(
			{
				"doctype": "Notification",
				"subject": "HTTP test moves the deal",
				"document_type": "Opportunity",
				"event": "Save",
				"channel": "System Notification",
				"message": "Saved",
				"recipients": [{"receiver_by_document_field": "owner"}],
				"set_property_after_alert": "sales_stage",
				"property_value": NEXT,
			}
		).insert(ignore_permissions=True)
	yield
	records.remove_documents()
	frappe.cache.hdel("notifications", "Opportunity")


@pytest.mark.usefixtures("stage_setting_notification")
def test_a_notification_moves_no_deal_and_breaks_no_save(sales_user: Session, deal: Document):
	path = f"/api/resource/Opportunity/{deal.name}"
	assert sales_user.send("PUT", path, title="Saved all the same").status_code == 200
	assert records.stored("Opportunity", deal.name, "title") == "Saved all the same"
	assert_held(deal)


def test_an_assignment_passes_the_gate_by(sales_user: Session, deal: Document):
	answer = sales_user.run(
		"frappe.desk.form.assign_to.add",
		doctype="Opportunity",
		name=deal.name,
		assign_to=json.dumps([records.MANAGER]),
	)
	assert answer.status_code == 200
	assert records.MANAGER in records.stored("Opportunity", deal.name, "_assign")
	assert_held(deal)


# At the same moment


def test_of_two_forms_saved_at_once_one_wins(sales_user: Session, colleague: Session):
	for _round in range(ROUNDS):
		wanted = records.deal(contact_email="buyer@acme.example", expected_closing="2099-12-31")
		answers = at_once(
			save_form,
			(sales_user, form_of(sales_user, wanted, sales_stage=NEXT)),
			(colleague, form_of(colleague, wanted, sales_stage=AFTER_NEXT)),
		)
		won = [answer.status_code == 200 for answer in answers]
		assert sorted(won) == [False, True]
		assert is_clear_no(answers[won.index(False)])
		reached = (NEXT, AFTER_NEXT)[won.index(True)]
		assert (stage_of(wanted), stages_in_ledger(wanted)) == (reached, [FIRST, reached])


@pytest.mark.parametrize("save", ["PUT resource", "client.set_value of a field", "pipeline_ext.api.move"])
def test_of_two_who_move_a_deal_at_once_only_one_is_in_the_ledger(
	sales_user: Session, colleague: Session, save: str
):
	for _round in range(ROUNDS):
		wanted = records.deal(contact_email="buyer@acme.example")
		answers = at_once(SAVES[save], (sales_user, wanted), (colleague, wanted))
		assert any(answer.status_code == 200 for answer in answers)
		assert all(answer.status_code == 200 or is_clear_no(answer) for answer in answers)
		assert (stage_of(wanted), stages_in_ledger(wanted)) == (NEXT, [FIRST, NEXT])


def test_many_who_enter_deals_at_once_do_not_lock_each_other_out(sales_user: Session, deal: Document):
	entered = newcomer(deal, sales_stage=FIRST)
	for _round in range(ROUNDS):
		answers = at_once(insert, *[(sales_user, entered)] * 8)
		assert [answer.status_code for answer in answers] == [200] * 8
		made = [answer.json()["data"]["name"] for answer in answers]
		assert [len(records.ledger(name)) for name in made] == [1] * 8
