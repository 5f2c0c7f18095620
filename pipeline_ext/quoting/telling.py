"""Tells people of a request for approval: whose turn it is, who asked, and who is reminded.

What is told has happened: that somebody cannot be told is logged, and undoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, format_datetime, get_fullname, get_url_to_form, getdate

from pipeline_ext.automation.notices import notify
from pipeline_ext.domain.approvals import ApprovalStatus, StepStatus
from pipeline_ext.reports.approvals import APPROVAL, entitled_steps
from pipeline_ext.reports.approvers import delegates_of, own_people_of

TODO = "ToDo"


def tell_asked(approval: Document, quote: Document) -> None:
	"""Whose turn has come gets a ToDo and hears of it; the ToDos of all others are closed."""
	wanted = waited_for(approval, quote)
	open_todos = _open_todos(approval.name)
	for user, todo in open_todos.items():
		if user not in wanted:
			with on_its_own(_("The ToDo of {0} could not be closed").format(user)):
				_close(todo)
	for user in sorted(wanted - open_todos.keys()):
		with on_its_own(_("{0} could not be given a ToDo").format(user)):
			_give_todo(user, approval)
		tell([user], approval, lambda: asks_text(approval), approval.comment)


def waited_for(approval: Document, quote: Document) -> set[str]:
	"""Who may answer now: those asked who have not, and who stands in for them today."""
	if approval.status != ApprovalStatus.PENDING.value:
		return set()
	people: set[str] = set()
	for row, step in zip(approval.steps, entitled_steps(approval), strict=True):
		if row.status == StepStatus.PENDING.value:
			unanswered = set(step.asked) - {vote.on_behalf_of or vote.user for vote in step.votes}
			answered = {vote.user for vote in step.votes}
			people |= (unanswered | delegates_of(unanswered, getdate())) - answered
	return people - own_people_of(approval, quote)


def tell_asker(approval: Document, headline: Callable[[], str], comment: str | None) -> None:
	"""Who asked for the approval hears of what somebody else did with it."""
	if approval.requested_by != frappe.session.user:
		tell([approval.requested_by], approval, headline, comment)


def tell(
	users: Iterable[str], approval: Document, headline: Callable[[], str], comment: str | None = None
) -> None:
	"""A notification and an e-mail that open the request, each in the language of who reads it."""
	for user in users:
		with in_language_of(user):
			subject = headline()
		with on_its_own(_("{0} could not be told of {1}").format(user, approval.name)):
			notify(user, subject, escape_html(comment or ""), APPROVAL, approval.name)
		with on_its_own(_("{0} could not be mailed about {1}").format(user, approval.name)):
			_mail(user, approval, subject, comment)


def asks_text(approval: Document) -> str:
	return _("{0} asks you to approve {1} for {2}").format(
		get_fullname(approval.requested_by), document_of(approval), approval.customer_name
	)


def document_of(approval: Document) -> str:
	"""The quotation or order that a request is about."""
	return approval.sales_order or approval.quotation


def _mail(user: str, approval: Document, headline: str, comment: str | None) -> None:
	address, enabled = frappe.db.get_value("User", user, ["email", "enabled"])
	if not address or not enabled:
		return
	pending = [row for row in approval.steps if row.status == StepStatus.PENDING.value]
	with in_language_of(user):
		frappe.sendmail(
			recipients=[address],
			subject=headline,
			template="quote_approval",
			args={
				"headline": headline,
				"comment": comment,
				"titles": [row.title for row in pending],
				"deadline": format_datetime(approval.deadline) if approval.deadline else None,
				"link": get_url_to_form(APPROVAL, approval.name),
			},
			reference_doctype=APPROVAL,
			reference_name=approval.name,
		)


# ToDos


def _open_todos(name: str) -> dict[str, str]:
	"""The open ToDos of a request, by whom they are for."""
	about = {"reference_type": APPROVAL, "reference_name": name, "status": "Open"}
	return dict(frappe.get_all(TODO, about, ["allocated_to", "name"], as_list=True))


def _close(name: str) -> None:
	todo = frappe.get_doc(TODO, name)
	todo.status = "Closed"
	todo.save(ignore_permissions=True)


def _give_todo(user: str, approval: Document) -> None:
	with in_language_of(user):
		description = escape_html(asks_text(approval))
	frappe.get_doc(
		{
			"doctype": TODO,
			"allocated_to": user,
			"assigned_by": frappe.session.user,
			"reference_type": APPROVAL,
			"reference_name": approval.name,
			"description": description,
			"date": getdate(approval.deadline) if approval.deadline else None,
		}
	).insert(ignore_permissions=True)


# Going on whatever happens


@contextmanager
def on_its_own(failure: str) -> Iterator[None]:
	"""What fails here is undone and logged, and keeps nothing else from being done."""
	messages, savepoint = list(frappe.local.message_log), f"telling_{frappe.generate_hash(length=10)}"
	frappe.db.savepoint(savepoint)
	try:
		yield
	except Exception:
		frappe.db.rollback(save_point=savepoint)
		frappe.local.message_log = messages
		frappe.log_error(failure)
	else:
		frappe.db.release_savepoint(savepoint)


@contextmanager
def in_language_of(user: str) -> Iterator[None]:
	"""Texts translated inside are in the language of that user."""
	before = frappe.local.lang
	frappe.local.lang = frappe.get_cached_value("User", user, "language") or before
	try:
		yield
	finally:
		frappe.local.lang = before
