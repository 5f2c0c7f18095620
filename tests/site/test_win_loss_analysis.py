"""Win Loss Analysis: real deals won and lost, by what they have in common."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk import query_report

from pipeline_ext.api import deals_behind
from pipeline_ext.pipeline_ext.report.win_loss_analysis.win_loss_analysis import execute
from pipeline_ext.reports.win_loss import GroupBy
from tests.site import factories, readers
from tests.site.decided_deals import lost, made, to, ungated, unknown, won
from tests.site.measure import count_queries

REPORT = "Win Loss Analysis"
ANN = "ann@pipeline-test.example"
BOB = "bob@pipeline-test.example"
YEAR = {"company": factories.COMPANY, "from_date": "2024-01-01", "to_date": "2024-12-31"}


@pytest.fixture(autouse=True)
def pipeline():
	for email in (ANN, BOB):
		factories.user(email, "Sales User")
	return ungated()


def run(**filters):
	columns, data, message, chart, summary = execute({**YEAR, **filters})
	return columns, data, message, chart, {card["label"]: card["value"] for card in summary}


def rows(*fields, **filters):
	"""The fields of each row by its group."""
	return {row["group"]: tuple(row[field] for field in fields) for row in run(**filters)[1]}


def behind(what, **asked):
	"""The names of the deals behind a figure, and what they count for in all."""
	filters = {key: asked.pop(key) for key in list(asked) if key != "group"}
	found = deals_behind(REPORT, {**YEAR, **filters}, {"what": what, **asked})
	return {deal["name"] for deal in found["deals"]}, sum(deal["counted"] for deal in found["deals"])


@pytest.fixture
def deals():
	"""Ann wins two of three and has one open; Bob loses his only one. Last year Ann lost one."""
	ann, bob = {"opportunity_owner": ANN}, {"opportunity_owner": BOB}
	return {
		"first": won("2024-01-10", "2024-01-20", opportunity_amount=1000, **ann),
		"second": won("2024-02-01", "2024-03-12", opportunity_amount=4000, **ann),
		"gone": lost("2024-05-01", "2024-05-06", opportunity_amount=3000, **ann),
		"bobs": lost("2024-06-01", "2024-06-11", opportunity_amount=2000, **bob),
		"open": made("2024-06-01", opportunity_amount=700, **ann),
		"before": lost("2023-02-01", "2023-03-01", **ann),
	}


def test_the_figures(deals):
	_columns, data, message, chart, summary = run()
	ann, bob, total = data
	assert (ann["group"], bob["group"], total["group"]) == ("Ann", "Bob", "Total")
	assert [ann[name] for name in ("won", "lost", "won_amount", "lost_amount", "open")] == [
		2,
		1,
		5000,
		3000,
		1,
	]
	assert ann["rate"] == pytest.approx(200 / 3)
	assert (ann["range"], ann["rate_before"], ann["value_rate"]) == ("21–94 %", 0, 62.5)
	assert (ann["average_won"], ann["mean_days"], ann["median_days"], ann["days_to_lose"]) == (
		2500,
		25,
		25,
		5,
	)
	assert ann["velocity"] == pytest.approx(1 * 2 / 3 * 2500 / 25)
	assert [bob[name] for name in ("won", "lost", "rate", "range", "velocity", "mean_days")] == [
		0,
		1,
		0,
		"0–79 %",
		None,
		None,
	]
	assert [total[name] for name in ("won", "lost", "rate", "won_amount", "lost_amount", "open")] == [
		2,
		2,
		50,
		5000,
		5000,
		1,
	]
	assert (total["range"], total["rate_before"]) == ("15–85 %", 0)
	assert message.startswith("Of 4 deals decided from")
	assert "2 were won: 50 % (95 % range 15–85 %)." in message
	assert "0 % of 1." in message
	assert chart["data"]["labels"] == ["67 %: Ann", "0 %: Bob"]
	assert [bars["values"] for bars in chart["data"]["datasets"]] == [[2, 0], [1, 1]]
	assert summary == {
		"Win Rate": 50,
		"Won": 5000,
		"Average Won": 2500,
		"Median Days to Win": 25,
		"Velocity a Day": pytest.approx(1 * 0.5 * 2500 / 25),
	}


def test_the_deals_behind_the_figures(deals):
	names = {key: deal.name for key, deal in deals.items()}
	assert behind("Won", group=ANN) == ({names["first"], names["second"]}, 5000)
	assert behind("Lost", group=ANN) == ({names["gone"]}, 3000)
	assert behind("Open", group=ANN) == ({names["open"]}, 700)
	assert behind("Lost") == ({names["gone"], names["bobs"]}, 5000)
	assert behind("Won", group="nobody@pipeline-test.example") == (set(), 0)


@pytest.mark.parametrize("group_by", GroupBy)
def test_what_the_rows_say_is_what_is_behind_them(deals, group_by):
	data = run(group_by=group_by.value)[1]
	figures = {"Won": ("won", "won_amount"), "Lost": ("lost", "lost_amount"), "Open": ("open", None)}
	for row in data:
		for what, (count, amount) in figures.items():
			if row[count] is not None:
				found = deals_behind(
					REPORT, {**YEAR, "group_by": group_by.value}, {"what": what, **row["figure"]}
				)
				assert found["count"] == row[count]
				assert amount is None or sum(deal["counted"] for deal in found["deals"]) == row[amount]
	if group_by.adds_up:
		*parts, total = data
		for name in (
			"won",
			"lost",
			"won_amount",
			"lost_amount",
			*(["open"] if group_by.is_of_open_deals else ()),
		):
			assert sum(row[name] for row in parts) == total[name]


def test_the_total_is_the_same_however_deals_are_grouped(deals):
	totals = []
	for group_by in GroupBy:
		total = run(group_by=group_by.value)[1][-1]
		totals.append({name: total[name] for name in ("won", "lost", "won_amount", "open", "velocity")})
	assert all(total == totals[0] for total in totals)


def test_the_period_includes_both_ends():
	for day in ("2024-03-31", "2024-04-01", "2024-04-30", "2024-05-01"):
		won("2024-01-10", day)
	period = {"from_date": "2024-04-01", "to_date": "2024-04-30", "group_by": "Month of Decision"}
	assert rows("won", "rate_before", **period) == {"Apr 2024": (2, None), "Total": (2, 100)}


def test_months_of_several_years_stand_in_their_order():
	months = [f"{2021 + number // 12}-{number % 12 + 1:02}-15" for number in range(40)]
	for day in months:
		lost("2020-12-31", day)
	_columns, data, _message, chart, _summary = run(
		from_date="2021-01-01", to_date="2024-12-31", group_by="Month of Decision"
	)
	assert [row["group"] for row in data[:2]] == ["Jan 2021", "Feb 2021"]
	assert (data[11]["group"], data[12]["group"], data[39]["group"]) == ("Dec 2021", "Jan 2022", "Apr 2024")
	assert (len(data), data[-1]["lost"], len(chart["data"]["labels"])) == (41, 40, 40)


def test_size_bands():
	for amount in (0, 999, 1000, 1999, 2000, 15000):
		won("2024-01-10", "2024-02-10", opportunity_amount=amount)
	assert rows("won", "won_amount", group_by="Size Band") == {
		"None or Below 1": (1, 0),
		"500 to 1,000": (1, 999),
		"1,000 to 2,000": (2, 2999),
		"2,000 to 5,000": (1, 2000),
		"10,000 to 20,000": (1, 15000),
		"Total": (6, 20998),
	}


def naming(deal, doctype, table, field, *names):
	for index, name in enumerate(names):
		frappe.get_doc(
			doctype=doctype,
			parent=deal.name,
			parenttype="Opportunity",
			parentfield=table,
			idx=index,
			**{field: name},
		).db_insert()


def test_competitors_share_deals():
	both, one, none = (won("2024-01-10", "2024-02-10", opportunity_amount=100) for _ in range(3))
	naming(both, "Competitor Detail", "competitors", "competitor", "Ajax", "Borax", "Ajax")
	naming(one, "Competitor Detail", "competitors", "competitor", "Ajax")
	assert rows("won", "won_amount", group_by="Competitor") == {
		"Ajax": (2, 200),
		"Borax": (1, 100),
		"Not Set": (1, 100),
		"Total": (3, 300),
	}
	assert "add up to more than the total" in run(group_by="Competitor")[2]
	assert behind("Won", group="Ajax", group_by="Competitor") == ({both.name, one.name}, 200)
	assert behind("Won", group=None, group_by="Competitor") == ({none.name}, 100)


def test_lost_reasons_are_shares_of_what_was_lost():
	priced, _silent = (lost("2024-01-10", "2024-01-15", opportunity_amount=100) for _ in range(2))
	won("2024-01-10", "2024-02-10")
	naming(priced, "Opportunity Lost Reason Detail", "lost_reasons", "lost_reason", "Price")
	columns, data, _message, chart, _summary = run(group_by="Lost Reason")
	assert [(row["group"], row["lost"], row["share"], row["lost_amount"]) for row in data] == [
		("Not Set", 1, 50, 100),
		("Price", 1, 50, 100),
		("Total", 2, 100, 200),
	]
	assert (data[0]["range"], data[0]["days_to_lose"]) == ("9–91 %", 5)
	assert "rate" not in [column["fieldname"] for column in columns]
	assert chart["data"]["datasets"] == [{"name": "Lost", "values": [1, 1]}]


def test_a_deal_begins_with_what_is_known_of_it_first():
	entered_late = won("2024-01-20", "2024-01-30")
	frappe.db.set_value("Opportunity", entered_late.name, "transaction_date", "2024-01-10")
	imported = won("2024-01-01", "2024-01-31")
	frappe.db.set_value(
		"Opportunity", imported.name, {"creation": "2024-09-01", "transaction_date": "2024-09-01"}
	)
	recorded = won("2024-01-20", "2024-01-30")
	frappe.db.set_value(
		"Opportunity", recorded.name, {"creation": "2023-12-31 10:00:00", "transaction_date": None}
	)
	assert rows("mean_days", "median_days", group_by="Pipeline")["Total"] == (pytest.approx(80 / 3), 30)


def test_deals_without_anything():
	deal = lost("2024-01-10", "2024-02-10", opportunity_amount=0)
	frappe.db.set_value(
		"Opportunity", deal.name, {"opportunity_owner": "", "sales_stage": None, "territory": None}
	)
	assert rows("lost", "lost_amount", "value_rate") == {"Not Set": (1, 0, None), "Total": (1, 0, None)}
	assert rows("lost", group_by="Territory") == {"Not Set": (1,), "Total": (1,)}
	assert behind("Lost", group=None, group_by="Territory") == ({deal.name}, 0)


def test_foreign_amounts_are_in_company_currency():
	won("2024-01-10", "2024-02-10", opportunity_amount=1000, currency=factories.FOREIGN_CURRENCY)
	won("2024-01-10", "2024-02-10", opportunity_amount=100)
	assert rows("won_amount")["Total"] == (1000 * factories.EXCHANGE_RATE + 100,)


def test_reopened_deals_are_open_not_won():
	deal = won("2024-01-10", "2024-02-10")
	to("Negotiation/Review", deal, "2024-03-01")
	assert rows("won", "open")["Total"] == (0, 1)


def test_nothing_decided_and_nothing_at_all():
	_columns, data, message, chart, summary = run()
	assert (data, chart, summary) == ([], None, {"Won": 0})
	assert message.startswith("No deal was decided from")
	made("2024-01-10")
	assert rows("won", "rate", "range", "open", "velocity")["Total"] == (0, None, "", 1, None)


def test_closed_deals_of_which_nobody_knows_when_are_named():
	unknown(won("2024-01-10", "2024-02-10"))
	assert "Closed, and nobody knows since when, so in no period: 1." in run()[2]


def test_the_number_of_queries_does_not_grow_with_deals(deals):
	def queries():
		run(group_by="Competitor")
		return count_queries(lambda: run(group_by="Competitor"))

	few = queries()
	for number in range(6):
		won("2024-01-10", "2024-02-10", opportunity_amount=number)
	assert queries() == few


def test_readers_get_the_totals_of_their_own_deals(deals, as_user):
	mine, other = deals["first"].name, deals["second"].name
	frappe.db.set_value("Opportunity", mine, "territory", "Rest Of The World")
	for name in (other, deals["gone"].name, deals["bobs"].name, deals["open"].name):
		frappe.db.set_value("Opportunity", name, "territory", "All Territories")
	frappe.db.set_value("Opportunity", mine, "owner", readers.OWN_ONLY)
	for reader in (readers.held_to_territory("Rest Of The World"), readers.held_to_own()):
		with as_user(reader):
			assert rows("won", "lost", "won_amount", "open")["Total"] == (1, 0, 1000, 0)
			assert behind("Won") == ({mine}, 1000)
			assert behind("Lost") == (set(), 0)


def test_who_may_read_no_deal_gets_no_report(as_user):
	with as_user(factories.user("nobody@pipeline-test.example")):
		with pytest.raises(frappe.PermissionError):
			run()
		with pytest.raises(frappe.PermissionError):
			behind("Won")


def test_a_sales_user_runs_it_from_the_desk(deals, as_user):
	with as_user(ANN):
		result = query_report.run(REPORT, {**YEAR, "group_by": "Source"})
	assert (result["result"][-1]["won"], result["result"][-1]["lost"]) == (2, 2)


@pytest.mark.parametrize(
	("filters", "error"),
	[
		({"group_by": "1; drop table tabUser"}, "is none of"),
		({"group_by": ["Owner"]}, "takes one value"),
		({"from_date": "2024-12-31", "to_date": "2024-01-01"}, "ends before it starts"),
		({"from_date": "soon"}, "is not a date"),
		({"company": "No such company"}, "There is no company"),
		({"team": "No such team"}, "There is no team"),
	],
)
def test_filters_that_make_no_sense(filters, error):
	with pytest.raises(frappe.ValidationError, match=error):
		run(**filters)


@pytest.mark.parametrize(
	("group_by", "figure"),
	[
		("Owner", {}),
		("Owner", {"what": "Everything"}),
		("Owner", {"what": "Won", "group": [ANN]}),
		("Month of Decision", {"what": "Open", "group": "2024-03-31"}),
		("Month of Decision", {"what": "Won", "group": "soon"}),
	],
)
def test_figures_that_make_no_sense(group_by, figure):
	with pytest.raises(frappe.ValidationError):
		deals_behind(REPORT, {**YEAR, "group_by": group_by}, figure)


def test_hostile_groups_find_nothing(deals):
	assert behind("Won", group="' or 1=1 -- ") == (set(), 0)
	assert behind("Won", group="999999", group_by="Size Band") == (set(), 0)
