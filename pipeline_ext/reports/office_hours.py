"""When a company works: the working day of Pipeline Settings, without the company's holidays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import frappe
from frappe.model.document import Document
from frappe.utils import get_time

from pipeline_ext.domain.working_hours import WorkingHours, due

FIELDS = ("working_day_starts", "working_day_ends")


@dataclass(frozen=True)
class OfficeHours:
	"""The hours of a working day, and the days that are none."""

	day: WorkingHours
	holidays: Collection[date]

	@classmethod
	def of(cls, company: str) -> OfficeHours:
		settings = frappe.get_cached_doc("Pipeline Settings")
		holiday_list = frappe.get_cached_value("Company", company, "default_holiday_list")
		holidays = frappe.get_all(
			"Holiday", {"parenttype": "Holiday List", "parent": holiday_list or ""}, pluck="holiday_date"
		)
		return cls(_working_day(settings), frozenset(holidays))

	def due(self, start: datetime, hours: Decimal) -> datetime:
		"""When so many working hours have passed, to the second."""
		return due(start, hours, self.day, self.holidays).replace(microsecond=0)


def _working_day(settings: Document) -> WorkingHours:
	"""As set; a site that has not saved its settings since the fields came has the defaults."""
	set_by_admin = [get_time(settings.get(field)) if settings.get(field) else None for field in FIELDS]
	if None in set_by_admin or set_by_admin[0] >= set_by_admin[1]:
		return WorkingHours(*(get_time(settings.meta.get_field(field).default) for field in FIELDS))
	return WorkingHours(*set_by_admin)
