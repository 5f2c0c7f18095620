"""No report tells its reader of deals that the reader may not read: no name, and no amount in any total."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import frappe
import pytest
from frappe.utils import add_days, add_months, get_first_day

from pipeline_ext.forecasting import fitting
from tests.site import decided_deals, factories, readers
from tests.site.test_every_report import REPORTS

TODAY = date.today()
SECRET = 70_000_000
"""More than all deals together that the readers may read."""
OURS, THEIRS = "Reader Test Ours", "Reader Test Theirs"
LISTS_AMOUNTS = {"Lead To Cash", "Pipeline Forecast", "Quota Attainment", "Stage Aging", "Win Loss Analysis"}
OF_AMOUNTS = {*LISTS_AMOUNTS, "Pipeline Waterfall"}
YEAR = {"from_date": add_months(get_first_day(TODAY), -6), "to_date": TODAY}
PERIODS = {
	"Lead To Cash": YEAR,
	"Stage Conversion": YEAR,
	"Win Loss Analysis": YEAR,
	"Pipeline Waterfall": {
		**YEAR,
		"close_from": add_months(TODAY, -12),
		"close_to": add_months(TODAY, 12),
	},
	"Pipeline Forecast": {"from_date": YEAR["from_date"]},
	"Quota Attainment": {"period": "Year"},
}


def four_deals(**fields: Any) -> list[str]:
	"""Two open ones, one won and one lost, over the last months."""
	months = [add_days(add_months(get_first_day(TODAY), -back), 3) for back in range(5, 0, -1)]
	soon = add_days(TODAY, 20)
	deals = [
		decided_deals.won(months[0], months[3], **fields),
		decided_deals.lost(months[1], months[4], **fields),
		decided_deals.made(months[2], expected_closing=soon, **fields),
		decided_deals.to(
			"Qualification", decided_deals.made(months[2], expected_closing=soon, **fields), months[4]
		),
	]
	return [deal.name for deal in deals]


@pytest.fixture
def secrets() -> list[str]:
	"""Deals that the readers may not read; there are as many that they may."""
	decided_deals.ungated()
	root = frappe.get_all("Territory", {"parent_territory": ("in", ("", None))}, pluck="name")[0]
	for territory in (OURS, THEIRS):
		frappe.get_doc(doctype="Territory", territory_name=territory, parent_territory=root).insert()
	own = readers.held_to_own()
	for deal in four_deals(opportunity_amount=1000, territory=OURS):
		frappe.db.set_value("Opportunity", deal, "owner", own, update_modified=False)
	hidden = four_deals(opportunity_amount=SECRET, territory=THEIRS)
	fitting.fit(factories.COMPANY, frappe.utils.getdate())
	return hidden


def shown(report: str) -> Any:
	"""Everything that a report gives to whoever asks, as data."""
	name = frappe.scrub(report)
	execute = frappe.get_attr(f"pipeline_ext.pipeline_ext.report.{name}.{name}.execute")
	return execute(frappe._dict({"company": factories.COMPANY, **PERIODS.get(report, {})}))


def numbers(found: Any) -> Iterator[float]:
	if isinstance(found, dict):
		for part in found.values():
			yield from numbers(part)
	elif isinstance(found, list | tuple):
		for part in found:
			yield from numbers(part)
	elif isinstance(found, int | float):
		yield abs(found)


@pytest.mark.parametrize("report", REPORTS)
def test_deals_that_may_not_be_read_are_in_no_row_and_in_no_total(report, secrets):
	for held in (readers.held_to_own(), readers.held_to_territory(OURS)):
		with factories.acting(held):
			found = shown(report)
		told = json.dumps(found, default=str)
		assert not [deal for deal in secrets if deal in told]
		assert max(numbers(found), default=0) < SECRET / 100
		assert str(SECRET)[:4] not in told.replace(",", "")
		assert report not in LISTS_AMOUNTS or 1000 in set(numbers(found))
	if report in OF_AMOUNTS:
		assert max(numbers(shown(report))) >= SECRET
