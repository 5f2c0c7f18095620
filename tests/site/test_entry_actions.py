"""What a stage does on entry is done once the deal is there, and none of it keeps a deal from moving."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, nowdate

from tests.site import factories
from tests.site.pipelines import asking, deal, move, stage_of

STAGE = "Qualification"


@pytest.fixture
def mail_goes_out(monkeypatch):
	"""The site may queue e-mail, whatever its configuration says; nothing is sent in a test."""
	monkeypatch.setitem(frappe.local.conf, "mute_emails", 0)
	if frappe.db.exists("Email Account", {"default_outgoing": 1}):
		return
	account = frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": "Outgoing Test",
			"email_id": "sales@pipeline-test.example",
			"smtp_server": "localhost",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"no_smtp_authentication": 1,
		}
	)
	monkeypatch.setattr(account, "validate_smtp_conn", lambda: None)
	account.insert()


def with_action(**action):
	return asking(entry_actions=[{"stage": STAGE, **action}])


def rep():
	return factories.user("rep@pipeline-test.example", "Sales User")


def test_a_task_for_the_owner():
	with_action(action="Task", text="Book a discovery call", due_in=2)
	made = deal(opportunity_owner=rep())
	assert not frappe.db.exists("ToDo", {"reference_name": made.name})
	move(made, STAGE)
	task = frappe.get_last_doc("ToDo", {"reference_name": made.name})
	assert (task.allocated_to, task.date, task.description) == (
		rep_email(),
		getdate(add_days(nowdate(), 2)),
		"Book a discovery call",
	)


def rep_email():
	return "rep@pipeline-test.example"


def test_an_event_that_belongs_to_the_deal():
	with_action(action="Event", text="Discovery call", due_in=3)
	made = deal()
	move(made, STAGE)
	event = frappe.get_last_doc("Event")
	assert event.subject == "Discovery call"
	assert getdate(event.starts_on) == getdate(add_days(nowdate(), 3))
	assert event.event_participants[0].reference_docname == made.name


def test_an_assignment(mail_goes_out):
	user = factories.user("support@pipeline-test.example", "Sales User")
	with_action(action="Assignment", text="Check the terms", user=user)
	made = deal()
	move(made, STAGE)
	assert user in frappe.db.get_value("Opportunity", made.name, "_assign")


def test_a_notification():
	with_action(action="Notification", text="A deal is qualified", user=rep())
	made = deal()
	move(made, STAGE)
	told = frappe.get_last_doc("Notification Log", {"for_user": rep_email()})
	assert made.name in told.subject and told.document_name == made.name


def test_an_email_from_a_template(mail_goes_out):
	frappe.get_doc(
		{
			"doctype": "Email Template",
			"name": "Welcome",
			"subject": "About {{ title }}",
			"response": "Dear buyer of {{ title }}",
		}
	).insert()
	with_action(action="E-mail", template="Welcome")
	made = deal(title="Widgets for Acme")
	move(made, STAGE)
	queued = frappe.get_last_doc("Email Queue", {"reference_name": made.name})
	assert [recipient.recipient for recipient in queued.recipients] == ["buyer@acme.example"]
	assert "About Widgets for Acme" in queued.message


def test_an_action_that_fails_is_logged_and_keeps_neither_the_deal_nor_the_next_action(monkeypatch):
	template = frappe.get_doc(
		{"doctype": "Email Template", "name": "Broken", "subject": "{{ 1 / 0 }}", "response": "x"}
	).insert()
	asking(
		entry_actions=[
			{"stage": STAGE, "action": "E-mail", "template": template.name},
			{"stage": STAGE, "action": "Task", "text": "Call"},
		]
	)
	made = deal()
	move(made, STAGE)
	assert stage_of(made) == STAGE
	assert frappe.db.exists("ToDo", {"reference_name": made.name, "description": "Call"})
	assert frappe.db.exists("Error Log", {"reference_name": made.name})


def test_a_deal_that_starts_in_the_stage_gets_it_too():
	with_action(action="Task", text="Book a discovery call")
	made = deal(sales_stage=STAGE)
	assert frappe.db.count("ToDo", {"reference_name": made.name}) == 1


def test_past_data_that_is_loaded_starts_nothing():
	with_action(action="Task", text="Book a discovery call")
	frappe.flags.pe_posted_on = get_datetime("2020-01-01 10:00:00")
	made = deal(sales_stage=STAGE)
	assert not frappe.db.exists("ToDo", {"reference_name": made.name})


@pytest.mark.parametrize(
	("action", "error"),
	[
		({"stage": STAGE, "action": "Task", "text": ""}, "say what is to be done|Value missing|What"),
		({"stage": STAGE, "action": "Task", "text": "x", "user": "nobody@x.example"}, "no enabled user"),
		({"stage": "Nirvana", "action": "Task", "text": "x"}, "not a stage of this pipeline|Could not find"),
	],
)
def test_an_action_that_cannot_work_is_refused(action, error):
	with pytest.raises(frappe.ValidationError, match=error):
		asking(entry_actions=[action])
