"""A pipeline as an admin shapes it: a draft, and the published version that gates read."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from pipeline_ext.domain.pipeline import (
	Criterion,
	FieldCriterion,
	Kind,
	LinkedCriterion,
	OperandError,
	Outcome,
	Pipeline,
	Problem,
	Stage,
	operand_from,
	problems,
	to_dict,
)
from pipeline_ext.messages import listed, problem_text
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.facts import can_be_linked, kind_of
from pipeline_ext.subjects import SUBJECTS


class SalesPipeline(Document):
	def validate(self) -> None:
		self.refuse_ungoverned_doctype()
		self.refuse_second_for_same_documents()
		self.refuse_broken_definition()

	def on_update(self) -> None:
		pipelines.clear_cache()
		frappe.db.after_commit.add(pipelines.clear_cache)

	def on_trash(self) -> None:
		if frappe.db.exists("Pipeline Ledger Entry", {"pipeline": self.name}):
			frappe.throw(
				_("Deals have moved through {0}, and their history needs it. Disable it instead.").format(
					self.name
				),
				title=_("Pipeline in Use"),
			)
		self.db_set("published_version", None)
		for version in frappe.get_all("Pipeline Version", {"pipeline": self.name}, pluck="name"):
			frappe.delete_doc("Pipeline Version", version, ignore_permissions=True)

	def after_delete(self) -> None:
		self.on_update()

	def refuse_ungoverned_doctype(self) -> None:
		if self.document_type not in SUBJECTS:
			frappe.throw(
				_("{0} cannot be governed by a pipeline. Choose one of: {1}.").format(
					self.document_type, ", ".join(SUBJECTS)
				),
				title=_("Pipeline Not Possible"),
			)

	def refuse_second_for_same_documents(self) -> None:
		if not self.enabled:
			return
		same = {"document_type": self.document_type, "enabled": 1, "name": ("!=", self.name)}
		for other in frappe.get_all("Sales Pipeline", same, ["name", "company"]):
			if (other.company or None) == (self.company or None):
				frappe.throw(
					_("{0} is enabled for the same documents already. Disable it first.").format(other.name),
					title=_("Two Pipelines for the Same Documents"),
				)

	def refuse_broken_definition(self) -> None:
		found = [problem_text(problem) for problem in self.definition_problems()]
		if found:
			frappe.throw(listed(found), title=_("This Pipeline Cannot Work"))

	def definition_problems(self) -> list[Problem]:
		"""What keeps the draft from working: first what cannot be read, then what the domain objects to."""
		unreadable = [problem for row in self.criteria for problem in self._row_problems(row)]
		return unreadable or list(problems(self.as_pipeline()))

	def _row_problems(self, row) -> list[Problem]:
		about = {"criterion": row.title, "stage": row.stage, "doctype": self.document_type}
		if row.stage not in {stage.stage for stage in self.stages}:
			return [Problem("criterion_without_stage", about)]
		if row.kind == "Linked Document":
			if row.linked_doctype and can_be_linked(self.document_type, row.linked_doctype):
				return []
			return [Problem("unlinkable", {**about, "linked": row.linked_doctype or ""})]
		kind = kind_of(self.document_type, row.field or "")
		if kind is None:
			return [Problem("unknown_field", {**about, "field": row.field or ""})]
		try:
			operand_from(row.value, kind, row.operator)
		except OperandError:
			about = {**about, "value": row.value, "kind": kind.value, "field": row.field}
			return [Problem("operand_unreadable", about)]
		return []

	def as_pipeline(self) -> Pipeline:
		"""The draft as domain data. Raises OperandError for a value that does not fit its field."""
		return Pipeline(
			name=self.name or self.pipeline_name,
			doctype=self.document_type,
			stages=tuple(self._as_stage(row) for row in self.stages),
		)

	def _as_stage(self, row) -> Stage:
		return Stage(
			name=row.stage,
			outcome=Outcome(row.outcome),
			probability=float(row.probability or 0),
			forecast_category=row.forecast_category,
			longest_stay=int(row.longest_stay) if row.longest_stay else None,
			guidance=row.guidance or "",
			criteria=tuple(
				self._as_criterion(criterion) for criterion in self.criteria if criterion.stage == row.stage
			),
		)

	def _as_criterion(self, row) -> Criterion:
		common = {
			"key": row.name or f"new-{row.idx}",
			"title": row.title,
			"hint": row.hint or "",
			"blocks": row.effect != "Warn",
		}
		if row.kind == "Linked Document":
			return LinkedCriterion(
				doctype=row.linked_doctype, state=row.linked_state, at_least=int(row.at_least or 0), **common
			)
		kind = kind_of(self.document_type, row.field) or Kind.TEXT
		return FieldCriterion(
			field=row.field,
			kind=kind,
			operator=row.operator,
			operand=operand_from(row.value, kind, row.operator),
			**common,
		)

	@frappe.whitelist()
	def publish(self) -> str:
		"""Compile the draft into an immutable version that new deals take; returns the version's name."""
		self.check_permission("write")
		self.refuse_broken_definition()
		version = frappe.get_doc(
			{
				"doctype": "Pipeline Version",
				"pipeline": self.name,
				"document_type": self.document_type,
				"definition": json.dumps(to_dict(self.as_pipeline())),
			}
		).insert(ignore_permissions=True)
		self.published_version = version.name
		self.published_on = now_datetime()
		self.save()
		return version.name
