"""What an export says of the fields that exit criteria name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline_ext.domain.comparison import Comparison, Kind
from pipeline_ext.domain.exit_criteria import Criterion, ExpressionCriterion
from pipeline_ext.standalone.exports import Document, Export
from pipeline_ext.standalone.layouts import Column
from pipeline_ext.standalone.notation import Notation


@dataclass(frozen=True)
class Asked:
	"""What a criterion names: a field, a child table or, with `of_rows`, a column of one."""

	path: str
	kind: Kind
	of_rows: bool = False

	@property
	def column(self) -> Column:
		"""Where it would stand in an export; a table as a whole has no field."""
		if not self.of_rows and self.kind is not Kind.TABLE:
			return "", self.path
		table, _dot, name = self.path.partition(".")
		return table, name


def tables_of(criteria: Iterable[Criterion]) -> set[str]:
	"""The child tables that criteria name."""
	return {asked.column[0] for criterion in criteria for asked in _asked_by(criterion)} - {""}


def values_of(document: Document, export: Export, criteria: Iterable[Criterion]) -> dict[str, Any]:
	"""What the document holds by path; what the export has no column for is left out."""
	return {
		asked.path: _value(document, column, asked.kind, export.notation)
		for criterion in criteria
		for asked in _asked_by(criterion)
		if (column := _exported(asked.column, export.columns))
	}


def _asked_by(criterion: Criterion) -> Iterator[Asked]:
	for comparison in (criterion, criterion.only_if):
		if isinstance(comparison, Comparison):
			yield Asked(comparison.field, comparison.kind, comparison.aggregate is not None)
	if isinstance(criterion, ExpressionCriterion):
		for name, kind in criterion.kinds.items():
			yield Asked(name, kind)


def _exported(column: Column, columns: Collection[Column]) -> Column | None:
	"""The export's column; its label does not show the prefix that custom fields have."""
	table, name = column
	if not name:
		return column if any(table == each for each, _name in columns) else None
	names = (name, name.removeprefix("custom_"))
	return next(((table, each) for each in names if (table, each) in columns), None)


def _value(document: Document, column: Column, kind: Kind, notation: Notation) -> Any:
	table, name = column
	if not table:
		return _plain(document.values.get(name, ""), kind, notation)
	rows = document.children.get(table, ())
	return tuple(_plain(row.get(name, ""), kind, notation) for row in rows) if name else tuple(rows)


def _plain(text: str, kind: Kind, notation: Notation) -> Any:
	"""The plain value; text that is not of the kind stays as it is, for the verdict to say so."""
	try:
		if text and kind is Kind.NUMBER:
			return float(notation.number(text))
		if text and kind is Kind.DATE:
			return notation.day(text)
	except ValueError:
		pass
	return text
