"""Charts with inline SVG: positions in percent, text in pixels, to be legible at any width."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

BAR_HEIGHT = 13
PLOT_TOP = 24
PLOT_HEIGHT = 190
LABEL_HEIGHT = 38
AXIS_WIDTH = 38
MOST_GRID_LINES = 4
COLUMN_SHARE = 0.72
"""How much of its slot a column fills."""


@dataclass(frozen=True)
class Part:
	"""A piece of a bar or column; `style` is a class of the page's style sheet."""

	value: float
	style: str
	tip: str = ""


@dataclass(frozen=True)
class Bar:
	"""A bar or column of parts one after the other, with its label and what is written beside it."""

	label: str
	parts: tuple[Part, ...]
	note: str = ""

	@property
	def total(self) -> float:
		return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Mark:
	"""A dashed line across columns, `at` so many slots from the left."""

	at: float
	label: str


def bars(rows: Sequence[Bar], longest: float | None = None) -> str:
	"""Horizontal bars, each under its label. `longest` is what the full width stands for."""
	scale = 100 / (longest or max((bar.total for bar in rows), default=0) or 1)
	return f'<ul class="bars">{"".join(_bar(bar, scale) for bar in rows)}</ul>'


def _bar(bar: Bar, scale: float) -> str:
	pieces = [_rect(0, 0, 100, BAR_HEIGHT, Part(100, "track"))]
	start = 0.0
	for part in bar.parts:
		width = part.value * scale
		pieces.append(_rect(start, 0, width, BAR_HEIGHT, part))
		start += width
	return (
		f"<li><span>{escape(bar.label)}</span><span>{escape(bar.note)}</span>"
		f'<svg aria-hidden="true" width="100%" height="{BAR_HEIGHT}">{"".join(pieces)}</svg></li>'
	)


def columns(name: str, slots: Sequence[Bar], axis: Callable[[float], str], marks: Iterable[Mark] = ()) -> str:
	"""Columns of stacked parts, the first at the bottom; `axis` writes the values along the grid."""
	highest = max((bar.total for bar in slots), default=0)
	step = round_step(highest)
	grid = [index * step for index in range(max(math.ceil(highest / step), 1) + 1)]
	scale = PLOT_HEIGHT / grid[-1]
	width = 100 / len(slots)
	ticks = [_text(str(AXIS_WIDTH - 6), _y(value, scale) + 4, axis(value), "end") for value in grid]
	drawn = [_grid_line(_y(value, scale), "grid" if value else "base") for value in grid]
	drawn += [_column(index, width, bar, scale) for index, bar in enumerate(slots)]
	drawn += [_mark(mark, width) for mark in marks]
	height = PLOT_TOP + PLOT_HEIGHT + LABEL_HEIGHT
	return (
		f'<div class="plot" role="img" aria-label="{escape(_spoken(name, slots))}">'
		f'<svg width="{AXIS_WIDTH}" height="{height}">{"".join(ticks)}</svg>'
		f'<svg width="100%" height="{height}">{"".join(drawn)}</svg></div>'
	)


def round_step(highest: float) -> float:
	"""The distance of grid lines: 1, 2, 2.5 or 5 times a power of ten, so wide that a few reach `highest`."""
	wanted = highest / MOST_GRID_LINES
	if wanted <= 0:
		return 1.0
	power = 10.0 ** math.floor(math.log10(wanted))
	return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= wanted * (1 - 1e-9))


def _spoken(name: str, slots: Iterable[Bar]) -> str:
	tips = (part.tip for bar in slots for part in bar.parts if part.value)
	return f"{name}. {'; '.join(tips)}"


def _y(value: float, scale: float) -> float:
	return PLOT_TOP + PLOT_HEIGHT - value * scale


def _grid_line(y: float, style: str) -> str:
	return f'<line class="{style}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'


def _column(index: int, width: float, bar: Bar, scale: float) -> str:
	left = (index + (1 - COLUMN_SHARE) / 2) * width
	pieces = []
	reached = 0.0
	for part in bar.parts:
		reached += part.value
		pieces.append(_rect(left, _y(reached, scale), width * COLUMN_SHARE, part.value * scale, part))
	middle = f"{(index + 0.5) * width:.2f}%"
	pieces.append(_text(middle, PLOT_TOP + PLOT_HEIGHT + 16, bar.label, "middle"))
	pieces.append(_text(middle, PLOT_TOP + PLOT_HEIGHT + 31, bar.note, "middle"))
	return "".join(pieces)


def _mark(mark: Mark, width: float) -> str:
	x = f"{mark.at * width:.2f}%"
	line = f'<line class="mark" x1="{x}" x2="{x}" y1="{PLOT_TOP - 8}" y2="{PLOT_TOP + PLOT_HEIGHT}"/>'
	return line + _text(x, PLOT_TOP - 12, mark.label, "middle")


def _rect(x: float, y: float, width: float, height: float, part: Part) -> str:
	if width <= 0 or height <= 0:
		return ""
	tip = f"<title>{escape(part.tip)}</title>" if part.tip else ""
	return (
		f'<rect class="{part.style}" x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}"'
		f' rx="2">{tip}</rect>'
	)


def _text(x: str, y: float, text: str, style: str) -> str:
	return f'<text class="{style}" x="{x}" y="{y:.1f}">{escape(text)}</text>' if text else ""
