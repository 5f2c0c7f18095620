"""Rows to documents: what ERPNext's own exports say, by column label or field name, child rows included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pipeline_ext.standalone.layouts import Column, Layout
from pipeline_ext.standalone.notation import Notation, notation_of
from pipeline_ext.standalone.tables import LeftOut, Row, Table, Unusable, read_table

HEADER_IS_WITHIN = 30
ROW_NUMBER: Column = ("", "sr")
TOTALS = "Total"


@dataclass(frozen=True)
class Document:
	"""A document of an export: the text of its columns, and of those of its child rows."""

	line: int
	values: Mapping[str, str]
	children: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)

	def text(self, *fields: str) -> str:
		"""The first of these fields that is filled in."""
		return next((value for name in fields if (value := self.values.get(name, ""))), "")


@dataclass(frozen=True)
class Export:
	"""What could be read of a file, and what could not."""

	file: str
	columns: frozenset[Column]
	documents: tuple[Document, ...]
	notation: Notation
	left_out: tuple[LeftOut, ...]
	remarks: tuple[str, ...]


class BadRow(ValueError):
	"""Why a document cannot be used, as a sentence."""


T = TypeVar("T")


def read_each(export: Export, read: Callable[[Document], T]) -> tuple[tuple[T, ...], tuple[LeftOut, ...]]:
	"""What `read` makes of each document, and those for which it raises BadRow."""
	made, left_out = [], []
	for document in export.documents:
		try:
			made.append(read(document))
		except BadRow as bad:
			left_out.append(LeftOut(export.file, document.line, str(bad)))
	return tuple(made), tuple(left_out)


def number_in(values: Mapping[str, str], name: str, label: str, notation: Notation) -> Decimal:
	"""The number in a cell, 0 where it is blank; BadRow where it is none."""
	return _in(values, name, label, notation.number) or Decimal()


def amount_in(values: Mapping[str, str], name: str, label: str, notation: Notation) -> Decimal:
	"""As `number_in`; BadRow also for an amount below zero."""
	amount = number_in(values, name, label, notation)
	if amount < 0:
		raise BadRow(f"{label} is negative: {values[name]}.")
	return amount


def day_in(values: Mapping[str, str], name: str, label: str, notation: Notation) -> date | None:
	"""The date in a cell, None where it is blank; BadRow where it is none."""
	return _in(values, name, label, notation.day)


def _in(values: Mapping[str, str], name: str, label: str, reader: Callable[[str], T]) -> T | None:
	text = values.get(name, "")
	try:
		return reader(text) if text else None
	except ValueError as error:
		raise BadRow(f"{label} {error}.") from error


def company_currency(export: Export) -> str:
	"""The currency that most documents have whose exchange rate is 1 or blank."""
	at_par = [document for document in export.documents if _is_at_par(document, export.notation)]
	currencies = Counter(currency for document in at_par if (currency := document.text("currency")))
	return currencies.most_common(1)[0][0] if currencies else ""


def _is_at_par(document: Document, notation: Notation) -> bool:
	try:
		return number_in(document.values, "conversion_rate", "Exchange Rate", notation) in (0, 1)
	except BadRow:
		return False


@dataclass(frozen=True)
class Required:
	"""A column that must be there, under one of these fields; the label is what people see of the first."""

	label: str
	columns: tuple[Column, ...]

	def __str__(self) -> str:
		table, name = self.columns[0]
		return f"{self.label} [{table}.{name}]" if table else f"{self.label} [{name}]"


def read_export(path: Path, layout: Layout, required: Collection[Required]) -> Export:
	"""The documents of an export. Raises Unusable, with all that is missing, where a column is not there."""
	table = read_table(path)
	position, columns = _header(table, layout)
	missing = [each for each in required if not set(each.columns) & set(columns)]
	if missing:
		raise Unusable(_missing_sentence(table, missing))
	documents, left_out = _documents(table, position + 1, columns, layout)
	return Export(
		file=table.file,
		columns=frozenset(columns),
		documents=tuple(documents),
		notation=notation_of(table),
		left_out=tuple(sorted((*table.broken, *left_out), key=lambda row: row.line)),
		remarks=table.remarks,
	)


def _header(table: Table, layout: Layout) -> tuple[int, list[Column]]:
	"""Where the header is, since reports put their filters above it, and what its cells stand for."""
	candidates = [[layout.column(cell) for cell in row.cells] for row in table.rows[:HEADER_IS_WITHIN]]
	keyed = [index for index, columns in enumerate(candidates) if ("", layout.key) in columns]
	position = keyed[0] if keyed else 0
	return position, candidates[position] if candidates else []


def _missing_sentence(table: Table, missing: Collection[Required]) -> str:
	named = "".join(f"\n  {each}" for each in missing)
	return (
		f"{table.file} lacks {len(missing)} of the columns that are needed:{named}\n"
		"Export again with these columns, in English or as field names (given in brackets)."
	)


def _documents(table: Table, start: int, columns: list[Column], layout: Layout) -> tuple[list, list[LeftOut]]:
	collector = (_Rows if layout.one_row_each else _Grouping)(layout.key)
	left_out = []
	for row in table.rows[start:]:
		try:
			collector.take(_read(row, columns))
		except BadRow as bad:
			left_out.append(LeftOut(table.file, row.line, str(bad)))
	return list(collector.documents), left_out


def _read(row: Row, columns: list[Column]) -> Document:
	"""A row as a document of its own."""
	if any(row.cells[len(columns) :]):
		raise BadRow(f"The row has {len(row.cells)} cells, the header {len(columns)}.")
	values: dict[str, str] = {}
	children: dict[str, dict[str, str]] = {}
	for (table, name), cell in zip(columns, row.cells, strict=False):
		if (table, name) != ROW_NUMBER:
			(children.setdefault(table, {}) if table else values).setdefault(name, cell)
	filled = {table: [cells] for table, cells in children.items() if any(cells.values())}
	return Document(row.line, values, filled)


class _Rows:
	"""Takes every row for itself."""

	def __init__(self, key: str):
		self.key = key
		self.documents: list[Document] = []

	def take(self, row: Document) -> None:
		if not row.values.get(self.key):
			raise BadRow(f"The row has no {self.key}.")
		self.documents.append(row)


class _Grouping:
	"""Puts child rows with their document, whether the parent's cells are repeated there or blank."""

	def __init__(self, key: str):
		self.key = key
		self.found: dict[str, Document] = {}
		self.current: Document | None = None

	@property
	def documents(self) -> Iterable[Document]:
		return self.found.values()

	def take(self, row: Document) -> None:
		name = row.values.get(self.key, "")
		if name == TOTALS:
			raise BadRow("This is the report's row of totals.")
		if name in self.found:
			self._repeat(name, row)
		elif name:
			self.current = self.found[name] = row
		else:
			self._continue(row)

	def _repeat(self, name: str, row: Document) -> None:
		document = self.found[name]
		if not row.children or row.values != document.values:
			raise BadRow(f"{name} is on line {document.line} already.")
		self._add(document, row)

	def _continue(self, row: Document) -> None:
		if any(row.values.values()):
			self.current = None
			raise BadRow("The row has no ID.")
		if self.current is None:
			raise BadRow("The row belongs to a document that is not there or was left out.")
		self._add(self.current, row)

	def _add(self, document: Document, row: Document) -> None:
		for table, rows in row.children.items():
			document.children.setdefault(table, []).extend(rows)
