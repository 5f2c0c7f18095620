"""An audit as plain text for a terminal: aligned tables, at most 100 columns wide."""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.standalone import explanations, wording
from pipeline_ext.standalone.audit import Audit, JudgedDeal, JudgedQuote, StageFigures, Standing
from pipeline_ext.standalone.explanations import Finding
from pipeline_ext.standalone.wording import amount, count, money, percent

WIDTH = 100
INDENT = GAP = "  "
NARROWEST = 8
LISTED = 10
LEFT_OUT_LISTED = 25

PLAIN, BOLD, RED, GREEN, YELLOW = "0", "1", "31", "32", "33"
COLOUR_OF = {
	Standing.FREE: GREEN,
	Standing.STOPPED: RED,
	Standing.UNKNOWN: YELLOW,
	Finding.MET: GREEN,
	Finding.UNMET: RED,
	Finding.NOT_KNOWN: YELLOW,
	Finding.NOT_APPLICABLE: PLAIN,
}
FINDING_WIDTH = max(len(finding.value) for finding in Finding)
MOVE_WIDTH = WIDTH - len(INDENT) - max(len(standing.value) for standing in Standing)
HINT_INDENT = INDENT + " " * FINDING_WIDTH + GAP


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
VERDICT_COLUMNS = (Text(" " * FINDING_WIDTH), Text("Exit criterion"), Text("Seen"))


class Console:
	"""Writes an audit to a stream, in colour where the stream is a terminal that wants it."""

	def __init__(self, stream: TextIO):
		self.stream = stream
		self.colours = stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

	def show(self, audit: Audit, explained: int) -> None:
		"""The whole audit, and the verdicts on so many of the largest deals."""
		self._summary(audit)
		self._stages(audit)
		self._blockers(audit)
		self._stopped(audit)
		self._free(audit)
		self._explained(audit, explained)
		if audit.policy:
			self._quotes(audit)
		self._forecast(audit)
		self._remarks(audit)
		self._left_out(audit)

	def explain(self, judged: JudgedDeal, currency: str) -> None:
		"""Every verdict on a deal's next move: what was seen and, where it is unmet, what to do."""
		deal, verdicts = judged.deal, judged.decision.verdicts
		title = ", ".join(filter(None, (deal.name, deal.party, money(deal.amount, currency))))
		move = f"{deal.stage or 'No stage'} to {judged.decision.to_stage}: "
		standing = self._painted(judged.standing.value, COLOUR_OF[judged.standing])
		self._heading(_cut(f"{INDENT}{title}", WIDTH))
		print(f"{INDENT}{_cut(clean(move), MOVE_WIDTH)}{standing}", file=self.stream)
		if not verdicts:
			self._line("Nothing is asked.")
		_header, *lines = table_lines(VERDICT_COLUMNS, [_verdict_row(verdict) for verdict in verdicts])
		for verdict, line in zip(verdicts, lines, strict=True):
			self._verdict(verdict, line)

	def _verdict(self, verdict: Verdict, line: str) -> None:
		finding = explanations.finding(verdict)
		painted = self._painted(finding.value, COLOUR_OF[finding])
		print(line.replace(finding.value, painted, 1), file=self.stream)
		for hint in textwrap.wrap(clean(explanations.hint(verdict)), WIDTH - len(HINT_INDENT)):
			print(f"{HINT_INDENT}{hint}", file=self.stream)

	def _explained(self, audit: Audit, explained: int) -> None:
		deals = audit.deals
		if not deals or not explained:
			return
		shown = f"{explained} of {len(deals):,}" if explained < len(deals) else len(deals)
		self._heading(f"Deal by deal, the largest first ({shown})")
		for judged in deals[:explained]:
			self.explain(judged, audit.currency)

	def _line(self, text: str) -> None:
		print(f"{INDENT}{clean(text)}", file=self.stream)

	def _heading(self, text: str) -> None:
		print(f"\n{self._painted(clean(text), BOLD)}", file=self.stream)

	def _painted(self, text: str, colour: str) -> str:
		return f"\033[{colour}m{text}\033[0m" if self.colours else text

	def _table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
		header, *lines = table_lines(columns, rows)
		print("\n".join([self._painted(header, BOLD), *lines]), file=self.stream)

	def _summary(self, audit: Audit) -> None:
		opened, coming = audit.open, audit.forecast.coming
		until = wording.month(audit.forecast.months[-1].month)
		currency = audit.currency
		self._heading(f"{audit.pipeline.name}, as of {wording.day(audit.today)}")
		self._line(
			f"{count(opened.deals, 'open deal')}, {money(opened.amount, currency)},"
			f" weighted by stage {money(opened.weighted, currency)}"
		)
		self._line(
			f"Forecast to the end of {until}: {money(coming.forecast, currency)}"
			f" ({amount(coming.won)} won this month, {amount(coming.weighted)} weighted)"
		)
		for standing in Standing:
			deals = audit.standing(standing)
			number = self._painted(f"{len(deals):>6,}", COLOUR_OF[standing])
			total = money(sum(judged.deal.amount for judged in deals), currency)
			print(f"{number} {standing.value}: {total}", file=self.stream)

	def _stages(self, audit: Audit) -> None:
		self._heading(_in("Open deals by stage", audit.currency))
		titles = ("Prob.", "Deals", "Amount", "Weighted", *(standing.value for standing in Standing))
		columns = [Text("Stage"), *(Number(title.capitalize()) for title in titles)]
		self._table(columns, [_stage_row(stage) for stage in audit.stages])

	def _blockers(self, audit: Audit) -> None:
		if not audit.blockers:
			return
		self._heading(_in("What stops them", audit.currency))
		self._table(
			[Text("Exit criterion"), Text("Asked by stage"), Number("Deals"), Number("Amount")],
			[
				(
					blocker.criterion.title,
					wording.stage_of(audit.pipeline, blocker.criterion),
					amount(len(blocker.deals)),
					amount(blocker.amount),
				)
				for blocker in audit.blockers[:LISTED]
			],
		)

	def _stopped(self, audit: Audit) -> None:
		if deals := audit.standing(Standing.STOPPED):
			self._heading(_listed(_in("Stopped, the largest first", audit.currency), deals))
			self._table(
				[Text("Deal"), Text("With"), Number("Amount"), Text("Missing")],
				[(*_deal_cells(judged), _missing(judged)) for judged in deals[:LISTED]],
			)

	def _free(self, audit: Audit) -> None:
		if deals := audit.standing(Standing.FREE):
			self._heading(_listed(_in("Could move on today, the largest first", audit.currency), deals))
			self._table(
				[Text("Deal"), Text("With"), Number("Amount"), Text("To stage"), Text("Owner")],
				[
					(*_deal_cells(judged), judged.decision.to_stage, wording.person(judged.deal.owner))
					for judged in deals[:LISTED]
				],
			)

	def _quotes(self, audit: Audit) -> None:
		waiting = audit.waiting_quotes
		needing = sum(bool(judged.steps) for judged in audit.quotes)
		self._heading(_listed(f"Open quotes that need approval under {audit.policy.policy.name}", waiting))
		self._line(f"Of {count(len(audit.quotes), 'quote')} in the file, {needing:,} would have needed it.")
		if waiting:
			self._table(
				[
					Text("Quote"),
					Text("With"),
					Number("Quoted"),
					Number("Discount"),
					Text("Status"),
					Text("Who"),
				],
				[_quote_row(judged) for judged in waiting[:LISTED]],
			)

	def _forecast(self, audit: Audit) -> None:
		forecast = audit.forecast
		self._heading(_in("Forecast by month", audit.currency))
		months = [_forecast_row(wording.month(line.month), line) for line in forecast.months]
		months.append(_forecast_row("Later", forecast.later))
		months.append(_forecast_row("No date, or overdue", forecast.undated))
		self._table(_forecast_columns("Month"), months)
		if forecast.owners:
			self._heading(_in("Forecast by owner, from this month on", audit.currency))
			owners = [_forecast_row(wording.person(line.owner), line) for line in forecast.owners]
			self._table(_forecast_columns("Owner"), owners)

	def _remarks(self, audit: Audit) -> None:
		if remarks := explanations.remarks(audit):
			self._heading("To be read with it")
			for remark in remarks:
				self._line(remark)

	def _left_out(self, audit: Audit) -> None:
		if not audit.left_out:
			return
		self._heading(f"{count(len(audit.left_out), 'row')} left out of all figures")
		for row in audit.left_out[:LEFT_OUT_LISTED]:
			self._line(f"{row.file}, line {row.line}: {row.reason}")
		more = len(audit.left_out) - LEFT_OUT_LISTED
		if more > 0:
			self._line(f"and {more:,} more: --json lists them all")


def table_lines(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
	"""The header, then the rows, each cut to the width there is."""
	cells = [[column.title for column in columns], *([clean(cell) for cell in row] for row in rows)]
	widths = _widths(columns, cells)
	for row in cells:
		aligned = (
			_cut(cell, width).rjust(width) if column.is_number else _cut(cell, width).ljust(width)
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


def _cut(cell: str, width: int) -> str:
	return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def clean(text: object) -> str:
	"""One line without anything that a terminal would act upon."""
	return "".join(
		" " if unicodedata.category(character).startswith("C") else character for character in str(text)
	)


def _in(title: str, currency: str) -> str:
	return f"{title}, in {currency}" if currency else title


def _listed(title: str, members: Sequence[object]) -> str:
	shown = f"{LISTED} of {len(members):,}" if len(members) > LISTED else len(members)
	return f"{title} ({shown})"


def _stage_row(stage: StageFigures) -> tuple[str, ...]:
	figures = stage.figures
	return (
		stage.name,
		percent(stage.probability),
		amount(figures.deals),
		amount(figures.amount),
		amount(figures.weighted),
		*(amount(stage.count(standing)) for standing in Standing),
	)


def _deal_cells(judged: JudgedDeal) -> tuple[str, ...]:
	return judged.deal.name, judged.deal.party, amount(judged.deal.amount)


def _verdict_row(verdict: Verdict) -> tuple[str, ...]:
	return explanations.finding(verdict).value, verdict.criterion.title, explanations.seen(verdict)


def _missing(judged: JudgedDeal) -> str:
	return "; ".join(str(verdict.criterion.title) for verdict in judged.stopped_by)


def _quote_row(judged: JudgedQuote) -> tuple[str, ...]:
	return (
		judged.quote.name,
		judged.quote.party,
		money(judged.measures.quoted_value, judged.quote.currency),
		percent(judged.measures.discount_percent),
		judged.quote.standing,
		wording.approvers(judged.steps),
	)


def _forecast_columns(first: str) -> list[Column]:
	titles = ("Open deals", "Amount", "Weighted", "Won deals", "Won", "Forecast")
	return [Text(first), *(Number(title) for title in titles)]


def _forecast_row(title: str, line: ForecastLine) -> tuple[str, ...]:
	figures = (line.deals, line.amount, line.weighted, line.won_deals, line.won, line.forecast)
	return (title, *(amount(figure) for figure in figures))
