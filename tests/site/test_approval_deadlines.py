"""Deadlines in working hours: due, reminded of, escalated; each once."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest

from pipeline_ext import api
from pipeline_ext.quoting import deadlines, requests
from tests.site import approvals, factories
from tests.site.approvals import (
	BOSS,
	DESK,
	FINANCE,
	LEAD,
	OTHER,
	REP,
	acting,
	approval,
	asked,
	decide,
	employee,
	log,
	quote,
	request,
	rule,
	todos,
	told,
)

TITLE = "More than 10 % off"
MONDAY = datetime(2099, 6, 1)
NINE = MONDAY + timedelta(hours=9)
WEEKEND = [MONDAY + timedelta(days=days) for days in (5, 6, 12, 13)]


@pytest.fixture(autouse=True)
def people():
	approvals.people()
	approvals.only("Sales Manager", LEAD)


@pytest.fixture(autouse=True)
def working_week():
	"""From nine to five; Saturday and Sunday off."""
	frappe.db.set_single_value(
		"Pipeline Settings", {"working_day_starts": "09:00:00", "working_day_ends": "17:00:00"}
	)
	frappe.clear_document_cache("Pipeline Settings", "Pipeline Settings")
	holidays = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": "Pipeline Test Weekends",
			"from_date": MONDAY.date(),
			"to_date": (MONDAY + timedelta(days=60)).date(),
			"holidays": [{"holiday_date": day.date(), "description": "Off"} for day in WEEKEND],
		}
	).insert()
	frappe.db.set_value("Company", factories.COMPANY, "default_holiday_list", holidays.name)
	frappe.clear_document_cache("Company", factories.COMPANY)


@pytest.fixture
def at():
	"""`at(moment)`: from then on it is that moment for requests and for the hourly job."""

	def set_clock(moment):
		frappe.flags.pe_posted_on = moment

	return set_clock


@pytest.fixture
def watch(at):
	"""`watch(moment)`: the hourly job as it runs then."""

	def run(moment):
		at(moment)
		deadlines.watch()

	return run


def asked_at(at, moment, *rules):
	"""A request of a quote at 20 % off, asked for at a moment."""
	approvals.policy(*rules)
	draft = quote()
	at(moment)
	return request(draft)


def step(name):
	return approval(name).steps[0]


@pytest.mark.parametrize(
	("asked_on", "hours", "due"),
	[
		(NINE, 4, MONDAY.replace(hour=13)),
		(NINE, 8, MONDAY.replace(hour=17)),
		(MONDAY.replace(hour=16), 2, MONDAY.replace(day=2, hour=10)),
		(MONDAY.replace(day=5, hour=16), 2, MONDAY.replace(day=8, hour=10)),
		(MONDAY.replace(day=6, hour=12), 1, MONDAY.replace(day=8, hour=10)),
		(MONDAY.replace(hour=3), 0.5, MONDAY.replace(hour=9, minute=30)),
	],
)
def test_an_answer_is_due_in_working_hours(at, asked_on, hours, due):
	name = asked_at(at, asked_on, rule(deadline_hours=hours))
	assert (step(name).asked_on, step(name).deadline, approval(name).deadline) == (asked_on, due, due)


def test_the_request_is_due_when_its_first_open_step_is(at):
	name = asked_at(
		at,
		NINE,
		rule(deadline_hours=6),
		rule("Value", measure="Quoted Value", threshold=1, approver_type="User", user=BOSS, deadline_hours=2),
		rule("Days", measure="Quoted Value", threshold=2, approver_type="User", user=FINANCE),
	)
	assert approval(name).deadline == MONDAY.replace(hour=11)
	decide(name, BOSS)
	assert approval(name).deadline == MONDAY.replace(hour=15)
	decide(name, LEAD)
	assert approval(name).deadline is None


def test_the_clock_of_a_later_level_starts_when_its_turn_comes(at):
	approvals.policy(
		rule(deadline_hours=4, approval_group="Discount"),
		rule(
			"More",
			threshold=15,
			deadline_hours=4,
			approval_group="Discount",
			level=2,
			approver_type="User",
			user=BOSS,
		),
		every_level="Ask each in order",
	)
	draft = quote()
	at(NINE)
	name = request(draft)
	assert [row.deadline for row in approval(name).steps] == [MONDAY.replace(hour=13), None]
	at(MONDAY.replace(hour=12))
	decide(name, LEAD)
	assert approval(name).steps[1].deadline == MONDAY.replace(hour=16)


def test_the_preview_says_when_an_answer_would_be_due(at):
	approvals.policy(rule(deadline_hours=8))
	draft = quote()
	at(NINE)
	with acting(REP):
		(planned,) = api.preview_approval(draft.name)["steps"]
	assert planned["deadline"] == MONDAY.replace(hour=17)


def test_who_has_not_answered_is_reminded_once_before_it_is_due(at, watch):
	name = asked_at(at, NINE, rule(deadline_hours=8, reminder_hours=2))
	assert step(name).remind_on == MONDAY.replace(hour=15)
	watch(MONDAY.replace(hour=14, minute=59))
	assert (step(name).reminded_on, len(told(LEAD))) == (None, 1)
	for _again in range(2):
		watch(MONDAY.replace(hour=15))
	assert step(name).reminded_on == MONDAY.replace(hour=15)
	assert told(LEAD)[1:] == [f"{approval(name).quotation} still waits for your answer"]
	assert [(row.decision, row.to_user) for row in approval(name).decisions[1:]] == [("Reminded", LEAD)]


def test_who_has_answered_is_not(at, watch):
	approvals.only("Sales Manager", LEAD, FINANCE)
	name = asked_at(at, NINE, rule(needed="All", deadline_hours=8, reminder_hours=2))
	decide(name, FINANCE)
	watch(MONDAY.replace(hour=15))
	assert (len(told(LEAD)), len(told(FINANCE))) == (2, 1)


def test_at_the_deadline_whoever_is_above_is_asked_too_once(at, watch):
	employee(LEAD, employee(BOSS))
	name = asked_at(at, NINE, rule(deadline_hours=8))
	watch(MONDAY.replace(hour=16, minute=59))
	assert asked(name) == {TITLE: [LEAD]}
	for hour in (17, 18):
		watch(MONDAY.replace(hour=hour))
	assert (asked(name), todos(name), len(told(BOSS))) == ({TITLE: [LEAD, BOSS]}, [BOSS, LEAD], 1)
	assert [(row.decision, row.to_user) for row in approval(name).decisions[1:]] == [("Escalated", BOSS)]
	assert step(name).escalated_on == MONDAY.replace(hour=17)
	assert decide(name, BOSS) == "Approved"


def test_without_anybody_above_the_deal_desk_is_asked_too(at, watch):
	name = asked_at(at, NINE, rule(deadline_hours=8))
	watch(MONDAY.replace(hour=17))
	assert asked(name) == {TITLE: [LEAD, DESK]}


def test_it_is_never_escalated_to_the_quotes_own_people(at, watch):
	employee(LEAD, employee(REP, employee(BOSS)))
	name = asked_at(at, NINE, rule(deadline_hours=8))
	watch(MONDAY.replace(hour=17))
	assert asked(name) == {TITLE: [LEAD, BOSS]}


def test_all_who_must_agree_are_as_many_after_an_escalation(at, watch):
	approvals.only("Sales Manager", LEAD, FINANCE)
	name = asked_at(at, NINE, rule(needed="All", deadline_hours=8))
	decide(name, FINANCE)
	watch(MONDAY.replace(hour=17))
	assert (asked(name), step(name).needed) == ({TITLE: [FINANCE, LEAD, DESK]}, 2)
	assert decide(name, DESK) == "Approved"


def test_what_is_over_is_left_alone(at, watch):
	approved = asked_at(at, NINE, rule(deadline_hours=8, reminder_hours=2))
	decide(approved, LEAD)
	recalled = request(quote())
	with acting(REP):
		api.recall_approval(recalled)
	watch(MONDAY.replace(day=4))
	assert [log(name)[-1][0] for name in (approved, recalled)] == ["Approved", "Recalled"]


def test_one_that_fails_keeps_no_other_from_being_watched(at, watch, monkeypatch):
	employee(LEAD, employee(BOSS))
	approvals.policy(rule(deadline_hours=8))
	drafts = quote(), quote()
	at(NINE)
	broken, whole = (request(draft) for draft in drafts)
	waiting = requests.waiting

	def fail(name):
		if name == broken:
			raise RuntimeError("broken")
		return waiting(name)

	monkeypatch.setattr(requests, "waiting", fail)
	errors = {"method": f"Nobody could be reminded of {broken}"}
	frappe.db.delete("Error Log", errors)
	watch(MONDAY.replace(hour=17))
	assert [asked(name)[TITLE] for name in (broken, whole)] == [[LEAD], [LEAD, BOSS]]
	assert frappe.db.count("Error Log", errors) == 1


def test_a_rule_without_a_deadline_waits_for_ever(at, watch):
	name = asked_at(at, NINE, rule())
	watch(MONDAY.replace(year=2100))
	assert (approval(name).deadline, asked(name), log(name)) == (None, {TITLE: [LEAD]}, [("Requested", REP)])


def test_who_stands_in_is_reminded_of_nothing_twice(at, watch):
	"""The deadline of a step stays when it is handed over."""
	name = asked_at(at, NINE, rule(deadline_hours=8))
	with acting(LEAD):
		api.hand_over(name, OTHER)
	assert step(name).deadline == MONDAY.replace(hour=17)
	watch(MONDAY.replace(hour=17))
	assert asked(name) == {TITLE: [OTHER, DESK]}
