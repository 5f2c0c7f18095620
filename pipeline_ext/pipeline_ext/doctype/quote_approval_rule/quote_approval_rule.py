"""A row of a Quote Approval Policy: one rule."""

from frappe.model.document import Document


class QuoteApprovalRule(Document):
	pass
