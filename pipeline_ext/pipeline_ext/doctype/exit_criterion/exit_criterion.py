"""A row of a Sales Pipeline: one exit criterion."""

from frappe.model.document import Document


class ExitCriterion(Document):
	pass
