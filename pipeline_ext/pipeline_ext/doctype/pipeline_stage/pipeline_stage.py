"""A row of a Sales Pipeline: one stage."""

from frappe.model.document import Document


class PipelineStage(Document):
	pass
