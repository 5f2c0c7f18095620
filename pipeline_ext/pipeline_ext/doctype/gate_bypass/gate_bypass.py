"""Leave for one user to move deals of one pipeline past its gates until a day."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate


class GateBypass(Document):
	def validate(self) -> None:
		if self.is_new() and getdate(self.until) < getdate():
			frappe.throw(
				_("The last day has passed already. Choose one from today on."), title=_("Bypass Is Over")
			)

	def on_trash(self) -> None:
		if frappe.db.exists("Pipeline Ledger Entry", {"gate_bypass": self.name}):
			frappe.throw(
				_("Deals have moved by {0}, and their history names it. Disable it instead.").format(
					self.name
				),
				title=_("Bypass in Use"),
			)
