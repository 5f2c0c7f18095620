"""Forecast Accuracy: the back-test for who may read all deals, and what owners committed to for everybody."""

from __future__ import annotations

from datetime import date

import frappe
import pytest
from frappe.utils import add_months, formatdate, get_first_day, getdate

from pipeline_ext.pipeline_ext.report.forecast_accuracy.forecast_accuracy import execute
from pipeline_ext.reports.forecast_accuracy import behind
from tests.site import decided_deals, factories, readers
from tests.site.forecast_models import fitted, looked_back
from tests.site.measure import count_queries

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"


def month(ahead: int) -> date:
	"""The first of a month, counted from this one."""
	return get_first_day(add_months(getdate(), ahead))


def label(ahead: int) -> str:
	return formatdate(month(ahead), "MMM yyyy")


@pytest.fixture(autouse=True)
def pipeline():
	for email in (ANN, BOB):
		factories.user(email, "Sales User")
	return decided_deals.ungated()


def run(view="Months", **filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, "view": view, **filters})
	rows = {(row.get("within"), row["label"]): row for row in data}
	return columns, rows, message, chart, {card["label"]: card["value"] for card in summary}


def of(row, *fields):
	return tuple(row.get(field) for field in fields)


# Months


@pytest.fixture
def tried():
	"""Three months: one too high, one too low and outside its range, one without a range."""
	return fitted(
		months=[
			looked_back(month(-3), 1200, 1000, values={"model": 1200, "last_period": 700}),
			looked_back(month(-2), 1000, 2000, values={"model": 1000, "last_period": 1000}),
			looked_back(month(-1), 1000, 1000, low=None, high=None, method="seasonal_naive"),
		],
		deals={"n": 200, "brier": 0.12, "logloss": 0.4, "auc": 0.8, "ece": 0.03},
		calibration=[(0.75, 0.05, 0.06), (0.25, 0.42, 0.38)],
	)


def test_each_month_against_what_came(tried):
	_columns, rows, message, chart, summary = run()
	fields = ("forecast", "low", "high", "came", "miss", "miss_percent", "held", "method")
	assert of(rows[None, label(-3)], *fields) == (
		1200,
		960,
		1500,
		1000,
		200,
		20,
		"Yes",
		"Model of past deals",
	)
	assert of(rows[None, label(-2)], *fields) == (
		1000,
		800,
		1250,
		2000,
		-1000,
		-50,
		"No",
		"Model of past deals",
	)
	assert of(rows[None, label(-1)], *fields) == (1000, None, None, 1000, 0, 0, None, "As a year before")
	assert of(rows[None, label(-3)], "model", "last_period", "seasonal_naive") == (1200, 700, None)
	assert of(rows[None, "Total"], "forecast", "came", "miss", "miss_percent") == (3200, 4000, -800, -20)
	assert summary == {"WAPE": 30, "Bias": -20, "Ranges That Held": 50}
	assert "Model of past deals 30.0 %, As the period before 43.3 %" in message
	assert [dataset["values"] for dataset in chart["data"]["datasets"]] == [
		[1000, 2000, 1000],
		[1200, 1000, 1000],
		[960, 800, 1000],
		[1500, 1250, 1000],
	]


def test_only_the_months_asked_for(tried):
	_columns, rows, _message, _chart, summary = run(from_date=month(-2), to_date=month(-2))
	assert [name for _within, name in rows] == [label(-2), "Total"]
	assert summary["WAPE"] == 50


def test_the_back_test_is_of_all_deals_and_says_so(tried):
	assert "of all deals of the company" in run(deal_owner=ANN)[2]
	assert "of all deals of the company" not in run()[2]


def test_before_the_first_night_and_with_too_little_history():
	_columns, rows, message, chart, summary = run()
	assert (rows, chart, summary) == ({}, None, {})
	assert "for the first time tonight" in message
	fitted(missing=[("won_deals", 3, 10)])
	_columns, rows, message, chart, summary = run()
	assert (rows, chart, summary) == ({}, None, {})
	assert "won deals: 3 of 10" in message


# Calibration


def test_chances_against_what_came(tried):
	_columns, rows, message, chart, summary = run("Calibration")
	fields = ("deals", "said", "came", "gap")
	assert of(rows[None, "0 to 10 %"], *fields) == (150, 5, 6, pytest.approx(-1))
	assert of(rows[None, "40 to 50 %"], *fields) == (50, 42, 38, pytest.approx(4))
	assert [dataset["values"] for dataset in chart["data"]["datasets"]] == [[5, 42], [6, 38]]
	assert summary == {
		"Deals Tried": 200,
		"Brier Score": 0.12,
		"Log-Loss": 0.4,
		"AUC": 0.8,
		"Calibration Error": 0.03,
	}
	assert "30 % should have been won" in message


def test_no_chance_was_tried():
	assert "for the first time tonight" in run("Calibration")[2]
	fitted(missing=[("won_deals", 3, 10)])
	_columns, rows, message, chart, summary = run("Calibration")
	assert (rows, chart, summary) == ({}, None, {"Deals Tried": 0})
	assert "won deals: 3 of 10" in message


# Owners


def committed(ahead, amount, outcome=None, owner=ANN, **fields):
	"""A deal that as a month began was to close in it; won or lost then, if it was."""
	made = decided_deals.made(
		month(ahead - 2),
		sales_stage="Negotiation/Review",
		opportunity_amount=amount,
		expected_closing=month(ahead),
		opportunity_owner=owner,
		**fields,
	)
	if outcome:
		decided_deals.to(outcome, made, month(ahead))
	return made


@pytest.fixture
def deals():
	"""Ann commits to too much, Bob to too little."""
	return {
		"won": committed(-2, 1000, "Won"),
		"lost": committed(-2, 500, "Lost"),
		"slipped": committed(-1, 300),
		"surprise": decided_deals.won(
			month(-1), month(-1), opportunity_amount=600, opportunity_owner=BOB, expected_closing=month(-1)
		),
		"bobs": committed(-1, 400, "Won", owner=BOB),
		"this_month": committed(0, 5000, "Won"),
	}


def test_who_commits_to_too_much(deals):
	_columns, rows, _message, chart, summary = run("Owners")
	fields = ("committed", "won", "beyond", "committed_bias", "committed_wape")
	assert of(rows[None, "Ann"], *fields) == (1800, 1000, 800, 80, 80)
	assert of(rows["Ann", label(-2)], *fields) == (1500, 1000, 500, 50, 50)
	assert of(rows["Ann", label(-1)], *fields) == (300, 0, 300, None, None)
	assert of(rows[None, "Bob"], *fields) == (400, 1000, -600, -60, 60)
	assert of(rows[None, "Total"], *fields) == (2200, 2000, 200, 10, 70)
	assert summary == {"Committed": 2200, "Won": 2000, "Overshoots By": 10, "Misses By": 70}
	assert chart["data"]["labels"] == ["Ann", "Bob"]
	assert [dataset["values"] for dataset in chart["data"]["datasets"]] == [[1800, 400], [1000, 1000]]


def test_it_counts_for_the_owner_of_then(deals):
	frappe.get_doc("Opportunity", deals["slipped"].name).update({"opportunity_owner": BOB}).save()
	rows = run("Owners")[1]
	assert (rows[None, "Ann"]["committed"], rows[None, "Bob"]["committed"]) == (1800, 400)
	assert run("Owners", deal_owner=BOB)[1][None, "Total"]["committed"] == 400


def test_what_they_said_as_the_month_began(deals):
	for said_as, day, amount in (("Owner", 0, 700), ("Owner", 1, 9), ("Manager", 0, 900)):
		said = frappe.get_doc(
			{
				"doctype": "Forecast Adjustment",
				"company": factories.COMPANY,
				"period": "Month",
				"from_date": month(0),
				"deal_owner": ANN,
				"amount": amount,
				"reason": "They told me on the phone",
			}
		).insert()
		first = month(-2)
		spoken = f"{first.replace(day=1 + day)} 15:00:00"
		changed = {"from_date": first, "to_date": first, "said_as": said_as, "creation": spoken}
		frappe.db.set_value(said.doctype, said.name, changed)
	rows = run("Owners")[1]
	fields = ("owner_says", "owner_says_bias", "manager_says", "manager_says_bias")
	assert of(rows[None, "Ann"], *fields) == (700, -30, 900, pytest.approx(-10))
	assert of(rows["Ann", label(-1)], *fields) == (None,) * 4


def test_the_deals_behind_each_figure_add_up_to_it(deals):
	filters = {"company": factories.COMPANY, "view": "Owners"}
	for row in run("Owners")[1].values():
		for what in ("committed", "won"):
			counted = behind(filters, {**row["figure"], "what": what}).counted
			assert sum(counted.values()) == row[what], (row["label"], what)


def test_which_deals_are_behind_a_figure(deals):
	rows = run("Owners")[1]
	figure = rows["Ann", label(-2)]["figure"]
	filters = {"company": factories.COMPANY, "view": "Owners"}
	assert behind(filters, {**figure, "what": "committed"}).counted == {
		deals["won"].name: 1000,
		deals["lost"].name: 500,
	}
	assert behind(filters, {**figure, "what": "won"}).counted == {deals["won"].name: 1000}


@pytest.mark.parametrize("figure", [{}, {"what": "beyond"}, {"what": "won", "owner": ["x"]}])
def test_a_figure_that_is_none_is_refused(figure):
	with pytest.raises(frappe.ValidationError):
		behind({"company": factories.COMPANY, "view": "Owners"}, figure)


# Who sees what


@pytest.mark.parametrize("view", ["Months", "Calibration", "Owners"])
def test_who_is_held_to_a_territory_sees_owners_of_those_deals(tried, deals, as_user, view):
	frappe.db.set_value("Opportunity", deals["won"].name, "territory", "Rest Of The World")
	with as_user(readers.held_to_territory("Rest Of The World")):
		_columns, rows, message, _chart, summary = run(view)
		assert [name for within, name in rows if within is None] == ["Ann", "Total"]
		assert of(rows[None, "Total"], "committed", "won") == (1000, 1000)
		assert ("you may read only some" in message) is (view != "Owners")
		assert "WAPE" not in summary
		counted = behind({"company": factories.COMPANY}, {"what": "committed"}).counted
		assert counted == {deals["won"].name: 1000}


def test_who_reads_their_own_sees_owners_of_just_that(tried, deals, as_user):
	user = readers.held_to_own()
	frappe.db.set_value("Opportunity", deals["bobs"].name, "owner", user, update_modified=False)
	with as_user(user):
		rows = run()[1]
		assert of(rows[None, "Total"], "committed", "won") == (400, 400)


def test_who_is_held_to_a_territory_in_which_all_deals_are_sees_all(tried, as_user):
	with as_user(readers.held_to_territory("Rest Of The World")):
		assert run()[4]["WAPE"] == 30


def test_who_may_read_no_opportunity_gets_no_report(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run()


# Filters, and odd sites


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"from_date": "2026-05-01", "to_date": "2026-04-01"}, "ends before it starts"),
		({"view": "Deals"}, "none of: Months, Calibration, Owners"),
		({"territory": ["x"]}, "Territory takes one value"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**{"view": "Owners", **filters})


def test_months_that_have_not_ended_are_not_there(deals):
	assert run("Owners", from_date=month(0), to_date="9999-12-31")[1] == {}
	assert run("Owners", to_date="9999-12-31")[1][None, "Total"]["won"] == 2000


def test_forty_months_across_years():
	for back in (40, 27, 13):
		committed(-back, 100 + back, "Won")
	rows = run("Owners", from_date=month(-40), to_date=month(-1))[1]
	assert of(rows[None, "Ann"], "committed", "won") == (380, 380)
	assert rows["Ann", label(-27)]["won"] == 127
	assert (None, "Ann") not in run("Owners")[1]


def test_nothing_committed():
	_columns, rows, message, chart, summary = run("Owners")
	assert (rows, chart, summary) == ({}, None, {"Committed": 0, "Won": 0})
	assert "nothing was committed to, won or said" in message


def test_the_number_of_queries_does_not_grow_with_deals(deals):
	def queries():
		run("Owners")
		return count_queries(lambda: run("Owners"))

	few = queries()
	for back in range(1, 6):
		committed(-back, 100, "Won", owner=BOB)
	assert queries() == few
