"""A ledger goes out as CSV and comes back the same; foreign histories come in, checked row by row."""

from __future__ import annotations

import csv
import gzip
from io import StringIO
from itertools import islice
from pathlib import Path

import frappe
import pytest
from frappe.utils import add_days, nowdate

from pipeline_ext.domain.exchange import COLUMNS
from pipeline_ext.history.chains import chains_of
from pipeline_ext.history.exporting import to_file, write
from pipeline_ext.history.importing import Target, import_file
from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.history.sealing import tampered
from pipeline_ext.history.wording import refusal_text
from pipeline_ext.subjects import LEDGER, LEDGER_TIP, STAGE_VISIT
from tests.site import factories, pipelines
from tests.site.pipelines import deal, ledger, move

DATA = Path(__file__).parents[3] / "shared" / "data"
HEADER = "document,posted_on,stage,outcome,amount,expected_close"
GOOD = ("H-1,2024-01-05 09:00:00,Prospecting,open,100,2024-03-01", "H-1,2024-02-05,Won,won,150,2024-03-01")
TARGET = Target("Opportunity", pipelines.NAME, factories.COMPANY)


@pytest.fixture(autouse=True)
def pipeline():
	return pipelines.enforced()


def file_of(folder, *rows, header=HEADER):
	path = folder / "history.csv"
	path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
	return path


def exported(**options):
	file = StringIO()
	write(file, "Opportunity", **options)
	return list(csv.DictReader(StringIO(file.getvalue())))


def rows_of(made):
	return [row for row in exported() if row["document"] == made.name]


def told(result):
	return result.documents, result.entries, result.unchanged, result.refused


# Export


def test_a_row_per_change_oldest_first_with_what_was_known_at_creation():
	made = deal(source="Exhibition", territory="All Territories")
	move(made, "Qualification")
	first, second = rows_of(made)
	assert list(first)[: len(COLUMNS)] == list(COLUMNS)
	assert (first["stage"], first["outcome"], first["amount"]) == ("Prospecting", "open", "1000.0")
	assert (first["expected_close"], first["company"]) == (add_days(nowdate(), 30), factories.COMPANY)
	assert (first["source"], first["opportunity_from"]) == ("Exhibition", "Customer")
	assert (second["stage"], second["probability"], second["pipeline"]) == (
		"Qualification",
		"25.0",
		pipelines.NAME,
	)
	instants = [row["posted_on"] for row in exported()]
	assert instants == sorted(instants)


def test_only_what_the_user_may_read_is_written(as_user):
	mine, other = deal(), deal()
	rep = factories.user("rep@pipeline-test.example", "Sales User")
	frappe.permissions.add_user_permission("Opportunity", mine.name, rep)
	with as_user(rep):
		assert {row["document"] for row in exported()} == {mine.name}
	assert {mine.name, other.name} <= {row["document"] for row in exported()}


def test_who_may_read_no_deal_gets_nothing(as_user):
	deal()
	nobody = factories.user("nobody@pipeline-test.example", "Projects User")
	with as_user(nobody), pytest.raises(frappe.PermissionError):
		exported()


def test_a_deleted_deals_history_is_for_whom_nothing_restricts(as_user):
	gone, mine = deal(), deal()
	frappe.delete_doc("Opportunity", gone.name)
	rep = factories.user("rep@pipeline-test.example", "Sales User")
	frappe.permissions.add_user_permission("Opportunity", mine.name, rep)
	assert rows_of(gone)
	with as_user(rep):
		assert not rows_of(gone)


def test_one_company_only():
	made = deal()
	assert made.name in {row["document"] for row in exported(company=factories.COMPANY)}
	assert exported(company="Another") == []


def test_an_entry_that_shows_nothing_has_no_row(pipeline):
	made = deal()
	newer = frappe.get_doc("Sales Pipeline", pipeline.name).publish()
	frappe.db.set_value("Opportunity", made.name, "pe_pipeline_version", newer)
	reconcile()
	assert (len(ledger(made)), len(rows_of(made))) == (2, 1)


def test_a_packed_file(tmp_path):
	deal()
	rows = to_file(tmp_path / "ledger.csv.gz", "Opportunity")
	with gzip.open(tmp_path / "ledger.csv.gz", "rt", encoding="utf-8", newline="") as file:
		assert len(list(csv.DictReader(file))) == rows > 0


def test_what_cannot_be_written_is_said_in_words(tmp_path):
	with pytest.raises(frappe.ValidationError, match="cannot be written"):
		to_file(tmp_path / "no" / "such" / "folder.csv", "Opportunity")
	with pytest.raises(frappe.ValidationError, match="has no pipeline ledger"):
		to_file(tmp_path / "ledger.csv", "Customer")


# Round trip


def test_what_went_out_comes_back_the_same(tmp_path):
	made, other = deal(), deal(opportunity_owner="Guest", expected_closing=None)
	move(made, "Qualification")
	move(made, "Needs Analysis", pe_forecast_category="Commit", opportunity_amount=1234.56)
	move(made, "Lost", lost_reasons=[{"lost_reason": lost_reason()}])
	frappe.db.set_value("Opportunity", other.name, "sales_stage", "A stage of old")
	reconcile()
	path = tmp_path / "ledger.csv"
	to_file(path, "Opportunity")
	before = path.read_text()
	for record in (LEDGER, LEDGER_TIP, STAGE_VISIT):
		frappe.db.delete(record, {"document_type": "Opportunity"})
	result = import_file(path, TARGET)
	assert (result.refusals, result.entries) == ([], before.count("\n") - 1)
	to_file(path, "Opportunity")
	assert path.read_text() == before
	assert {entry.origin for entry in ledger(made)} == {"Imported"}


def lost_reason():
	name = "Price of the round trip"
	return frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": name}).insert().name


# Import


def test_a_foreign_history_becomes_a_chain(tmp_path):
	assert told(import_file(file_of(tmp_path, *GOOD), TARGET)) == (1, 2, 0, 0)
	(chain,) = chains_of("Opportunity", ["H-1"])
	first, second = chain.entries
	assert (first.circumstances.origin, first.circumstances.path) == ("Imported", "Import")
	assert (first.circumstances.pipeline_version, first.circumstances.posted_by) == (None, None)
	assert (first.state.pipeline, first.state.company) == (pipelines.NAME, factories.COMPANY)
	assert (first.state.amount, first.state.probability, second.state.probability) == (100, 10, 100)
	assert (second.circumstances.move, second.circumstances.from_stage) == ("Won", "Prospecting")
	assert second.circumstances.days_in_stage == 30.625
	assert list(tampered()) == []


def test_a_second_import_adds_nothing_and_a_longer_file_goes_on(tmp_path):
	import_file(file_of(tmp_path, GOOD[0]), TARGET)
	assert told(import_file(file_of(tmp_path, GOOD[0]), TARGET)) == (0, 0, 1, 0)
	assert told(import_file(file_of(tmp_path, *GOOD), TARGET)) == (1, 1, 0, 0)
	assert told(import_file(file_of(tmp_path, *GOOD), TARGET)) == (0, 0, 1, 0)
	assert [entry.sequence for entry in chains_of("Opportunity", ["H-1"])[0].entries] == [1, 2]
	assert list(tampered()) == []


def test_a_check_writes_nothing(tmp_path):
	assert told(import_file(file_of(tmp_path, *GOOD), TARGET, check_only=True)) == (1, 2, 0, 0)
	assert chains_of("Opportunity", ["H-1"]) == []


def test_a_document_with_a_history_of_its_own_is_refused_and_the_others_are_not(tmp_path):
	made = deal()
	before = ledger(made)
	result = import_file(file_of(tmp_path, GOOD[0].replace("H-1", made.name), *GOOD), TARGET)
	assert told(result) == (1, 2, 0, 1)
	assert [refusal_text(refusal) for refusal in result.refusals] == [
		f"Row 2, {made.name}: The document has a history of its own here. Take its rows out of the file."
	]
	assert ledger(made) == before


def test_a_refused_row_takes_its_document_along_and_says_what_to_do(tmp_path):
	rows = (*GOOD, "H-2,2024-01-05,Prospecting,open,1,", "H-2,2024-02-30,Prospecting,open,NaN,")
	result = import_file(file_of(tmp_path, *rows), TARGET)
	assert told(result) == (1, 2, 0, 1)
	assert [refusal_text(refusal) for refusal in result.refusals] == [
		"Row 5, H-2: posted_on is not a date: 2024-02-30. Write 2026-01-31 or 2026-01-31 14:30:00."
	]
	assert chains_of("Opportunity", ["H-2"]) == []


def test_unknown_stages_and_owners_are_taken_and_counted(tmp_path):
	header = f"{HEADER},owner"
	rows = ("H-1,2024-01-05,Suspect,open,1,,Jane", "H-1,2024-01-06,Prospecting,open,1,,Administrator")
	result = import_file(file_of(tmp_path, *rows, header=header), TARGET)
	assert (dict(result.unknown_stages), dict(result.unknown_owners)) == ({"Suspect": 1}, {"Jane": 1})
	(chain,) = chains_of("Opportunity", ["H-1"])
	assert [entry.state.stage for entry in chain.entries] == ["Suspect", "Prospecting"]


@pytest.mark.parametrize(
	("column", "value"), [("company", "Nobody Ltd"), ("pipeline", "Another System's Pipeline")]
)
def test_a_row_of_elsewhere_is_refused(tmp_path, column, value):
	path = file_of(tmp_path, f"{GOOD[0]},{value}", header=f"{HEADER},{column}")
	result = import_file(path, TARGET)
	assert [(refusal.line, refusal.code) for refusal in result.refusals] == [(2, "not_here")]
	assert told(result) == (0, 0, 0, 1)


@pytest.mark.parametrize(
	("content", "words"),
	[
		(b"", "The file is empty"),
		(b"document,posted_on\n", "Columns are missing: stage, outcome, amount"),
		(HEADER.encode() + b'\nH-1,"2024', "A quotation mark is not closed"),
		(HEADER.encode() + b"\nM\xfcller,2024-01-01,A,open,1,\n", "not in UTF-8"),
		(b"\x1f\x8b damaged", "cannot be read"),
	],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, content, words):
	path = tmp_path / "history.csv"
	path.write_bytes(content)
	with pytest.raises(frappe.ValidationError, match=words):
		import_file(path, TARGET)


def test_a_missing_file_is_refused_in_words(tmp_path):
	with pytest.raises(frappe.ValidationError, match=r"nowhere\.csv cannot be read"):
		import_file(tmp_path / "nowhere.csv", TARGET)


@pytest.mark.parametrize(
	("target", "words"),
	[
		(Target("Customer", pipelines.NAME, factories.COMPANY), "has no pipeline ledger"),
		(Target("Opportunity", "No Pipeline", factories.COMPANY), "not a published pipeline"),
		(Target("Lead", pipelines.NAME, factories.COMPANY), "not a published pipeline"),
		(Target("Opportunity", pipelines.NAME, "No Company"), "There is no company"),
	],
)
def test_an_import_needs_a_pipeline_and_a_company_of_this_site(tmp_path, target, words):
	with pytest.raises(frappe.ValidationError, match=words):
		import_file(file_of(tmp_path, *GOOD), target)


def test_a_deal_that_waits_for_a_pipeline_goes_on_from_its_imported_history(tmp_path, pipeline):
	made = deal(sales_stage="Prospecting")
	pipelines.forget(made)
	frappe.db.set_value("Opportunity", made.name, {"pe_pipeline": None, "pe_pipeline_version": None})
	import_file(file_of(tmp_path, GOOD[0].replace("H-1", made.name)), TARGET)
	first, second = ledger(made)
	assert (first.origin, second.origin, second.amount) == ("Imported", "Reconstructed", 1000)
	assert frappe.db.get_value("Opportunity", made.name, "pe_pipeline") == pipeline.name
	assert list(tampered()) == []
	assert reconcile().differences == ()


def test_a_real_history_comes_in_and_goes_out(tmp_path):
	source = DATA / "bpi2012_ledger_to_2011.csv.gz"
	if not source.exists():
		pytest.skip(f"{source.name} is not here")
	with gzip.open(source, "rt", encoding="utf-8", newline="") as lines:
		(tmp_path / "history.csv").write_text("".join(islice(lines, 2001)))
	with open(tmp_path / "history.csv", newline="") as lines:
		rows = list(csv.DictReader(lines))
	result = import_file(tmp_path / "history.csv", TARGET)
	assert (result.rows, result.entries, result.refusals) == (2000, 2000, [])
	assert result.documents == len({row["document"] for row in rows})
	assert result.unknown_stages["Preaccepted"] == sum(row["stage"] == "Preaccepted" for row in rows)
	names = {row["document"] for row in rows}
	columns = ("document", "posted_on", "stage", "outcome", "amount")
	assert [[row[column] for column in columns] for row in exported() if row["document"] in names] == [
		[row[column] for column in columns] for row in rows
	]
	assert list(tampered()) == []


# The same in the desk


def attached(content, **fields):
	file = frappe.get_doc(
		{"doctype": "File", "file_name": "history.csv", "content": content, "is_private": 1}
	).insert()
	return frappe.get_doc(
		{
			"doctype": "Pipeline History Import",
			"file": file.file_url,
			"document_type": "Opportunity",
			"pipeline": pipelines.NAME,
			"company": factories.COMPANY,
			**fields,
		}
	).insert()


CONTENT = "\n".join((HEADER, *GOOD, "H-2,2024-01-05,,open,1,", "H-3,2024-01-05,Suspect,open,1,")) + "\n"


def test_an_administrator_checks_and_imports(as_user):
	admin = factories.user("admin@pipeline-test.example", "Pipeline Administrator")
	with as_user(admin):
		made = attached(CONTENT)
		made.check_file()
		assert (made.status, made.documents, made.entries, made.refused) == ("Checked", 2, 3, 1)
		assert made.refusals == "Row 4, H-2: stage is blank. Fill it in."
		assert made.unknown_stages == "Suspect: 1"
		assert chains_of("Opportunity", ["H-1"]) == []
		made.import_file()
		assert (made.status, made.documents) == ("Imported", 2)
		made.import_file()
		assert (made.status, made.documents, made.entries, made.unchanged) == ("Imported", 0, 0, 2)
	assert len(chains_of("Opportunity", ["H-1", "H-3"])) == 2


def test_a_large_file_is_imported_in_the_background(monkeypatch):
	from pipeline_ext.pipeline_ext.doctype.pipeline_history_import import pipeline_history_import

	monkeypatch.setattr(pipeline_history_import, "LARGE", 10)
	made = attached(CONTENT)
	made.import_file()
	made.reload()
	assert (made.status, made.entries) == ("Imported", 3)
	broken = attached("document,posted_on\n")
	with monkeypatch.context() as patched:
		patched.setattr(frappe.local.db, "rollback", lambda: None)
		broken.import_file()
	broken.reload()
	assert broken.status == "Failed"
	assert broken.refusals.startswith("Row 1: Columns are missing")


def test_one_that_runs_is_not_started_again():
	made = attached(CONTENT)
	made.db_set("status", "Running")
	with pytest.raises(frappe.ValidationError, match="running already"):
		made.import_file()


def test_a_result_is_nobodys_to_write_and_belongs_to_its_file():
	made = attached(CONTENT)
	made.check_file()
	made.update({"entries": 99, "status": "Imported"})
	made.save()
	assert (made.entries, made.status) == (3, "Checked")
	made.file = (
		frappe.get_doc({"doctype": "File", "file_name": "other.csv", "content": "x"}).insert().file_url
	)
	made.save()
	assert (made.entries, made.status, made.refusals) == (0, "Draft", None)


def test_others_do_not_import(as_user):
	made = attached(CONTENT)
	rep = factories.user("rep@pipeline-test.example", "Sales User", "Sales Manager")
	with as_user(rep):
		for act in (made.check_file, made.import_file):
			with pytest.raises(frappe.PermissionError):
				act()
