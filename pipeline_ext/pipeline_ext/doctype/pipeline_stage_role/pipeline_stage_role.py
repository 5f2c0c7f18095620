"""A row of a Sales Pipeline: one role that may move deals into a stage."""

from frappe.model.document import Document


class PipelineStageRole(Document):
	pass
