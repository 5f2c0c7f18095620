"""An audit as one self-contained HTML page: figures, charts and the tables behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from importlib.resources import files
from string import Template

import pipeline_ext
from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.standalone import charts, explanations, wording
from pipeline_ext.standalone.audit import Audit, JudgedDeal, StageFigures, Standing
from pipeline_ext.standalone.charts import Bar, Mark, Part
from pipeline_ext.standalone.explanations import Finding
from pipeline_ext.standalone.markup import (
	SHOWN,
	Cell,
	disclosure,
	legend,
	long_list,
	long_table,
	name,
	number,
	pair,
	section,
	table,
)
from pipeline_ext.standalone.quote_audit import JudgedQuote, QuoteAudit, discount_of
from pipeline_ext.standalone.wording import amount, count, money, percent, short

TEMPLATE = files("pipeline_ext") / "standalone" / "page.html"
BIN = 5
"""Width of the discount chart's columns, in percent."""
FINDING_STYLES = {
	Finding.MET: "verdict good",
	Finding.UNMET: "verdict bad",
	Finding.NOT_APPLICABLE: "verdict",
	Finding.NOT_KNOWN: "verdict open",
}
STYLES = {Standing.FREE: "free", Standing.STOPPED: "stopped", Standing.UNKNOWN: "unknown"}


def page(audit: Audit, title: str) -> str:
	"""The whole page; nothing in it is loaded from elsewhere."""
	parts = [_figures(audit), pair(_stages(audit), _gates(audit)), _blockers(audit)]
	parts += [_quotes(audit.quotes)] if audit.quotes else []
	parts += [_forecast(audit), _deals(audit), _remarks(audit), _left_out(audit)]
	return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
		title=escape(title),
		subtitle=escape(_subtitle(audit)),
		body="\n".join(part for part in parts if part),
		footer=escape(
			f"Made by pipeline-ext {pipeline_ext.__version__}"
			" with the decisions that Pipeline Ext takes inside ERPNext."
		),
	)


def _subtitle(audit: Audit) -> str:
	currency = f", amounts in {audit.currency}" if audit.currency else ""
	return f"{audit.pipeline.name}, as of {wording.day(audit.today)}{currency}"


def _figures(audit: Audit) -> str:
	opened, coming = audit.open, audit.forecast.coming
	free, stopped = audit.standing(Standing.FREE), audit.standing(Standing.STOPPED)
	until = wording.month(audit.forecast.months[-1].month)
	of_it_won = f"{short(coming.won)} won already"
	tiles = [
		_figure("Open pipeline", amount(opened.amount), count(opened.deals, "deal")),
		_figure("Weighted by stage", amount(opened.weighted), "amount × probability"),
		_figure(f"Forecast to {until}", amount(coming.forecast), of_it_won),
		_figure("Could move on today", count(len(free), "deal"), f"{amount(_sum(free))} in all", "good"),
		_figure("Stopped by a gate", count(len(stopped), "deal"), f"{amount(_sum(stopped))} in all", "bad"),
	]
	if audit.quotes:
		detail = f"open, of {len(audit.quotes.quotes):,} in the file"
		tiles.append(_figure("Need approval", count(len(audit.quotes.waiting), "quote"), detail, "open"))
	return f'<div class="figures">{"".join(tiles)}</div>'


def _figure(title: str, figure: str, detail: str, style: str = "") -> str:
	lines = f"<dt>{escape(title)}</dt><dd>{escape(figure)}</dd><dd>{escape(detail)}</dd>"
	return f'<dl class="figure {style}">{lines}</dl>'


def _stages(audit: Audit) -> str:
	key = legend(("weighted", "weighted by the stage's probability"), ("amount", "rest of the amount"))
	rows = [_stage_bar(stage) for stage in audit.stages]
	return section("Where the money is", "", key + charts.bars(rows))


def _stage_bar(stage: StageFigures) -> Bar:
	figures = stage.figures
	rest = figures.amount - figures.weighted
	return Bar(
		stage.name,
		(
			Part(figures.weighted, "weighted", f"{amount(figures.weighted)} weighted"),
			Part(rest, "amount", f"{amount(figures.amount)} in all"),
		),
		f"{short(figures.amount)} in {count(figures.deals, 'deal')}",
	)


def _gates(audit: Audit) -> str:
	key = legend(*((STYLES[standing], standing.value) for standing in Standing))
	rows = [_gate_bar(stage) for stage in audit.stages]
	return section("What the gates would say today", "", key + charts.bars(rows))


def _gate_bar(stage: StageFigures) -> Bar:
	counts = {standing: stage.count(standing) for standing in Standing}
	texts = {standing: f"{number} {standing.value}" for standing, number in counts.items() if number}
	parts = (Part(counts[standing], STYLES[standing], text) for standing, text in texts.items())
	return Bar(stage.name, tuple(parts), ", ".join(texts.values()))


def _blockers(audit: Audit) -> str:
	if not audit.blockers:
		return ""
	rows = [
		Bar(
			blocker.criterion.title,
			(Part(len(blocker.deals), "stopped", f"{len(blocker.deals)} deals"),),
			f"{count(len(blocker.deals), 'deal')}, {short(blocker.amount)}",
		)
		for blocker in audit.blockers[:SHOWN]
	]
	details = table(
		("Exit criterion", "Asked", "Deals", "Amount", "What to do"),
		[
			(
				Cell(blocker.criterion.title),
				name(wording.stage_of(audit.pipeline, blocker.criterion)),
				number(amount(len(blocker.deals))),
				number(amount(blocker.amount)),
				Cell(blocker.criterion.hint),
			)
			for blocker in audit.blockers
		],
		"What stops deals",
	)
	lead = "Open deals that do not meet an exit criterion of their stage. One deal may miss several."
	chart = charts.bars(rows, longest=audit.open.deals)
	return section("What stops them", lead, chart + details)


def _deals(audit: Audit) -> str:
	deals = audit.deals
	if not deals:
		return ""
	lead = (
		"Judged as if the pipeline enforced its exit criteria today. The largest come first."
		" Open one to see every verdict on its next move."
	)
	key = legend(*((STYLES[standing], standing.value) for standing in Standing))
	listed = long_list(deals, lambda part: "".join(_deal(judged, audit) for judged in part))
	return section("Deal by deal", lead, key + listed)


def _deal(judged: JudgedDeal, audit: Audit) -> str:
	deal = judged.deal
	cells = (
		name(deal.name, deal.party),
		Cell(judged.decision.to_stage, detail=f"from {deal.stage or 'no stage'}"),
		Cell(wording.person(deal.owner), detail=_closing(deal.expected_close, audit.today)),
		Cell(amount(deal.amount), "number", judged.standing.value),
	)
	return disclosure(STYLES[judged.standing], cells, _verdicts(judged))


def _closing(day: date | None, today: date) -> str:
	if day is None:
		return "no closing date"
	return f"closing {wording.day(day)}" + (", overdue" if day < today else "")


def _verdicts(judged: JudgedDeal) -> str:
	rows = [_verdict_row(verdict) for verdict in judged.decision.verdicts]
	if not rows:
		return "<p>Nothing is asked.</p>"
	titles = ("Verdict", "Exit criterion", "Seen", "What to do")
	return table(titles, rows, f"Verdicts on {judged.deal.name}")


def _verdict_row(verdict: Verdict) -> tuple[Cell, ...]:
	finding = explanations.finding(verdict)
	return (
		Cell(finding.value, FINDING_STYLES[finding]),
		Cell(verdict.criterion.title),
		Cell(explanations.seen(verdict)),
		Cell(explanations.hint(verdict)),
	)


def _quotes(audit: QuoteAudit) -> str:
	waiting, needing = audit.waiting, audit.needing
	policy = audit.policy.policy.name
	lead = (
		f"Of {count(len(audit.quotes), 'quote')} in the file, {len(needing):,} would have needed approval"
		f" under {policy}. The open ones among them are listed."
	)
	key = legend(
		("weighted", "quotes below every threshold"), ("above", "above one"), ("", "by discount in %")
	)
	chart = charts.columns(
		"Quotes by discount in percent",
		_discount_columns(audit),
		lambda value: f"{value:g}",
		_thresholds(audit),
	)
	listed = long_table(
		("Quote", "Owner", "Quoted", "Discount", "Status", "Approver"),
		[_quote_row(judged, audit.currency) for judged in waiting],
		"Open quotes that need approval",
	)
	return section("Quotes that need approval", lead, key + chart + (listed if waiting else ""))


def _discount_columns(audit: QuoteAudit) -> list[Bar]:
	"""Quotes by discount: none, then classes of some percent, the last without an end."""
	classes = _discount_classes(audit)
	members: list[list[JudgedQuote]] = [[] for _ in range(classes + 1)]
	for judged in audit.quotes:
		place = math.ceil(max(discount_of(judged), 0) / BIN)
		members[min(place, classes)].append(judged)
	return [_discount_column(place, classes, quotes) for place, quotes in enumerate(members)]


def _discount_column(place: int, classes: int, quotes: Sequence[JudgedQuote]) -> Bar:
	low, high = (place - 1) * BIN, place * BIN
	label = f"> {low}" if place == classes else f"≤ {high}"
	above = sum(_is_above_threshold(judged) for judged in quotes)
	below = len(quotes) - above
	return Bar(
		label if place else "none",
		(
			Part(below, "weighted", f"discount {label}: {count(below, 'quote')} below every threshold"),
			Part(above, "above", f"discount {label}: {count(above, 'quote')} above a threshold"),
		),
		str(len(quotes) or ""),
	)


def _discount_classes(audit: QuoteAudit) -> int:
	largest = max(map(discount_of, audit.quotes), default=0)
	return int(min(max(math.ceil(largest / BIN), 4), 12))


def _is_above_threshold(judged: JudgedQuote) -> bool:
	return any(breach.rule.measure == "discount_percent" for breach in judged.breaches)


def _thresholds(audit: QuoteAudit) -> Iterator[Mark]:
	for rule in audit.policy.policy.rules:
		if rule.measure == "discount_percent" and rule.threshold / BIN < _discount_classes(audit):
			yield Mark(1 + float(rule.threshold) / BIN, percent(rule.threshold))


def _quote_row(judged: JudgedQuote, currency: str) -> tuple[Cell, ...]:
	quote, measures = judged.quote, judged.measures
	reasons = "; ".join(map(wording.reason, judged.breaches))
	return (
		name(quote.name, quote.party),
		Cell(wording.person(judged.owner)),
		number(money(measures.quoted_value, currency)),
		number(percent(measures.discount_percent)),
		name(quote.standing),
		Cell(wording.approvers(judged.breaches), detail=reasons),
	)


def _forecast(audit: Audit) -> str:
	forecast = audit.forecast
	key = legend(("won", "won"), ("weighted", "open, weighted by stage"))
	months = [_month_column(line, is_first=index == 0) for index, line in enumerate(forecast.months)]
	this_month = Mark(_position_of(audit), "this month on")
	by_month = charts.columns("Won and weighted by month", months, short, [this_month])
	owners = [_owner_bar(line) for line in forecast.owners[:SHOWN]]
	by_owner = charts.bars(owners)
	lead = "Open deals count in the month they are expected to close, times the probability of their stage."
	return pair(
		section("Forecast by month", lead, key + by_month),
		section("Forecast by owner", "This month and the five after it.", key + by_owner),
	) + section("Forecast in figures", "", _forecast_table(audit))


def _month_column(line: ForecastLine, is_first: bool) -> Bar:
	year = str(line.month.year) if is_first or line.month.month == 1 else ""
	parts = _forecast_parts(line, f"{wording.month(line.month)}: ")
	return Bar(wording.MONTHS[line.month.month - 1], parts, year)


def _owner_bar(line: ForecastLine) -> Bar:
	note = f"{short(line.forecast)}, {count(line.deals, 'open deal')}"
	return Bar(wording.person(line.owner), _forecast_parts(line), note)


def _forecast_parts(line: ForecastLine, tip: str = "") -> tuple[Part, ...]:
	return (
		Part(line.won, "won", f"{tip}{amount(line.won)} won"),
		Part(line.weighted, "weighted", f"{tip}{amount(line.weighted)} weighted"),
	)


def _position_of(audit: Audit) -> int:
	this_month = audit.today.replace(day=1)
	return next(index for index, line in enumerate(audit.forecast.months) if line.month == this_month)


def _forecast_table(audit: Audit) -> str:
	forecast = audit.forecast
	rows = [_forecast_row(wording.month(line.month), line) for line in forecast.months]
	rows.append(_forecast_row("Later", forecast.later))
	rows.append(_forecast_row("No closing date, or overdue", forecast.undated))
	titles = ("Month", "Open deals", "Amount", "Weighted", "Won deals", "Won", "Forecast")
	return table(titles, rows, "Forecast by month", on_phones="")


def _forecast_row(title: str, line: ForecastLine) -> tuple[Cell, ...]:
	figures = (line.deals, line.amount, line.weighted, line.won_deals, line.won, line.forecast)
	return (name(title), *(number(amount(figure) if figure else "–") for figure in figures))


def _remarks(audit: Audit) -> str:
	notes = "".join(f"<li>{escape(remark)}</li>" for remark in explanations.remarks(audit))
	return section("To be read with it", "", f'<ul class="notes">{notes}</ul>') if notes else ""


def _left_out(audit: Audit) -> str:
	if not audit.left_out:
		return ""
	rows = [(name(row.file), number(str(row.line)), Cell(row.reason)) for row in audit.left_out]
	title = f"{count(len(audit.left_out), 'row')} left out of all figures"
	return section(title, "", long_table(("File", "Line", "Reason"), rows, title))


def _sum(deals: Iterable[JudgedDeal]) -> float:
	return sum(judged.deal.amount for judged in deals)
