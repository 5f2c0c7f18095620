"""A company's ledger of deals as a history to learn from, whoever may read it; and one deal as it is now."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import date

import frappe
import numpy as np
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, getdate
from pypika.functions import Function

from pipeline_ext.domain.forecast.arrays import Texts
from pipeline_ext.domain.forecast.history import EPOCH, OUTCOMES, History, day_number, place_of
from pipeline_ext.domain.forecast.snapshots import Snapshot
from pipeline_ext.reports.deal_filters import source_field
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, OPPORTUNITY

SECONDS_A_DAY = 86400
DAYS_BEFORE_EPOCH = EPOCH.toordinal() + 365
"""What MariaDB's TO_DAYS, which begins a year earlier than Python, says of the epoch."""
ROW = np.dtype(
	[
		("deal", np.int32),
		("sequence", np.int32),
		("posted_on", np.float64),
		("stage", np.int32),
		("outcome", np.int8),
		("amount", np.float64),
		("expected_close", np.float64),
		("probability", np.float64),
	]
)


def history(company: str) -> History | None:
	"""The changes of the company's deals that are still there; None where there is none.

	Read row by row into columns: all rows at once would take ten times the memory.
	"""
	reader = _Reader(_facts(company))
	with frappe.db.unbuffered_cursor():
		rows = np.fromiter(reader.read(_changes(company)), dtype=ROW)
	if not len(rows):
		return None
	rows = rows[np.lexsort((rows["sequence"], rows["posted_on"]))]
	return History(
		names=tuple(reader.deals),
		facts=reader.facts,
		stages=tuple(place_of(*key) for key in reader.stages),
		**{name: rows[name] for name in ROW.names if name != "sequence"},
	)


def companies() -> list[str]:
	"""The companies that have deals which the ledger knows."""
	return frappe.get_all(
		LEDGER_TIP,
		{"document_type": OPPORTUNITY.doctype, "company": ("is", "set")},
		pluck="company",
		distinct=True,
		order_by="company",
	)


class _Reader:
	"""Knows deals by what was known of them when they came, and numbers their stages as they turn up."""

	def __init__(self, facts: Iterable[tuple]) -> None:
		known = list(facts)
		self.deals = {row[0]: place for place, row in enumerate(known)}
		self.stages: dict[tuple[str | None, str | None], int] = {}
		self.facts = {
			name: _in_column([row[number] for row in known]) for number, name in enumerate(fact_fields(), 1)
		}
		self.facts[OPPORTUNITY.owner] = _in_column([""] * len(known))

	def read(self, changes: Iterable[tuple]) -> Iterator[tuple]:
		"""The rows of these deals as numbers."""
		owners = self.facts[OPPORTUNITY.owner]
		for name, sequence, seconds, pipeline, stage, outcome, amount, close, probability, owner in changes:
			deal = self.deals.get(name)
			if deal is None:
				continue
			if sequence == 1:
				owners[deal] = sys.intern(owner or "")
			yield (
				deal,
				sequence,
				seconds / SECONDS_A_DAY - DAYS_BEFORE_EPOCH,
				self.stages.setdefault((pipeline, stage), len(self.stages)),
				OUTCOMES[outcome.lower()],
				amount,
				np.nan if close is None else close - DAYS_BEFORE_EPOCH,
				probability,
			)


def _in_column(values: Iterable[str | None]) -> Texts:
	"""Each text kept once, however often it comes."""
	return np.array([sys.intern(value or "") for value in values], dtype=object)


def _changes(company: str) -> Iterator[tuple]:
	"""In any order, those of deleted deals too: to ask for the others alone takes ten times as long.

	Days as numbers, because the driver is slow at making dates.
	"""
	entry = frappe.qb.DocType(LEDGER)
	query = (
		frappe.qb.from_(entry)
		.select(
			entry.document_name,
			entry.sequence,
			Function("TO_SECONDS", entry.posted_on),
			entry.pipeline,
			entry.stage,
			entry.outcome,
			entry.amount,
			Function("TO_DAYS", entry.expected_close),
			entry.probability,
			entry.deal_owner,
		)
		.where((entry.document_type == OPPORTUNITY.doctype) & (entry.company == company))
	)
	return query.run(as_list=True, as_iterator=True)


def fact_fields() -> tuple[str, ...]:
	"""The fields that say what was known of a deal when it came."""
	return (
		source_field(),
		"opportunity_type",
		"territory",
		"customer_group",
		"market_segment",
		"industry",
		"opportunity_from",
		"currency",
	)


def _facts(company: str) -> list[tuple]:
	deal = frappe.qb.DocType(OPPORTUNITY.doctype)
	query = frappe.qb.from_(deal).select(deal.name, *(deal[field] for field in fact_fields()))
	return query.where(deal[OPPORTUNITY.company] == company).run()


def snapshot_of(doc: Document, today: date) -> Snapshot | None:
	"""A deal as it is in memory; None where the ledger does not know it."""
	first = frappe.db.get_value(
		LEDGER,
		{"document_type": doc.doctype, "document_name": doc.name, "sequence": 1},
		["posted_on", "deal_owner"],
		as_dict=True,
		order_by=None,
	)
	if not first:
		return None
	close = doc.get(OPPORTUNITY.expected_close)
	entered_on = doc.get(OPPORTUNITY.entered_on) or first.posted_on
	known = {field: doc.get(field) for field in fact_fields()} | {OPPORTUNITY.owner: first.deal_owner}
	stage = place_of(doc.get(OPPORTUNITY.pipeline), doc.get(OPPORTUNITY.stage))
	return Snapshot(
		day=today,
		stage=np.array([stage], dtype=object),
		amount=np.array([flt(doc.get(OPPORTUNITY.amount))]),
		created_on=np.array([day_number(get_datetime(first.posted_on))]),
		entered_on=np.array([day_number(get_datetime(entered_on))]),
		expected_close=np.array([day_number(getdate(close)) if close else np.nan]),
		facts={name: np.array([value or ""], dtype=object) for name, value in known.items()},
	)
