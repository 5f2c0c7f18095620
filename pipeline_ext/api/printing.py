"""Printing several documents at once."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import print_format

from pipeline_ext.quoting import leaving


def _all_or_none(print_several: Callable) -> Callable:
	"""What Frappe prints, except that it leaves out, without a word, each document that is refused."""

	@frappe.whitelist()
	def print_all(doctype: str | dict[str, list[str]], name: str | list[str], **options: Any) -> Any:
		"""Raises MustNotLeave, with its name, for a quotation among them that may not be printed."""
		for quotation in _quotations(doctype, name):
			if quotation.has_permission("print"):
				leaving.refuse_to_leave(quotation)
		return frappe.call(print_several, doctype, name, **options)

	return print_all


def _quotations(doctype: str | dict[str, list[str]], name: str | list[str]) -> Iterator[Document]:
	"""Those among what is to be printed: named by DocType, or one DocType and a JSON list of names."""
	if isinstance(doctype, str):
		doctype = {doctype: json.loads(name)}
	for each in doctype.get("Quotation", ()):
		if frappe.db.exists("Quotation", each):
			yield frappe.get_doc("Quotation", each)


download_multi_pdf = _all_or_none(print_format.download_multi_pdf)
download_multi_pdf_async = _all_or_none(print_format.download_multi_pdf_async)
