"""A pipeline's definition as JSON data, and back: what a version stores and `pipeline-ext audit` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pipeline_ext.domain.comparison import Aggregate, Comparison, Kind, OperandError, is_today, typed
from pipeline_ext.domain.exit_criteria import TYPES, Criterion, type_of
from pipeline_ext.domain.pipeline import ActionKind, EntryAction, Outcome, Pipeline, Stage, Trigger


def to_dict(pipeline: Pipeline) -> dict[str, Any]:
	"""The definition as plain JSON data; `from_dict` reads it back."""
	return {
		"name": pipeline.name,
		"doctype": pipeline.doctype,
		"stages": [_stage_to_dict(stage) for stage in pipeline.stages],
	}


def _stage_to_dict(stage: Stage) -> dict[str, Any]:
	criteria = [{"type": type_of(criterion), **_plain(asdict(criterion))} for criterion in stage.criteria]
	return {**_plain(asdict(stage)), "criteria": criteria}


def _plain(value: Any) -> Any:
	if isinstance(value, Mapping):
		return {key: _plain(part) for key, part in value.items()}
	if isinstance(value, tuple | list):
		return [_plain(part) for part in value]
	if isinstance(value, Enum):
		return value.value
	return value.isoformat() if isinstance(value, date) else value


def from_dict(data: Mapping[str, Any]) -> Pipeline:
	"""A definition from JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	stages = tuple(_stage_from_dict(stage) for stage in data["stages"])
	return _made(Pipeline, {"name": data["name"], "doctype": data["doctype"], "stages": stages})


def _stage_from_dict(data: Mapping[str, Any]) -> Stage:
	outcome, trigger = Outcome(data["outcome"]), data.get("reached_by")
	return _made(
		Stage,
		{
			**data,
			"name": data["name"],
			"outcome": outcome,
			"criteria": tuple(_criterion_from_dict(row) for row in data.get("criteria", ())),
			"reached_by": Trigger(trigger) if trigger else None,
			"on_entry": tuple(_action_from_dict(row) for row in data.get("on_entry", ())),
		},
	)


def _action_from_dict(data: Mapping[str, Any]) -> EntryAction:
	return _made(EntryAction, {**data, "kind": ActionKind(data["kind"])})


def _criterion_from_dict(data: Mapping[str, Any]) -> Criterion:
	kind = TYPES.get(data["type"])
	if kind is None:
		raise ValueError(f"unknown type of criterion: {data['type']!r}")
	values = {name: value for name, value in data.items() if name != "type"}
	if values.get("only_if"):
		values["only_if"] = _compared(Comparison, values["only_if"])
	if "kinds" in values:
		values["kinds"] = {name: Kind(values["kinds"][name]) for name in values["kinds"]}
	return _compared(kind, values) if issubclass(kind, Comparison) else _made(kind, values)


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
	"""A comparison as plain JSON data; `comparison_from_dict` reads it back."""
	return _plain(asdict(comparison))


def comparison_from_dict(data: Mapping[str, Any]) -> Comparison:
	"""A comparison from JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	return _compared(Comparison, data)


Compared = TypeVar("Compared", bound=Comparison)


def _compared(kind: type[Compared], values: Mapping[str, Any]) -> Compared:
	kind_of_field, aggregate = Kind(values["kind"]), values.get("aggregate")
	aggregate = Aggregate(aggregate) if aggregate else None
	comparison = _made(kind, {**values, "kind": kind_of_field, "aggregate": aggregate})
	return replace(comparison, operand=_operand(comparison))


def _operand(comparison: Comparison) -> Any:
	operand = comparison.operand
	if operand is None or is_today(comparison):
		return operand
	try:
		if isinstance(operand, tuple):
			return tuple(typed(part, comparison.kind) for part in operand)
		return typed(operand, comparison.kind)
	except OperandError as error:
		raise ValueError(f'"operand" is {error}: {operand!r}') from error


Made = TypeVar("Made")


def _made(kind: type[Made], values: Mapping[str, Any]) -> Made:
	"""A part of a definition; TypeError where a value is not what its field holds."""
	values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
	hints = _type_hints(kind)
	for name in values.keys() & hints.keys():
		if not _is_a(values[name], hints[name]):
			raise TypeError(f'"{name}" cannot be {values[name]!r}')
	return kind(**values)


@cache
def _type_hints(kind: type) -> Mapping[str, Any]:
	return get_type_hints(kind)


def _is_a(value: Any, hint: Any) -> bool:
	"""Whether a value is of an annotated type; whole numbers will do for others."""
	kind, parts = get_origin(hint) or hint, get_args(hint)
	if kind is Any:
		return True
	if kind in (Union, UnionType):
		return any(_is_a(value, part) for part in parts)
	if kind is tuple:
		return isinstance(value, tuple) and all(_is_a(part, parts[0]) for part in value)
	return isinstance(value, int | float if kind is float else kind)
