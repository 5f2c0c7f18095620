"""A move that a gate refused, kept for the compliance report."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class GateRefusal(Document):
	@staticmethod
	def clear_old_logs(days: int = 365) -> None:
		"""What Log Settings calls to forget refusals after so many days."""
		table = frappe.qb.DocType("Gate Refusal")
		frappe.db.delete(table, filters=(table.creation < (Now() - Interval(days=days))))
