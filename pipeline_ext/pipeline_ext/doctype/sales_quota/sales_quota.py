"""What somebody is to win in a period."""

from frappe.model.document import Document


class SalesQuota(Document):
	pass
