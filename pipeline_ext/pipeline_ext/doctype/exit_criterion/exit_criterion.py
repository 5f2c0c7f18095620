"""A row of a Sales Pipeline: one exit criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import cint, flt

from pipeline_ext.domain import expression
from pipeline_ext.domain.comparison import Comparison, Kind, OperandError
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
from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.messages import criterion_text
from pipeline_ext.reports.conditions import aggregate_of, comparison_of
from pipeline_ext.reports.fields import kind_of
from pipeline_ext.reports.linked import can_be_linked


class ExitCriterion(Document):
	def as_criterion(self, doctype: str) -> Criterion:
		"""The row as domain data, for documents of `doctype`. Raises OperandError where one does not fit."""
		condition = self._condition()
		common = {
			"key": self.name or f"new-{self.idx}",
			"title": self.title,
			"hint": self.hint or "",
			"blocks": self.effect == "Block",
			"weight": flt(self.weight) if self.effect == "Score" else 0.0,
			"only_if": comparison_of(doctype, condition) if condition else None,
		}
		return MAKERS[self.kind](self, doctype, common)

	def summarize(self, doctype: str) -> None:
		"""Say in the list of criteria what the row asks for."""
		self.asks = criterion_text(self.as_criterion(doctype))[:140]

	def problems(self, doctype: str) -> Iterator[Problem]:
		"""What the site has against the row: names that lead nowhere, values that cannot be read."""
		about = {"criterion": self.title, "stage": self.stage, "doctype": doctype}
		condition = self._condition()
		if condition:
			yield from _comparison_problems(doctype, condition, about)
		if self.kind == "Field":
			yield from _comparison_problems(doctype, self, about)
		elif self.kind == "Linked Document":
			if not self.linked_doctype or not can_be_linked(doctype, self.linked_doctype, self.linked_state):
				linked = f"{self.linked_doctype or ''} ({self.linked_state})"
				yield Problem("unlinkable", {**about, "linked": linked})
		elif self.kind == "Sign-Off":
			if self.role and not frappe.db.exists("Role", {"name": self.role, "disabled": 0}):
				yield Problem("unknown_role", {**about, "role": self.role})

	def _condition(self) -> frappe._dict | None:
		if not self.condition_field:
			return None
		return frappe._dict(
			field=self.condition_field, operator=self.condition_operator, value=self.condition_value
		)


def _comparison_problems(doctype: str, row: Any, about: dict[str, Any]) -> Iterator[Problem]:
	about = {**about, "field": row.field or ""}
	kind = kind_of(doctype, row.field or "", aggregate_of(row))
	if kind is None:
		yield Problem("unknown_field", about)
		return
	try:
		comparison_of(doctype, row)
	except OperandError:
		yield Problem("operand_unreadable", {**about, "value": row.value, "kind": kind.value})


def _field(row: ExitCriterion, doctype: str, common: dict[str, Any]) -> FieldCriterion:
	comparison: Comparison = comparison_of(doctype, row)
	return FieldCriterion(
		**common, **vars(comparison), refuse_placeholders=bool(cint(row.refuse_placeholders))
	)


def _linked(row: ExitCriterion, doctype: str, common: dict[str, Any]) -> LinkedCriterion:
	return LinkedCriterion(
		**common,
		doctype=row.linked_doctype or "",
		state=row.linked_state or "",
		within_days=cint(row.within_days) or None,
		at_least=cint(row.at_least),
	)


def _attachment(row: ExitCriterion, doctype: str, common: dict[str, Any]) -> AttachmentCriterion:
	patterns = tuple(part.strip() for part in (row.name_pattern or "").split(",") if part.strip())
	return AttachmentCriterion(**common, patterns=patterns or ("*",), at_least=cint(row.at_least))


def _checklist(row: ExitCriterion, doctype: str, common: dict[str, Any]) -> ChecklistCriterion:
	return ChecklistCriterion(
		**common, needs_note=bool(cint(row.needs_note)), needs_file=bool(cint(row.needs_file))
	)


def _expression(row: ExitCriterion, doctype: str, common: dict[str, Any]) -> ExpressionCriterion:
	return ExpressionCriterion(
		**common, expression=row.expression or "", kinds=_kinds_in(doctype, row.expression or "")
	)


def _kinds_in(doctype: str, text: str) -> dict[str, Kind]:
	try:
		names = expression.names(text)
	except expression.ExpressionError:
		return {}
	return {name: kind for name in names if (kind := kind_of(doctype, name))}


MAKERS: dict[str, Callable[[ExitCriterion, str, dict[str, Any]], Criterion]] = {
	"Field": _field,
	"Linked Document": _linked,
	"Attachment": _attachment,
	"Checklist": _checklist,
	"Sign-Off": lambda row, doctype, common: SignOffCriterion(
		**common, role=row.role or "", at_least=cint(row.at_least)
	),
	"Qualification Score": lambda row, doctype, common: ScoreCriterion(
		**common, framework=row.framework or None, at_least=flt(row.at_least)
	),
	"Scorecard": lambda row, doctype, common: ScorecardCriterion(**common, at_least=flt(row.at_least)),
	"Time in Stage": lambda row, doctype, common: TimeInStageCriterion(
		**common, stage=row.stage, at_least=flt(row.at_least)
	),
	"Expression": _expression,
}
