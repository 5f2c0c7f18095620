"""Opportunities of an export as deals, with their worth in company currency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from pipeline_ext.domain.pipeline import Outcome, Pipeline
from pipeline_ext.standalone.exports import (
	BadRow,
	Document,
	Export,
	Required,
	amount_in,
	company_currency,
	day_in,
	read_each,
	read_export,
)
from pipeline_ext.standalone.fields import tables_of
from pipeline_ext.standalone.layouts import OPPORTUNITIES
from pipeline_ext.standalone.notation import Notation
from pipeline_ext.standalone.tables import LeftOut
from pipeline_ext.subjects import OPPORTUNITY

REQUIRED = (
	Required("ID", (("", "name"),)),
	Required("Sales Stage", (("", "sales_stage"),)),
	Required("Status", (("", "status"),)),
	Required("Opportunity Amount", (("", "opportunity_amount"), ("", "base_opportunity_amount"))),
	Required("Expected Closing Date", (("", "expected_closing"),)),
)


@dataclass(frozen=True)
class Deal:
	"""An opportunity. `amount` is in company currency, `stage` None where it has none."""

	name: str
	party: str
	owner: str | None
	stage: str | None
	status: str
	outcome: Outcome
	amount: float
	expected_close: date | None
	stage_since: date | None
	document: Document


@dataclass(frozen=True)
class Deals:
	"""The deals of a file, in which currency they are added up, and the rows that were left out."""

	export: Export
	deals: tuple[Deal, ...]
	currency: str
	left_out: tuple[LeftOut, ...]

	def remarks(self) -> Iterator[str]:
		"""What a reader of the figures has to know about the file."""
		yield from self.export.remarks
		unknown = Counter(
			deal.status for deal in self.deals if deal.status not in OPPORTUNITY.outcome_of_status
		)
		for status, times in unknown.items():
			yield f'Counted as open, with the status "{status}" that ERPNext does not know: {times:,}.'
		companies = {company for deal in self.deals if (company := deal.document.text("company"))}
		if len(companies) > 1:
			yield f"The amounts of {len(companies)} companies are added up as if they had one currency."


def read_deals(path: Path, pipeline: Pipeline) -> Deals:
	"""The deals in an export of opportunities. Raises Unusable."""
	export = read_export(path, OPPORTUNITIES.with_tables(tables_of(pipeline.criteria)), REQUIRED)
	currency = company_currency(export)
	deals, left_out = read_each(export, partial(_deal, export.notation, pipeline, currency))
	return Deals(export, deals, currency, export.left_out + left_out)


def _deal(notation: Notation, pipeline: Pipeline, currency: str, document: Document) -> Deal:
	stage = document.text("sales_stage") or None
	status = document.text("status")
	return Deal(
		name=document.text("name"),
		party=document.text("customer_name", "title", "party_name"),
		owner=document.text("opportunity_owner") or None,
		stage=stage,
		status=status,
		outcome=OPPORTUNITY.outcome(status, pipeline.outcome_of(stage)),
		amount=_company_amount(document, notation, currency),
		expected_close=day_in(document.values, "expected_closing", "Expected Closing Date", notation),
		stage_since=day_in(document.values, "pe_stage_entered_on", "In This Stage Since", notation),
		document=document,
	)


def _company_amount(document: Document, notation: Notation, company_currency: str) -> float:
	"""In company currency; ERPNext leaves that blank or 0 where a deal came in over the API."""
	values = document.values
	known = amount_in(values, "base_opportunity_amount", "Opportunity Amount (Company Currency)", notation)
	if known:
		return float(known)
	amount = amount_in(values, "opportunity_amount", "Opportunity Amount", notation)
	rate = amount_in(values, "conversion_rate", "Exchange Rate", notation)
	currency = document.text("currency")
	if amount and not rate and currency not in ("", company_currency):
		raise BadRow(f"The amount is in {currency} and the file has no Exchange Rate for it.")
	return float(amount * (rate or 1))
