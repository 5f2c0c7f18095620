"""An audit as JSON data for other programs."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.exit_criteria import type_of
from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.domain.quotes import MEASURES
from pipeline_ext.standalone import explanations, wording
from pipeline_ext.standalone.approvals import RecordedRequest
from pipeline_ext.standalone.audit import Audit, Blocker, JudgedDeal, StageFigures, Standing
from pipeline_ext.standalone.quote_audit import JudgedQuote, QuoteAudit


def audit_data(audit: Audit) -> dict[str, Any]:
	"""Everything that the page shows, and every deal and quote behind it."""
	return {
		"pipeline": audit.pipeline.name,
		"policy": audit.quotes.policy.policy.name if audit.quotes else None,
		"today": audit.today.isoformat(),
		"currency": audit.currency,
		"stages": [_stage(stage) for stage in audit.stages],
		"blockers": [_blocker(blocker) for blocker in audit.blockers],
		"not_known": [_blocker(blocker) for blocker in audit.unanswered],
		"deals": [_deal(judged) for judged in audit.deals],
		"quotes": [_quote(judged) for judged in audit.quotes.quotes] if audit.quotes else [],
		"forecast": {
			"months": [_line(line) for line in audit.forecast.months],
			"owners": [_line(line) for line in audit.forecast.owners],
			"coming": _line(audit.forecast.coming),
			"undated": _line(audit.forecast.undated),
			"later": _line(audit.forecast.later),
		},
		"left_out": [asdict(row) for row in audit.left_out],
		"remarks": list(audit.remarks),
	}


def quote_audit_data(audit: QuoteAudit) -> dict[str, Any]:
	"""Everything about every quote."""
	return {
		"policy": audit.policy.policy.name,
		"currency": audit.currency,
		"quotes": [_quote(judged) for judged in audit.quotes],
		"left_out": [asdict(row) for row in audit.left_out],
		"remarks": list(audit.remarks),
	}


def _stage(stage: StageFigures) -> dict[str, Any]:
	return {
		"stage": stage.name,
		"probability": stage.probability,
		"deals": stage.figures.deals,
		"amount": stage.figures.amount,
		"weighted": stage.figures.weighted,
		**{standing.name.lower(): stage.count(standing) for standing in Standing},
	}


def _blocker(blocker: Blocker) -> dict[str, Any]:
	return {
		"criterion": blocker.criterion.key,
		"title": blocker.criterion.title,
		"hint": blocker.criterion.hint,
		"deals": len(blocker.deals),
		"amount": blocker.amount,
	}


def _deal(judged: JudgedDeal) -> dict[str, Any]:
	deal = judged.deal
	return {
		"name": deal.name,
		"party": deal.party,
		"owner": deal.owner,
		"stage": deal.stage,
		"next_stage": judged.decision.to_stage,
		"amount": deal.amount,
		"expected_close": deal.expected_close.isoformat() if deal.expected_close else None,
		"standing": judged.standing.name.lower(),
		"verdicts": [_verdict(verdict) for verdict in judged.decision.verdicts],
	}


def _verdict(verdict: Verdict) -> dict[str, Any]:
	criterion, source = verdict.criterion, verdict.source
	return {
		"criterion": criterion.key,
		"type": type_of(criterion),
		"title": criterion.title,
		"blocks": criterion.blocks,
		"weight": criterion.weight,
		"state": explanations.finding(verdict).value,
		"reason": verdict.reason,
		"text": explanations.seen(verdict),
		"hint": explanations.hint(verdict),
		"document": source.document if source else None,
	}


def _quote(judged: JudgedQuote) -> dict[str, Any]:
	quote, measures = judged.quote, judged.measures
	return {
		"name": quote.name,
		"party": quote.party,
		"owner": judged.owner,
		"state": quote.state,
		"status": quote.status,
		"waiting": judged.is_waiting,
		"list_value": _number(measures.list_value),
		"measures": {name: _number(measures.total(name)) for name in MEASURES},
		"without_list_price": [line.item for line in measures.lines if line.list_value is None],
		"without_cost": [line.item for line in measures.lines if line.cost is None],
		"approvals": [
			{
				"rule": breach.rule.title,
				"group": breach.rule.group,
				"level": breach.rule.level,
				"approver": wording.approver(breach.rule),
				"measured": float(breach.measured),
				"reason": wording.reason(breach),
				"agreed": breach not in judged.unagreed,
			}
			for breach in judged.breaches
		],
		"requests": [_request(request) for request in judged.requests],
	}


def _number(value: Decimal | int | bool | None) -> float | None:
	return None if value is None else float(value)


def _request(request: RecordedRequest) -> dict[str, Any]:
	return {
		"name": request.name,
		"policy": request.policy,
		"status": request.status.value,
		"requested_by": request.requested_by,
		"requested_on": request.requested_on.isoformat() if request.requested_on else None,
		"comment": request.comment,
		"steps": [
			{
				"rule": recorded.step.rule.title,
				"status": recorded.status,
				"reason": wording.reason(recorded.step.breach),
				"approver": wording.approver(recorded.step.rule),
			}
			for recorded in request.steps
		],
		"said": [{**asdict(said), "on": said.on.isoformat() if said.on else None} for said in request.said],
	}


def _line(line: ForecastLine) -> dict[str, Any]:
	return {
		**asdict(line),
		"month": line.month.isoformat() if line.month else None,
		"forecast": line.forecast,
	}
