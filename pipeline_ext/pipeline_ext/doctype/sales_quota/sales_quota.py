"""What a user, a team or a company is to win in a period."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import flt, fmt_money, get_fullname, get_link_to_form

from pipeline_ext.period_amount import PeriodAmount

HOLDER_FIELDS = {"User": "user", "Team": "sales_person"}
"""By what a quota is for, the field that names whose it is; that of a company is the company's."""


class SalesQuota(PeriodAmount):
	def validate(self) -> None:
		self.clear_other_holders()
		self.set_dates()
		self.refuse_missing_holder()
		self.refuse_who_cannot_sell()
		self.refuse_pipeline_without_deals()
		self.refuse_odd_amount()
		self.refuse_second()
		self.title = self.title_of(self.holder)

	@property
	def holder(self) -> str:
		"""Whose quota it is, by name."""
		return get_fullname(self.user) if self.user else self.sales_person or self.company

	def clear_other_holders(self) -> None:
		for quota_for, field in HOLDER_FIELDS.items():
			if quota_for != self.quota_for:
				self.set(field, None)

	def refuse_missing_holder(self) -> None:
		field = HOLDER_FIELDS.get(self.quota_for)
		if field and not self.get(field):
			frappe.throw(
				_("Choose the {0} that the quota is for.").format(_(self.meta.get_label(field))),
				frappe.MandatoryError,
				title=_("For Whom?"),
			)

	def refuse_who_cannot_sell(self) -> None:
		"""A quota of somebody who has left since may still be corrected."""
		if not self.user or not self.has_value_changed("user"):
			return
		if not frappe.db.get_value("User", self.user, "enabled"):
			frappe.throw(
				_("{0} cannot log in. Choose a user who can, or give the quota to a team.").format(
					frappe.bold(self.user)
				),
				title=_("User Is Disabled"),
			)

	def refuse_odd_amount(self) -> None:
		super().refuse_odd_amount()
		if flt(self.amount) <= 0:
			frappe.throw(
				_("A quota is more than 0. Who is to win nothing needs none."), title=_("Quota Missing")
			)

	def refuse_second(self) -> None:
		"""Of two made at once, the second sees the first: they lock the company."""
		frappe.db.get_value("Company", self.company, "name", for_update=True)
		same = ("company", "quota_for", "user", "sales_person", "pipeline", "period", "from_date")
		others = {field: self.get(field) or ("is", "not set") for field in same}
		other = frappe.db.get_value(
			self.doctype,
			{**others, "name": ("!=", self.name)},
			["name", "amount"],
			as_dict=True,
			for_update=True,
		)
		if other:
			currency = frappe.get_cached_value("Company", self.company, "default_currency")
			frappe.throw(
				_(
					"{0} has a quota of {1} for this period and pipeline: {2}. Change that one instead."
				).format(
					frappe.bold(self.holder),
					fmt_money(other.amount, currency=currency),
					get_link_to_form(self.doctype, other.name),
				),
				title=_("Quota Exists"),
			)
