"""Pipeline Forecast: exact figures from real opportunities, and only of those a user may see."""

from __future__ import annotations

from datetime import date, timedelta

import frappe
import pytest
from frappe.utils import add_months, get_first_day, getdate

from pipeline_ext import api
from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.pipeline_ext.report.pipeline_forecast.pipeline_forecast import execute
from pipeline_ext.reports.forecast import behind, period_label
from tests.site import decided_deals, factories, pipelines, readers
from tests.site.forecast_models import expected, fitted, looked_back, scored
from tests.site.measure import count_queries

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"
SIMPLE = ("closed", "weighted", "commit", "best_case", "pipeline")
EXPECTED = ("open_deals", "new_deals", "model", "forecast")


def month(ahead: int) -> date:
	"""The first of a month, counted from this one."""
	return get_first_day(add_months(getdate(), ahead))


def period(ahead: int, kind: PeriodKind = PeriodKind.MONTH) -> CalendarPeriod:
	this = CalendarPeriod.around(getdate(), kind)
	return CalendarPeriod.around(getdate(add_months(this.first, ahead * kind.months)), kind)


def label(ahead: int, kind: PeriodKind = PeriodKind.MONTH) -> str:
	return period_label(period(ahead, kind))


@pytest.fixture(autouse=True)
def pipeline():
	for email in (ANN, BOB):
		factories.user(email, "Sales User")
	return decided_deals.ungated()


def open_deal(stage, amount, closing, owner=ANN, **fields):
	return pipelines.deal(
		sales_stage=stage,
		opportunity_amount=amount,
		expected_closing=closing,
		opportunity_owner=owner,
		**fields,
	)


def won(day, amount, owner=ANN, **fields):
	return decided_deals.won(day, day, opportunity_amount=amount, opportunity_owner=owner, **fields)


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **filters})
	rows = {}
	for row in data:
		rows.setdefault((row.get("within"), row["label"]), row)
	return columns, rows, message, chart, {card["label"]: card["value"] for card in summary}


def of(rows, name, fields, within=None):
	return tuple(rows[within, name].get(field) for field in fields)


@pytest.fixture
def deals():
	"""Open, won, lost, undated, overdue and far ahead; the month they are in is this one or the next."""
	made = {
		"early": open_deal("Prospecting", 1000, month(0)),
		"sure": open_deal("Negotiation/Review", 2000, month(0)),
		"bobs": open_deal("Qualification", 400, month(1), owner=BOB),
		"won": won(getdate(), 500),
		"undated": open_deal("Needs Analysis", 700, None),
		"overdue": open_deal("Needs Analysis", 300, month(-2)),
		"later": open_deal("Needs Analysis", 900, month(8)),
	}
	pipelines.move(open_deal("Needs Analysis", 8000, month(0)), "Lost")
	return made


# The simple views


def test_the_simple_views(deals):
	_columns, rows, message, _chart, summary = run()
	assert of(rows, label(0), SIMPLE) == (500, 2300, 2500, 2500, 3500)
	assert of(rows, label(1), SIMPLE) == (0, 100, 0, 0, 400)
	assert of(rows, "Ann", SIMPLE, within=label(0)) == (500, 2300, 2500, 2500, 3500)
	assert of(rows, "Bob", SIMPLE, within=label(1)) == (0, 100, 0, 0, 400)
	assert (label(1), "Ann") not in rows
	assert of(rows, "Total", SIMPLE) == (500, 2400, 2500, 2500, 3900)
	assert (summary["Closed"], summary["Weighted by Stage"], summary["Commit"]) == (500, 2400, 2500)
	assert "1 deals of € 700.00 (no date to close)" in message
	assert "1 deals of € 300.00 (to close before this period)" in message
	assert "1 deals of € 900.00 (to close after the last)" in message


def test_there_is_a_row_for_this_month_and_each_of_the_next_five():
	_columns, rows, *_rest = run()
	assert [name for within, name in rows if within is None][:7] == [*map(label, range(6)), "Total"]


def test_this_quarter_and_the_next(deals):
	_columns, rows, *_rest = run(period="Quarter")
	quarters = [label(ahead, PeriodKind.QUARTER) for ahead in (0, 1)]
	assert [name for within, name in rows if within is None][:3] == [*quarters, "Total"]
	assert of(rows, "Total", SIMPLE) == (500, 2400, 2500, 2500, 3900)


def test_before_the_first_night_nothing_is_expected(deals):
	_columns, rows, message, chart, summary = run()
	assert of(rows, label(0), EXPECTED) == of(rows, "Total", EXPECTED) == (None,) * 4
	assert "for the first time tonight" in message
	assert not any(name.startswith("Forecast") for name in summary)
	assert [dataset["name"] for dataset in chart["data"]["datasets"]] == [
		"Closed",
		"Open Deals, Weighted by Stage",
	]
	assert [dataset["values"][:2] for dataset in chart["data"]["datasets"]] == [[500, 0], [1800, 100]]


def test_past_months_show_what_was_won(deals):
	won(month(-1), 250, owner=BOB)
	_columns, rows, *_rest = run(from_date=month(-1))
	assert of(rows, label(-1), SIMPLE) == (250,) * 5
	assert of(rows, "Total", ("closed", "pipeline")) == (750, 4150)


def test_the_category_is_the_deals_own(deals):
	frappe.db.set_value("Opportunity", deals["early"].name, "pe_forecast_category", "Commit")
	frappe.db.set_value("Opportunity", deals["sure"].name, "pe_forecast_category", "Omitted")
	assert of(run()[1], label(0), SIMPLE) == (500, 2300, 1500, 1500, 1500)


def test_foreign_amounts_are_in_company_currency():
	open_deal("Qualification", 1000, month(0), currency=factories.FOREIGN_CURRENCY)
	assert of(run()[1], label(0), ("weighted",)) == (1000 * factories.EXCHANGE_RATE * 0.25,)


def test_a_deal_whose_amount_was_never_converted_still_counts():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, "base_opportunity_amount", 0)
	assert of(run()[1], label(0), ("pipeline",)) == (1000,)


def test_a_deal_without_pipeline_is_weighed_by_the_pipeline_it_would_take():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, {"pe_pipeline": None, "pe_pipeline_version": None})
	assert of(run()[1], label(0), ("weighted",)) == (250,)


def test_a_stage_that_nobody_knows_weighs_nothing_and_is_named():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, "sales_stage", "Value Proposition")
	_columns, rows, message, *_rest = run()
	assert of(rows, label(0), ("weighted", "pipeline")) == (0, 1000)
	assert "of no weight: 1 deals" in message


def test_deals_of_nobody_have_a_row_of_their_own():
	made = open_deal("Qualification", 1000, month(0))
	frappe.db.set_value("Opportunity", made.name, "opportunity_owner", None)
	assert of(run()[1], "Without Owner", ("pipeline",), within=label(0)) == (1000,)


# What is expected


@pytest.fixture
def night(deals):
	"""A model that expects 400 of this month and the next, and the chances of two deals."""
	model = fitted([expected(period(0)), expected(period(1))])
	scored(deals["sure"], model, 50, 75)
	scored(deals["bobs"], model, 0, 25)
	return model


def test_closed_open_and_new_make_the_sum(night):
	_columns, rows, message, chart, summary = run()
	assert of(rows, label(0), ("closed", *EXPECTED)) == (500, 1000, 100, 1600, 1600)
	assert of(rows, label(1), ("closed", *EXPECTED)) == (0, 600, 100, 700, 700)
	assert of(rows, "Ann", EXPECTED, within=label(1)) == (500, 100, 600, 600)
	assert of(rows, "Bob", EXPECTED, within=label(1)) == (100, 0, 100, 100)
	assert of(rows, label(0), ("low", "high", "method")) == (1325, 500 + 1100 * 1.5, "Model of past deals")
	for name in ("Total", f"{label(-1)}, said as it began", f"{label(-1)}, said too much by"):
		assert (rows[None, name]["low"], rows[None, name]["high"]) == (None, None)
	assert rows[label(0), "Ann"]["low"] is None
	assert f"The forecast of {label(0)} is by: Model of past deals." in message
	assert "Decided deals to learn from: 40, 15 of them won." in message
	assert summary[f"Forecast {label(0)}, Low to High"] == "€ 1,325 – € 2,150"
	assert {dataset["name"]: dataset["values"][:2] for dataset in chart["data"]["datasets"]} == {
		"Closed": [500, 0],
		"From Open Deals": [1000, 600],
		"Not There Yet": [100, 100],
		"Low": [1325, 525],
		"Forecast": [1600, 700],
		"High": [2150, 1050],
	}


def test_a_total_is_unknown_where_a_month_is(night):
	assert of(run()[1], "Total", ("closed", *EXPECTED)) == (500, None, None, None, None)
	assert of(run(to_date=month(1))[1], "Total", ("closed", *EXPECTED)) == (500, 1600, 200, 2300, 2300)


def test_deals_that_were_opened_since_the_night_are_named(night, deals):
	_columns, rows, message, *_rest = run()
	assert "Not There Yet until the next: 4 deals." in message
	assert of(rows, label(0), ("open_deals",)) == (1000,)


def test_quarters_are_made_of_the_same_chances(deals):
	quarter = period(0, PeriodKind.QUARTER)
	model = fitted([expected(quarter)])
	scored(deals["sure"], model, 50, 60, 70, 75, 80, 85)
	left = quarter.last.month - getdate().month
	rows = run(period="Quarter")[1]
	assert of(rows, quarter.label, ("open_deals",)) == (2000 * (50, 60, 70)[left] / 100,)


def test_the_headline_may_be_another_method(deals):
	fitted([expected(period(0), method="last_period", value=500.0)])
	_columns, rows, message, *_rest = run()
	assert of(rows, label(0), ("model", "forecast")) == (600, 1000)
	assert "is by: As the period before." in message


def test_too_little_history_gives_no_range_and_says_what_is_missing(deals):
	fitted([expected(period(0), low=None, high=None)], missing=[("won_deals", 3, 10)])
	_columns, rows, message, chart, summary = run()
	assert of(rows, label(0), ("forecast", "low", "high")) == (600, None, None)
	assert "there is too little history: won deals: 3 of 10" in message
	assert [dataset["name"] for dataset in chart["data"]["datasets"]][-1] == "Not There Yet"
	assert f"Forecast {label(0)}, Low to High" not in summary


def test_some_deals_have_their_share_of_what_is_not_there_yet(night):
	won(month(-1), 1500, owner=BOB)
	rows = run(deal_owner=ANN)[1]
	assert of(rows, label(0), ("closed", "new_deals")) == (500, 25)
	wide, narrow = (run(**filters)[1][None, label(0)] for filters in ({"deal_owner": ANN}, {}))
	to_come = wide["forecast"] - wide["closed"]
	assert (wide["low"] - wide["closed"]) / to_come == pytest.approx(0.5)
	assert (narrow["low"] - narrow["closed"]) / (narrow["forecast"] - narrow["closed"]) == pytest.approx(0.75)


def test_what_was_won_long_ago_gives_no_share(night):
	won(month(-13), 9000, owner=BOB)
	assert of(run(deal_owner=ANN)[1], label(0), ("new_deals",)) == (100,)


def test_an_outlook_of_a_month_ago_still_says_what_it_can(deals):
	before = getdate(add_months(getdate(), -1))
	model = fitted([expected(period(0), first=month(0))], origin=before)
	scored(deals["sure"], model, 10, 60)
	left = (month(1) - getdate()).days / (month(1) - month(0)).days
	rows = run()[1]
	assert of(rows, label(0), ("open_deals",)) == (1000,)
	assert of(rows, label(0), ("new_deals",)) == pytest.approx((100 * left,))


# What people say


def say(owner, amount, by=None, ahead=0, **fields):
	with factories.acting(by or owner):
		return frappe.get_doc(
			{
				"doctype": "Forecast Adjustment",
				"company": factories.COMPANY,
				"period": "Month",
				"from_date": month(ahead),
				"deal_owner": owner,
				"amount": amount,
				"reason": "They told me on the phone",
				**fields,
			}
		).insert()


def test_the_newest_that_each_says_is_beside_the_figures(deals):
	factories.user("boss@pipeline-test.example", "Sales Manager")
	silent = run()[1]
	say(ANN, 900)
	say(ANN, 1100)
	say(BOB, 50)
	say(ANN, 800, by="boss@pipeline-test.example")
	say(ANN, 7, ahead=1)
	rows = run()[1]
	assert of(rows, label(0), ("owner_says", "manager_says")) == (1150, 800)
	assert of(rows, "Ann", ("owner_says", "manager_says"), within=label(0)) == (1100, 800)
	assert of(rows, "Bob", ("owner_says", "manager_says"), within=label(0)) == (50, None)
	assert of(rows, "Total", ("owner_says", "manager_says")) == (1157, 800)
	assert of(rows, label(0), SIMPLE) == of(silent, label(0), SIMPLE)
	assert of(silent, label(0), ("owner_says", "manager_says")) == (None, None)


def test_what_is_said_of_one_pipeline(deals):
	say(ANN, 300, pipeline=pipelines.NAME)
	assert of(run()[1], label(0), ("owner_says",)) == (300,)
	say(ANN, 700)
	assert of(run()[1], label(0), ("owner_says",)) == (700,)
	assert of(run(pipeline=pipelines.NAME)[1], label(0), ("owner_says",)) == (300,)


def test_nobody_says_anything_of_a_territory(deals):
	say(ANN, 300)
	_columns, rows, message, *_rest = run(territory="All Territories")
	assert of(rows, label(0), ("owner_says",)) == (None,)
	assert "Nobody says what deals of a territory" in message


# The last period


@pytest.fixture
def last_month():
	"""Two deals that were to close in the last month as it began: one was won then, one lost."""
	earlier = month(-3)
	for outcome in ("Won", "Lost"):
		made = decided_deals.made(
			earlier,
			sales_stage="Negotiation/Review",
			opportunity_amount=1000,
			expected_closing=month(-1),
			opportunity_owner=ANN,
		)
		decided_deals.to(outcome, made, month(-1))


def hindsight(rows, what, fields):
	return of(rows, f"{label(-1)}, {what}", fields)


def test_what_the_views_said_of_the_last_month_and_by_how_much(last_month):
	rows = run()[1]
	assert hindsight(rows, "said as it began", ("closed", *SIMPLE[1:])) == (1000, 1700, 2000, 2000, 2000)
	assert hindsight(rows, "said too much by", ("weighted", "commit", "pipeline")) == (700, 1000, 1000)


def test_only_what_was_known_as_it_began_counts(last_month):
	late = decided_deals.made(
		month(-1), sales_stage="Negotiation/Review", opportunity_amount=64, expected_closing=month(-1)
	)
	moved_in = decided_deals.made(
		month(-3), sales_stage="Negotiation/Review", opportunity_amount=128, expected_closing=month(3)
	)
	with decided_deals.on(month(-1)):
		frappe.get_doc("Opportunity", moved_in.name).update({"expected_closing": month(-1)}).save()
	moved_out = decided_deals.made(
		month(-3), sales_stage="Negotiation/Review", opportunity_amount=256, expected_closing=month(-1)
	)
	with decided_deals.on(getdate(month(-1) - timedelta(days=1))):
		frappe.get_doc("Opportunity", moved_out.name).update({"expected_closing": month(3)}).save()
	assert late.name
	assert hindsight(run()[1], "said as it began", ("pipeline",)) == (2000,)


def test_what_people_said_up_to_its_first_day(last_month):
	for said_on, amount in ((month(-1), 700), (month(-1) + timedelta(days=1), 9)):
		said = say(ANN, amount)
		first, last = month(-1), month(0) - timedelta(days=1)
		frappe.db.set_value(
			said.doctype, said.name, {"from_date": first, "to_date": last, "creation": f"{said_on} 15:00:00"}
		)
	rows = run()[1]
	assert hindsight(rows, "said as it began", ("owner_says", "manager_says")) == (700, None)
	assert hindsight(rows, "said too much by", ("owner_says", "manager_says")) == (-300, None)


def test_what_the_model_would_have_said(last_month):
	fitted([expected(period(0))], months=[looked_back(month(-2), 1, 1), looked_back(month(-1), 1400, 1000)])
	rows = run()[1]
	fields = ("model", "forecast", "low", "high", "method")
	assert hindsight(rows, "said as it began", fields) == (1400, 1400, 1120, 1750, "Model of past deals")
	assert hindsight(rows, "said too much by", ("model", "forecast")) == (400, 400)


def test_what_a_model_of_that_night_did_say_goes_before(last_month):
	seen = expected(period(-1), first=month(-1), method="last_period", value=500.0)
	fitted([seen], origin=month(-1))
	fitted([expected(period(0))], months=[looked_back(month(-1), 1400, 1000)])
	rows = run()[1]
	fields = ("model", "forecast", "method")
	assert hindsight(rows, "said as it began", fields) == (400, 500, "As the period before")


def test_what_the_model_said_is_of_all_deals_only(last_month):
	fitted([expected(period(0))], months=[looked_back(month(-1), 1400, 1000)])
	_columns, rows, message, *_rest = run(deal_owner=ANN)
	assert hindsight(rows, "said as it began", ("forecast", "commit")) == (None, 2000)
	assert "of all deals together only" in message


# Filters and drill-down


def test_filters(deals):
	assert of(run(deal_owner=BOB)[1], "Total", ("pipeline",)) == (400,)
	assert of(run(from_date=month(1))[1], "Total", ("pipeline",)) == (400,)
	assert of(run(pipeline=pipelines.NAME)[1], "Total", ("pipeline",)) == (3900,)
	assert of(run(pipeline="No such pipeline")[1], "Total", ("pipeline",)) == (0,)


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"from_date": "2026-05-01", "to_date": "2026-04-01"}, "ends before it starts"),
		({"from_date": "soon"}, "not a date"),
		({"to_date": "2222-01-01"}, "Nothing is forecast beyond"),
		({"from_date": "1900-01-01"}, "more than 120 periods"),
		({"period": "Year"}, "none of: Month, Quarter"),
		({"deal_owner": {"a": 1}}, "Owner takes one value"),
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
	assert of(run(deal_owner=hostile)[1], "Total", ("pipeline",)) == (0,)


def listed(row, what, **filters):
	return behind({"company": factories.COMPANY, **filters}, {**row["figure"], "what": what}).counted


def test_the_deals_behind_each_figure_add_up_to_it(night, deals):
	for row in run()[1].values():
		for what in ("open_deals", *SIMPLE):
			if "figure" in row and row[what] is not None:
				assert sum(listed(row, what).values()) == pytest.approx(row[what]), (row["label"], what)


def test_which_deals_are_behind_a_figure(night, deals):
	rows = run()[1]
	name = {key: deal.name for key, deal in deals.items()}
	assert listed(rows[None, label(0)], "commit") == {name["won"]: 500, name["sure"]: 2000}
	assert listed(rows[label(1), "Bob"], "weighted") == {name["bobs"]: 100}
	assert listed(rows[None, label(1)], "open_deals") == {name["sure"]: 500, name["bobs"]: 100}
	assert listed(rows[label(1), "Ann"], "open_deals") == {name["sure"]: 500}


@pytest.mark.parametrize(
	"figure",
	[
		{},
		{"what": "model"},
		{"what": ["x"]},
		{"what": "closed", "owner": {}},
		{"what": "closed", "from_date": "x"},
	],
)
def test_a_figure_that_is_none_is_refused(deals, figure):
	with pytest.raises(frappe.ValidationError):
		behind({"company": factories.COMPANY}, figure)


def test_the_api_gives_the_same_figures(night):
	data = api.forecast({"company": factories.COMPANY, "to_date": month(1)})
	assert (data["currency"], data["period"], data["total"]["forecast"]) == ("EUR", "Month", 2300)
	first = data["lines"][0]
	assert (first["from_date"], first["low"], first["method"]) == (month(0), 1325, "model")
	assert [(each["owner"], each["open_deals"]) for each in data["lines"][1]["owners"]] == [
		(ANN, 500),
		(BOB, 100),
	]
	assert (data["undated"], data["overdue"]["amount"]) == ({"deals": 1, "amount": 700}, 300)
	assert api.forecast(frappe.as_json({"company": factories.COMPANY, "to_date": month(1)})) == data


# Who sees what


def test_who_is_held_to_a_territory_sees_no_totals_of_the_company(night, deals, as_user):
	for name in ("sure", "won"):
		frappe.db.set_value("Opportunity", deals[name].name, "territory", "Rest Of The World")
	won(month(-1), 1500, owner=BOB, territory="All Territories")
	with as_user(readers.held_to_territory("Rest Of The World")):
		_columns, rows, message, *_rest = run()
		assert of(rows, label(0), (*SIMPLE, *EXPECTED)) == (500, 2200, 2500, 2500, 2500, 1000, 25, 1525, 1525)
		assert of(rows, label(1), (*SIMPLE, "new_deals")) == (0, 0, 0, 0, 0, 25)
		assert "by the share" in message and "Decided deals" not in message
		assert set(listed(rows[None, "Total"], "pipeline")) == {deals["sure"].name, deals["won"].name}


def test_who_reads_their_own_sees_just_that(night, deals, as_user):
	user = readers.held_to_own()
	frappe.db.set_value("Opportunity", deals["bobs"].name, "owner", user, update_modified=False)
	with as_user(user):
		_columns, rows, *_rest = run()
		assert of(rows, label(1), (*SIMPLE, *EXPECTED)) == (0, 100, 0, 0, 400, 100, 0, 100, 100)
		assert of(rows, label(0), ("closed", "forecast")) == (0, 0)
		assert set(listed(rows[None, "Total"], "pipeline")) == {deals["bobs"].name}


def test_who_may_read_no_opportunity_gets_no_forecast(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run()


# Odd sites


def test_nothing_to_forecast():
	_columns, rows, _message, chart, summary = run()
	assert of(rows, "Total", SIMPLE) == (0,) * 5
	assert not any(any(dataset["values"]) for dataset in chart["data"]["datasets"])
	assert summary == {"Closed": 0, "Weighted by Stage": 0, "Commit": 0}


def test_forty_months_across_years():
	for back in (40, 27, 13):
		won(month(-back), 100 + back)
	_columns, rows, *_rest = run(from_date=month(-40), to_date=month(-1))
	assert [of(rows, label(-back), ("closed",)) for back in (40, 27, 13, 12)] == [
		(140,),
		(127,),
		(113,),
		(0,),
	]
	assert of(rows, "Total", SIMPLE) == (380,) * 5


def test_the_number_of_queries_does_not_grow_with_deals(night):
	def queries():
		run()
		return count_queries(run)

	few = queries()
	for ahead in range(6):
		scored(open_deal("Qualification", 100, month(ahead), owner=BOB), night, 10)
		won(month(-ahead), 100)
	assert queries() == few
