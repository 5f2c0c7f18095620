"""A ledger in the exchange format: which deals it says were won, and since when deals are in their stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from pipeline_ext.domain.chronicle import stage_since
from pipeline_ext.domain.ledger import Circumstances, DealState, Entry, Origin, tip_of
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.standalone.exports import (
	BadRow,
	Document,
	Required,
	amount_in,
	day_in,
	read_each,
	read_export,
)
from pipeline_ext.standalone.layouts import LEDGER
from pipeline_ext.standalone.notation import Notation
from pipeline_ext.standalone.tables import LeftOut

REQUIRED = tuple(
	Required(name, (("", name),)) for name in ("document", "posted_on", "stage", "outcome", "amount")
)


@dataclass(frozen=True)
class WonDeal:
	"""A deal that is won, and since when."""

	name: str
	owner: str | None
	won_on: date | None
	amount: float


@dataclass(frozen=True)
class History:
	"""The entries of each document, oldest first, and the rows that were left out."""

	entries: dict[str, list[Entry]]
	left_out: tuple[LeftOut, ...]
	remarks: tuple[str, ...]

	@property
	def last_day(self) -> date | None:
		"""The day of the latest entry."""
		return max((entries[-1].posted_on.date() for entries in self.entries.values()), default=None)

	def won_by(self, today: date) -> list[WonDeal]:
		"""The deals that are won at the end of that day."""
		won = []
		for name in self.entries:
			known = self._until(name, today)
			if known and known[-1].state.outcome == Outcome.WON.value:
				state = known[-1].state
				won.append(WonDeal(name, state.deal_owner, tip_of(known).outcome_since.date(), state.amount))
		return won

	def in_stage_since(self, name: str, stage: str | None, today: date) -> date | None:
		"""When the deal came to the stage; None where it is not in it at the end of that day."""
		known = self._until(name, today)
		if not known or known[-1].state.stage != stage:
			return None
		since = stage_since(known)
		return since.date() if since else None

	def _until(self, name: str, today: date) -> Sequence[Entry]:
		return [entry for entry in self.entries.get(name, ()) if entry.posted_on.date() <= today]


def read_history(path: Path) -> History:
	"""The ledger in a file. Raises Unusable."""
	export = read_export(path, LEDGER, REQUIRED)
	rows, left_out = read_each(export, partial(_row, export.notation))
	entries: dict[str, list[Entry]] = defaultdict(list)
	for document, posted_on, state in sorted(rows, key=lambda row: row[1]):
		entries[document].append(_entry(len(entries[document]) + 1, posted_on, state))
	return History(dict(entries), export.left_out + left_out, export.remarks)


def _entry(sequence: int, posted_on: datetime, state: DealState) -> Entry:
	"""An entry outside any chain: the file neither counts visits nor proves its order."""
	return Entry(sequence, posted_on, 1, state, Circumstances(Origin.IMPORTED), "", "")


def _row(notation: Notation, row: Document) -> tuple[str, datetime, DealState]:
	values = row.values
	state = DealState(
		pipeline=None,
		stage=row.text("stage") or None,
		outcome=outcome(row.text("outcome")),
		probability=0.0,
		forecast_category=None,
		amount=float(amount_in(values, "amount", "amount", notation)),
		expected_close=day_in(values, "expected_close", "expected_close", notation),
		deal_owner=row.text("deal_owner", "opportunity_owner", "owner") or None,
		company=row.text("company") or None,
	)
	return row.text("document"), moment(row.text("posted_on"), notation), state


def outcome(text: str) -> str:
	"""An outcome as the ledger writes it; BadRow where it is none."""
	try:
		return Outcome(text.capitalize()).value
	except ValueError as error:
		raise BadRow(f"outcome is not open, won or lost: {text}.") from error


def moment(text: str, notation: Notation) -> datetime:
	"""The instant in a cell, the beginning of the day where it names a day; BadRow where it is none."""
	try:
		return datetime.fromisoformat(text).replace(tzinfo=None)
	except ValueError:
		day = day_in({"posted_on": text}, "posted_on", "posted_on", notation)
	if day is None:
		raise BadRow("posted_on is blank.")
	return datetime(day.year, day.month, day.day)
