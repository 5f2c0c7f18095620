"""Company: the chains whose entries name it."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.history.renaming import seal_after_rename


def after_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	seal_after_rename("Company", old, new)
