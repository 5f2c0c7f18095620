"""Forecast Adjustment: who may say what of whose deals, that it stays as it was said, and who reads it."""

from __future__ import annotations

import frappe
import pytest
from frappe.client import bulk_update, set_value
from frappe.utils import get_first_day, get_last_day, getdate, nowdate

from pipeline_ext.setup.pipeline_templates import aida
from pipeline_ext.setup.templates import draft
from tests.site import approvals, factories

ADJUSTMENT = "Forecast Adjustment"
ANN = "ann@adjustment-test.example"
BOB = "bob@adjustment-test.example"
LEA = "lea@adjustment-test.example"
TOP = "top@adjustment-test.example"
PIA = "pia@adjustment-test.example"


@pytest.fixture(autouse=True)
def people():
	for user in (ANN, BOB, TOP):
		factories.user(user, "Sales User")
	factories.user(LEA, "Sales User", "Sales Manager")
	factories.user(PIA, "Pipeline Administrator")


def adjustment(**fields):
	return frappe.get_doc(
		{
			"doctype": ADJUSTMENT,
			"company": factories.COMPANY,
			"period": "Month",
			"from_date": nowdate(),
			"deal_owner": ANN,
			"amount": 1000,
			"reason": "The board meets in March",
			**fields,
		}
	)


def said_by(user, **fields):
	with factories.acting(user):
		return adjustment(**fields).insert()


def test_of_ones_own_deals_one_speaks_as_their_owner():
	said = said_by(ANN, said_as="Manager", owner=BOB)
	assert (said.said_as, said.owner) == ("Owner", ANN)
	assert (said.from_date, said.to_date) == (get_first_day(getdate()), get_last_day(getdate()))
	assert said.title == f"Ann, {getdate():%Y-%m}"


def test_a_sales_manager_speaks_of_anybodys_deals_as_a_manager():
	said = said_by(LEA, said_as="Owner", owner=ANN)
	assert (said.said_as, said.owner) == ("Manager", LEA)
	assert said_by(LEA, deal_owner=LEA).said_as == "Owner"


def test_who_is_above_somebody_speaks_of_their_deals_too():
	top = approvals.employee(TOP)
	approvals.employee(ANN, approvals.employee(BOB, top))
	assert said_by(BOB).said_as == "Manager"
	assert said_by(TOP).said_as == "Manager"
	with pytest.raises(frappe.PermissionError, match="You speak of your own deals"):
		said_by(ANN, deal_owner=BOB)


@pytest.mark.parametrize("user", [BOB, PIA])
def test_nobody_else_speaks_of_them(user):
	with pytest.raises(frappe.PermissionError, match="You speak of your own deals"):
		said_by(user, owner=ANN)


@pytest.mark.parametrize(
	("fields", "error"),
	[
		({"from_date": "2026-01-31"}, "The period ended on"),
		({"amount": -1}, "No less than 0"),
		({"amount": "NaN"}, "nothing can be counted with"),
		({"amount": 1e15}, "nothing can be counted with"),
		({"reason": "n/a"}, "Say what makes you think so"),
		({"reason": ""}, "reason"),
		({"period": "Year"}, "Year"),
		({"period": ""}, "period"),
		({"from_date": "2026-13-45"}, "not a valid date"),
		({"company": "No such company"}, "No such company"),
		({"deal_owner": "nobody@adjustment-test.example"}, "nobody@"),
	],
)
def test_what_makes_no_sense_is_refused(fields, error):
	with pytest.raises(frappe.ValidationError, match=error):
		adjustment(**fields).insert()


def test_a_pipeline_of_leads_has_no_forecast():
	pipeline = draft(aida, "Adjustment Test AIDA", company=factories.COMPANY)
	with pytest.raises(frappe.ValidationError, match="have no amounts"):
		adjustment(pipeline=pipeline.name).insert()


def test_nothing_may_be_won():
	assert said_by(ANN, amount=0).amount == 0


def saved(said):
	return frappe.get_doc(ADJUSTMENT, said.name).update({"amount": 5}).save()


@pytest.mark.parametrize(
	"change",
	[
		saved,
		lambda said: said.db_set("amount", 5),
		lambda said: set_value(ADJUSTMENT, said.name, "amount", 5),
		lambda said: said.delete(),
		lambda said: said.run_method("before_rename", said.name, "another"),
	],
	ids=["save", "db_set", "set_value", "delete", "rename"],
)
def test_what_was_said_stays(change):
	said = said_by(ANN)
	with pytest.raises(frappe.ValidationError, match="Say something newer"):
		change(said)
	assert frappe.db.get_value(ADJUSTMENT, said.name, "amount") == 1000


@pytest.mark.parametrize("user", [ANN, LEA])
def test_nor_does_who_said_it_change_it(user):
	said = said_by(user)
	with factories.acting(user):
		with pytest.raises(frappe.ValidationError, match="Say something newer"):
			saved(said)
		with pytest.raises(frappe.PermissionError):
			said.delete()
	assert frappe.db.get_value(ADJUSTMENT, said.name, "amount") == 1000


def test_a_bulk_update_changes_nothing():
	said = said_by(ANN)
	failed = bulk_update(frappe.as_json([{"doctype": ADJUSTMENT, "docname": said.name, "amount": 5}]))
	assert len(failed["failed_docs"]) == 1
	assert frappe.db.get_value(ADJUSTMENT, said.name, "amount") == 1000


def test_it_outlives_whom_it_is_of():
	said = said_by(ANN)
	frappe.delete_doc("User", ANN, force=True)
	assert frappe.db.get_value(ADJUSTMENT, said.name, "deal_owner") == ANN


def seen():
	names = set(frappe.get_list(ADJUSTMENT, {"company": factories.COMPANY}, pluck="name"))
	everything = frappe.get_all(ADJUSTMENT, {"company": factories.COMPANY}, pluck="name")
	assert {name for name in everything if frappe.has_permission(ADJUSTMENT, "read", name)} == names
	return names


def test_who_reads_what(as_user):
	by_ann, of_ann = said_by(ANN).name, said_by(LEA).name
	by_bob = said_by(BOB, deal_owner=BOB).name
	with as_user(ANN):
		assert seen() == {by_ann, of_ann}
	with as_user(BOB):
		assert seen() == {by_bob}
	for user in (LEA, PIA):
		with as_user(user):
			assert seen() == {by_ann, of_ann, by_bob}


def test_who_sells_nothing_says_and_reads_nothing(as_user):
	said = said_by(ANN)
	with as_user(factories.user("desk@adjustment-test.example", "Accounts User")):
		assert not frappe.has_permission(ADJUSTMENT, "read", said.name)
		with pytest.raises(frappe.PermissionError):
			adjustment(deal_owner="desk@adjustment-test.example").insert()
