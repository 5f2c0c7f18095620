"""How well a document is qualified, as exit criteria and reports ask for it."""

from __future__ import annotations

from datetime import datetime

import frappe


def latest_score(
	doctype: str, name: str, framework: str | None = None
) -> tuple[float, str, datetime, str] | None:
	"""Score in percent, assessment, when and by whom: of the document's last assessment, in one query.

	Without a framework, of the last by any; None where there is none. A gate asks for everybody, so the
	user's permissions do not count here.
	"""
	of_framework = {"framework": framework} if framework else {}
	found = frappe.get_all(
		"Qualification Assessment",
		filters={"document_type": doctype, "document_name": name, **of_framework},
		fields=["score", "name", "assessed_on", "assessed_by"],
		order_by="assessed_on desc, creation desc",
		limit=1,
		as_list=True,
	)
	return found[0] if found else None
