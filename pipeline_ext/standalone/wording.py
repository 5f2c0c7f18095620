"""Figures, dates and people as a reader of the console or the page sees them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline_ext.domain.approvals import Step
from pipeline_ext.domain.exit_criteria import Criterion
from pipeline_ext.domain.pipeline import Pipeline

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
