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
	"no_rules": "There is no rule. Add at least one.",
	"title_missing": "A rule has no title. Give it one.",
	"unknown_measure": "Rule {rule}: this is not a measure of a quotation.",
	"no_lines": "Rule {rule}: this is measured of the whole quotation, not of a line.",
	"threshold_unreadable": "Rule {rule}: the threshold must be a number.",
	"threshold_negative": "Rule {rule}: the threshold must be 0 or more, not {threshold}.",
	"flag_threshold": "Rule {rule}: this is so or not so: ask for above 0.",
	"percent_range": "Rule {rule}: a percentage of {threshold} is never passed. Stay below 100.",
	"never_below": "Rule {rule}: this is never below 0, so nobody would ever be asked.",
	"user_missing": "Rule {rule}: name the user who must agree.",
	"role_missing": "Rule {rule}: name the role that must agree.",
	"approver_surplus": "Rule {rule}: name a role only for Role, and a user only for User.",
	"steps_up": "Rule {rule}: a manager is at least one step up.",
	"needed_range": "Rule {rule}: at least one person must agree.",
	"one_person": "Rule {rule}: this is one person, more cannot agree.",
	"level_range": "Rule {rule}: levels start at 1.",
	"oneself_waits": "Rule {rule}: nobody waits for oneself. Remove deadline and reminder.",
	"deadline_range": "Rule {rule}: the deadline lies between 0 and 2000 working hours.",
	"reminder_without_deadline": "Rule {rule}: there is no deadline to remind of.",
	"reminder_range": "Rule {rule}: the reminder comes before the deadline, by fewer hours than that.",
	"key_twice": "Rules {rule} and {other} have the same key. Give each its own.",
	"rule_twice": "Rules {rule} and {other} ask the same people about the same. Remove one.",
	"level_twice": "Group {group}: {rule} and {other} measure the same. Give them different levels.",
	"levels_against": (
		"Group {group}: {rule} is a level above {other}, but asks no later. Swap the thresholds."
	),
	"oneself_above_others": (
		"Group {group}: {rule} lets the asker grant what is beyond {other}. Make it the lowest level."
	),
}


def pipeline_fault(problem: Problem) -> str:
	return PIPELINE_FAULTS[problem.code].format(**problem.about)


def policy_fault(problem: Problem) -> str:
	return POLICY_FAULTS[problem.code].format(**problem.about)
