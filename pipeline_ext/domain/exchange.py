"""Ledgers in the exchange format: what a CSV file says of each document, and which rows cannot be used.

One row per change, oldest first. The first five columns must be there, the others may; columns beyond these
are facts known when the document was created, which a ledger does not hold.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from pipeline_ext.domain.chronicle import Step
from pipeline_ext.domain.ledger import DealState, Entry, Origin
from pipeline_ext.domain.pipeline import Outcome, Pipeline

REQUIRED = ("document", "posted_on", "stage", "outcome", "amount")
OPTIONAL = ("expected_close", "pipeline", "company", "owner", "probability", "forecast_category")
COLUMNS = REQUIRED + OPTIONAL
COLUMN_OF = {part.name: part.name for part in fields(DealState)} | {"deal_owner": "owner"}
FROM_STAGE = ("probability", "forecast_category")
"""What the pipeline's stage says where the file does not."""
UNKNOWN_STAGE = "(unknown)"
"""Stands for the stage of a reconstructed past that nobody knows."""
PATH = "Import"

LONGEST_NAME = 140
LARGEST_NUMBER = 1e12
DECIMALS = 9
FIRST_YEAR = 1000
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
	"""Why a row, and with it its document, cannot be used: a code for a text, and what that is about."""

	line: int | None
	document: str | None
	code: str
	about: Mapping[str, Any] = field(default_factory=dict)


class Unreadable(ValueError):
	"""Why a whole file cannot be used."""

	def __init__(self, refusal: Refusal):
		super().__init__(refusal.code)
		self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Row:
	"""A readable row. What stands in an optional column that the file does not have is None."""

	line: int
	document: str
	posted_on: datetime
	stage: str | None
	outcome: str
	amount: float
	expected_close: date | None = None
	pipeline: str | None = None
	company: str | None = None
	owner: str | None = None
	probability: float | None = None
	forecast_category: str | None = None


@dataclass(frozen=True)
class History:
	"""The rows of each document that can be used, in the file's order, and why the others cannot."""

	columns: frozenset[str]
	documents: Mapping[str, Sequence[Row]]
	refusals: tuple[Refusal, ...]
	rows: int


class _Refused(Exception):
	"""Raised while a cell is read."""

	def __init__(self, code: str, **about: Any):
		super().__init__(code)
		self.code = code
		self.about = about


def read(lines: Iterable[str], until: datetime = datetime.max) -> History:
	"""The histories in a CSV file, none of it dated after `until`. Raises Unreadable."""
	reader = csv.reader(lines, strict=True)
	try:
		header = [cell.strip().lower() for cell in next(reader, ())]
		_check_header(header)
		return _history(header, reader, until)
	except csv.Error as error:
		raise Unreadable(Refusal(reader.line_num, None, "broken_csv", {"reason": str(error)})) from error
	except UnicodeDecodeError as error:
		raise Unreadable(Refusal(reader.line_num + 1, None, "not_utf8")) from error


def _check_header(header: Sequence[str]) -> None:
	if not any(header):
		raise Unreadable(Refusal(None, None, "empty"))
	missing = [name for name in REQUIRED if name not in header]
	if missing:
		raise Unreadable(Refusal(1, None, "columns_missing", {"columns": ", ".join(missing)}))
	twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
	if twice:
		raise Unreadable(Refusal(1, None, "columns_twice", {"columns": ", ".join(twice)}))


def _history(header: Sequence[str], reader: Any, until: datetime) -> History:
	documents: dict[str, list[Row]] = {}
	spellings: dict[str, str] = {}
	refusals: list[Refusal] = []
	rows = 0
	for cells in reader:
		if not any(cells):
			continue
		rows += 1
		values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
		document = values.get("document") or None
		try:
			if len(cells) != len(header):
				raise _Refused("cells", found=len(cells), expected=len(header))
			row = _row(reader.line_num, values, until)
			_check_place(row, documents, spellings)
			documents.setdefault(row.document, []).append(row)
		except _Refused as refused:
			refusals.append(Refusal(reader.line_num, document, refused.code, refused.about))
	for refusal in refusals:
		documents.pop(refusal.document, None)
	return History(frozenset(header), documents, tuple(refusals), rows)


def _check_place(row: Row, documents: Mapping[str, Sequence[Row]], spellings: dict[str, str]) -> None:
	"""Time must not run backwards in a document, nor two names be one to a database."""
	first_spelling = spellings.setdefault(spelling_key(row.document), row.document)
	if first_spelling != row.document:
		raise _Refused("spelled_twice", other=first_spelling)
	before = documents.get(row.document)
	if before and row.posted_on < before[-1].posted_on:
		raise _Refused("backwards", before=before[-1].posted_on)


def spelling_key(name: str) -> str:
	"""The same for names that a database takes for one: it knows neither case nor accents."""
	plain = unicodedata.normalize("NFKD", name.casefold())
	return "".join(char for char in plain if not unicodedata.combining(char)).rstrip()


def _row(line: int, values: Mapping[str, str], until: datetime) -> Row:
	return Row(
		line=line,
		document=_name(values, "document"),
		posted_on=_instant(values["posted_on"], until),
		stage=_stage(values),
		outcome=_outcome(values["outcome"]),
		amount=_number(values, "amount") or 0.0,
		expected_close=_day(values.get("expected_close", "")),
		pipeline=_text(values, "pipeline"),
		company=_text(values, "company"),
		owner=_text(values, "owner"),
		probability=_probability(values),
		forecast_category=_text(values, "forecast_category"),
	)


def _name(values: Mapping[str, str], column: str) -> str:
	text = _text(values, column)
	if not text:
		raise _Refused("blank", column=column)
	return text


def _text(values: Mapping[str, str], column: str) -> str | None:
	text = values.get(column, "")
	if len(text) > LONGEST_NAME:
		raise _Refused("too_long", column=column, longest=LONGEST_NAME)
	return text or None


def _stage(values: Mapping[str, str]) -> str | None:
	stage = _name(values, "stage")
	return None if stage == UNKNOWN_STAGE else stage


def _instant(text: str, until: datetime) -> datetime:
	if not text:
		raise _Refused("blank", column="posted_on")
	try:
		instant = datetime.fromisoformat(text.removesuffix("Z"))
	except ValueError as error:
		raise _Refused("not_an_instant", text=text) from error
	if instant.tzinfo or text.endswith("Z"):
		raise _Refused("time_zone", text=text)
	if instant.year < FIRST_YEAR:
		raise _Refused("not_an_instant", text=text)
	if instant > until:
		raise _Refused("future", text=text)
	return instant


def _day(text: str) -> date | None:
	try:
		day = date.fromisoformat(text) if text else None
	except ValueError as error:
		raise _Refused("not_a_day", text=text) from error
	if day and day.year < FIRST_YEAR:
		raise _Refused("not_a_day", text=text)
	return day


def _outcome(text: str) -> str:
	try:
		return Outcome(text.capitalize()).value
	except ValueError as error:
		raise _Refused("unknown_outcome", text=text) from error


def _number(values: Mapping[str, str], column: str) -> float | None:
	"""A finite number of 0 or more, as precise as the ledger is; None where the cell is blank."""
	text = values.get(column, "")
	if not text:
		return None
	if not NUMBER.fullmatch(text):
		raise _Refused("not_a_number", column=column, text=text)
	if not 0 <= float(text) < LARGEST_NUMBER:
		raise _Refused("number_range", column=column, text=text)
	return round(float(text), DECIMALS)


def _probability(values: Mapping[str, str]) -> float | None:
	probability = _number(values, "probability")
	if probability is not None and probability > 100:
		raise _Refused("probability_range", text=values["probability"])
	return probability


def steps(rows: Iterable[Row], columns: Collection[str], pipeline: Pipeline, company: str) -> Iterator[Step]:
	"""What the rows of a document say happened; a row that repeats the one before says nothing.

	`pipeline` and `company` are those of rows that name none.
	"""
	before = None
	for row in rows:
		state = _state(row, columns, pipeline, company)
		if state != before:
			yield Step(row.posted_on, state, PATH)
		before = state


def _state(row: Row, columns: Collection[str], pipeline: Pipeline, company: str) -> DealState:
	state = {part: getattr(row, column) for part, column in COLUMN_OF.items()}
	state["pipeline"] = row.pipeline or pipeline.name
	state["company"] = row.company or company
	if row.stage in pipeline and state["pipeline"] == pipeline.name:
		stage = pipeline.stage(row.stage)
		state.update({part: getattr(stage, part) for part in FROM_STAGE if part not in columns})
	return DealState(**{**state, "probability": state["probability"] or 0.0})


def outstanding(
	entries: Sequence[Entry], history: Sequence[Step], columns: Collection[str]
) -> Sequence[Step] | None:
	"""The steps that a document's ledger does not have yet; None where it has a history of its own instead.

	An imported history may go on, in a later file or in a history of the document's own.
	"""
	if not all(_is_of(entry, step, columns) for entry, step in zip(entries, history, strict=False)):
		return None
	return history[len(entries) :]


def _is_of(entry: Entry, step: Step, columns: Collection[str]) -> bool:
	if entry.circumstances.origin != Origin.IMPORTED or entry.posted_on != step.posted_on:
		return False
	told = [part for part in COLUMN_OF if part not in FROM_STAGE or part in columns]
	return all(getattr(entry.state, part) == getattr(step.state, part) for part in told)


def cells(document: str, posted_on: datetime, state: DealState) -> list[str]:
	"""A state as a row under COLUMNS."""
	values = {column: getattr(state, part) for part, column in COLUMN_OF.items()}
	values.update(
		document=document,
		posted_on=posted_on,
		stage=state.stage or UNKNOWN_STAGE,
		outcome=state.outcome.lower(),
	)
	return ["" if values[column] is None else str(values[column]) for column in COLUMNS]
