"""Says why a document may not go on without an approval, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, fmt_money

from pipeline_ext.domain.approvals import Breach, QuoteStatus
from pipeline_ext.domain.orders import Shortfall, Undercut
from pipeline_ext.domain.quotes import MEASURES, Unit
from pipeline_ext.messages import listed
from pipeline_ext.reports.quotations import Assessment


class ApprovalMissing(frappe.ValidationError):
	"""A quotation or an order that needs approval was to go on without it."""


def refuse(
	doc: Document, assessment: Assessment, status: QuoteStatus, undercuts: Sequence[Undercut]
) -> NoReturn:
	"""Raise, and leave the document in memory as far as it is in the database."""
	before = doc.get_doc_before_save()
	if before:
		doc.docstatus = before.docstatus
	text = _("{0} {1} needs approval first.").format(_(doc.doctype), doc.name or "")
	text += listed([*_undercut_texts(doc, undercuts), *_breach_texts(doc, assessment.breaches)])
	frappe.throw(text + _what_to_do(doc, status), ApprovalMissing, title=_("Approval Needed"))


def refuse_own(doc: Document) -> NoReturn:
	frappe.throw(
		_("Nobody approves their own: you have approved {0} {1}, so somebody else has to submit it.").format(
			_(doc.doctype), doc.name
		),
		ApprovalMissing,
		title=_("Somebody Else Submits"),
	)


def _what_to_do(doc: Document, status: QuoteStatus) -> str:
	before = doc.get_doc_before_save()
	if before and before.docstatus.is_submitted():
		return _("Cancel and amend it, then choose Approval > Request Approval on the amendment.")
	return {
		QuoteStatus.REQUIRED: _("Choose Approval > Request Approval."),
		QuoteStatus.PENDING: _("Wait for the approvers, or remind them."),
		QuoteStatus.REJECTED: _("The approval was rejected. Change what was objected to, then ask again."),
		QuoteStatus.RECALLED: _("The request was recalled. Choose Approval > Request Approval."),
		QuoteStatus.STALE: _("It was changed after approval was asked for. Request approval again."),
	}[status]


# What the rules object to


def _breach_texts(doc: Document, breaches: Sequence[Breach]) -> Iterator[str]:
	currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	for breach in breaches:
		rule = breach.rule
		unit = MEASURES[rule.measure].unit
		if unit is Unit.FLAG:
			yield escape_html(rule.title)
			continue
		text = _("{0}: {1} is more than {2}") if rule.above else _("{0}: {1} is less than {2}")
		yield text.format(
			escape_html(rule.title),
			_value(breach.measured, unit, currency),
			_value(rule.threshold, unit, currency),
		)


def _value(value: Decimal, unit: Unit, currency: str) -> str:
	if unit is Unit.MONEY:
		return fmt_money(value, currency=currency)
	number = format(value.normalize(), "f")
	return _("{0} %").format(number) if unit is Unit.PERCENT else number


# Where an order falls below


def _undercut_texts(order: Document, undercuts: Sequence[Undercut]) -> Iterator[str]:
	rows = {row.name: row for row in order.get("items")}
	for undercut in undercuts:
		row = rows.get(undercut.line)
		text = _undercut_text(undercut, row.stock_uom if row else "", order.currency)
		yield _("Row {0}, {1}: {2}").format(row.idx, escape_html(cstr(row.item_code)), text) if row else text


def _undercut_text(undercut: Undercut, uom: str, currency: str) -> str:
	if undercut.reason is Shortfall.PRICE:
		return _("ordered at {0} per {1} net, quoted at {2}").format(
			fmt_money(undercut.ordered, currency=currency), uom, fmt_money(undercut.agreed, currency=currency)
		)
	if undercut.reason is Shortfall.QUANTITY:
		return _("{0} {1} ordered in all, {2} quoted").format(
			_number(undercut.ordered), uom, _number(undercut.agreed)
		)
	if undercut.reason is Shortfall.PAYMENT:
		return _("To be paid after {0} days, quoted with {1}").format(
			_number(undercut.ordered), _number(undercut.agreed)
		)
	return {
		Shortfall.ADDED: _("not in a submitted quotation"),
		Shortfall.NO_RATE: _("quoted in another currency, and there is no exchange rate to compare with"),
		Shortfall.CUSTOMER: _("The quotation is for another customer"),
	}[undercut.reason]


def _number(value: Decimal) -> str:
	return format(round(value, 2).normalize(), "f")
