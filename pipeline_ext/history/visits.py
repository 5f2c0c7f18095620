"""The visits of documents to stages that are over, a row each: for reports, which read them far faster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from json import loads
from typing import Any

import frappe
from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce
from frappe.utils import get_datetime
from pypika import Order
from pypika.functions import Function
from pypika.queries import QueryBuilder

from pipeline_ext.domain.visits import PastVisit
from pipeline_ext.history.upserting import upsert
from pipeline_ext.subjects import STAGE_VISIT

COLUMNS = tuple(field.name for field in fields(PastVisit))
DATES = ("began_on", "ended_on", "first_began_on", "followed_on")
TEXTS = ("pipeline", "company", "move")


def put(doctype: str, visits: Mapping[str, Iterable[PastVisit]]) -> None:
	"""Write these visits of each document as they are now."""
	rows = [as_row(doctype, name, visit) for name, paid in visits.items() for visit in paid]
	upsert(STAGE_VISIT, rows, (*COLUMNS, "seconds"))


def as_row(doctype: str, name: str, visit: PastVisit) -> dict[str, Any]:
	"""A visit as the fields of a Pipeline Stage Visit."""
	return {"document_type": doctype, "document_name": name, **vars(visit), "seconds": visit.seconds}


def latest(tip: Table, stage: str | None) -> QueryBuilder:
	"""The last visit, of those that are over, of a tip's document to a stage of its pipeline; for `parse`."""
	visit = frappe.qb.DocType(STAGE_VISIT)
	columns = (part for column in COLUMNS for part in (column, visit[column]))
	return (
		frappe.qb.from_(visit)
		.select(Function("JSON_OBJECT", *columns))
		.where((visit.document_type == tip.document_type) & (visit.document_name == tip.document_name))
		.where((visit.stage == stage) & (Coalesce(visit.pipeline, "") == Coalesce(tip.pipeline, "")))
		.where(visit.followed_on.isnull())
		.orderby(visit.sequence, order=Order.desc)
		.limit(1)
	)


def parse(written: str | None) -> PastVisit | None:
	"""What `latest` found."""
	return _visit(loads(written)) if written else None


def kept(doctype: str, names: Iterable[str]) -> dict[str, list[PastVisit]]:
	"""The visits of the documents as they are written down, the first to end first."""
	visit = frappe.qb.DocType(STAGE_VISIT)
	query = (
		frappe.qb.from_(visit)
		.select(visit.document_name, *(visit[column] for column in COLUMNS))
		.where((visit.document_type == doctype) & visit.document_name.isin(list(names)))
		.orderby(visit.sequence)
	)
	found: dict[str, list[PastVisit]] = defaultdict(list)
	for row in query.run(as_dict=True):
		found[row.pop("document_name")].append(_visit(row))
	return found


def _visit(row: Mapping[str, Any]) -> PastVisit:
	dates = {column: get_datetime(row[column]) if row[column] else None for column in DATES}
	texts = {column: row[column] or None for column in TEXTS}
	return PastVisit(**{**row, **dates, **texts, "unknown_before": bool(row["unknown_before"])})
