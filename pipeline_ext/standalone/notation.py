"""How a file writes numbers and dates, and what its texts mean by that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pipeline_ext.standalone.tables import Table

ROWS_TO_JUDGE_BY = 2000
LARGEST = Decimal(10) ** 12
"""What ERPNext's currency columns hold: 12 digits before the decimal point and 9 after it."""
SMALLEST_STEP = Decimal("1e-9")

WITH_DECIMALS = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.,]\d{3})+)([.,])\d+")
GROUPED_TWICE = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
GROUPED_OR_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
OTHER_MARK = {".": ",", ",": "."}
SPACES = re.compile(r"[\s\u00a0\u202f'’]")
NUMBERS = {
	mark: re.compile(rf"[+-]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}\d*)?(?:[eE][+-]?\d{{1,3}})?")
	for mark, point, group in ((".", r"\.", ","), (",", ",", r"\."))
}
ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T].*)?")
WRITTEN_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T].*)?")


@dataclass(frozen=True)
class Notation:
	"""The decimal mark, and whether 3/4/2026 begins with the day; None where the file does not tell."""

	decimal_mark: str = "."
	day_first: bool | None = None

	def number(self, text: str) -> Decimal:
		"""The number; ValueError says what is wrong with the text."""
		plain = SPACES.sub("", text)
		if not NUMBERS[self.decimal_mark].fullmatch(plain):
			raise ValueError(f"is not a number: {text}")
		number = Decimal(plain.replace(OTHER_MARK[self.decimal_mark], "").replace(",", "."))
		if abs(number) >= LARGEST:
			raise ValueError(f"is larger than ERPNext can hold: {text}")
		return number.quantize(SMALLEST_STEP)

	def day(self, text: str) -> date:
		"""The date; ValueError says what is wrong with the text."""
		try:
			if iso := ISO_DATE.fullmatch(text):
				return date.fromisoformat(iso[1])
			if written := WRITTEN_DATE.fullmatch(text):
				return self._written_day(*written.groups())
		except AmbiguousDate:
			raise ValueError(f"can be read as two dates: {text}. Write it as YYYY-MM-DD") from None
		except ValueError:
			pass
		raise ValueError(f"is not a date: {text}")

	def _written_day(self, first: str, separator: str, second: str, year: str) -> date:
		day_first = True if separator == "." else self.day_first
		if day_first is None and first != second:
			raise AmbiguousDate
		day, month = (second, first) if day_first is False else (first, second)
		return date(int(year), int(month), int(day))


class AmbiguousDate(ValueError):
	"""Day or month first? The file does not tell."""


def notation_of(table: Table) -> Notation:
	"""Judged by the cells that can be read in one way only.

	Where no cell tells, a file with semicolons comes from a place that writes a decimal comma.
	"""
	cells = {cell for row in table.rows[:ROWS_TO_JUDGE_BY] for cell in row.cells if cell}
	marks = Counter(_decimal_marks(cells))
	if marks:
		mark = "," if marks[","] > marks["."] else "."
	else:
		mark = "," if table.delimiter == ";" else "."
	return Notation(mark, _day_first(cells))


def _decimal_marks(cells: Iterable[str]) -> Iterator[str]:
	for cell in cells:
		if grouped := GROUPED_TWICE.fullmatch(cell):
			yield OTHER_MARK[grouped[1]]
		elif (found := WITH_DECIMALS.fullmatch(cell)) and not GROUPED_OR_DECIMALS.fullmatch(cell):
			yield found[1]


def _day_first(cells: Iterable[str]) -> bool | None:
	dates = [written for cell in cells if (written := WRITTEN_DATE.fullmatch(cell)) and written[2] != "."]
	if any(int(written[1]) > 12 for written in dates):
		return True
	if any(int(written[3]) > 12 for written in dates):
		return False
	return None
