"""Who must agree to what a quotation gives away."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.user import get_users_with_role

from pipeline_ext.domain.approval_policy import gaps, overlap, policy_doubts, policy_problems
from pipeline_ext.domain.approvals import ApproverType, Policy, Rule
from pipeline_ext.domain.comparison import OperandError, comparison_problem
from pipeline_ext.domain.pipeline import Problem
from pipeline_ext.messages import listed, policy_problem_text
from pipeline_ext.reports import policies
from pipeline_ext.reports.conditions import condition_of
from pipeline_ext.reports.fields import kind_of

DEAL_DESK = "Deal Desk"


class QuoteApprovalPolicy(Document):
	def validate(self) -> None:
		for row in self.rules:
			row.clear_what_does_not_apply()
		self.refuse_problems()
		self.tell_doubts()

	def on_update(self) -> None:
		policies.clear_cache()
		frappe.db.after_commit.add(policies.clear_cache)
		frappe.db.after_rollback.add(policies.clear_cache)

	def after_delete(self) -> None:
		self.on_update()

	def after_rename(self, _old: str, _new: str, _merge: bool = False) -> None:
		self.on_update()

	def refuse_problems(self) -> None:
		found = dict.fromkeys(policy_problem_text(problem) for problem in self.problems())
		if found:
			frappe.throw(listed(found), title=_("This Policy Cannot Work"))

	def problems(self) -> list[Problem]:
		"""What keeps the policy from working: first what cannot be read, then what does not fit together."""
		unreadable = [*self._unknown_choices(), *self._condition_problems()]
		if unreadable:
			return unreadable
		return [
			*policy_problems(self.as_policy()),
			*self._nobody_to_ask(),
			*self._backward_dates(),
			*self._rivals(),
		]

	def tell_doubts(self) -> None:
		"""Say what works and may still not be meant."""
		found = [*policy_doubts(self.as_policy()), *self._no_last_resort(), *self._days_without()]
		if found:
			frappe.msgprint(
				listed(policy_problem_text(problem) for problem in found),
				title=_("Is This Meant?"),
				indicator="orange",
			)

	def as_policy(self) -> Policy:
		"""The policy as domain data."""
		return self.as_head().policy

	def as_head(self) -> policies.Head:
		"""The policy and what it is for."""
		return policies.head_of(self, self.rules, self.conditions)

	# What cannot be read

	def _unknown_choices(self) -> Iterator[Problem]:
		return (problem for row in self.rules for problem in row.unknown_choices())

	def _condition_problems(self) -> Iterator[Problem]:
		for row in self.conditions:
			if code := self._condition_code(row):
				yield Problem(code, {"field": row.field, "operator": row.operator, "value": row.value})

	def _condition_code(self, row: Document) -> str | None:
		path = row.field or ""
		try:
			condition = condition_of("Quotation", row)
		except OperandError:
			return "condition_unreadable"
		if kind_of("Quotation", path, condition.aggregate) is None:
			return "condition_unknown"
		if not policies.is_believable(path):
			return "condition_not_believed"
		if self.also_orders and kind_of("Sales Order", path, condition.aggregate) is not condition.kind:
			return "condition_not_on_orders"
		return f"condition_{code}" if (code := comparison_problem(condition)) else None

	# What does not fit together

	def _nobody_to_ask(self) -> Iterator[Problem]:
		for rule in self.as_policy().rules:
			if rule.approver is ApproverType.ROLE and rule.role:
				yield from self._role_problems(rule)
			if rule.approver is ApproverType.USER and rule.user and not _can_work(rule.user):
				yield Problem("unknown_approver", {"rule": rule.title, "user": rule.user})

	def _role_problems(self, rule: Rule) -> Iterator[Problem]:
		about = {"rule": rule.title, "role": _(rule.role)}
		if not frappe.db.exists("Role", {"name": rule.role, "disabled": 0}):
			yield Problem("unknown_role", about)
			return
		people = len(get_users_with_role(rule.role))
		if not people:
			yield Problem("role_of_nobody", about)
		elif people < (rule.needed or 1):
			yield Problem("too_few_people", {**about, "needed": rule.needed, "people": people})

	def _backward_dates(self) -> Iterator[Problem]:
		if self.valid_from and self.valid_upto and getdate(self.valid_upto) < getdate(self.valid_from):
			yield Problem("backward_dates", {})

	def _rivals(self) -> Iterator[Problem]:
		"""Of two policies that fit the same quotations equally well, nobody could say which counts."""
		if not self.enabled:
			return
		own = self.as_head()
		for other in self._others():
			same = (other.company, other.priority, frozenset(other.conditions))
			if same == (own.company, own.priority, frozenset(own.conditions)) and overlap(
				own.period, other.period
			):
				yield Problem("rival", {"other": other.policy.name})

	def _others(self) -> list[policies.Head]:
		"""The other enabled policies."""
		return [head for head in policies.heads() if head.policy.name != self.name]

	# What may not be meant

	def _no_last_resort(self) -> Iterator[Problem]:
		if not get_users_with_role(DEAL_DESK):
			yield Problem("no_last_resort", {"role": _(DEAL_DESK)})

	def _days_without(self) -> Iterator[Problem]:
		"""Days on which no policy without conditions is there for the company."""
		if not self.enabled:
			return
		heads = [self.as_head(), *self._others()]
		for_all = [
			head for head in heads if not head.conditions and head.company in (None, self.company or None)
		]
		if not for_all:
			yield Problem("conditions_only", {})
		for first, last in gaps(head.period for head in for_all):
			yield Problem("days_between" if last else "days_without", {"first": first, "last": last})


def _can_work(user: str) -> bool:
	return bool(frappe.db.exists("User", {"name": user, "enabled": 1, "user_type": "System User"}))
