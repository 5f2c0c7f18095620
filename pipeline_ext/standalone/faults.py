"""What keeps a pipeline or an approval policy from working, each in a sentence that says what to do."""

from __future__ import annotations

from pipeline_ext.domain.pipeline import Problem

PIPELINE_FAULTS = {
	"no_open_stage": "There is no open stage. A deal has to start somewhere.",
	"no_closing_stage": "There is no stage with the outcome {outcome}. Add one.",
	"closing_stages_alike": "Stages {stage} and {other} differ in nothing but their names. Remove one.",
	"automatic_moves_loop": (
		"Stages {stage} and {other} are both reached by {trigger}, so a deal would go from one to the other."
		" Keep one of them."
	),
	"unreachable_stage": (
		"Stage {stage} can never be reached: {criterion} and {other} cannot both be true. Change one of them."
	),
	"stage_twice": "Stage {stage} is there twice. Keep one of them.",
	"probability_range": "Stage {stage}: a probability lies between 0 and 100, not at {probability}.",
	"unknown_category": "Stage {stage}: {category} is not a forecast category.",
	"negative_stay": "Stage {stage}: the longest stay cannot be negative.",
	"criterion_twice": "Criteria {criterion} and {other} have the same key, {key}. Give each its own.",
	"criterion_without_stage": "Criterion {criterion}: {stage} is not a stage of this pipeline.",
	"operator_does_not_fit": "Criterion {criterion}: {operator} does not fit {field}.",
	"aggregate_does_not_fit": (
		"Criterion {criterion}: count and sum give a number, any and all what {field} holds."
		" Change the kind or the aggregate."
	),
	"operand_missing": "Criterion {criterion}: say what {field} is compared with; a list for in and not in.",
	"unknown_field": "Criterion {criterion}: say under kinds what kind of value {field} is.",
	"negative_weight": "Criterion {criterion}: a weight is a number of 0 or more.",
	"at_least_one": "Criterion {criterion}: ask for at least one.",
	"unknown_link_state": "Criterion {criterion}: {state} is not a state of a document.",
	"pattern_missing": "Criterion {criterion}: say what the file's name is like, *.pdf say.",
	"role_missing": "Criterion {criterion}: say which role signs off.",
	"percent_range": "Criterion {criterion}: ask for more than 0 and at most 100 percent, not {percent}.",
	"nothing_to_score": "Criterion {criterion}: give another criterion of stage {stage} a weight.",
	"expression_unreadable": "Criterion {criterion}: the expression cannot be read, {error}: {expression}",
}
POLICY_FAULTS = {
	"unknown_measure": "Rule {rule}: this is not a measure of a quotation.",
	"threshold_range": "Rule {rule}: a threshold is a number of 0 or more.",
	"threshold_unreachable": "Rule {rule}: no discount is above 100 %, so nobody would ever be asked.",
	"one_approver": "Rule {rule}: name one approver, a role or a user.",
}


def pipeline_fault(problem: Problem) -> str:
	return PIPELINE_FAULTS[problem.code].format(**problem.about)


def policy_fault(code: str, rule: str) -> str:
	return POLICY_FAULTS[code].format(rule=rule)
