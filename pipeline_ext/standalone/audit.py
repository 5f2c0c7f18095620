"""What gates, approval policy and forecast would say of the exported deals, by the domain's own decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.exit_criteria import Criterion, FieldCriterion
from pipeline_ext.domain.forecast.rollup import DealGroup, ForecastLine, by_month, roll_up, total
from pipeline_ext.domain.gates import Decision, criteria_for, decide
from pipeline_ext.domain.pipeline import Mode, Outcome, Pipeline
from pipeline_ext.standalone.approvals import Requests
from pipeline_ext.standalone.deals import Deal, Deals
from pipeline_ext.standalone.facts import Files, facts_of
from pipeline_ext.standalone.history import History, WonDeal
from pipeline_ext.standalone.quotations import Quotes
from pipeline_ext.standalone.quote_audit import QuoteAudit, audit_quotes
from pipeline_ext.standalone.rules import CompanyPolicy
from pipeline_ext.standalone.tables import LeftOut

MONTHS_BACK = 6
MONTHS_AHEAD = 6


class Standing(str, Enum):
	"""Whether a deal could go on to its next stage."""

	FREE = "could move on"
	STOPPED = "stopped"
	UNKNOWN = "not known"


@dataclass(frozen=True)
class JudgedDeal:
	"""An open deal and the gate's decision on its next move, in a pipeline that enforces."""

	deal: Deal
	probability: float | None
	decision: Decision

	@property
	def stopped_by(self) -> tuple[Verdict, ...]:
		return tuple(verdict for verdict in self.decision.missing if not verdict.unknown)

	@property
	def not_known(self) -> tuple[Verdict, ...]:
		return tuple(verdict for verdict in self.decision.missing if verdict.unknown)

	@property
	def standing(self) -> Standing:
		if self.decision:
			return Standing.FREE
		return Standing.STOPPED if self.stopped_by else Standing.UNKNOWN


@dataclass(frozen=True)
class StageFigures:
	"""The open deals of a stage; `probability` None for a stage that the pipeline does not have."""

	name: str
	probability: float | None
	figures: ForecastLine
	deals: tuple[JudgedDeal, ...]

	def count(self, standing: Standing) -> int:
		return sum(judged.standing is standing for judged in self.deals)


@dataclass(frozen=True)
class Blocker:
	"""A criterion, and the open deals that it stops now, or on which its verdict is not known.

	`verdict` is the one on the first of them.
	"""

	verdict: Verdict
	deals: tuple[JudgedDeal, ...]

	@property
	def criterion(self) -> Criterion:
		return self.verdict.criterion

	@property
	def amount(self) -> float:
		return sum(judged.deal.amount for judged in self.deals)


@dataclass(frozen=True)
class Forecast:
	"""Won and weighted by month and owner.

	`months` start some months back and end some ahead; `coming` and `owners` count from the current one on.
	Open deals without a closing date, or with one before this month, are `undated`: they are in no month.
	"""

	months: tuple[ForecastLine, ...]
	coming: ForecastLine
	owners: tuple[ForecastLine, ...]
	undated: ForecastLine
	later: ForecastLine


@dataclass(frozen=True)
class Audit:
	"""Everything that the console, the page and the JSON show."""

	pipeline: Pipeline
	today: date
	currency: str
	stages: tuple[StageFigures, ...]
	blockers: tuple[Blocker, ...]
	unanswered: tuple[Blocker, ...]
	quotes: QuoteAudit | None
	forecast: Forecast
	left_out: tuple[LeftOut, ...]
	remarks: tuple[str, ...]

	@property
	def deals(self) -> list[JudgedDeal]:
		"""The open deals, the largest first."""
		every = [judged for stage in self.stages for judged in stage.deals]
		return sorted(every, key=lambda judged: (-judged.deal.amount, judged.deal.name))

	def deal(self, name: str) -> JudgedDeal | None:
		"""The open deal of that name; None where there is none."""
		return next((judged for judged in self.deals if judged.deal.name == name), None)

	@property
	def open(self) -> ForecastLine:
		"""All open deals in one line."""
		return total(_open_group(judged) for judged in self.deals)

	def standing(self, standing: Standing) -> list[JudgedDeal]:
		return [judged for judged in self.deals if judged.standing is standing]


def audit(
	pipeline: Pipeline,
	deals: Deals,
	quotes: Quotes | None,
	policy: CompanyPolicy | None,
	requests: Requests | None,
	history: History | None,
	today: date,
) -> Audit:
	"""Judge what the files hold as of `today`."""
	files = Files(deals, quotes, history, today)
	judged = judge_deals(pipeline, files)
	owners = {deal.name: deal.owner for deal in deals.deals}
	judged_quotes = audit_quotes(quotes, policy, requests, owners) if quotes and policy else None
	sources = [source for source in (deals, judged_quotes or quotes, history) if source]
	return Audit(
		pipeline=pipeline,
		today=today,
		currency=deals.currency,
		stages=tuple(_by_stage(pipeline, judged)),
		blockers=_by_criterion(judged, lambda each: each.stopped_by),
		unanswered=_by_criterion(judged, lambda each: each.not_known),
		quotes=judged_quotes,
		forecast=forecast(judged, _won(deals, history, today), today),
		left_out=tuple(row for source in sources for row in source.left_out),
		remarks=tuple(_remarks(pipeline, files, policy, judged_quotes)),
	)


def judge_deals(pipeline: Pipeline, files: Files) -> list[JudgedDeal]:
	"""The gate's decision on the next move of each open deal."""
	return [
		JudgedDeal(deal, _probability(pipeline, deal.stage), _decision(pipeline, deal, files))
		for deal in files.deals.deals
		if deal.outcome is Outcome.OPEN
	]


def _decision(pipeline: Pipeline, deal: Deal, files: Files) -> Decision:
	to_stage = pipeline.following(deal.stage).name
	facts = facts_of(deal, criteria_for(pipeline, deal.stage, to_stage), files)
	return decide(pipeline, Mode.ENFORCE, deal.stage, to_stage, facts, files.today)


def _probability(pipeline: Pipeline, stage: str | None) -> float | None:
	return pipeline.stage(stage).probability if stage in pipeline else None


def _by_stage(pipeline: Pipeline, judged: Iterable[JudgedDeal]) -> Iterator[StageFigures]:
	"""The pipeline's open stages in their order, then those it does not have."""
	groups: dict[str | None, list[JudgedDeal]] = {stage.name: [] for stage in pipeline.open_stages}
	for each in judged:
		groups.setdefault(each.deal.stage, []).append(each)
	for name, members in groups.items():
		yield StageFigures(
			name=_label(pipeline, name),
			probability=_probability(pipeline, name),
			figures=total(_open_group(each) for each in members),
			deals=tuple(members),
		)


def _label(pipeline: Pipeline, stage: str | None) -> str:
	if stage is None:
		return "(no stage)"
	return stage if stage in pipeline else f"{stage} (not in this pipeline)"


def _by_criterion(
	judged: Iterable[JudgedDeal], verdicts_of: Callable[[JudgedDeal], tuple[Verdict, ...]]
) -> tuple[Blocker, ...]:
	"""The criteria behind those verdicts, the one with most deals first."""
	groups: dict[str, tuple[Verdict, list[JudgedDeal]]] = {}
	for each in judged:
		for verdict in verdicts_of(each):
			groups.setdefault(verdict.criterion.key, (verdict, []))[1].append(each)
	blockers = [Blocker(verdict, tuple(deals)) for verdict, deals in groups.values()]
	return tuple(sorted(blockers, key=lambda blocker: (-len(blocker.deals), -blocker.amount)))


def forecast(judged: Iterable[JudgedDeal], won: Iterable[WonDeal], today: date) -> Forecast:
	"""Roll up by month of close, around the month of `today`."""
	this_month = today.replace(day=1)
	first, end = _shifted(this_month, -MONTHS_BACK), _shifted(this_month, MONTHS_AHEAD)
	opened = [_open_group(each) for each in judged]
	closed = [DealGroup(_month(each.won_on), each.owner, 1, each.amount, 100.0, closed=True) for each in won]
	ahead = [group for group in (*opened, *closed) if group.month and this_month <= group.month < end]
	past = [group for group in closed if group.month and first <= group.month < this_month]
	return Forecast(
		months=tuple(_every_month(by_month([*past, *ahead]), first)),
		coming=total(ahead),
		owners=tuple(_by_owner(ahead)),
		undated=total(group for group in opened if not group.month or group.month < this_month),
		later=total(group for group in opened if group.month and group.month >= end),
	)


def _open_group(judged: JudgedDeal) -> DealGroup:
	deal = judged.deal
	return DealGroup(_month(deal.expected_close), deal.owner, 1, deal.amount, judged.probability)


def _every_month(lines: Iterable[ForecastLine], first: date) -> Iterator[ForecastLine]:
	known = {line.month: line for line in lines}
	for ahead in range(MONTHS_BACK + MONTHS_AHEAD):
		month = _shifted(first, ahead)
		yield known.get(month, ForecastLine(month, None))


def _by_owner(groups: Iterable[DealGroup]) -> list[ForecastLine]:
	"""A line per owner, the largest forecast first."""
	lines = roll_up(replace(group, month=None) for group in groups)
	return sorted(lines, key=lambda line: -line.forecast)


def _month(day: date | None) -> date | None:
	return day.replace(day=1) if day else None


def _shifted(month: date, months: int) -> date:
	years, index = divmod(month.month - 1 + months, 12)
	return date(month.year + years, index + 1, 1)


def _won(deals: Deals, history: History | None, today: date) -> list[WonDeal]:
	"""Deals won by the ledger, without those that the export has open; else by their own stage or status."""
	if not history:
		return [
			WonDeal(deal.name, deal.owner, deal.stage_since or deal.expected_close, deal.amount)
			for deal in deals.deals
			if deal.outcome is Outcome.WON
		]
	exported = {deal.name: deal for deal in deals.deals}
	contradicted = _contradicted(deals, history, today)
	return [
		replace(won, owner=exported[won.name].owner if won.name in exported else won.owner)
		for won in history.won_by(today)
		if won.name not in contradicted
	]


def _contradicted(deals: Deals, history: History, today: date) -> set[str]:
	"""Deals that are won in the ledger and open in the export."""
	still_open = {deal.name for deal in deals.deals if deal.outcome is Outcome.OPEN}
	return still_open & {won.name for won in history.won_by(today)}


def _remarks(
	pipeline: Pipeline, files: Files, policy: CompanyPolicy | None, judged: QuoteAudit | None
) -> Iterator[str]:
	deals, quotes, history = files.deals, files.quotes, files.history
	yield from deals.remarks()
	if any(isinstance(each, FieldCriterion) and each.refuse_placeholders for each in pipeline.criteria):
		yield "Whether one text was pasted over many deals is judged on the site alone."
	if judged:
		yield from judged.remarks
	elif quotes:
		yield from quotes.remarks()
	elif policy:
		yield "The policy was not applied: that takes --quotations."
	if history:
		yield from history.remarks
		if contradicted := _contradicted(deals, history, files.today):
			yield f"Counted as open, but won in the ledger: {len(contradicted):,}."
