"""The pipelines that a site may start with: complete, consistent, and rows that fit their DocTypes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pipeline_ext.domain.comparison import EVERY_OPERATOR, PRESENCE
from pipeline_ext.domain.pipeline import FORECAST_CATEGORIES
from pipeline_ext.setup.pipeline_templates import aida, consultative, renewal
from pipeline_ext.subjects import SUBJECTS

DOCTYPES = Path(__file__).parents[2] / "pipeline_ext" / "pipeline_ext" / "doctype"
TEMPLATES = (aida, consultative, renewal)

CONDITION = {"condition_field", "condition_operator", "condition_value"}
COMMON = {"stage", "title", "kind", "hint", "effect", "weight"} | CONDITION
NEEDED_BY_KIND = {
	"Field": {"field", "operator"},
	"Linked Document": {"linked_doctype", "linked_state", "at_least"},
	"Attachment": {"name_pattern", "at_least"},
	"Checklist": set(),
	"Sign-Off": {"role", "at_least"},
	"Qualification Score": {"framework", "at_least"},
	"Scorecard": {"at_least"},
	"Time in Stage": {"at_least"},
}
ALLOWED_BY_KIND = {
	"Field": {"value", "aggregate", "refuse_placeholders"},
	"Linked Document": {"within_days"},
	"Checklist": {"needs_note", "needs_file"},
}


@pytest.fixture(params=TEMPLATES, ids=lambda template: template.NAME)
def template(request):
	return request.param


def outcome(stage):
	return stage.get("outcome", "Open")


def kind(criterion):
	return criterion.get("kind", "Field")


def effect(criterion):
	return criterion.get("effect", "Block")


def titles(template, wrong):
	"""The criteria of which something wrong can be said."""
	return [criterion["title"] for criterion in template.CRITERIA if wrong(criterion)]


def refused_by_columns(rows, doctype):
	"""Keys that have no column, and values that are no option of their Select."""
	fields = json.loads((DOCTYPES / doctype / f"{doctype}.json").read_text())["fields"]
	columns = {field["fieldname"]: field for field in fields}
	options = {
		name: field["options"].split("\n")
		for name, field in columns.items()
		if field["fieldtype"] == "Select"
	}
	return [
		(key, value)
		for row in rows
		for key, value in row.items()
		if key not in columns or value not in options.get(key, [value])
	]


def test_names_are_unique_and_leads_are_served_too():
	assert len({template.NAME for template in TEMPLATES}) == len(TEMPLATES)
	assert {template.DOCUMENT_TYPE for template in TEMPLATES} == set(SUBJECTS)
	assert all(template.DESCRIPTION.endswith(".") for template in TEMPLATES)


def test_rows_fit_their_columns(template):
	assert refused_by_columns(template.STAGES, "pipeline_stage") == []
	assert refused_by_columns(template.CRITERIA, "exit_criterion") == []


def test_open_stages_come_first_then_one_won_and_one_lost(template):
	assert [outcome(stage) for stage in template.STAGES] == ["Open"] * 4 + ["Won", "Lost"]
	assert len({stage["stage"] for stage in template.STAGES}) == 6


def test_probabilities_rise_to_100_and_a_lost_deal_has_none(template):
	*rising, lost = [stage["probability"] for stage in template.STAGES]
	assert rising == sorted(set(rising)) and rising[0] > 0
	assert (rising[-1], lost) == (100, 0)


def test_forecast_categories_only_get_surer(template):
	categories = [stage["forecast_category"] for stage in template.STAGES]
	assert categories == sorted(categories, key=FORECAST_CATEGORIES.index)
	assert categories[-2:] == ["Closed", "Omitted"]


def test_a_business_document_brings_a_deal_to_one_stage_only(template):
	triggers = Counter(stage["reached_by"] for stage in template.STAGES if stage.get("reached_by"))
	assert max(triggers.values()) == 1


def test_an_open_stage_says_what_to_do_to_ask_and_to_send_and_how_long_at_most(template):
	for stage in template.STAGES[:4]:
		assert [line.split(": ")[0] for line in stage["guidance"].split("\n")] == ["Do", "Ask", "Send"]
		assert stage["longest_stay"] > 0, stage["stage"]


def test_a_closed_stage_says_what_to_do_too(template):
	assert all(stage["guidance"].startswith(("Do: ", "Ask: ")) for stage in template.STAGES[4:])


def test_every_stage_asks_for_something_that_blocks(template):
	blocking = {row["stage"] for row in template.CRITERIA if effect(row) == "Block"}
	assert blocking == {stage["stage"] for stage in template.STAGES}


def test_criteria_have_titles_of_their_own_and_follow_the_order_of_the_stages(template):
	assert max(Counter(criterion["title"] for criterion in template.CRITERIA).values()) == 1
	positions = [stage["stage"] for stage in template.STAGES]
	order = [positions.index(criterion["stage"]) for criterion in template.CRITERIA]
	assert order == sorted(order)


def test_a_criterion_says_what_its_kind_needs_and_nothing_else(template):
	def allowed(row):
		return COMMON | NEEDED_BY_KIND[kind(row)] | ALLOWED_BY_KIND.get(kind(row), set())

	assert titles(template, lambda row: not NEEDED_BY_KIND[kind(row)] <= set(row) <= allowed(row)) == []
	assert titles(template, lambda row: CONDITION & set(row) not in (set(), CONDITION)) == []


def test_a_criterion_has_a_hint_that_says_what_to_do(template):
	assert titles(template, lambda row: not row["hint"].endswith(".") or row["title"] in row["hint"]) == []


def test_a_number_asked_for_can_be_reached(template):
	percents = ("Qualification Score", "Scorecard")
	assert titles(template, lambda row: row.get("at_least", 1) < 1 or row.get("within_days", 1) < 1) == []
	assert titles(template, lambda row: kind(row) in percents and row["at_least"] > 100) == []


def test_time_asked_for_fits_into_the_longest_stay(template):
	longest = {stage["stage"]: stage.get("longest_stay", 0) for stage in template.STAGES}
	waits = [row for row in template.CRITERIA if kind(row) == "Time in Stage"]
	assert all(row["at_least"] < longest[row["stage"]] for row in waits)
	assert waits or template is not renewal


@pytest.mark.parametrize("prefix", ["", "condition_"])
def test_a_comparison_has_an_operand_where_its_operator_takes_one(template, prefix):
	compared = [row for row in template.CRITERIA if f"{prefix}operator" in row]
	for row in compared:
		operator = row[f"{prefix}operator"]
		assert operator in EVERY_OPERATOR
		assert bool(row.get(f"{prefix}value")) == (operator not in PRESENCE), row["title"]


def test_what_should_be_met_has_a_weight_and_a_scorecard_in_its_stage_that_counts_it(template):
	assert titles(template, lambda row: (effect(row) == "Score") != (row.get("weight", 0) > 0)) == []
	scored = {row["stage"] for row in template.CRITERIA if effect(row) == "Score"}
	assert [row["stage"] for row in template.CRITERIA if kind(row) == "Scorecard"] == sorted(scored) != []
