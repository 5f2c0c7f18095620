"""What the gate and its ledger cost: queries and time of a save beside stock ERPNext's, and a reconciliation.

Each ratio is taken within one run, by turns, on the test site that PIPELINE_EXT_SITE names; what it writes is
undone:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost ../env/bin/python PATH/benchmarks/gates.py
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, nowdate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.saves import Operation, Save, measure, save_data, save_table, seconds, site
from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.subjects import LEDGER, LEDGER_TIP
from tests.site import factories, pipelines


@dataclass(frozen=True)
class Reconciliation:
	"""Milliseconds (median) to find that no deal differs from its ledger, and to just read the same rows."""

	deals: int
	entries: int
	promised_ms: int
	plain_ms: float
	ms: float

	@property
	def ratio(self) -> float:
		return self.ms / self.plain_ms


def main(arguments: list[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("--rounds", type=int, default=40, help="how often each save is timed (%(default)s)")
	parser.add_argument("--deals", type=int, default=100_000, help="how many are reconciled (%(default)s)")
	parser.add_argument("--json", action="store_true", help="print JSON instead of text")
	options = parser.parse_args(arguments)
	with site():
		pipelines.enforced()
		saves = [measure(operation, options.rounds) for operation in operations()]
		reconciliation = measure_reconciliation(options.deals)
	print((as_json if options.json else as_text)(saves, reconciliation))


def operations() -> list[Operation]:
	deal = pipelines.deal()
	quoted = pipelines.deal(sales_stage="Proposal/Price Quote")
	factories.quotation(quoted)
	return [
		Operation("nothing the ledger records", 0, saving(deal, title="A new title")),
		Operation("amount", 3, saving(deal, opportunity_amount=4321)),
		Operation("close date", 3, saving(deal, expected_closing=add_days(nowdate(), 90))),
		Operation("owner", 3, saving(deal, opportunity_owner="Guest")),
		Operation("move", 4, saving(deal, sales_stage="Qualification")),
		Operation("move that asks for a quotation", 5, saving(quoted, sales_stage="Negotiation/Review")),
	]


def saving(deal: Document, **fields: Any) -> Callable[[], None]:
	"""Load the deal and save it with these fields."""

	def act() -> None:
		doc = frappe.get_doc("Opportunity", deal.name)
		doc.update(fields)
		doc.save()

	return act


def measure_reconciliation(deals: int, rounds: int = 5) -> Reconciliation:
	"""Nothing differs: a night on which all events were heard, and every deal is still looked at."""
	deal = moved_twice()
	copy_deal(deal, deals)
	plain, times = [], []
	for _round in range(rounds):
		plain.append(seconds(read_plainly))
		times.append(seconds(reconcile_nothing))
	return Reconciliation(
		deals=deals,
		entries=deals * len(pipelines.ledger(deal)),
		promised_ms=1000,
		plain_ms=median(plain) * 1000,
		ms=median(times) * 1000,
	)


def moved_twice() -> Document:
	deal = pipelines.deal()
	pipelines.move(deal, "Qualification")
	return pipelines.move(deal, "Needs Analysis")


def copy_deal(deal: Document, times: int) -> None:
	"""Copy a deal and its ledger by SQL, which fires no event."""
	copy_rows("Opportunity", deal.name, times, name=f"CONCAT('{deal.name}-', seq)")
	for record in (LEDGER, LEDGER_TIP):
		copy_rows(
			record,
			deal.name,
			times,
			key="document_name",
			name="CONCAT(sequence, '-', seq)",
			document_name=f"CONCAT('{deal.name}-', seq)",
		)


def copy_rows(doctype: str, value: str, times: int, key: str = "name", **changed: str) -> None:
	columns = frappe.db.get_table_columns(doctype)
	frappe.db.sql(
		f"""INSERT INTO `tab{doctype}` ({", ".join(f"`{column}`" for column in columns)})
		SELECT {", ".join(changed.get(column, f"`{column}`") for column in columns)}
		FROM `tab{doctype}`, seq_1_to_{times} WHERE `{key}` = %s""",
		value,
	)


def read_plainly() -> None:
	frappe.db.sql("SELECT COUNT(*), SUM(base_opportunity_amount), MAX(sales_stage) FROM `tabOpportunity`")
	frappe.db.sql("SELECT COUNT(*), SUM(amount), MAX(stage) FROM `tabPipeline Ledger Entry`")


def reconcile_nothing() -> None:
	found = reconcile()
	if found.opened or found.differences:
		sys.exit(f"The site has deals that differ from their ledger: {found}. Use one that is reconciled.")


def as_json(saves: list[Save], reconciliation: Reconciliation) -> str:
	return json.dumps(
		{
			"saves": save_data(saves),
			"reconciliation": {**asdict(reconciliation), "ratio": reconciliation.ratio},
		},
		indent="\t",
	)


def as_text(saves: list[Save], reconciliation: Reconciliation) -> str:
	reconciled = (
		f"reconciliation of {reconciliation.deals} deals with {reconciliation.entries} entries: "
		f"{reconciliation.ms:.0f} ms (at most {reconciliation.promised_ms}), "
		f"{reconciliation.ratio:.1f}x the plainest SQL over the same rows"
	)
	return "\n".join((save_table("save of an Opportunity", saves), "", reconciled))


if __name__ == "__main__":
	main()
