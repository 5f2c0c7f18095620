"""What somebody says will be won in a period: beside the figures, and never changed afterwards."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import flt, formatdate, get_fullname, getdate

from pipeline_ext.append_only import AppendOnly
from pipeline_ext.domain.placeholders import is_placeholder
from pipeline_ext.period_amount import PeriodAmount
from pipeline_ext.reports.approvers import managers_of
from pipeline_ext.reports.staff import Staff


class ForecastAdjustment(PeriodAmount, AppendOnly):
	"""Its author is its `owner`, whom Frappe takes from the session."""

	def before_validate(self) -> None:
		if not self.is_new():
			self.refuse_change()

	def validate(self) -> None:
		self.set_dates()
		self.refuse_past()
		self.refuse_pipeline_without_deals()
		self.refuse_odd_amount()
		self.refuse_empty_reason()
		self.said_as = self.standing()
		self.title = self.title_of(get_fullname(self.deal_owner))

	def refuse_past(self) -> None:
		if self.to_date and getdate(self.to_date) < getdate():
			frappe.throw(
				_(
					"The period ended on {0}: what was won is known. Choose this period or a later one."
				).format(formatdate(self.to_date)),
				title=_("Period Is Over"),
			)

	def refuse_odd_amount(self) -> None:
		super().refuse_odd_amount()
		if flt(self.amount) < 0:
			frappe.throw(_("No less than 0 can be won. Enter 0 or more."), title=_("Negative Amount"))

	def refuse_empty_reason(self) -> None:
		if self.reason and is_placeholder(self.reason):
			frappe.throw(_("Say what makes you think so: others read it."), title=_("Reason Missing"))

	def standing(self) -> str:
		"""As whom the session's user speaks of these deals."""
		user = frappe.session.user
		if user == self.deal_owner:
			return "Owner"
		if "Sales Manager" in frappe.get_roles() or user in managers_of(
			self.deal_owner, Staff(getdate(), getdate())
		):
			return "Manager"
		frappe.throw(
			_(
				"You speak of your own deals, and of those of people whom you lead. Ask {0} or their manager."
			).format(get_fullname(self.deal_owner)),
			frappe.PermissionError,
			title=_("Not Your Deals"),
		)

	def refusal(self) -> tuple[str, str]:
		return (
			_("What was said stays as it was said. Say something newer: it takes the place of this."),
			_("Adjustments Are Append-Only"),
		)
