"""What the approval of quotes costs: queries and time of saving and submitting one beside stock ERPNext's.

Each ratio is taken within one run, by turns, on the test site that PIPELINE_EXT_SITE names; what it writes is
undone:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost ../env/bin/python PATH/benchmarks/approvals.py
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe.model.document import Document

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.saves import Operation, Save, measure, save_data, save_table, site
from pipeline_ext import api
from tests.site import factories

REP = "rep@approvals-benchmark.example"
MANAGER = "manager@approvals-benchmark.example"
ITEMS = 10
LINES, MANY_LINES = 10, 500
ROUNDS_OF_MANY_LINES = 2
SAVE, SUBMIT = 3, 4
"""Queries that the app may add to a draft save, and to a submit."""
PRICE = 100
WITHIN, BEYOND = 95, 80
"""Rates that the policy lets pass, and that somebody must agree to."""


def main(arguments: list[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("--rounds", type=int, default=20, help="how often each is timed (%(default)s)")
	parser.add_argument("--json", action="store_true", help="print JSON instead of text")
	options = parser.parse_args(arguments)
	with site():
		prepare()
		saves = [measure(operation, options.rounds) for operation in operations(LINES)]
		saves += [measure(operation, ROUNDS_OF_MANY_LINES) for operation in operations(MANY_LINES)]
	print(json.dumps(save_data(saves), indent="\t") if options.json else as_text(saves))


def as_text(saves: list[Save]) -> str:
	return save_table("quotation", saves)


def prepare() -> None:
	"""People, a policy on discounts, and items with list prices."""
	factories.user(REP, "Sales User")
	factories.user(MANAGER, "Sales Manager", "Sales User")
	for item in items():
		factories.item(item, PRICE)
	frappe.get_doc(
		{
			"doctype": "Quote Approval Policy",
			"policy_name": "Approvals Benchmark",
			"company": factories.COMPANY,
			"enabled": 1,
			"rules": [
				{
					"title": "More than 10 % off",
					"measure": "Discount Percentage",
					"threshold": 10,
					"approver_type": "Role",
					"role": "Sales Manager",
				}
			],
		}
	).insert()


def items() -> list[str]:
	return [f"Approvals Benchmark {number}" for number in range(ITEMS)]


def operations(lines: int) -> Iterator[Operation]:
	within, approved = (draft(rate, lines) for rate in (WITHIN, BEYOND))
	approve(approved)
	yield Operation(f"save, {lines} lines, within policy", SAVE, saving(within))
	yield Operation(f"save, {lines} lines, approved", SAVE, saving(approved))
	yield Operation(f"submit, {lines} lines, within policy", SUBMIT, submitting(within))
	yield Operation(f"submit, {lines} lines, approved", SUBMIT, submitting(approved))


def draft(rate: float, lines: int) -> Document:
	"""A rep's draft whose lines list at 100."""
	with acting_as(REP):
		deal = factories.opportunity(factories.customer(), opportunity_amount=1)
		quotation = factories.quotation(deal, submit=False)
		known = items()
		rows = [{"item_code": known[line % ITEMS], "qty": 1, "rate": rate} for line in range(lines)]
		quotation.set("items", rows)
		return quotation.save()


def approve(quotation: Document) -> None:
	with acting_as(REP):
		approval = api.request_approval(quotation.name)
	with acting_as(MANAGER):
		api.decide(approval, "approve")


@contextmanager
def acting_as(user: str) -> Iterator[None]:
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


def saving(quotation: Document) -> Callable[[], None]:
	def act() -> None:
		doc = frappe.get_doc("Quotation", quotation.name)
		doc.title = "A new title"
		doc.save()

	return act


def submitting(quotation: Document) -> Callable[[], None]:
	return lambda: frappe.get_doc("Quotation", quotation.name).submit()


if __name__ == "__main__":
	main()
