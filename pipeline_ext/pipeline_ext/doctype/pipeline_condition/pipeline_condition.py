"""A row of a Sales Pipeline: one condition on the documents that take it."""

from frappe.model.document import Document


class PipelineCondition(Document):
	pass
