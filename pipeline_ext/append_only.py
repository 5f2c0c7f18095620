"""Documents that only the app writes: nobody else, Administrator included, adds, changes or deletes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.document import Document


class AppendOnly(Document):
	"""A subclass says in `refusal` why it is so, and what to do instead."""

	def refusal(self) -> tuple[str, str]:
		"""Translated text and title of the error."""
		raise NotImplementedError

	@contextmanager
	def written_by_app(self) -> Iterator[None]:
		"""Inside, the document may be inserted or changed."""
		self.flags.pe_written_by_app = True
		try:
			yield
		finally:
			self.flags.pe_written_by_app = False

	def before_validate(self) -> None:
		self.refuse_change()

	def before_change(self) -> None:
		self.refuse_change()

	def before_rename(self, *_args: Any) -> None:
		self.refuse_change()

	def on_trash(self) -> None:
		self.refuse_change()

	def refuse_change(self) -> None:
		if not self.flags.pe_written_by_app:
			text, title = self.refusal()
			frappe.throw(text, title=title)
