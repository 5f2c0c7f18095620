"""A row of a Quote Approval: one broken rule, and who is asked about it."""

from pipeline_ext.pipeline_ext.doctype.quote_approval.quote_approval import ApprovalRecord


class QuoteApprovalStep(ApprovalRecord):
	pass
