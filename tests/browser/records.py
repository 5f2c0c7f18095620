"""What the browser tests commit to the site, and its removal.

All of it is made as one of `PEOPLE`, here or in the browser, so whatever they own can go again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.model.document import Document
from frappe.utils import add_days, nowdate
from frappe.utils.background_jobs import get_queue, get_queue_list
from frappe.utils.password import update_password
from pypika import Schema, Table

from pipeline_ext import api
from pipeline_ext.reports import pipelines as published_pipelines
from pipeline_ext.reports import policies as quote_policies
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft
from tests.site import factories

REP = "rep@browser-tests.example"
MANAGER = "manager@browser-tests.example"
ADMIN = "pipeline-admin@browser-tests.example"
KEEPER = "gate-keeper@browser-tests.example"
FINANCE = "finance@browser-tests.example"
DEPUTY = "deputy@browser-tests.example"
OTHER_MANAGER = "other-manager@browser-tests.example"
IMPORTER = "importer@browser-tests.example"
PEOPLE = {
	REP: ("Sales User",),
	MANAGER: ("Sales User", "Sales Manager"),
	ADMIN: ("Pipeline Administrator", "Sales User"),
	KEEPER: ("Gate Keeper", "Sales User"),
	FINANCE: ("Accounts User",),
	DEPUTY: ("Accounts User",),
	OTHER_MANAGER: ("Sales User", "Sales Manager"),
	IMPORTER: ("System Manager", "Sales Manager"),
}
PASSWORD = "browser-tests-4711"

COMPANY = "Browser Test"
PIPELINE = "Browser Test B2B"
POLICY = "Browser Test Discounts"
CUSTOMER = "Browser Test Customer"

OF_A_USER = {"Contact": "user", "Contact Email": "email_id", "DefaultValue": "parent", "Sessions": "user"}


@contextmanager
def committed_as(email: str) -> Iterator[None]:
	"""Act as that user, and commit."""
	frappe.db.rollback()
	frappe.set_user(email)
	try:
		yield
		frappe.db.commit()
	finally:
		frappe.set_user("Administrator")


# What tests make


def company() -> None:
	"""A company of their own, which stays: what a crashed run leaves behind governs no other tests."""
	with committed_as("Administrator"):
		factories.masters()
		if not frappe.db.exists("Company", COMPANY):
			frappe.get_doc(
				{
					"doctype": "Company",
					"company_name": COMPANY,
					"abbr": "BT",
					"default_currency": factories.CURRENCY,
					"country": factories.COUNTRY,
				}
			).insert()


def people() -> None:
	"""Users with a password, and that company as their own."""
	with committed_as("Administrator"):
		for email, roles in PEOPLE.items():
			factories.user(email, *roles)
			update_password(email, PASSWORD)
			frappe.defaults.set_user_default("company", COMPANY, email)


def pipeline() -> None:
	"""The B2B pipeline for that company, published, in Enforce mode."""
	with committed_as(ADMIN):
		draft(b2b, PIPELINE, mode="Enforce", company=COMPANY).publish()


def change_pipeline(criteria: Iterable[dict[str, Any]] = (), **fields: Any) -> None:
	"""Publish the pipeline with more criteria; `fields` are its own."""
	with committed_as(ADMIN):
		changed = frappe.get_doc("Sales Pipeline", PIPELINE)
		changed.update(fields)
		for row in criteria:
			changed.append("criteria", {"stage": "Prospecting", **row})
		changed.save().publish()


def kanban_board(name: str) -> None:
	"""Deals of the rep's as cards, a column for each of two stages."""
	with committed_as(REP):
		frappe.get_doc(
			{
				"doctype": "Kanban Board",
				"kanban_board_name": name,
				"reference_doctype": "Opportunity",
				"field_name": "sales_stage",
				"filters": json.dumps([["Opportunity", "owner", "=", REP]]),
				"columns": [{"column_name": stage} for stage in ("Prospecting", "Qualification")],
			}
		).insert(ignore_permissions=True)


def policy() -> None:
	"""More than 10 % off in that company is for a Sales Manager to approve."""
	rule = {
		"title": "More than 10 % off",
		"measure": "Discount Percentage",
		"threshold": 10,
		"approver_type": "Role",
		"role": "Sales Manager",
	}
	with committed_as(ADMIN):
		frappe.get_doc(
			{
				"doctype": "Quote Approval Policy",
				"policy_name": POLICY,
				"company": COMPANY,
				"rules": [rule],
			}
		).insert()


def finance_rule() -> None:
	"""A rule beside the discount: more than 500 in one quotation is for the finance person to approve."""
	with committed_as(ADMIN):
		changed = frappe.get_doc("Quote Approval Policy", POLICY)
		changed.append(
			"rules",
			{
				"title": "More than 500 at once",
				"measure": "Quoted Value",
				"threshold": 500,
				"approver_type": "User",
				"user": FINANCE,
			},
		)
		changed.save()


def deal(**fields: Any) -> Document:
	"""A deal of the rep's: ten widgets, worth 1000 at list price."""
	with committed_as(REP):
		return factories.opportunity(
			_customer(),
			lines={factories.WIDGET: 10},
			company=COMPANY,
			**{"opportunity_amount": 1000, **fields},
		)


def customer() -> str:
	"""The rep's customer."""
	with committed_as(REP):
		return _customer().name


def _customer() -> Document:
	name = frappe.db.exists("Customer", {"customer_name": CUSTOMER, "owner": REP})
	return frappe.get_doc("Customer", name) if name else factories.customer(CUSTOMER)


def quotation(deal: Document, rate: float, submit: bool = False) -> Document:
	"""A quotation of the rep's, each widget at `rate` instead of 100."""
	with committed_as(REP):
		return factories.quotation(deal, rates={factories.WIDGET: rate}, submit=submit)


def approved_quotation(rate: float) -> str:
	"""A submitted quotation of the rep's that the manager has approved."""
	name = quotation(deal(), rate).name
	with committed_as(REP):
		request = api.request_approval(name)
	with committed_as(MANAGER):
		api.decide(request, "approve")
	with committed_as(REP):
		frappe.get_doc("Quotation", name).submit()
	return name


def order(quotation: str, rate: float) -> str:
	"""A draft order of the rep's from a quotation, each widget at `rate`."""
	with committed_as(REP):
		drafted = make_sales_order(quotation)
		drafted.delivery_date = add_days(nowdate(), 7)
		warehouse = frappe.db.get_value("Warehouse", {"company": COMPANY, "is_group": 0})
		drafted.items[0].update({"rate": rate, "warehouse": warehouse})
		return drafted.insert().name


# What goes on in the background


def carry_out_jobs() -> None:
	"""Do what this app has left for the background: no worker need run beside bench serve."""
	for queue in map(get_queue, get_queue_list()):
		for job in queue.get_jobs():
			method = job.kwargs.get("method")
			if job.kwargs.get("site") == frappe.local.site and str(method).startswith("pipeline_ext."):
				job.delete()
				with committed_as(job.kwargs["user"]):
					frappe.get_attr(method)(**job.kwargs["kwargs"])


# What tests find


def stored(doctype: str, name: str | dict[str, Any], field: str) -> Any:
	"""A value as it stands in the database now."""
	frappe.db.rollback()
	return frappe.db.get_value(doctype, name, field)


def document(doctype: str, name: str) -> Document:
	"""A document as it stands in the database now."""
	frappe.db.rollback()
	return frappe.get_doc(doctype, name)


def ledger(deal: str) -> list[tuple[str, str, str]]:
	"""Stage before, stage after and who did it, oldest first."""
	frappe.db.rollback()
	return [
		(entry.from_stage, entry.stage, entry.posted_by)
		for entry in frappe.get_all(
			"Pipeline Ledger Entry",
			{"document_name": deal},
			["from_stage", "stage", "posted_by"],
			order_by="sequence",
		)
	]


# Removal


def remove_documents() -> None:
	"""Take away everything that one of the people owns; also what a crashed run left."""
	frappe.db.rollback()
	for table in _tables_with("owner"):
		frappe.qb.from_(table).delete().where(table.owner.isin(tuple(PEOPLE))).run()
	frappe.db.commit()
	published_pipelines.clear_cache()
	quote_policies.clear_cache()


def remove_people() -> None:
	"""Take away the people and all that is theirs, what Frappe notes about it included."""
	for email in PEOPLE:
		with committed_as(email):
			for doctype, field in OF_A_USER.items():
				frappe.db.delete(doctype, {field: email})
			frappe.delete_doc(
				"User",
				email,
				force=True,
				ignore_permissions=True,
				ignore_missing=True,
				delete_permanently=True,
			)
	remove_documents()
	frappe.clear_cache()


def _tables_with(column: str) -> list[Table]:
	columns = Schema("information_schema").columns
	rows = (
		frappe.qb.from_(columns)
		.select(columns.table_name)
		.where((columns.table_schema == frappe.conf.db_name) & (columns.column_name == column))
		.run()
	)
	return [Table(name) for (name,) in rows]


# The setup wizard


@contextmanager
def without_setup_wizard() -> Iterator[None]:
	"""The desk opens as on a site that is set up, also where nobody ever went through the wizard."""
	frappe.db.rollback()
	if frappe.is_setup_complete():
		yield
		return
	home_page = frappe.db.get_default("desktop:home_page")
	_set_setup_complete(1, "workspace")
	try:
		yield
	finally:
		_set_setup_complete(0, home_page)


def _set_setup_complete(value: int, home_page: str) -> None:
	frappe.db.rollback()
	frappe.db.set_value("Installed Application", {"has_setup_wizard": 1}, "is_setup_complete", value)
	frappe.db.set_single_value("System Settings", "setup_complete", value)
	frappe.db.set_default("desktop:home_page", home_page)
	frappe.db.commit()
	frappe.clear_cache()
