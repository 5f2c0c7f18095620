"""Refusals, warnings, overrides, bypasses and reconciled changes of the deals that a reader may see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, getdate
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Field

from pipeline_ext.domain.compliance import (
	Aspect,
	Incident,
	Kind,
	Status,
	kind_of_entry,
	status_of_entry,
	status_of_override,
)
from pipeline_ext.domain.criteria import State
from pipeline_ext.domain.ledger import Origin
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.access import readable
from pipeline_ext.subjects import SUBJECTS, Subject

LEDGER = "Pipeline Ledger Entry"
OVERRIDE = "Gate Override"
REFUSAL = "Gate Refusal"
DAYS_SHOWN = 30
SEES_WHAT_HAS_NO_DEAL = ("Pipeline Administrator", "System Manager")
KINDS_IN_LEDGER = (Kind.WARNING, Kind.BYPASS, Kind.RECONCILED)


@dataclass(frozen=True)
class Compliance:
	"""The incidents, the latest first, and by what they are to be counted."""

	incidents: tuple[Incident, ...]
	aspect: Aspect


def gate_compliance(filters: Mapping[str, Any] | str | None = None) -> Compliance:
	"""What gates objected to in a period, and overrides of before that are still owed.

	For the filters `company`, `pipeline`, `from_date`, `to_date`, `deal_owner`, `kind` and `count_by`; of all
	deals that the user may read. Raises ValidationError for filters that make no sense.
	"""
	chosen = Filters.parse(given.parse(filters))
	incidents = [incident for subject in _readable_subjects() for incident in _incidents(chosen, subject)]
	incidents.sort(key=lambda incident: incident.happened_on, reverse=True)
	return Compliance(tuple(incidents), chosen.aspect)


def _readable_subjects() -> list[Subject]:
	"""The governed DocTypes that the user may read; PermissionError where that is none of them."""
	subjects = [subject for subject in SUBJECTS.values() if frappe.has_permission(subject.doctype, "read")]
	if not subjects:
		frappe.has_permission(next(iter(SUBJECTS)), "read", throw=True)
	return subjects


def _incidents(chosen: Filters, subject: Subject) -> Iterator[Incident]:
	if chosen.wants(Kind.REFUSAL):
		yield from _refusals(chosen, subject)
	if chosen.wants(Kind.OVERRIDE):
		yield from _overrides(chosen, subject)
	if chosen.wants(*KINDS_IN_LEDGER):
		yield from _entries(chosen, subject)


# Filters


@dataclass(frozen=True)
class Filters:
	"""What the reader asked for, checked."""

	company: str | None
	pipeline: str | None
	from_date: date
	to_date: date
	owner: str | None
	kind: Kind | None
	aspect: Aspect

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Filters:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		to_date = given.day(filters, "to_date", _("To Date")) or getdate()
		from_date = given.day(filters, "from_date", _("From Date")) or add_days(to_date, -DAYS_SHOWN)
		given.refuse_backwards(from_date, to_date)
		return cls(
			company=given.text(filters, "company", _("Company")),
			pipeline=given.text(filters, "pipeline", _("Pipeline")),
			from_date=from_date,
			to_date=to_date,
			owner=given.text(filters, "deal_owner", _("Owner")),
			kind=given.choice(filters, "kind", _("Kind"), Kind),
			aspect=given.choice(filters, "count_by", _("Count By"), Aspect) or Aspect.STAGE,
		)

	def wants(self, *kinds: Kind) -> bool:
		return self.kind is None or self.kind in kinds

	def in_period(self, moment: Field) -> Criterion:
		return moment.between(self.from_date, f"{self.to_date} 23:59:59.999999")

	def conditions(self, table: Table) -> Criterion:
		"""On the company, pipeline and owner, as a table of ours has them."""
		asked = {"company": self.company, "pipeline": self.pipeline, "deal_owner": self.owner}
		return Criterion.all([table[field] == value for field, value in asked.items() if value])


# Where incidents are written down


def _refusals(chosen: Filters, subject: Subject) -> Iterator[Incident]:
	refusal = frappe.qb.DocType(REFUSAL)
	query = _with_deal(frappe.qb.from_(refusal), refusal, subject).select(
		refusal.name.as_("record"),
		refusal.refused_on.as_("happened_on"),
		refusal.document_name,
		refusal.pipeline,
		refusal.from_stage,
		refusal.to_stage,
		refusal.refused_to.as_("by"),
		refusal.deal_owner,
		refusal.path,
		refusal.missing,
	)
	query = query.where(chosen.in_period(refusal.refused_on) & chosen.conditions(refusal))
	for row in query.run(as_dict=True):
		row.missing = _titles(row.missing)
		yield Incident(Kind.REFUSAL, Status.REFUSED, document_type=subject.doctype, **row)


def _overrides(chosen: Filters, subject: Subject) -> Iterator[Incident]:
	"""Those given in the period, and those given before it for which evidence is still owed."""
	override, entry = frappe.qb.DocType(OVERRIDE), frappe.qb.DocType(LEDGER)
	query = (
		_with_deal(frappe.qb.from_(override), override, subject)
		.join(entry)
		.on(
			(entry.document_type == override.document_type)
			& (entry.document_name == override.document_name)
			& (entry.gate_override == override.name)
		)
		.select(
			override.name.as_("record"),
			entry.name.as_("ledger_entry"),
			entry.posted_on.as_("happened_on"),
			override.document_name,
			override.pipeline,
			override.from_stage,
			override.to_stage,
			override.overridden_by.as_("by"),
			entry.deal_owner,
			entry.path,
			entry.changes,
			override.missing,
			override.status,
			override.owed_by,
		)
		.where(chosen.conditions(entry))
		.where(
			chosen.in_period(entry.posted_on)
			| ((override.status == Status.OWED.value) & (entry.posted_on < chosen.from_date))
		)
	)
	for row in query.run(as_dict=True):
		row.missing = _titles(row.missing)
		row.status = status_of_override(row.status, row.owed_by, getdate())
		yield Incident(Kind.OVERRIDE, document_type=subject.doctype, **row)


def _entries(chosen: Filters, subject: Subject) -> Iterator[Incident]:
	"""Warnings, bypasses and reconciled changes, which only the ledger knows."""
	entry = frappe.qb.DocType(LEDGER)
	query = _with_deal(frappe.qb.from_(entry), entry, subject).select(
		entry.name.as_("ledger_entry"),
		entry.posted_on.as_("happened_on"),
		entry.document_name,
		entry.pipeline,
		entry.from_stage,
		entry.stage.as_("to_stage"),
		entry.posted_by.as_("by"),
		entry.deal_owner,
		entry.path,
		entry.changes,
		entry.origin,
		entry.would_refuse,
		entry.verdicts,
		entry.gate_bypass.as_("record"),
	)
	query = query.where(chosen.in_period(entry.posted_on) & chosen.conditions(entry))
	for row in query.where(_is_incident(entry)).run(as_dict=True):
		incident = _incident_of_entry(subject, row)
		if chosen.wants(incident.kind):
			yield incident


def _is_incident(entry: Table) -> Criterion:
	objected = (entry.would_refuse == 1) & (Coalesce(entry.gate_override, "") == "")
	return objected | (entry.origin == Origin.RECONCILED.value)


def _incident_of_entry(subject: Subject, row: frappe._dict) -> Incident:
	kind = kind_of_entry(row.pop("origin"), row.record)
	status = status_of_entry(kind, bool(row.pop("would_refuse")))
	missing = _unmet(row.pop("verdicts"))
	if not missing and status is Status.LET_THROUGH:
		missing = (_("A rule on skipping, going back or roles"),)
	return Incident(kind, status, document_type=subject.doctype, missing=missing, **row)


def _with_deal(query: QueryBuilder, record: Table, subject: Subject) -> QueryBuilder:
	"""Records of deals that the user may read; those without a deal are for the administrators of pipelines.

	A refused insert has no deal yet, and a deleted deal is one no more.
	"""
	deal = frappe.qb.DocType(subject.doctype)
	query = query.left_join(deal).on(deal.name == record.document_name).select(deal.title)
	may_see = deal.name.isnotnull() & readable(subject.doctype)
	if set(SEES_WHAT_HAS_NO_DEAL) & set(frappe.get_roles()):
		may_see = deal.name.isnull() | may_see
	return query.where((record.document_type == subject.doctype) & may_see)


def _titles(lines: str | None) -> tuple[str, ...]:
	return tuple(line.strip() for line in (lines or "").splitlines() if line.strip())


def _unmet(verdicts: str | None) -> tuple[str, ...]:
	"""The titles of what blocks, of the verdicts as the ledger keeps them."""
	return tuple(
		verdict["title"]
		for verdict in json.loads(verdicts or "[]")
		if verdict["state"] == State.UNMET.value and verdict["blocks"]
	)
