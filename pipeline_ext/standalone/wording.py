"""Figures, dates and verdicts as a reader of the console or the page sees them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pipeline_ext.domain.approvals import Step
from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.pipeline import TODAY, Criterion, LinkedCriterion, Pipeline
from pipeline_ext.standalone.audit import Audit

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MEASURES = {"discount_percent": "discount", "unpriced_lines": "lines without list price"}


def amount(value: float | Decimal) -> str:
	"""Whole units with thousands separators."""
	return f"{value:,.0f}"


def money(value: float | Decimal, currency: str) -> str:
	"""An amount behind its currency."""
	return f"{currency} {amount(value)}".strip()


def short(value: float) -> str:
	"""An amount in three digits or so, for charts: 950, 12k, 3.4M."""
	for size, unit in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
		if abs(value) >= size:
			scaled = value / size
			return f"{scaled:.0f}{unit}" if scaled >= 10 else f"{scaled:.1f}".removesuffix(".0") + unit
	return f"{value:.0f}"


def percent(value: float | Decimal | None) -> str:
	return "" if value is None else f"{value:.1f}".removesuffix(".0") + " %"


def count(number: int, noun: str) -> str:
	"""`1 deal`, `2 deals`."""
	return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day(value: date | None) -> str:
	return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def month(value: date | None) -> str:
	return f"{MONTHS[value.month - 1]} {value.year}" if value else ""


def person(name: str | None) -> str:
	"""The part of a user's e-mail address that tells people apart."""
	return name.partition("@")[0] if name else "(no owner)"


def approvers(steps: tuple[Step, ...]) -> str:
	"""Who has to approve, in order, each once."""
	names = dict.fromkeys(step.rule.role or person(step.rule.user) for step in steps)
	return ", ".join(names)


def step_reason(step: Step) -> str:
	"""`discount 18.5 % is above 10 %`."""
	figure = percent if step.rule.measure == "discount_percent" else amount
	label = MEASURES.get(step.rule.measure, step.rule.measure)
	return f"{label} {figure(step.measured)} is above {figure(step.rule.threshold)}"


def stage_of(pipeline: Pipeline, criterion: Criterion) -> str:
	"""The stage that asks for it."""
	return next(stage.name for stage in pipeline.stages if criterion in stage.criteria)


def missing(verdict: Verdict) -> str:
	"""What an unmet criterion saw."""
	criterion = verdict.criterion
	if verdict.reason in ("unknown_link", "unknown_field"):
		return not_known(criterion)
	if isinstance(criterion, LinkedCriterion):
		state = "" if criterion.state == "Any" else f"{criterion.state.lower()} "
		return f"{verdict.evidence} of {criterion.at_least} {state}{criterion.doctype}"
	if verdict.reason == "value_missing":
		return "not filled in"
	if verdict.reason == "value_present":
		return f"must be empty, is {value(verdict.evidence)}"
	if verdict.reason == "wrong_type":
		return f"{value(verdict.evidence)} is not a {criterion.kind.value}"
	return f"is {value(verdict.evidence)}, must be {criterion.operator} {value(criterion.operand)}"


def not_known(criterion: Criterion) -> str:
	"""What the files would have to hold for the criterion to be judged."""
	if isinstance(criterion, LinkedCriterion):
		return f"linked {criterion.doctype}: not known from these files"
	return f"{criterion.field}: not known from these files"


def value(seen: Any) -> str:
	"""A value as a person reads it."""
	if seen == TODAY:
		return "today"
	if isinstance(seen, bool):
		return "Yes" if seen else "No"
	if isinstance(seen, float):
		return f"{seen:,.2f}".removesuffix(".00")
	if isinstance(seen, date):
		return day(seen)
	if isinstance(seen, tuple):
		return ", ".join(value(part) for part in seen)
	return str(seen)


def remarks(audit: Audit) -> list[str]:
	"""What the files could not answer, and whatever else qualifies the figures."""
	unanswered = (
		f'"{blocker.criterion.title}" of {count(len(blocker.deals), "deal")}: {not_known(blocker.criterion)}.'
		for blocker in audit.unanswered
	)
	return [*unanswered, *audit.remarks]
