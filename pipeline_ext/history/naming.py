"""Names of what is written down of documents: by them, what belongs to one document lies together on disk."""

from __future__ import annotations

import frappe

KEPT = 120
"""So many characters of a document's name are kept; a name has at most 140."""


def named_after(document_name: str) -> str:
	"""A name of its own that begins with that of the document."""
	return f"{document_name[:KEPT]}-{frappe.generate_hash(length=10)}"
