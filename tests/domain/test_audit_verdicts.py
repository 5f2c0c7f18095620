"""`pipeline-ext audit` explains each deal's verdicts, and never takes what the files lack for unmet."""

import ast
import json
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline_ext import cli
from pipeline_ext.domain import comparison, exit_criteria, pipeline
from pipeline_ext.domain.criteria import Facts, State, evaluate_stage
from pipeline_ext.standalone import explanations
from pipeline_ext.standalone.console import WIDTH
from pipeline_ext.standalone.faults import PIPELINE_FAULTS, pipeline_fault
from tests.domain.desk import OPPORTUNITIES, OPPORTUNITY_HEADER, PIPELINE, TODAY, as_csv, replaced
from tests.domain.generated import LIKELY, TODAY_IS, facts_on, pipelines, valid_pipelines

FOUND_ONLY_ON_A_SITE = (
	{"type": "attachment", "patterns": ["*.pdf"]},
	{"type": "checklist"},
	{"type": "sign_off", "role": "Gate Keeper"},
	{"type": "score", "at_least": 60},
	{"type": "linked", "doctype": "Event", "state": "Held"},
	{"type": "linked", "doctype": "Quotation", "state": "Sent"},
	{"type": "field", "field": "customer.territory", "kind": "text", "operator": "is set"},
	{
		"type": "field",
		"field": "items.weight",
		"kind": "number",
		"operator": ">",
		"operand": 0,
		"aggregate": "Sum",
	},
	{"type": "expression", "expression": "budget > 5", "kinds": {"budget": "number"}},
	{"type": "time_in_stage", "stage": "Talk", "at_least": 5},
)
ITEM_HEADER = ["ID", "Sales Stage", "Status", "Opportunity Amount", "Expected Closing Date"]
ITEM_HEADER += ["Amount (Items)", "Delivery Date (Items)"]
ITEMS = [
	["O-1", "Talk", "Open", 100.0, "", "1,234.50", "2026-02-01"],
	["", "", "", "", "", "765.50", "2026-03-01"],
	["O-2", "Talk", "Open", 90.0, "", "", ""],
]


def asking(desk, *rows, **stage):
	"""Have the first stage ask for these criteria and no others."""
	named = [{"key": str(number), "title": f"Rule {number}", **row} for number, row in enumerate(rows)]
	stages = [{**PIPELINE["stages"][0], "criteria": named, **stage}, *PIPELINE["stages"][1:]]
	desk.write("pipeline.json", json.dumps({**PIPELINE, "stages": stages}))


def verdicts(audit, deal):
	(found,) = [each for each in audit["deals"] if each["name"] == deal]
	return found["verdicts"]


def found_and_said(audit, deal):
	return [(verdict["state"], verdict["text"]) for verdict in verdicts(audit, deal)]


class TestWhatTheFilesCannotKnow:
	@pytest.mark.parametrize("row", FOUND_ONLY_ON_A_SITE, ids=lambda row: row["type"])
	def test_it_is_not_known_rather_than_unmet(self, desk, row):
		asking(desk, {**row, "hint": "Do it."})
		audit = desk.audit("--quotations", "quotations.csv")
		(verdict,) = verdicts(audit, "O-1")
		assert verdict["state"] == "not known" and verdict["reason"].startswith("unknown_")
		assert verdict["text"].endswith(": not known from these files")
		assert verdict["hint"] == ""
		assert "0" not in {blocker["criterion"] for blocker in audit["blockers"]}
		assert [each["deals"] for each in audit["not_known"] if each["criterion"] == "0"] == [2]
		assert {deal["standing"] for deal in audit["deals"] if deal["stage"] == "Talk"} == {"unknown"}

	def test_a_condition_that_is_not_known(self, desk):
		condition = {"field": "territory", "kind": "text", "operator": "=", "operand": "Kenya"}
		row = {"type": "field", "field": "customer_name", "kind": "text", "only_if": condition}
		asking(desk, {**row, "operator": "is set"}, {**row, "operator": "is not set"})
		assert found_and_said(desk.audit(), "O-1") == [
			("met", "is Acme"),
			("not known", "whether it applies, territory = Kenya: not known from these files"),
		]

	def test_a_scorecard_of_what_is_not_known(self, desk):
		should = {"blocks": False, "weight": 1}
		owner = {
			"type": "field",
			"field": "opportunity_owner",
			"kind": "text",
			"operator": "is set",
			**should,
		}
		asking(desk, owner, {"type": "checklist", **should}, {"type": "scorecard", "at_least": 80})
		assert found_and_said(desk.audit(), "O-1") == [
			("met", "is ann@x.example"),
			("not known", "what people confirmed: not known from these files; would count 1"),
			("not known", "enough of the scorecard: not known from these files"),
		]

	def test_the_remarks_say_which_and_for_how_many_deals(self, desk):
		asking(desk, *FOUND_ONLY_ON_A_SITE[:2])
		_code, out, _err = desk.run()
		assert '"Rule 0" of 2 deals: attached files: not known from these files.' in out
		assert '"Rule 1" of 2 deals: what people confirmed: not known from these files.' in out

	def test_a_text_pasted_over_deals_is_left_to_the_site(self, desk):
		row = {"type": "field", "field": "customer_name", "kind": "text", "operator": "is set"}
		asking(desk, {**row, "refuse_placeholders": True})
		desk.opportunities(replaced(replaced(OPPORTUNITIES, 0, 4, "tbd"), 1, 4, "Same"))
		audit = desk.audit()
		assert found_and_said(audit, "O-1") == [("unmet", '"tbd" says nothing')]
		assert found_and_said(audit, "O-2") == [("met", "is Same")]
		assert "Whether one text was pasted over many deals is judged on the site alone." in audit["remarks"]


LONG_ENOUGH = {"type": "time_in_stage", "stage": "Talk", "at_least": 10, "hint": "Wait."}


class TestTimeInStage:
	def since(self, desk, day):
		rows = [[*row, day if row[0] == "O-1" else ""] for row in OPPORTUNITIES]
		desk.opportunities(rows, [*OPPORTUNITY_HEADER, "In This Stage Since"])

	@pytest.mark.parametrize(
		("day", "expected"),
		[
			("2026-01-10 23:00:00", ("met", "10 days in the stage")),
			("2026-01-11", ("unmet", "9 of 10 days in the stage")),
			("2026-02-11", ("unmet", "0 of 10 days in the stage")),
			("", ("not known", "since when it is in the stage: not known from these files")),
		],
	)
	def test_by_the_deal_s_own_date(self, desk, day, expected):
		asking(desk, LONG_ENOUGH)
		self.since(desk, day)
		assert found_and_said(desk.audit(), "O-1") == [expected]

	@pytest.mark.parametrize(
		("steps", "expected"),
		[
			([("2026-01-01", "Talk"), ("2026-01-15", "Talk")], "19 of 30 days in the stage"),
			(
				[("2026-01-01", "Talk"), ("2026-01-05", "Offer"), ("2026-01-15", "Talk")],
				"5 of 30 days in the stage",
			),
			([("2026-01-01", "Talk"), ("2026-02-01", "Offer")], "19 of 30 days in the stage"),
			([("2026-01-01", "Talk"), ("2026-01-15", "Offer")], None),
			([], None),
		],
	)
	def test_else_by_the_ledger_as_of_the_day(self, desk, steps, expected):
		asking(desk, {**LONG_ENOUGH, "at_least": 30})
		header = ["document", "posted_on", "stage", "outcome", "amount"]
		rows = [["O-1", f"{day} 09:00:00", stage, "open", 1000] for day, stage in steps]
		desk.write("ledger.csv", as_csv([header, *rows]))
		((_state, text),) = found_and_said(desk.audit("--ledger", "ledger.csv"), "O-1")
		assert text == (expected or "since when it is in the stage: not known from these files")

	def test_a_stage_that_the_deal_is_not_in_has_had_no_time(self, desk):
		asking(desk, {**LONG_ENOUGH, "stage": "Offer"})
		self.since(desk, "2025-01-01")
		assert found_and_said(desk.audit(), "O-1") == [("unmet", "0 of 10 days in the stage")]


RECENTLY_QUOTED = {"type": "linked", "doctype": "Quotation", "within_days": 30}
RECENT = "submitted Quotation of the last 30 days"


class TestRecentQuotations:
	@pytest.mark.parametrize(
		("days", "expected"),
		[
			(["2025-12-21"], ("met", f"1 {RECENT}, Q-0")),
			(["2025-12-20"], ("unmet", f"0 of 1 {RECENT}")),
			(["2025-12-20", "2026-01-19", "2025-12-30"], ("met", f"2 {RECENT}, Q-1")),
			(["soon"], ("not known", "linked Quotation of the last 30 days: not known from these files")),
			(
				["2026-01-19", ""],
				("not known", "linked Quotation of the last 30 days: not known from these files"),
			),
			([], ("unmet", f"0 of 1 {RECENT}")),
		],
	)
	def test_as_their_dates_say(self, desk, days, expected):
		asking(desk, RECENTLY_QUOTED)
		rows = [[f"Q-{number}", 1, "O-1", day] for number, day in enumerate(days)]
		desk.write("q.csv", as_csv([["ID", "Document Status", "Opportunity", "Date"], *rows]))
		audit = desk.audit("--quotations", "q.csv")
		assert found_and_said(audit, "O-1") == [expected]
		assert audit["left_out"] == []

	def test_without_a_column_of_dates_nobody_knows(self, desk):
		asking(desk, RECENTLY_QUOTED)
		desk.write("q.csv", as_csv([["ID", "Document Status", "Opportunity"], ["Q-1", 1, "O-1"]]))
		audit = desk.audit("--quotations", "q.csv")
		assert [found_and_said(audit, deal)[0][0] for deal in ("O-1", "O-2")] == ["not known", "unmet"]

	def test_a_draft_is_not_submitted_and_any_will_do_where_any_is_asked(self, desk):
		asking(
			desk,
			*(
				{"type": "linked", "doctype": "Quotation", "state": state}
				for state in ("Any", "Draft", "Submitted")
			),
		)
		desk.write(
			"q.csv", as_csv([["ID", "Document Status", "Opportunity"], ["Q-1", 0, "O-1"], ["Q-2", 2, "O-1"]])
		)
		assert found_and_said(desk.audit("--quotations", "q.csv"), "O-1") == [
			("met", "1 Quotation, Q-1"),
			("met", "1 draft Quotation, Q-1"),
			("unmet", "0 of 1 submitted Quotation"),
		]


class TestRowsOfATable:
	@pytest.mark.parametrize(
		("aggregate", "operator", "operand", "first", "second"),
		[
			("Sum", ">=", 2000, ("met", "sum: 2,000"), ("unmet", "the sum is 0, must be >= 2,000")),
			("Count", ">", 1, ("met", "2 rows"), ("unmet", "there are 0, must be > 1")),
			("Any", ">", 1000, ("met", "any: 1,234.50"), ("unmet", "> 1,000 in none of 0 rows")),
			("All", "<", 1000, ("unmet", "a row is 1,234.50, must be < 1,000"), ("unmet", "not filled in")),
			("All", ">", 700, ("met", "2 rows"), ("unmet", "not filled in")),
		],
	)
	def test_they_answer_together(self, desk, aggregate, operator, operand, first, second):
		row = {"type": "field", "field": "items.amount", "kind": "number", "operator": operator}
		asking(desk, {**row, "operand": operand, "aggregate": aggregate})
		desk.opportunities(ITEMS, ITEM_HEADER)
		audit = desk.audit()
		assert [found_and_said(audit, deal) for deal in ("O-1", "O-2")] == [[first], [second]]

	def test_dates_and_whole_tables(self, desk):
		dates = {
			"type": "field",
			"field": "items.delivery_date",
			"kind": "date",
			"operator": ">",
			"operand": "today",
		}
		count = {"type": "field", "field": "items", "kind": "number", "operator": ">=", "operand": 2}
		asking(
			desk,
			{**dates, "aggregate": "All"},
			{**count, "aggregate": "Count"},
			{
				"type": "expression",
				"expression": "len(items) < opportunity_amount",
				"kinds": {"items": "table", "opportunity_amount": "number"},
			},
		)
		desk.opportunities(ITEMS, ITEM_HEADER)
		assert found_and_said(desk.audit(), "O-1") == [
			("met", "2 rows"),
			("met", "2 rows"),
			("met", "len(items) < opportunity_amount"),
		]

	def test_a_table_of_the_company_s_own(self, desk):
		row = {
			"type": "field",
			"field": "custom_parts.custom_weight",
			"kind": "number",
			"operator": ">",
			"operand": 4,
		}
		asking(desk, {**row, "aggregate": "Sum"})
		rows = [["O-1", "Talk", "Open", 1.0, "", 2.5], ["", "", "", "", "", 2.5]]
		desk.opportunities(rows, [*ITEM_HEADER[:5], "Weight (Parts)"])
		assert found_and_said(desk.audit(), "O-1") == [("met", "sum: 5")]


class TestWhatIsSeen:
	@pytest.mark.parametrize(
		("rule", "expected"),
		[
			(("opportunity_amount", "number", ">", 2000), ("unmet", "is 1,000, must be > 2,000")),
			(("opportunity_amount", "number", "is not set", None), ("unmet", "must be empty, is 1,000")),
			(("customer_name", "text", "contains", "x"), ("unmet", "is Acme, must contain x")),
			(("customer_name", "text", "does not contain", "A"), ("unmet", "is Acme, must not contain A")),
			(("customer_name", "text", "in", ["A", "B"]), ("unmet", "is Acme, must be in A, B")),
			(("customer_name", "number", ">", 1), ("unmet", "Acme is not a number")),
			(("expected_closing", "date", "<", "today"), ("unmet", "is 10 Feb 2026, must be < today")),
			(("expected_closing", "date", ">", "today"), ("met", "is 10 Feb 2026")),
			(("status", "text", "!=", "Lost"), ("met", "is Open")),
			(("items", "table", "is not set", None), ("met", "0 rows")),
			(("items", "table", "is set", None), ("unmet", "not filled in")),
		],
	)
	def test_a_comparison(self, desk, rule, expected):
		asking(desk, dict(zip(("field", "kind", "operator", "operand"), rule, strict=True), type="field"))
		assert found_and_said(desk.audit(), "O-1") == [expected]

	def test_what_does_not_apply_and_what_does_not_stop(self, desk):
		owner = {"type": "field", "field": "opportunity_owner", "kind": "text", "operator": "="}
		big = {"field": "opportunity_amount", "kind": "number", "operator": ">", "operand": 5000}
		asking(
			desk,
			{**owner, "operand": "eve", "only_if": big},
			{**owner, "operand": "eve", "blocks": False, "hint": "Give it to Eve."},
			{**owner, "operand": "eve", "blocks": False, "weight": 2.5},
			{"type": "scorecard", "at_least": 50, "only_if": big},
			{
				"type": "expression",
				"expression": "opportunity_amount > 5000",
				"kinds": {"opportunity_amount": "number"},
				"blocks": False,
			},
			{
				"type": "expression",
				"expression": "1 / 0 > opportunity_amount",
				"kinds": {"opportunity_amount": "number"},
				"blocks": False,
			},
		)
		audit = desk.audit()
		assert found_and_said(audit, "O-1") == [
			("not applicable", "only where opportunity_amount > 5,000"),
			("unmet", "is ann@x.example, must be = eve; only warns"),
			("unmet", "is ann@x.example, must be = eve; would count 2.50"),
			("not applicable", "only where opportunity_amount > 5,000"),
			("unmet", "does not hold: opportunity_amount > 5000; only warns"),
			("unmet", "cannot be worked out: 1 / 0 > opportunity_amount (division by zero); only warns"),
		]
		assert [verdict["hint"] for verdict in verdicts(audit, "O-1")][:2] == ["", "Give it to Eve."]
		assert audit["deals"][-2]["standing"] == "free"

	def test_a_verdict_carries_its_evidence_for_other_programs(self, desk):
		asking(desk, {"type": "linked", "doctype": "Quotation", "weight": 1.5})
		desk.write("q.csv", as_csv([["ID", "Document Status", "Opportunity"], ["Q-1", 1, "O-1"]]))
		assert verdicts(desk.audit("--quotations", "q.csv"), "O-1") == [
			{
				"criterion": "0",
				"type": "linked",
				"title": "Rule 0",
				"blocks": True,
				"weight": 1.5,
				"state": "met",
				"reason": "enough_linked",
				"text": "1 submitted Quotation, Q-1",
				"hint": "",
				"document": "Q-1",
			}
		]

	@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
	@given(valid_pipelines, st.data())
	def test_every_verdict_that_files_can_lead_to_has_words(self, pipeline, data):
		known = data.draw(facts_on(pipeline, st.sampled_from(LIKELY)))
		facts = Facts(values=known.values, linked=known.linked, days_in=known.days_in)
		for stage in pipeline.stages:
			for verdict in evaluate_stage(stage.criteria, facts, TODAY_IS):
				finding = explanations.finding(verdict)
				assert explanations.seen(verdict).strip() or finding is explanations.Finding.MET
				assert (finding.value == verdict.state.value) is not verdict.unknown
				assert explanations.hint(verdict) in ("", verdict.criterion.hint)
				assert not (explanations.hint(verdict) and verdict.state is not State.UNMET)


class TestConsole:
	def test_the_largest_deals_are_explained_verdict_by_verdict(self, desk):
		_code, out, _err = desk.run("--quotations", "quotations.csv", "--deals", "2")
		assert "Deal by deal, the largest first (2 of 4)" in out
		start = out.index("  O-3, Core, EUR 5,000")
		lines = out[start : out.index("\n\nForecast by month")].splitlines()
		assert [line.rstrip() for line in lines] == [
			"  O-3, Core, EUR 5,000",
			"  Offer to Won: could move on",
			"  met             We know what    2 rows",
			"  met             A quote is out  1 submitted Quotation, Q-1",
			"",
			"  O-4, Dune, EUR 3,000",
			"  Offer to Won: stopped",
			"  unmet           We know what    not filled in",
			"  unmet           A quote is out  0 of 1 submitted Quotation",
		]

	def test_an_unmet_criterion_says_what_to_do(self, desk):
		code, out, err = desk.run("--deal", "O-2")
		assert (code, err) == (0, "")
		assert out.splitlines() == [
			"",
			"  O-2, Bolt, EUR 0",
			"  Talk to Offer: stopped",
			"  unmet           There is an amount  is 0, must be > 0",
			"                  Ask for the budget.",
		]

	def test_several_deals_may_be_named(self, desk):
		_code, out, _err = desk.run("--deal", "O-2", "--deal", "O-1")
		assert [line for line in out.splitlines() if line.startswith("  O-")] == [
			"  O-2, Bolt, EUR 0",
			"  O-1, Acme, EUR 1,000",
		]

	@pytest.mark.parametrize("name", ["O-99", "O-5"])
	def test_a_deal_that_is_not_open_or_not_there_is_refused_by_name(self, desk, name):
		assert f"opportunities.csv has no open deal {name} that could be judged." in desk.refusal(
			"--deal", name
		)

	@pytest.mark.parametrize(("deals", "titles"), [("0", 0), ("1", 1), ("99", 4)])
	def test_as_many_as_asked_for(self, desk, deals, titles):
		_code, out, _err = desk.run("--deals", deals)
		assert sum(line.startswith("  O-") and "EUR" in line for line in out.splitlines()) == titles

	def test_a_deal_of_which_nothing_is_asked(self, desk):
		asking(desk)
		assert "  Talk to Offer: could move on\n  Nothing is asked.\n" in desk.run("--deal", "O-1")[1]

	def test_long_texts_stay_within_the_width_and_hints_are_told_in_full(self, desk):
		hint = "Ask the buyer who signs, and write it down. " * 6
		asking(
			desk,
			{
				"type": "field",
				"field": "customer_name",
				"kind": "text",
				"operator": "=",
				"operand": "x" * 300,
				"hint": hint,
				"title": "T" * 200,
			},
		)
		desk.opportunities(replaced(OPPORTUNITIES, 0, 4, "A remarkably long name " * 9))
		_code, out, _err = desk.run("--deal", "O-1")
		assert max(map(len, out.splitlines())) <= WIDTH
		assert " ".join(out.split()).endswith(hint.strip())

	@pytest.mark.parametrize("options", [("--deals", "-1"), ("--deals", "many"), ("--deal", "O-1", "--json")])
	def test_what_makes_no_sense_is_refused(self, desk, capsys, options):
		with pytest.raises(SystemExit) as stopped:
			desk.run(*options)
		assert stopped.value.code == 2

	def test_a_deal_without_a_stage(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 0, 1, ""))
		assert "  No stage to Talk: could move on" in desk.run("--deal", "O-1")[1]


class TestPage:
	def test_every_open_deal_opens_to_its_verdicts(self, desk):
		asking(
			desk,
			{
				"type": "field",
				"field": "customer_name",
				"kind": "text",
				"operator": "=",
				"operand": "<b>",
				"hint": "Ask & note",
			},
			{"type": "checklist"},
		)
		desk.run("--output", "page.html")
		page = (desk.folder / "page.html").read_text()
		assert page.count('<details class="row">') == 4
		assert page.index(">O-3<") < page.index(">O-4<") < page.index(">O-1<") < page.index(">O-2<")
		assert page.count('<td class="verdict bad"') == 3
		assert page.count('<td class="verdict open"') == 4
		assert "is Acme, must be = &lt;b&gt;" in page and "Ask &amp; note" in page
		assert "what people confirmed: not known from these files" in page

	def test_the_dates_of_deals(self, desk):
		desk.run("--output", "page.html")
		page = (desk.folder / "page.html").read_text()
		for text in ("closing 31 Jan 2026<", "closing 31 Dec 2025, overdue<", "no closing date<"):
			assert text in page

	def test_beyond_a_page_s_length_the_rest_is_left_to_json(self, desk):
		desk.opportunities([[f"O-{number}", *OPPORTUNITIES[0][1:]] for number in range(503)])
		desk.run("--output", "page.html")
		page = (desk.folder / "page.html").read_text()
		assert page.count('<details class="row">') == 500
		assert "3 further rows are in the output of --json." in page


def codes_in(module):
	"""Every code that a module's problems can have: in Problem(…), yielded first, or returned."""
	for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
		parts = []
		if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
			parts = node.args[:1]
		elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
			parts = node.value.elts[:1]
		elif isinstance(node, ast.FunctionDef) and node.name == "comparison_problem":
			parts = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
		yield from (part.value for part in parts if isinstance(part, ast.Constant) and part.value)


class TestFaults:
	def test_every_problem_has_a_sentence_and_no_sentence_is_left_over(self):
		codes = {code for module in (pipeline, exit_criteria, comparison) for code in codes_in(module)}
		assert codes == set(PIPELINE_FAULTS)

	def test_sentences_end_and_name_what_they_are_about(self):
		for code, sentence in PIPELINE_FAULTS.items():
			assert sentence[0].isupper() and (sentence.endswith(".") or code == "expression_unreadable")
			assert code == "no_open_stage" or any(
				name for _text, name, *_rest in Formatter().parse(sentence) if name
			)

	@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
	@given(pipelines(), st.data())
	def test_a_sentence_finds_all_that_it_names(self, drawn, data):
		broken = [stage for stage in drawn.stages if data.draw(st.booleans())] * 2
		found = pipeline.problems(pipeline.Pipeline(drawn.name, drawn.doctype, tuple(broken)))
		assume(found)
		for problem in found:
			assert "{" not in pipeline_fault(problem) or "{" in str(problem.about)

	@pytest.mark.parametrize(
		("old", "new", "sentence"),
		[
			('"outcome": "Won"', '"outcome": "Open"', "There is no stage with the outcome Won. Add one."),
			(
				'"operator": ">"',
				'"operator": "contains"',
				"Criterion There is an amount: contains does not fit opportunity_amount.",
			),
			('"name": "Offer"', '"name": "Talk"', "Stage Talk is there twice. Keep one of them."),
			(
				'"key": "items"',
				'"key": "amount"',
				"Criteria We know what and There is an amount have the same key, amount. Give each its own.",
			),
			(
				'"probability": 10',
				'"probability": 110',
				"Stage Talk: a probability lies between 0 and 100, not at 110.",
			),
		],
	)
	def test_the_command_says_it_plainly(self, desk, old, new, sentence):
		desk.write("pipeline.json", json.dumps(PIPELINE).replace(old, new))
		assert f"pipeline.json is a pipeline that cannot work:\n  {sentence}\n" in desk.refusal()

	def test_an_expression_that_cannot_be_read(self, desk):
		asking(desk, {"type": "expression", "expression": "name.upper() > 1"})
		assert "Criterion Rule 0: the expression cannot be read, only these functions" in desk.refusal()


def test_the_demo_explains_its_largest_deals(tmp_path, capsys, monkeypatch):
	monkeypatch.chdir(tmp_path)
	assert cli.main(["demo"]) == 0
	out = capsys.readouterr().out
	assert "Deal by deal, the largest first (5 of 35)" in out
	assert "Create a quotation from this opportunity and submit it." in out
	assert TODAY not in out
