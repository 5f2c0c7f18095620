"""A row of a Quote Approval: what one person said or did."""

from pipeline_ext.pipeline_ext.doctype.quote_approval.quote_approval import ApprovalRecord


class QuoteApprovalDecision(ApprovalRecord):
	pass
