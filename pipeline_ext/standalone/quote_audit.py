"""What exported quotations give away, which approvals that takes, and what was agreed to so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline_ext.domain.approvals import ApproverType, Breach, Step, breaches, uncovered
from pipeline_ext.domain.quotes import QuoteMeasures
from pipeline_ext.standalone.approvals import RecordedRequest, Requests
from pipeline_ext.standalone.exports import BadRow
from pipeline_ext.standalone.quotations import CANCELLED, Quote, Quotes
from pipeline_ext.standalone.rules import CompanyPolicy
from pipeline_ext.standalone.tables import LeftOut

OF_COST = ("margin_percent", "margin_amount", "lines_below_cost", "lines_without_cost")
ON_SITE_ONLY = ("changed_terms", "new_customer", "blocked_customer", "credit_excess")


@dataclass(frozen=True)
class JudgedQuote:
	"""A quotation, what it gives away, the rules it breaks, and the requests that were made for it.

	`unagreed` are the breaches that nothing agreed to in its last request includes.
	"""

	quote: Quote
	owner: str | None
	measures: QuoteMeasures
	breaches: tuple[Breach, ...]
	requests: tuple[RecordedRequest, ...]
	unagreed: tuple[Breach, ...]

	@property
	def needs_others(self) -> bool:
		"""Whether somebody beside the asker has to agree."""
		return any(breach.rule.approver is not ApproverType.ONESELF for breach in self.breaches)

	@property
	def is_waiting(self) -> bool:
		return self.needs_others and self.quote.is_waiting


@dataclass(frozen=True)
class QuoteAudit:
	"""The quotations of a policy's company, judged; `has_requests` where a file says what was agreed to."""

	policy: CompanyPolicy
	currency: str
	quotes: tuple[JudgedQuote, ...]
	has_requests: bool
	left_out: tuple[LeftOut, ...]
	remarks: tuple[str, ...]

	@property
	def waiting(self) -> list[JudgedQuote]:
		"""Open quotes that need an approval they do not have yet, the largest discount first."""
		return [judged for judged in self.by_discount if judged.is_waiting]

	@property
	def needing(self) -> list[JudgedQuote]:
		"""Quotes on which somebody beside the asker has to agree."""
		return [judged for judged in self.quotes if judged.needs_others]

	@property
	def by_discount(self) -> list[JudgedQuote]:
		"""All quotes, the largest discount first."""
		return sorted(self.quotes, key=lambda judged: (-discount_of(judged), judged.quote.name))

	def quote(self, name: str) -> JudgedQuote | None:
		"""The quote of that name; None where there is none."""
		return next((judged for judged in self.quotes if judged.quote.name == name), None)


def discount_of(judged: JudgedQuote) -> float:
	"""In percent, 0 where it is not known."""
	return float(judged.measures.discount_percent or 0)


def audit_quotes(
	quotes: Quotes,
	policy: CompanyPolicy,
	requests: Requests | None,
	owners: Mapping[str, str | None],
) -> QuoteAudit:
	"""Judge the quotations that the policy is for; `owners` are those of opportunities."""
	judged, left_out = [], []
	for quote in quotes.quotes:
		if quote.state == CANCELLED or not _governs(policy, quote):
			continue
		try:
			judged.append(_judge(quote, quotes, policy, requests, owners))
		except BadRow as bad:
			left_out.append(LeftOut(quotes.export.file, quote.document.line, str(bad)))
	return QuoteAudit(
		policy=policy,
		currency=quotes.currency,
		quotes=tuple(judged),
		has_requests=requests is not None,
		left_out=(*quotes.left_out, *(requests.left_out if requests else ()), *left_out),
		remarks=tuple(_remarks(quotes, policy)),
	)


def _governs(policy: CompanyPolicy, quote: Quote) -> bool:
	return not policy.company or quote.company in ("", policy.company)


def _judge(
	quote: Quote,
	quotes: Quotes,
	policy: CompanyPolicy,
	requests: Requests | None,
	owners: Mapping[str, str | None],
) -> JudgedQuote:
	measures = quotes.measures_of(quote)
	broken = breaches(policy.policy, measures)
	recorded = requests.of(quote.name) if requests else ()
	return JudgedQuote(
		quote=quote,
		owner=next((owners[name] for name in sorted(quote.opportunities) if owners.get(name)), quote.owner),
		measures=measures,
		breaches=broken,
		requests=recorded,
		unagreed=uncovered(broken, _agreed(recorded, policy)),
	)


def _agreed(requests: Sequence[RecordedRequest], policy: CompanyPolicy) -> tuple[Step, ...]:
	"""What the last request still counts for: only under the same policy."""
	last = requests[-1] if requests else None
	return last.agreed if last and last.policy == policy.policy.name else ()


def _remarks(quotes: Quotes, policy: CompanyPolicy) -> Iterator[str]:
	yield from quotes.remarks()
	yield "List prices are the Price List Rate in the file; on a site they are looked up in Item Price."
	yield "Negative charges and discounts for early payment are counted on the site alone."
	if quotes.has_costs:
		yield "Costs are the Valuation Rate in the file; on a site they are looked up in stock and purchases."
	elif any(rule.measure in OF_COST for rule in policy.policy.rules):
		yield "Margins are not judged: export Valuation Rate (Items) to have them in."
	unknown = [rule.title for rule in policy.policy.rules if rule.measure in ON_SITE_ONLY]
	if unknown:
		yield f"Judged on the site alone: {', '.join(unknown)}."
	others = sum(not _governs(policy, quote) for quote in quotes.quotes)
	if others:
		yield f"Not judged, because the policy is for {policy.company}: {others:,} quotations of others."
