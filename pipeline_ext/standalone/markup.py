"""Pieces of the page: sections, legends and tables, with everything that is not ours escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeVar

SHOWN = 10
LISTED = 500
"""Rows of a long table that are shown at once, and that are in the page at all."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Cell:
	"""A cell of a table: text, a smaller line under it, and how it is set."""

	text: str
	style: str = ""
	detail: str = ""

	def html(self, title: str) -> str:
		"""With the column's title, which a phone shows beside it."""
		return f'<td class="{self.style}" data-title="{escape(title)}"><div>{self.content}</div></td>'

	@property
	def content(self) -> str:
		detail = f"<small>{escape(self.detail)}</small>" if self.detail else ""
		return f"{escape(self.text)}{detail}"


def name(text: str, detail: str = "") -> Cell:
	return Cell(text, "name", detail)


def number(text: str) -> Cell:
	return Cell(text, "number")


def section(title: str, lead: str, body: str) -> str:
	lead = f"<p>{escape(lead)}</p>" if lead else ""
	return f"<section><h2>{escape(title)}</h2>{lead}{body}</section>"


def pair(left: str, right: str) -> str:
	return f'<div class="pair">{left}{right}</div>'


def legend(*entries: tuple[str, str]) -> str:
	items = "".join(f'<li><i class="{style}"></i>{escape(label)}</li>' for style, label in entries)
	return f'<ul class="legend">{items}</ul>'


def long_table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], label: str) -> str:
	return long_list(rows, lambda part: table(titles, part, label))


def long_list(items: Sequence[Item], html_of: Callable[[Sequence[Item]], str]) -> str:
	"""The first items, and the others where the reader asks for them."""
	shown = html_of(items[:SHOWN])
	rest = items[SHOWN:LISTED]
	if rest:
		shown += f"<details><summary>{len(rest):,} more</summary>{html_of(rest)}</details>"
	if len(items) > LISTED:
		shown += f"<p>{len(items) - LISTED:,} further rows are in the output of --json.</p>"
	return shown


def disclosure(style: str, cells: Sequence[Cell], body: str) -> str:
	"""A row that opens to what is behind it."""
	columns = "".join(f'<span class="{cell.style}">{cell.content}</span>' for cell in cells)
	return f'<details class="row"><summary><i class="{style}"></i>{columns}</summary>{body}</details>'


def table(titles: Sequence[str], rows: Sequence[Sequence[Cell]], label: str, on_phones: str = "cards") -> str:
	"""A table whose titles are set like the cells under them.

	Where it does not fit it scrolls sideways, or on a phone, as "cards", each row becomes a list.
	"""
	styles = [cell.style for cell in rows[0]] if rows else [""] * len(titles)
	columns = zip(titles, styles, strict=True)
	head = "".join(f'<th scope="col" class="{style}">{escape(title)}</th>' for title, style in columns)
	body = "".join(f"<tr>{_row_html(titles, row)}</tr>" for row in rows)
	return (
		f'<div class="scroll {on_phones}" role="region" tabindex="0" aria-label="{escape(label)}">'
		f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
	)


def _row_html(titles: Sequence[str], row: Sequence[Cell]) -> str:
	return "".join(cell.html(title) for title, cell in zip(titles, row, strict=True))
