"""Carries out what a stage says happens when a deal comes to it."""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe import _
from frappe.desk.form.assign_to import add as assign
from frappe.email.doctype.email_template.email_template import get_email_template
from frappe.model.document import Document
from frappe.utils import add_days, get_datetime, nowdate

from pipeline_ext.automation.notices import notify
from pipeline_ext.domain.pipeline import ActionKind, EntryAction
from pipeline_ext.reports.gate import stage_of
from pipeline_ext.subjects import SUBJECTS

EVENT_HOUR = 9


def carry_out(doctype: str, name: str, version: str, stage: str) -> None:
	"""Each action of the stage by itself: one that fails is logged and keeps none of the others from it."""
	doc = frappe.get_doc(doctype, name)
	for action in stage_of(version, stage).on_entry:
		frappe.db.savepoint("entry_action")
		try:
			ACTIONS[action.kind](doc, action, _person(doc, action))
		except Exception:
			frappe.db.rollback(save_point="entry_action")
			frappe.log_error(
				_("{0} on entry of {1} failed").format(_(action.kind.value), stage),
				reference_doctype=doctype,
				reference_name=name,
			)


def _person(doc: Document, action: EntryAction) -> str:
	"""For whom it is done: the action's user, the deal's owner, or who made the deal."""
	owner = doc.get(SUBJECTS[doc.doctype].owner)
	return next(
		(
			user
			for user in (action.user, owner, doc.owner)
			if user and frappe.db.get_value("User", user, "enabled")
		),
		"Administrator",
	)


def _task(doc: Document, action: EntryAction, person: str) -> None:
	frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": person,
			"reference_type": doc.doctype,
			"reference_name": doc.name,
			"description": action.text,
			"date": add_days(nowdate(), action.due_in),
		}
	).insert(ignore_permissions=True)


def _event(doc: Document, action: EntryAction, person: str) -> None:
	day = get_datetime(add_days(nowdate(), action.due_in))
	frappe.get_doc(
		{
			"doctype": "Event",
			"subject": action.text,
			"event_type": "Private",
			"starts_on": day.replace(hour=EVENT_HOUR),
			"owner": person,
			"event_participants": [{"reference_doctype": doc.doctype, "reference_docname": doc.name}],
		}
	).insert(ignore_permissions=True)


def _assignment(doc: Document, action: EntryAction, person: str) -> None:
	assign(
		{
			"assign_to": [person],
			"doctype": doc.doctype,
			"name": doc.name,
			"description": action.text,
			"date": add_days(nowdate(), action.due_in),
		},
		ignore_permissions=True,
	)


def _notification(doc: Document, action: EntryAction, person: str) -> None:
	notify(person, f"{doc.name}: {action.text}", action.text, doc.doctype, doc.name)


def _email(doc: Document, action: EntryAction, person: str) -> None:
	recipient = doc.get("contact_email") or doc.get("email_id")
	if not recipient:
		notify(
			person,
			_("{0} has no e-mail address to send {1} to").format(doc.name, action.template),
			"",
			doc.doctype,
			doc.name,
		)
		return
	message = get_email_template(action.template, doc.as_dict())
	frappe.sendmail(
		recipients=[recipient],
		subject=message["subject"],
		message=message["message"],
		reference_doctype=doc.doctype,
		reference_name=doc.name,
	)


ACTIONS: dict[ActionKind, Callable[[Document, EntryAction, str], None]] = {
	ActionKind.TASK: _task,
	ActionKind.EVENT: _event,
	ActionKind.ASSIGNMENT: _assignment,
	ActionKind.NOTIFICATION: _notification,
	ActionKind.EMAIL: _email,
}
