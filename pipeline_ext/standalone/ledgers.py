"""A ledger in the exchange format as a history to forecast from, facts of the documents included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from pipeline_ext.domain.exchange import COLUMNS
from pipeline_ext.domain.forecast.history import History, history_of
from pipeline_ext.standalone.exports import Document, amount_in, day_in, read_each, read_export
from pipeline_ext.standalone.history import REQUIRED, moment, outcome
from pipeline_ext.standalone.layouts import LEDGER
from pipeline_ext.standalone.notation import Notation
from pipeline_ext.standalone.tables import LeftOut, Unusable


@dataclass(frozen=True)
class Change:
	"""A row of a ledger."""

	document: str
	posted_on: datetime
	stage: str
	outcome: str
	amount: float
	expected_close: date | None
	probability: float | None = None


@dataclass(frozen=True)
class Ledger:
	"""What a file tells, and the rows of it that were left out."""

	history: History
	left_out: tuple[LeftOut, ...]
	remarks: tuple[str, ...]


def read_ledger(path: Path) -> Ledger:
	"""The ledger in a file. Columns beyond those of the format are facts. Raises Unusable."""
	export = read_export(path, LEDGER, REQUIRED)
	changes, left_out = read_each(export, partial(_change, export.notation))
	if not changes:
		raise Unusable(f"{path.name} has no row that can be used.")
	history = history_of(changes, _facts(export.documents))
	return Ledger(history, export.left_out + left_out, export.remarks)


def _change(notation: Notation, row: Document) -> Change:
	values = row.values
	return Change(
		document=values["document"],
		posted_on=moment(row.text("posted_on"), notation),
		stage=row.text("stage"),
		outcome=outcome(row.text("outcome")).lower(),
		amount=float(amount_in(values, "amount", "amount", notation)),
		expected_close=day_in(values, "expected_close", "expected_close", notation),
		probability=float(amount_in(values, "probability", "probability", notation)) or None,
	)


def _facts(rows: tuple[Document, ...]) -> dict[str, dict[str, str]]:
	"""What the first row of each document says beyond the format."""
	facts: dict[str, dict[str, str]] = {}
	names = [name for name in (rows[0].values if rows else ()) if name not in COLUMNS]
	for row in rows if names else ():
		document = row.values["document"]
		if document not in facts:
			facts[document] = {name: row.values.get(name, "") for name in names}
	return facts
