"""Trying an approval policy out, and what its form offers."""

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from pipeline_ext.domain.comparison import OPERATORS
from pipeline_ext.domain.quotes import MEASURES
from pipeline_ext.reports import policies, policy_trials
from pipeline_ext.subjects import MEASURE_LABELS

LONGEST = 366


@frappe.whitelist()
def try_policy(policy: str, quotation: str | None = None, days: int | str = 90) -> dict[str, Any]:
	"""What a policy, enabled or not, would ask of a quotation, or of those of the last days.

	`policy_trials.on_quotation` and `policy_trials.on_recent` say what the answer holds. Nothing changes.
	"""
	tried = frappe.get_doc(policies.DOCTYPE, policy)
	tried.check_permission("read")
	if quotation:
		doc = frappe.get_doc("Quotation", quotation)
		doc.check_permission("read")
		return policy_trials.on_quotation(tried.as_head(), doc)
	frappe.has_permission("Quotation", "read", throw=True)
	if not 1 <= cint(days) <= LONGEST:
		frappe.throw(
			_("Try a policy on the last 1 to {0} days, not {1}.").format(LONGEST, escape_html(str(days))),
			title=_("Days Out of Range"),
		)
	return policy_trials.on_recent(tried.as_head(), cint(days))


@frappe.whitelist()
def policy_form_options() -> dict[str, Any]:
	"""What the form of a policy offers: the fields of conditions, the operators that fit, and the measures.

	`unit` is what a measure is counted in, `per_line` whether it can be taken of a single line.
	"""
	frappe.has_permission(policies.DOCTYPE, "read", throw=True)
	return {
		"fields": policies.condition_fields(),
		"operators": {kind.value: list(operators) for kind, operators in OPERATORS.items()},
		"measures": [
			{"label": label, "unit": MEASURES[name].unit.value, "per_line": MEASURES[name].per_line}
			for name, label in MEASURE_LABELS.items()
		],
	}
