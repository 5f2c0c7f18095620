"""What was learned in one night from a company's past deals."""

from frappe.model.document import Document


class WinProbabilityModel(Document):
	pass
