"""An audit as plain text for a terminal."""

from __future__ import annotations

from typing import TextIO

from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.standalone import explanations, wording
from pipeline_ext.standalone.audit import Audit, JudgedDeal, StageFigures, Standing
from pipeline_ext.standalone.explanations import Finding
from pipeline_ext.standalone.quote_console import QuoteConsole
from pipeline_ext.standalone.terminal import (
	GAP,
	GREEN,
	INDENT,
	LISTED,
	PLAIN,
	RED,
	WIDTH,
	YELLOW,
	Column,
	Number,
	Terminal,
	Text,
	clean,
	cut,
	in_currency,
	listed,
	table_lines,
)
from pipeline_ext.standalone.wording import amount, count, money, percent

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
VERDICT_COLUMNS = (Text(" " * FINDING_WIDTH), Text("Exit criterion"), Text("Seen"))


class Console(Terminal):
	"""Writes an audit."""

	def __init__(self, stream: TextIO):
		super().__init__(stream)
		self.quotes = QuoteConsole(stream)

	def show(self, audit: Audit, explained: int) -> None:
		"""The whole audit, and the verdicts on so many of the largest deals."""
		self._summary(audit)
		self._stages(audit)
		self._blockers(audit)
		self._stopped(audit)
		self._free(audit)
		self._explained(audit, explained)
		if audit.quotes:
			self.quotes.waiting(audit.quotes)
		self._forecast(audit)
		self.remarks(explanations.remarks(audit))
		self.left_out(audit.left_out)

	def explain(self, judged: JudgedDeal, currency: str) -> None:
		"""Every verdict on a deal's next move: what was seen and, where it is unmet, what to do."""
		deal, verdicts = judged.deal, judged.decision.verdicts
		title = ", ".join(filter(None, (deal.name, deal.party, money(deal.amount, currency))))
		move = f"{deal.stage or 'No stage'} to {judged.decision.to_stage}: "
		standing = self.painted(judged.standing.value, COLOUR_OF[judged.standing])
		self.heading(cut(f"{INDENT}{title}", WIDTH))
		print(f"{INDENT}{cut(clean(move), MOVE_WIDTH)}{standing}", file=self.stream)
		if not verdicts:
			self.line("Nothing is asked.")
		_header, *lines = table_lines(VERDICT_COLUMNS, [_verdict_row(verdict) for verdict in verdicts])
		for verdict, line in zip(verdicts, lines, strict=True):
			self._verdict(verdict, line)

	def _verdict(self, verdict: Verdict, line: str) -> None:
		finding = explanations.finding(verdict)
		painted = self.painted(finding.value, COLOUR_OF[finding])
		print(line.replace(finding.value, painted, 1), file=self.stream)
		self.folded(explanations.hint(verdict), HINT_INDENT)

	def _explained(self, audit: Audit, explained: int) -> None:
		deals = audit.deals
		if not deals or not explained:
			return
		shown = f"{explained} of {len(deals):,}" if explained < len(deals) else len(deals)
		self.heading(f"Deal by deal, the largest first ({shown})")
		for judged in deals[:explained]:
			self.explain(judged, audit.currency)

	def _summary(self, audit: Audit) -> None:
		opened, coming = audit.open, audit.forecast.coming
		until = wording.month(audit.forecast.months[-1].month)
		currency = audit.currency
		self.heading(f"{audit.pipeline.name}, as of {wording.day(audit.today)}")
		self.line(
			f"{count(opened.deals, 'open deal')}, {money(opened.amount, currency)},"
			f" weighted by stage {money(opened.weighted, currency)}"
		)
		self.line(
			f"Forecast to the end of {until}: {money(coming.forecast, currency)}"
			f" ({amount(coming.won)} won this month, {amount(coming.weighted)} weighted)"
		)
		for standing in Standing:
			deals = audit.standing(standing)
			number = self.painted(f"{len(deals):>6,}", COLOUR_OF[standing])
			total = money(sum(judged.deal.amount for judged in deals), currency)
			print(f"{number} {standing.value}: {total}", file=self.stream)

	def _stages(self, audit: Audit) -> None:
		self.heading(in_currency("Open deals by stage", audit.currency))
		titles = ("Prob.", "Deals", "Amount", "Weighted", *(standing.value for standing in Standing))
		columns = [Text("Stage"), *(Number(title.capitalize()) for title in titles)]
		self.table(columns, [_stage_row(stage) for stage in audit.stages])

	def _blockers(self, audit: Audit) -> None:
		if not audit.blockers:
			return
		self.heading(in_currency("What stops them", audit.currency))
		self.table(
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
			self.heading(listed(in_currency("Stopped, the largest first", audit.currency), deals))
			self.table(
				[Text("Deal"), Text("With"), Number("Amount"), Text("Missing")],
				[(*_deal_cells(judged), _missing(judged)) for judged in deals[:LISTED]],
			)

	def _free(self, audit: Audit) -> None:
		if deals := audit.standing(Standing.FREE):
			self.heading(listed(in_currency("Could move on today, the largest first", audit.currency), deals))
			self.table(
				[Text("Deal"), Text("With"), Number("Amount"), Text("To stage"), Text("Owner")],
				[
					(*_deal_cells(judged), judged.decision.to_stage, wording.person(judged.deal.owner))
					for judged in deals[:LISTED]
				],
			)

	def _forecast(self, audit: Audit) -> None:
		forecast = audit.forecast
		self.heading(in_currency("Forecast by month", audit.currency))
		months = [_forecast_row(wording.month(line.month), line) for line in forecast.months]
		months.append(_forecast_row("Later", forecast.later))
		months.append(_forecast_row("No date, or overdue", forecast.undated))
		self.table(_forecast_columns("Month"), months)
		if forecast.owners:
			self.heading(in_currency("Forecast by owner, from this month on", audit.currency))
			owners = [_forecast_row(wording.person(line.owner), line) for line in forecast.owners]
			self.table(_forecast_columns("Owner"), owners)


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


def _forecast_columns(first: str) -> list[Column]:
	titles = ("Open deals", "Amount", "Weighted", "Won deals", "Won", "Forecast")
	return [Text(first), *(Number(title) for title in titles)]


def _forecast_row(title: str, line: ForecastLine) -> tuple[str, ...]:
	figures = (line.deals, line.amount, line.weighted, line.won_deals, line.won, line.forecast)
	return (title, *(amount(figure) for figure in figures))
