"""Which approval policy a quotation or an order falls under, read from cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from pipeline_ext.domain.approval_policy import Period
from pipeline_ext.domain.approvals import ApproverType, Policy, Rule
from pipeline_ext.domain.comparison import Comparison, Kind, OperandError, compare
from pipeline_ext.domain.quotes import Scope
from pipeline_ext.reports import conditions, fields
from pipeline_ext.subjects import MEASURE_OF_LABEL

DOCTYPE = "Quote Approval Policy"
CACHE_KEY = "pipeline_ext:quote_policies"

EVERY_LEVEL = "Ask each in order"
ALL, A_NUMBER = "All", "A number"

RECALCULATED = frozenset(
	("total", "net_total", "grand_total", "rounded_total", "total_qty", "items.amount", "items.net_amount")
)
"""What nobody types into a quotation, because ERPNext works it out anew at each save."""
DISGUISES = frozenset(
	(
		"conversion_rate",
		"plc_conversion_rate",
		"ignore_pricing_rule",
		"additional_discount_percentage",
		"discount_amount",
		"items.margin_type",
		"items.margin_rate_or_amount",
		"items.discount_percentage",
		"items.discount_amount",
		"items.distributed_discount_amount",
	)
)
"""What a price can be dressed up with: rules measure it, no condition believes it."""


class BrokenPolicy(frappe.ValidationError):
	"""A policy states a condition that cannot be judged."""


@dataclass(frozen=True)
class Head:
	"""A policy, and what it is for."""

	policy: Policy
	company: str | None
	priority: int
	period: Period
	also_orders: bool
	conditions: tuple[Comparison, ...]

	@property
	def rank(self) -> tuple[int, bool, int]:
		"""Of several that fit, the one that ranks highest counts; of equals, the oldest."""
		return (self.priority, self.company is not None, len(self.conditions))

	def is_open_to(self, doc: Document, day: date) -> bool:
		"""Whether it may fit, as far as can be said without its conditions."""
		first, last = self.period
		return (
			self.company in (None, doc.get("company"))
			and (first is None or first <= day)
			and (last is None or day <= last)
			and (self.also_orders or doc.doctype != "Sales Order")
		)


def policy_for(doc: Document) -> Policy | None:
	"""The policy that counts for a quotation or an order today, whatever date it bears.

	An order falls only under policies that are for orders too. Raises BrokenPolicy.
	"""
	today = getdate()
	candidates = [head for head in heads() if head.is_open_to(doc, today)]
	values = fields.values_of(doc, {each.field for head in candidates for each in head.conditions})
	fitting = [head for head in candidates if _fits(head, values, today)]
	best = max(fitting, key=lambda head: head.rank, default=None)
	return best.policy if best else None


def _fits(head: Head, values: Mapping[str, Any], today: date) -> bool:
	return not unmet(head, values, today)


def unmet(head: Head, values: Mapping[str, Any], today: date) -> list[Comparison]:
	"""The conditions of a policy that do not hold. Raises BrokenPolicy for one that cannot be judged."""
	missed = []
	for condition in head.conditions:
		answer = compare(condition, values, today)
		if answer.reason in ("unknown_field", "unknown_operator", "wrong_type"):
			frappe.throw(
				_("Policy {0} looks at {1}, which cannot be judged. Ask a Pipeline Administrator.").format(
					frappe.bold(head.policy.name), frappe.bold(condition.field)
				),
				BrokenPolicy,
				title=_("Policy Cannot Be Judged"),
			)
		if not answer.holds:
			missed.append(condition)
	return missed


def heads() -> tuple[Head, ...]:
	"""Every enabled policy, in the order in which they were made."""
	return frappe.cache.get_value(CACHE_KEY, _read_heads)


def are_for(company: str | None) -> bool:
	"""Whether any enabled policy is for a company."""
	return any(head.company in (None, company) for head in heads())


def _read_heads() -> tuple[Head, ...]:
	rows = frappe.get_all(DOCTYPE, {"enabled": 1}, ["*"], order_by="creation, name")
	names = [row.name for row in rows]
	rules = _rules_of(names)
	asked = conditions.stated_by(DOCTYPE, names)
	return tuple(head_of(row, rules.get(row.name, ()), asked.get(row.name, ())) for row in rows)


def _rules_of(names: Iterable[str]) -> dict[str, list[frappe._dict]]:
	rules: dict[str, list[frappe._dict]] = {}
	for row in frappe.get_all(
		"Quote Approval Rule", {"parenttype": DOCTYPE, "parent": ("in", names)}, ["*"], order_by="idx"
	):
		rules.setdefault(row.parent, []).append(row)
	return rules


def head_of(row: Any, rules: Iterable[Any], asked: Iterable[Any]) -> Head:
	"""A policy from its fields and rows, of a form or of the database."""
	return Head(
		policy=Policy(row.name, tuple(as_rule(rule) for rule in rules), row.every_level == EVERY_LEVEL),
		company=row.company or None,
		priority=cint(row.priority),
		period=(_day(row.valid_from), _day(row.valid_upto)),
		also_orders=bool(cint(row.also_orders)),
		conditions=tuple(_condition(each) for each in asked),
	)


def _condition(row: Any) -> Comparison:
	"""The condition that a row states; one on a field that there is not, where it cannot be read."""
	try:
		return conditions.condition_of("Quotation", row)
	except OperandError:
		return Comparison(f"{row.field} {row.operator} {row.value}", Kind.TEXT, "is set")


def _day(value: Any) -> date | None:
	return getdate(value) if value else None


def as_rule(row: Any) -> Rule:
	"""A row of a policy as the domain's rule."""
	return Rule(
		key=row.name or f"new-{row.idx}",
		title=row.title or "",
		measure=MEASURE_OF_LABEL.get(row.measure, row.measure),
		threshold=_decimal(row.threshold),
		approver=ApproverType(row.approver_type),
		above=row.comparison != "Below",
		scope=Scope(row.scope or Scope.TOTAL),
		user=row.user or None,
		role=row.role or None,
		steps_up=cint(row.steps_up),
		needed={ALL: None, A_NUMBER: cint(row.number_needed)}.get(row.needed, 1),
		group=(row.approval_group or "").strip(),
		level=cint(row.level),
		deadline_hours=_hours(row.deadline_hours),
		reminder_hours=_hours(row.reminder_hours),
	)


def _hours(value: Any) -> Decimal | None:
	return _decimal(value) or None


def _decimal(value: Any) -> Decimal:
	return Decimal(str(flt(value)))


def clear_cache() -> None:
	"""Forget the policies; called when one changes."""
	frappe.cache.delete_value(CACHE_KEY)


# What a condition may look at


def condition_fields() -> list[dict[str, str]]:
	"""What a condition may name, as options for a form: value, label, description (the kind)."""
	return [option for option in fields.comparable("Quotation") if is_believable(option["value"])]


def is_believable(path: str) -> bool:
	"""Whether what stands there is what the quotation says, read anew on the server, and no copy or figure.

	A copy of what another document says, and a figure that hides a discount, are whatever a client sends.
	"""
	head, _dot, tail = path.partition(".")
	if path in fields.DERIVED["Quotation"] or path in RECALCULATED or head in fields.RELATIONS["Quotation"]:
		return True
	if path in DISGUISES or head.startswith("pe_"):
		return False
	if tail and fields.is_column("Quotation", path):
		table = frappe.get_meta("Quotation").get_field(head)
		return _is_typed_in(table) and _is_typed_in(frappe.get_meta(table.options).get_field(tail))
	return _is_typed_in(frappe.get_meta("Quotation").get_field(head))


def _is_typed_in(field: Any) -> bool:
	return bool(field) and not (field.read_only or field.hidden or field.is_virtual)
