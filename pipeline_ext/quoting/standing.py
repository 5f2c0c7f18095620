"""What a quotation or an order gives away, and what its approval is worth for it as it is now."""

from __future__ import annotations

from frappe.model.document import Document

from pipeline_ext.domain.approvals import QuoteStatus
from pipeline_ext.reports import orders
from pipeline_ext.reports.approvals import status_of
from pipeline_ext.reports.approvers import is_order
from pipeline_ext.reports.policies import BrokenPolicy
from pipeline_ext.reports.quotations import Assessment, assess
from pipeline_ext.reports.quote_numbers import ExchangeRateMissing

MAY_GO_ON = (QuoteStatus.NOT_REQUIRED, QuoteStatus.APPROVED)


def assessed(doc: Document, everything: bool = False) -> Assessment:
	"""What it gives away as it is in memory; of an order, what its quotations' approvals leave open."""
	if is_order(doc):
		return orders.compare(doc, everything=everything).assessment
	return assess(doc, everything=everything)


def standing_of(doc: Document) -> QuoteStatus:
	"""Judge it as it is in memory. One that cannot be measured needs approval; its writer is told why."""
	try:
		return status_of(doc, assessed(doc))
	except (BrokenPolicy, ExchangeRateMissing):
		return QuoteStatus.REQUIRED
