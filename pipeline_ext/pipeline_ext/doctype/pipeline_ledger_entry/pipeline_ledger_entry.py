"""One line of a document's ledger: it can be added, never changed or removed."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from pipeline_ext.domain.ledger import DealState, Tip, follow


class PipelineLedgerEntry(Document):
	def append_to_chain(self, state: DealState, posted_on: datetime) -> None:
		"""Write this entry after the last one of its document, holding `state`."""
		entry = follow(self._tip(), posted_on, state)
		self.update(
			{
				**vars(state),
				"sequence": entry.sequence,
				"posted_on": entry.posted_on,
				"posted_by": frappe.session.user,
				"previous_hash": entry.previous_hash,
				"hash": entry.hash,
			}
		)
		self.set_user_and_timestamp()
		self.set_new_name()
		self.set_docstatus()
		self.db_insert()

	def _tip(self) -> Tip | None:
		"""The end of the chain, locked until the transaction ends so that two writers queue up."""
		table = frappe.qb.DocType("Pipeline Ledger Entry")
		rows = (
			frappe.qb.from_(table)
			.select(table.sequence, table.posted_on, table.hash)
			.where((table.document_type == self.document_type) & (table.document_name == self.document_name))
			.orderby(table.sequence, order=frappe.qb.desc)
			.limit(1)
			.for_update()
			.run(as_dict=True)
		)
		if not rows:
			return None
		return Tip(rows[0].sequence, get_datetime(rows[0].posted_on), rows[0].hash)

	def validate(self) -> None:
		self._refuse_change()

	def on_trash(self) -> None:
		self._refuse_change()

	def before_change(self) -> None:
		self._refuse_change()

	def _refuse_change(self) -> None:
		frappe.throw(
			_("The pipeline ledger only grows. Nobody changes or deletes an entry."),
			title=_("Ledger Is Append-Only"),
		)


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Pipeline Ledger Entry", ["document_type", "document_name", "sequence"], "document_sequence"
	)
	frappe.db.add_index("Pipeline Ledger Entry", ["stage", "posted_on"], "stage_posted_on")
