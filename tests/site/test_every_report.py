"""What holds for every script report: explained columns, hostile filters, no data, background runs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import frappe
import pytest
from frappe.core.doctype.prepared_report.prepared_report import generate_report, make_prepared_report
from frappe.desk import query_report

from pipeline_ext.setup.custom_fields import MODULE
from tests.site import factories, pipelines

REPORTS = (
	"Forecast Accuracy",
	"Gate Compliance",
	"Lead To Cash",
	"Pipeline Forecast",
	"Pipeline Waterfall",
	"Quota Attainment",
	"Quote Approval Analysis",
	"Stage Aging",
	"Stage Conversion",
	"Win Loss Analysis",
)
SHARED = Path(frappe.get_app_path("pipeline_ext", "public", "js", "pipeline_reports.js"))
FIELDNAME = re.compile(r"""(?:fieldname: |link\(|day\(|choice\()\s*"(\w+)\"""")
HOSTILE = (
	"' or 1=1 -- ",
	"%",
	"<img src=x onerror=alert(1)>",
	"\x00",
	"NaN",
	"9" * 400,
	"2026-13-45",
	-1,
	1e308,
	True,
	[],
	["like", "%"],
	{},
	{"a": {"b": "c"}},
)


def filters_of(report):
	"""The names of the filters that a report's script offers."""
	name = frappe.scrub(report)
	script = Path(frappe.get_module_path(MODULE, "report", name, f"{name}.js")).read_text()
	shared = SHARED.read_text() if "deal_filters" in script else ""
	return sorted(set(FIELDNAME.findall(script + shared)))


def run(report, **filters):
	return query_report.run(
		report, filters={"company": factories.COMPANY, **filters}, ignore_prepared_report=True
	)


def test_these_are_all_of_them():
	found = frappe.get_all("Report", {"module": MODULE, "is_standard": "Yes"}, pluck="name", order_by="name")
	assert tuple(found) == REPORTS


@pytest.mark.parametrize("report", REPORTS)
def test_a_company_without_a_deal_gives_a_report_without_a_number(report):
	found = run(report)
	for row in found["result"]:
		cells = row if isinstance(row, list) else row.values()
		assert not any(cell for cell in cells if isinstance(cell, float)), row
	assert found["columns"]


@pytest.mark.parametrize("report", REPORTS)
def test_every_column_that_shows_says_what_it_means(report):
	pipelines.enforced()
	pipelines.deal()
	for column in run(report)["columns"]:
		assert column.get("hidden") or column.get("description"), column["fieldname"]


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
@pytest.mark.parametrize("report", REPORTS)
def test_a_hostile_filter_is_refused_in_words_or_finds_nothing_it_should_not(report, value):
	pipelines.enforced()
	pipelines.deal()
	assert "company" in filters_of(report)
	for name in filters_of(report):
		try:
			run(report, **{name: value})
		except frappe.ValidationError as refused:
			assert str(refused).strip()
			assert "<img" not in str(refused)


@pytest.mark.parametrize("report", sorted({*REPORTS} - {"Stage Aging", "Quota Attainment"}))
def test_a_period_that_ends_before_it_starts_is_refused(report):
	with pytest.raises(frappe.ValidationError, match="Swap the dates"):
		run(report, from_date="2026-06-30", to_date="2026-05-01")


@pytest.mark.parametrize("report", REPORTS)
def test_it_runs_in_the_background_as_a_prepared_report(report):
	pipelines.enforced()
	pipelines.deal()
	filters = {"company": factories.COMPANY}
	prepared = make_prepared_report(report, filters)["name"]
	generate_report(prepared)
	document = frappe.get_doc("Prepared Report", prepared)
	assert document.status == "Completed", document.error_message
	stored = json.loads(document.get_prepared_data())
	assert [column["fieldname"] for column in stored["columns"]] == [
		column["fieldname"] for column in run(report)["columns"]
	]


@pytest.mark.parametrize("report", REPORTS)
def test_who_may_not_read_opportunities_may_not_run_it(report):
	user = factories.user("stranger@report-test.example", "Blogger")
	with factories.acting(user), pytest.raises(frappe.PermissionError):
		run(report)


@pytest.mark.parametrize("report", REPORTS)
def test_its_filters_can_be_saved_under_a_name_of_ones_own(report):
	columns = json.dumps(run(report)["columns"], default=str)
	saved = query_report.save_report(
		report, f"My {report}", columns, json.dumps({"company": factories.COMPANY})
	)
	assert query_report.get_report_doc(saved).custom_filters == {"company": factories.COMPANY}
	assert [column["fieldname"] for column in run(saved)["columns"]] == [
		column["fieldname"] for column in run(report)["columns"]
	]


@pytest.mark.parametrize("report", REPORTS)
def test_it_is_exported_with_its_columns(report, monkeypatch):
	pipelines.enforced()
	pipelines.deal()
	asked = {
		"report_name": report,
		"file_format_type": "CSV",
		"filters": json.dumps({"company": factories.COMPANY}),
		"visible_idx": "[]",
	}
	monkeypatch.setattr(frappe.local, "form_dict", frappe._dict(asked))
	query_report.export_query()
	head = next(csv.reader(frappe.response["filecontent"].decode("utf-8-sig").splitlines()))
	shown = [column["label"] for column in run(report)["columns"] if not column.get("hidden")]
	assert head == shown


@pytest.mark.parametrize("report", REPORTS)
def test_a_period_may_reach_from_the_first_to_the_last_day_of_the_calendar(report):
	pipelines.enforced()
	pipelines.deal()
	for first, last in (
		("0001-01-01", "9999-12-31"),
		("0001-01-01", "0001-01-01"),
		("9999-12-31", "9999-12-31"),
	):
		try:
			assert run(report, from_date=first, to_date=last)["columns"]
		except frappe.ValidationError as refused:
			assert str(refused).strip()
