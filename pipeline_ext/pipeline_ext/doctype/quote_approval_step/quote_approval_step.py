"""A row of a Quote Approval: one approver's answer."""

from frappe.model.document import Document


class QuoteApprovalStep(Document):
	pass
