"""An administrator of pipelines, who is no sales manager, shapes and publishes them in the desk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk

NEW = "Browser Test Large Deals"


@pytest.fixture
def admin(pipeline_administrator: Desk) -> Desk:
	return pipeline_administrator


def publish(admin: Desk, version: str) -> None:
	admin.click("Publish")
	admin.answer("Publish")
	expect(admin.field("published_version")).to_contain_text(version)


def test_an_administrator_builds_a_pipeline_that_large_deals_take(admin: Desk, rep: Desk):
	admin.open("sales-pipeline", "new")
	admin.fill_in("pipeline_name", NEW)
	admin.fill_in("mode", "Enforce")
	admin.remove_row("stages", "1")
	for stage, outcome in (
		("Prospecting", "Open"),
		("Qualification", "Open"),
		("Won", "Won"),
		("Lost", "Lost"),
	):
		admin.add_row("stages", stage=stage, outcome=outcome)
	admin.open_tab("Exit Criteria")
	admin.describe_row(
		"criteria",
		stage="Prospecting",
		title="Two hundred pieces at least",
		field="Items: Qty",
		aggregate="Sum",
		operator=">=",
		value="many",
	)
	admin.open_tab("Which Documents")
	admin.fill_in("priority", "1")
	admin.add_row("conditions", field="Opportunity Amount", operator=">", value="50000")
	admin.save()
	admin.expect_refusal("This Pipeline Cannot Work", "Two hundred pieces at least: many is not a number")
	assert records.stored("Sales Pipeline", NEW, "name") is None
	admin.open_tab("Exit Criteria")
	admin.mend_row("criteria", "Two hundred pieces", value="200")
	admin.save_successfully()
	publish(admin, f"{NEW} v1")
	assert records.deal().pe_pipeline == records.PIPELINE
	large = records.deal(opportunity_amount=90_000)
	assert large.pe_pipeline == NEW
	rep.open_form("Opportunity", large.name)
	expect(rep.path.locator(".pe-unmet")).to_contain_text("Two hundred pieces at least")
	expect(rep.path.locator(".pe-unmet")).to_contain_text("Is 10, must be >= 200")


def test_publishing_shows_what_changes_and_deals_are_moved_over(admin: Desk):
	records.change_pipeline(mode="Warn")
	held_up = records.deal(contact_email="buyer@acme.example")
	left_behind = records.deal(sales_stage="Qualification", opportunity_amount=5000)
	admin.open_form("Sales Pipeline", records.PIPELINE)
	admin.remove_row("stages", "Qualification")
	admin.open_tab("Exit Criteria")
	admin.remove_row("criteria", "The deal has an amount")
	admin.remove_row("criteria", "The deal has a closing date")
	admin.describe_row("criteria", stage="Prospecting", title="We know their website", field="Website")
	admin.save_successfully()
	admin.click("Publish")
	expect(admin.dialog.locator("[data-change]")).to_have_text(
		["1 would be held up", "1 in a stage that is gone"]
	)
	expect(admin.dialog.locator(f'[data-name="{held_up.name}"]')).to_contain_text(
		"Would miss: We know their website"
	)
	expect(admin.dialog.locator(f'[data-name="{left_behind.name}"]')).to_contain_text("Its stage is gone")
	admin.answer("Publish")
	admin.expect_dialog("Move open deals to Browser Test B2B v3")
	admin.answer("Move 2 Deals", stage_1="Needs Analysis")
	expect(admin.page.get_by_text("2 deals are being moved in the background")).to_be_visible()
	records.carry_out_jobs()
	assert stage_and_version(left_behind.name) == ("Needs Analysis", "Browser Test B2B v3")
	assert stage_and_version(held_up.name) == ("Prospecting", "Browser Test B2B v3")
	assert records.ledger(left_behind.name)[-1] == ("Qualification", "Needs Analysis", records.ADMIN)


def stage_and_version(deal: str) -> tuple[str, str]:
	return tuple(
		records.stored("Opportunity", deal, field) for field in ("sales_stage", "pe_pipeline_version")
	)


def test_before_enforcing_it_says_what_would_have_been_refused(admin: Desk):
	records.change_pipeline(mode="Warn")
	records.deal(contact_email=None, sales_stage="Qualification")
	admin.open_form("Sales Pipeline", records.PIPELINE)
	admin.fill_in("mode", "Enforce")
	expect(admin.form.locator(".form-message-container")).to_contain_text(
		"Enforcing would have refused 1 moves in the last 7 days"
	)


def test_a_pipeline_goes_out_as_json_and_comes_in_again(admin: Desk, tmp_path: Path):
	admin.open_form("Sales Pipeline", records.PIPELINE)
	file = tmp_path / "pipeline.json"
	with admin.page.expect_download() as download:
		admin.click_in_page_menu("Export as JSON")
	download.value.save_as(file)
	assert [stage["name"] for stage in json.loads(file.read_text())["stages"]][:2] == [
		"Prospecting",
		"Qualification",
	]
	admin.open("sales-pipeline")
	admin.click("Import from JSON")
	admin.dialog.get_by_label("JSON File").set_input_files(file)
	expect(admin.dialog.locator('[data-fieldname="pipeline_name"] input')).to_have_value(records.PIPELINE)
	admin.answer("Import", pipeline_name=NEW)
	expect(admin.page.locator("body")).to_have_attribute("data-route", f"Form/Sales Pipeline/{NEW}")
	assert records.stored("Sales Pipeline", NEW, "enabled") == 0
	assert definition(NEW) == definition(records.PIPELINE)


def definition(pipeline: str) -> tuple[list, list]:
	doc = records.document("Sales Pipeline", pipeline)
	return (
		[(row.stage, row.outcome, row.probability, row.longest_stay) for row in doc.stages],
		[(row.stage, row.title, row.kind, row.field, row.linked_doctype, row.hint) for row in doc.criteria],
	)
