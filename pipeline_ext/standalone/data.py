"""An audit as JSON data for other programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.exit_criteria import type_of
from pipeline_ext.domain.forecast.rollup import ForecastLine
from pipeline_ext.standalone import explanations, wording
from pipeline_ext.standalone.audit import Audit, Blocker, JudgedDeal, JudgedQuote, StageFigures, Standing


def audit_data(audit: Audit) -> dict[str, Any]:
	"""Everything that the page shows, and every deal and quote behind it."""
	return {
		"pipeline": audit.pipeline.name,
		"policy": audit.policy.policy.name if audit.policy else None,
		"today": audit.today.isoformat(),
		"currency": audit.currency,
		"stages": [_stage(stage) for stage in audit.stages],
		"blockers": [_blocker(blocker) for blocker in audit.blockers],
		"not_known": [_blocker(blocker) for blocker in audit.unanswered],
		"deals": [_deal(judged) for judged in audit.deals],
		"quotes": [_quote(judged) for judged in audit.quotes],
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
		"waiting": quote.is_waiting,
		"currency": quote.currency,
		"list_value": float(measures.list_value),
		"quoted_value": float(measures.quoted_value),
		"discount_percent": float(measures.discount_percent),
		"unpriced_lines": measures.unpriced_lines,
		"approvals": [
			{
				"rule": step.rule.title,
				"approver": step.rule.role or step.rule.user,
				"reason": wording.step_reason(step),
			}
			for step in judged.steps
		],
	}


def _line(line: ForecastLine) -> dict[str, Any]:
	return {
		**asdict(line),
		"month": line.month.isoformat() if line.month else None,
		"forecast": line.forecast,
	}
