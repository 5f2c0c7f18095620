"""Sales Quota: what may be saved, and who sees whose."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import get_quarter_ending, get_quarter_start, getdate

from pipeline_ext.setup.pipeline_templates import aida
from pipeline_ext.setup.templates import draft
from tests.site import approvals, factories, pipelines

QUOTA = "Sales Quota"
ANN = "ann@quota-test.example"
BOB = "bob@quota-test.example"
LEA = "lea@quota-test.example"


@pytest.fixture(autouse=True)
def people():
	factories.user(ANN, "Sales User")
	factories.user(BOB, "Sales User")
	factories.user(LEA, "Sales User", "Sales Manager")


def quota(**fields):
	return frappe.get_doc(
		{
			"doctype": QUOTA,
			"quota_for": "User",
			"user": ANN,
			"company": factories.COMPANY,
			"period": "Quarter",
			"from_date": "2026-11-20",
			"amount": 1000,
			**fields,
		}
	)


def of_team(name, **fields):
	return quota(**{"quota_for": "Team", "user": None, "sales_person": name, **fields})


@pytest.mark.parametrize(
	("period", "first", "last", "title"),
	[
		("Month", "2026-11-01", "2026-11-30", "Ann, 2026-11"),
		("Quarter", "2026-10-01", "2026-12-31", "Ann, 2026-Q4"),
		("Year", "2026-01-01", "2026-12-31", "Ann, 2026"),
	],
)
def test_it_is_for_the_whole_period(period, first, last, title):
	made = quota(period=period).insert()
	assert (getdate(made.from_date), getdate(made.to_date)) == (getdate(first), getdate(last))
	assert made.title == title


def test_it_is_for_one_user_team_or_company():
	team = approvals.sales_person("Quota Test West", None)
	made = of_team(team, user=ANN).insert()
	assert (made.user, made.sales_person, made.title) == (None, team, f"{team}, 2026-Q4")
	made.update({"quota_for": "Company"})
	made.save()
	assert (made.user, made.sales_person, made.title) == (None, None, f"{factories.COMPANY}, 2026-Q4")


def test_it_is_for_the_running_quarter_unless_told():
	made = quota(period=None, from_date=None).insert()
	assert (made.from_date, made.to_date) == (get_quarter_start(getdate()), get_quarter_ending(getdate()))


@pytest.mark.parametrize("holder", [{"user": None}, {"quota_for": "Team", "sales_person": ""}])
def test_it_needs_somebody_whom_it_is_for(holder):
	with pytest.raises(frappe.MandatoryError, match=r"Choose the (User|Team) that the quota is for"):
		quota(**holder).insert()


@pytest.mark.parametrize(
	("amount", "error"),
	[
		(0, "more than 0"),
		(-5, "more than 0"),
		("none", "more than 0"),
		(None, "more than 0"),
		("NaN", "nothing can be counted with"),
		(float("inf"), "nothing can be counted with"),
		(1e15, "nothing can be counted with"),
	],
)
def test_its_amount_is_a_positive_number(amount, error):
	with pytest.raises(frappe.ValidationError, match=error):
		quota(amount=amount).insert()


@pytest.mark.parametrize(
	"fields",
	[
		{"period": "Week"},
		{"from_date": "2026-13-45"},
		{"company": ""},
		{"company": "No such company"},
		{"quota_for": "Everybody"},
		{"user": "nobody@quota-test.example"},
	],
)
def test_what_makes_no_sense_is_refused(fields):
	with pytest.raises(frappe.ValidationError):
		quota(**fields).insert()


def test_who_cannot_log_in_is_given_none_and_keeps_the_one_they_had():
	made = quota().insert()
	frappe.db.set_value("User", ANN, "enabled", 0)
	made.amount = 900
	made.save()
	with pytest.raises(frappe.ValidationError, match="cannot log in"):
		quota(from_date="2027-01-01").insert()


def test_a_pipeline_of_leads_has_no_quota():
	pipeline = draft(aida, "Quota Test AIDA", company=factories.COMPANY)
	with pytest.raises(frappe.ValidationError, match="have no amounts"):
		quota(pipeline=pipeline.name).insert()


def test_there_is_no_second_one():
	first = quota(amount=1234.5).insert()
	with pytest.raises(frappe.ValidationError) as refused:
		quota(from_date="2026-12-31").insert()
	assert "Ann" in str(refused.value)
	assert "1,234.50" in str(refused.value)
	assert first.name in str(refused.value)
	first.amount = 2000
	first.save()


def test_one_moved_onto_another_is_refused():
	quota().insert()
	other = quota(from_date="2026-01-01").insert()
	other.from_date = "2026-10-15"
	with pytest.raises(frappe.ValidationError, match="has a quota of"):
		other.save()


def test_others_beside_it():
	pipelines.enforced()
	team = approvals.sales_person("Quota Test West", None)
	beside = (
		{},
		{"user": BOB},
		{"period": "Month"},
		{"period": "Year"},
		{"from_date": "2026-09-30"},
		{"pipeline": pipelines.NAME},
		{"quota_for": "Team", "sales_person": team},
		{"quota_for": "Company"},
	)
	assert [quota(**fields).insert().title for fields in beside] == [
		"Ann, 2026-Q4",
		"Bob, 2026-Q4",
		"Ann, 2026-11",
		"Ann, 2026",
		"Ann, 2026-Q3",
		f"Ann, 2026-Q4, {pipelines.NAME}",
		f"{team}, 2026-Q4",
		f"{factories.COMPANY}, 2026-Q4",
	]
	with pytest.raises(frappe.ValidationError, match="has a quota of"):
		quota(pipeline=pipelines.NAME).insert()


@pytest.fixture
def quotas():
	"""Ann is in the team West, which is in the team North; Bob is in none."""
	north = approvals.sales_person("Quota Test North", None)
	west = approvals.sales_person("Quota Test West", None, north)
	east = approvals.sales_person("Quota Test East", None, north)
	approvals.sales_person("Quota Test Ann", approvals.employee(ANN), west)
	made = {
		"ann": quota(),
		"bob": quota(user=BOB),
		"company": quota(quota_for="Company"),
		**{name: of_team(team) for name, team in (("north", north), ("west", west), ("east", east))},
	}
	return {name: doc.insert() for name, doc in made.items()}


def seen(quotas):
	listed = frappe.get_list(QUOTA, {"company": factories.COMPANY}, pluck="name")
	readable = {name for name, doc in quotas.items() if frappe.has_permission(QUOTA, "read", doc.name)}
	assert {name for name, doc in quotas.items() if doc.name in listed} == readable
	return readable


def test_who_sees_whose(quotas, as_user):
	with as_user(ANN):
		assert seen(quotas) == {"ann", "west", "north", "company"}
	with as_user(BOB):
		assert seen(quotas) == {"bob", "company"}
	with as_user(LEA):
		assert seen(quotas) == set(quotas)


def test_a_sales_user_reads_and_does_not_write(quotas, as_user):
	with as_user(ANN):
		for right in ("write", "delete", "share"):
			assert not frappe.has_permission(QUOTA, right, quotas["ann"].name)
		with pytest.raises(frappe.PermissionError):
			quota(from_date="2027-01-01").insert()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(QUOTA, quotas["ann"].name).update({"amount": 1}).save()


def test_a_manager_writes(as_user):
	with as_user(LEA):
		made = quota().insert()
		made.amount = 5
		made.save()
		made.delete()
	assert not frappe.db.exists(QUOTA, made.name)
