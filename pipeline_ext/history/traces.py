"""What a site knows of a document's past without a ledger: tracked changes, and the documents it led to."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import frappe
from dateutil.parser import parse
from frappe.utils import formatdate, get_datetime, now_datetime
from frappe.utils.data import get_number_format_info, get_user_date_format
from pypika.queries import QueryBuilder

from pipeline_ext.domain.pipeline import Outcome, Pipeline, Stage, Trigger
from pipeline_ext.domain.reconstruction import Known, Trace, Values
from pipeline_ext.subjects import Subject

NUMBER = re.compile(r"-?\d[\d.,\s'’]*")


@dataclass(frozen=True)
class Milestone:
	"""A kind of document that a deal or a lead leads to, the trigger it is, and whether it means a success.

	`rows` gives the name of the deal or lead, when the document was made, and by whom.
	"""

	path: str
	trigger: Trigger | None
	wins: bool
	rows: Callable[[], Iterable[Sequence[Any]]]

	def leads_to(self, stage: Stage | None) -> bool:
		"""Whether a document of this kind explains that somebody is in the stage."""
		if stage is None:
			return False
		won = self.wins and stage.outcome is Outcome.WON
		return won or (self.trigger is not None and stage.reached_by is self.trigger)


class Traces:
	"""What the site knows of the documents of one DocType; their milestones are read once."""

	def __init__(self, subject: Subject) -> None:
		self.subject = subject
		meta = frappe.get_meta(subject.doctype)
		self.readers = {
			field: READERS.get(meta.get_field(field).fieldtype, _text) for field in _observed(subject)
		}

	@cached_property
	def milestones(self) -> Mapping[Milestone, Mapping[str, tuple[datetime, str]]]:
		"""The first document of each kind, by deal or lead: when it was made, and by whom."""
		found = {}
		for milestone in MILESTONES.get(self.subject.doctype, ()):
			latest_first = sorted(milestone.rows(), key=lambda row: row[1], reverse=True)
			found[milestone] = {name: (made_on, maker) for name, made_on, maker in latest_first}
		return found

	def tracked(self, names: Sequence[str]) -> dict[str, tuple[Trace, ...]]:
		"""The changes that Version has of each of the documents."""
		version = frappe.qb.DocType("Version")
		rows = (
			frappe.qb.from_(version)
			.select(version.docname, version.creation, version.owner, version.data)
			.where((version.ref_doctype == self.subject.doctype) & version.docname.isin(names))
			.orderby(version.creation)
			.run()
		)
		traces: dict[str, tuple[Trace, ...]] = defaultdict(tuple)
		for name, changed_on, changed_by, data in rows:
			before, after = self._changed(data)
			if after:
				traces[name] += (Trace(get_datetime(changed_on), "Version", changed_by, after, before),)
		return traces

	def _changed(self, data: str) -> tuple[dict[str, Any], dict[str, Any]]:
		"""What the observed fields held before and after; what cannot be read for certain is left out."""
		before: dict[str, Any] = {}
		after: dict[str, Any] = {}
		for field, old, new in json.loads(data or "{}").get("changed") or ():
			if field in self.readers:
				with suppress(ValueError, OverflowError):
					before[field], after[field] = self.readers[field](old), self.readers[field](new)
		return before, after

	def known(self, row: Values, pipeline: Pipeline, tracked: tuple[Trace, ...]) -> Known:
		"""All that is known of one document, given its row."""
		subject = self.subject
		held = {field: row[field] for field in self.readers}
		last_known = min(max(get_datetime(row["modified"]), get_datetime(row["creation"])), now_datetime())
		stage = row[subject.stage] or None
		current = pipeline.stage(stage) if stage in pipeline else None
		return Known(
			creation=Trace(get_datetime(row["creation"]), "Creation", row["owner"]),
			today=Trace(last_known, "Last Change", row["modified_by"], held),
			tracked=tracked,
			milestones=tuple(self._milestones_of(row, current)),
			proceeding=(subject.status,) if current == pipeline.first else (subject.status, subject.stage),
		)

	def _milestones_of(self, row: Values, stage: Stage | None) -> Iterator[Trace]:
		"""The document's milestones, each with the values of today that it explains."""
		subject = self.subject
		won = subject.outcome_of_status.get(row[subject.status]) is Outcome.WON
		for milestone, found in self.milestones.items():
			if row["name"] in found:
				made_on, maker = found[row["name"]]
				status = [subject.status] if won and milestone.wins else []
				staged = [subject.stage] if milestone.leads_to(stage) else []
				shown = {field: row[field] for field in (*status, *staged)}
				yield Trace(get_datetime(made_on), milestone.path, maker, shown)


def _observed(subject: Subject) -> Iterable[str]:
	"""The fields of a state that the app did not bring along."""
	fields = (
		subject.stage,
		subject.status,
		subject.amount,
		subject.expected_close,
		subject.owner,
		subject.company,
	)
	return [field for field in fields if field]


def _text(shown: Any) -> str | None:
	return str(shown) if shown else None


def _number(shown: Any) -> float:
	"""A number as the site writes it, a currency's symbol before or after it."""
	if not shown or isinstance(shown, int | float):
		return float(shown or 0)
	point, separator, _precision = get_number_format_info(
		frappe.db.get_default("number_format") or "#,###.##"
	)
	found = NUMBER.search(shown)
	digits = re.sub(r"[\s'’]", "", found[0]) if found else ""
	return float(digits.replace(separator, "").replace(point or ".", ".").rstrip("."))


def _day(shown: Any) -> date | None:
	"""A date as the site writes it; ValueError where that is not certain."""
	if not shown or isinstance(shown, date):
		return shown or None
	day = parse(shown, dayfirst=get_user_date_format().lower().startswith("d")).date()
	if shown != formatdate(day):
		raise ValueError(shown)
	return day


READERS: Mapping[str, Callable[[Any], Any]] = {"Currency": _number, "Float": _number, "Date": _day}


def _quotations() -> Iterator[Sequence[Any]]:
	for quotation, quotations in _quotations_of_deals():
		yield from quotations.select(quotation.creation, quotation.owner).run()


def _orders() -> Iterator[Sequence[Any]]:
	item, order = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Sales Order")
	for quotation, quotations in _quotations_of_deals():
		ordered = quotations.join(item).on(item.prevdoc_docname == quotation.name)
		ordered = ordered.join(order).on((order.name == item.parent) & (order.docstatus == 1))
		yield from ordered.select(order.creation, order.owner).run()


def _quotations_of_deals() -> Iterator[tuple[Any, QueryBuilder]]:
	"""(quotation, the deal's name over submitted quotations): named in the header, then in a row."""
	quotation, item = frappe.qb.DocType("Quotation"), frappe.qb.DocType("Quotation Item")
	submitted = frappe.qb.from_(quotation).where(quotation.docstatus == 1)
	yield quotation, submitted.select(quotation.opportunity).where(quotation.opportunity != "")
	rows = submitted.join(item).on(item.parent == quotation.name)
	yield quotation, rows.select(item.prevdoc_docname).where(item.prevdoc_doctype == "Opportunity")


def _opportunities_of_leads() -> Sequence[Sequence[Any]]:
	deal = frappe.qb.DocType("Opportunity")
	deals = frappe.qb.from_(deal).where(deal.opportunity_from == "Lead")
	return deals.select(deal.party_name, deal.creation, deal.owner).run()


def _customers_of_leads() -> Sequence[Sequence[Any]]:
	customer = frappe.qb.DocType("Customer")
	customers = frappe.qb.from_(customer).where(customer.lead_name != "")
	return customers.select(customer.lead_name, customer.creation, customer.owner).run()


MILESTONES: Mapping[str, tuple[Milestone, ...]] = {
	"Opportunity": (
		Milestone("Quotation", Trigger.QUOTATION_SUBMITTED, False, _quotations),
		Milestone("Sales Order", Trigger.ORDER_SUBMITTED, True, _orders),
	),
	"Lead": (
		Milestone("Opportunity", Trigger.LEAD_CONVERTED, False, _opportunities_of_leads),
		Milestone("Customer", None, True, _customers_of_leads),
	),
}
