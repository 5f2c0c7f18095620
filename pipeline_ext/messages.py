"""Verdict, problem and refusal codes to translated text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from frappe import _
from frappe.utils import escape_html, fmt_money, formatdate

from pipeline_ext.domain.approvals import Refusal
from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.gates import Decision
from pipeline_ext.domain.pipeline import TODAY, FieldCriterion, Kind, LinkedCriterion, Problem


def verdict_text(verdict: Verdict) -> str:
	"""What a criterion saw, in one sentence of plain text."""
	if isinstance(verdict.criterion, LinkedCriterion):
		return _linked_text(verdict, verdict.criterion)
	return _field_text(verdict, verdict.criterion)


def _linked_text(verdict: Verdict, criterion: LinkedCriterion) -> str:
	if verdict.reason == "unknown_link":
		return _(
			"{0} cannot be found from this document. Ask a Pipeline Administrator to mend the rule."
		).format(_(criterion.doctype))
	states = {
		"Any": _("{0} linked: {1} of {2} needed"),
		"Draft": _("{0} linked as draft: {1} of {2} needed"),
		"Submitted": _("{0} submitted: {1} of {2} needed"),
	}
	return states[criterion.state].format(_(criterion.doctype), verdict.evidence, criterion.at_least)


def _field_text(verdict: Verdict, criterion: FieldCriterion) -> str:
	seen = value_text(verdict.evidence)
	broken_rule = {
		"unknown_field": _(
			"Field {0} does not exist any more. Ask a Pipeline Administrator to mend the rule."
		),
		"unknown_operator": _("The rule on {0} cannot be judged. Ask a Pipeline Administrator to mend it."),
	}
	if verdict.reason in broken_rule:
		return broken_rule[verdict.reason].format(criterion.field)
	if verdict.reason == "wrong_type":
		return _("{0} cannot be compared: {1} is not a {2}.").format(
			criterion.field, seen, _(criterion.kind.value)
		)
	if verdict.reason == "value_missing":
		return _("Not filled in yet")
	if criterion.kind is Kind.TABLE:
		return _("Rows: {0}").format(verdict.evidence)
	if verdict.reason == "value_present":
		return _("Must be empty, is {0}").format(seen)
	if verdict.reason == "comparison_fails":
		return _("Is {0}, must be {1} {2}").format(seen, criterion.operator, value_text(criterion.operand))
	return _("Is {0}").format(seen) if verdict.evidence is not None else _("Is empty")


def value_text(value: Any) -> str:
	"""A value as a person reads it."""
	if value == TODAY:
		return _("today")
	if isinstance(value, bool):
		return _("Yes") if value else _("No")
	if isinstance(value, float):
		return fmt_money(value, precision=None if value % 1 else 0)
	if isinstance(value, date):
		return formatdate(value)
	if isinstance(value, tuple):
		return ", ".join(value_text(part) for part in value)
	return str(value)


def verdict_data(verdict: Verdict) -> dict[str, Any]:
	"""A verdict as JSON data for the desk and for other programs."""
	evidence = verdict.evidence
	return {
		"criterion": verdict.criterion.key,
		"title": verdict.criterion.title,
		"state": verdict.state.value,
		"reason": verdict.reason,
		"evidence": evidence.isoformat() if isinstance(evidence, date) else evidence,
		"blocks": verdict.criterion.blocks,
		"text": verdict_text(verdict),
		"hint": _(verdict.criterion.hint) if verdict.criterion.hint else "",
	}


def decision_data(decision: Decision) -> dict[str, Any]:
	"""A gate's decision as JSON data for the desk and for other programs."""
	return {
		"allowed": bool(decision),
		"objects": decision.objects,
		"unknown_stage": decision.unknown_stage,
		"move": decision.move.value,
		"mode": decision.mode.value,
		"from_stage": decision.from_stage,
		"to_stage": decision.to_stage,
		"verdicts": [verdict_data(verdict) for verdict in decision.verdicts],
	}


def refusal_title(decision: Decision) -> str:
	return _("Cannot move to {0} yet").format(_(decision.to_stage))


def refusal_html(decision: Decision, pipeline: str) -> str:
	"""Why a move is refused and what to do, as HTML."""
	if decision.unknown_stage:
		return _("{0} is not a stage of pipeline {1}. Choose one of its stages.").format(
			escape_html(decision.to_stage), escape_html(pipeline)
		)
	lead = _("Before this moves from {0} to {1}, pipeline {2} asks for:").format(
		escape_html(_(decision.from_stage) if decision.from_stage else _("the start")),
		escape_html(_(decision.to_stage)),
		escape_html(pipeline),
	)
	return lead + listed(_missing_html(verdict) for verdict in decision.missing)


def warning_text(decision: Decision) -> str:
	"""What a move left unmet although it was let through."""
	unmet = [verdict for verdict in decision.verdicts if not verdict]
	if decision.unknown_stage:
		return _("{0} is not a stage of this pipeline.").format(escape_html(decision.to_stage))
	return _("Moved, but still open: {0}").format(
		", ".join(escape_html(_(verdict.criterion.title)) for verdict in unmet)
	)


def _missing_html(verdict: Verdict) -> str:
	parts = [f"<b>{escape_html(_(verdict.criterion.title))}</b>", escape_html(verdict_text(verdict))]
	if verdict.criterion.hint:
		parts.append(f"<span class='text-muted'>{escape_html(_(verdict.criterion.hint))}</span>")
	return "<br>".join(parts)


def listed(lines: Iterable[str]) -> str:
	"""Lines of HTML as a bulleted list."""
	return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def problem_text(problem: Problem) -> str:
	"""Why a pipeline's definition cannot work, in one sentence."""
	texts = {
		"no_open_stage": _("Add at least one open stage: a deal has to start somewhere."),
		"not_one_closing_stage": _("Have exactly one stage whose outcome is {outcome}."),
		"stage_twice": _("Stage {stage} is listed twice. Keep one of the rows."),
		"probability_range": _("Stage {stage}: a probability lies between 0 and 100, not {probability}."),
		"unknown_category": _("Stage {stage}: {category} is not a forecast category."),
		"negative_stay": _("Stage {stage}: the longest stay cannot be negative."),
		"criterion_without_stage": _("Criterion {criterion}: {stage} is not a stage of this pipeline."),
		"unknown_field": _("Criterion {criterion}: {doctype} has no field {field} that can be compared."),
		"unlinkable": _("Criterion {criterion}: no link leads from {doctype} to {linked}."),
		"operand_unreadable": _("Criterion {criterion}: {value} is not a {kind}, as {field} is."),
		"operator_does_not_fit": _("Criterion {criterion}: {operator} does not fit field {field}."),
		"operand_missing": _("Criterion {criterion}: say what {field} is compared with."),
		"at_least_one": _("Criterion {criterion}: ask for at least one document."),
		"unknown_link_state": _("Criterion {criterion}: {state} is not a state of a document."),
	}
	about = {key: escape_html(str(value)) for key, value in problem.about.items()}
	return texts[problem.code].format(**about)


def policy_problem_text(code: str, rule: str) -> str:
	"""Why a rule of an approval policy cannot work, in one sentence."""
	texts = {
		"unknown_measure": _("Rule {0}: choose what is measured."),
		"threshold_range": _("Rule {0}: the threshold must be a number of 0 or more."),
		"threshold_unreachable": _("Rule {0}: no discount is above 100 %, so nobody would ever be asked."),
		"one_approver": _("Rule {0}: name one approver, a role or a user."),
	}
	return texts[code].format(escape_html(rule or ""))


def refusal_to_decide_text(refusal: Refusal) -> str:
	"""Why a person may not decide a request for approval, in one sentence."""
	texts = {
		"nothing_waits": _("No step waits for a decision any more. Reload to see what was decided."),
		"own_quote": _("Nobody approves their own quotation. Ask another approver to decide."),
		"not_the_approver": _("This step waits for somebody else. See the steps for who may decide."),
	}
	return texts[refusal.reason]
