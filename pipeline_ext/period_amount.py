"""Documents that say what the deals of a company are to bring, or will bring, in a calendar period."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.reports.quote_numbers import is_usable, refuse_unusable
from pipeline_ext.subjects import OPPORTUNITY


class PeriodAmount(Document):
	"""It has the fields `period`, `from_date`, `to_date`, `pipeline` and `amount`."""

	@property
	def calendar_period(self) -> CalendarPeriod | None:
		"""The period that `from_date` is in; None where that or its kind is not known."""
		kind = next((kind for kind in PeriodKind if kind.value == self.period), None)
		return CalendarPeriod.around(getdate(self.from_date), kind) if kind and self.from_date else None

	def set_dates(self) -> None:
		"""From the first day of the period to its last; what is missing Frappe refuses after `validate`."""
		if period := self.calendar_period:
			self.from_date, self.to_date = period.first, period.last

	def title_of(self, whose: str) -> str:
		"""Whose, of which period and pipeline, as lists and links show it."""
		period = self.calendar_period
		return ", ".join(filter(None, (whose, period and period.label, self.pipeline)))

	def refuse_odd_amount(self) -> None:
		if not is_usable(flt(self.amount)):
			refuse_unusable(_(self.meta.get_label("amount")), self.amount)

	def refuse_pipeline_without_deals(self) -> None:
		"""Leads have no amounts to count."""
		if not self.pipeline:
			return
		governed = frappe.db.get_value("Sales Pipeline", self.pipeline, "document_type")
		if governed != OPPORTUNITY.doctype:
			frappe.throw(
				_("{0} is a pipeline of {1}, which have no amounts. Choose one of opportunities.").format(
					frappe.bold(self.pipeline), _(governed)
				),
				title=_("Not a Pipeline of Deals"),
			)
