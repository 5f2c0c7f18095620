"""People, policies and quotes for tests of approval: a rep quotes ten widgets with a list price of 100."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.document import Document

from pipeline_ext import api
from tests.site import factories
from tests.site.factories import acting

REP = "rep@approval-test.example"
LEAD = "lead@approval-test.example"
BOSS = "boss@approval-test.example"
FINANCE = "finance@approval-test.example"
DESK = "desk@approval-test.example"
OTHER = "other@approval-test.example"

ROLES = {
	REP: ("Sales User",),
	OTHER: ("Sales User",),
	LEAD: ("Sales User", "Sales Manager"),
	BOSS: ("Sales Master Manager",),
	FINANCE: ("Accounts Manager",),
	DESK: ("Deal Desk",),
}


def people() -> None:
	"""Those above, and nobody else at the deal desk."""
	for email, roles in ROLES.items():
		factories.user(email, *roles)
	only("Deal Desk", DESK)


def only(role: str, *users: str) -> str:
	"""Have nobody else hold a role, whatever the site came with; returns the role."""
	held = {"role": role, "parenttype": "User"}
	holders = set(frappe.get_all("Has Role", held, pluck="parent"))
	for user in holders - set(users):
		frappe.db.delete("Has Role", {**held, "parent": user})
		frappe.clear_cache(user=user)
	for user in set(users) - holders:
		frappe.get_doc("User", user).add_roles(role)
	return role


# Policies


def rule(title: str = "More than 10 % off", **fields: Any) -> dict[str, Any]:
	"""A rule; without more said, one Sales Manager agrees to a discount above 10 %."""
	named = {} if "approver_type" in fields else {"approver_type": "Role", "role": "Sales Manager"}
	return {"title": title, "measure": "Discount Percentage", "threshold": 10, **named, **fields}


def policy(*rules: dict[str, Any], **fields: Any) -> Document:
	"""The one policy that counts for the company."""
	return frappe.get_doc(
		{
			"doctype": "Quote Approval Policy",
			"policy_name": "Pipeline Test Policy",
			"company": factories.COMPANY,
			"priority": 1000,
			"rules": list(rules) or [rule()],
			**fields,
		}
	).insert()


# Quotes


def deal() -> Document:
	return factories.opportunity(factories.customer(), lines={factories.WIDGET: 10})


def quote(of: Document | None = None, rate: float = 80.0, by: str = REP, **fields: Any) -> Document:
	of = of or deal()
	with acting(by):
		return factories.quotation(of, rates={factories.WIDGET: rate}, submit=False, **fields)


def change(doc: Document, rate: float, **fields: Any) -> Document:
	changed = frappe.get_doc("Quotation", doc.name)
	changed.items[0].rate = rate
	changed.update(fields)
	return changed.save()


def status(doc: Document) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "pe_approval_status")


# Requests


def request(doc: Document, by: str = REP, comment: str | None = "They have a cheaper offer") -> str:
	with acting(by):
		return api.request_approval(doc.name, comment)


def decide(approval: str, by: str, decision: str = "approve", *said: Any, **more: Any) -> str:
	with acting(by):
		return api.decide(approval, decision, *said, **more)


def approve(doc: Document) -> str:
	"""The rep asks and the team lead agrees; returns the name of the request."""
	name = request(doc)
	decide(name, LEAD)
	return name


def submit(doc: Document) -> Document:
	with acting(REP):
		return fresh(doc).submit()


def approved(of: Document, rate: float = 80.0, **fields: Any) -> Document:
	"""A submitted quotation that the team lead has approved."""
	draft = quote(of, rate, **fields)
	approve(draft)
	return submit(draft)


def fresh(doc: Document) -> Document:
	return frappe.get_doc(doc.doctype, doc.name)


def stored(doc: Document, *fields: str) -> Any:
	"""What the database holds, past any document in memory."""
	return frappe.db.get_value(doc.doctype, doc.name, list(fields) if len(fields) > 1 else fields[0])


def approval(name: str) -> Document:
	return frappe.get_doc("Quote Approval", name)


def steps(name: str) -> dict[str, str]:
	"""The status of each step, by its title."""
	return {row.title: row.status for row in approval(name).steps}


def asked(name: str) -> dict[str, list[str]]:
	"""Who is asked in each step, by its title."""
	return {row.title: (row.asked or "").split() for row in approval(name).steps}


def log(name: str) -> list[tuple[str, str]]:
	"""(what, who) of each entry of the log, in their order."""
	return [(row.decision, row.user) for row in approval(name).decisions]


def todos(name: str, state: str = "Open") -> list[str]:
	about = {"reference_type": "Quote Approval", "reference_name": name, "status": state}
	return sorted(frappe.get_all("ToDo", about, pluck="allocated_to"))


def told(user: str) -> list[str]:
	"""What the desk's notifications say to a user, in their order."""
	about = {"for_user": user, "document_type": "Quote Approval"}
	return frappe.get_all("Notification Log", about, pluck="subject", order_by="creation, name")


# Staff


def employee(user: str, leader: Document | None = None, **fields: Any) -> Document:
	if not frappe.db.exists("Gender", "Female"):
		frappe.get_doc({"doctype": "Gender", "gender": "Female"}).insert()
	return frappe.get_doc(
		{
			"doctype": "Employee",
			"first_name": user.split("@")[0],
			"user_id": user,
			"company": factories.COMPANY,
			"gender": "Female",
			"date_of_birth": "1990-01-01",
			"date_of_joining": "2020-01-01",
			"reports_to": leader and leader.name,
			**fields,
		}
	).insert()


def sales_person(name: str, who: Document | None, parent: str | None = None) -> str:
	root = frappe.db.get_value("Sales Person", {"parent_sales_person": ("in", ("", None)), "is_group": 1})
	return (
		frappe.get_doc(
			{
				"doctype": "Sales Person",
				"sales_person_name": name,
				"parent_sales_person": parent or root,
				"is_group": 1,
				"employee": who and who.name,
			}
		)
		.insert()
		.name
	)


def delegate(user: str, to: str, first: str | None = None, last: str | None = None) -> Document:
	today = frappe.utils.nowdate()
	return frappe.get_doc(
		{
			"doctype": "Approval Delegation",
			"user": user,
			"delegate": to,
			"from_date": first or today,
			"to_date": last or today,
		}
	).insert()
