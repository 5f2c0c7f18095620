"""Sales Stage: the name that pipelines and history call it by stays."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.reports.gate import stage_of
from pipeline_ext.subjects import LEDGER


def before_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	refuse_if_in_use(
		old,
		_("To replace it, add the new stage to the pipeline, publish a version, and move the deals over."),
	)


def on_trash(doc: Document, method: str | None = None) -> None:
	refuse_if_in_use(
		doc.name,
		_("To use it no longer, take it out of the pipeline, publish a version, and move the deals over."),
	)


def refuse_if_in_use(stage: str, what_to_do: str) -> None:
	version = version_with(stage)
	if version:
		reason = _("The stage {0} is part of {1}, and published versions never change.").format(
			stage, version
		)
	elif has_entries(stage):
		reason = _("The history of deals names the stage {0}, and history never changes.").format(stage)
	else:
		return
	frappe.throw(f"{frappe.utils.escape_html(reason)} {what_to_do}", title=_("Stage in Use"))


def version_with(stage: str) -> str | None:
	"""The latest published version that has the stage."""
	versions = frappe.get_all("Pipeline Version", pluck="name", order_by="creation desc")
	return next((version for version in versions if stage_of(version, stage)), None)


def has_entries(stage: str) -> bool:
	return bool(frappe.db.exists(LEDGER, {"stage": stage}) or frappe.db.exists(LEDGER, {"from_stage": stage}))
