"""Verdict, problem and refusal codes to translated text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from frappe import _, _lt
from frappe.utils import escape_html, fmt_money, formatdate, get_fullname

from pipeline_ext.domain.approvals import Refusal
from pipeline_ext.domain.comparison import TODAY, Comparison, Kind
from pipeline_ext.domain.criteria import Verdict
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	FieldCriterion,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
	type_of,
)
from pipeline_ext.domain.gates import Decision, Objection
from pipeline_ext.domain.pipeline import Problem

BROKEN_RULE_TEXTS = {
	"unknown_field": _lt(
		"A field it looks at does not exist any more. Ask a Pipeline Administrator to mend the rule."
	),
	"unknown_link": _lt(
		"{doctype} cannot be found from this document. Ask a Pipeline Administrator to mend the rule."
	),
	"unknown_operator": _lt("The rule cannot be judged. Ask a Pipeline Administrator to mend it."),
	"unknown_condition": _lt("Its condition cannot be judged. Ask a Pipeline Administrator to mend it."),
	"unknown_kind": _lt("The rule cannot be judged. Ask a Pipeline Administrator to mend it."),
	"expression_fails": _lt(
		"The rule cannot be worked out: {seen}. Ask a Pipeline Administrator to mend it."
	),
}
VERDICT_TEXTS = {
	"does_not_apply": _lt("Does not apply here"),
	"value_missing": _lt("Not filled in yet"),
	"value_present": _lt("Must be empty, is {seen}"),
	"wrong_type": _lt("Cannot be compared: {seen}"),
	"comparison_fails": _lt("Is {seen}, must be {operator} {operand}"),
	"no_row": _lt("None of {seen} rows is {operator} {operand}"),
	"placeholder": _lt("{seen} says nothing. Write what is known."),
	"pasted": _lt("The same text stands in {seen} other documents. Write what is true of this one."),
	"too_few_linked": _lt("{state}: {seen} of {at_least} needed"),
	"enough_linked": _lt("{state}: {seen} of {at_least} needed"),
	"too_few_files": _lt("Files named {patterns}: {seen} of {at_least} needed"),
	"enough_files": _lt("Attached: {seen}"),
	"not_confirmed": _lt("Nobody has confirmed it yet"),
	"note_missing": _lt("Confirmed without the note that it needs"),
	"file_missing": _lt("Confirmed without the file that it needs"),
	"confirmed": _lt("Confirmed by {by} on {on}"),
	"too_few_sign_offs": _lt("Sign-offs by {role}: {seen} of {at_least} needed"),
	"hold": _lt("{by} says hold: {seen}"),
	"recycle": _lt("{by} says back to work: {seen}"),
	"signed_off": _lt("Signed off by {seen}"),
	"not_assessed": _lt("Not assessed yet"),
	"score_too_low": _lt("Scores {seen} %, {at_least} % needed"),
	"score_enough": _lt("Scores {seen} %, {at_least} % needed"),
	"scorecard_too_low": _lt("{seen} % of the scorecard met, {at_least} % needed"),
	"scorecard_enough": _lt("{seen} % of the scorecard met, {at_least} % needed"),
	"nothing_to_score": _lt("Nothing to score here"),
	"too_soon": _lt("In the stage for {seen} of {at_least} days"),
	"long_enough": _lt("In the stage for {seen} days"),
	"expression_false": _lt("Does not hold: {expression}"),
	"unknown_files": _lt("Not known here"),
	"unknown_statements": _lt("Not known here"),
	"unknown_scores": _lt("Not known here"),
	"unknown_days": _lt("Not known here"),
	"unknown_scorecard": _lt("Not known here"),
}
LINK_STATE_TEXTS = {
	"Any": _lt("{0} linked"),
	"Draft": _lt("{0} linked as draft"),
	"Submitted": _lt("{0} submitted"),
	"Held": _lt("{0} held"),
	"Sent": _lt("{0} sent"),
	"Answered": _lt("{0} answered"),
	"Signed": _lt("{0} signed"),
}

EVIDENCE_DOCTYPES: dict[type[Criterion], str] = {
	AttachmentCriterion: "File",
	ChecklistCriterion: "Criterion Evidence",
	SignOffCriterion: "Criterion Evidence",
	ScoreCriterion: "Qualification Assessment",
}


def verdict_text(verdict: Verdict) -> str:
	"""What a criterion saw, in one sentence of plain text."""
	text = BROKEN_RULE_TEXTS.get(verdict.reason) or VERDICT_TEXTS.get(verdict.reason)
	if text is None:
		return _seen_text(verdict)
	return str(text).format(**_about(verdict))


def _seen_text(verdict: Verdict) -> str:
	if isinstance(verdict.criterion, FieldCriterion) and verdict.criterion.kind is Kind.TABLE:
		return _("Rows: {0}").format(verdict.evidence)
	if verdict.evidence is None:
		return _("Is empty")
	return _("Is {0}").format(value_text(verdict.evidence))


def _about(verdict: Verdict) -> dict[str, str]:
	"""Whatever a verdict's sentence may mention."""
	criterion, source = verdict.criterion, verdict.source
	about = {
		"seen": _seen(verdict),
		"by": (get_fullname(source.by) if source and source.by else "") or _("somebody"),
		"on": formatdate(source.on.date()) if source and source.on else "",
		"operator": _(getattr(criterion, "operator", "")),
		"operand": value_text(getattr(criterion, "operand", "")),
		"at_least": value_text(getattr(criterion, "at_least", "")),
		"role": _(getattr(criterion, "role", "")),
		"patterns": ", ".join(getattr(criterion, "patterns", ())),
		"expression": getattr(criterion, "expression", ""),
		"doctype": _(getattr(criterion, "doctype", "")),
	}
	if isinstance(criterion, LinkedCriterion):
		about["state"] = _link_state_text(criterion)
	return about


def _seen(verdict: Verdict) -> str:
	"""The evidence; days and percent to one decimal."""
	evidence = verdict.evidence
	if isinstance(verdict.criterion, TimeInStageCriterion | ScoreCriterion | ScorecardCriterion):
		evidence = round(evidence, 1) if isinstance(evidence, float) else evidence
	return value_text(evidence)


def _link_state_text(criterion: LinkedCriterion) -> str:
	text = str(LINK_STATE_TEXTS[criterion.state]).format(_(criterion.doctype))
	if criterion.within_days:
		text = _("{0} in the last {1} days").format(text, criterion.within_days)
	return text


def criterion_text(criterion: Criterion) -> str:
	"""What a criterion asks for, as short as it goes."""
	if isinstance(criterion, FieldCriterion):
		return _comparison_text(criterion)
	if isinstance(criterion, LinkedCriterion):
		return f"{_link_state_text(criterion)} ≥ {criterion.at_least}"
	if isinstance(criterion, AttachmentCriterion):
		return _("{0} attached").format(", ".join(criterion.patterns))
	if isinstance(criterion, ChecklistCriterion):
		return _("Confirmed by a person")
	if isinstance(criterion, SignOffCriterion):
		return _("Sign-off by {0} of {1}").format(criterion.at_least, _(criterion.role))
	if isinstance(criterion, ScoreCriterion):
		return _("{0} ≥ {1} %").format(
			criterion.framework or _("Qualification"), value_text(criterion.at_least)
		)
	if isinstance(criterion, ScorecardCriterion):
		return _("Scorecard ≥ {0} %").format(value_text(criterion.at_least))
	if isinstance(criterion, TimeInStageCriterion):
		return _("At least {0} days in the stage").format(value_text(criterion.at_least))
	return getattr(criterion, "expression", "")


def _comparison_text(comparison: Comparison) -> str:
	field = f"{comparison.aggregate.value} {comparison.field}" if comparison.aggregate else comparison.field
	if comparison.operand is None:
		return f"{field} {_(comparison.operator)}"
	return f"{field} {_(comparison.operator)} {value_text(comparison.operand)}"


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
	return "" if value is None else str(value)


def verdict_data(verdict: Verdict) -> dict[str, Any]:
	"""A verdict as JSON data for the desk and for other programs."""
	criterion, evidence, source = verdict.criterion, verdict.evidence, verdict.source
	return {
		"criterion": criterion.key,
		"type": type_of(criterion),
		"title": criterion.title,
		"state": verdict.state.value,
		"reason": verdict.reason,
		"evidence": evidence if isinstance(evidence, str | int | float | None) else value_text(evidence),
		"document_type": _evidence_doctype(criterion) if source else None,
		"document": source.document if source else None,
		"by": source.by if source else None,
		"by_name": get_fullname(source.by) if source and source.by else None,
		"on": source.on.isoformat() if source and source.on else None,
		"blocks": criterion.blocks,
		"weight": criterion.weight,
		"role": getattr(criterion, "role", None),
		"framework": getattr(criterion, "framework", None),
		"needs_note": getattr(criterion, "needs_note", False),
		"needs_file": getattr(criterion, "needs_file", False),
		"text": verdict_text(verdict),
		"hint": _(criterion.hint) if criterion.hint else "",
	}


def _evidence_doctype(criterion: Criterion) -> str | None:
	"""The DocType of the document that speaks for a criterion."""
	return EVIDENCE_DOCTYPES.get(type(criterion)) or getattr(criterion, "doctype", None)


def decision_data(decision: Decision) -> dict[str, Any]:
	"""A gate's decision as JSON data for the desk and for other programs."""
	return {
		"allowed": bool(decision),
		"objects": decision.objects,
		"may_be_waived": decision.may_be_waived,
		"unknown_stage": decision.unknown_stage,
		"move": decision.move.value,
		"mode": decision.mode.value,
		"from_stage": decision.from_stage,
		"to_stage": decision.to_stage,
		"objections": [
			{"code": objection.code, "text": objection_text(objection)} for objection in decision.objections
		],
		"verdicts": [verdict_data(verdict) for verdict in decision.verdicts],
	}


def objection_text(objection: Objection) -> str:
	"""Which rule of the pipeline a move breaks, and what to do, in one sentence of plain text."""
	texts = {
		"unknown_stage": _("It is not a stage of this pipeline. Choose one of its stages."),
		"broken_definition": _("The pipeline's rules cannot be read. Its administrators have been told."),
		"may_not_skip": _("Stage {stage} may not be skipped. Move there first."),
		"may_not_return": _("Nothing goes back to stage {stage}."),
		"return_roles": _("Only {roles} may take a deal back to {stage}. Ask one of them."),
		"entry_roles": _("Only {roles} may move a deal to {stage}. Ask one of them."),
	}
	about = {"stage": _(objection.about.get("stage", ""))}
	about["roles"] = ", ".join(_(role) for role in objection.about.get("roles", ()))
	return texts[objection.code].format(**about)


def missing_titles(decision: Decision) -> str:
	"""What a move left open or breaks, as lines of plain text."""
	broken = [objection_text(objection) for objection in decision.objections]
	return "\n".join([*broken, *(verdict.criterion.title for verdict in decision.missing)])


def refusal_title(decision: Decision) -> str:
	return _("Cannot move to {0} yet").format(_(decision.to_stage))


def refusal_html(decision: Decision, pipeline: str) -> str:
	"""Why a move is refused and what to do, as HTML."""
	if not decision.may_be_waived:
		return _("{0} is not possible in pipeline {1}.").format(
			escape_html(decision.to_stage), escape_html(pipeline or "")
		) + listed(escape_html(objection_text(objection)) for objection in decision.objections)
	lead = _("Before this moves from {0} to {1}, pipeline {2} asks for:").format(
		escape_html(_(decision.from_stage) if decision.from_stage else _("the start")),
		escape_html(_(decision.to_stage)),
		escape_html(pipeline or ""),
	)
	broken = [escape_html(objection_text(objection)) for objection in decision.objections]
	return lead + listed([*broken, *(_missing_html(verdict) for verdict in decision.missing)])


def warning_text(decision: Decision) -> str:
	"""What a move left unmet although it was let through."""
	unmet = [verdict.criterion.title for verdict in (*decision.missing, *decision.warnings)]
	broken = [objection_text(objection) for objection in decision.objections]
	return _("Moved, but still open: {0}").format(
		", ".join(escape_html(_(each)) for each in [*broken, *unmet])
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
		"no_closing_stage": _("Add a stage whose outcome is {outcome}."),
		"closing_stages_alike": _(
			"Stages {stage} and {other} differ in nothing but their names. Remove one of them."
		),
		"automatic_moves_loop": _(
			"Stages {stage} and {other} are both reached by {trigger}: a deal would go in a loop. Keep one."
		),
		"unreachable_stage": _(
			"Stage {stage} can never be reached: {criterion} and {other} cannot both be true."
		),
		"trigger_does_not_fit": _("Stage {stage}: {trigger} never happens to {doctype}."),
		"unknown_role": _("Stage {stage}: there is no enabled role {role}."),
		"unknown_user": _("Stage {stage}: there is no enabled user {user}."),
		"action_without_text": _("Stage {stage}: say what is to be done on entry."),
		"stage_not_in_pipeline": _("{stage} is not a stage of this pipeline, but {table} names it."),
		"negative_weight": _("Criterion {criterion}: the weight cannot be negative."),
		"percent_range": _(
			"Criterion {criterion}: ask for more than 0 and at most 100 percent, not {percent}."
		),
		"criterion_twice": _(
			"Criterion {criterion}: another one has the same key. Remove it and add it again."
		),
		"pattern_missing": _("Criterion {criterion}: say which file names will do, such as *.pdf."),
		"aggregate_does_not_fit": _(
			"Criterion {criterion}: {field} is no table whose rows could be counted."
		),
		"role_missing": _("Criterion {criterion}: choose the role that signs off."),
		"nothing_to_score": _(
			"Criterion {criterion}: give at least one other criterion of {stage} the effect Score."
		),
		"expression_unreadable": _("Criterion {criterion}: the expression cannot be read ({error})."),
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
		"at_least_one": _("Criterion {criterion}: ask for at least one."),
		"unknown_link_state": _("Criterion {criterion}: {state} is not a state of a document."),
	}
	about = {key: escape_html(str(value)) for key, value in problem.about.items()}
	return texts[problem.code].format(**about)


def policy_problem_text(problem: Problem) -> str:
	"""Why an approval policy cannot work, or what may not be meant in it, in one sentence."""
	texts = {
		"no_rules": _("Add at least one rule."),
		"title_missing": _("Give every rule a title, in the words that rep and approver read."),
		"unknown_choice": _("Rule {rule}: choose one of the options of {field}; {value} is none of them."),
		"unknown_measure": _("Rule {rule}: choose what is measured."),
		"no_lines": _("Rule {rule}: this is measured of the whole quotation, not of a line."),
		"threshold_unreadable": _("Rule {rule}: the threshold must be a number."),
		"threshold_negative": _("Rule {rule}: the threshold must be 0 or more, not {threshold}."),
		"flag_threshold": _("Rule {rule}: this is so or not so: ask for Above 0."),
		"percent_range": _("Rule {rule}: a percentage of {threshold} is never passed. Stay below 100."),
		"never_below": _("Rule {rule}: this is never below 0, so nobody would ever be asked."),
		"user_missing": _("Rule {rule}: choose the user who must agree."),
		"role_missing": _("Rule {rule}: choose the role that must agree."),
		"approver_surplus": _("Rule {rule}: name a role only for Role, and a user only for User."),
		"steps_up": _("Rule {rule}: a manager is at least one step up."),
		"needed_range": _("Rule {rule}: at least one person must agree."),
		"one_person": _("Rule {rule}: this is one person, more cannot agree."),
		"level_range": _("Rule {rule}: levels start at 1."),
		"oneself_waits": _("Rule {rule}: nobody waits for oneself. Remove deadline and reminder."),
		"deadline_range": _("Rule {rule}: the deadline lies between 0 and 2000 working hours."),
		"reminder_without_deadline": _("Rule {rule}: there is no deadline to remind of."),
		"reminder_range": _("Rule {rule}: the reminder comes before the deadline, by fewer hours than that."),
		"key_twice": _("Rules {rule} and {other} have the same key. Remove one and add it again."),
		"rule_twice": _("Rules {rule} and {other} ask the same people about the same. Remove one."),
		"level_twice": _("Group {group}: {rule} and {other} measure the same. Give them different levels."),
		"levels_against": _(
			"Group {group}: {rule} is a level above {other}, but asks no later. Swap the thresholds."
		),
		"oneself_above_others": _(
			"Group {group}: {rule} lets the asker grant what is beyond {other}. Make it the lowest level."
		),
		"unknown_role": _("Rule {rule}: there is no enabled role {role}."),
		"role_of_nobody": _("Rule {rule}: no enabled user has the role {role}. Give it to somebody."),
		"too_few_people": _("Rule {rule}: {needed} must agree, but {people} have the role {role}."),
		"unknown_approver": _("Rule {rule}: {user} cannot log in to the desk. Choose an enabled user."),
		"backward_dates": _("The policy ends before it starts. Swap the dates."),
		"rival": _("{other} is enabled for the same quotations with the same priority. Change one of them."),
		"condition_unknown": _("Conditions: a quotation has no field {field} that can be compared."),
		"condition_not_believed": _(
			"Conditions: {field} can be forged. Choose a field of the customer or of the item itself."
		),
		"condition_not_on_orders": _(
			"Conditions: a Sales Order has no {field}. Remove the condition, or do not measure orders."
		),
		"condition_unreadable": _("Conditions: {value} does not fit {field}."),
		"condition_operator_does_not_fit": _("Conditions: {operator} does not fit {field}."),
		"condition_aggregate_does_not_fit": _("Conditions: {field} cannot be compared."),
		"condition_operand_missing": _("Conditions: say what {field} is compared with."),
		"asker_alone": _(
			"{rule}: beyond that, however far, nobody but the asker is ever asked. Add a level above it."
		),
		"no_last_resort": _(
			"No enabled user has the role {role}: where nobody else is left, nobody can be asked."
		),
		"conditions_only": _("Quotations that meet none of the conditions need no approval."),
		"days_without": _("From {first} there is no policy without conditions, and nobody needs approval."),
		"days_between": _(
			"From {first} to {last} there is no policy without conditions, and nobody needs approval."
		),
	}
	about = {key: escape_html(value_text(value)) for key, value in problem.about.items()}
	return texts[problem.code].format(**about)


def refusal_to_decide_text(refusal: Refusal) -> str:
	"""Why a person may not decide a request for approval, in one sentence."""
	texts = {
		"nothing_waits": _("No step waits for a decision any more. Reload to see what was decided."),
		"own_quote": _("Nobody approves their own quotation. Ask another approver to decide."),
		"not_the_approver": _("This step waits for somebody else. See the steps for who may decide."),
		"already_decided": _("You have answered this step already. It waits for others."),
	}
	return texts[refusal.reason]
