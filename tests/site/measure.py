"""What the app adds to what ERPNext does by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe


def extra_queries(act: Callable[[], None]) -> int:
	"""Queries of `act` with the app's document events minus those without, both undone, caches warm."""
	for _warm in range(2):
		with_app = count_queries(act)
		with without_app():
			without = count_queries(act)
	return with_app - without


def count_queries(act: Callable[[], None]) -> int:
	"""Queries of `act`, which is undone."""
	queries = []
	run = frappe.db.sql

	def counted(query, *args, **kwargs):
		queries.append(query)
		return run(query, *args, **kwargs)

	with undone():
		frappe.db.sql = counted
		try:
			act()
		finally:
			frappe.db.sql = run
	return len(queries)


@contextmanager
def undone() -> Iterator[None]:
	"""Undo what is written meanwhile."""
	frappe.db.savepoint("measure")
	try:
		yield
	finally:
		frappe.db.rollback(save_point="measure")


@contextmanager
def without_app() -> Iterator[None]:
	"""Without the app's document events."""
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
