"""What deals are worth in company currency, in SQL."""

from __future__ import annotations

from frappe.query_builder import Table
from frappe.query_builder.functions import Coalesce
from pypika.functions import NullIf
from pypika.terms import Term, ValueWrapper

from pipeline_ext.subjects import OPPORTUNITY, Subject


def amount_of(subject: Subject, table: Table) -> Term:
	"""The amount of a deal in company currency; 0 for a DocType that has none.

	An opportunity that was never saved on the server's terms has only the amount in its own currency.
	"""
	if subject is OPPORTUNITY:
		converted = table.opportunity_amount * Coalesce(NullIf(table.conversion_rate, 0), 1)
		return Coalesce(NullIf(table[subject.amount], 0), converted, 0)
	return Coalesce(table[subject.amount], 0) if subject.amount else ValueWrapper(0)
