"""Who leads whom and who is off when, as ERPNext's employees, sales people and holiday lists say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

import frappe


class Staff:
	"""The site's people, read once; their holidays as far as they lie in a period, both ends included."""

	def __init__(self, first: date, last: date) -> None:
		self._enabled = set(frappe.get_all("User", {"enabled": 1}, pluck="name"))
		employees = frappe.get_all(
			"Employee", {"status": "Active"}, ["name", "user_id", "reports_to", "holiday_list", "company"]
		)
		self._employees = {employee.name: employee for employee in employees}
		self._employee_of = {employee.user_id: employee for employee in employees if employee.user_id}
		sales_people = frappe.get_all("Sales Person", fields=["name", "parent_sales_person", "employee"])
		self._sales_people = {person.name: person for person in sales_people}
		self._list_of_company = dict(
			frappe.get_all("Company", fields=["name", "default_holiday_list"], as_list=True)
		)
		self._holidays = _holidays(first, last)

	def works(self, user: str | None) -> bool:
		"""Whether that user can log in."""
		return user in self._enabled

	def holidays_of(self, user: str, company: str | None) -> frozenset[date]:
		"""By the list of the employee, else of the employee's company, else of `company`."""
		employee = self._employee_of.get(user)
		of_company = self._list_of_company.get(employee.company if employee else company)
		return self._holidays[(employee and employee.holiday_list) or of_company]

	def manager_of(self, user: str) -> str | None:
		"""Whom the employee reports to, else who is above in the tree of sales people; None for nobody."""
		leaders = (leader for leader in self._leaders(user) if leader != user and self.works(leader))
		return next(leaders, None)

	def _leaders(self, user: str) -> Iterator[str | None]:
		employee = self._employee_of.get(user)
		if not employee:
			return
		yield self._user_of(employee.reports_to)
		for person in self._sales_people.values():
			if person.employee == employee.name:
				yield from self._above(person.parent_sales_person)

	def _above(self, name: str | None) -> Iterator[str | None]:
		while person := self._sales_people.get(name):
			yield self._user_of(person.employee)
			name = person.parent_sales_person

	def _user_of(self, employee: str | None) -> str | None:
		found = self._employees.get(employee)
		return found.user_id if found else None


def _holidays(first: date, last: date) -> dict[str | None, frozenset[date]]:
	"""Holidays by their list; none for a list that has none, and where there is no list."""
	days: dict[str | None, set[date]] = defaultdict(set)
	within = {"holiday_date": ("between", [first, last]), "parenttype": "Holiday List"}
	for holiday in frappe.get_all("Holiday", within, ["parent", "holiday_date"]):
		days[holiday.parent].add(holiday.holiday_date)
	return defaultdict(frozenset, {name: frozenset(listed) for name, listed in days.items()})
