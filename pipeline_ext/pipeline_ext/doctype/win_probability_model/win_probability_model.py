"""What was learned in one night from a company's past deals, written by the app only."""

from __future__ import annotations

import frappe
from frappe import _

from pipeline_ext.append_only import AppendOnly


class WinProbabilityModel(AppendOnly):
	def refusal(self) -> tuple[str, str]:
		return (
			_("Models are learned from past deals at night. To learn at once: bench learn-from-past-deals."),
			_("Model Is Final"),
		)


def on_doctype_update() -> None:
	frappe.db.add_index("Win Probability Model", ["company", "fitted_on"], "company_fitted_on")
