"""Stage Aging: how long real deals are in their stages, against the limit and what is usual there."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, add_months, getdate, now_datetime, nowdate

from pipeline_ext.pipeline_ext.report.stage_aging.stage_aging import execute
from pipeline_ext.setup.pipeline_templates import aida
from pipeline_ext.setup.templates import draft
from tests.site import factories, pipelines
from tests.site.measure import count_queries

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"


@pytest.fixture(autouse=True)
def pipeline():
	"""One that lets every move through, so that deals are where a test wants them."""
	for email in (ANN, BOB):
		factories.user(email, "Sales User")
	pipeline = pipelines.enforced()
	pipeline.db_set("mode", "Off")
	pipeline.on_update()
	return pipeline


def aged(stage, days, amount=1000, owner=ANN, **fields):
	"""A deal that has been in its stage for so many days."""
	made = pipelines.deal(sales_stage=stage, opportunity_amount=amount, opportunity_owner=owner, **fields)
	return since(made, days)


def since(made, days):
	frappe.db.set_value(
		"Opportunity",
		made.name,
		"pe_stage_entered_on",
		add_days(now_datetime(), -days),
		update_modified=False,
	)
	return made


def left(stage, days, to="Qualification"):
	"""A deal that left a stage after so many days, and is won since."""
	made = aged(stage, days)
	pipelines.move(made, to)
	pipelines.move(made, "Won")
	return made


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def figures(data):
	return [
		(
			row["document"],
			round(row["days"], 1),
			row["longest"],
			row["days_over"] and round(row["days_over"], 1),
		)
		for row in data
	]


@pytest.fixture
def deals():
	over = aged("Negotiation/Review", 25, 500)
	further = aged("Prospecting", 30.5, 1000)
	within = aged("Qualification", 10, 2000, owner=BOB)
	pipelines.move(aged("Prospecting", 50), "Won")
	pipelines.move(aged("Prospecting", 50), "Lost")
	return further, over, within


def test_the_figures(deals):
	further, over, within = deals
	_columns, data, _message, chart, summary = run()
	assert figures(data) == [
		(further.name, 30.5, 21, 9.5),
		(over.name, 25, 21, 4),
		(within.name, 10, 30, None),
	]
	assert [(row["stage"], row["deal_owner"], row["amount"], row["currency"]) for row in data] == [
		("Prospecting", ANN, 1000, "EUR"),
		("Negotiation/Review", ANN, 500, "EUR"),
		("Qualification", BOB, 2000, "EUR"),
	]
	assert summary == {
		"Open Deals": 3,
		"Stalled Deals": 2,
		"Amount Stalled": 1500,
		"Most Days in a Stage": 30,
	}
	assert chart["data"]["labels"][1:4] == ["8–14 days (1)", "15–30 days (1)", "31–60 days (1)"]
	within_limit, stalled = (dataset["values"] for dataset in chart["data"]["datasets"])
	assert within_limit == [0, 2000, 0, 0, 0, 0]
	assert stalled == [0, 0, 500, 1000, 0, 0]


def test_filters(deals):
	further, over, within = (deal.name for deal in deals)

	def found(**filters):
		return [row["document"] for row in run(**filters)[1]]

	assert found(only_stalled=1) == [further, over]
	assert found(stage="Qualification") == [within]
	assert found(deal_owner=BOB) == [within]
	assert found(pipeline=pipelines.NAME) == [further, over, within]
	assert found(pipeline="No such pipeline") == []
	frappe.db.set_value("Opportunity", over, "territory", "Rest Of The World")
	frappe.db.set_value("Opportunity", within, "territory", "All Territories")
	assert found(territory="Rest Of The World") == [over]
	assert set(found(territory="All Territories")) >= {over, within}


def test_totals_stay_when_only_stalled_deals_are_listed(deals):
	_columns, data, _message, _chart, summary = run(only_stalled=1)
	assert (len(data), summary["Open Deals"], summary["Stalled Deals"]) == (2, 3, 2)


def test_the_usual_stay_is_the_median_of_those_that_left():
	for days in (2, 4, 6, 8):
		left("Prospecting", days)
	aged("Prospecting", 3)
	assert run()[1][0]["usual"] is None
	left("Prospecting", 100)
	row = run()[1][0]
	assert (row["usual"], round(row["nine_in_ten"], 1), row["measured_on"]) == (6, 63.2, 5)


def test_what_does_not_count_as_a_usual_stay():
	for days in (2, 4, 6, 8, 10):
		left("Prospecting", days)
	aged("Prospecting", 3)

	def measured(**changed):
		"""How many stays are measured, one of them changed, as only a test may."""
		stay = frappe.get_all(
			"Pipeline Stage Visit", {"stage": "Prospecting", "company": factories.COMPANY}, limit=1
		)[0].name
		frappe.db.savepoint("one")
		frappe.db.set_value("Pipeline Stage Visit", stay, changed, update_modified=False)
		row = run()[1][0]
		frappe.db.rollback(save_point="one")
		return row["measured_on"]

	assert measured(outcome="Won") == 5
	assert measured(ended_on=add_months(now_datetime(), -13)) is None
	assert measured(move="Version") is None
	assert measured(move="Pipeline") is None
	assert measured(seconds=0) is None
	assert measured(pipeline="Another") is None
	assert measured(company="Another") is None


def test_the_limit_is_that_of_the_deals_own_version(pipeline):
	old = aged("Prospecting", 25)
	pipeline.reload()
	next(row for row in pipeline.stages if row.stage == "Prospecting").longest_stay = 5
	pipeline.save()
	pipeline.publish()
	new = aged("Prospecting", 25)
	assert {row["document"]: row["longest"] for row in run()[1]} == {old.name: 21, new.name: 5}


def test_a_stage_without_limit_stalls_nobody(pipeline):
	pipeline.reload()
	next(row for row in pipeline.stages if row.stage == "Prospecting").longest_stay = 0
	pipeline.save()
	pipeline.publish()
	aged("Prospecting", 400)
	_columns, data, _message, _chart, summary = run()
	assert (data[0]["longest"], data[0]["days_over"], summary["Stalled Deals"]) == (None, None, 0)


def test_a_deal_of_which_nobody_knows_since_when_comes_last_and_is_named():
	known = aged("Prospecting", 1)
	unknown = aged("Prospecting", 1)
	frappe.db.set_value("Opportunity", unknown.name, "pe_stage_entered_on", None)
	_columns, data, message, chart, _summary = run()
	assert [row["document"] for row in data] == [known.name, unknown.name]
	assert data[1]["days"] is None
	assert "nobody knows when: 1." in message
	assert sum(chart["data"]["datasets"][0]["values"]) == 1000


def test_foreign_and_unconverted_amounts_are_in_company_currency():
	aged("Prospecting", 30, 1000, currency=factories.FOREIGN_CURRENCY)
	unconverted = aged("Prospecting", 25, 300)
	frappe.db.set_value("Opportunity", unconverted.name, "base_opportunity_amount", 0)
	assert [row["amount"] for row in run()[1]] == [1000 * factories.EXCHANGE_RATE, 300]


def task(made, what, due, status="Open"):
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"reference_type": made.doctype,
			"reference_name": made.name,
			"description": f"<p>{what}</p>",
			"status": status,
			"allocated_to": ANN,
		}
	).insert()
	todo.db_set("date", due)


def meeting(made, what, starts_on):
	frappe.get_doc(
		{
			"doctype": "Event",
			"subject": what,
			"starts_on": starts_on,
			"event_type": "Private",
			"event_participants": [{"reference_doctype": made.doctype, "reference_docname": made.name}],
		}
	).insert()


def test_the_next_step_is_what_is_due_first():
	met, called, idle, someday = (aged("Prospecting", days) for days in (40, 39, 38, 37))
	task(met, "Send terms", add_days(nowdate(), 5))
	meeting(met, "Demo", add_days(now_datetime(), 2))
	meeting(met, "Kick-off, long past", add_days(now_datetime(), -2))
	task(called, "Call back", add_days(nowdate(), -1))
	task(called, "Send a card", None)
	task(called, "Done already", add_days(nowdate(), -9), status="Closed")
	task(someday, "Some day", None)
	steps = {row["document"]: (row["next_step"], row["next_step_on"]) for row in run()[1]}
	assert steps == {
		met.name: ("Demo", add_days(getdate(), 2)),
		called.name: ("Call back", add_days(getdate(), -1)),
		idle.name: (None, None),
		someday.name: ("Some day", None),
	}


def test_leads_have_no_amounts():
	draft(aida, "Pipeline Test AIDA", company=factories.COMPANY, priority=99).publish()
	lead = factories.lead(lead_owner=BOB)
	stage = lead.pe_lead_stage
	limit = next(row["longest_stay"] for row in aida.STAGES if row["stage"] == stage)
	frappe.db.set_value(
		"Lead",
		lead.name,
		"pe_lead_stage_entered_on",
		add_days(now_datetime(), -limit - 3),
		update_modified=False,
	)
	columns, data, _message, chart, summary = run(document_type="Lead", deal_owner=BOB)
	assert "amount" not in [column["fieldname"] for column in columns]
	assert [(row["document"], row["stage"], round(row["days_over"])) for row in data] == [
		(lead.name, stage, 3)
	]
	assert summary == {"Open Deals": 1, "Stalled Deals": 1, "Most Days in a Stage": limit + 3}
	assert sum(chart["data"]["datasets"][1]["values"]) == 1


def test_the_number_of_queries_does_not_grow_with_deals():
	def queries():
		run()
		return count_queries(run)

	for _deal in range(2):
		task(aged("Prospecting", 30), "Call", nowdate())
	few = queries()
	for days in range(12):
		made = aged("Qualification" if days % 2 else "Prospecting", days)
		task(made, "Call", nowdate())
		meeting(made, "Meet", add_days(now_datetime(), 1))
		left("Prospecting", days)
	assert len(run()[1]) == 14
	assert queries() == few


def test_only_deals_that_a_user_may_read(deals, as_user):
	within = deals[2]
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": BOB,
			"allow": "Opportunity",
			"for_value": within.name,
			"apply_to_all_doctypes": 1,
		}
	).insert()
	with as_user(BOB):
		_columns, data, _message, _chart, summary = run()
		assert [row["document"] for row in data] == [within.name]
		assert (summary["Open Deals"], summary["Amount Stalled"]) == (1, 0)
	with as_user(ANN):
		assert run()[4]["Open Deals"] == 3


def test_a_sales_user_runs_it_from_the_desk(deals, as_user):
	with as_user(ANN):
		result = query_report.run(
			"Stage Aging", {"company": factories.COMPANY, "document_type": "Opportunity"}
		)
	assert [row["document"] for row in result["result"]] == [deal.name for deal in deals]


def test_who_may_read_no_deal_gets_no_report(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		run()


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"document_type": "Quotation"}, "No pipeline governs"),
		({"company": "No such company"}, "There is no company"),
		({"stage": ["x"]}, "Stage takes one value"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


def test_nothing_open():
	_columns, data, _message, chart, summary = run()
	assert (data, chart, summary["Open Deals"], summary["Most Days in a Stage"]) == ([], None, 0, 0)
