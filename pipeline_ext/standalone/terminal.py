"""Plain text for a terminal: aligned tables and folded lines, at most 100 columns wide."""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from pipeline_ext.standalone.tables import LeftOut
from pipeline_ext.standalone.wording import count

WIDTH = 100
INDENT = GAP = "  "
NARROWEST = 8
LISTED = 10
LEFT_OUT_LISTED = 25

PLAIN, BOLD, RED, GREEN, YELLOW = "0", "1", "31", "32", "33"


@dataclass(frozen=True)
class Text:
	"""A column of text; it gives way where space is short."""

	title: str
	is_number = False


@dataclass(frozen=True)
class Number:
	"""A column of figures, at the right."""

	title: str
	is_number = True


Column = Text | Number


class Terminal:
	"""Writes to a stream, in colour where the stream is a terminal that wants it."""

	def __init__(self, stream: TextIO):
		self.stream = stream
		self.colours = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

	def heading(self, text: str) -> None:
		print(f"\n{self.painted(clean(text), BOLD)}", file=self.stream)

	def line(self, text: str) -> None:
		print(f"{INDENT}{clean(text)}", file=self.stream)

	def folded(self, text: str, indent: str) -> None:
		"""As many lines as it takes."""
		for line in textwrap.wrap(clean(text), WIDTH - len(indent)):
			print(f"{indent}{line}", file=self.stream)

	def painted(self, text: str, colour: str) -> str:
		return f"\033[{colour}m{text}\033[0m" if self.colours else text

	def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
		header, *lines = table_lines(columns, rows)
		print("\n".join([self.painted(header, BOLD), *lines]), file=self.stream)

	def remarks(self, remarks: Iterable[str]) -> None:
		remarks = list(remarks)
		if remarks:
			self.heading("To be read with it")
		for remark in remarks:
			self.line(remark)

	def left_out(self, rows: Sequence[LeftOut]) -> None:
		if not rows:
			return
		self.heading(f"{count(len(rows), 'row')} left out of all figures")
		for row in rows[:LEFT_OUT_LISTED]:
			self.line(f"{row.file}, line {row.line}: {row.reason}")
		more = len(rows) - LEFT_OUT_LISTED
		if more > 0:
			self.line(f"and {more:,} more: --json lists them all")


def table_lines(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
	"""The header, then the rows, each cut to the width there is."""
	cells = [[column.title for column in columns], *([clean(cell) for cell in row] for row in rows)]
	widths = _widths(columns, cells)
	for row in cells:
		aligned = (
			cut(cell, width).rjust(width) if column.is_number else cut(cell, width).ljust(width)
			for column, cell, width in zip(columns, row, widths, strict=True)
		)
		yield f"{INDENT}{GAP.join(aligned)}".rstrip()


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
	"""As wide as the contents; where that is too much the widest texts give way."""
	widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
	texts = [index for index, column in enumerate(columns) if not column.is_number]
	too_much = len(INDENT) + len(GAP) * (len(columns) - 1) + sum(widths) - WIDTH
	for _ in range(too_much):
		widest = max(texts, key=lambda index: widths[index])
		if widths[widest] > NARROWEST:
			widths[widest] -= 1
	return widths


def cut(cell: str, width: int) -> str:
	return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def clean(text: object) -> str:
	"""One line without anything that a terminal would act upon."""
	return "".join(
		" " if unicodedata.category(character).startswith("C") else character for character in str(text)
	)


def in_currency(title: str, currency: str) -> str:
	return f"{title}, in {currency}" if currency else title


def listed(title: str, members: Sequence[object]) -> str:
	shown = f"{LISTED} of {len(members):,}" if len(members) > LISTED else len(members)
	return f"{title} ({shown})"
