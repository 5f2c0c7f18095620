"""A row of a Qualification Framework: one question."""

from frappe.model.document import Document


class QualificationQuestion(Document):
	pass
