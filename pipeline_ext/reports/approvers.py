"""Who may be asked about a quote, who stands in for whom, and whose quote it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import cached_property

import frappe
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.user import get_users_with_role

from pipeline_ext.domain.approvals import ApproverType, Rule, choose
from pipeline_ext.reports.fields import values_of
from pipeline_ext.reports.staff import Staff

DEAL_DESK = "Deal Desk"
DELEGATION = "Approval Delegation"


class Approvers:
	"""Whom rules name for one quote, when `asker` wants it approved."""

	def __init__(self, doc: Document, asker: str) -> None:
		self.doc = doc
		self.asker = asker
		self.own = own_people(doc, asker, doc.modified_by)

	def asked(self, rule: Rule) -> tuple[tuple[str, ...], int] | None:
		"""(who is asked, how many must agree): never the quote's own people; None where too few are left."""
		return choose(rule, self.named_by(rule), self.own, self.above(rule))

	def named_by(self, rule: Rule) -> list[str]:
		"""The enabled users that a rule names, whoever's quote it is."""
		if rule.approver is ApproverType.ONESELF:
			return [self.asker]
		if rule.approver is ApproverType.USER:
			return frappe.get_all("User", {"name": rule.user, "enabled": 1}, pluck="name")
		if rule.approver is ApproverType.ROLE:
			return sorted(get_users_with_role(rule.role))
		if rule.approver is ApproverType.MANAGER:
			return self._managers[rule.steps_up - 1 : rule.steps_up]
		return self._territory_managers[:1]

	def above(self, rule: Rule) -> Iterator[list[str]]:
		"""Who is asked besides where a rule names too few: one authority after the other, Deal Desk last."""
		if rule.approver is ApproverType.TERRITORY_MANAGER:
			yield from ([user] for user in self._territory_managers[1:])
		passed = rule.steps_up if rule.approver is ApproverType.MANAGER else 0
		yield from ([user] for user in self._managers[passed:])
		yield deal_desk()

	@cached_property
	def _managers(self) -> list[str]:
		today = getdate()
		return managers_of(self.doc.owner, Staff(today, today))

	@cached_property
	def _territory_managers(self) -> list[str]:
		"""The managers of the customer's territory and of those around it, the innermost first."""
		inner, outer = (
			frappe.qb.DocType("Territory").as_("inner"),
			frappe.qb.DocType("Territory").as_("outer"),
		)
		person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
		user = frappe.qb.DocType("User")
		return (
			frappe.qb.from_(inner)
			.join(outer)
			.on((outer.lft <= inner.lft) & (outer.rgt >= inner.rgt))
			.join(person)
			.on(person.name == outer.territory_manager)
			.join(employee)
			.on((employee.name == person.employee) & (employee.status == "Active"))
			.join(user)
			.on((user.name == employee.user_id) & (user.enabled == 1))
			.select(user.name)
			.where(inner.name == (territory_of(self.doc) or ""))
			.orderby(outer.lft, order=frappe.qb.desc)
			.run(pluck=True)
		)


def territory_of(doc: Document) -> str | None:
	"""The territory on record for whom a quote is for, whatever the quote itself says."""
	return values_of(doc, ["territory"])["territory"]


def managers_of(user: str, staff: Staff) -> list[str]:
	"""Who leads a user, who leads that one, and so on."""
	chain = [user]
	while (manager := staff.manager_of(chain[-1])) and manager not in chain:
		chain.append(manager)
	return chain[1:]


def deal_desk() -> list[str]:
	"""The enabled users whom a quote comes to last."""
	return sorted(get_users_with_role(DEAL_DESK))


def own_people_of(approval: Document, quote: Document) -> set[str]:
	"""Whose quote it was when an approval was asked for."""
	return own_people(quote, approval.requested_by, approval.changed_by)


def own_people(doc: Document, asker: str, changed_by: str) -> set[str]:
	"""Whose quote it is, so that they approve none of it: who wrote it, who last changed it, and who asks.

	An order is also that of whoever wrote the quotations it comes from.
	"""
	people = {doc.owner, asker, changed_by}
	if sources := quotations_of(doc):
		people.update(frappe.get_all("Quotation", {"name": ("in", sources)}, pluck="owner"))
	return people


def quotations_of(doc: Document) -> list[str]:
	"""The quotations that an order comes from; none for a quotation."""
	return sorted({row.get("prevdoc_docname") for row in doc.items} - {None, ""}) if is_order(doc) else []


def is_order(doc: Document) -> bool:
	return doc.doctype == "Sales Order"


def stands_in_for(user: str, on: date) -> set[str]:
	"""Those who have delegated their approvals to a user on a day; who cannot log in delegates nothing."""
	delegation, away = frappe.qb.DocType(DELEGATION), frappe.qb.DocType("User")
	return set(
		frappe.qb.from_(delegation)
		.join(away)
		.on((away.name == delegation.user) & (away.enabled == 1))
		.select(delegation.user)
		.where((delegation.delegate == user) & (delegation.from_date <= on) & (delegation.to_date >= on))
		.run(pluck=True)
	)


def delegates_of(users: Collection[str], on: date) -> set[str]:
	"""Those who stand in for any of these users on a day."""
	if not users:
		return set()
	current = {"user": ("in", sorted(users)), "from_date": ("<=", on), "to_date": (">=", on)}
	delegates = frappe.get_all(DELEGATION, current, pluck="delegate")
	return set(frappe.get_all("User", {"name": ("in", [*delegates, ""]), "enabled": 1}, pluck="name"))
