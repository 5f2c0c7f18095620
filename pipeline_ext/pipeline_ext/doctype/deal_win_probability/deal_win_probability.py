"""How likely a deal was to be won, one night."""

from frappe.model.document import Document


class DealWinProbability(Document):
	pass
