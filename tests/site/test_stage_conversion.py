"""Stage Conversion: who moved on, after how long, what is out of line, and cohorts, on a real site."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, now_datetime, nowdate

from pipeline_ext.api import deals_behind
from pipeline_ext.pipeline_ext.report.stage_conversion.stage_conversion import execute
from pipeline_ext.setup.pipeline_templates import consultative
from pipeline_ext.setup.templates import draft
from pipeline_ext.subjects import STAGE_VISIT
from tests.site import factories, pipelines, readers
from tests.site.decided_deals import at, ungated
from tests.site.measure import count_queries

FIRST, SECOND, THIRD = "Prospecting", "Qualification", "Needs Analysis"
COUNTS = ("left_forward", "lost", "back", "otherwise", "still_there")


@pytest.fixture(autouse=True)
def pipeline():
	return ungated()


def ago(days):
	"""Inside, it is so many days ago for the ledger."""
	return at(now_datetime() - timedelta(days=days))


def travelled(*steps, amount=1000, **fields):
	"""A deal that came to stages so many days ago: (stage, days) after (stage, days)."""
	(first, days), *rest = steps
	with ago(days):
		made_on = add_days(nowdate(), -int(days))
		deal = pipelines.deal(
			sales_stage=first, opportunity_amount=amount, transaction_date=made_on, **fields
		)
	for stage, days in rest:
		with ago(days):
			pipelines.move(deal, stage)
	return deal


def run(**filters):
	chosen = {
		"company": factories.COMPANY,
		"from_date": add_days(nowdate(), -90),
		"to_date": nowdate(),
		**filters,
	}
	_columns, data, message, chart, summary = execute(chosen)
	return data, message, chart, {card["label"]: card["value"] for card in summary}


def row_of(stage, **filters):
	return next(row for row in run(**filters)[0] if row["stage"] == stage)


def counts(row):
	return {name: row[name] for name in ("entered", *COUNTS) if row[name]}


def behind(figure, **filters):
	chosen = {"company": factories.COMPANY, "from_date": add_days(nowdate(), -90), **filters}
	found = deals_behind("Stage Conversion", chosen, figure)
	assert found["count"] == len(found["deals"])
	return {deal["name"]: deal["counted"] for deal in found["deals"]}


@pytest.fixture
def deals():
	return {
		"forward": travelled((FIRST, 60), (SECOND, 50)),
		"skipped": travelled((FIRST, 60), (THIRD, 40), amount=300),
		"won": travelled((FIRST, 60), ("Won", 30), amount=20),
		"lost": travelled((FIRST, 60), ("Lost", 55), amount=4),
		"back": travelled((FIRST, 60), (SECOND, 59), (FIRST, 9)),
		"there": travelled((FIRST, 60), amount=7),
	}


def test_the_figures(deals):
	data, _message, chart, _summary = run()
	assert [row["stage"] for row in data][:3] == [FIRST, SECOND, THIRD]
	first, second, third = data[:3]
	assert counts(first) == {"entered": 6, "left_forward": 3, "lost": 1, "still_there": 2}
	assert (first["won"], first["conversion"], first["conversion_of_all"]) == (1, 75, 50)
	assert (first["days"], first["most_days"]) == (15, 27)
	assert counts(second) == {"entered": 2, "back": 1, "still_there": 1}
	assert (second["conversion"], second["days"]) == (0, 50)
	assert counts(third) == {"entered": 1, "still_there": 1}
	assert (third["conversion"], third["days"]) == (None, None)
	assert [dataset["values"][0] for dataset in chart["data"]["datasets"]] == [3, 2, 0, 0, 1]
	assert all(row["entered"] == sum(row[name] for name in COUNTS) for row in data)


def test_the_deals_behind_each_count(deals):
	figure = {"pipeline": pipelines.NAME, "stage": FIRST}
	named = {name: deal.name for name, deal in deals.items()}
	assert behind({**figure, "what": "entered"}).keys() == set(named.values())
	assert behind({**figure, "what": "left_forward"}) == {
		named["forward"]: 1000,
		named["skipped"]: 300,
		named["won"]: 20,
	}
	assert behind({**figure, "what": "won"}) == {named["won"]: 20}
	assert behind({**figure, "what": "lost"}) == {named["lost"]: 4}
	assert behind({**figure, "what": "still_there"}) == {named["back"]: 1000, named["there"]: 7}
	assert behind({**figure, "stage": SECOND, "what": "back"}) == {named["back"]: 1000}
	assert behind({**figure, "stage": "No such stage", "what": "entered"}) == {}
	assert behind({**figure, "pipeline": None, "what": "entered"}) == {}


def test_every_count_is_that_of_the_deals_behind_it(deals):
	for row in run()[0]:
		for what in ("entered", "won", *COUNTS):
			assert len(behind({**row["figure"], "what": what})) == row[what]


def test_a_deal_that_came_back_counts_once_with_all_its_days():
	travelled((FIRST, 80), (SECOND, 70), (FIRST, 65), (SECOND, 40), ("Lost", 30))
	row = row_of(FIRST)
	assert counts(row) == {"entered": 1, "left_forward": 1}
	assert (row["days"], row["latest_days"]) == (35, 25)
	row = row_of(SECOND)
	assert counts(row) == {"entered": 1, "lost": 1}
	assert (row["days"], row["latest_days"]) == (15, 10)


def test_a_deal_belongs_to_the_period_in_which_it_first_came():
	travelled((FIRST, 200), (SECOND, 190), (FIRST, 50), (SECOND, 45))
	assert run()[0] == []
	row = row_of(FIRST, from_date=add_days(nowdate(), -300))
	assert (counts(row), row["days"], row["latest_days"]) == ({"entered": 1, "left_forward": 1}, 15, 5)


def test_the_period_before_is_seen_as_it_stood_just_as_long_afterwards():
	period = {"from_date": add_days(nowdate(), -29)}
	travelled((FIRST, 40), (SECOND, 35))
	travelled((FIRST, 40), (SECOND, 20))
	travelled((FIRST, 10), (SECOND, 5))
	row = row_of(FIRST, **period)
	assert (row["entered"], row["entered_change"]) == (1, -1)
	assert (row["days"], row["days_change"]) == (5, 0)
	assert row["conversion_change"] == 0
	before = {"from_date": add_days(nowdate(), -59), "to_date": add_days(nowdate(), -30)}
	assert counts(row_of(FIRST, **before)) == {"entered": 2, "left_forward": 2}


def test_days_of_visits_whose_length_nobody_knows_are_left_out():
	known, unknown = travelled((FIRST, 60), (SECOND, 50)), travelled((FIRST, 60), (SECOND, 30))
	assert row_of(FIRST)["days"] == 20
	visit = {"document_name": unknown.name, "stage": FIRST}
	ended_on = frappe.db.get_value(STAGE_VISIT, visit, "ended_on")
	at_once = {"began_on": ended_on, "first_began_on": ended_on, "seconds": 0}
	frappe.db.set_value(STAGE_VISIT, visit, at_once, update_modified=False)
	row = row_of(FIRST)
	assert (row["entered"], row["days"]) == (2, 10)
	travelled_since = travelled((SECOND, 5))
	frappe.db.set_value("Opportunity", travelled_since.name, "pe_stage_entered_on", None)
	_data, message, _chart, _summary = run()
	assert "nobody knows when, in no row: 1." in message
	assert known.name in behind({"pipeline": pipelines.NAME, "stage": FIRST, "what": "entered"})


def test_a_deal_that_changes_its_pipeline_leaves_the_stage_of_the_old_one():
	draft(consultative, "Pipeline Test Other", company=factories.COMPANY, priority=-1).publish()
	deal = travelled((FIRST, 60))
	with ago(50):
		fresh = frappe.get_doc("Opportunity", deal.name)
		fresh.pe_pipeline = "Pipeline Test Other"
		fresh.save()
	rows = {(row["pipeline"], row["stage"]): counts(row) for row in run()[0]}
	stage = frappe.db.get_value("Opportunity", deal.name, "sales_stage")
	assert rows[pipelines.NAME, FIRST] == {"entered": 1, "otherwise": 1}
	assert rows["Pipeline Test Other", stage] == {"entered": 1, "still_there": 1}
	assert {row["pipeline"] for row in run(pipeline=pipelines.NAME)[0]} == {pipelines.NAME}
	assert row_of(FIRST, pipeline=pipelines.NAME)["otherwise"] == 1


def test_a_deal_closed_where_it_stood_was_lost_there():
	deal = travelled((SECOND, 60))
	with ago(20):
		fresh = frappe.get_doc("Opportunity", deal.name)
		fresh.status = "Closed"
		fresh.save()
	assert frappe.db.get_value("Opportunity", deal.name, "sales_stage") == SECOND
	row = row_of(SECOND)
	assert (counts(row), row["days"]) == ({"entered": 1, "lost": 1}, 40)


def test_reopened_deals_do_not_leave_a_lost_stage():
	travelled((FIRST, 60), ("Lost", 50), (FIRST, 40), (SECOND, 30))
	data = run()[0]
	assert "Lost" not in [row["stage"] for row in data]
	assert counts(data[0]) == {"entered": 1, "left_forward": 1}
	assert (data[0]["days"], data[0]["latest_days"]) == (20, 10)


def test_stages_that_the_pipeline_has_no_more_come_last(pipeline):
	travelled((FIRST, 60), (SECOND, 50))
	pipeline.reload()
	for rows in ("stages", "criteria"):
		pipeline.set(rows, [row for row in pipeline.get(rows) if row.stage != SECOND])
	pipeline.save()
	pipeline.publish()
	travelled((FIRST, 20))
	stages = [row["stage"] for row in run()[0]]
	assert (stages[0], stages[-1]) == (FIRST, SECOND)
	assert counts(row_of(SECOND)) == {"entered": 1, "still_there": 1}


def test_foreign_amounts_count_in_company_currency():
	deal = travelled((FIRST, 60), currency=factories.FOREIGN_CURRENCY)
	found = behind({"pipeline": pipelines.NAME, "stage": FIRST, "what": "entered"})
	assert found == {deal.name: 1000 * factories.EXCHANGE_RATE}


# Against a second way to count


def walk(deal):
	"""The stages of a deal and when it came there, by its ledger."""
	stops, stage = [], None
	for entry in pipelines.ledger(deal):
		if entry.stage != stage:
			stops.append((entry.stage, get_datetime(entry.posted_on)))
			stage = entry.stage
	return stops


def test_the_same_by_walking_through_every_ledger(deals):
	travelled((FIRST, 80), (SECOND, 70.5), (FIRST, 65), (SECOND, 40.2), ("Lost", 30))
	travelled((FIRST, 33), ("Lost", 31), (FIRST, 12), (THIRD, 4.5))
	entered, days = Counter(), defaultdict(list)
	for name in frappe.get_all("Opportunity", {"company": factories.COMPANY}, pluck="name"):
		stops = walk(frappe._dict(name=name))
		stays = defaultdict(list)
		for (stage, came), after in zip(stops, [*stops[1:], None], strict=True):
			stays[stage].append((came, after and after[1]))
		for stage, visits in stays.items():
			if visits[0][0].date() >= add_days(getdate(), -90):
				entered[stage] += 1
				if visits[-1][1]:
					days[stage].append(
						round(sum((out - into) / timedelta(days=1) for into, out in visits), 1)
					)
	for row in run()[0]:
		assert row["entered"] == entered[row["stage"]]
		left = sorted(days[row["stage"]])
		assert row["entered"] - row["still_there"] == len(left)
		if left:
			middle = (left[(len(left) - 1) // 2] + left[len(left) // 2]) / 2
			assert row["days"] == pytest.approx(middle, abs=0.051)


# Out of line


def test_bottlenecks_are_named_with_what_they_cost():
	for _deal in range(10):
		travelled((FIRST, 60), amount=100)
	travelled((FIRST, 60), (SECOND, 55))
	data, message, _chart, summary = run()
	limit = data[0]["longest_stay"]
	assert data[0]["out_of_line"] == "Dwell"
	assert f"<b>{FIRST}</b>: 10 of 11 deals stayed longer than the {limit} days allowed." in message
	assert "1,000.00" in message
	assert (summary["Stages Out of Line"], summary[f"{FIRST} Costs Most"]) == (1, 1000)


def test_a_fallen_conversion_is_named():
	period = {"from_date": add_days(nowdate(), -29)}
	for _deal in range(10):
		travelled((FIRST, 40), (SECOND, 35))
		travelled((FIRST, 20), ("Lost", 15), amount=50)
	data, message, _chart, summary = run(**period)
	assert (data[0]["conversion"], data[0]["conversion_change"], data[0]["out_of_line"]) == (
		0,
		-100,
		"Conversion",
	)
	assert (
		f"<b>{FIRST}</b>: 0 % of the 10 deals that left moved on, 100 % of 10 in the period before."
		in message
	)
	assert "about 10 deals fewer" in message
	assert summary[f"{FIRST} Costs Most"] == 500


def test_few_deals_are_not_compared(deals):
	data, message, _chart, summary = run()
	assert {row["out_of_line"] for row in data} == {""}
	assert summary["Stages Out of Line"] == 0
	assert "fewer than 10 deals left in one of the periods: Prospecting, Qualification" in message


# By month of creation


def test_cohorts_by_month():
	travelled((FIRST, 60), (SECOND, 59), (THIRD, 58), (FIRST, 57))
	travelled((FIRST, 60), (THIRD, 58), ("Lost", 50))
	travelled((FIRST, 60), ("Won", 58), amount=400)
	travelled((FIRST, 60))
	data, _message, chart, summary = run(group_by="Month of Creation")
	month, total = data
	assert [month[f"reached_{index}"] for index in range(4)] == [100, 75, 75, 25]
	assert [month[name] for name in ("deals", "won", "lost", "open", "amount")] == [4, 1, 1, 2, 3400]
	assert {**month, "month": "All", "bold": True, "figure": total["figure"]} == total
	assert [dataset["values"] for dataset in chart["data"]["datasets"]] == [[1], [2], [1]]
	assert summary == {"Deals": 4, "Won": 1, "Lost": 1, "Open": 2}


def test_the_deals_behind_a_cohort():
	came = travelled((FIRST, 60), (SECOND, 59))
	won = travelled((FIRST, 60), ("Won", 58), amount=400)
	first = travelled((FIRST, 60))
	later = travelled((FIRST, 1))
	by_month = {"group_by": "Month of Creation"}
	month, *_rest, total = run(**by_month)[0]
	assert behind({**month["figure"], "what": f"reached:{SECOND}"}, **by_month) == {
		came.name: 1000,
		won.name: 400,
	}
	assert behind({**month["figure"], "what": "won"}, **by_month) == {won.name: 400}
	assert behind({**total["figure"], "what": "open"}, **by_month).keys() == {
		came.name,
		first.name,
		later.name,
	}
	assert len(behind({**total["figure"], "what": "deals"}, **by_month)) == total["deals"] == 4


def test_a_deal_on_no_pipeline_is_in_a_cohort_of_its_own():
	deal = travelled((FIRST, 60))
	pipelines.forget(deal)
	frappe.db.set_value("Opportunity", deal.name, {"pe_pipeline": None, "sales_stage": None})
	month, _total = run(group_by="Month of Creation")[0]
	assert (month["pipeline"], month["deals"], month["open"]) == (None, 1, 1)
	assert behind({**month["figure"], "what": "deals"}, group_by="Month of Creation") == {deal.name: 1000}


def test_many_months():
	for months in (39, 20, 0):
		travelled((FIRST, months * 30.5 + 1))
	data, _message, _chart, summary = run(
		group_by="Month of Creation", from_date=add_days(nowdate(), -40 * 31)
	)
	assert (len(data), summary["Deals"]) == (4, 3)
	assert counts(row_of(FIRST, from_date=add_days(nowdate(), -40 * 31))) == {"entered": 3, "still_there": 3}


# What it costs, who may see what, and what makes no sense


def test_the_number_of_queries_does_not_grow_with_deals(deals):
	def queries(**filters):
		run(**filters)
		return count_queries(lambda: run(**filters))

	few = queries(), queries(group_by="Month of Creation")
	for days in range(6):
		travelled((FIRST, 60 + days), (SECOND, 50), (FIRST, 40), (THIRD, 10 + days))
	assert (queries(), queries(group_by="Month of Creation")) == few


def test_readers_see_figures_of_their_deals(as_user):
	theirs = travelled((FIRST, 60), (SECOND, 50), amount=5)
	travelled((FIRST, 60), (SECOND, 50), (FIRST, 45))
	frappe.db.set_value(
		"Opportunity", theirs.name, {"owner": readers.OWN_ONLY, "territory": "Rest Of The World"}
	)
	figure = {"pipeline": pipelines.NAME, "stage": FIRST, "what": "entered"}
	by_month = {"group_by": "Month of Creation"}
	for reader in (readers.held_to_own(), readers.held_to_territory("Rest Of The World")):
		with as_user(reader):
			assert counts(row_of(FIRST)) == {"entered": 1, "left_forward": 1}
			assert behind(figure) == {theirs.name: 5}
			total = run(**by_month)[0][-1]
			assert total["deals"] == 1
			assert behind({**total["figure"], "what": "deals"}, **by_month) == {theirs.name: 5}
	assert len(behind(figure)) == 2


def test_who_may_read_no_deal_gets_no_report(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")):
		with pytest.raises(frappe.PermissionError):
			run()
		with pytest.raises(frappe.PermissionError):
			behind({"pipeline": pipelines.NAME, "stage": FIRST, "what": "entered"})


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"from_date": "2026-02-01", "to_date": "2026-01-01"}, "ends before it starts"),
		({"from_date": "yesterday's"}, "is not a date"),
		({"group_by": "Moon"}, "Moon.*is none of: Stage, Month of Creation"),
		({"group_by": ["Stage"]}, "Group By takes one value"),
		({"pipeline": {"name": "x"}}, "Pipeline takes one value"),
		({"company": "No such company"}, "There is no company"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


@pytest.mark.parametrize(
	("figure", "group_by"),
	[
		({}, "Stage"),
		({"what": "won't"}, "Stage"),
		({"what": ["won"]}, "Stage"),
		({"what": "deals"}, "Stage"),
		({"what": "entered"}, "Month of Creation"),
		({"what": "reached:Nowhere", "pipeline": pipelines.NAME}, "Month of Creation"),
		({"what": "won", "month": "soon"}, "Month of Creation"),
	],
)
def test_figures_that_the_report_does_not_have(figure, group_by):
	with pytest.raises(frappe.ValidationError, match=r"no such figure|takes one value|is not a date"):
		behind(figure, group_by=group_by)


def test_hostile_names_find_nothing(deals):
	assert run(pipeline="'; DROP TABLE x; --")[0] == []
	assert run(territory="%", source="' OR 1=1")[0] == []
	assert behind({"pipeline": pipelines.NAME, "stage": "' OR '1'='1", "what": "entered"}) == {}


@pytest.mark.parametrize("group_by", ["Stage", "Month of Creation"])
def test_nothing_there(group_by):
	data, _message, chart, summary = run(group_by=group_by)
	assert (data, chart) == ([], None)
	assert set(summary.values()) == {0}


def test_one_deal():
	travelled((FIRST, 1))
	data, message, _chart, summary = run()
	assert counts(data[0]) == {"entered": 1, "still_there": 1}
	assert summary == {"Stages Out of Line": 0}
	assert "No stage is out of line" not in message


def test_a_period_that_is_over_or_to_come(deals):
	future = {"from_date": add_days(nowdate(), 5), "to_date": add_days(nowdate(), 9)}
	assert all(row["entered"] == 0 for row in run(**future)[0])
	assert counts(row_of(FIRST, to_date=add_days(nowdate(), -30)))["entered"] == 6
