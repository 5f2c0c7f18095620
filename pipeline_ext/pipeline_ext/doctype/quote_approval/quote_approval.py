"""A request to approve what a quote gives away, and all that was said and done; only the app writes one."""

from __future__ import annotations

from frappe import _

from pipeline_ext.append_only import AppendOnly


class ApprovalRecord(AppendOnly):
	"""A request for approval, or a row of one."""

	def refusal(self) -> tuple[str, str]:
		return (
			_(
				"A request for approval is the record of who agreed to what. "
				"It changes only as people ask, answer, hand over or recall."
			),
			_("Not by Hand"),
		)


class QuoteApproval(ApprovalRecord):
	pass
