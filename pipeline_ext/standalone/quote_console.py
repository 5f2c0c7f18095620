"""Judged quotations as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline_ext.domain.approvals import Breach
from pipeline_ext.domain.quotes import MEASURES, LineMeasures, QuoteMeasures
from pipeline_ext.standalone import wording
from pipeline_ext.standalone.approvals import RecordedRequest, RecordedStep, Said
from pipeline_ext.standalone.quote_audit import JudgedQuote, QuoteAudit
from pipeline_ext.standalone.terminal import (
	INDENT,
	LISTED,
	WIDTH,
	Number,
	Terminal,
	Text,
	cut,
	listed,
)
from pipeline_ext.standalone.wording import count, day, exact, measured, money, percent, person
from pipeline_ext.subjects import MEASURE_LABELS

WAITING_COLUMNS = (
	Text("Quote"),
	Text("With"),
	Number("Quoted"),
	Number("Discount"),
	Text("Status"),
	Text("Who"),
)
MEASURE_COLUMNS = (Text("Measure"), Number("Value"), Number("Worst line"))
BREACH_COLUMNS = (Text("Group"), Number("Level"), Text("Why"), Text("Who must agree"), Text("So far"))
SAID_COLUMNS = (Text("On"), Text("Who"), Text("What"), Text("About"), Text("Comment"))
NAMED = 5
"""How many lines that could not be valued are named."""


class QuoteConsole(Terminal):
	"""Writes what quotations give away, and who must agree to it."""

	def show(self, audit: QuoteAudit, explained: int) -> None:
		"""Those that wait, and everything about so many of those with the largest discounts."""
		self.waiting(audit)
		self.explained(audit, explained)
		self.remarks(audit.remarks)
		self.left_out(audit.left_out)

	def waiting(self, audit: QuoteAudit) -> None:
		"""The open quotes that need an approval they do not have."""
		waiting, needing = audit.waiting, len(audit.needing)
		self.heading(listed(f"Open quotes that need approval under {audit.policy.policy.name}", waiting))
		self.line(f"Of {count(len(audit.quotes), 'quote')} in the file, {needing:,} would have needed it.")
		if waiting:
			self.table(WAITING_COLUMNS, [_waiting_row(judged, audit) for judged in waiting[:LISTED]])

	def explained(self, audit: QuoteAudit, explained: int) -> None:
		quotes = audit.by_discount
		if not quotes or not explained:
			return
		shown = f"{explained} of {len(quotes):,}" if explained < len(quotes) else len(quotes)
		self.heading(f"Quote by quote, the largest discount first ({shown})")
		for judged in quotes[:explained]:
			self.explain(judged, audit)

	def explain(self, judged: JudgedQuote, audit: QuoteAudit) -> None:
		"""What a quote gives away, which rules that breaks, who must agree, and what was said so far."""
		quote, measures = judged.quote, judged.measures
		title = ", ".join(filter(None, (quote.name, quote.party, quote.standing)))
		self.heading(cut(f"{INDENT}{title}", WIDTH))
		self.line(
			f"List value {_value(measures.list_value, audit)}, quoted {_value(measures.quoted_value, audit)}"
		)
		self.table(MEASURE_COLUMNS, _measure_rows(measures))
		for what, lines in _not_valued(measures):
			self.folded(f"{what}: {_named(lines)}", INDENT)
		self._breaches(judged, audit)
		for request in judged.requests:
			self._request(request)

	def _breaches(self, judged: JudgedQuote, audit: QuoteAudit) -> None:
		if not judged.breaches:
			self.line("Needs no approval.")
			return
		self.line("Needs approval: groups side by side, the levels of a group in order.")
		columns = BREACH_COLUMNS if audit.has_requests else BREACH_COLUMNS[:-1]
		self.table(columns, [_breach_row(breach, judged)[: len(columns)] for breach in judged.breaches])

	def _request(self, request: RecordedRequest) -> None:
		asked = ", ".join(filter(None, (day(request.requested_on), f"by {person(request.requested_by)}")))
		self.line(f"{request.name} under {request.policy}, {asked}: {request.status.value}")
		for recorded in request.steps:
			self.folded(_step_line(recorded), INDENT * 2)
		if request.said:
			self.table(SAID_COLUMNS, [_said_row(said) for said in request.said])


def _value(value: Decimal | None, audit: QuoteAudit) -> str:
	return "not known" if value is None else f"{audit.currency} {exact(value)}".strip()


def _waiting_row(judged: JudgedQuote, audit: QuoteAudit) -> tuple[str, ...]:
	return (
		judged.quote.name,
		judged.quote.party,
		money(judged.measures.quoted_value, audit.currency),
		percent(judged.measures.discount_percent),
		judged.quote.standing,
		wording.approvers(judged.breaches),
	)


def _measure_rows(measures: QuoteMeasures) -> Iterator[tuple[str, ...]]:
	"""Each measure that is known, with the worst line where it is taken of lines too."""
	for name, kind in MEASURES.items():
		value = measures.total(name)
		worst = wording.worst_line(measures, name) if kind.per_line else ""
		if value is not None:
			yield MEASURE_LABELS[name], measured(name, value), worst


def _not_valued(measures: QuoteMeasures) -> Iterator[tuple[str, list[LineMeasures]]]:
	kinds = (
		("Without a list price", [line for line in measures.lines if line.list_value is None]),
		("Without a cost", [line for line in measures.lines if line.cost is None]),
	)
	return ((what, lines) for what, lines in kinds if lines)


def _named(lines: list[LineMeasures]) -> str:
	names = [line.item or f"line {line.key}" for line in lines[:NAMED]]
	more = len(lines) - len(names)
	return ", ".join(names) + (f" and {more:,} more" if more else "")


def _breach_row(breach: Breach, judged: JudgedQuote) -> tuple[str, ...]:
	rule = breach.rule
	return (
		rule.group or rule.title,
		str(rule.level),
		wording.reason(breach),
		wording.approver(rule),
		"open" if breach in judged.unagreed else "agreed",
	)


def _step_line(recorded: RecordedStep) -> str:
	breach = recorded.step.breach
	return (
		f"{recorded.status}: {breach.rule.title} ({wording.reason(breach)}), {wording.approver(breach.rule)}"
	)


def _said_row(said: Said) -> tuple[str, ...]:
	who = person(said.user) + (f" for {person(said.on_behalf_of)}" if said.on_behalf_of else "")
	what = said.what + (f" to {person(said.to_user)}" if said.to_user else "")
	return day(said.on), who, what, said.about, said.comment
