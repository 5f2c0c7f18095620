"""`pipeline-ext audit --quotations` alone: measures, who must agree, and what was agreed so far."""

import json
from pathlib import Path

import pytest

import pipeline_ext
from pipeline_ext.domain.quotes import MEASURES
from pipeline_ext.standalone.approvals import read_requests
from pipeline_ext.standalone.quotations import read_quotes
from pipeline_ext.standalone.quote_audit import audit_quotes
from pipeline_ext.standalone.rules import read_policy
from pipeline_ext.standalone.terminal import WIDTH
from pipeline_ext.subjects import MEASURE_LABELS
from tests.domain.desk import POLICY, QUOTATION_HEADER, QUOTATIONS, as_csv, replaced

LEVELS = {
	"name": "Levels",
	"every_level": True,
	"rules": [
		{
			"key": "k1",
			"title": "Some discount",
			"measure": "discount_percent",
			"threshold": "5",
			"approver": "Oneself",
			"group": "Discount",
			"level": 1,
		},
		{
			"key": "k2",
			"title": "More discount",
			"measure": "discount_percent",
			"threshold": "10",
			"approver": "Manager of Owner",
			"steps_up": 2,
			"group": "Discount",
			"level": 2,
		},
		{
			"key": "k3",
			"title": "A cheap line",
			"measure": "discount_percent",
			"scope": "Line",
			"threshold": "39.9999",
			"approver": "Role",
			"role": "Deal Desk",
			"needed": 2,
		},
		{
			"key": "k4",
			"title": "Little margin",
			"measure": "margin_percent",
			"above": False,
			"threshold": "30",
			"approver": "User",
			"user": "cfo@x.example",
		},
		{
			"key": "k5",
			"title": "Long to pay",
			"measure": "payment_days",
			"threshold": "30",
			"approver": "Territory Manager",
		},
		{
			"key": "k6",
			"title": "Long to decide",
			"measure": "validity_days",
			"threshold": "60",
			"approver": "Role",
			"role": "Deal Desk",
			"needed": None,
		},
	],
}
TERMS_HEADER = [
	"ID",
	"Status",
	"Opportunity",
	"Customer Name",
	"Date",
	"Valid Till",
	"Currency",
	"Exchange Rate",
	"Item Code (Items)",
	"Quantity (Items)",
	"UOM Conversion Factor (Items)",
	"Price List Rate (Items)",
	"Net Amount (Items)",
	"Valuation Rate (Items)",
	"Due Date (Payment Schedule)",
	"Payment Amount (Payment Schedule)",
]
FIRST = ["Q-1", "Draft", "O-1", "Core", "2026-01-01", "2026-03-02", "USD", 0.5]
TERMS = [
	[*FIRST, "BOX", 2.0, 12.0, 200.0, 300.0, 5.0, "2026-01-31", 100.0],
	[*[""] * 8, "NUT", 1.0, 1.0, 100.0, 60.0, 0.0, "2026-03-02", 300.0],
	["Q-2", "Draft", "O-1", "Dune", "2026-01-01", "", "EUR", 1.0, "NUT", 1.0, 1.0, 0.0, 60.0, 0.0, "", ""],
]
APPROVALS_HEADER = [
	"ID",
	"Quotation",
	"Policy",
	"Status",
	"Requested By",
	"Requested On",
	"Rule (Steps)",
	"What It Is About (Steps)",
	"Measure (Steps)",
	"Of (Steps)",
	"Is (Steps)",
	"Measured (Steps)",
	"Threshold (Steps)",
	"Group (Steps)",
	"Level (Steps)",
	"Status (Steps)",
	"Who Must Agree (Steps)",
	"Role (Steps)",
	"User (Steps)",
	"When (Decisions)",
	"Who (Decisions)",
	"On Behalf Of (Decisions)",
	"What (Decisions)",
	"About (Decisions)",
	"Comment (Decisions)",
	"To (Decisions)",
]
ABOVE_10 = ["a", "Above 10", "Discount Percentage", "Total", "Above"]
ABOVE_20 = ["b", "Above 20", "Discount Percentage", "Total", "Above"]
HEAD = ["A-1", "Q-1", "Discounts", "Pending", "ann@x.example", "2026-01-10 09:00:00"]
APPROVALS = [
	[
		*[*HEAD, *ABOVE_10, 25.0, 10.0, "", 1, "Approved", "Role", "Sales Manager", ""],
		*["2026-01-10 09:00:00", "ann@x.example", "", "Requested", "", "They compare us", ""],
	],
	[
		*[*[""] * 6, *ABOVE_20, 25.0, 20.0, "", 1, "Pending", "User", "", "cfo@x.example"],
		*["2026-01-11 10:00:00", "bob@x.example", "eve@x.example", "Approved", "Above 10", "Fine", ""],
	],
	[*[""] * 19, "2026-01-12 08:00:00", "cfo@x.example", "", "Handed Over", "Above 20", "", "dan@x.example"],
]


@pytest.fixture
def terms(desk):
	desk.write("policy.json", json.dumps(LEVELS))
	desk.write("quotations.csv", as_csv([TERMS_HEADER, *TERMS]))
	return desk


@pytest.fixture
def recorded(desk):
	"""The desk with a file of requests; returns what is said of the first quotation."""

	def made(rows=APPROVALS, header=APPROVALS_HEADER):
		desk.write("approvals.csv", as_csv([header, *rows]))
		return desk.quotes("--approvals", "approvals.csv")

	return made


class TestMeasures:
	def test_they_are_in_company_currency(self, terms):
		audit = terms.quotes()
		quote = audit["quotes"][0]
		assert (audit["currency"], quote["list_value"]) == ("EUR", 250.0)
		measures = {name: value for name, value in quote["measures"].items() if value is not None}
		assert measures == {
			"quoted_value": 180.0,
			"discount_amount": 70.0,
			"discount_percent": 28.0,
			"margin_amount": 30.0,
			"margin_percent": 20.0,
			"lines_below_cost": 0,
			"lines_without_list_price": 0,
			"lines_without_cost": 1,
			"payment_days": 52.5,
			"validity_days": 60,
		}
		assert (quote["without_list_price"], quote["without_cost"]) == ([], ["NUT"])

	def test_a_quotation_without_a_last_day_is_valid_for_ever(self, terms):
		quote = terms.quotes()["quotes"][1]
		assert quote["measures"]["validity_days"] == 9999
		assert quote["measures"]["discount_percent"] is None
		assert quote["without_list_price"] == ["NUT"]

	def test_a_foreign_quotation_without_a_rate_is_left_out(self, terms):
		rows = [*replaced(TERMS, 0, 7, ""), ["Q-3", *TERMS[2][1:]]]
		terms.write("quotations.csv", as_csv([TERMS_HEADER, *rows]))
		reasons = [(row["line"], row["reason"]) for row in terms.quotes()["left_out"]]
		assert reasons == [(2, "Q-1 is in USD and the file has no Exchange Rate for it.")]

	@pytest.mark.parametrize(
		("column", "value", "reason"),
		[
			(5, "soon", "Valid Till is not a date: soon."),
			(7, "NaN", "Exchange Rate is not a number: NaN."),
			(7, -1.0, "Exchange Rate is negative: -1.0."),
			(9, "150 %", "Quantity (Items) is not a number: 150 %."),
			(13, "free", "Valuation Rate (Items) is not a number: free."),
			(14, "2026-02-30", "Due Date (Payment Schedule) is not a date: 2026-02-30."),
			(15, "1e999", "Payment Amount (Payment Schedule) is larger than ERPNext can hold: 1e999."),
		],
	)
	def test_what_cannot_be_read_is_named_with_its_line(self, terms, column, value, reason):
		terms.write("quotations.csv", as_csv([TERMS_HEADER, *replaced(TERMS, 0, column, value)]))
		audit = terms.quotes()
		assert [(row["line"], row["reason"]) for row in audit["left_out"]] == [(2, reason)]
		assert [quote["name"] for quote in audit["quotes"]] == ["Q-2"]

	def test_what_only_the_site_can_judge_is_said(self, desk):
		rule = {**POLICY["rules"][0], "key": "n", "title": "Newcomer", "measure": "new_customer"}
		desk.write("policy.json", json.dumps({**POLICY, "rules": [{**rule, "threshold": 0}]}))
		assert "Judged on the site alone: Newcomer." in desk.quotes()["remarks"]


class TestApprovals:
	def test_who_must_agree_and_to_what(self, terms):
		asked = terms.quotes()["quotes"][0]["approvals"]
		assert [(step["rule"], step["group"], step["level"], step["approver"]) for step in asked] == [
			("A cheap line", "", 1, "2 of Deal Desk"),
			("Little margin", "", 1, "cfo"),
			("Long to pay", "", 1, "territory manager"),
			("Some discount", "Discount", 1, "the asker alone"),
			("More discount", "Discount", 2, "manager of the owner, 2 steps up"),
		]
		assert [step["reason"] for step in asked] == [
			"discount percentage of a line 40 % is above 39.9999 %",
			"margin percentage 20 % is below 30 %",
			"payment days 52.5 days is above 30 days",
			"discount percentage 28 % is above 5 %",
			"discount percentage 28 % is above 10 %",
		]

	def test_what_the_asker_grants_alone_waits_for_nobody(self, terms):
		rows = replaced(replaced(TERMS[:1], 0, 12, 372.0), 0, 14, "")
		terms.write("quotations.csv", as_csv([TERMS_HEADER, *rows]))
		(quote,) = terms.quotes()["quotes"]
		assert [step["approver"] for step in quote["approvals"]] == ["the asker alone"]
		assert not quote["waiting"]

	def test_what_was_agreed_to_still_counts(self, recorded):
		quote = recorded()["quotes"][0]
		assert [(step["rule"], step["agreed"]) for step in quote["approvals"]] == [
			("Above 10", True),
			("Above 20", False),
		]

	@pytest.mark.parametrize(
		("column", "value"),
		[(2, "Another policy"), (6, "x"), (11, 24.9999), (15, "Pending"), (15, "Closed"), (9, "Line")],
	)
	def test_what_was_agreed_to_does_not_count_for_more(self, recorded, column, value):
		quote = recorded(replaced(APPROVALS, 0, column, value))["quotes"][0]
		assert [step["agreed"] for step in quote["approvals"]] == [False, False]

	def test_only_the_last_request_counts(self, recorded):
		rows = [[*APPROVALS[0]], ["A-2", *APPROVALS[0][1:]]]
		rows[1][5], rows[1][15] = "2026-01-20", "Pending"
		quote = recorded(rows)["quotes"][0]
		assert [request["name"] for request in quote["requests"]] == ["A-1", "A-2"]
		assert not any(step["agreed"] for step in quote["approvals"])

	def test_the_chain_is_told_as_it_was_written_down(self, recorded):
		(request,) = recorded()["quotes"][0]["requests"]
		assert (request["status"], request["requested_on"]) == ("Pending", "2026-01-10")
		assert [(step["rule"], step["status"], step["approver"]) for step in request["steps"]] == [
			("Above 10", "Approved", "Sales Manager"),
			("Above 20", "Pending", "cfo"),
		]
		said = [(each["on"], each["user"], each["what"], each["comment"]) for each in request["said"]]
		assert said == [
			("2026-01-10", "ann@x.example", "Requested", "They compare us"),
			("2026-01-11", "bob@x.example", "Approved", "Fine"),
			("2026-01-12", "cfo@x.example", "Handed Over", ""),
		]

	@pytest.mark.parametrize(
		("column", "value", "reason"),
		[
			(3, "Perhaps", "Status is none of Pending, Approved, Rejected, Recalled, Closed: Perhaps."),
			(8, "Mood", "Measure (Steps) is none of Discount Percentage, "),
			(9, "", "Of (Steps) is none of Total, Line: blank."),
			(10, "Beside", "Is (Steps) is none of Above, Below: Beside."),
			(11, "NaN", "Measured (Steps) is not a number: NaN."),
			(14, "one", "Level (Steps) is not a number: one."),
			(
				15,
				"Done",
				"Status (Steps) is none of Waiting, Pending, Approved, Rejected, Kept, Granted: Done.",
			),
			(16, "Anybody", "Who Must Agree (Steps) is none of Oneself, User, Role, "),
			(19, "soon", "When (Decisions) is not a date: soon."),
		],
	)
	def test_a_request_that_cannot_be_read_is_named_with_its_line(self, recorded, column, value, reason):
		audit = recorded(replaced(APPROVALS, 0, column, value))
		((line, said),) = [(row["line"], row["reason"]) for row in audit["left_out"]]
		assert line == 2 and said.startswith(reason)
		assert audit["quotes"][0]["requests"] == []

	def test_a_file_of_requests_without_steps_is_refused(self, desk):
		desk.write("approvals.csv", as_csv([APPROVALS_HEADER[:6], HEAD]))
		code, out, err = desk.run_on_quotes("--approvals", "approvals.csv")
		assert (code, out) == (2, "")
		assert "approvals.csv lacks 11 of the columns" in err and "Measured (Steps) [steps.measured]" in err


class TestConsole:
	def test_a_quote_is_explained_with_its_chain(self, desk, recorded):
		recorded()
		code, out, _err = desk.run_on_quotes("--approvals", "approvals.csv", "--quote", "Q-1")
		assert code == 0
		for text in (
			"Q-1, Core, Open",
			"List value EUR 2,000, quoted EUR 1,500",
			"discount percentage 25 % is above 10 %",
			"A-1 under Discounts, 10 Jan 2026, by ann: Pending",
			"Approved: Above 10 (discount percentage 25 % is above 10 %), Sales Manager",
			"bob for eve",
			"Handed Over to dan",
		):
			assert text in out
		assert "Q-2" not in out
		assert max(len(line) for line in out.splitlines()) <= WIDTH

	def test_quotes_are_explained_one_by_one_the_largest_discount_first(self, desk):
		_code, out, _err = desk.run_on_quotes("--deals", "2")
		assert "Quote by quote, the largest discount first (2 of 4)" in out
		assert out.index("Q-1, Core") < out.index("Q-3, Echo")
		assert "Needs no approval." not in out and "Q-2, Dune" not in out
		assert "Needs no approval." in desk.run_on_quotes("--quote", "Q-2")[1]

	def test_what_could_not_be_valued_is_named(self, terms):
		_code, out, _err = terms.run_on_quotes()
		assert "Without a cost: NUT" in out
		assert "List value not known, quoted EUR 60" in out

	def test_a_quote_is_explained_beside_deals_too(self, desk):
		code, out, _err = desk.run(
			"--quotations", "quotations.csv", "--policy", "policy.json", "--quote", "Q-3"
		)
		assert code == 0
		assert "Q-3, Echo, Ordered" in out and "Open deals by stage" not in out

	def test_control_characters_do_not_reach_the_terminal(self, desk):
		rows = replaced(QUOTATIONS, 0, 5, "SCREW\033]0;owned\007")
		desk.write("quotations.csv", as_csv([QUOTATION_HEADER, *rows]))
		assert "\033" not in desk.run_on_quotes()[1]


class TestRefusals:
	@pytest.mark.parametrize(
		("arguments", "sentence"),
		[
			([], "Give --pipeline and --opportunities to judge deals"),
			(["--quotations", "quotations.csv"], "--quotations and --policy to judge quotes"),
			(["--pipeline", "pipeline.json"], "belong together"),
			(["--ledger", "ledger.csv"], "take --pipeline and --opportunities"),
			(["--output", "page.html"], "take --pipeline and --opportunities"),
			(["--deal", "O-1"], "take --pipeline and --opportunities"),
			(["--quote", "Q-4"], "has no quotation Q-4 that could be judged"),
			(["--approvals", "nowhere.csv"], "cannot be read"),
		],
	)
	def test_what_cannot_be_done_is_said(self, desk, monkeypatch, arguments, sentence):
		monkeypatch.chdir(desk.folder)
		alone = not arguments or arguments[0] in ("--quotations", "--pipeline")
		code, out, err = desk.run_alone(*arguments) if alone else desk.run_on_quotes(*arguments)
		assert (code, out) == (2, "")
		assert sentence in err and "Traceback" not in err

	def test_requests_take_quotations(self, desk):
		assert "--approvals and --quote take --quotations and --policy." in desk.refusal("--quote", "Q-1")


def measured(breaches, without_cost):
	"""By rule; no margins where the file does not have all costs, as the site does."""
	return {
		breach.rule.key: breach.measured
		for breach in breaches
		if not (without_cost and breach.rule.measure == "margin_percent")
	}


def test_the_files_of_the_demo_are_judged_as_its_site_judged_them():
	folder = Path(pipeline_ext.__file__).parent / "demo/export"
	quotes = read_quotes(folder / "quotations.csv", with_discounts=True)
	policy, requests = read_policy(folder / "policy.json"), read_requests(folder / "approvals.csv")
	audit = audit_quotes(quotes, policy, requests, owners={})
	compared = [judged for judged in audit.quotes if judged.requests]
	for judged in compared:
		steps = [recorded.step.breach for recorded in judged.requests[-1].steps]
		without_cost = bool(judged.measures.lines_without_cost)
		assert measured(judged.breaches, without_cost) == measured(steps, without_cost)
	assert len(compared) > 30
	assert {step.status for judged in compared for step in judged.requests[-1].steps} >= {
		"Approved",
		"Granted",
		"Kept",
		"Pending",
		"Rejected",
	}


def test_measures_are_called_what_a_policy_calls_them():
	doctype = (
		Path(pipeline_ext.__file__).parent
		/ "pipeline_ext/doctype/quote_approval_rule/quote_approval_rule.json"
	)
	fields = {field["fieldname"]: field for field in json.loads(doctype.read_text())["fields"]}
	assert list(MEASURE_LABELS.values()) == fields["measure"]["options"].split("\n")
	assert MEASURE_LABELS.keys() == MEASURES.keys()
