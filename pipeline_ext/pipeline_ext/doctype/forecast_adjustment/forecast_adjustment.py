"""What somebody says will be won in a period."""

from frappe.model.document import Document


class ForecastAdjustment(Document):
	pass
