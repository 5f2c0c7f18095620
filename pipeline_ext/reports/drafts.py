"""A definition in JSON to the rows of a Sales Pipeline, for an import."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from pipeline_ext.domain.comparison import Comparison
from pipeline_ext.domain.definition import from_dict
from pipeline_ext.domain.exit_criteria import (
	AttachmentCriterion,
	ChecklistCriterion,
	Criterion,
	ExpressionCriterion,
	FieldCriterion,
	LinkedCriterion,
	ScorecardCriterion,
	ScoreCriterion,
	SignOffCriterion,
	TimeInStageCriterion,
)
from pipeline_ext.domain.pipeline import EntryAction, Stage
from pipeline_ext.subjects import SUBJECTS

Row = dict[str, Any]


def rows_from(text: str) -> Row:
	"""The fields and rows of a draft in warn mode; whatever is no such definition is refused in words."""
	try:
		pipeline = from_dict(json.loads(text))
	except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
		frappe.throw(
			_("This is not an exported pipeline: {0}. Choose the file that Export as JSON has made.").format(
				frappe.utils.escape_html(str(error))
			),
			title=_("Pipeline Not Readable"),
		)
	if pipeline.doctype not in SUBJECTS:
		frappe.throw(
			_("{0} cannot be governed by a pipeline. Choose one of: {1}.").format(
				frappe.utils.escape_html(str(pipeline.doctype)), ", ".join(SUBJECTS)
			),
			title=_("Pipeline Not Possible"),
		)
	return {
		"pipeline_name": pipeline.name,
		"document_type": pipeline.doctype,
		"mode": "Warn",
		"enabled": 0,
		"stages": [_stage(stage) for stage in pipeline.stages],
		"criteria": [_criterion(stage, each) for stage in pipeline.stages for each in stage.criteria],
		"stage_roles": [row for stage in pipeline.stages for row in _roles(stage)],
		"entry_actions": [_action(stage, action) for stage in pipeline.stages for action in stage.on_entry],
	}


def _stage(stage: Stage) -> Row:
	return {
		"stage": stage.name,
		"outcome": stage.outcome.value,
		"probability": stage.probability,
		"forecast_category": stage.forecast_category,
		"longest_stay": stage.longest_stay or 0,
		"guidance": stage.guidance,
		"may_skip": int(stage.may_skip),
		"may_return": int(stage.may_return),
		"reached_by": stage.reached_by.value if stage.reached_by else "",
	}


def _roles(stage: Stage) -> list[Row]:
	return [
		*({"stage": stage.name, "may": "Move Into", "role": role} for role in stage.entry_roles),
		*({"stage": stage.name, "may": "Return To", "role": role} for role in stage.return_roles),
	]


def _action(stage: Stage, action: EntryAction) -> Row:
	return {
		"stage": stage.name,
		"action": action.kind.value,
		"text": action.text,
		"user": action.user,
		"due_in": action.due_in,
		"template": action.template,
	}


def _criterion(stage: Stage, criterion: Criterion) -> Row:
	condition = criterion.only_if
	row = {
		"stage": stage.name,
		"title": criterion.title,
		"hint": criterion.hint,
		"effect": "Block" if criterion.blocks else "Score" if criterion.weight else "Warn",
		"weight": criterion.weight or 1,
		"condition_field": condition.field if condition else None,
		"condition_operator": condition.operator if condition else None,
		"condition_value": value_text(condition) if condition else None,
	}
	return {**row, **ROWS[type(criterion)](criterion)}


def value_text(comparison: Comparison) -> str:
	"""An operand as a person types it."""
	operand = comparison.operand
	if isinstance(operand, tuple):
		return ", ".join(str(part) for part in operand)
	if isinstance(operand, bool):
		return "Yes" if operand else "No"
	if isinstance(operand, float) and operand.is_integer():
		return str(int(operand))
	return "" if operand is None else str(operand)


def _field(criterion: FieldCriterion) -> Row:
	return {
		"kind": "Field",
		"field": criterion.field,
		"aggregate": criterion.aggregate.value if criterion.aggregate else "",
		"operator": criterion.operator,
		"value": value_text(criterion),
		"refuse_placeholders": int(criterion.refuse_placeholders),
	}


def _linked(criterion: LinkedCriterion) -> Row:
	return {
		"kind": "Linked Document",
		"linked_doctype": criterion.doctype,
		"linked_state": criterion.state,
		"within_days": criterion.within_days or 0,
		"at_least": criterion.at_least,
	}


ROWS: dict[type[Criterion], Callable[[Any], Row]] = {
	FieldCriterion: _field,
	LinkedCriterion: _linked,
	AttachmentCriterion: lambda each: {
		"kind": "Attachment",
		"name_pattern": ", ".join(each.patterns),
		"at_least": each.at_least,
	},
	ChecklistCriterion: lambda each: {
		"kind": "Checklist",
		"needs_note": int(each.needs_note),
		"needs_file": int(each.needs_file),
	},
	SignOffCriterion: lambda each: {"kind": "Sign-Off", "role": each.role, "at_least": each.at_least},
	ScoreCriterion: lambda each: {
		"kind": "Qualification Score",
		"framework": each.framework,
		"at_least": each.at_least,
	},
	ScorecardCriterion: lambda each: {"kind": "Scorecard", "at_least": each.at_least},
	TimeInStageCriterion: lambda each: {"kind": "Time in Stage", "at_least": each.at_least},
	ExpressionCriterion: lambda each: {"kind": "Expression", "expression": each.expression},
}
