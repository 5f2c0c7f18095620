"""How many queries the app adds to what ERPNext does by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

import frappe


def extra_queries(act: Callable[[], None]) -> int:
	"""Queries of `act` with the app's document events minus those without, both undone, caches warm."""
	for _warm in range(2):
		with_app = _count(act)
		with _without_app():
			without = _count(act)
	return with_app - without


def _count(act: Callable[[], None]) -> int:
	queries = []
	run = frappe.db.sql

	def counted(query, *args, **kwargs):
		queries.append(query)
		return run(query, *args, **kwargs)

	frappe.db.savepoint("measure")
	frappe.db.sql = counted
	try:
		act()
	finally:
		frappe.db.sql = run
		frappe.db.rollback(save_point="measure")
	return len(queries)


@contextmanager
def _without_app():
	hooks = frappe.get_doc_hooks()
	frappe.local.doc_events_hooks = {
		doctype: {
			event: [handler for handler in handlers if not handler.startswith("pipeline_ext.")]
			for event, handlers in events.items()
		}
		for doctype, events in hooks.items()
	}
	try:
		yield
	finally:
		frappe.local.doc_events_hooks = hooks
