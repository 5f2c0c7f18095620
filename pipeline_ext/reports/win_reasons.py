"""Why a deal is likely to be won, or unlikely, in words."""

from __future__ import annotations

import frappe
from frappe import _, _lt
from frappe.utils import flt, fmt_money, formatdate, get_fullname

from pipeline_ext.domain.forecast.reasons import Reason
from pipeline_ext.domain.forecast.snapshots import (
	AGE,
	AMOUNT,
	DAYS_IN_STAGE,
	EXPECTED_CLOSE,
	PLANNED_LENGTH,
	STAGE,
)
from pipeline_ext.subjects import OPPORTUNITY

KNOWN = {
	STAGE: _lt("Stage is {0}"),
	AMOUNT: _lt("Amount is {0}"),
	AGE: _lt("Days since it began: {0}"),
	DAYS_IN_STAGE: _lt("Days in its stage: {0}"),
	EXPECTED_CLOSE: _lt("Expected to close on {0}"),
	PLANNED_LENGTH: _lt("Days planned from start to close: {0}"),
}
UNKNOWN = {
	STAGE: _lt("It is in no stage"),
	AMOUNT: _lt("No amount is set"),
	AGE: _lt("Nobody knows when it began"),
	DAYS_IN_STAGE: _lt("Nobody knows since when it is in its stage"),
	EXPECTED_CLOSE: _lt("No closing date is set"),
	PLANNED_LENGTH: _lt("No closing date is set"),
}


def reason_text(reason: Reason, currency: str) -> str:
	"""A fact about an opportunity in a few words, amounts in the company's currency."""
	if reason.fact not in KNOWN:
		return _field_text(reason)
	value = _value_text(reason, currency)
	return str(KNOWN[reason.fact]).format(value) if value else str(UNKNOWN[reason.fact])


def _value_text(reason: Reason, currency: str) -> str:
	if reason.fact == AMOUNT:
		return fmt_money(flt(reason.value), currency=currency) if flt(reason.value) else ""
	if reason.fact == EXPECTED_CLOSE and reason.value:
		return formatdate(reason.value)
	return _(reason.value) if reason.fact == STAGE else reason.value


def _field_text(reason: Reason) -> str:
	"""A fact that is a field of the deal."""
	label = _(frappe.get_meta(OPPORTUNITY.doctype).get_label(reason.fact))
	if not reason.value:
		return _("{0} is not set").format(label)
	is_person = reason.fact == OPPORTUNITY.owner
	return _("{0} is {1}").format(label, get_fullname(reason.value) if is_person else _(reason.value))
