"""How likely a deal was to be won, one night, written by the app only."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class DealWinProbability(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("The chances of deals are worked out at night. Say what you expect in a Forecast Adjustment."),
			_("Chance Is Final"),
		)


def on_doctype_update() -> None:
	frappe.db.add_index(
		"Deal Win Probability", ["document_type", "document_name", "is_current"], "document_current"
	)
	frappe.db.add_index("Deal Win Probability", ["is_current", "document_type"], "current_type")
