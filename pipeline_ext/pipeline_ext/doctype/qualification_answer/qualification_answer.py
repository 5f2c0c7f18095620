"""A row of a Qualification Assessment: one answer."""

from frappe.model.document import Document


class QualificationAnswer(Document):
	pass
