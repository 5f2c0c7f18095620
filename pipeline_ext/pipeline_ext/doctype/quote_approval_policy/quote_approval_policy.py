"""Who must approve a quotation, by how much it gives away."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from pipeline_ext.domain.approvals import Policy, policy_problems
from pipeline_ext.messages import listed, policy_problem_text
from pipeline_ext.reports import quotations


class QuoteApprovalPolicy(Document):
	def validate(self) -> None:
		self.keep_one_approver_per_rule()
		self.refuse_second_for_same_company()
		self.refuse_broken_rules()

	def on_update(self) -> None:
		quotations.clear_cache()
		frappe.db.after_commit.add(quotations.clear_cache)

	def after_delete(self) -> None:
		self.on_update()

	def keep_one_approver_per_rule(self) -> None:
		"""The form hides the other field but keeps what was in it."""
		for rule in self.rules:
			rule.set("user" if rule.approver_type == "Role" else "role", None)

	def refuse_second_for_same_company(self) -> None:
		if not self.enabled:
			return
		others = frappe.get_all(
			"Quote Approval Policy", {"enabled": 1, "name": ("!=", self.name)}, ["name", "company"]
		)
		for other in others:
			if (other.company or None) == (self.company or None):
				frappe.throw(
					_("{0} is enabled for the same company already. Disable it first.").format(other.name),
					title=_("Two Policies for the Same Company"),
				)

	def refuse_broken_rules(self) -> None:
		found = [policy_problem_text(code, title) for code, title in policy_problems(self.as_policy())]
		if found:
			frappe.throw(listed(found), title=_("This Policy Cannot Work"))

	def as_policy(self) -> Policy:
		"""The policy as domain data."""
		return Policy(self.name, tuple(quotations.as_rule(row) for row in self.rules))
