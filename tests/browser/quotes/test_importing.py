"""Quotations that come in a file, by somebody who may import them, get past no approval."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import frappe
import pytest

from tests.browser import records
from tests.browser.conftest import URL
from tests.browser.quotes.ways import (
	LIST_RATE,
	WIDGET,
	ask,
	assert_kept_back,
	contents,
	decide,
	measured,
	row_of,
	standing,
	status_of,
)
from tests.browser.rest import Session
from tests.site import factories

INSERT, UPDATE = "Insert New Records", "Update Existing Records"
Import = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def import_csv() -> Iterator[Import]:
	"""`import_csv(rows, type)` runs a Data Import of a file; returns its log, an entry for each quotation."""
	files = []

	def run(
		rows: Sequence[dict[str, Any]], import_type: str = INSERT, submit: int = 0
	) -> list[dict[str, Any]]:
		with records.committed_as(records.IMPORTER):
			file = frappe.get_doc(
				{
					"doctype": "File",
					"file_name": "quotations.csv",
					"content": as_csv(rows),
					"is_private": 1,
				}
			).insert()
			files.append(file.name)
			data_import = frappe.get_doc(
				{
					"doctype": "Data Import",
					"reference_doctype": "Quotation",
					"import_type": import_type,
					"import_file": file.file_url,
					"submit_after_import": submit,
					"mute_emails": 1,
				}
			).insert()
		with records.committed_as(records.IMPORTER):
			data_import.start_import()
		return log_of(data_import.name)

	yield run
	with records.committed_as("Administrator"):
		for name in files:
			frappe.delete_doc("File", name, force=True)


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
	text = io.StringIO()
	writer = csv.DictWriter(text, list(rows[0]))
	writer.writeheader()
	writer.writerows(rows)
	return text.getvalue()


def log_of(data_import: str) -> list[dict[str, Any]]:
	frappe.db.rollback()
	return frappe.get_all(
		"Data Import Log",
		{"data_import": data_import},
		["success", "docname", "messages"],
		order_by="log_index",
	)


def said(entry: dict[str, Any]) -> str:
	"""What the log says to whoever imports."""
	return " ".join(message["message"] for message in json.loads(entry["messages"]))


def of_widgets(rate: float | str, **fields: Any) -> dict[str, Any]:
	"""A row of the file: a quotation of ten widgets."""
	return {
		"quotation_to": "Customer",
		"party_name": records.customer(),
		"company": records.COMPANY,
		"currency": factories.CURRENCY,
		"selling_price_list": factories.PRICE_LIST,
		"items.item_code": WIDGET,
		"items.qty": 10,
		"items.rate": rate,
		**fields,
	}


def test_what_is_imported_gets_its_status(import_csv: Import, sales_user: Session):
	forged = {"pe_approval_status": "Approved"}
	log = import_csv([of_widgets(80, **forged), of_widgets(LIST_RATE, **forged)])
	assert [entry["success"] for entry in log] == [1, 1]
	discounted, harmless = (entry["docname"] for entry in log)
	assert (status_of(discounted), status_of(harmless)) == ("Required", "Not Required")
	assert measured(sales_user, discounted) == 20
	assert_kept_back(sales_user, discounted)


@pytest.mark.parametrize(
	("fields", "submit_after"), [({}, 1), ({"docstatus": 1}, 0)], ids=["submitted after", "as submitted"]
)
def test_nothing_is_submitted_without_its_approval(
	import_csv: Import, fields: dict[str, Any], submit_after: int
):
	before = frappe.db.count("Quotation")
	rows = [of_widgets(80, **fields), of_widgets(LIST_RATE, **fields)]
	refused, done = import_csv(rows, submit=submit_after)
	assert (refused["success"], done["success"]) == (0, 1)
	assert "needs approval first" in said(refused)
	assert "More than 10 % off" in said(refused)
	assert records.stored("Quotation", done["docname"], "docstatus") == 1
	assert frappe.db.count("Quotation") == before + 1


BAD = {
	"NaN": ({"items.rate": "NaN"}, "Rate in row 1 is nan"),
	"a negative rate": ({"items.rate": -5}, "Rate in row 1 is -5"),
	"a negative quantity": ({"items.qty": -10}, "Quantity in row 1 is -10"),
	"150 % off": (
		{"additional_discount_percentage": 150},
		"Additional Discount Percentage is 150.0 %",
	),
}


@pytest.mark.parametrize(("fields", "words"), BAD.values(), ids=BAD)
def test_a_bad_number_is_a_clear_error_in_the_log(import_csv: Import, fields: dict[str, Any], words: str):
	before = frappe.db.count("Quotation")
	[refused] = import_csv([of_widgets(LIST_RATE) | fields])
	assert refused["success"] == 0
	assert words in said(refused)
	assert frappe.db.count("Quotation") == before


def new_rate(name: str, rate: float) -> dict[str, Any]:
	return {"name": name, "items.name": row_of("Quotation", name), "items.rate": rate}


def test_an_update_is_measured_anew(import_csv: Import, sales_user: Session, manager: Session, approved: str):
	[entry] = import_csv([new_rate(approved, 70)], UPDATE)
	assert entry["success"]
	assert measured(sales_user, approved) == 30
	assert status_of(approved) == "Stale"
	assert_kept_back(sales_user, approved)


def test_an_update_leaves_what_is_submitted(import_csv: Import, submitted: str):
	before = contents("Quotation", submitted)
	[refused] = import_csv([new_rate(submitted, 70)], UPDATE)
	assert refused["success"] == 0
	assert contents("Quotation", submitted) == before


def test_who_imports_approves_none_of_it(import_csv: Import, manager: Session):
	[entry] = import_csv([of_widgets(80)])
	importer = Session(URL, records.IMPORTER, records.PASSWORD)
	approval = ask(importer, entry["docname"])
	assert not decide(importer, approval).ok
	assert decide(manager, approval).ok
	assert standing(approval) == "Approved"
