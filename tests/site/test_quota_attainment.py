"""Quota Attainment: quotas against what real deals brought and may bring, by person, team and company."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, add_months, flt, getdate, nowdate

from pipeline_ext import api
from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.pipeline_ext.report.quota_attainment.quota_attainment import execute
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft
from tests.site import approvals, factories, pipelines, readers
from tests.site.decided_deals import at
from tests.site.measure import count_queries

REPORT = "Quota Attainment"
ANN = "ann@attainment-test.example"
BOB = "bob@attainment-test.example"
EVE = "eve@attainment-test.example"
LEA = "lea@attainment-test.example"
FIGURES = ("closed", "commit", "best_case", "pipeline")


@pytest.fixture(autouse=True)
def pipeline():
	"""One that lets every move through; deals are of the category that a test gives them."""
	for email in (ANN, BOB, EVE):
		factories.user(email, "Sales User")
	factories.user(LEA, "Sales User", "Sales Manager")
	pipeline = pipelines.enforced()
	pipeline.db_set("mode", "Off")
	pipeline.on_update()
	return pipeline


@pytest.fixture
def teams():
	"""West and East, both in North: Lea leads West, where Ann is, Bob is in East, Eve in none."""
	north = approvals.sales_person("Attainment North", None)
	west = approvals.sales_person("Attainment West", approvals.employee(LEA, first_name="Lea"), north)
	east = approvals.sales_person("Attainment East", None, north)
	person("Attainment Ann", west, approvals.employee(ANN, first_name="Ann").name)
	person("Attainment Bob", east, approvals.employee(BOB, first_name="Bob").name)
	return north, west, east


def person(name, parent, employee):
	return (
		frappe.get_doc(
			{
				"doctype": "Sales Person",
				"sales_person_name": name,
				"parent_sales_person": parent,
				"employee": employee,
			}
		)
		.insert()
		.name
	)


def opened(owner, amount, category="Pipeline", closing=None, **fields):
	made = pipelines.deal(
		opportunity_owner=owner,
		opportunity_amount=amount,
		expected_closing=closing or nowdate(),
		sales_stage="Prospecting",
		**fields,
	)
	if made.pe_forecast_category != category:
		made.pe_forecast_category = category
		made.save()
	return made


def won(owner, amount, on=None, **fields):
	"""A deal that was won at an instant, or now."""
	with at(on):
		made = opened(owner, amount, **fields)
		pipelines.move(made, "Won")
	return made


def quota(amount, user=None, team=None, **fields):
	kinds = {"quota_for": "User" if user else "Team" if team else "Company"}
	return frappe.get_doc(
		{
			"doctype": "Sales Quota",
			"user": user,
			"sales_person": team,
			"company": factories.COMPANY,
			"period": "Quarter",
			"from_date": nowdate(),
			"amount": amount,
			**kinds,
			**fields,
		}
	).insert()


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def tree(data):
	return [(row["indent"], row["unit"]) for row in data]


def figures(data):
	return {row["unit"]: tuple(row[name] for name in FIGURES) for row in data}


def quotas(data):
	return {row["unit"]: (row["quota"], row["origin"]) for row in data if row["origin"]}


def elapsed(kind=PeriodKind.QUARTER):
	return CalendarPeriod.around(getdate(), kind).elapsed(getdate())


@pytest.fixture
def deals(teams):
	return {
		"ann won": won(ANN, 1000),
		"ann commit": opened(ANN, 200, "Commit"),
		"ann best case": opened(ANN, 300, "Best Case"),
		"bob won": won(BOB, 500),
		"bob pipeline": opened(BOB, 4000, "Pipeline"),
		"lea omitted": opened(LEA, 70, "Omitted"),
		"eve commit": opened(EVE, 90, "Commit"),
		"nobody's": opened("", 11, "Best Case"),
	}


def test_the_figures(deals):
	quota(5000)
	quota(2000, team="Attainment West")
	quota(1600, user=ANN)
	quota(400, user=BOB)
	_columns, data, _message, _chart, summary = run()
	root = frappe.db.get_value("Sales Person", "Attainment North", "parent_sales_person")
	assert tree(data) == [
		(0, factories.COMPANY),
		(1, root),
		(2, "Attainment North"),
		(3, "Attainment West"),
		(4, "Lea"),
		(4, "Ann"),
		(3, "Attainment East"),
		(4, "Bob"),
		(1, "No Team"),
		(2, "Eve"),
		(2, "Without Owner"),
	]
	teams = (1500, 200, 300, 4000)
	assert figures(data) == {
		factories.COMPANY: (1500, 290, 311, 4000),
		root: teams,
		"Attainment North": teams,
		"Attainment West": (1000, 200, 300, 0),
		"Lea": (0, 0, 0, 0),
		"Ann": (1000, 200, 300, 0),
		"Attainment East": (500, 0, 0, 4000),
		"Bob": (500, 0, 0, 4000),
		"No Team": (0, 90, 11, 0),
		"Eve": (0, 90, 0, 0),
		"Without Owner": (0, 0, 11, 0),
	}
	assert quotas(data) == {
		factories.COMPANY: (5000, "Set"),
		root: (2400, "Those below"),
		"Attainment North": (2400, "Those below"),
		"Attainment West": (2000, "Set"),
		"Ann": (1600, "Set"),
		"Attainment East": (400, "Those below"),
		"Bob": (400, "Set"),
	}
	ann = next(row for row in data if row["unit"] == "Ann")
	assert (ann["attained"], ann["gap"]) == (62.5, 600)
	assert ann["coverage"] == (pytest.approx(500 / 600) if elapsed() < 1 else None)
	assert ann["pace"] == pytest.approx(62.5 / elapsed())
	assert ann["landing"] == pytest.approx(1000 / elapsed())
	bob = next(row for row in data if row["unit"] == "Bob")
	assert (bob["attained"], bob["gap"], bob["coverage"]) == (125, -100, None)
	assert summary == {
		"Quota": 5000,
		"Closed": 1500,
		"Gap": 3500,
		"Pace": pytest.approx(30 / elapsed()),
		"Landing": pytest.approx(1500 / elapsed()),
	}


def test_what_is_in_no_figure_is_said(deals):
	opened(ANN, 8, closing=add_months(nowdate(), -12))
	undated = opened(ANN, 9)
	frappe.db.set_value("Opportunity", undated.name, "expected_closing", None)
	_columns, data, message, _chart, _summary = run()
	assert figures(data)["Ann"] == (1000, 200, 300, 0)
	assert "omitted from every forecast: € 70.00." in message
	assert "nobody knows when: € 17.00." in message


def test_every_total_is_the_sum_of_its_parts(deals):
	data = run()[1]
	for row in data:
		parts = [part for part in data if part["parent_unit"] == row["unit"]]
		if parts:
			for name in FIGURES:
				assert row[name] == sum(part[name] for part in parts), (row["unit"], name)


def test_won_is_what_was_won_last_within_the_period():
	first = CalendarPeriod.around(getdate(), PeriodKind.QUARTER).first
	won(ANN, 1, on=f"{add_days(first, -1)} 23:59:59")
	won(ANN, 20, on=f"{first} 00:00:00")
	reopened = won(ANN, 300)
	pipelines.move(reopened, "Qualification")
	again = won(ANN, 4000, on=f"{add_days(first, -1)} 12:00:00")
	pipelines.move(again, "Qualification")
	pipelines.move(again, "Won")
	pipelines.move(opened(ANN, 50_000), "Lost")
	assert figures(run()[1])["Ann"] == (4020, 0, 0, 300)
	assert figures(run(date=add_days(first, -1))[1])["Ann"] == (1, 0, 0, 0)


def test_open_is_what_closes_within_the_period():
	period = CalendarPeriod.around(getdate(), PeriodKind.MONTH)
	opened(ANN, 1, closing=add_days(period.first, -1))
	opened(ANN, 20, closing=period.first)
	opened(ANN, 300, closing=period.last)
	opened(ANN, 4000, closing=add_days(period.last, 1))
	assert figures(run(period="Month")[1])["Ann"] == (0, 0, 0, 320)


def test_three_currencies_and_an_amount_that_was_never_converted():
	frappe.get_doc(
		{
			"doctype": "Currency Exchange",
			"date": "2020-01-01",
			"from_currency": "GBP",
			"to_currency": "EUR",
			"exchange_rate": 1.25,
			"for_buying": 1,
			"for_selling": 1,
		}
	).insert()
	won(ANN, 1000, currency=factories.FOREIGN_CURRENCY)
	won(ANN, 1000, currency="GBP")
	won(ANN, 1000)
	unconverted = opened(ANN, 300)
	frappe.db.set_value("Opportunity", unconverted.name, "base_opportunity_amount", 0)
	assert figures(run()[1])["Ann"] == (900 + 1250 + 1000, 0, 0, 300)


def test_a_deal_without_an_amount_counts_nothing():
	made = opened(ANN, 0)
	frappe.db.set_value("Opportunity", made.name, "opportunity_amount", 0)
	assert figures(run()[1])["Ann"] == (0, 0, 0, 0)


def test_a_deal_that_the_ledger_does_not_know_counts_by_its_status():
	for amount, status in ((100, "Open"), (5, "Lost")):
		made = opened(ANN, amount)
		pipelines.forget(made)
		frappe.db.set_value("Opportunity", made.name, "status", status)
	assert figures(run()[1])["Ann"] == (0, 0, 0, 100)


# Quotas


def test_a_quota_of_the_year_is_shared_out_by_days(teams):
	quota(3650, user=ANN, period="Year", from_date="2026-06-01")
	quota(92, user=BOB, from_date="2026-10-01")
	quota(30, user=BOB, period="Month", from_date="2026-11-01")
	data = run(period="Month", date="2026-10-15")[1]
	assert quotas(data)["Ann"] == (310, "31/365 days of 2026")
	assert quotas(data)["Bob"] == (31, "31/92 days of 2026-Q4")
	data = run(period="Quarter", date="2026-10-15")[1]
	assert quotas(data)["Ann"] == (920, "92/365 days of 2026")
	assert quotas(data)["Bob"] == (92, "Set")
	assert quotas(run(period="Year", date="2026-01-01")[1])["Bob"] == (92, "Only 2026-Q4")


def test_quotas_of_months_make_up_a_quarter():
	for month, amount in ((10, 100), (11, 200), (12, 300)):
		quota(amount, user=ANN, period="Month", from_date=f"2026-{month}-01")
	assert quotas(run(date="2026-12-31")[1])["Ann"] == (600, "2026-10 to 2026-12")


def test_quotas_of_pipelines_make_up_one_of_all():
	other = "Attainment Test Other"
	draft(b2b, other, company=factories.COMPANY, priority=99)
	quota(100, user=ANN, pipeline=pipelines.NAME)
	quota(30, user=ANN, pipeline=other)
	won(ANN, 10)
	assert quotas(run()[1])["Ann"] == (130, "Its pipelines")
	data = run(pipeline=pipelines.NAME)[1]
	assert (quotas(data)["Ann"], figures(data)["Ann"]) == ((100, "Set"), (10, 0, 0, 0))
	data = run(pipeline=other)[1]
	assert (quotas(data)["Ann"], figures(data)["Ann"]) == ((30, "Set"), (0, 0, 0, 0))
	quota(500, user=ANN)
	assert quotas(run()[1])["Ann"] == (500, "Set")


def test_without_a_quota_there_is_nothing_to_attain():
	won(ANN, 100)
	row = run()[1][-1]
	assert (row["unit"], row["closed"]) == ("Ann", 100)
	assert [row[name] for name in ("quota", "origin", "attained", "gap", "coverage", "pace")] == [None] * 6


def test_a_quota_of_nothing_breaks_no_figure():
	made = quota(100, user=ANN)
	frappe.db.set_value("Sales Quota", made.name, "amount", 0)
	won(ANN, 100)
	row = run()[1][-1]
	assert [row[name] for name in ("quota", "attained", "gap", "coverage", "pace")] == [
		0,
		None,
		-100,
		None,
		None,
	]


def test_a_quota_without_a_deal_is_there(teams):
	quota(100, user=EVE)
	quota(50, team="Attainment East")
	quota(30, team="Attainment Bob")
	data = run()[1]
	assert quotas(data)["Eve"] == (100, "Set")
	assert quotas(data)["Attainment East"] == (50, "Set")
	assert quotas(data)["Attainment Bob"] == (30, "Set")
	assert quotas(data)[factories.COMPANY] == (150, "Those below")


def test_who_is_in_two_teams_counts_in_each_and_once_above(deals):
	also = person("Attainment Also Ann", "Attainment East", None)
	employee = frappe.db.get_value("Employee", {"user_id": ANN})
	frappe.db.set_value("Sales Person", also, "employee", employee)
	quota(100, user=ANN)
	_columns, data, message, _chart, _summary = run()
	assert figures(data)["Attainment West"] == (1000, 200, 300, 0)
	assert figures(data)["Attainment East"] == (1500, 200, 300, 4000)
	assert figures(data)["Attainment North"] == (1500, 200, 300, 4000)
	assert quotas(data)["Attainment North"] == (100, "Those below")
	assert "Ann is in more than one team" in message


# Filters


def test_a_team_or_a_person_stands_alone(deals):
	quota(5000)
	data = run(team="Attainment West")[1]
	assert tree(data) == [(0, "Attainment West"), (1, "Lea"), (1, "Ann")]
	assert figures(data)["Attainment West"] == (1000, 200, 300, 0)
	assert tree(run(deal_owner=BOB)[1]) == [(0, "Bob")]
	assert tree(run(deal_owner=BOB, team="Attainment East")[1]) == [(0, "Bob")]
	assert run(deal_owner=BOB, team="Attainment West")[1] == []
	assert tree(run(team="Attainment Ann")[1]) == [(0, "Attainment Ann"), (1, "Ann")]


def test_a_team_of_nobody():
	approvals.sales_person("Attainment Empty", None)
	won(ANN, 10)
	assert figures(run(team="Attainment Empty")[1]) == {"Attainment Empty": (0, 0, 0, 0)}


def test_where_deals_come_from_does_not_narrow_quotas(deals):
	frappe.db.set_value("Opportunity", deals["ann won"].name, "territory", "Rest Of The World")
	quota(5000)
	_columns, data, message, _chart, _summary = run(territory="Rest Of The World")
	assert figures(data)[factories.COMPANY] == (1000, 0, 0, 0)
	assert quotas(data)[factories.COMPANY] == (5000, "Set")
	assert "they stay whole" in message


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"company": "No such company"}, "There is no company"),
		({"period": "Week"}, "none of: Month, Quarter, Year"),
		({"date": "2026-13-45"}, "not a date"),
		({"team": "No such team"}, "There is no team"),
		({"deal_owner": {"a": 1}}, "Owner takes one value"),
		({"chart_of": "Nobody"}, "Chart Of Not Known|none of"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


@pytest.mark.parametrize("day", ["1000-01-01", "9999-12-31"])
@pytest.mark.parametrize("period", PeriodKind)
def test_the_first_and_the_last_day_of_the_database(day, period):
	won(ANN, 10)
	assert figures(run(date=day, period=period.value)[1]) == {factories.COMPANY: (0, 0, 0, 0)}


def test_nothing_at_all():
	_columns, data, _message, chart, summary = run()
	assert figures(data) == {factories.COMPANY: (0, 0, 0, 0)}
	assert (chart, summary) == (None, {"Closed": 0, "Landing": 0})


# Chart


def test_the_chart_sets_the_quota_beside_what_may_be_reached(deals):
	quota(2000, team="Attainment West")
	quota(400, user=BOB)
	chart = run()[3]
	assert chart["data"]["labels"] == ["Ann", "Bob", "Eve", "Without Owner"]
	assert {dataset["name"]: dataset["values"] for dataset in chart["data"]["datasets"]} == {
		"Closed": [1000, 500, 0, 0],
		"Commit": [200, 0, 90, 0],
		"Best Case": [300, 0, 0, 11],
		"Quota": [0, 400, 0, 0],
	}
	chart = run(chart_of="Team", team="Attainment North")[3]
	assert chart["data"]["labels"] == ["Attainment North", "Attainment West", "Attainment East"]
	assert chart["data"]["datasets"][-1]["values"] == [2400, 2000, 400]


# The deals behind a figure


def behind(what, unit, name=None, **filters):
	found = api.deals_behind(
		REPORT,
		{"company": factories.COMPANY, **filters},
		{"what": what, "unit": unit, "name": name},
	)
	return {deal["name"]: deal["counted"] for deal in found["deals"]}


def test_the_deals_behind_every_figure_add_up_to_it(deals):
	for row in run()[1]:
		for name in FIGURES:
			counted = behind(name, row["figure"]["unit"], row["figure"]["name"])
			assert flt(sum(counted.values())) == row[name], (row["unit"], name)
	assert behind("closed", "Team", "Attainment North") == {
		deals["ann won"].name: 1000,
		deals["bob won"].name: 500,
	}
	assert behind("best_case", "No Team") == {deals["nobody's"].name: 11}
	assert behind("best_case", "User") == {deals["nobody's"].name: 11}


@pytest.mark.parametrize(
	("figure", "error"),
	[
		({"what": "everything", "unit": "User", "name": ANN}, "none of: closed"),
		({"what": "closed", "unit": "Planet", "name": ANN}, "none of: Company"),
		({"what": "closed", "unit": "User", "name": "nobody"}, "no such figure"),
		({"what": "closed", "unit": "User", "name": ["x"]}, "Name takes one value"),
		({"unit": "User", "name": ANN}, "no such figure"),
		({}, "no such figure"),
		([], "Filters are an object"),
	],
)
def test_a_figure_that_makes_no_sense(figure, error):
	won(ANN, 10)
	with pytest.raises(frappe.ValidationError, match=error):
		api.deals_behind(REPORT, {"company": factories.COMPANY}, frappe.as_json(figure))


# Who sees what


def test_a_reader_held_to_a_territory_gets_totals_of_its_deals(deals, as_user):
	frappe.db.set_value("Opportunity", {"company": factories.COMPANY}, "territory", "All Territories")
	for name in ("bob won", "ann commit"):
		frappe.db.set_value("Opportunity", deals[name].name, "territory", "Rest Of The World")
	with as_user(readers.held_to_territory("Rest Of The World")):
		assert figures(run()[1])[factories.COMPANY] == (500, 200, 0, 0)
		assert behind("closed", "Company", factories.COMPANY) == {deals["bob won"].name: 500}


def test_a_reader_of_own_deals_gets_totals_of_those(deals, as_user):
	quota(5000)
	reader = readers.held_to_own()
	frappe.db.set_value("Opportunity", deals["bob won"].name, "owner", reader)
	with as_user(reader):
		_columns, data, message, _chart, _summary = run()
		assert figures(data)[factories.COMPANY] == (500, 0, 0, 0)
		assert quotas(data) == {}
		assert "Quotas that you may not read" in message
		assert behind("closed", "Company", factories.COMPANY) == {deals["bob won"].name: 500}
		with pytest.raises(frappe.ValidationError, match="no such figure"):
			behind("closed", "User", ANN)


def test_a_rep_sees_no_quota_of_others_nor_a_sum_that_gives_it_away(deals, as_user):
	quota(5000)
	quota(2000, team="Attainment West")
	quota(1600, user=ANN)
	quota(400, user=BOB)
	with as_user(ANN):
		_columns, data, message, _chart, _summary = run()
		assert quotas(data) == {
			factories.COMPANY: (5000, "Set"),
			"Attainment West": (2000, "Set"),
			"Ann": (1600, "Set"),
		}
		assert "Quotas that you may not read" in message
	with as_user(LEA):
		assert quotas(run()[1])["Bob"] == (400, "Set")
		assert "Quotas that you may not read" not in run()[2]


def test_a_sales_user_runs_it_from_the_desk(deals, as_user):
	with as_user(ANN):
		result = query_report.run(REPORT, {"company": factories.COMPANY}, is_tree=True)
	assert figures(result["result"])[factories.COMPANY] == (1500, 290, 311, 4000)


def test_who_may_read_no_deal_gets_no_report(as_user):
	with as_user(factories.user("nobody@attainment-test.example")), pytest.raises(frappe.PermissionError):
		run()


def test_the_number_of_queries_does_not_grow_with_deals_and_people(teams):
	def queries():
		run()
		return count_queries(run)

	won(ANN, 10)
	quota(10, user=ANN)
	few = queries()
	for owner in (BOB, EVE, LEA):
		quota(10, user=owner)
		won(owner, 10)
		opened(owner, 10)
	assert len(run()[1]) == 10
	assert queries() == few
