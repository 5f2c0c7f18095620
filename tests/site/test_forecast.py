"""Pipeline Forecast: exact figures from real opportunities, and only of those a user may see."""

from __future__ import annotations

from datetime import date

import frappe
import pytest
from frappe.utils import add_months, get_first_day, getdate, nowdate

from pipeline_ext import api
from pipeline_ext.pipeline_ext.report.pipeline_forecast.pipeline_forecast import execute
from tests.site import factories, pipelines
from tests.site.pipelines import deal

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"


def month(ahead: int) -> date:
	"""The first of a month, counted from this one."""
	return get_first_day(add_months(nowdate(), ahead))


@pytest.fixture(autouse=True)
def pipeline():
	factories.user(ANN, "Sales User")
	factories.user(BOB, "Sales User")
	pipeline = pipelines.enforced()
	pipeline.db_set("mode", "Off")
	pipeline.on_update()
	return pipeline


def open_deal(stage, amount, closing, owner=ANN, **fields):
	return deal(
		sales_stage=stage,
		opportunity_amount=amount,
		expected_closing=closing,
		opportunity_owner=owner,
		**fields,
	)


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


@pytest.fixture
def deals():
	open_deal("Prospecting", 1000, month(0))
	open_deal("Negotiation/Review", 2000, month(0))
	open_deal("Qualification", 400, month(1), owner=BOB)
	pipelines.move(open_deal("Negotiation/Review", 500, month(0)), "Won")
	open_deal("Needs Analysis", 700, None)
	open_deal("Needs Analysis", 300, month(-2))
	open_deal("Needs Analysis", 900, month(8))
	pipelines.move(open_deal("Needs Analysis", 8000, month(0)), "Lost")


def test_the_figures(deals):
	_columns, data, message, chart, summary = run()
	rows = [
		(row["from_date"], row["owner"], row["deals"], row["amount"], row["weighted"], row["won"])
		for row in data
	]
	assert rows == [
		(month(0), ANN, 2, 3000, 1800, 500),
		(month(1), BOB, 1, 400, 100, 0),
	]
	assert [row["forecast"] for row in data] == [2300, 100]
	assert summary == {
		"Won": 500,
		"Weighted by Stage": 1900,
		"Forecast": 2400,
		"Open Amount": 3400,
		"Open Deals": 3,
	}
	assert chart["data"]["datasets"][0]["values"] == [500, 0]
	assert chart["data"]["datasets"][1]["values"] == [1800, 100]
	assert "2 open deals" in message and "1 open deals close after" in message


def test_the_api_gives_the_same_totals(deals):
	data = api.forecast({"company": factories.COMPANY})
	assert (data["currency"], data["total"]["forecast"]) == ("EUR", 2400)
	assert (data["undated"]["amount"], data["later"]["amount"]) == (1000, 900)
	assert api.forecast(frappe.as_json({"company": factories.COMPANY}))["total"] == data["total"]


def test_filters(deals):
	assert run(opportunity_owner=BOB)[4]["Forecast"] == 100
	assert run(from_date=month(1))[4]["Forecast"] == 100
	assert run(pipeline=pipelines.NAME)[4]["Forecast"] == 2400
	assert run(pipeline="No such pipeline")[4]["Forecast"] == 0


def test_foreign_amounts_are_in_company_currency():
	open_deal("Qualification", 1000, month(0), currency=factories.FOREIGN_CURRENCY)
	assert run()[4]["Weighted by Stage"] == 1000 * factories.EXCHANGE_RATE * 0.25


def test_a_deal_whose_amount_was_never_converted_still_counts():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, "base_opportunity_amount", 0)
	assert run()[4]["Open Amount"] == 1000


def test_a_deal_without_pipeline_is_weighed_by_the_pipeline_it_would_take():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, {"pe_pipeline": None, "pe_pipeline_version": None})
	assert run()[4]["Weighted by Stage"] == 250


def test_a_stage_that_nobody_knows_weighs_nothing_and_is_named():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, "sales_stage", "Value Proposition")
	_columns, _data, message, _chart, summary = run()
	assert (summary["Open Amount"], summary["Weighted by Stage"]) == (1000, 0)
	assert "1 open deals are in no stage" in message


def test_nothing_to_forecast():
	_columns, data, _message, chart, summary = run()
	assert (data, chart, summary["Forecast"]) == ([], None, 0)


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"from_date": "2026-05-01", "to_date": "2026-04-01"}, "ends before it starts"),
		({"from_date": "soon"}, "not a date"),
		({"opportunity_owner": {"a": 1}}, "Owner takes one value"),
		({"company": ["x"]}, "Company takes one value"),
		({"company": "No such company"}, "There is no company"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


@pytest.mark.parametrize("filters", ["[1, 2]", "{bad", "5"])
def test_filters_that_are_no_filters(filters):
	with pytest.raises(frappe.ValidationError, match="names and values"):
		api.forecast(filters)


@pytest.mark.parametrize("hostile", ["' or 1=1 --", "%", '["like", "%"]'])
def test_hostile_filter_values_find_nothing(deals, hostile):
	assert run(opportunity_owner=hostile)[1] == []


def test_totals_are_of_what_a_user_may_see(deals, as_user):
	bobs = open_deal("Qualification", 600, month(1), owner=BOB)
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": BOB,
			"allow": "Opportunity",
			"for_value": bobs.name,
			"apply_to_all_doctypes": 1,
		}
	).insert()
	with as_user(BOB):
		assert run()[4]["Open Amount"] == 600
	with as_user(ANN):
		assert run()[4]["Open Amount"] == 4000


def test_who_may_read_no_opportunity_gets_no_forecast(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run()


def test_months_of_different_years_stay_apart():
	open_deal("Qualification", 100, date(getdate().year + 1, 1, 15))
	open_deal("Qualification", 200, date(getdate().year + 2, 1, 15))
	_columns, data, *_rest = run(to_date=date(getdate().year + 2, 12, 1))
	assert [(row["from_date"].year - getdate().year, row["amount"]) for row in data] == [(1, 100), (2, 200)]
