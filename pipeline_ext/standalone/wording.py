"""Figures, dates and people as a reader of the console or the page sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from pipeline_ext.domain.approvals import ApproverType, Breach, Rule
from pipeline_ext.domain.exit_criteria import Criterion
from pipeline_ext.domain.pipeline import Pipeline
from pipeline_ext.domain.quotes import MEASURES, QuoteMeasures, Scope, Unit
from pipeline_ext.subjects import MEASURE_LABELS

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORSE_ABOVE = ("discount_percent", "discount_amount")
"""Measures of a line that give away more the higher they are."""


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


def measured(measure: str, value: Decimal | int | bool) -> str:
	"""A measure's value in its unit."""
	return FIGURES[MEASURES[measure].unit](Decimal(value))


def worst_line(measures: QuoteMeasures, measure: str) -> str:
	"""The value of the line that gives away most by it; blank where no line has one."""
	above = measure in WORSE_ABOVE
	value = measures.worst(measure, Scope.LINE, above)
	return "" if value is None else measured(measure, value)


def approver(rule: Rule) -> str:
	"""Who has to agree, as the policy names them."""
	if rule.approver is ApproverType.MANAGER:
		return "manager of the owner" + (f", {rule.steps_up} steps up" if rule.steps_up > 1 else "")
	names = {
		ApproverType.ONESELF: "the asker alone",
		ApproverType.USER: person(rule.user),
		ApproverType.ROLE: rule.role,
		ApproverType.TERRITORY_MANAGER: "territory manager",
	}
	needed = {None: "all of ", 1: ""}.get(rule.needed, f"{rule.needed} of ")
	return needed + names[rule.approver]


def approvers(breaches: Iterable[Breach]) -> str:
	"""Who has to agree, in order, each once."""
	return ", ".join(dict.fromkeys(approver(breach.rule) for breach in breaches))


def reason(breach: Breach) -> str:
	"""`discount percentage 18.5 % is above 10 %`."""
	rule = breach.rule
	label = MEASURE_LABELS[rule.measure].lower()
	if MEASURES[rule.measure].unit is Unit.FLAG:
		return label
	of_line = " of a line" if rule.scope is Scope.LINE else ""
	side = "above" if rule.above else "below"
	value, threshold = measured(rule.measure, breach.measured), measured(rule.measure, rule.threshold)
	return f"{label}{of_line} {value} is {side} {threshold}"


def exact(value: Decimal) -> str:
	"""All digits that it has, so that 10.0001 is seen to be above 10."""
	return f"{value.normalize():,f}"


FIGURES: Mapping[Unit, Callable[[Decimal], str]] = {
	Unit.PERCENT: lambda value: f"{exact(value)} %",
	Unit.MONEY: exact,
	Unit.COUNT: exact,
	Unit.DAYS: lambda value: f"{exact(value)} days",
	Unit.FLAG: lambda value: "yes" if value else "no",
}


def stage_of(pipeline: Pipeline, criterion: Criterion) -> str:
	"""The stage that asks for it."""
	return next(stage.name for stage in pipeline.stages if criterion in stage.criteria)
