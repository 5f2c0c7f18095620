"""Published pipelines, from cache: which one a document takes, and what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass

import frappe
from frappe import _

from pipeline_ext.domain.pipeline import Mode, Pipeline, from_dict

CACHE_KEY = "pipeline_ext:pipelines"
VERSION_KEY = "pipeline_ext:version"


@dataclass(frozen=True)
class Published:
	"""A published pipeline's head: everything but its stages."""

	name: str
	document_type: str
	company: str | None
	enabled: bool
	mode: Mode
	version: str


def published() -> dict[str, Published]:
	"""Every published pipeline by name."""
	rows = frappe.cache.get_value(CACHE_KEY, _read_published)
	return {row["name"]: Published(**{**row, "mode": Mode(row["mode"])}) for row in rows}


def _read_published() -> list[dict]:
	rows = frappe.get_all(
		"Sales Pipeline",
		filters={"published_version": ("is", "set")},
		fields=["name", "document_type", "company", "enabled", "mode", "published_version"],
		order_by="creation",
	)
	return [
		{
			"name": row.name,
			"document_type": row.document_type,
			"company": row.company or None,
			"enabled": bool(row.enabled),
			"mode": row.mode,
			"version": row.published_version,
		}
		for row in rows
	]


def taken_by(doctype: str, company: str | None) -> Published | None:
	"""The pipeline that a new document takes: its company's, else the one for every company."""
	candidates = [
		pipeline
		for pipeline in published().values()
		if pipeline.enabled and pipeline.document_type == doctype and pipeline.company in (None, company)
	]
	return max(candidates, key=lambda pipeline: pipeline.company is not None, default=None)


def definition(version: str) -> Pipeline:
	"""The compiled stages and criteria of a version. Versions never change, so the cache never goes stale."""

	def read() -> str:
		return frappe.db.get_value("Pipeline Version", version, "definition", order_by=None) or ""

	text = frappe.cache.hget(VERSION_KEY, version, read)
	if not text:
		frappe.throw(
			_("Pipeline version {0} does not exist. Ask a Pipeline Administrator.").format(version),
			frappe.DoesNotExistError,
		)
	return from_dict(json.loads(text))


def mode_of(pipeline: str) -> Mode:
	"""What the pipeline does with an unmet criterion now; Off where it is not published any more."""
	head = published().get(pipeline)
	return head.mode if head else Mode.OFF


def clear_cache() -> None:
	"""Forget the heads of the pipelines; called when one changes."""
	frappe.cache.delete_value(CACHE_KEY)
	frappe.cache.delete_value(VERSION_KEY)
