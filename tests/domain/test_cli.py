"""`pipeline-ext` end to end: exports as ERPNext and spreadsheets write them, and files that are none."""

import gzip
import io
import json
import subprocess
import sys
from datetime import datetime

import openpyxl
import pytest

from pipeline_ext import cli
from pipeline_ext.standalone.terminal import WIDTH, clean
from tests.domain.desk import (
	LEDGER,
	OPPORTUNITIES,
	OPPORTUNITY_HEADER,
	PIPELINE,
	POLICY,
	QUOTATION_HEADER,
	QUOTATIONS,
	as_csv,
	replaced,
)


def as_xlsx(rows):
	book = openpyxl.Workbook()
	for row in rows:
		book.active.append(row)
	content = io.BytesIO()
	book.save(content)
	return content.getvalue()


def standings(audit):
	return {deal["name"]: deal["standing"] for deal in audit["deals"]}


def amounts(audit):
	return {deal["name"]: deal["amount"] for deal in audit["deals"]}


def reasons(audit):
	return [(row["line"], row["reason"]) for row in audit["left_out"]]


class TestGates:
	def test_each_open_deal_is_judged_on_its_next_move(self, desk):
		audit = desk.audit("--quotations", "quotations.csv")
		assert standings(audit) == {"O-1": "free", "O-2": "stopped", "O-3": "free", "O-4": "stopped"}
		assert [
			(row["criterion"], row["deals"], row["amount"], row["hint"]) for row in audit["blockers"]
		] == [
			("items", 1, 3000.5, ""),
			("quote", 1, 3000.5, ""),
			("amount", 1, 0.0, "Ask for the budget."),
		]

	def test_amounts_are_weighted_by_stage(self, desk):
		stages = desk.audit()["stages"]
		figures = [(row["stage"], row["deals"], row["amount"], row["weighted"]) for row in stages]
		assert figures == [("Talk", 2, 1000.0, 100.0), ("Offer", 2, 8000.5, 4000.25)]

	def test_what_the_files_cannot_answer_is_not_called_unmet(self, desk):
		desk.opportunities([row[:8] for row in OPPORTUNITIES if row[0]], OPPORTUNITY_HEADER[:8])
		audit = desk.audit()
		assert standings(audit)["O-3"] == standings(audit)["O-4"] == "unknown"
		assert [(row["criterion"], row["deals"]) for row in audit["not_known"]] == [
			("items", 2),
			("quote", 2),
		]
		_code, out, _err = desk.run()
		assert '"A quote is out" of 2 deals: linked Quotation: not known from these files.' in out

	def test_one_known_gap_stops_a_deal_although_another_is_not_known(self, desk):
		assert standings(desk.audit())["O-4"] == "stopped"

	def test_a_cancelled_quotation_is_none(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 4, 9, "NUT"))
		deals = {deal["name"]: deal for deal in desk.audit("--quotations", "quotations.csv")["deals"]}
		quote = next(verdict for verdict in deals["O-4"]["verdicts"] if verdict["criterion"] == "quote")
		assert (quote["state"], quote["text"]) == ("unmet", "0 of 1 submitted Quotation")

	def test_quotations_link_line_by_line_too(self, desk):
		header = ["name", "docstatus", "items.prevdoc_docname"]
		desk.write("quotations.csv", as_csv([header, ["Q-1", 1, "O-3"], ["", "", "O-4"]]))
		deals = desk.audit("--quotations", "quotations.csv")["deals"]
		met = {
			deal["name"] for deal in deals for each in deal["verdicts"] if each["reason"] == "enough_linked"
		}
		assert met == {"O-3", "O-4"}

	def test_a_stage_the_pipeline_lacks_is_named_and_weighs_nothing(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 0, 1, "Chat"))
		stages = desk.audit()["stages"]
		assert stages[-1]["stage"] == "Chat (not in this pipeline)"
		assert (stages[-1]["amount"], stages[-1]["weighted"]) == (1000.0, 0.0)

	def test_a_custom_field_is_found_by_its_label(self, desk):
		pipeline = json.loads(json.dumps(PIPELINE))
		pipeline["stages"][0]["criteria"] = [
			{"type": "field", "key": "b", "title": "Budget", "field": "custom_budget", "kind": "number"}
			| {"operator": ">=", "operand": 10}
		]
		desk.write("pipeline.json", json.dumps(pipeline))
		rows = [
			[*row, budget] for row, budget in zip(OPPORTUNITIES, [12, "abc", "", "", "", "", ""], strict=True)
		]
		desk.opportunities(rows, [*OPPORTUNITY_HEADER, "Budget"])
		deals = {deal["name"]: deal for deal in desk.audit()["deals"]}
		assert deals["O-1"]["standing"] == "free"
		assert deals["O-2"]["verdicts"][0]["text"] == "abc is not a number"


class TestQuotes:
	def test_the_true_discount_decides_who_is_asked(self, desk):
		quotes = desk.audit("--quotations", "quotations.csv", "--policy", "policy.json")["quotes"]
		found = {
			quote["name"]: (
				quote["measures"]["discount_percent"],
				[step["approver"] for step in quote["approvals"]],
			)
			for quote in quotes
		}
		assert found == {
			"Q-1": (25.0, ["Sales Manager", "cfo"]),
			"Q-2": (10.0, []),
			"Q-3": (15.0, ["Sales Manager"]),
			"Q-5": (None, ["Pricing"]),
		}
		assert {quote["name"] for quote in quotes if quote["waiting"]} == {"Q-1", "Q-5"}
		assert next(quote["owner"] for quote in quotes if quote["name"] == "Q-1") == "ann@x.example"

	def test_the_console_lists_open_ones_and_says_where_list_prices_come_from(self, desk):
		_code, out, _err = desk.run("--quotations", "quotations.csv", "--policy", "policy.json")
		assert "Of 4 quotes in the file, 3 would have needed it." in out
		assert "EUR 1,500" in out and "25 %" in out and "Sales Manager, cfo" in out
		assert "Q-3" not in out
		assert "List prices are the Price List Rate in the file" in out

	def test_an_alternative_counts_where_it_is_the_worse_choice(self, desk):
		rows = [[*row, 0] for row in QUOTATIONS]
		rows[1][-1] = 1
		desk.write("quotations.csv", as_csv([[*QUOTATION_HEADER, "Is Alternative (Items)"], *rows]))
		quote = desk.quotes()["quotes"][0]
		assert (quote["list_value"], quote["measures"]["quoted_value"]) == (1000.0, 900.0)
		assert quote["measures"]["discount_percent"] == 40.0

	def test_a_policy_is_for_the_quotes_of_its_company(self, desk):
		desk.write("policy.json", json.dumps({**POLICY, "company": "Ours"}))
		rows = [[*row, "Ours" if row[0] == "Q-1" else "Theirs"] for row in QUOTATIONS]
		rows[1][-1] = ""
		desk.write("quotations.csv", as_csv([[*QUOTATION_HEADER, "Company"], *rows]))
		audit = desk.audit("--quotations", "quotations.csv", "--policy", "policy.json")
		assert [quote["name"] for quote in audit["quotes"]] == ["Q-1"]
		assert "Not judged, because the policy is for Ours: 4 quotations of others." in audit["remarks"]

	def test_without_net_amounts_the_page_says_what_is_not_counted(self, desk):
		header = [title.replace("Net Amount", "Amount") for title in QUOTATION_HEADER]
		desk.write("quotations.csv", as_csv([header, *QUOTATIONS]))
		audit = desk.audit("--quotations", "quotations.csv", "--policy", "policy.json")
		assert audit["quotes"][0]["measures"]["discount_percent"] == 25.0
		assert any("export Net Amount (Items)" in remark for remark in audit["remarks"])

	def test_an_approved_quote_waits_no_more(self, desk):
		rows = [[*row, "Approved" if row[0] == "Q-1" else ""] for row in QUOTATIONS]
		desk.write("quotations.csv", as_csv([[*QUOTATION_HEADER, "Approval Status"], *rows]))
		quotes = desk.audit("--quotations", "quotations.csv", "--policy", "policy.json")["quotes"]
		assert not quotes[0]["waiting"]

	def test_bad_lines_leave_the_quote_out_but_its_link_counts(self, desk):
		desk.write("quotations.csv", as_csv([QUOTATION_HEADER, *replaced(QUOTATIONS, 0, 6, "NaN")]))
		audit = desk.audit("--quotations", "quotations.csv", "--policy", "policy.json")
		assert reasons(audit) == [(2, "Quantity (Items) is not a number: NaN.")]
		assert standings(audit)["O-3"] == "free"

	def test_figures_far_apart_are_compared_all_the_same(self, desk):
		rows = replaced(QUOTATIONS[:1], 0, 7, "0.000000001")
		rows = replaced(replaced(rows, 0, 6, "0.000000001"), 0, 8, "999999999999")
		desk.write("quotations.csv", as_csv([QUOTATION_HEADER, *rows]))
		(quote,) = desk.quotes()["quotes"]
		assert quote["measures"]["discount_percent"] == -1000

	def test_a_policy_alone_is_said_to_have_had_no_effect(self, desk):
		assert (
			"The policy was not applied: that takes --quotations."
			in desk.audit("--policy", "policy.json")["remarks"]
		)


class TestForecast:
	def test_open_deals_weigh_in_their_month_and_won_ones_count_in_full(self, desk):
		forecast = desk.audit()["forecast"]
		months = {line["month"]: (line["weighted"], line["won"]) for line in forecast["months"]}
		assert len(months) == 12
		assert months["2026-01-01"] == (2500.0, 700.0)
		assert months["2026-02-01"] == (100.0, 0)
		assert forecast["coming"]["forecast"] == 3300.0
		assert forecast["undated"]["amount"] == 3000.5
		assert [(line["owner"], line["forecast"]) for line in forecast["owners"]] == [
			("ann@x.example", 3300.0)
		]

	def test_the_ledger_says_when_deals_were_won(self, desk):
		audit = desk.audit("--ledger", "ledger.csv")
		won = {line["month"]: line["won"] for line in audit["forecast"]["months"] if line["won"]}
		assert won == {"2025-11-01": 700.0, "2025-12-01": 250.0}
		assert "Counted as open, but won in the ledger: 1." in audit["remarks"]

	def test_a_gzipped_ledger_will_do(self, desk):
		desk.write("ledger.csv.gz", gzip.compress(as_csv(LEDGER).encode()))
		months = desk.audit("--ledger", "ledger.csv.gz")["forecast"]["months"]
		assert sum(line["won"] for line in months) == 950.0

	def test_bad_ledger_rows_are_listed(self, desk):
		rows = replaced(replaced(replaced(LEDGER, 1, 1, "soon"), 2, 3, "maybe"), 4, 4, "inf")
		desk.write("ledger.csv", as_csv([*rows, ["", "2026-01-01", "", "open", 1, ""]]))
		assert reasons(desk.audit("--ledger", "ledger.csv")) == [
			(8, "The row has no document."),
			(2, "posted_on is not a date: soon."),
			(3, "outcome is not open, won or lost: maybe."),
			(5, "amount is not a number: inf."),
		]

	def test_deals_won_without_a_ledger_count_when_they_came_to_their_stage(self, desk):
		rows = [[*row, "2025-10-05 12:00:00" if row[0] == "O-5" else ""] for row in OPPORTUNITIES]
		desk.opportunities(rows, [*OPPORTUNITY_HEADER, "In This Stage Since"])
		months = desk.audit()["forecast"]["months"]
		assert [line["month"] for line in months if line["won"]] == ["2025-10-01"]


class TestWaysToExport:
	NAMES = (
		"name,sales_stage,status,opportunity_owner,customer_name,currency,opportunity_amount,expected_closing,"
		"items.name,items.item_code"
	).split(",")

	def expected(self, desk):
		return {**desk.audit("--quotations", "quotations.csv"), "remarks": []}

	def assert_same(self, desk, expected, name="opportunities.csv", remarks=()):
		audit = desk.audit("--quotations", "quotations.csv", opportunities=name)
		assert audit["remarks"] == list(remarks)
		assert {**audit, "remarks": []} == expected

	def test_field_names_read_like_labels(self, desk):
		expected = self.expected(desk)
		desk.opportunities(OPPORTUNITIES, self.NAMES)
		self.assert_same(desk, expected)

	def test_the_report_view_repeats_the_parent_and_names_the_child_doctype(self, desk):
		expected = self.expected(desk)
		rows = [list(row) for row in OPPORTUNITIES]
		rows[3] = [*rows[2][:8], "r2", "NUT"]
		header = [title.replace("(Items)", "(Opportunity Item)") for title in OPPORTUNITY_HEADER]
		numbered = [[line, *row] for line, row in enumerate(rows, start=1)]
		desk.opportunities(numbered, ["Sr", *header])
		self.assert_same(desk, expected)

	def test_a_report_s_totals_are_no_deal(self, desk):
		desk.opportunities([*OPPORTUNITIES, ["Total", "", "", "", "", "", 10600.5, "", "", ""]])
		assert reasons(desk.audit()) == [(9, "This is the report's row of totals.")]

	def test_filters_above_the_header_are_passed_over(self, desk):
		expected = self.expected(desk)
		desk.write("o.csv", as_csv([["Company", "X"], [], OPPORTUNITY_HEADER, *OPPORTUNITIES]))
		self.assert_same(desk, expected, "o.csv")

	@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
	def test_marks_of_encoding_are_understood(self, desk, encoding):
		expected = self.expected(desk)
		desk.write("o.csv", as_csv([OPPORTUNITY_HEADER, *OPPORTUNITIES]).encode(encoding))
		self.assert_same(desk, expected, "o.csv")

	def test_an_old_encoding_is_read_with_a_word_of_caution(self, desk):
		rows = replaced(OPPORTUNITIES, 0, 4, "Müller")
		desk.write("o.csv", as_csv([OPPORTUNITY_HEADER, *rows]).encode("cp1252"))
		audit = desk.audit(opportunities="o.csv")
		assert next(deal["party"] for deal in audit["deals"] if deal["name"] == "O-1") == "Müller"
		assert audit["remarks"] == [
			"o.csv is not UTF-8; it was read as Windows-1252, so check names with accents."
		]

	@pytest.mark.parametrize("first_line", ["", "sep=;\r\n"])
	def test_a_european_spreadsheet(self, desk, first_line):
		expected = self.expected(desk)
		rows = [list(row) for row in OPPORTUNITIES]
		for row in rows:
			if row[0]:
				row[6] = f"{row[6]:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
				row[7] = "{2}.{1}.{0}".format(*row[7].split("-")) if row[7] else ""
		desk.write(
			"o.csv", b"\xef\xbb\xbf" + first_line.encode() + as_csv([OPPORTUNITY_HEADER, *rows], ";").encode()
		)
		self.assert_same(desk, expected, "o.csv")

	def test_semicolons_with_plain_numbers_as_the_report_view_writes_them(self, desk):
		expected = self.expected(desk)
		desk.write("o.csv", as_csv([OPPORTUNITY_HEADER, *OPPORTUNITIES], ";"))
		self.assert_same(desk, expected, "o.csv")

	@pytest.mark.parametrize("name", ["o.xlsx", "o.csv"])
	def test_a_workbook_whatever_it_is_called(self, desk, name):
		expected = self.expected(desk)
		rows = [list(row) for row in OPPORTUNITIES]
		for row in rows:
			row[7] = datetime.fromisoformat(row[7]) if row[7] else None
		desk.write(name, as_xlsx([OPPORTUNITY_HEADER, *rows]))
		self.assert_same(desk, expected, name)

	def test_a_workbook_without_openpyxl_says_how_to_get_it(self, desk, monkeypatch):
		desk.write("o.xlsx", as_xlsx([OPPORTUNITY_HEADER, *OPPORTUNITIES]))
		monkeypatch.setitem(sys.modules, "openpyxl", None)
		assert 'pip install "openpyxl>=3.1"' in desk.refusal(opportunities="o.xlsx")

	@pytest.mark.parametrize(
		("texts", "expected"),
		[
			(["31/12/2026", "03/04/2026"], "2026-04-03"),
			(["12/31/2026", "03/04/2026"], "2026-03-04"),
			(["2026-12-31", "2026-04-03 00:00:00"], "2026-04-03"),
		],
	)
	def test_dates_are_read_as_the_rest_of_the_file_tells(self, desk, texts, expected):
		rows = replaced(replaced(OPPORTUNITIES[:2], 0, 7, texts[0]), 1, 7, texts[1])
		desk.opportunities(rows)
		closes = {deal["name"]: deal["expected_close"] for deal in desk.audit()["deals"]}
		assert closes["O-2"] == expected

	def test_a_foreign_deal_counts_in_company_currency(self, desk):
		header = [*OPPORTUNITY_HEADER, "Exchange Rate", "Opportunity Amount (Company Currency)"]
		rows = [[*row, "", ""] for row in OPPORTUNITIES if row[0]]
		rows[0][5:7] = ["USD", 1000.0]
		rows[0][-2:] = [0.9, 0.0]
		rows[2][5:7] = ["USD", 10.0]
		rows[2][-2:] = [0.9, 5000.0]
		rows[3][5] = "GBP"
		desk.opportunities(rows, header)
		audit = desk.audit()
		assert audit["currency"] == "EUR"
		assert amounts(audit) == {"O-1": 900.0, "O-2": 0.0, "O-3": 5000.0}
		assert reasons(audit) == [(5, "The amount is in GBP and the file has no Exchange Rate for it.")]


class TestBadRows:
	@pytest.mark.parametrize(
		("column", "value", "reason"),
		[
			(6, "NaN", "Opportunity Amount is not a number: NaN."),
			(6, "abc", "Opportunity Amount is not a number: abc."),
			(6, "1e999", "Opportunity Amount is larger than ERPNext can hold: 1e999."),
			(6, "=1+1", "Opportunity Amount is not a number: =1+1."),
			(6, -5.0, "Opportunity Amount is negative: -5.0."),
			(6, 1e15, "Opportunity Amount is larger than ERPNext can hold: 1000000000000000.0."),
			(7, "soon", "Expected Closing Date is not a date: soon."),
			(7, "2026-02-30", "Expected Closing Date is not a date: 2026-02-30."),
			(
				7,
				"03/04/2026",
				"Expected Closing Date can be read as two dates: 03/04/2026. Write it as YYYY-MM-DD.",
			),
			(0, "", "The row has no ID."),
			(0, "O-2", "O-2 is on line 3 already."),
		],
	)
	def test_they_are_listed_with_their_line_and_the_rest_goes_on(self, desk, column, value, reason):
		rows = replaced(OPPORTUNITIES[1:2] + OPPORTUNITIES[:1], 1, column, value)
		desk.opportunities([["O-0", *OPPORTUNITIES[0][1:]], *rows])
		audit = desk.audit()
		assert reasons(audit) == [(4, reason)]
		assert amounts(audit) == {"O-0": 1000.0, "O-2": 0.0}
		code, out, _err = desk.run()
		assert code == 0
		assert f"opportunities.csv, line 4: {reason}" in out

	def test_item_rows_without_a_document_are_listed(self, desk):
		desk.opportunities([["", "", "", "", "", "", "", "", "r0", "NUT"], *OPPORTUNITIES])
		assert reasons(desk.audit()) == [
			(2, "The row belongs to a document that is not there or was left out.")
		]

	def test_lines_are_counted_as_the_file_has_them(self, desk):
		rows = replaced(replaced(OPPORTUNITIES, 0, 4, "Acme\nof\nBonn"), 1, 6, "abc")
		desk.opportunities([*rows[:1], [""] * 10, *rows[1:]])
		assert reasons(desk.audit()) == [(6, "Opportunity Amount is not a number: abc.")]

	def test_damaged_quotation_marks_cost_their_row_only(self, desk):
		lines = as_csv([OPPORTUNITY_HEADER, *OPPORTUNITIES]).splitlines()
		lines[1] = lines[1].replace('"Acme"', '"Ac"me"')
		desk.write("opportunities.csv", "\r\n".join(lines))
		((line, reason),) = reasons(desk.audit())
		assert line == 2
		assert reason.startswith("The quotation marks do not match")

	def test_a_quotation_mark_that_never_closes_is_named(self, desk):
		text = as_csv([OPPORTUNITY_HEADER, *OPPORTUNITIES[:2]]) + '"O-9,Talk\r\nO-10,Talk\r\n'
		desk.write("opportunities.csv", text)
		assert reasons(desk.audit()) == [
			(4, "A quotation mark opens here and is never closed; nothing after it was read.")
		]

	def test_a_row_longer_than_the_header_is_listed(self, desk):
		desk.opportunities([[*OPPORTUNITIES[0], "x"], *OPPORTUNITIES[1:]])
		assert reasons(desk.audit()) == [(2, "The row has 11 cells, the header 10.")]

	def test_the_console_stops_listing_after_a_while(self, desk):
		desk.opportunities([[f"O-{number}", "", "", "", "", "", "abc", "", "", ""] for number in range(40)])
		_code, out, _err = desk.run()
		assert "40 rows left out of all figures" in out
		assert "and 15 more" in out

	def test_statuses_of_another_language_are_not_swallowed(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 5, 2, "Verloren"))
		assert desk.audit()["remarks"] == [
			'Counted as open, with the status "Verloren" that ERPNext does not know: 1.'
		]


class TestRefusals:
	def test_all_missing_columns_are_named_at_once(self, desk):
		desk.opportunities([["Open", 1.0]], ["Status", "Opportunity Amount"])
		error = desk.refusal()
		assert "opportunities.csv lacks 3 of the columns that are needed" in error
		for column in ("ID [name]", "Sales Stage [sales_stage]", "Expected Closing Date [expected_closing]"):
			assert column in error

	def test_discounts_need_item_columns_but_links_do_not(self, desk):
		header, rows = QUOTATION_HEADER[:4], [row[:4] for row in QUOTATIONS if row[0]]
		desk.write("quotations.csv", as_csv([header, *rows]))
		assert standings(desk.audit("--quotations", "quotations.csv"))["O-3"] == "free"
		error = desk.refusal("--quotations", "quotations.csv", "--policy", "policy.json")
		assert "Price List Rate (Items) [items.price_list_rate]" in error
		assert "lacks 3 of" in error

	@pytest.mark.parametrize(
		("content", "sentence"),
		[
			(b"", "is empty"),
			(b"\n \n", "is empty"),
			(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is neither a CSV nor an XLSX file"),
			(b"PK\x03\x04 no workbook", "is not an Excel workbook that can be read"),
			(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is in Excel's old format"),
			(b"\xff\xfea", "is in an unknown encoding"),
			(b"ID\n\x81\x8d\x8f", "is in an unknown encoding"),
			(b"\x1f\x8b no gzip", "cannot be read"),
			(b"hello", "lacks 5 of the columns"),
			(b'"', "lacks 5 of the columns"),
		],
	)
	def test_a_file_that_is_no_export_is_refused_in_a_sentence(self, desk, content, sentence):
		desk.write("opportunities.csv", content)
		assert sentence in desk.refusal()

	def test_an_export_without_documents_is_an_empty_pipeline(self, desk):
		desk.opportunities([])
		assert desk.audit()["deals"] == []

	@pytest.mark.parametrize("missing", [".", "nowhere.csv"])
	def test_what_is_no_file_is_refused_by_name(self, desk, missing):
		assert "cannot be read" in desk.refusal(opportunities=missing)
		assert "cannot be read" in desk.refusal(pipeline=missing)

	@pytest.mark.parametrize(
		("content", "sentence"),
		[
			("{", "pipeline.json is not JSON"),
			("[" * 100_000, "pipeline.json is not JSON"),
			("[]", "is not an object"),
			("7", "is not an object"),
			(b"\xff\xfe\x00", "pipeline.json is not JSON"),
			("{}", '"stages" is missing'),
			('{"stages": []}', '"name" is missing'),
			(json.dumps({**PIPELINE, "stages": []}), "no open stage"),
			(json.dumps({**PIPELINE, "stages": 5}), "is not a pipeline"),
			(json.dumps({**PIPELINE, "stages": [{"outcome": "Open"}]}), "is not a pipeline"),
			(json.dumps({**PIPELINE, "stages": [{"name": "A"}]}), '"outcome" is missing'),
			(json.dumps({**PIPELINE, "stages": [{"name": ["A"], "outcome": "Open"}]}), "is not a pipeline"),
			(json.dumps({**PIPELINE, "doctype": "Lead"}), "is a pipeline for Lead"),
			(
				json.dumps(PIPELINE).replace('"probability": 10,', '"probability": "ten",'),
				"is not a pipeline",
			),
			(json.dumps(PIPELINE).replace('"probability": 10,', '"probability": NaN,'), "between 0 and 100"),
			(json.dumps(PIPELINE).replace('"operand": 0', '"operand": "lots"'), "is not a pipeline"),
			(json.dumps(PIPELINE).replace('"type": "linked"', '"type": "magic"'), "is not a pipeline"),
			(json.dumps(PIPELINE).replace('"Ask for the budget."', "null"), '"hint" cannot be None'),
			(json.dumps(PIPELINE).replace('"key": "items"', '"key": []'), '"key" cannot be ()'),
		],
	)
	def test_a_pipeline_that_cannot_work_is_refused(self, desk, content, sentence):
		desk.write("pipeline.json", content)
		assert sentence in desk.refusal()

	@pytest.mark.parametrize(
		("change", "sentence"),
		[
			({"rules": [{"key": "a", "title": "A"}]}, 'rule 1 has no "measure"'),
			({"rules": [{**POLICY["rules"][0], "threshold": "many"}]}, "must be a number, not 'many'"),
			({"rules": [{**POLICY["rules"][0], "threshold": "NaN"}]}, "must be a number, not 'NaN'"),
			({"rules": [{**POLICY["rules"][0], "user": "x@y"}]}, "name a role only for Role"),
			({"rules": [{**POLICY["rules"][0], "measure": "mood"}]}, "Rule Above 10: this is not a measure"),
			({"rules": [{**POLICY["rules"][0], "rank": 1}]}, "is not an approval policy"),
			({"rules": [{**POLICY["rules"][0], "role": 5}]}, '"role of rule 1" must be a text, not 5'),
			({"company": ["X"]}, '"company" must be a text'),
			({"rules": []}, "There is no rule"),
			({"rules": None}, "is not an approval policy"),
		],
	)
	def test_a_policy_that_cannot_work_is_refused(self, desk, change, sentence):
		desk.write("policy.json", json.dumps({**POLICY, **change}))
		assert sentence in desk.refusal("--quotations", "quotations.csv", "--policy", "policy.json")

	@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "9999-12-31", "0001-01-01"])
	def test_a_day_that_is_none_is_refused(self, capsys, day):
		with pytest.raises(SystemExit) as stopped:
			cli.main(["audit", "--pipeline", "p", "--opportunities", "o", "--today", day])
		assert stopped.value.code == 2
		assert f"{day!r} is not a date like" in capsys.readouterr().err

	def test_a_page_that_cannot_be_written_has_its_own_exit_code(self, desk):
		code, out, err = desk.run("--output", "no/such/folder.html")
		assert code == 3
		assert "cannot be written" in err
		assert "open deals" in out

	def test_help_lists_exit_codes(self, capsys):
		with pytest.raises(SystemExit):
			cli.main(["audit", "--help"])
		assert "exit codes:" in capsys.readouterr().out


class TestOutput:
	FILES = ("--quotations", "quotations.csv", "--policy", "policy.json", "--ledger", "ledger.csv")

	def test_the_console_is_plain_and_narrow(self, desk):
		rows = replaced(OPPORTUNITIES, 0, 4, "A company with a remarkably long name " * 5)
		desk.opportunities(rows)
		_code, out, _err = desk.run(*self.FILES)
		assert max(len(line) for line in out.splitlines()) <= WIDTH
		assert "\033" not in out
		assert "4 open deals, EUR 9,000, weighted by stage EUR 4,100" in out

	def test_a_terminal_gets_colour_unless_it_declines(self, desk, monkeypatch):
		monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
		monkeypatch.setenv("TERM", "xterm")
		monkeypatch.delenv("NO_COLOR", raising=False)
		assert "\033[1m" in desk.run()[1]
		monkeypatch.setenv("NO_COLOR", "1")
		assert "\033" not in desk.run()[1]

	def test_control_characters_do_not_reach_the_terminal(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 0, 4, "Acme\033]0;owned\007"))
		assert "\033" not in desk.run()[1]
		assert clean("a\nb\u202ec") == "a b c"

	def test_the_page_is_self_contained_and_escapes_what_it_shows(self, desk):
		desk.opportunities(replaced(OPPORTUNITIES, 0, 4, "<script>alert(1)</script>"))
		code, _out, _err = desk.run(*self.FILES, "--output", "page.html")
		page = (desk.folder / "page.html").read_text()
		assert code == 0
		assert "<script" not in page and "&lt;script&gt;" in page
		assert "http" not in page and "src=" not in page and "url(" not in page
		assert page.count("<svg") >= 9
		for figure in ("9,000", "4,100", "2 deals", "EUR 1,500", "25 %"):
			assert figure in page

	def test_a_page_of_nothing_is_still_a_page(self, desk):
		desk.opportunities([])
		assert desk.run(*self.FILES, "--output", "page.html")[0] == 0
		assert "0 deals" in (desk.folder / "page.html").read_text()


WITHOUT_FRAPPE = """
import sys
sys.modules["frappe"] = sys.modules["erpnext"] = None
sys.argv[0] = "pipeline-ext"
import runpy
runpy.run_module("pipeline_ext.cli", run_name="__main__")
"""


def run_without_frappe(*arguments, folder):
	return subprocess.run(
		[sys.executable, "-c", WITHOUT_FRAPPE, *arguments],
		capture_output=True,
		text=True,
		cwd=folder,
		check=False,
	)


class TestProgram:
	def test_it_runs_where_frappe_cannot_be_imported(self, desk):
		ran = run_without_frappe(
			*("audit", "--pipeline", "pipeline.json", "--opportunities", "opportunities.csv"),
			folder=desk.folder,
		)
		assert (ran.returncode, ran.stderr) == (0, "")
		assert "Two Steps, as of" in ran.stdout

	def test_the_demo_shows_a_story_with_something_of_everything(self, tmp_path):
		ran = run_without_frappe("demo", folder=tmp_path)
		assert (ran.returncode, ran.stderr) == (0, "")
		for heading in ("Open deals by stage", "What stops them", "that need approval", "Forecast by month"):
			assert heading in ran.stdout
		assert "left out" not in ran.stdout
		assert "<svg" in (tmp_path / "pipeline-demo.html").read_text()

	def test_a_reader_that_leaves_early_is_no_error(self, desk):
		command = [sys.executable, "-m", "pipeline_ext.cli", "audit", "--json", "--pipeline", "pipeline.json"]
		command += ["--opportunities", "opportunities.csv"]
		desk.opportunities([[f"O-{number}", *OPPORTUNITIES[0][1:]] for number in range(2000)])
		with subprocess.Popen(
			command, cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
		) as program:
			program.stdout.readline()
			program.stdout.close()
			assert program.stderr.read() == ""
			assert program.wait() == 0
