"""What ends a request for approval without an answer: it is taken back, or its quote is gone."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from pipeline_ext.domain.approvals import ApprovalStatus
from pipeline_ext.quoting import requests, telling
from pipeline_ext.quoting.requests import Entry
from pipeline_ext.reports.approvals import APPROVAL
from pipeline_ext.subjects import APPROVABLES


def recall(name: str) -> Document:
	"""Take a waiting request back."""
	approval, quote = requests.waiting(name)
	requests.log(approval, Entry.RECALLED)
	requests.end(approval, ApprovalStatus.RECALLED)
	requests.write(approval, quote)
	return approval


def close(doctype: str, name: str, why: str) -> None:
	"""Close what waits for a quote, if anything does; `why` is translated text."""
	approvable = APPROVABLES[doctype]
	last = frappe.db.get_value(doctype, name, approvable.approval, for_update=True)
	waits = {"name": last, approvable.link: name, "status": ApprovalStatus.PENDING.value}
	if not last or not frappe.db.get_value(APPROVAL, waits, "name", for_update=True):
		return
	approval, quote = requests.waiting(last)
	requests.log(approval, Entry.CLOSED, comment=why)
	requests.end(approval, ApprovalStatus.CLOSED)
	requests.write(approval, quote)
	telling.tell_asker(approval, lambda: _closed_text(approval), why)


def _closed_text(approval: Document) -> str:
	return _("Nobody is asked about {0} any more").format(telling.document_of(approval))


def close_expired() -> None:
	"""The daily job: what waits for quotations that are no longer valid."""
	approval, quotation = frappe.qb.DocType(APPROVAL), frappe.qb.DocType("Quotation")
	expired = (
		frappe.qb.from_(approval)
		.join(quotation)
		.on(quotation.name == approval.quotation)
		.select(quotation.name)
		.where((approval.status == ApprovalStatus.PENDING.value) & (quotation.valid_till < getdate()))
		.run(pluck=True)
	)
	for name in expired:
		with telling.on_its_own(_("{0} could not be closed").format(name)):
			close("Quotation", name, _("The quotation is no longer valid."))
