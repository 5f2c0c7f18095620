"""The exchange format: every row is read or refused with a reason, and what was written is read back."""

import csv
import gzip
from datetime import date, datetime
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain import exchange
from pipeline_ext.domain.chronicle import Provenance, Step, continued
from pipeline_ext.domain.exchange import COLUMNS, Unreadable, cells, outstanding, read, steps
from pipeline_ext.domain.ledger import DealState, Origin
from tests.domain.samples import B2B

DATA = Path(__file__).parents[3] / "shared" / "data"
HEADER = "document,posted_on,stage,outcome,amount,expected_close"
GOOD = "D-1,2026-01-05 09:00:00,Discover,open,100.5,2026-04-01"


def history(*rows, header=HEADER, **options):
	return read("\n".join((header, *rows)).splitlines(keepends=True), **options)


def refused(*rows, **options):
	return [(refusal.line, refusal.document, refusal.code) for refusal in history(*rows, **options).refusals]


def test_a_row_is_read():
	(row,) = history(GOOD).documents["D-1"]
	assert (row.line, row.document, row.posted_on) == (2, "D-1", datetime(2026, 1, 5, 9))
	assert (row.stage, row.outcome, row.amount) == ("Discover", "Open", 100.5)
	assert (row.expected_close, row.owner, row.probability) == (date(2026, 4, 1), None, None)


def test_optional_columns_in_any_order_are_read_and_facts_are_not():
	(row,) = history(
		"rep@x.y,40,5,WON,Quote,2026-01-05,D-1,Web,,B2B",
		header="Owner,Probability,amount,outcome,stage,posted_on,document,source,company,pipeline",
	).documents["D-1"]
	assert (row.owner, row.probability, row.outcome) == ("rep@x.y", 40.0, "Won")
	assert (row.posted_on, row.company, row.pipeline) == (datetime(2026, 1, 5), None, "B2B")


def test_blank_lines_and_a_blank_amount_are_fine():
	found = history(GOOD, "", "D-2, 2026-01-05 ,Discover,open,,")
	assert (found.rows, found.documents["D-2"][0].amount, found.refusals) == (2, 0.0, ())


@pytest.mark.parametrize(
	("row", "code"),
	[
		("D-2,2026-01-05,Discover,open,1", "cells"),
		("D-2,2026-01-05,Discover,open,1,,", "cells"),
		("D-2,,Discover,open,1,", "blank"),
		("D-2,5.1.2026,Discover,open,1,", "not_an_instant"),
		("D-2,2026-02-30,Discover,open,1,", "not_an_instant"),
		("D-2,0001-01-01,Discover,open,1,", "not_an_instant"),
		("D-2,2026-01-05T09:00:00Z,Discover,open,1,", "time_zone"),
		("D-2,2026-01-05T09:00:00+02:00,Discover,open,1,", "time_zone"),
		("D-2,2026-02-01,Discover,open,1,", "future"),
		("D-2,2026-01-05,,open,1,", "blank"),
		("D-2,2026-01-05,Discover,maybe,1,", "unknown_outcome"),
		("D-2,2026-01-05,Discover,,1,", "unknown_outcome"),
		("D-2,2026-01-05,Discover,open,abc,", "not_a_number"),
		("D-2,2026-01-05,Discover,open,NaN,", "not_a_number"),
		("D-2,2026-01-05,Discover,open,inf,", "not_a_number"),
		('D-2,2026-01-05,Discover,open,"1,5",', "not_a_number"),
		("D-2,2026-01-05,Discover,open,1_000,", "not_a_number"),
		("D-2,2026-01-05,Discover,open,-1,", "number_range"),
		("D-2,2026-01-05,Discover,open,1e12,", "number_range"),
		("D-2,2026-01-05,Discover,open,1e999,", "number_range"),
		("D-2,2026-01-05,Discover,open,1,soon", "not_a_day"),
		(f"D-2,2026-01-05,{'x' * 141},open,1,", "too_long"),
	],
)
def test_a_row_that_cannot_be_used_is_named_and_takes_its_document_along(row, code):
	rows = (GOOD, "D-2,2026-01-01,Discover,open,1,", row, "D-2,2026-01-06,Discover,won,1,")
	found = history(*rows, until=datetime(2026, 1, 31))
	assert [(each.line, each.document, each.code) for each in found.refusals] == [(4, "D-2", code)]
	assert (list(found.documents), found.rows) == (["D-1"], 4)


def test_a_row_without_a_document_takes_nothing_along():
	assert refused(GOOD, ",2026-01-05,Discover,open,1,") == [(3, None, "blank")]
	assert list(history(GOOD, ",2026-01-05,Discover,open,1,").documents) == ["D-1"]


def test_a_probability_is_a_percentage():
	assert refused("D-1,2026-01-05,Quote,open,1,101", header=f"{HEADER[:-15]},probability") == [
		(2, "D-1", "probability_range")
	]


def test_time_does_not_run_backwards_within_a_document():
	rows = ("D-1,2026-01-05,Discover,open,1,", "D-2,2026-01-01,Discover,open,1,")
	assert refused(*rows) == []
	assert refused(*rows, "D-1,2026-01-04 23:59:59,Quote,open,1,") == [(4, "D-1", "backwards")]


def test_names_that_a_database_takes_for_one_are_refused():
	rows = (
		GOOD,
		"d-1,2026-01-05,Discover,open,1,",
		"Ünal,2026-01-05,Discover,open,1,",
		"UNAL,2026-01-05,X,open,1,",
	)
	found = history(*rows)
	assert [(each.line, each.code, each.about["other"]) for each in found.refusals] == [
		(3, "spelled_twice", "D-1"),
		(5, "spelled_twice", "Ünal"),
	]
	assert list(found.documents) == ["D-1", "Ünal"]


@pytest.mark.parametrize(
	("text", "code", "line"),
	[
		("", "empty", None),
		("\n", "empty", None),
		("document;posted_on;stage;outcome;amount\n", "columns_missing", 1),
		("document,posted_on,stage,outcome\n", "columns_missing", 1),
		("document,posted_on,stage,stage,outcome,amount\n", "columns_twice", 1),
		(f'{HEADER}\n{GOOD}\nD-2,"never closed\n', "broken_csv", 3),
	],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(text, code, line):
	with pytest.raises(Unreadable) as caught:
		read(StringIO(text))
	assert (caught.value.refusal.code, caught.value.refusal.line) == (code, line)


def test_a_file_in_another_encoding_is_refused(tmp_path):
	file = tmp_path / "latin.csv"
	file.write_bytes(f"{HEADER}\nMüller,2026-01-05,Discover,open,1,\n".encode("latin-1"))
	with open(file, encoding="utf-8") as lines, pytest.raises(Unreadable) as caught:
		read(lines)
	assert caught.value.refusal.code == "not_utf8"


STATE = DealState("B2B", "Discover", "Open", 10.0, "Pipeline", 100.5, date(2026, 4, 1), None, "Acme")


def told(*rows, header=HEADER):
	found = history(*rows, header=header)
	return list(steps(found.documents["D-1"], found.columns, B2B, "Acme"))


def test_rows_become_states_with_the_figures_of_the_stage():
	(step,) = told(GOOD)
	assert (step.posted_on, step.state) == (datetime(2026, 1, 5, 9), STATE)


def test_a_stage_that_the_pipeline_does_not_have_has_no_figures():
	(step,) = told("D-1,2026-01-05,Elsewhere,open,1,")
	assert (step.state.stage, step.state.probability, step.state.forecast_category) == (
		"Elsewhere",
		0.0,
		None,
	)


def test_figures_of_the_file_come_before_those_of_the_stage():
	header = f"{HEADER},probability,forecast_category"
	(step,) = told(f"{GOOD},35,", header=header)
	assert (step.state.probability, step.state.forecast_category) == (35.0, None)


def test_a_row_that_repeats_the_one_before_is_no_change():
	again = GOOD.replace("09:00", "10:00")
	assert len(told(GOOD, again, again.replace("100.5", "200"))) == 2


def imported(*told_steps, origin=Origin.IMPORTED, after=()):
	return continued(after, told_steps, Provenance(origin, B2B))


NEXT = "D-1,2026-01-06 09:00:00,Qualify,open,100.5,2026-04-01"


def test_what_was_imported_already_is_not_outstanding():
	once, more = told(GOOD), told(GOOD, NEXT)
	columns = HEADER.split(",")
	assert outstanding([], more, columns) == more
	assert outstanding(imported(*once), once, columns) == []
	assert outstanding(imported(*once), more, columns) == more[1:]


def test_a_document_may_go_on_after_its_imported_history():
	once, more = told(GOOD), told(GOOD, NEXT)
	own = imported(*more[1:], origin=Origin.RECORDED, after=imported(*once))
	assert outstanding([*imported(*once), *own], once, HEADER.split(",")) == []
	assert outstanding([*imported(*once), *own], more, HEADER.split(",")) is None


def test_a_document_with_a_history_of_its_own_takes_no_other():
	once = told(GOOD)
	columns = HEADER.split(",")
	assert outstanding(imported(*once, origin=Origin.RECORDED), once, columns) is None
	assert outstanding(imported(*told(GOOD.replace("100.5", "7"))), once, columns) is None
	assert outstanding(imported(*told(GOOD.replace("09:00", "08:00"))), once, columns) is None


def test_a_new_figure_of_the_stage_does_not_make_it_another_history():
	once = told(GOOD)
	before = [
		Step(once[0].posted_on, once[0].state.__class__(**{**vars(once[0].state), "probability": 77.0}))
	]
	assert outstanding(imported(*before), once, HEADER.split(",")) == []
	assert outstanding(imported(*before), once, [*HEADER.split(","), "probability"]) is None


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
	stage=st.none() | TEXT.filter(lambda text: text != exchange.UNKNOWN_STAGE),
	outcome=st.sampled_from(["Open", "Won", "Lost"]),
	amount=st.floats(0, 1e11).map(lambda number: round(number, 9)),
	probability=st.floats(0, 100).map(lambda number: round(number, 9)),
	close=st.none() | st.dates(date(1000, 1, 1)),
	posted_on=st.datetimes(datetime(1000, 1, 1)),
	texts=st.tuples(*[st.none() | TEXT] * 2),
)
def test_what_is_written_is_read_back(stage, outcome, amount, probability, close, posted_on, texts):
	category, owner = texts
	state = DealState("B2B", stage, outcome, probability, category, amount, close, owner, "Acme")
	found = read_back([cells("D-1", posted_on, state)])
	(step,) = steps(found.documents["D-1"], found.columns, B2B, "Other")
	assert (step.posted_on, step.state) == (posted_on, state)


def read_back(rows):
	file = StringIO(newline="")
	csv.writer(file).writerows([COLUMNS, *rows])
	file.seek(0)
	return read(file)


@pytest.mark.parametrize(
	("name", "rows", "documents"),
	[("bpi2012_ledger_to_2011", 22_833, 7_455), ("hotel_resort_ledger", 80_118, 40_059)],
)
def test_real_ledgers_are_read_without_a_refusal(name, rows, documents):
	file = DATA / f"{name}.csv.gz"
	if not file.exists():
		pytest.skip(f"{file} is not here")
	with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
		found = read(lines)
	assert (found.rows, len(found.documents), found.refusals) == (rows, documents, ())


def test_the_first_rows_of_a_real_ledger_make_chains():
	file = DATA / "bpi2012_ledger_to_2011.csv.gz"
	if not file.exists():
		pytest.skip(f"{file} is not here")
	with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
		found = read(islice(lines, 2001))
	stages = {row.stage for rows in found.documents.values() for row in rows}
	assert (found.rows, stages) == (
		2000,
		{"Submitted", "Preaccepted", "Offer Sent", "Offer Returned", "Won", "Lost"},
	)
