"""A company's files in a folder, and `pipeline-ext audit` run on them."""

import csv
import io
import json

from pipeline_ext import cli

PIPELINE = {
	"name": "Two Steps",
	"doctype": "Opportunity",
	"stages": [
		{
			"name": "Talk",
			"outcome": "Open",
			"probability": 10,
			"criteria": [
				{
					"type": "field",
					"key": "amount",
					"title": "There is an amount",
					"field": "opportunity_amount",
					"kind": "number",
					"operator": ">",
					"operand": 0,
					"hint": "Ask for the budget.",
				},
			],
		},
		{
			"name": "Offer",
			"outcome": "Open",
			"probability": 50,
			"criteria": [
				{
					"type": "field",
					"key": "items",
					"title": "We know what",
					"field": "items",
					"kind": "table",
					"operator": "is set",
				},
				{"type": "linked", "key": "quote", "title": "A quote is out", "doctype": "Quotation"},
			],
		},
		{"name": "Won", "outcome": "Won", "probability": 100, "forecast_category": "Closed"},
		{"name": "Lost", "outcome": "Lost", "forecast_category": "Omitted"},
	],
}
POLICY = {
	"name": "Discounts",
	"rules": [
		{
			"key": "a",
			"title": "Above 10",
			"measure": "discount_percent",
			"threshold": "10",
			"approver": "Role",
			"role": "Sales Manager",
		},
		{
			"key": "b",
			"title": "Above 20",
			"measure": "discount_percent",
			"threshold": "20",
			"approver": "User",
			"user": "cfo@x.example",
		},
		{
			"key": "c",
			"title": "No price",
			"measure": "lines_without_list_price",
			"threshold": 0,
			"approver": "Role",
			"role": "Pricing",
		},
	],
}
OPPORTUNITY_HEADER = [
	"ID",
	"Sales Stage",
	"Status",
	"Opportunity Owner",
	"Customer Name",
	"Currency",
	"Opportunity Amount",
	"Expected Closing Date",
	"ID (Items)",
	"Item Code (Items)",
]
OPPORTUNITIES = [
	["O-1", "Talk", "Open", "ann@x.example", "Acme", "EUR", 1000.0, "2026-02-10", "", ""],
	["O-2", "Talk", "Open", "bob@x.example", "Bolt", "EUR", 0.0, "", "", ""],
	["O-3", "Offer", "Quotation", "ann@x.example", "Core", "EUR", 5000.0, "2026-01-31", "r1", "SCREW"],
	["", "", "", "", "", "", "", "", "r2", "NUT"],
	["O-4", "Offer", "Open", "bob@x.example", "Dune", "EUR", 3000.5, "2025-12-31", "", ""],
	["O-5", "Won", "Converted", "ann@x.example", "Echo", "EUR", 700.0, "2026-01-15", "", ""],
	["O-6", "Offer", "Lost", "ann@x.example", "Fall", "EUR", 900.0, "2026-01-15", "", ""],
]
QUOTATION_HEADER = [
	"ID",
	"Status",
	"Opportunity",
	"Customer Name",
	"Currency",
	"Item Code (Items)",
	"Quantity (Items)",
	"Price List Rate (Items)",
	"Net Amount (Items)",
]
QUOTATIONS = [
	["Q-1", "Open", "O-3", "Core", "EUR", "SCREW", 10.0, 100.0, 900.0],
	["", "", "", "", "", "NUT", 10.0, 100.0, 600.0],
	["Q-2", "Draft", "O-4", "Dune", "EUR", "SCREW", 1.0, 100.0, 90.0],
	["Q-3", "Ordered", "O-5", "Echo", "EUR", "SCREW", 1.0, 100.0, 85.0],
	["Q-4", "Cancelled", "O-4", "Dune", "EUR", "SCREW", 1.0, 100.0, 1.0],
	["Q-5", "Draft", "", "Gold", "EUR", "NEW", 1.0, 0.0, 50.0],
]
LEDGER = [
	["document", "posted_on", "stage", "outcome", "amount", "expected_close"],
	["O-5", "2025-11-02 09:00:00", "Talk", "open", 500, ""],
	["O-5", "2025-11-20 09:00:00", "Won", "won", 600, ""],
	["O-5", "2025-12-01 09:00:00", "Won", "won", 700, ""],
	["O-9", "2025-12-03 10:00:00", "Won", "won", 250, ""],
	["O-9", "2026-01-25 10:00:00", "Talk", "open", 250, ""],
	["O-1", "2025-12-05 10:00:00", "Won", "won", 1000, ""],
]
TODAY = "2026-01-20"


def as_csv(rows, delimiter=","):
	"""As Frappe writes it: everything quoted that is not a number."""
	text = io.StringIO()
	csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
	return text.getvalue()


def replaced(rows, line, column, value):
	"""A copy of the rows with another value; `line` counts from the first row, 0."""
	copy = [list(row) for row in rows]
	copy[line][column] = value
	return copy


class Desk:
	"""A folder with a company's files, and the command run on them."""

	def __init__(self, folder, capsys):
		self.folder = folder
		self.capsys = capsys
		self.write("pipeline.json", json.dumps(PIPELINE))
		self.write("policy.json", json.dumps(POLICY))
		self.opportunities(OPPORTUNITIES)
		self.write("quotations.csv", as_csv([QUOTATION_HEADER, *QUOTATIONS]))
		self.write("ledger.csv", as_csv(LEDGER))

	def write(self, name, content):
		path = self.folder / name
		path.write_bytes(content if isinstance(content, bytes) else content.encode())
		return path

	def opportunities(self, rows, header=OPPORTUNITY_HEADER):
		self.write("opportunities.csv", as_csv([header, *rows]))

	def run(self, *options, pipeline="pipeline.json", opportunities="opportunities.csv"):
		"""Exit code, standard output, standard error."""
		required = ["--pipeline", pipeline, "--opportunities", opportunities, "--today", TODAY]
		code = cli.main(["audit", *required, *options])
		return code, *self.capsys.readouterr()

	def audit(self, *options, **files):
		code, out, err = self.run(*options, "--json", **files)
		assert (code, err) == (0, "")
		return json.loads(out)

	def quotes(self, *options):
		"""The quotations judged without their deals."""
		code, out, err = self.run_on_quotes(*options, "--json")
		assert (code, err) == (0, "")
		return json.loads(out)

	def run_on_quotes(self, *options):
		return self.run_alone("--quotations", "quotations.csv", "--policy", "policy.json", *options)

	def run_alone(self, *options):
		code = cli.main(["audit", *options])
		return code, *self.capsys.readouterr()

	def refusal(self, *options, **files):
		code, out, err = self.run(*options, **files)
		assert (code, out) == (2, "")
		assert "Traceback" not in err
		return err
