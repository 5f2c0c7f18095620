"""Who decides for an approver who is away."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate, get_fullname, getdate

GIVES_FOR_OTHERS = {"Deal Desk", "Pipeline Administrator", "System Manager"}


class ApprovalDelegation(Document):
	def validate(self) -> None:
		self.refuse_for_others()
		self.refuse_unfit_people()
		self.refuse_odd_dates()
		self.refuse_overlap()

	def on_trash(self) -> None:
		self.refuse_for_others()

	def refuse_for_others(self) -> None:
		"""One delegates one's own decisions; whoever runs the approvals does so for others too."""
		if GIVES_FOR_OTHERS.intersection(frappe.get_roles()):
			return
		before = self.get_doc_before_save()
		if {self.user, before.user if before else self.user} != {frappe.session.user}:
			frappe.throw(
				_("You delegate only what you decide yourself. Ask {0} to delegate for others.").format(
					_("Deal Desk")
				),
				frappe.PermissionError,
				title=_("Not Yours to Delegate"),
			)

	def refuse_unfit_people(self) -> None:
		if self.user == self.delegate:
			frappe.throw(_("Nobody stands in for themselves. Choose somebody else."), title=_("Same Person"))
		for user in (self.user, self.delegate):
			if not frappe.db.exists("User", {"name": user, "enabled": 1, "user_type": "System User"}):
				frappe.throw(
					_("{0} cannot log in to the desk. Choose somebody who can.").format(user),
					title=_("Cannot Decide"),
				)

	def refuse_odd_dates(self) -> None:
		if getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(
				_("It ends on {0}, before it starts on {1}.").format(
					formatdate(self.to_date), formatdate(self.from_date)
				),
				title=_("Odd Dates"),
			)
		if self.is_new() and getdate(self.to_date) < getdate():
			frappe.throw(
				_("It ended on {0}. Choose days to come.").format(formatdate(self.to_date)), title=_("Past")
			)

	def refuse_overlap(self) -> None:
		"""Of two made at once, the second sees the first: they lock who is away."""
		frappe.db.get_value("User", self.user, "name", for_update=True)
		others = {
			"name": ("!=", self.name or ""),
			"user": self.user,
			"from_date": ("<=", getdate(self.to_date)),
			"to_date": (">=", getdate(self.from_date)),
		}
		other = frappe.db.get_value(
			self.doctype, others, ["delegate", "from_date", "to_date"], as_dict=True, for_update=True
		)
		if other:
			frappe.throw(
				_("{0} stands in already, from {1} to {2}. Change that, or choose other days.").format(
					get_fullname(other.delegate), formatdate(other.from_date), formatdate(other.to_date)
				),
				title=_("Two Delegates at Once"),
			)
