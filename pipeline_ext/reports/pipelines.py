"""Published pipelines, from cache: which one a document takes, and what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.domain.comparison import Comparison, compare
from pipeline_ext.domain.definition import comparison_from_dict, comparison_to_dict, from_dict
from pipeline_ext.domain.pipeline import Mode, Pipeline
from pipeline_ext.reports import conditions
from pipeline_ext.reports.fields import values_of
from pipeline_ext.subjects import SUBJECTS

CACHE_KEY = "pipeline_ext:pipelines"
VERSION_KEY = "pipeline_ext:version"


class BrokenVersion(frappe.ValidationError):
	"""A pipeline version is missing or cannot be read."""


@dataclass(frozen=True)
class Published:
	"""A published pipeline's head: everything but its stages."""

	name: str
	document_type: str
	company: str | None
	enabled: bool
	mode: Mode
	version: str
	priority: int
	is_default: bool
	conditions: tuple[Comparison, ...]

	@property
	def rank(self) -> tuple[bool, int, bool]:
		"""Of several that fit a document, the one that ranks highest is taken."""
		return (not self.is_default, self.priority, self.company is not None)

	def is_open_to(self, doctype: str, company: str | None) -> bool:
		return self.enabled and self.document_type == doctype and self.company in (None, company)


def published() -> dict[str, Published]:
	"""Every published pipeline by name, in the order in which they were made."""
	rows = frappe.cache.get_value(CACHE_KEY, _read_published)
	return {row["name"]: _head(row) for row in rows}


def _head(row: dict) -> Published:
	conditions = tuple(comparison_from_dict(each) for each in row["conditions"])
	return Published(**{**row, "mode": Mode(row["mode"]), "conditions": conditions})


def _read_published() -> list[dict]:
	rows = frappe.get_all(
		"Sales Pipeline",
		filters={"published_version": ("is", "set")},
		fields=[
			"name",
			"document_type",
			"company",
			"enabled",
			"mode",
			"published_version as version",
			"priority",
			"is_default",
		],
		order_by="creation",
	)
	asked = conditions.stated_by("Sales Pipeline", [row.name for row in rows])
	return [
		{
			**row,
			"company": row.company or None,
			"enabled": bool(row.enabled),
			"is_default": bool(row.is_default),
			"conditions": [
				comparison_to_dict(conditions.comparison_of(row.document_type, condition))
				for condition in asked.get(row.name, ())
			],
		}
		for row in rows
	]


def taken_by(doc: Document, today: date) -> Published | None:
	"""The pipeline that a new document takes; None where no enabled one fits it."""
	company = doc.get(SUBJECTS[doc.doctype].company)
	candidates = [each for each in published().values() if each.is_open_to(doc.doctype, company)]
	asked = {condition.field for each in candidates for condition in each.conditions}
	values = values_of(doc, asked) if asked else {}
	fitting = [
		each
		for each in candidates
		if all(compare(condition, values, today).holds for condition in each.conditions)
	]
	return max(fitting, key=lambda each: each.rank, default=None)


def usual_for(doctype: str, company: str | None) -> Published | None:
	"""The pipeline that a document takes of which nothing but its company is known."""
	candidates = [each for each in published().values() if each.is_open_to(doctype, company)]
	unconditional = [each for each in candidates if not each.conditions]
	return max(unconditional, key=lambda each: each.rank, default=None)


def definition(version: str) -> Pipeline:
	"""The compiled stages and criteria of a version. Versions never change, so the cache never goes stale.

	Raises BrokenVersion.
	"""

	def read() -> str:
		return frappe.db.get_value("Pipeline Version", version, "definition", order_by=None) or ""

	try:
		return _parsed(frappe.cache.hget(VERSION_KEY, version, read))
	except (KeyError, TypeError, ValueError, AttributeError) as error:
		raise BrokenVersion(
			_("Pipeline version {0} is missing or cannot be read. Ask a Pipeline Administrator.").format(
				version
			)
		) from error


@lru_cache(maxsize=256)
def _parsed(text: str) -> Pipeline:
	return from_dict(json.loads(text))


def mode_of(pipeline: str | None) -> Mode:
	"""What the pipeline does with an unmet criterion now; Off where it is not published any more."""
	head = published().get(pipeline)
	return head.mode if head else Mode.OFF


def clear_cache() -> None:
	"""Forget the heads of the pipelines; called when one changes."""
	frappe.cache.delete_value(CACHE_KEY)
	frappe.cache.delete_value(VERSION_KEY)
