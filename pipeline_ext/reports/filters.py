"""What a reader asked a report for, checked: every wrong filter is refused with what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import frappe
from frappe import _
from frappe.utils import getdate

Choice = TypeVar("Choice", bound=Enum)


def parse(filters: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
	"""Filters as a mapping, from a mapping or its JSON text."""
	if isinstance(filters, str):
		try:
			filters = json.loads(filters or "{}")
		except ValueError:
			filters = filters or ()
	if filters is None:
		return {}
	if not isinstance(filters, Mapping):
		frappe.throw(_("Filters are an object of names and values."), title=_("Filters Not Readable"))
	return filters


def text(filters: Mapping[str, Any], name: str, label: str) -> str | None:
	"""One plain value; None where it is blank."""
	value = filters.get(name)
	if value in (None, ""):
		return None
	if not isinstance(value, str | int | float):
		frappe.throw(_("{0} takes one value.").format(label), title=_("Filter Not Readable"))
	return str(value)


def choice(filters: Mapping[str, Any], name: str, label: str, choices: type[Choice]) -> Choice | None:
	"""One of several values; None where it is blank."""
	value = text(filters, name, label)
	try:
		return choices(value) if value else None
	except ValueError:
		frappe.throw(
			_("{0} is none of: {1}.").format(
				frappe.bold(frappe.utils.escape_html(value)), ", ".join(_(each.value) for each in choices)
			),
			title=_("{0} Not Known").format(label),
		)


def company(filters: Mapping[str, Any]) -> str:
	"""The company, by default the user's own: a report's amounts are in its currency."""
	name = text(filters, "company", _("Company")) or frappe.defaults.get_user_default("Company")
	if not name:
		frappe.throw(_("Choose a company: amounts are shown in its currency."), title=_("Company Missing"))
	if not frappe.db.exists("Company", name):
		frappe.throw(
			_("There is no company {0}. Choose one from the list.").format(
				frappe.bold(frappe.utils.escape_html(name))
			),
			title=_("Unknown Company"),
		)
	return name


def day(filters: Mapping[str, Any], name: str, label: str) -> date | None:
	"""A date; None where it is blank."""
	value = filters.get(name)
	if not value:
		return None
	try:
		found = getdate(value)
	except (TypeError, ValueError, OverflowError, frappe.ValidationError):
		found = None
	if found is None:
		frappe.throw(
			_("{0} is not a date: {1}").format(label, frappe.utils.escape_html(str(value))),
			title=_("Date Not Readable"),
		)
	return found


def refuse_backwards(first: date | None, last: date | None) -> None:
	"""A period ends after it starts."""
	if first and last and last < first:
		frappe.throw(
			_("The period from {0} to {1} ends before it starts. Swap the dates.").format(
				frappe.format(first, "Date"), frappe.format(last, "Date")
			),
			title=_("Dates the Wrong Way Round"),
		)
