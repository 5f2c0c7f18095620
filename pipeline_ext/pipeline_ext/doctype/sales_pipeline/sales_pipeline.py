"""A pipeline as an admin shapes it: a draft, and the published version that gates read."""

import json
from collections.abc import Iterator
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from pipeline_ext.domain.comparison import OperandError, comparison_problem
from pipeline_ext.domain.definition import to_dict
from pipeline_ext.domain.pipeline import Pipeline, Problem, Stage, problems
from pipeline_ext.history import migration
from pipeline_ext.messages import listed, problem_text
from pipeline_ext.reports import pipelines, publishing
from pipeline_ext.reports.conditions import comparison_of
from pipeline_ext.reports.drafts import rows_from
from pipeline_ext.reports.fields import kind_of
from pipeline_ext.setup import stages
from pipeline_ext.subjects import SUBJECTS

TABLES_BY_STAGE = ("criteria", "stage_roles", "entry_actions")


class SalesPipeline(Document):
	def validate(self) -> None:
		self.refuse_ungoverned_doctype()
		self.refuse_second_default()
		self.refuse_rival()
		self.refuse_broken_definition()
		self.summarize_criteria()

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

	def refuse_second_default(self) -> None:
		if not self.is_default or not self.enabled:
			return
		if self.conditions:
			frappe.throw(
				_("The default is for documents that no other pipeline fits: remove its conditions."),
				title=_("Default With Conditions"),
			)
		for other in self._others({"is_default": 1}):
			frappe.throw(
				_("{0} is the default for the same documents already. There can be one.").format(other),
				title=_("Two Defaults"),
			)

	def refuse_rival(self) -> None:
		"""Of two pipelines of one rank that fit the same documents, nobody could say which is taken."""
		if not self.enabled or self.is_default:
			return
		for other in self._others({"is_default": 0, "priority": cint(self.priority)}):
			if self._asks_the_same(frappe.get_doc("Sales Pipeline", other)):
				frappe.throw(
					_(
						"{0} is enabled for the same documents with the same priority. Change one of them."
					).format(other),
					title=_("Two Pipelines for the Same Documents"),
				)

	def _others(self, filters: dict[str, Any]) -> list[str]:
		"""Other enabled pipelines for the same DocType and company."""
		same = {"document_type": self.document_type, "enabled": 1, "name": ("!=", self.name), **filters}
		others = frappe.get_all("Sales Pipeline", same, ["name", "company"])
		return [other.name for other in others if (other.company or None) == (self.company or None)]

	def _asks_the_same(self, other: Document) -> bool:
		def asked(pipeline: Document) -> set[tuple[str, str, str]]:
			return {(row.field, row.operator, row.value or "") for row in pipeline.conditions}

		return asked(self) == asked(other)

	def refuse_broken_definition(self) -> None:
		found = dict.fromkeys(problem_text(problem) for problem in self.definition_problems())
		if found:
			frappe.throw(listed(found), title=_("This Pipeline Cannot Work"))

	def definition_problems(self) -> list[Problem]:
		"""What keeps the draft from working: first what cannot be read, then what the domain objects to."""
		unreadable = [*self._stray_rows(), *self._row_problems(), *self._condition_problems()]
		return unreadable or list(problems(self.as_pipeline()))

	def _stray_rows(self) -> Iterator[Problem]:
		"""Rows about a stage that the pipeline does not have."""
		stages = {stage.stage for stage in self.stages}
		for table in TABLES_BY_STAGE:
			for row in self.get(table):
				if row.stage not in stages:
					about = {"stage": row.stage, "table": _(self.meta.get_label(table))}
					yield Problem("stage_not_in_pipeline", about)

	def _row_problems(self) -> Iterator[Problem]:
		for row in self.criteria:
			yield from row.problems(self.document_type)
		for action in self.entry_actions:
			yield from action.problems()
		for stage in self.stages:
			if stage.reached_by and stage.reached_by not in SUBJECTS[self.document_type].triggers:
				about = {"stage": stage.stage, "trigger": _(stage.reached_by), "doctype": self.document_type}
				yield Problem("trigger_does_not_fit", about)
		for row in self.stage_roles:
			if not frappe.db.exists("Role", {"name": row.role, "disabled": 0}):
				yield Problem("unknown_role", {"stage": row.stage, "role": row.role})

	def _condition_problems(self) -> Iterator[Problem]:
		for row in self.conditions:
			about = {"criterion": _("Conditions"), "field": row.field, "doctype": self.document_type}
			kind = kind_of(self.document_type, row.field or "")
			if kind is None:
				yield Problem("unknown_field", about)
				continue
			try:
				code = comparison_problem(comparison_of(self.document_type, row))
			except OperandError:
				code = "operand_unreadable"
			if code:
				yield Problem(
					code, {**about, "operator": row.operator, "value": row.value, "kind": kind.value}
				)

	def summarize_criteria(self) -> None:
		for row in self.criteria:
			row.summarize(self.document_type)

	def as_pipeline(self) -> Pipeline:
		"""The draft as domain data. Raises OperandError for a value that does not fit its field."""
		return Pipeline(
			name=self.name or self.pipeline_name,
			doctype=self.document_type,
			stages=tuple(self._as_stage(row) for row in self.stages),
		)

	def _as_stage(self, stage: Document) -> Stage:
		def rows(table: str, **wanted: str) -> Iterator[Document]:
			for row in self.get(table):
				if row.stage == stage.stage and all(row.get(name) == value for name, value in wanted.items()):
					yield row

		return stage.as_stage(
			criteria=(row.as_criterion(self.document_type) for row in rows("criteria")),
			entry_roles=(row.role for row in rows("stage_roles", may="Move Into")),
			return_roles=(row.role for row in rows("stage_roles", may="Return To")),
			on_entry=(row.as_action() for row in rows("entry_actions")),
		)

	@frappe.whitelist()
	def preview_publish(self) -> dict[str, Any]:
		"""What the draft would change for every open deal; nothing is written.

		Counts of deals by what changes, and the deals concerned, the largest first. Where there are many, the
		answer is `{"queued": deals}`, and the rest comes as the realtime event `pipeline_publish_preview`.
		"""
		self.check_permission("write")
		self.refuse_broken_definition()
		deals = publishing.count_deals(self.document_type, self.name)
		if deals <= publishing.AT_ONCE:
			return publishing.effects(self.as_pipeline()).as_data()
		frappe.enqueue(
			"pipeline_ext.tasks.preview_publish",
			queue="long",
			definition=to_dict(self.as_pipeline()),
			user=frappe.session.user,
		)
		return {"queued": deals}

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
		)
		with version.written_by_app():
			version.insert(ignore_permissions=True)
		self.published_version = version.name
		self.published_on = now_datetime()
		self.save()
		return version.name

	@frappe.whitelist()
	def deals_on_older_versions(self) -> list[dict[str, Any]]:
		"""Open deals that are not on the published version, counted by version and stage."""
		self.check_permission("read")
		return migration.deals_to_move(self.document_type, self.name, self.published_version)

	@frappe.whitelist()
	def move_deals(self, stage_map: dict[str, str] | str | None = None) -> int:
		"""Take open deals over to the published version in the background; returns how many.

		`stage_map` maps stages of older versions to stages of the published one; it has to name every stage
		that is gone. Progress is told as the realtime event `pipeline_deals_moved`.
		"""
		self.check_permission("write")
		mapped = json.loads(stage_map or "{}") if isinstance(stage_map, str) else dict(stage_map or {})
		deals = migration.check_stage_map(self.document_type, self.name, self.published_version, mapped)
		frappe.enqueue(
			"pipeline_ext.tasks.move_deals_to_version",
			queue="long",
			enqueue_after_commit=True,
			now=bool(frappe.flags.in_test),
			pipeline=self.name,
			version=self.published_version,
			stage_map=mapped,
			user=frappe.session.user,
		)
		return deals

	@frappe.whitelist()
	def export_definition(self) -> str:
		"""The draft as JSON, as `pipeline-ext audit` and `import_definition` read it."""
		self.check_permission("read")
		return json.dumps(to_dict(self.as_pipeline()), indent=1, ensure_ascii=False)


@frappe.whitelist(methods=["POST"])
def import_definition(definition: str, pipeline_name: str | None = None) -> str:
	"""Make a draft pipeline, disabled and in warn mode, from exported JSON; returns its name."""
	frappe.has_permission("Sales Pipeline", "create", throw=True)
	rows = rows_from(definition)
	name = (pipeline_name or "").strip() or rows["pipeline_name"]
	if frappe.db.exists("Sales Pipeline", name):
		frappe.throw(
			_("There is a pipeline {0} already. Give the imported one another name.").format(
				frappe.bold(name)
			),
			frappe.DuplicateEntryError,
			title=_("Name Taken"),
		)
	stages.ensure(row["stage"] for row in rows["stages"])
	pipeline = frappe.get_doc({"doctype": "Sales Pipeline", **rows, "pipeline_name": name, "company": ""})
	return pipeline.insert().name
