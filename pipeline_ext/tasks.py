"""What runs in the background: on a schedule, or after a request that did not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form, getdate, today

from pipeline_ext.automation import entry_actions, overrides, reminders
from pipeline_ext.automation.notices import administrators, notify
from pipeline_ext.domain.definition import from_dict
from pipeline_ext.forecasting import fitting
from pipeline_ext.history import migration, reconciliation
from pipeline_ext.quoting import closing, deadlines
from pipeline_ext.reports import deal_history, publishing

LEARNING_TIMEOUT = 3600
NAMED = 20
"""So many deals are named in a message; of more it says how many."""


def remember_refusal(refusal: Mapping[str, Any]) -> None:
	"""Keep a refused move for the compliance report."""
	frappe.get_doc({"doctype": "Gate Refusal", **refusal}).insert(ignore_permissions=True, ignore_links=True)


def tell_of_broken_rules(pipeline: str | None, version: str | None, broken: str) -> None:
	"""Tell the administrators of pipelines, once a day, of rules that cannot be judged."""
	subject = _("Rules of {0} cannot be judged").format(version or pipeline)
	for user in administrators():
		told = {"for_user": user, "subject": subject, "creation": (">=", today())}
		if not frappe.db.exists("Notification Log", told):
			notify(user, subject, escape_html(broken), "Sales Pipeline", pipeline)


def carry_out_entry_actions(doctype: str, name: str, version: str, stage: str) -> None:
	"""What a stage says happens on entry, once the move is written."""
	entry_actions.carry_out(doctype, name, version, stage)


def preview_publish(definition: Mapping[str, Any], user: str) -> None:
	"""What a draft would change for many deals, told to the admin who asked."""
	found = publishing.effects(from_dict(definition)).as_data()
	frappe.publish_realtime("pipeline_publish_preview", found, user=user)


def move_deals_to_version(pipeline: str, version: str, stage_map: Mapping[str, str], user: str) -> None:
	"""Take a pipeline's open deals over to a version of it, telling the admin how far it is."""

	def progress(done: int, everything: int) -> None:
		told = {"pipeline": pipeline, "done": done, "deals": everything}
		frappe.publish_realtime("pipeline_deals_moved", told, user=user)

	migration.move_deals(pipeline, version, stage_map, progress)


def reconcile_ledgers() -> None:
	"""Record what changed without events, and tell the administrators of pipelines of it."""
	found = reconciliation.reconcile(save_progress=True).differences
	if not found:
		return
	links = [get_link_to_form(each.doctype, each.name) for each in found[:NAMED]]
	if len(found) > NAMED:
		links.append(_("and {0} more").format(len(found) - NAMED))
	subject = _("Changed without events, now in the pipeline ledger: {0}").format(len(found))
	for user in administrators():
		notify(user, subject, ", ".join(links), "Report", "Gate Compliance")


def learn_from_past_deals() -> None:
	"""A job for each company that has deals: what was learned, and how likely each open deal is won."""
	for company in deal_history.companies():
		frappe.enqueue(
			"pipeline_ext.tasks.learn_from_deals_of",
			queue="long",
			timeout=LEARNING_TIMEOUT,
			job_id=f"pipeline_ext:learn:{company}",
			deduplicate=True,
			company=company,
		)


def learn_from_deals_of(company: str) -> None:
	"""One company's night."""
	fitting.fit(company, getdate())


def settle_overrides() -> None:
	"""Overrides whose evidence has come in owe nothing any more."""
	overrides.settle_all()


def remind() -> None:
	"""Owners of stalled deals, then their managers, and who owes evidence that is overdue."""
	reminders.remind()


def watch_approvals() -> None:
	"""Who has not answered a request for approval is reminded of it, then whoever is above is asked too."""
	deadlines.watch()


def close_expired_approvals() -> None:
	"""Nobody is asked about quotations that are no longer valid."""
	closing.close_expired()
