"""What keeps an approval policy from working, and a policy as JSON data and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import combinations
from typing import Any

from pipeline_ext.domain.approvals import ApproverType, Policy, Rule
from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.domain.quotes import MEASURES, MeasureKind, Scope, Unit

MAY_BE_A_LOSS = frozenset({"margin_percent", "margin_amount"})
"""Measures whose threshold may be below 0."""
MAY_BE_NEGATIVE = MAY_BE_A_LOSS | {"discount_percent", "discount_amount"}
"""Measures that may themselves be below 0: a negative discount is a surcharge."""
LONGEST_HOURS = Decimal(2000)
"""A year of working hours."""

# What keeps a policy from working


def policy_problems(policy: Policy) -> tuple[Problem, ...]:
	"""Everything that keeps the policy from working, whatever the site; empty when it may be used."""
	return (
		*([] if policy.rules else [Problem("no_rules", {})]),
		*(problem for rule in policy.rules for problem in _rule_problems(rule)),
		*(problem for pair in combinations(policy.rules, 2) for problem in _pair_problems(policy, *pair)),
	)


def _rule_problems(rule: Rule) -> Iterator[Problem]:
	codes = (*_measure_codes(rule), *_approver_codes(rule), *_time_codes(rule))
	return (
		Problem(code, {"rule": rule.title, "threshold": f"{rule.threshold.normalize():f}"}) for code in codes
	)


def _measure_codes(rule: Rule) -> Iterator[str]:
	if not rule.title.strip():
		yield "title_missing"
	kind = MEASURES.get(rule.measure)
	if kind is None:
		yield "unknown_measure"
		return
	if rule.scope is Scope.LINE and not kind.per_line:
		yield "no_lines"
	if code := _threshold_code(rule, kind):
		yield code


def _threshold_code(rule: Rule, kind: MeasureKind) -> str | None:
	if not rule.threshold.is_finite():
		return "threshold_unreadable"
	if kind.unit is Unit.FLAG:
		return None if rule.above and rule.threshold == 0 else "flag_threshold"
	if rule.threshold < 0 and rule.measure not in MAY_BE_A_LOSS:
		return "threshold_negative"
	if kind.unit is Unit.PERCENT and rule.threshold >= 100:
		return "percent_range"
	if not rule.above and rule.threshold == 0 and rule.measure not in MAY_BE_NEGATIVE:
		return "never_below"
	return None


def _approver_codes(rule: Rule) -> Iterator[str]:
	named = {ApproverType.USER: rule.user, ApproverType.ROLE: rule.role}
	if not named.pop(rule.approver, "nobody to name"):
		yield f"{rule.approver.name.lower()}_missing"
	if any(named.values()):
		yield "approver_surplus"
	if rule.approver is ApproverType.MANAGER and rule.steps_up < 1:
		yield "steps_up"
	if rule.needed is not None and rule.needed < 1:
		yield "needed_range"
	if rule.approver in (ApproverType.ONESELF, ApproverType.USER) and (rule.needed or 1) > 1:
		yield "one_person"
	if rule.level < 1:
		yield "level_range"


def _time_codes(rule: Rule) -> Iterator[str]:
	deadline, reminder = rule.deadline_hours, rule.reminder_hours
	if rule.approver is ApproverType.ONESELF and (deadline is not None or reminder is not None):
		yield "oneself_waits"
	elif deadline is not None and not _is_between(deadline, LONGEST_HOURS):
		yield "deadline_range"
	elif reminder is not None and deadline is None:
		yield "reminder_without_deadline"
	elif reminder is not None and not (_is_between(reminder, deadline) and reminder < deadline):
		yield "reminder_range"


def _is_between(hours: Decimal, most: Decimal) -> bool:
	return hours.is_finite() and 0 < hours <= most


def _pair_problems(policy: Policy, one: Rule, other: Rule) -> Iterator[Problem]:
	about = {"rule": one.title, "other": other.title, "group": one.group}
	if one.key == other.key:
		yield Problem("key_twice", about)
	if one.group and one.group == other.group:
		lower, higher = sorted((one, other), key=lambda rule: rule.level)
		about = {"rule": higher.title, "other": lower.title, "group": one.group}
		if code := _levels_code(policy, lower, higher):
			yield Problem(code, about)
	elif _asks_same(one, other):
		yield Problem("rule_twice", about)


def _levels_code(policy: Policy, lower: Rule, higher: Rule) -> str | None:
	"""What is wrong between two rules of a group, of which the higher may be at the same level."""
	if higher.approver is ApproverType.ONESELF and lower.approver is not ApproverType.ONESELF:
		return "oneself_above_others" if higher.level > lower.level else None
	if not _measures_same(lower, higher):
		return None
	if lower.level == higher.level:
		return "level_twice"
	if not (lower.threshold.is_finite() and higher.threshold.is_finite()):
		return None
	in_turn = policy.every_level and lower.threshold == higher.threshold
	return None if in_turn or higher.is_worse(higher.threshold, lower.threshold) else "levels_against"


def _measures_same(one: Rule, other: Rule) -> bool:
	return _looks_at(one) == _looks_at(other)


def _looks_at(rule: Rule) -> tuple[str, Scope, bool]:
	return (rule.measure, rule.scope, rule.above)


def _asks_same(one: Rule, other: Rule) -> bool:
	"""Whether two rules ask the same people about the same thing at the same moment."""

	def asks(rule: Rule) -> tuple[Any, ...]:
		who = (rule.approver, rule.user, rule.role, rule.steps_up)
		return (*_looks_at(rule), str(rule.threshold.normalize()), *who)

	return asks(one) == asks(other)


def policy_doubts(policy: Policy) -> tuple[Problem, ...]:
	"""What works and may still not be meant: measures for which nobody but the asker is ever asked."""
	by_measure: dict[tuple[str, Scope, bool], list[Rule]] = {}
	for rule in policy.rules:
		by_measure.setdefault(_looks_at(rule), []).append(rule)
	return tuple(
		Problem("asker_alone", {"rule": max(rules, key=lambda rule: rule.level).title})
		for rules in by_measure.values()
		if all(rule.approver is ApproverType.ONESELF for rule in rules)
	)


Period = tuple[date | None, date | None]
"""The first and the last day, both included; None where it is open."""


def overlap(one: Period, other: Period) -> bool:
	"""Whether two periods have a day in common."""
	return all(
		first is None or last is None or first <= last
		for first, last in ((one[0], other[1]), (other[0], one[1]))
	)


def gaps(periods: Iterable[Period]) -> tuple[Period, ...]:
	"""The days after the first period has begun that none includes, oldest first."""
	ordered = sorted(periods, key=lambda period: period[0] or date.min)
	found: list[Period] = []
	if not ordered:
		return ()
	covered = ordered[0][1]
	for first, last in ordered[1:]:
		if covered is None:
			return tuple(found)
		if first is not None and first > covered + timedelta(days=1):
			found.append((covered + timedelta(days=1), first - timedelta(days=1)))
		covered = None if last is None else max(covered, last)
	return (*found, *(() if covered is None else [(covered + timedelta(days=1), None)]))


# JSON data and back


def policy_to_dict(policy: Policy) -> dict[str, Any]:
	"""The policy as plain JSON data; `policy_from_dict` reads it back."""
	return {
		"name": policy.name,
		"every_level": policy.every_level,
		"rules": [_rule_to_dict(rule) for rule in policy.rules],
	}


def _rule_to_dict(rule: Rule) -> dict[str, Any]:
	return {field.name: _plain(getattr(rule, field.name)) for field in fields(Rule)}


def _plain(value: Any) -> Any:
	if isinstance(value, Enum):
		return value.value
	return str(value) if isinstance(value, Decimal) else value


def policy_from_dict(data: Any) -> Policy:
	"""A policy from JSON data; what else stands beside its fields is not looked at.

	Raises ValueError, in words, where it is malformed.
	"""
	if not isinstance(data, Mapping):
		raise ValueError("a policy is an object with a name and rules")
	rules = data.get("rules")
	if not isinstance(rules, list):
		raise ValueError('"rules" must be a list of rules')
	return Policy(
		name=_text(data.get("name"), "name"),
		rules=tuple(_rule_from_dict(rule, position) for position, rule in enumerate(rules, 1)),
		every_level=_flag(data.get("every_level", False), "every_level"),
	)


def _rule_from_dict(data: Any, position: int) -> Rule:
	if not isinstance(data, Mapping):
		raise ValueError(f"rule {position} is not an object")
	missing = [field.name for field in fields(Rule) if field.default is MISSING and field.name not in data]
	if missing:
		raise ValueError(f'rule {position} has no "{missing[0]}"')
	unknown = sorted(str(name) for name in data.keys() - _READERS.keys())
	if unknown:
		raise ValueError(f'rule {position} has a "{unknown[0]}", which no rule has')
	return Rule(**{name: _READERS[name](value, f"{name} of rule {position}") for name, value in data.items()})


def _text(value: Any, name: str) -> str:
	if not isinstance(value, str):
		raise ValueError(f'"{name}" must be a text, not {value!r}')
	return value


def _flag(value: Any, name: str) -> bool:
	if not isinstance(value, bool):
		raise ValueError(f'"{name}" must be true or false, not {value!r}')
	return value


def _whole(value: Any, name: str) -> int:
	if not isinstance(value, int) or isinstance(value, bool):
		raise ValueError(f'"{name}" must be a whole number, not {value!r}')
	return value


def _number(value: Any, name: str) -> Decimal:
	try:
		number = Decimal(str(value))
	except InvalidOperation:
		number = Decimal("NaN")
	if isinstance(value, bool) or not number.is_finite():
		raise ValueError(f'"{name}" must be a number, not {value!r}')
	return number


def _one_of(choices: type[Enum]) -> Callable[[Any, str], Enum]:
	def read(value: Any, name: str) -> Enum:
		for choice in choices:
			if value == choice.value:
				return choice
		listed = ", ".join(choice.value for choice in choices)
		raise ValueError(f'"{name}" must be one of {listed}, not {value!r}')

	return read


def _or_none(read: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
	return lambda value, name: None if value is None else read(value, name)


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
	"key": _text,
	"title": _text,
	"measure": _text,
	"threshold": _number,
	"approver": _one_of(ApproverType),
	"above": _flag,
	"scope": _one_of(Scope),
	"user": _or_none(_text),
	"role": _or_none(_text),
	"steps_up": _whole,
	"needed": _or_none(_whole),
	"group": _text,
	"level": _whole,
	"deadline_hours": _or_none(_number),
	"reminder_hours": _or_none(_number),
}
