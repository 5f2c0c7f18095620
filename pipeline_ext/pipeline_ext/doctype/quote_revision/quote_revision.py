"""One submitted state of a quote: it can be added, never changed or removed."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class QuoteRevision(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("Revisions are written when a quotation is submitted. Make a revision on the quotation."),
			_("Revisions Are Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique("Quote Revision", ["first_quotation", "number"], "quote_number")
