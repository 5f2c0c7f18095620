"""Publishing shows first what changes; deals are moved over in bulk; definitions travel as JSON."""

from __future__ import annotations

import json

import frappe
import pytest

from pipeline_ext.pipeline_ext.doctype.sales_pipeline.sales_pipeline import import_definition
from pipeline_ext.setup.pipeline_templates import aida, b2b, consultative, renewal
from pipeline_ext.setup.templates import draft
from pipeline_ext.standalone.rules import read_pipeline
from tests.site import factories
from tests.site.pipelines import NAME, asking, deal, ledger, move, stage_of

NEEDS_TITLE = {"stage": "Prospecting", "title": "Job title known", "field": "job_title", "operator": "is set"}


def without_stage(pipeline, stage):
	pipeline.reload()
	pipeline.set("stages", [row for row in pipeline.stages if row.stage != stage])
	pipeline.save()
	return pipeline


def test_the_preview_names_who_would_be_blocked_by_what_and_changes_nothing():
	pipeline = asking()
	blocked, ready = deal(opportunity_amount=700), deal(job_title="Buyer")
	pipeline.reload()
	pipeline.append("criteria", NEEDS_TITLE)
	pipeline.save()
	preview = pipeline.preview_publish()
	assert (preview["deals"], preview["counts"]) == (2, {"newly_blocked": 1, "unchanged": 1})
	(shown,) = preview["shown"]
	assert (shown["name"], shown["amount"], shown["missing"]) == (blocked.name, 700, ("Job title known",))
	assert pipeline.published_version == f"{NAME} v1"
	assert move(ready, "Qualification").sales_stage == "Qualification"


def test_the_preview_names_deals_whose_stage_is_gone():
	pipeline = asking()
	made = deal(sales_stage="Needs Analysis")
	preview = without_stage(pipeline, "Needs Analysis").preview_publish()
	assert preview["counts"] == {"stage_gone": 1}
	assert (preview["shown"][0]["name"], preview["shown"][0]["stage"]) == (made.name, "Needs Analysis")


def test_closed_deals_are_no_concern_of_the_preview():
	pipeline = asking()
	move(deal(), "Lost")
	assert pipeline.reload().preview_publish()["deals"] == 0


def test_deals_are_moved_to_the_published_version_with_a_map_of_stages():
	pipeline = asking()
	early, late = deal(), deal(sales_stage="Needs Analysis")
	without_stage(pipeline, "Needs Analysis").publish()
	waiting = {row["stage"]: (row["deals"], row["is_gone"]) for row in pipeline.deals_on_older_versions()}
	assert waiting == {"Prospecting": (1, False), "Needs Analysis": (1, True)}
	with pytest.raises(frappe.ValidationError, match="Say to which stage"):
		pipeline.move_deals({})
	with pytest.raises(frappe.ValidationError, match="Say to which stage"):
		pipeline.move_deals({"Needs Analysis": "Nowhere"})
	assert pipeline.move_deals({"Needs Analysis": "Proposal/Price Quote"}) == 2
	assert pipeline.deals_on_older_versions() == []
	moved = frappe.get_doc("Opportunity", late.name)
	assert (moved.sales_stage, moved.pe_pipeline_version, moved.pe_win_probability) == (
		"Proposal/Price Quote",
		f"{NAME} v2",
		65,
	)
	entry = ledger(late)[-1]
	assert (entry.move, entry.from_stage, entry.stage, entry.pipeline_version) == (
		"Version",
		"Needs Analysis",
		"Proposal/Price Quote",
		f"{NAME} v2",
	)
	stayed = ledger(early)[-1]
	assert (stayed.move, stayed.stage, stayed.visit) == ("Version", "Prospecting", 1)
	assert stage_of(early) == "Prospecting"


def test_only_who_may_write_the_pipeline_moves_its_deals(as_user):
	asking()
	with as_user(factories.user("rep@pipeline-test.example", "Sales User")):
		pipeline = frappe.get_doc("Sales Pipeline", NAME)
		for call in (pipeline.preview_publish, pipeline.move_deals, pipeline.publish):
			with pytest.raises(frappe.PermissionError):
				call()
		with pytest.raises(frappe.PermissionError):
			import_definition(pipeline.export_definition(), "Mine")


@pytest.mark.parametrize("template", (b2b, consultative, renewal, aida), ids=lambda each: each.NAME)
def test_a_pipeline_travels_as_json(template):
	original = draft(template, "Original", company=factories.COMPANY, priority=8)
	original.append(
		"stage_roles", {"stage": template.STAGES[1]["stage"], "may": "Move Into", "role": "Sales Manager"}
	)
	original.append(
		"entry_actions", {"stage": template.STAGES[1]["stage"], "action": "Task", "text": "Call", "due_in": 2}
	)
	original.save()
	exported = original.export_definition()
	imported = frappe.get_doc("Sales Pipeline", import_definition(exported, "Imported"))
	assert (imported.mode, imported.enabled, imported.published_version) == ("Warn", 0, None)

	def told(text):
		data = json.loads(text)
		for stage in data["stages"]:
			for criterion in stage["criteria"]:
				criterion.pop("key")
		return {**data, "name": ""}

	assert told(imported.export_definition()) == told(exported)


def test_the_audit_reads_what_the_form_exports(tmp_path):
	path = tmp_path / "pipeline.json"
	path.write_text(draft(consultative, "Original", priority=8).export_definition())
	assert [stage.name for stage in read_pipeline(path).stages] == [
		row["stage"] for row in consultative.STAGES
	]


@pytest.mark.parametrize(
	("text", "error"),
	[
		("", "not an exported pipeline"),
		("[1, 2]", "not an exported pipeline"),
		('{"name": "X", "doctype": "Opportunity"}', "not an exported pipeline"),
		('{"name": "X", "doctype": "Task", "stages": []}', "cannot be governed"),
		('{"name": "X", "doctype": "Opportunity", "stages": []}', "at least one|stages"),
	],
)
def test_what_is_no_pipeline_is_refused(text, error):
	with pytest.raises(frappe.ValidationError, match=error):
		import_definition(text, "Import")


def test_a_name_that_is_taken_is_not_overwritten():
	asking()
	with pytest.raises(frappe.DuplicateEntryError, match="another name"):
		import_definition(frappe.get_doc("Sales Pipeline", NAME).export_definition())
