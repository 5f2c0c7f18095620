"""A definition survives the way through JSON, and what is malformed is refused before anybody uses it."""

import json
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_ext.domain.definition import from_dict, to_dict
from pipeline_ext.domain.exit_criteria import TYPES, AttachmentCriterion, FieldCriterion, type_of
from pipeline_ext.domain.pipeline import problems
from tests.domain.generated import criteria, pipelines
from tests.domain.samples import B2B


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pipelines())
def test_a_definition_survives_json(pipeline):
	survived = from_dict(json.loads(json.dumps(to_dict(pipeline))))
	assert survived == pipeline
	assert problems(survived) == problems(pipeline)


@given(criteria)
def test_every_kind_of_criterion_has_a_name(criterion):
	assert TYPES[type_of(criterion)] is type(criterion)


def test_what_is_left_out_takes_its_default():
	rows = [
		{
			"type": "field",
			"key": "a",
			"title": "A",
			"field": "f",
			"kind": "number",
			"operator": ">",
			"operand": 5,
		},
		{"type": "attachment", "key": "b", "title": "B"},
	]
	stages = [{"name": "New", "outcome": "Open", "criteria": rows}, {"name": "Won", "outcome": "Won"}]
	pipeline = from_dict({"name": "P", "doctype": "Lead", "stages": stages})
	field, attachment = pipeline.first.criteria
	assert (field.operand, field.blocks, field.aggregate, field.only_if) == (5.0, True, None, None)
	assert attachment == AttachmentCriterion("b", "B", ("*",), 1)
	assert pipeline.first.may_skip and pipeline.stage("Won").probability == 0.0


DATA = json.loads(json.dumps(to_dict(B2B)))


def changed(path, value):
	"""A definition with another value; the path leads through names and positions."""
	data = deepcopy(DATA)
	*way, last = path
	part = data
	for step in way:
		part = part[step]
	part[last] = value
	return data


AMOUNT = ("stages", 1, "criteria", 0)


@pytest.mark.parametrize(
	("path", "value", "error"),
	[
		(("name",), 5, TypeError),
		(("doctype",), None, TypeError),
		(("stages",), 5, TypeError),
		(("stages",), ["x"], TypeError),
		(("stages", 0, "name"), [], TypeError),
		(("stages", 0, "outcome"), "Maybe", ValueError),
		(("stages", 0, "probability"), "ten", TypeError),
		(("stages", 0, "longest_stay"), "long", TypeError),
		(("stages", 0, "may_skip"), "yes", TypeError),
		(("stages", 0, "entry_roles"), "Sales Manager", TypeError),
		(("stages", 0, "entry_roles"), [5], TypeError),
		(("stages", 0, "reached_by"), "Telegram", ValueError),
		(("stages", 0, "colour"), "blue", TypeError),
		(("stages", 0, "on_entry"), [{"kind": "Dance"}], ValueError),
		(("stages", 0, "on_entry"), [{"kind": "Task", "due_in": "soon"}], TypeError),
		(("stages", 0, "criteria"), 5, TypeError),
		((*AMOUNT, "type"), "magic", ValueError),
		((*AMOUNT, "type"), [], TypeError),
		((*AMOUNT, "key"), None, TypeError),
		((*AMOUNT, "kind"), "colour", ValueError),
		((*AMOUNT, "aggregate"), "Average", ValueError),
		((*AMOUNT, "operand"), "lots", ValueError),
		((*AMOUNT, "operand"), float("nan"), ValueError),
		((*AMOUNT, "operand"), "today", ValueError),
		((*AMOUNT, "operator"), [], TypeError),
		((*AMOUNT, "weight"), "heavy", TypeError),
		((*AMOUNT, "blocks"), "no", TypeError),
		((*AMOUNT, "only_if"), "always", TypeError),
		((*AMOUNT, "only_if"), {"field": [], "kind": "text", "operator": "is set"}, TypeError),
		(("stages", 2, "criteria", 0, "at_least"), "two", TypeError),
		(("stages", 2, "criteria", 0, "doctype"), {}, TypeError),
	],
)
def test_what_is_malformed_is_refused(path, value, error):
	with pytest.raises(error):
		from_dict(changed(path, value))


@pytest.mark.parametrize("path", [("name",), ("stages",), ("stages", 0, "outcome"), (*AMOUNT, "kind")])
def test_what_is_missing_is_refused(path):
	data = deepcopy(DATA)
	part = data
	for step in path[:-1]:
		part = part[step]
	del part[path[-1]]
	with pytest.raises((KeyError, TypeError)):
		from_dict(data)


values = st.recursive(
	st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
	lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
	max_leaves=5,
)
paths = st.sampled_from(
	[
		("stages",),
		*(("stages", 0, name) for name in DATA["stages"][0]),
		*((*AMOUNT, name) for name in DATA["stages"][1]["criteria"][0]),
		*(("stages", 2, "criteria", 0, name) for name in DATA["stages"][2]["criteria"][0]),
	]
)


@given(paths, values)
def test_any_json_is_read_or_refused_and_then_judged_without_stumbling(path, value):
	try:
		pipeline = from_dict(changed(path, value))
	except (KeyError, TypeError, ValueError):
		return
	problems(pipeline)


def test_a_list_is_typed_part_by_part():
	row = {"type": "field", "key": "k", "title": "t", "field": "f", "kind": "text", "operator": "in"}
	stages = [{"name": "New", "outcome": "Open", "criteria": [{**row, "operand": ["a", 5]}]}]
	(criterion,) = from_dict({"name": "P", "doctype": "Lead", "stages": stages}).criteria
	assert isinstance(criterion, FieldCriterion) and criterion.operand == ("a", "5")
