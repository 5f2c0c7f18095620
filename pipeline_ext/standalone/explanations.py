"""Verdicts in a few words: how they came out, what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any

from pipeline_ext.domain.comparison import HOLDS, TODAY, Aggregate, Comparison, Kind
from pipeline_ext.domain.criteria import State, Verdict
from pipeline_ext.domain.exit_criteria import LinkedCriterion
from pipeline_ext.standalone.audit import Audit
from pipeline_ext.standalone.wording import count, day


class Finding(str, Enum):
	"""How a verdict came out, as far as the files tell."""

	MET = "met"
	UNMET = "unmet"
	NOT_APPLICABLE = "not applicable"
	NOT_KNOWN = "not known"


def finding(verdict: Verdict) -> Finding:
	return Finding.NOT_KNOWN if verdict.unknown else FINDINGS[verdict.state]


FINDINGS: Mapping[State, Finding] = {
	State.MET: Finding.MET,
	State.UNMET: Finding.UNMET,
	State.NOT_APPLICABLE: Finding.NOT_APPLICABLE,
}


def hint(verdict: Verdict) -> str:
	"""What to do about an unmet criterion."""
	return verdict.criterion.hint if finding(verdict) is Finding.UNMET else ""


def seen(verdict: Verdict) -> str:
	"""What the criterion saw and, where it does not stop the move, what else it does."""
	text, criterion = _text(verdict), verdict.criterion
	if verdict or criterion.blocks:
		return text
	return f"{text}; " + (f"would count {value(criterion.weight)}" if criterion.weight else "only warns")


def _text(verdict: Verdict) -> str:
	if verdict.unknown:
		return not_known(verdict)
	if verdict.reason == HOLDS:
		return _held(verdict)
	return TEXTS[verdict.reason].format(**_about(verdict))


def not_known(verdict: Verdict) -> str:
	"""What the files would have to hold for the criterion to be judged."""
	return f"{UNKNOWN[verdict.reason].format(**_about(verdict))}: not known from these files"


def remarks(audit: Audit) -> list[str]:
	"""What the files could not answer, and whatever else qualifies the figures."""
	unanswered = (
		f'"{blocker.criterion.title}" of {count(len(blocker.deals), "deal")}: {not_known(blocker.verdict)}.'
		for blocker in audit.unanswered
	)
	return [*unanswered, *audit.remarks]


TEXTS = {
	"value_missing": "not filled in",
	"value_present": "must be empty, is {seen}",
	"wrong_type": "{seen} is not a {kind}",
	"no_row": "{asked} in none of {rows}",
	"comparison_fails": "{subject} {seen}, must {verb} {operand}",
	"placeholder": '"{seen}" says nothing',
	"too_few_linked": "{seen} of {at_least} {link}",
	"enough_linked": "{seen} {link}{latest}",
	"too_soon": "{seen} of {at_least} days in the stage",
	"long_enough": "{seen} days in the stage",
	"expression_false": "does not hold: {expression}",
	"expression_fails": "cannot be worked out: {expression} ({seen})",
	"scorecard_too_low": "{seen} % of the weight met, must be {at_least} %",
	"scorecard_enough": "{seen} % of the weight met",
	"does_not_apply": "only where {condition}",
	"nothing_to_score": "nothing to score",
}
UNKNOWN = {
	"unknown_field": "{field}",
	"unknown_condition": "whether it applies, {condition}",
	"unknown_link": "linked {doctype}{recent}",
	"unknown_files": "attached files",
	"unknown_statements": "what people confirmed",
	"unknown_scores": "qualification",
	"unknown_days": "since when it is in the stage",
	"unknown_scorecard": "enough of the scorecard",
}
VERBS = {"contains": "contain", "does not contain": "not contain"}
SUBJECTS = {Aggregate.ALL: "a row is", Aggregate.COUNT: "there are", Aggregate.SUM: "the sum is"}


def _about(verdict: Verdict) -> dict[str, str]:
	"""Whatever a verdict's text may mention."""
	criterion, seen = verdict.criterion, verdict.evidence
	operator, operand = getattr(criterion, "operator", ""), value(getattr(criterion, "operand", ""))
	about = {
		"seen": value(seen),
		"rows": count(seen, "row") if isinstance(seen, int) else "",
		"subject": SUBJECTS.get(getattr(criterion, "aggregate", None), "is"),
		"kind": criterion.kind.value if isinstance(criterion, Comparison) else "value of its kind",
		"asked": f"{operator} {operand}".strip(),
		"verb": VERBS.get(operator, f"be {operator}"),
		"operand": operand,
		"at_least": value(getattr(criterion, "at_least", "")),
		"expression": getattr(criterion, "expression", ""),
		"field": getattr(criterion, "field", "") or ", ".join(getattr(criterion, "kinds", ())),
		"condition": _condition(criterion.only_if) if criterion.only_if else "",
	}
	if isinstance(criterion, LinkedCriterion):
		recent = f" of the last {criterion.within_days} days" if criterion.within_days else ""
		state = "" if criterion.state == "Any" else f"{criterion.state.lower()} "
		about.update(doctype=criterion.doctype, recent=recent, link=f"{state}{criterion.doctype}{recent}")
		about["latest"] = f", {verdict.source.document}" if verdict.source else ""
	return about


def _held(verdict: Verdict) -> str:
	"""What a comparison or an expression held for."""
	criterion, seen = verdict.criterion, verdict.evidence
	if not isinstance(criterion, Comparison):
		return str(seen)
	if criterion.kind is Kind.TABLE or criterion.aggregate in (Aggregate.ALL, Aggregate.COUNT):
		return count(int(seen or 0), "row")
	if criterion.aggregate:
		return f"{criterion.aggregate.value.lower()}: {value(seen)}"
	return "is empty" if seen is None else f"is {value(seen)}"


def _condition(comparison: Comparison) -> str:
	aggregate = f"{comparison.aggregate.value.lower()} of " if comparison.aggregate else ""
	return f"{aggregate}{comparison.field} {comparison.operator} {value(comparison.operand)}".strip()


def value(seen: Any) -> str:
	"""A value as a person reads it."""
	if seen is None:
		return ""
	if isinstance(seen, str) and seen == TODAY:
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
