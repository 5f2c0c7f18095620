"""Asking for the approval of a quote, and giving it."""

from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr

from pipeline_ext.quoting import asking, closing, deciding
from pipeline_ext.quoting.requests import Entry, quote_of
from pipeline_ext.quoting.standing import assessed
from pipeline_ext.reports import approval_views, approvals
from pipeline_ext.reports.approvals import APPROVAL
from pipeline_ext.subjects import APPROVABLES

DECISIONS = {"approve": Entry.APPROVED, "reject": Entry.REJECTED}


# Seeing


@frappe.whitelist()
def preview_approval(quotation: str) -> dict[str, Any]:
	"""What a quotation gives away now, what policy asks of whom, and how its approval stands.

	Money in company currency, percentages in percent. Open to whoever may read the quotation or its request.
	"""
	doc = frappe.get_doc("Quotation", quotation)
	_readable_through(doc).check_permission("read")
	return _preview(doc)


@frappe.whitelist()
def preview_order_approval(sales_order: str) -> dict[str, Any]:
	"""The same as `preview_approval`, for a Sales Order."""
	doc = frappe.get_doc("Sales Order", sales_order)
	_readable_through(doc).check_permission("read")
	return _preview(doc)


@frappe.whitelist()
def view_approval(approval: str) -> dict[str, Any]:
	"""A request as it was made and as it stands, in the shape of `preview_approval`."""
	doc = frappe.get_doc(APPROVAL, approval)
	doc.check_permission("read")
	return approval_views.of_request(doc, _quote_of(doc))


@frappe.whitelist()
def waiting_for_me() -> list[dict[str, Any]]:
	"""The requests that the session's user may answer now, the most urgent first."""
	frappe.has_permission(APPROVAL, "read", throw=True)
	found = []
	for name in approvals.waiting_for(frappe.session.user):
		doc = frappe.get_doc(APPROVAL, name)
		view = approval_views.of_request(doc, _quote_of(doc))
		if view["may_decide"]:
			found.append(view)
	return sorted(found, key=lambda view: (view["decides_by"] or datetime.max, view["requested_on"]))


# Asking


@frappe.whitelist(methods=["POST"])
def request_approval(quotation: str, comment: str | None = None) -> str:
	"""Ask for the approvals that a draft quotation needs; returns the name of the Quote Approval."""
	doc = frappe.get_doc("Quotation", quotation, for_update=True)
	doc.check_permission("write")
	return asking.ask(doc, _text(comment)).name


@frappe.whitelist(methods=["POST"])
def request_order_approval(sales_order: str, comment: str | None = None) -> str:
	"""Ask for the approvals that a draft Sales Order needs; returns the name of the Quote Approval."""
	doc = frappe.get_doc("Sales Order", sales_order, for_update=True)
	doc.check_permission("write")
	return asking.ask(doc, _text(comment)).name


@frappe.whitelist(methods=["POST"])
def recall_approval(approval: str) -> str:
	"""Take a waiting request back, as who asked or may write the quote; returns the request's status."""
	doc = frappe.get_doc(APPROVAL, approval)
	doc.check_permission("read")
	quote = _quote_of(doc)
	if quote and not approval_views.may_recall(doc, quote, frappe.session.user):
		frappe.throw(
			_("Only who asked, or who may write the quotation, recalls a request."),
			frappe.PermissionError,
			title=_("Cannot Recall"),
		)
	return closing.recall(approval).status


# Answering


@frappe.whitelist(methods=["POST"])
def decide(approval: str, decision: str, comment: str | None = None, step: int | None = None) -> str:
	"""Approve or reject (`approve`, `reject`) what waits for you; returns the request's status.

	`step` is the number of its row, from 1; without it, the first that you may answer.
	"""
	frappe.get_doc(APPROVAL, approval).check_permission("read")
	if decision not in DECISIONS:
		frappe.throw(
			_("{0} is not a decision. Use one of: {1}.").format(
				frappe.utils.escape_html(decision), ", ".join(DECISIONS)
			),
			title=_("Unknown Decision"),
		)
	if decision == "reject":
		_require(comment, _("Say why, so that the quotation can be mended."), _("Reason Missing"))
	position = None if step is None else step - 1
	return deciding.decide(approval, DECISIONS[decision], _text(comment), position).status


@frappe.whitelist(methods=["POST"])
def ask_question(approval: str, question: str) -> None:
	"""Ask whoever wants the approval something, before you decide; the deadline stays."""
	frappe.get_doc(APPROVAL, approval).check_permission("read")
	_require(question, _("Write what you need to know."), _("Question Missing"))
	deciding.ask_question(approval, _text(question))


@frappe.whitelist(methods=["POST"])
def answer_question(approval: str, answer: str) -> None:
	"""Answer the last question about your quote."""
	frappe.get_doc(APPROVAL, approval).check_permission("read")
	_require(answer, _("Write an answer."), _("Answer Missing"))
	deciding.answer_question(approval, _text(answer))


@frappe.whitelist(methods=["POST"])
def hand_over(approval: str, to_user: str, comment: str | None = None) -> None:
	"""Have somebody else decide what waits for you in person."""
	frappe.get_doc(APPROVAL, approval).check_permission("read")
	deciding.hand_over(approval, to_user, _text(comment))


def _text(value: str | None) -> str | None:
	return cstr(value).strip() or None


def _require(value: str | None, what_to_do: str, title: str) -> None:
	if not _text(value):
		frappe.throw(what_to_do, title=title)


def _preview(doc: Document) -> dict[str, Any]:
	return approval_views.of_quote(doc, assessed(doc, everything=True), _last_request(doc))


def _readable_through(doc: Document) -> Document:
	"""Who is asked about a quote need not read it: the request is enough."""
	return doc if frappe.has_permission(doc.doctype, "read", doc) else _last_request(doc) or doc


def _last_request(doc: Document) -> Document | None:
	"""The request that a quote says is its last, if it is about this quote."""
	approvable = APPROVABLES[doc.doctype]
	name = doc.get(approvable.approval)
	if not name or not frappe.db.exists(APPROVAL, {"name": name, approvable.link: doc.name}):
		return None
	return frappe.get_doc(APPROVAL, name)


def _quote_of(approval: Document) -> Document | None:
	"""What a request is about; None where that is deleted."""
	doctype, name = quote_of(approval)
	return frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
