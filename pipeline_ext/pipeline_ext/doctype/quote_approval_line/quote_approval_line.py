"""A row of a Quote Approval: what one line gave away when approval was asked for."""

from pipeline_ext.pipeline_ext.doctype.quote_approval.quote_approval import ApprovalRecord


class QuoteApprovalLine(ApprovalRecord):
	pass
