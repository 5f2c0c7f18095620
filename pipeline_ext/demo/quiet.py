"""Keeps what the loader does to itself: no e-mail, no background job, no rule of the site that reacts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import frappe
from frappe.utils import background_jobs


@contextmanager
def quietly() -> Iterator[None]:
	"""Records come as in a muted data import, and nothing is queued for later.

	As in an import, Frappe runs no Notification, Webhook or Assignment Rule and asks no avatar service.
	The session's user and clock may be changed with `act_as`; they are put back at the end.
	"""
	user, enqueue = frappe.session.user, background_jobs.enqueue
	flags = {
		name: frappe.flags.get(name) for name in ("in_import", "mute_emails", "current_date", "pe_posted_on")
	}
	frappe.flags.update({"in_import": True, "mute_emails": True})
	background_jobs.enqueue = _drop_job
	try:
		yield
	finally:
		background_jobs.enqueue = enqueue
		frappe.flags.update(flags)
		frappe.set_user(user)
		frappe.clear_messages()


@contextmanager
def with_defaults() -> Iterator[None]:
	"""Inside, Frappe fills in a DocType's defaults, which it does not do in an import."""
	frappe.flags.in_import = False
	try:
		yield
	finally:
		frappe.flags.in_import = True


def act_as(user: str, at: datetime) -> None:
	"""From here on `user` writes, at `at` for the ledger and on that day for Frappe."""
	frappe.clear_messages()
	frappe.flags.update({"current_date": at.date(), "pe_posted_on": at})
	if user != frappe.session.user:
		frappe.set_user(user)


def _drop_job(*args: object, **kwargs: object) -> None:
	"""Stands in for `background_jobs.enqueue`."""
