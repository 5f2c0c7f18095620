"""What those who are asked do with a request: approve, reject, ask, hand over; and whoever answers them."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname

from pipeline_ext.domain.approvals import ApprovalStatus, Ballot, Refusal, is_asked
from pipeline_ext.quoting import requests, telling
from pipeline_ext.quoting.requests import Entry
from pipeline_ext.quoting.standing import assessed
from pipeline_ext.reports import approval_views, approvals
from pipeline_ext.reports.approvers import own_people_of
from pipeline_ext.reports.quotations import Assessment


def decide(name: str, entry: Entry, comment: str | None, position: int | None = None) -> Document:
	"""Approve or reject the step at a position, else the first one that waits for the session's user."""
	approval, quote = requests.waiting(name)
	ballot = _own_ballot(approval, quote, position)
	seen = assessed(quote)
	_refuse_if_worse(approval, quote, seen)
	requests.log(
		approval,
		entry,
		step=approval.steps[ballot.position],
		seen=seen,
		on_behalf_of=ballot.on_behalf_of,
		comment=comment,
	)
	requests.settle(approval)
	requests.write(approval, quote)
	if approval.status != ApprovalStatus.PENDING.value:
		telling.tell_asker(approval, lambda: _outcome_text(approval), comment)
	return approval


def _own_ballot(approval: Document, quote: Document, position: int | None = None) -> Ballot:
	ballot = approvals.ballot_for(approval, quote, frappe.session.user, position)
	if isinstance(ballot, Refusal):
		requests.refuse(ballot)
	return ballot


def _refuse_if_worse(approval: Document, quote: Document, seen: Assessment) -> None:
	"""What was asked is what is decided; a quote that gives away no more than that may be another by now."""
	request = approvals.as_request(approval)
	if (request.fingerprint, request.subject) == (seen.fingerprint, seen.subject):
		return
	policy = seen.policy.name if seen.policy else ""
	if not is_asked(seen.breaches, request, policy, seen.subject):
		frappe.throw(
			_(
				"{0} was changed after approval was asked for, and gives away more. Ask for a new request."
			).format(quote.name),
			title=_("Changed for the Worse"),
		)


def _outcome_text(approval: Document) -> str:
	texts = {
		ApprovalStatus.APPROVED.value: _("{0} approved {1}"),
		ApprovalStatus.REJECTED.value: _("{0} rejected {1}"),
	}
	return texts[approval.status].format(get_fullname(), telling.document_of(approval))


# Questions


def ask_question(name: str, question: str) -> Document:
	"""Ask whoever's quote it is; the deadline stays."""
	approval, quote = requests.waiting(name)
	ballot = _own_ballot(approval, quote)
	step = approval.steps[ballot.position]
	requests.log(
		approval,
		Entry.ASKED,
		step=step,
		on_behalf_of=ballot.on_behalf_of,
		to_user=approval.requested_by,
		comment=question,
	)
	requests.write(approval, quote)
	telling.tell_asker(
		approval,
		lambda: _("{0} asks about {1}").format(get_fullname(), telling.document_of(approval)),
		question,
	)
	return approval


def answer_question(name: str, answer: str) -> Document:
	"""Answer the last question, as one of those whose quote it is."""
	approval, quote = requests.waiting(name)
	question = approval_views.open_question(approval)
	if question is None:
		frappe.throw(_("Nobody has asked anything that is not answered yet."), title=_("Nothing to Answer"))
	if not approval_views.may_answer(approval, quote, frappe.session.user):
		frappe.throw(
			_("Only who asked for the approval, or wrote the quotation, answers."),
			frappe.PermissionError,
			title=_("Cannot Answer"),
		)
	step = next((row for row in approval.steps if row.rule == question.rule), None)
	requests.log(approval, Entry.ANSWERED, step=step, to_user=question.user, comment=answer)
	requests.write(approval, quote)
	telling.tell(
		[question.user],
		approval,
		lambda: _("{0} answers your question about {1}").format(
			get_fullname(), telling.document_of(approval)
		),
		answer,
	)
	return approval


# Handing over


def hand_over(name: str, to_user: str, comment: str | None) -> Document:
	"""Have somebody else asked instead, wherever it is the session's user's own turn."""
	approval, quote = requests.waiting(name)
	user = frappe.session.user
	ballot = approvals.ballot_for(approval, quote, user, in_person=True)
	if isinstance(ballot, Refusal):
		requests.refuse(ballot)
	to_user = _fit(to_user, own_people_of(approval, quote))
	passed_on = [row for row in _own_turns(approval, user) if not _takes_part(approval, row, to_user)]
	if not passed_on:
		frappe.throw(_("{0} is asked already.").format(get_fullname(to_user)), title=_("Asked Already"))
	for row in passed_on:
		row.asked = "\n".join(to_user if each == user else each for each in row.asked.split("\n"))
		requests.log(approval, Entry.HANDED_OVER, step=row, to_user=to_user, comment=comment)
	requests.write(approval, quote)
	return approval


def _fit(to_user: str, own: set[str]) -> str:
	"""Who takes over, as the database spells the name; it also finds users under another spelling."""
	able = {"name": to_user, "enabled": 1, "user_type": "System User"}
	name = frappe.db.get_value("User", able)
	if name is None:
		frappe.throw(
			_("{0} cannot log in to the desk. Hand it to somebody who can.").format(
				frappe.utils.escape_html(to_user)
			),
			title=_("Cannot Take Over"),
		)
	if name in own:
		frappe.throw(
			_("Nobody approves their own quotation. Hand it to somebody else."),
			title=_("Their Own Quotation"),
		)
	return name


def _own_turns(approval: Document, user: str) -> list[Document]:
	"""The steps that wait for a user in person."""
	steps = approvals.as_steps(approval)
	return [
		row
		for row, step in zip(approval.steps, steps, strict=True)
		if row.status == "Pending" and user in step.asked and user not in {vote.user for vote in step.votes}
	]


def _takes_part(approval: Document, row: Document, user: str) -> bool:
	"""Whether a user is asked in a step already, or has answered it for somebody."""
	step = approvals.as_steps(approval)[row.idx - 1]
	return user in {*step.asked, *(vote.user for vote in step.votes)}
