"""The pipeline and the approval policy, read from JSON and refused where they cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pipeline_ext.domain.approval_policy import policy_from_dict, policy_problems
from pipeline_ext.domain.approvals import Policy
from pipeline_ext.domain.definition import from_dict
from pipeline_ext.domain.pipeline import Pipeline, Problem, problems
from pipeline_ext.standalone.faults import pipeline_fault, policy_fault
from pipeline_ext.standalone.tables import Unusable, read_bytes

Rules = TypeVar("Rules")
DOCTYPE = "Opportunity"


@dataclass(frozen=True)
class CompanyPolicy:
	"""A policy, and the company whose quotes it is for; None for every company."""

	policy: Policy
	company: str | None


def read_pipeline(path: Path) -> Pipeline:
	"""The definition that a Pipeline Version holds. Raises Unusable."""
	pipeline, found = _understood(path, "a pipeline", _pipeline_and_problems)
	if found:
		raise Unusable(_list_of_faults(path, "pipeline", map(pipeline_fault, found)))
	if pipeline.doctype != DOCTYPE:
		raise Unusable(f"{path.name} is a pipeline for {pipeline.doctype}; the audit reads opportunities.")
	return pipeline


def read_policy(path: Path) -> CompanyPolicy:
	"""An approval policy. Raises Unusable."""
	policy, found = _understood(path, "an approval policy", _policy_and_problems)
	if found:
		raise Unusable(_list_of_faults(path, "policy", map(policy_fault, found)))
	return policy


def _pipeline_and_problems(data: Mapping[str, Any]) -> tuple[Pipeline, tuple[Problem, ...]]:
	pipeline = from_dict(data)
	return pipeline, problems(pipeline)


def _policy_and_problems(data: Mapping[str, Any]) -> tuple[CompanyPolicy, tuple[Problem, ...]]:
	policy = policy_from_dict(data)
	company = data.get("company") or None
	if not isinstance(company, str | None):
		raise TypeError(f'"company" must be a text, not {company!r}')
	return CompanyPolicy(policy, company), policy_problems(policy)


def _understood(path: Path, kind: str, understand: Callable[[Any], Rules]) -> Rules:
	try:
		data = json.loads(read_bytes(path).decode("utf-8-sig"))
		if not isinstance(data, dict):
			raise TypeError("it is not an object with names and values")
		return understand(data)
	except KeyError as error:
		raise Unusable(f'{path.name} is not {kind}: "{error.args[0]}" is missing.') from error
	except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
		raise Unusable(f"{path.name} is not JSON: {error}.") from error
	except (TypeError, ValueError, AttributeError) as error:
		raise Unusable(f"{path.name} is not {kind}: {error}.") from error


def _list_of_faults(path: Path, kind: str, faults: Iterable[str]) -> str:
	return f"{path.name} is a {kind} that cannot work:" + "".join(f"\n  {fault}" for fault in faults)
