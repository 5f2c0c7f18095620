"""Reminders: who is told of a stalled deal or an overdue override, when, and never twice."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import frappe
import pytest
from frappe.utils import add_days, nowdate

from pipeline_ext import api
from pipeline_ext.automation import reminders
from pipeline_ext.pipeline_ext.doctype.stall_notice.stall_notice import StallNotice
from tests.site import factories, pipelines
from tests.site.approvals import employee

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"
BOSS = "boss@pipeline-test.example"
KEEPER = "keeper@pipeline-test.example"
NOW = datetime.combine(date.today(), time(12))


@pytest.fixture(autouse=True)
def pipeline():
	for email in (ANN, BOB, BOSS):
		factories.user(email, "Sales User")
	factories.user(KEEPER, "Sales Manager", "Gate Keeper")
	settings(remind_stalled=1, escalate_after_days=7)
	return pipelines.enforced()


@pytest.fixture
def remind(monkeypatch):
	"""`remind(3)` runs the daily job as if it were three days from now."""

	def run(days=0):
		monkeypatch.setattr(reminders, "now_datetime", lambda: NOW + timedelta(days=days))
		reminders.remind()

	return run


@pytest.fixture
def failures(monkeypatch):
	"""The documents of which an error was logged; the log itself would outlive the test."""
	logged = []
	monkeypatch.setattr(
		frappe, "log_error", lambda title, reference_name, **about: logged.append(reference_name)
	)
	return logged


def settings(**values):
	frappe.get_doc("Pipeline Settings").update(values).save()


def aged(days, owner=ANN, stage="Prospecting"):
	"""A deal that has been in its stage for so many days; the longest stay in the first one is 21."""
	return since(pipelines.deal(opportunity_owner=owner, sales_stage=stage), days)


def since(made, days):
	entered_on = NOW - timedelta(days=days)
	frappe.db.set_value("Opportunity", made.name, "pe_stage_entered_on", entered_on, update_modified=False)
	return made


def told(user):
	return frappe.get_all("Notification Log", {"for_user": user}, pluck="subject", order_by="creation, name")


def notices(made):
	return frappe.get_all("Stall Notice", {"document_name": made.name}, ["*"], order_by="entered_on")


def holidays(name, *days):
	"""A holiday list, days counted from now."""
	dates = [(NOW + timedelta(days=day)).date() for day in days]
	return (
		frappe.get_doc(
			{
				"doctype": "Holiday List",
				"holiday_list_name": name,
				"from_date": NOW.date(),
				"to_date": (NOW + timedelta(days=60)).date(),
				"holidays": [{"holiday_date": each, "description": "Off"} for each in dates],
			}
		)
		.insert()
		.name
	)


# Owners


def test_the_owner_of_a_stalled_deal_is_reminded_once(remind, failures):
	made = aged(25)
	aged(20)
	remind()
	remind()
	remind(1)
	assert told(ANN) == [f"{made.name} is stalled: in Prospecting for 25 days"]
	(notice,) = notices(made)
	assert (notice.reminded_user, notice.reminded_on, notice.stage) == (ANN, NOW, "Prospecting")
	assert notice.entered_on == NOW - timedelta(days=25)
	assert (notice.escalated_to, notice.escalated_on) == (None, None)
	assert failures == []


def test_a_deal_is_stalled_from_the_day_after_its_longest_stay(remind):
	made = aged(20.5)
	remind()
	assert told(ANN) == []
	remind(1)
	assert told(ANN) == [f"{made.name} is stalled: in Prospecting for 21 days"]


def test_a_deal_that_leaves_and_comes_back_is_a_new_stay(remind):
	made = aged(25)
	remind()
	pipelines.move(made, "Qualification")
	since(pipelines.move(made, "Prospecting"), 23)
	remind()
	assert len(told(ANN)) == 2
	assert [notice.entered_on for notice in notices(made)] == [
		NOW - timedelta(days=25),
		NOW - timedelta(days=23),
	]


def test_a_deal_that_is_won_is_nobodys_worry(remind):
	made = aged(25)
	frappe.db.set_value("Opportunity", made.name, "status", "Converted")
	remind()
	assert told(ANN) == []


def test_several_deals_are_one_alert_at_the_one_furthest_over(remind):
	deals = [aged(days) for days in (22, 40, 30)]
	bobs = aged(25, owner=BOB)
	remind()
	assert told(ANN) == [f"3 deals are stalled, {deals[1].name} furthest"]
	assert told(BOB) == [f"{bobs.name} is stalled: in Prospecting for 25 days"]
	alert = frappe.get_last_doc("Notification Log", {"for_user": ANN})
	assert alert.document_name == deals[1].name
	assert all(made.name in alert.email_content for made in deals)
	assert bobs.name not in alert.email_content
	assert [len(notices(made)) for made in (*deals, bobs)] == [1, 1, 1, 1]


def test_an_owner_who_cannot_log_in_is_not_reminded(remind):
	made = aged(25)
	frappe.db.set_value("User", ANN, "enabled", 0)
	remind()
	assert (told(ANN), notices(made)) == ([], [])
	frappe.db.set_value("Opportunity", made.name, "opportunity_owner", BOB)
	remind(1)
	assert len(told(BOB)) == 1


def test_nobody_is_reminded_where_the_settings_say_so(remind):
	settings(remind_stalled=0)
	aged(25)
	remind()
	assert told(ANN) == []


# Holidays


def test_nobody_is_reminded_on_a_holiday_of_their_own(remind):
	employee(ANN, holiday_list=holidays("Ann's", 0, 1))
	made = aged(25)
	remind(0)
	remind(1)
	assert told(ANN) == []
	remind(2)
	assert told(ANN) == [f"{made.name} is stalled: in Prospecting for 27 days"]


def test_without_a_list_of_their_own_the_companys_counts(remind):
	frappe.db.set_value("Company", factories.COMPANY, "default_holiday_list", holidays("Everybody's", 0))
	employee(ANN)
	employee(BOSS, holiday_list=holidays("Boss's", 5))
	for owner in (ANN, BOB, BOSS):
		aged(25, owner=owner)
	remind()
	assert (told(ANN), told(BOB), len(told(BOSS))) == ([], [], 1)


# Managers


def test_the_manager_is_told_after_the_days_that_the_settings_say(remind):
	employee(ANN, reports_to=employee(BOSS).name)
	made = aged(25)
	remind(0)
	remind(6)
	assert told(BOSS) == []
	remind(7)
	remind(8)
	assert told(BOSS) == [f"{made.name} is stalled: in Prospecting for 32 days"]
	assert len(told(ANN)) == 1
	(notice,) = notices(made)
	assert (notice.escalated_to, notice.escalated_on) == (BOSS, NOW + timedelta(days=7))


def test_a_deal_that_moved_on_is_not_escalated(remind):
	employee(ANN, reports_to=employee(BOSS).name)
	made = aged(25)
	remind(0)
	pipelines.move(made, "Qualification")
	remind(20)
	assert told(BOSS) == []


def test_only_the_owners_working_days_count_towards_escalation(remind):
	employee(ANN, reports_to=employee(BOSS).name, holiday_list=holidays("Ann's", 2, 3))
	aged(25)
	remind(0)
	remind(8)
	assert told(BOSS) == []
	remind(9)
	assert len(told(BOSS)) == 1


def test_a_manager_is_not_told_on_a_holiday(remind):
	employee(ANN, reports_to=employee(BOSS, holiday_list=holidays("Boss's", 7, 8)).name)
	aged(25)
	for day in (0, 7, 8):
		remind(day)
	assert told(BOSS) == []
	remind(9)
	assert len(told(BOSS)) == 1


def sales_person(name, parent, who=None, is_group=1):
	return (
		frappe.get_doc(
			{
				"doctype": "Sales Person",
				"sales_person_name": name,
				"parent_sales_person": parent,
				"is_group": is_group,
				"employee": who and who.name,
			}
		)
		.insert()
		.name
	)


def test_without_a_manager_the_tree_of_sales_people_says_who_leads(remind):
	root = frappe.db.get_value("Sales Person", {"parent_sales_person": ("in", ("", None)), "is_group": 1})
	lead = sales_person("Boss's Team", root, employee(BOSS))
	sales_person("Ann", sales_person("Nobody's Team", lead), employee(ANN), is_group=0)
	aged(25)
	remind(0)
	remind(7)
	assert len(told(BOSS)) == 1


def test_without_anybody_above_nobody_is_told(remind):
	made = aged(25)
	remind(0)
	remind(30)
	assert notices(made)[0].escalated_on is None


def test_no_days_mean_no_manager_is_told(remind):
	settings(escalate_after_days=0)
	employee(ANN, reports_to=employee(BOSS).name)
	aged(25)
	remind(0)
	remind(60)
	assert told(BOSS) == []


# What fails


def test_one_bad_deal_stops_nobody(remind, monkeypatch, failures):
	bad, good, bobs = aged(30), aged(25), aged(25, owner=BOB)
	give = StallNotice.give

	def fails_for_one(notice, doctype, name, *rest):
		give(notice, doctype, name, *rest)
		if name == bad.name:
			raise ZeroDivisionError

	monkeypatch.setattr(StallNotice, "give", fails_for_one)
	remind()
	assert told(ANN) == [f"{good.name} is stalled: in Prospecting for 25 days"]
	assert [len(notices(made)) for made in (bad, good, bobs)] == [0, 1, 1]
	assert failures == [bad.name]


def test_who_could_not_be_told_is_told_the_next_day(remind, monkeypatch, failures):
	made, bobs = aged(25), aged(25, owner=BOB)
	notify = reminders.notify

	def fails_for_ann(user, *rest):
		if user == ANN:
			raise ZeroDivisionError
		notify(user, *rest)

	monkeypatch.setattr(reminders, "notify", fails_for_ann)
	remind()
	assert (notices(made), len(notices(bobs)), len(told(BOB))) == ([], 1, 1)
	monkeypatch.setattr(reminders, "notify", notify)
	remind(1)
	assert (len(told(ANN)), len(told(BOB))) == (1, 1)


# Overrides


@pytest.fixture
def override(as_user):
	made = pipelines.deal(opportunity_owner=ANN, contact_email=None)
	with as_user(KEEPER):
		api.move(
			"Opportunity", made.name, "Qualification", "The buyer called Ann's mobile", add_days(nowdate(), 3)
		)
	return frappe.get_last_doc("Gate Override", {"document_name": made.name})


def test_an_overdue_override_is_told_once_to_the_owner_and_the_gate_keeper(remind, override):
	before = len(told(ANN)), len(told(KEEPER))
	remind(3)
	assert (len(told(ANN)), len(told(KEEPER))) == before
	remind(4)
	remind(5)
	for person, earlier in zip((ANN, KEEPER), before, strict=True):
		assert len(told(person)) == earlier + 1
		alert = frappe.get_last_doc("Notification Log", {"for_user": person})
		assert (alert.document_type, alert.document_name) == ("Gate Override", override.name)
		assert override.document_name in alert.subject
		assert "We know whom to talk to" in alert.email_content


def test_a_settled_override_is_not_told(remind, override):
	before = told(KEEPER)
	override.settle()
	remind(10)
	assert told(KEEPER) == before


def test_a_gate_keeper_is_told_after_the_holiday(remind, override):
	before = len(told(KEEPER))
	employee(KEEPER, holiday_list=holidays("Keeper's", 4))
	remind(4)
	assert len(told(KEEPER)) == before
	remind(5)
	assert len(told(KEEPER)) == before + 1


# The notices


def test_nobody_writes_notices_by_hand(remind):
	made = aged(25)
	remind()
	notice = frappe.get_doc("Stall Notice", notices(made)[0].name)
	fields = {"document_type": "Opportunity", "document_name": made.name, "entered_on": NOW}
	for act in (
		lambda: frappe.get_doc({"doctype": "Stall Notice", **fields}).insert(),
		lambda: notice.update({"stage": "Won"}).save(),
		lambda: notice.db_set("reminded_on", None),
		lambda: notice.delete(),
	):
		with pytest.raises(frappe.ValidationError, match="daily reminders write"):
			act()


def test_there_is_one_notice_of_a_stay(remind):
	made = aged(25)
	remind()
	entered_on = notices(made)[0].entered_on
	with pytest.raises(frappe.UniqueValidationError):
		frappe.new_doc("Stall Notice").give("Opportunity", made.name, "Prospecting", entered_on, BOB, NOW)


def test_a_notice_keeps_no_deal_from_being_deleted(remind):
	assert "Stall Notice" in frappe.get_hooks("ignore_links_on_delete")
	made = aged(25)
	remind()
	made.reload().delete()
	assert not frappe.db.exists("Opportunity", made.name)
