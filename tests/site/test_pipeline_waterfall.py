"""Pipeline Waterfall: real deals with a past, the bars they are in, and that it balances to the cent."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import pairwise
from random import Random

import frappe
import pytest
from frappe.desk import query_report
from frappe.utils import add_days, flt, getdate

from pipeline_ext.api import deals_behind
from pipeline_ext.domain.ledger import state_at
from pipeline_ext.history.chains import chains_of
from pipeline_ext.pipeline_ext.report.pipeline_waterfall.pipeline_waterfall import execute
from pipeline_ext.reports.deal_filters import DealFilters, source_field
from pipeline_ext.reports.decisions import decided
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft
from tests.site import approvals, decided_deals, factories, pipelines, readers
from tests.site.measure import count_queries

ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"
BEFORE, FIRST, DURING, LAST, AFTER = (
	date(2030, 3, 1),
	date(2030, 4, 1),
	date(2030, 5, 15),
	date(2030, 6, 30),
	date(2030, 7, 1),
)
PERIOD = {"from_date": str(FIRST), "to_date": str(LAST), "close_from": str(FIRST), "close_to": str(LAST)}


@pytest.fixture(autouse=True)
def pipeline():
	"""One that lets every move through, so that deals are where a test wants them."""
	for email in (ANN, BOB):
		factories.user(email, "Sales User")
	return decided_deals.ungated()


def deal(amount=100, on=BEFORE, close=DURING, **fields):
	"""A deal made on a day."""
	then(on)
	fields = {"opportunity_owner": ANN, "sales_stage": "Prospecting", **fields}
	return pipelines.deal(opportunity_amount=amount, expected_closing=close, **fields)


def then(on):
	"""What follows happens on that day, or at that instant."""
	frappe.flags.pe_posted_on = on if isinstance(on, datetime) else datetime.combine(on, time(10))


def change(made, on=DURING, **fields):
	then(on)
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.update(fields)
	return fresh.save()


def move(made, stage, on=DURING):
	return change(made, on, sales_stage=stage)


def run(**filters):
	columns, data, message, chart, summary = execute({"company": factories.COMPANY, **PERIOD, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def bars(**filters):
	"""Amount and deals of every bar that has any."""
	return {row["bar"]: (row["amount"], row["deals"]) for row in run(**filters)[1] if row["deals"]}


def behind(bar, **filters):
	"""The deals of a bar, with what each counts for."""
	return listed({"bar": bar, "what": "amount"}, **filters)


def listed(figure, **filters):
	found = deals_behind("Pipeline Waterfall", {"company": factories.COMPANY, **PERIOD, **filters}, figure)
	return {row["name"]: row["counted"] for row in found["deals"]}


def test_every_bar_and_the_deals_in_it():
	unchanged, grown, shrunk = deal(1000), deal(100), deal(90.55)
	change(grown, opportunity_amount=120.1)
	change(shrunk, opportunity_amount=70.25)
	new = deal(50, on=DURING)
	reopened = move(deal(40), "Lost", on=BEFORE)
	move(reopened, "Qualification")
	pulled, pushed = deal(30, close=AFTER), deal(20, close=BEFORE)
	change(pulled, expected_closing=DURING)
	change(pushed, expected_closing=DURING)
	won, lost = deal(300), deal(200)
	change(won, opportunity_amount=310)
	move(won, "Won")
	move(lost, "Lost")
	left_late, left_early = deal(15), deal(16)
	change(left_late, expected_closing=AFTER)
	change(left_early, expected_closing=BEFORE)
	assert bars() == {
		"Start": (1721.55, 7),
		"New": (50, 1),
		"Reopened": (40, 1),
		"Pulled In": (30, 1),
		"Pushed In": (20, 1),
		"Increased": (30.1, 2),
		"Decreased": (-20.3, 1),
		"Won": (-310, 1),
		"Lost": (-200, 1),
		"Pulled Out": (-16, 1),
		"Pushed Out": (-15, 1),
		"End": (1330.35, 7),
	}
	assert behind("Start") == {
		unchanged.name: 1000,
		grown.name: 100,
		shrunk.name: 90.55,
		won.name: 300,
		lost.name: 200,
		left_late.name: 15,
		left_early.name: 16,
	}
	assert behind("New") == {new.name: 50}
	assert behind("Reopened") == {reopened.name: 40}
	assert behind("Pulled In") == {pulled.name: 30}
	assert behind("Pushed In") == {pushed.name: 20}
	assert behind("Increased") == {grown.name: 20.1, won.name: 10}
	assert behind("Decreased") == {shrunk.name: -20.3}
	assert behind("Won") == {won.name: -310}
	assert behind("Lost") == {lost.name: -200}
	assert behind("Pulled Out") == {left_early.name: -16}
	assert behind("Pushed Out") == {left_late.name: -15}
	assert behind("End") == {
		unchanged.name: 1000,
		grown.name: 120.1,
		shrunk.name: 70.25,
		new.name: 50,
		reopened.name: 40,
		pulled.name: 30,
		pushed.name: 20,
	}


def test_start_net_new_won_and_lost_make_the_end():
	grown, won, lost = deal(100), deal(200.5), deal(300)
	change(grown, opportunity_amount=110)
	move(won, "Won")
	move(lost, "Lost")
	deal(7, on=DURING)
	assert run()[4] == {"Start": 600.5, "Net New": 17, "Won": 200.5, "Lost": 300, "End": 117}


def test_the_chart_stands_each_change_on_what_was_there_before():
	won = deal(300)
	deal(100)
	deal(50, on=DURING)
	move(won, "Won")
	chart = run()[3]
	labels = chart["data"]["labels"]
	floor, standing, added, gone = (dataset["values"] for dataset in chart["data"]["datasets"])
	assert labels == ["Start", "New", "Won", "End"]
	assert floor == [None, 400, 150, None]
	assert standing == [400, None, None, 150]
	assert added == [None, 50, None, None]
	assert gone == [None, None, 300, None]


def test_shares_are_of_the_start():
	deal(200)
	deal(50, on=DURING)
	shares = {row["bar"]: row["share"] for row in run()[1]}
	assert (shares["Start"], shares["New"], shares["Won"], shares["End"]) == (100, 25, 0, 125)


# Which instants and which window


def test_the_period_is_from_the_beginning_of_its_first_day_to_the_end_of_its_last():
	eve, dawn = datetime(2030, 3, 31, 23, 59, 59), datetime(2030, 4, 1)
	dusk, morrow = datetime(2030, 6, 30, 23, 59, 59, 999999), datetime(2030, 7, 1)
	before, first, last, after = (
		deal(amount, on) for amount, on in ((1, eve), (2, dawn), (4, dusk), (8, morrow))
	)
	assert behind("Start") == {before.name: 1}
	assert behind("New") == {first.name: 2, last.name: 4}
	assert after.name not in behind("End")


def test_the_window_holds_its_first_and_its_last_day():
	for amount, close in ((1, add_days(FIRST, -1)), (2, FIRST), (4, LAST), (8, AFTER), (16, None)):
		deal(amount, close=close)
	assert bars() == {"Start": (6, 2), "End": (6, 2)}
	assert bars(close_to=str(AFTER)) == {"Start": (14, 3), "End": (14, 3)}


def test_a_deal_that_gets_a_closing_date_is_pulled_in_and_one_that_loses_it_is_pushed_out():
	dated, undated = deal(10, close=None), deal(20)
	change(dated, expected_closing=DURING)
	change(undated, expected_closing=None)
	assert bars() == {"Start": (20, 1), "Pulled In": (10, 1), "Pushed Out": (-20, 1), "End": (10, 1)}
	assert "have no closing date: 1." in run()[2]


def test_what_is_undone_within_the_period_leaves_no_trace():
	made = deal(100)
	change(made, opportunity_amount=500, expected_closing=AFTER)
	move(made, "Lost")
	move(made, "Qualification")
	change(made, opportunity_amount=100, expected_closing=DURING)
	assert bars() == {"Start": (100, 1), "End": (100, 1)}


def test_a_deal_that_came_and_was_won_in_the_period_is_in_both_bars():
	made = deal(60, on=DURING)
	change(made, opportunity_amount=80)
	move(made, "Won")
	assert bars() == {"New": (80, 1), "Won": (-80, 1)}


def test_a_deal_that_was_won_reopened_and_won_again_is_won_again():
	made = move(deal(100), "Won", on=BEFORE)
	move(made, "Qualification")
	change(made, opportunity_amount=130)
	move(made, "Won")
	assert bars() == {"Reopened": (100, 1), "Increased": (30, 1), "Won": (-130, 1)}


def test_what_happens_later_changes_nothing():
	kept, grown = deal(100), deal(10)
	change(grown, opportunity_amount=20)
	was = bars()
	change(kept, AFTER, opportunity_amount=999, expected_closing=AFTER)
	move(grown, "Won", on=AFTER)
	deal(5, on=AFTER)
	assert bars() == was == {"Start": (110, 2), "Increased": (10, 1), "End": (120, 2)}


# Owners, teams, pipelines, companies


def test_a_deal_that_changes_hands_leaves_one_owner_for_the_other():
	made = deal(100)
	change(made, opportunity_owner=BOB, opportunity_amount=120)
	deal(7, opportunity_owner=BOB)
	assert bars() == {"Start": (107, 2), "Increased": (20, 1), "End": (127, 2)}
	assert bars(deal_owner=ANN) == {"Start": (100, 1), "Owner Out": (-100, 1)}
	assert bars(deal_owner=BOB) == {
		"Start": (7, 1),
		"Owner In": (100, 1),
		"Increased": (20, 1),
		"End": (127, 2),
	}
	assert behind("Owner In", deal_owner=BOB) == {made.name: 100}


def test_within_a_team_deals_may_change_hands():
	team = approvals.sales_person("Waterfall Team", None)
	for user in (ANN, BOB):
		approvals.sales_person(f"Waterfall {user}", approvals.employee(user), team)
	change(deal(100), opportunity_owner=BOB)
	change(deal(30), opportunity_owner="Administrator")
	assert bars(team=team) == {"Start": (130, 2), "Owner Out": (-30, 1), "End": (100, 1)}
	assert bars(team=f"Waterfall {ANN}") == {"Start": (130, 2), "Owner Out": (-130, 2)}
	assert bars(team=team, deal_owner=BOB) == {"Owner In": (100, 1), "End": (100, 1)}


def test_a_team_of_nobody_has_no_pipeline():
	team = approvals.sales_person("Nobody There", None)
	deal(100, opportunity_owner="")
	deal(10)
	assert bars(team=team) == {}


def test_a_deal_that_changes_its_pipeline_leaves_one_for_the_other():
	made = deal(100)
	other = draft(b2b, "Pipeline Test Other", mode="Off", company=factories.COMPANY, priority=99)
	other.publish()
	change(made, pe_pipeline=other.name)
	assert bars() == {"Start": (100, 1), "End": (100, 1)}
	assert bars(pipeline=pipelines.NAME) == {"Start": (100, 1), "Pipeline Out": (-100, 1)}
	assert bars(pipeline=other.name) == {"Pipeline In": (100, 1), "End": (100, 1)}


def recorded(made, sequence, **changed):
	"""Change an entry, as only a test may."""
	row = {"document_type": "Opportunity", "document_name": made.name, "sequence": sequence}
	frappe.db.set_value("Pipeline Ledger Entry", row, changed, update_modified=False)


def test_what_was_another_companys_counts_from_when_it_is_this_ones():
	came, went = deal(100), deal(30)
	change(came, opportunity_amount=110)
	change(went, opportunity_amount=40)
	recorded(came, 1, company="Another")
	recorded(went, 2, company="Another")
	assert bars() == {"Start": (30, 1), "New": (110, 1), "Pipeline Out": (-30, 1), "End": (110, 1)}


def test_deals_are_narrowed_by_what_they_are_now():
	here, there, theirs = deal(100), deal(30), deal(5)
	frappe.db.set_value("Opportunity", here.name, "territory", "Rest Of The World")
	frappe.db.set_value("Opportunity", there.name, source_field(), "Advertisement")
	frappe.db.set_value("Opportunity", theirs.name, "customer_group", "Government")
	assert behind("End", territory="Rest Of The World") == {here.name: 100}
	assert behind("End", source="Advertisement") == {there.name: 30}
	assert behind("End", customer_group="Government") == {theirs.name: 5}


def test_a_deleted_deal_is_in_no_bar():
	change(deal(100), opportunity_amount=120)
	for made in (deal(10), change(deal(20), opportunity_amount=30)):
		frappe.delete_doc("Opportunity", made.name)
	assert bars() == {"Start": (100, 1), "Increased": (20, 1), "End": (120, 1)}


# Currencies


def convert_at(rate):
	"""What a unit of the foreign currency is worth from now on."""
	pair = {"from_currency": factories.FOREIGN_CURRENCY, "to_currency": factories.CURRENCY}
	frappe.get_doc(
		doctype="Currency Exchange", **pair, date="2020-06-01", exchange_rate=rate, for_selling=1
	).insert()


def foreign(amount, **fields):
	return deal(amount, currency=factories.FOREIGN_CURRENCY, transaction_date="2020-05-01", **fields)


def test_what_an_exchange_rate_did_is_apart_from_what_the_deal_did():
	made, moved = foreign(1000), foreign(100, close=AFTER)
	convert_at(0.95)
	for each in (made, moved):
		change(each, transaction_date="2020-06-02")
	change(made, opportunity_amount=1100)
	change(moved, expected_closing=DURING)
	assert bars() == {
		"Start": (900, 1),
		"Pulled In": (90, 1),
		"Increased": (95, 1),
		"Currency": (55, 2),
		"End": (1140, 2),
	}
	assert behind("Currency") == {made.name: 50, moved.name: 5}


def test_a_rate_that_changed_outside_the_period_is_no_change():
	made = foreign(1000)
	convert_at(0.95)
	change(made, BEFORE, transaction_date="2020-06-02")
	change(made, AFTER, transaction_date="2020-05-02")
	assert bars() == {"Start": (950, 1), "End": (950, 1)}


def test_three_currencies_make_one_sum():
	deal(100)
	foreign(100)
	pair = {"from_currency": "GBP", "to_currency": factories.CURRENCY, "date": "2020-01-01"}
	frappe.get_doc(doctype="Currency Exchange", **pair, exchange_rate=1.2, for_selling=1).insert()
	deal(100, currency="GBP")
	assert bars() == {"Start": (310, 3), "End": (310, 3)}


@pytest.mark.parametrize(
	("fields", "changes"),
	[
		({"transaction_date": "2020-06-02"}, "exchange_rate, amount"),
		(
			{"transaction_date": "2020-06-02", "sales_stage": "Won"},
			"exchange_rate, stage, outcome, probability, forecast_category, amount",
		),
		({"transaction_date": "2020-06-02", "opportunity_amount": 1200}, "amount"),
		({"transaction_date": "2020-06-02", "currency": factories.CURRENCY}, "amount"),
		({"opportunity_amount": 1200}, "amount"),
		({"expected_closing": AFTER}, "expected_close"),
	],
)
def test_the_ledger_says_when_only_the_rate_changed(fields, changes):
	made = foreign(1000)
	convert_at(0.95)
	change(made, **fields)
	assert pipelines.ledger(made)[-1].changes == changes


def test_the_ledger_says_so_too_of_what_was_written_directly():
	made = foreign(1000)
	made.db_set("base_opportunity_amount", 800)
	made.db_set({"base_opportunity_amount": 960, "opportunity_amount": 1200})
	assert [entry.changes for entry in pipelines.ledger(made)[1:]] == ["exchange_rate, amount", "amount"]


# The matrix


def matrix(**filters):
	"""The columns' labels, and by label of a row its amounts."""
	columns, data, _message, _chart, _summary = run(view="Category Matrix", **filters)
	shown = [column for column in columns if not column.get("hidden")]
	rows = {row["came"]: [row.get(column["fieldname"]) for column in shown[1:]] for row in data}
	return [column["label"] for column in shown[1:]], rows


@pytest.fixture
def categories():
	"""Deals in several categories at the start and at the end."""
	kept = deal(1000)
	surer = deal(100)
	change(surer, opportunity_amount=120, pe_forecast_category="Commit")
	won = deal(90, pe_forecast_category="Commit")
	change(won, BEFORE, pe_forecast_category="Commit")
	change(won, opportunity_amount=80)
	move(won, "Won")
	gone = deal(30)
	change(gone, expected_closing=AFTER)
	new = deal(7, on=DURING)
	change(new, pe_forecast_category="")
	return kept, surer, won, gone, new


def test_the_matrix_of_categories(categories):
	labels, rows = matrix()
	assert labels == ["Pipeline", "Commit", "No Category", "Won", "Pushed Out", "Total"]
	assert rows == {
		"Pipeline": [1000, 100, None, None, 30, 1130],
		"Commit": [None, None, None, 90, None, 90],
		"New": [None, None, 7, None, None, 7],
		"Change of Amount": [None, 20, None, -10, None, 10],
		"Total": [1000, 120, 7, 80, 30, 1237],
	}


def test_the_matrix_and_the_waterfall_have_the_same_totals(categories):
	in_bars = bars()
	labels, rows = matrix()
	totals = dict(zip(labels, rows["Total"], strict=True))
	assert sum(totals[category] for category in ("Pipeline", "Commit", "No Category")) == in_bars["End"][0]
	assert (totals["Won"], totals["Pushed Out"]) == (-in_bars["Won"][0], -in_bars["Pushed Out"][0])
	assert rows["Pipeline"][-1] + rows["Commit"][-1] == in_bars["Start"][0]
	assert run(view="Category Matrix")[4] == run()[4]


def test_the_chart_of_the_matrix_sets_start_and_end_side_by_side(categories):
	chart = run(view="Category Matrix")[3]
	assert chart["data"]["labels"] == ["Pipeline", "Commit", "No Category"]
	assert [dataset["values"] for dataset in chart["data"]["datasets"]] == [[1130, 90, 0], [1000, 120, 7]]


def test_the_deals_behind_the_matrix(categories):
	kept, surer, won, gone, new = (made.name for made in categories)
	columns, data, _message, _chart, _summary = run(view="Category Matrix")
	figures = {column["label"]: column["figure"] for column in columns if column.get("figure")}
	rows = {row["came"]: row["figure"] for row in data}

	def cell(came, went):
		return listed({**rows[came], "what": figures[went]}, view="Category Matrix")

	assert cell("Pipeline", "Pipeline") == {kept: 1000}
	assert cell("Pipeline", "Commit") == {surer: 100}
	assert cell("Commit", "Won") == {won: 90}
	assert cell("New", "No Category") == {new: 7}
	assert cell("Pipeline", "Total") == {kept: 1000, surer: 100, gone: 30}
	assert cell("Total", "Commit") == {surer: 120}
	assert cell("Total", "Won") == {won: 80}
	assert sum(cell("Total", "Total").values()) == 1237
	assert rows["Change of Amount"] is None


# It balances, whatever happened


def wander(random, deals):
	"""Deals that anything happens to, from before the period until after it."""
	days = [date(2030, month, day) for month in range(1, 9) for day in (1, 11, 28)]
	closes = [None, BEFORE, FIRST, DURING, LAST, AFTER]
	changes = {
		"opportunity_amount": lambda: random.randrange(1, 10**6) / 100,
		"expected_closing": lambda: random.choice(closes),
		"opportunity_owner": lambda: random.choice([ANN, BOB, ""]),
		"sales_stage": lambda: random.choice(["Prospecting", "Qualification", "Won", "Lost"]),
		"pe_forecast_category": lambda: random.choice(["Pipeline", "Best Case", "Commit"]),
	}
	for _deal in range(deals):
		born, *later = sorted(random.sample(days, random.randrange(1, 7)))
		made = deal(random.randrange(1, 10**6) / 100, born, random.choice(closes))
		for on in later:
			field = random.choice([*changes])
			made = change(made, on, **{field: changes[field]()})


def counted(instant, owner):
	"""What was open in the window just before an instant, from the deals' chains, as (deals, amount)."""
	names = frappe.get_all("Opportunity", {"company": factories.COMPANY}, pluck="name")
	states = [state_at(chain.entries, instant) for chain in chains_of("Opportunity", names)]
	inside = [
		state
		for state in states
		if state
		and state.outcome == "Open"
		and state.expected_close
		and FIRST <= state.expected_close <= LAST
		and owner in (None, state.deal_owner)
	]
	return len(inside), flt(sum(state.amount for state in inside), 2)


@pytest.mark.parametrize("owner", [None, ANN])
@pytest.mark.parametrize("seed", range(3))
def test_it_balances_and_starts_and_ends_with_what_the_ledger_says(seed, owner):
	wander(Random(seed), 14)
	found = {row["bar"]: row for row in run(deal_owner=owner)[1]}
	for bar, instant in (("Start", datetime(2030, 3, 31, 23)), ("End", datetime(2030, 6, 30, 23))):
		deals, amount = counted(instant, owner)
		assert (found[bar]["deals"], found[bar]["amount"]) == (deals, amount)
	flows = sum(row["amount"] for bar, row in found.items() if bar not in ("Start", "End"))
	assert flt(found["Start"]["amount"] + flows, 2) == found["End"]["amount"]
	for bar, row in found.items():
		amounts = behind(bar, deal_owner=owner)
		assert (len(amounts), flt(sum(amounts.values()), 2)) == (row["deals"], row["amount"]), bar


def test_a_period_ends_with_what_the_next_one_starts_with():
	wander(Random(7), 14)
	days = [date(2029, 12, 1), *(date(2030, month, 15) for month in range(1, 10))]
	ends = []
	for first, last in pairwise(days):
		found = {row["bar"]: row for row in run(from_date=str(first), to_date=str(add_days(last, -1)))[1]}
		if ends:
			assert (found["Start"]["amount"], found["Start"]["deals"]) == ends[-1]
		ends.append((found["End"]["amount"], found["End"]["deals"]))
	assert len(set(ends)) > 3


def test_what_was_won_is_what_every_report_says():
	wander(Random(11), 14)
	decided_on = {
		row.name: row for row in decided(DealFilters.parse({"company": factories.COMPANY})).run(as_dict=True)
	}
	expected = {
		name: -row.amount
		for name, row in decided_on.items()
		if row.outcome == "Won" and FIRST <= getdate(row.decided_on) <= getdate("2030-12-31")
	}
	found = behind("Won", to_date="2030-12-31", close_from="2030-01-01", close_to="2030-12-31")
	undated = {name for name in expected if not frappe.db.get_value("Opportunity", name, "expected_closing")}
	assert found == {name: amount for name, amount in expected.items() if name not in undated}
	assert found


# What there is too little of


def test_nothing_at_all():
	_columns, data, message, chart, summary = run()
	assert not any(row["amount"] or row["deals"] for row in data)
	assert (chart, set(summary.values())) == (None, {0})
	assert "0 deals" in message
	_columns, data, _message, chart, _summary = run(view="Category Matrix")
	assert (data, chart) == ([], None)


def test_a_deal_without_amount_owner_or_category_counts():
	made = deal(0, opportunity_owner="", pe_forecast_category="")
	assert bars() == {"Start": (0, 1), "End": (0, 1)}
	assert behind("End") == {made.name: 0}


def test_before_the_ledger_began_nothing_is_known():
	assert "begins on" not in run(from_date=str(AFTER), to_date=str(AFTER))[2]
	frappe.db.delete("Pipeline Ledger Entry", {"document_type": "Opportunity"})
	assert "knows no deal yet" in run()[2]
	deal(100, on=DURING)
	assert "The ledger begins on 05-15-2030: deals before it are not known." in run()[2].replace(
		"15-05", "05-15"
	)
	assert "begins on" not in run(from_date="2030-05-16")[2]
	assert bars(from_date="2030-05-15") == {"New": (100, 1), "End": (100, 1)}


def test_forty_months_across_years():
	for number in range(40):
		year, month = divmod(number, 12)
		deal(1, on=date(2030 + year, month + 1, 10), close=date(2030 + year, month + 1, 20))
	found = bars(from_date="2030-02-01", to_date="2033-04-30", close_from="2030-01-01", close_to="2033-04-30")
	assert found == {"Start": (1, 1), "New": (39, 39), "End": (40, 40)}


def test_by_default_it_is_about_this_quarter():
	today = getdate()
	first = getdate(frappe.utils.get_quarter_start(today))
	deal(100, on=add_days(first, -1), close=today)
	deal(50, on=add_days(first, -1), close=add_days(first, -1))
	data = execute({"company": factories.COMPANY})[1]
	assert {row["bar"]: row["amount"] for row in data if row["deals"]} == {"Start": 100, "End": 100}


# Who reads it, and what they ask


def test_totals_are_of_the_deals_that_a_user_may_read(as_user):
	mine, won, other = deal(100), deal(30), deal(1000)
	move(won, "Won")
	change(other, opportunity_amount=2000)
	for made in (mine, won):
		frappe.db.set_value(
			"Opportunity", made.name, {"territory": "Rest Of The World", "owner": readers.OWN_ONLY}
		)
	frappe.db.set_value("Opportunity", other.name, "territory", "All Territories")
	for reader in (readers.held_to_territory("Rest Of The World"), readers.held_to_own()):
		with as_user(reader):
			assert bars() == {"Start": (130, 2), "Won": (-30, 1), "End": (100, 1)}
			assert behind("Start") == {mine.name: 100, won.name: 30}
			assert behind("Increased") == {}
			assert matrix()[1]["Total"] == [100, 30, 130]


def test_a_sales_user_runs_it_from_the_desk(as_user):
	deal(100)
	with as_user(ANN):
		found = query_report.run("Pipeline Waterfall", {"company": factories.COMPANY, **PERIOD})
	assert [row["amount"] for row in found["result"] if row["bar"] in ("Start", "End")] == [100, 100]


def test_the_number_of_queries_does_not_grow_with_deals():
	def queries():
		run()
		return count_queries(run)

	wander(Random(1), 2)
	few = queries()
	wander(Random(2), 10)
	assert queries() == few


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"from_date": "2030-07-01", "to_date": "2030-04-01"}, "Swap the dates"),
		({"close_from": "2030-07-01", "close_to": "2030-04-01"}, "Swap the dates"),
		({"close_from": "soon"}, "Closing From is not a date"),
		({"close_to": ["2030-01-01"]}, "Closing To is not a date"),
		({"view": "Pie"}, "is none of: Waterfall, Category Matrix"),
		({"view": ["Waterfall"]}, "View takes one value"),
		({"company": "No such company"}, "There is no company"),
		({"team": "No such team"}, "There is no team"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


@pytest.mark.parametrize(
	("view", "figure", "error"),
	[
		("Waterfall", {}, "no such figure"),
		("Waterfall", {"bar": "Nonsense"}, "is none of: Start, New"),
		("Waterfall", {"bar": {"a": 1}}, "Bar takes one value"),
		("Category Matrix", {"bar": "Won"}, "no such figure"),
		("Category Matrix", {"came": "Start:Commit"}, "no such figure"),
		("Category Matrix", {"came": "Nonsense:Commit", "what": "Any"}, "no such figure"),
		("Category Matrix", {"came": ["Any"], "what": "Any"}, "takes one value"),
	],
)
def test_figures_that_make_no_sense(view, figure, error):
	with pytest.raises(frappe.ValidationError, match=error):
		listed(figure, view=view)


def test_the_last_day_of_the_calendar_is_a_day_too():
	deal(100)
	assert bars(to_date="9999-12-31", close_to="9999-12-31") == {"Start": (100, 1), "End": (100, 1)}
