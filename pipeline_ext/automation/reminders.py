"""Reminds owners of stalled deals, escalates to their managers, and tells of overrides that are overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cint, escape_html, formatdate, get_link_to_form, now_datetime

from pipeline_ext.automation.notices import notify
from pipeline_ext.domain.aging import working_days
from pipeline_ext.messages import listed
from pipeline_ext.reports.staff import Staff
from pipeline_ext.reports.stage_aging import OpenDeal, open_deals
from pipeline_ext.subjects import SUBJECTS

NOTICE = "Stall Notice"
OVERRIDE = "Gate Override"
NAMED_IN_ALERT = 20


@dataclass(frozen=True)
class Case:
	"""A stalled deal, and the notice that was given of its stay; None where none was yet."""

	deal: OpenDeal
	notice: frappe._dict | None


def remind() -> None:
	"""The daily job. Nobody hears twice of one stay or one override, nor on a holiday of their own."""
	now = now_datetime()
	settings = frappe.get_cached_doc("Pipeline Settings")
	cases = _stalled(now) if cint(settings.remind_stalled) else []
	oldest = min((case.notice.reminded_on for case in cases if case.notice), default=now)
	staff = Staff(oldest.date(), now.date())
	_remind_owners(cases, staff, now)
	_escalate(cases, staff, now, cint(settings.escalate_after_days))
	_tell_of_overdue_overrides(staff, now)


def _stalled(now: datetime) -> list[Case]:
	"""Every stalled deal of the site, those furthest beyond their limit first."""
	deals = [deal for subject in SUBJECTS.values() for deal in open_deals(subject, now) if deal.stay.stalled]
	deals.sort(key=lambda deal: deal.stay.days_over, reverse=True)
	notices = _notices_since(min((deal.entered_on for deal in deals), default=now))
	return [Case(deal, notices.get((deal.doctype, deal.name, deal.entered_on))) for deal in deals]


def _notices_since(entered_on: datetime) -> dict[tuple[str, str, datetime], frappe._dict]:
	rows = frappe.get_all(
		NOTICE,
		{"entered_on": (">=", entered_on)},
		["name", "document_type", "document_name", "entered_on", "reminded_on", "escalated_on"],
	)
	return {(row.document_type, row.document_name, row.entered_on): row for row in rows}


# Stalled deals


def _remind_owners(cases: Iterable[Case], staff: Staff, now: datetime) -> None:
	"""Owners of deals of which no notice was given yet."""
	waiting = defaultdict(list)
	for case in cases:
		owner, company = case.deal.owner, case.deal.company
		if case.notice is None and staff.works(owner) and not _is_off(staff, owner, company, now):
			waiting[owner].append(case)
	for owner, theirs in waiting.items():
		_tell(owner, theirs, lambda case, owner=owner: _write_reminder(case, owner, now))


def _escalate(cases: Iterable[Case], staff: Staff, now: datetime, after_days: int) -> None:
	"""Managers of owners who were reminded so many of their working days ago; never where that is 0."""
	waiting = defaultdict(list)
	for case in cases if after_days else ():
		owner, company = case.deal.owner, case.deal.company
		if case.notice is None or case.notice.escalated_on or not owner:
			continue
		manager = staff.manager_of(owner)
		passed = working_days(case.notice.reminded_on.date(), now.date(), staff.holidays_of(owner, company))
		if manager and passed >= after_days and not _is_off(staff, manager, company, now):
			waiting[manager].append(case)
	for manager, theirs in waiting.items():
		_tell(manager, theirs, lambda case, manager=manager: _write_escalation(case, manager, now))


def _is_off(staff: Staff, user: str, company: str | None, now: datetime) -> bool:
	return now.date() in staff.holidays_of(user, company)


def _tell(person: str, cases: Iterable[Case], write_down: Callable[[Case], None]) -> None:
	"""One alert for all of a person's deals that could be written down, at the one that is furthest over."""
	written = []
	with _on_its_own(_("{0} could not be reminded").format(person)):
		for case in cases:
			with _on_its_own(_("No reminder of {0}").format(case.deal.name), case.deal):
				write_down(case)
				written.append(case.deal)
		if written:
			worst = written[0]
			notify(person, _subject(written), _text(written), worst.doctype, worst.name)


def _subject(deals: list[OpenDeal]) -> str:
	worst = deals[0]
	if len(deals) > 1:
		return _("{0} deals are stalled, {1} furthest").format(len(deals), escape_html(worst.name))
	return _("{0} is stalled: in {1} for {2} days").format(
		escape_html(worst.name), escape_html(_(worst.stage)), int(worst.stay.days)
	)


def _text(deals: list[OpenDeal]) -> str:
	lines = [
		_("{0} {1}: in {2} for {3} days, {4} is the longest stay. Owner: {5}").format(
			get_link_to_form(deal.doctype, deal.name),
			escape_html(deal.title or ""),
			escape_html(_(deal.stage)),
			int(deal.stay.days),
			deal.stay.longest,
			escape_html(deal.owner),
		)
		for deal in deals[:NAMED_IN_ALERT]
	]
	if len(deals) > NAMED_IN_ALERT:
		lines.append(_("and {0} more").format(len(deals) - NAMED_IN_ALERT))
	return listed(lines)


def _write_reminder(case: Case, owner: str, now: datetime) -> None:
	notice = frappe.new_doc(NOTICE)
	notice.give(case.deal.doctype, case.deal.name, case.deal.stage, case.deal.entered_on, owner, now)


def _write_escalation(case: Case, manager: str, now: datetime) -> None:
	frappe.get_doc(NOTICE, case.notice.name).escalate(manager, now)


# Overrides


def _tell_of_overdue_overrides(staff: Staff, now: datetime) -> None:
	"""The owner of the deal and who gave the override, once each."""
	overdue = frappe.get_all(
		OVERRIDE,
		{"status": "Owed", "owed_by": ("<", now.date())},
		["name", "document_type", "document_name", "overridden_by", "owed_by", "missing"],
	)
	for override in overdue:
		subject = SUBJECTS[override.document_type]
		fields = [subject.owner, subject.company]
		deal = frappe.db.get_value(override.document_type, override.document_name, fields)
		for person in sorted({deal[0], override.overridden_by} - {None}) if deal else ():
			if staff.works(person) and not _is_off(staff, person, deal[1], now):
				_tell_of_override(person, override)


def _tell_of_override(person: str, override: frappe._dict) -> None:
	told = {"for_user": person, "document_type": OVERRIDE, "document_name": override.name}
	if frappe.db.exists("Notification Log", told):
		return
	with _on_its_own(_("No reminder of {0}").format(override.name)):
		lead = _("Evidence for {0} has been owed since {1}").format(
			escape_html(override.document_name), formatdate(override.owed_by)
		)
		missing = (escape_html(_(title)) for title in (override.missing or "").splitlines())
		notify(person, lead, listed(missing), OVERRIDE, override.name)


@contextmanager
def _on_its_own(failure: str, deal: OpenDeal | None = None) -> Iterator[None]:
	"""What fails here is undone and logged, and keeps nothing else from being done."""
	savepoint = f"reminder_{frappe.generate_hash(length=10)}"
	frappe.db.savepoint(savepoint)
	try:
		yield
	except Exception:
		frappe.db.rollback(save_point=savepoint)
		frappe.log_error(
			failure,
			reference_doctype=deal and deal.doctype,
			reference_name=deal and deal.name,
		)
	else:
		frappe.db.release_savepoint(savepoint)
