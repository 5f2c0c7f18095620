"""Gate Compliance: what gates refused, warned of or were overruled in, and what went around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_fullname

from pipeline_ext.domain.compliance import Aspect, Incident, Kind, Status, counted
from pipeline_ext.reports.columns import Column, column, hidden, link
from pipeline_ext.reports.gate_compliance import Compliance, gate_compliance

SHOWN_IN_CHART = 12
COLORS = {
	Kind.REFUSAL: "#e24c4c",
	Kind.WARNING: "#ffa00a",
	Kind.OVERRIDE: "#5e64ff",
	Kind.BYPASS: "#743ee2",
	Kind.RECONCILED: "#7c7bad",
}
INDICATORS = {
	Kind.REFUSAL: "Red",
	Kind.WARNING: "Orange",
	Kind.OVERRIDE: "Blue",
	Kind.BYPASS: "Purple",
	Kind.RECONCILED: "Grey",
}
RECORDS = {Kind.REFUSAL: "Gate Refusal", Kind.OVERRIDE: "Gate Override", Kind.BYPASS: "Gate Bypass"}


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = gate_compliance(filters)
	return get_columns(), get_data(found), get_message(), get_chart(found), get_summary(found)


def get_columns() -> list[Column]:
	return [
		column("happened_on", _("When"), _("When the move was made or refused"), "Datetime", 180),
		column("kind_label", _("Kind"), _("What the gate did, or what went around it"), width=110),
		column("status_label", _("Status"), _("What became of it"), width=160),
		column("document", _("Deal"), _("The lead or opportunity"), "Dynamic Link", 190, "document_type"),
		column("title", _("Title"), _("What the deal is called"), width=160),
		link("pipeline", _("Pipeline"), _("Whose gate it was"), "Sales Pipeline"),
		column("from_stage", _("From"), _("The stage that was left, or should have been"), width=130),
		column("to_stage", _("To"), _("The stage that was wanted"), width=130),
		column("missing", _("What Was Missing"), _("The criteria and rules that were not met"), width=260),
		link("by", _("By"), _("Who wanted the move, or gave the override"), "User", 180),
		link("deal_owner", _("Owner"), _("Who had the deal at that time"), "User", 180),
		column("owed_by", _("Owed By"), _("Until when the evidence is owed"), "Date", 110),
		column("changes", _("Changed"), _("What the change was to"), width=130),
		column("path", _("Way"), _("By which way the change came"), width=130),
		column("record", _("Record"), _("Override, bypass or refusal"), "Dynamic Link", 140, "record_type"),
		link("ledger_entry", _("Ledger Entry"), _("The change in the ledger"), "Pipeline Ledger Entry", 130),
		hidden("document_type"),
		hidden("record_type"),
		hidden("kind"),
		hidden("status"),
	]


def get_data(found: Compliance) -> list[dict[str, Any]]:
	openable = {kind for kind, doctype in RECORDS.items() if frappe.has_permission(doctype, "read")}
	translated = cache(_)
	return [_row(incident, incident.kind in openable, translated) for incident in found.incidents]


def _row(incident: Incident, openable: bool, translated: Callable[[str], str]) -> dict[str, Any]:
	return {
		"happened_on": incident.happened_on,
		"kind": incident.kind.value,
		"kind_label": translated(incident.kind.value),
		"status": incident.status.value,
		"status_label": translated(incident.status.value),
		"document_type": incident.document_type,
		"document": incident.document_name,
		"title": incident.title,
		"pipeline": incident.pipeline,
		"from_stage": incident.from_stage and translated(incident.from_stage),
		"to_stage": incident.to_stage and translated(incident.to_stage),
		"missing": ", ".join(map(translated, incident.missing)),
		"by": incident.by,
		"deal_owner": incident.deal_owner,
		"owed_by": incident.owed_by,
		"changes": incident.changes,
		"path": incident.path,
		"record_type": RECORDS.get(incident.kind),
		"record": incident.record if openable else None,
		"ledger_entry": incident.ledger_entry,
	}


def get_message() -> str:
	return _(
		"Refusals, warnings, bypasses and reconciled changes of the period; overrides of the period, and "
		"older ones whose evidence is still owed."
	)


def get_chart(found: Compliance) -> dict[str, Any] | None:
	"""How many incidents of each kind, by what was asked for; the most frequent only."""
	counts = dict(list(counted(found.incidents, found.aspect).items())[:SHOWN_IN_CHART])
	if not counts:
		return None
	kinds = [kind for kind in Kind if any(count[kind] for count in counts.values())]
	return {
		"data": {
			"labels": [_named(found.aspect, value) for value in counts],
			"datasets": [
				{"name": _(kind.value), "values": [count[kind] for count in counts.values()]}
				for kind in kinds
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": [COLORS[kind] for kind in kinds],
		"fieldtype": "Int",
	}


def get_summary(found: Compliance) -> list[dict[str, Any]]:
	"""How many incidents there are of each kind, and where, of what and of whose most are."""
	number = {"datatype": "Int"}
	cards = [
		{
			"label": _(kind.value),
			"value": sum(incident.kind is kind for incident in found.incidents),
			"indicator": INDICATORS[kind],
			**number,
		}
		for kind in Kind
	]
	overdue = sum(incident.status is Status.OVERDUE for incident in found.incidents)
	cards.append({"label": _("Overdue"), "value": overdue, "indicator": "Red", **number})
	return [*cards, *(_most(found, aspect) for aspect in Aspect if found.incidents)]


def _most(found: Compliance, aspect: Aspect) -> dict[str, Any]:
	labels = {
		Aspect.STAGE: _("Stage with the Most"),
		Aspect.CRITERION: _("Missing Most Often"),
		Aspect.OWNER: _("Owner with the Most"),
	}
	counts = counted(found.incidents, aspect)
	value = next(iter(counts), None)
	said = f"{_named(aspect, value)} ({counts[value].total()})" if counts else "-"
	return {"label": labels[aspect], "value": said, "datatype": "Data", "indicator": "Grey"}


def _named(aspect: Aspect, value: str | None) -> str:
	if not value:
		return _("Nobody") if aspect is Aspect.OWNER else _("None")
	return get_fullname(value) if aspect is Aspect.OWNER else _(value)
