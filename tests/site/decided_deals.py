"""Deals with a past: made, won, lost and opened again on days of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from tests.site import pipelines


def ungated() -> Document:
	"""A pipeline that lets every move through."""
	pipeline = pipelines.enforced()
	pipeline.db_set("mode", "Off")
	pipeline.on_update()
	return pipeline


@contextmanager
def at(instant: datetime | str | None) -> Iterator[None]:
	"""Inside, the ledger records what happens as of that instant; as of now where it is None."""
	before = frappe.flags.pe_posted_on
	frappe.flags.pe_posted_on = instant
	try:
		yield
	finally:
		frappe.flags.pe_posted_on = before


def on(day: date | str) -> AbstractContextManager[None]:
	"""The same as of noon of a day."""
	return at(datetime.combine(getdate(day), time(12)))


def made(day: date | str, **fields: Any) -> Document:
	"""An open deal that was made on a day."""
	with on(day):
		deal = pipelines.deal(transaction_date=day, **fields)
	frappe.db.set_value("Opportunity", deal.name, "creation", f"{day} 12:00:00", update_modified=False)
	return deal


def to(stage: str, deal: Document, day: date | str, **fields: Any) -> Document:
	"""Moved to a stage on a day."""
	with on(day):
		return pipelines.move(deal, stage, **fields)


def unknown(deal: Document) -> None:
	"""As if no pipeline had ever taken the deal."""
	pipelines.forget(deal)
	fields = dict.fromkeys(("pe_pipeline", "pe_pipeline_version", "pe_stage_entered_on"))
	frappe.db.set_value("Opportunity", deal.name, fields, update_modified=False)


def won(first: date | str, last: date | str, **fields: Any) -> Document:
	"""A deal that was made on one day and won on another."""
	return to("Won", made(first, **fields), last)


def lost(first: date | str, last: date | str, **fields: Any) -> Document:
	"""A deal that was made on one day and lost on another."""
	return to("Lost", made(first, **fields), last)
