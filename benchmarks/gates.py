"""What the gate and its ledger cost: queries and time of a save beside stock ERPNext's, and a reconciliation.

Each ratio is taken within one run, by turns, on the test site that PIPELINE_EXT_SITE names; what it writes is
undone:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost ../env/bin/python PATH/benchmarks/gates.py
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, nowdate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pipeline_ext.history.reconciliation import reconcile
from pipeline_ext.subjects import LEDGER, LEDGER_TIP
from tests.site import factories, pipelines
from tests.site.measure import count_queries, undone, without_app


@dataclass(frozen=True)
class Operation:
	"""Something a user does, and the queries that the app may add to it."""

	title: str
	promised: int
	act: Callable[[], None]


@dataclass(frozen=True)
class Save:
	"""Queries and milliseconds (median) of one operation, without the app's events and with them."""

	title: str
	promised: int
	stock_queries: int
	queries: int
	stock_ms: float
	ms: float

	@property
	def added(self) -> int:
		return self.queries - self.stock_queries

	@property
	def ratio(self) -> float:
		return self.ms / self.stock_ms


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
		saves = [measure(operation, options.rounds) for operation in operations()]
		reconciliation = measure_reconciliation(options.deals)
	print((as_json if options.json else as_text)(saves, reconciliation))


@contextmanager
def site() -> Iterator[None]:
	"""The site, connected; what is written to it is undone."""
	name = os.environ.get("PIPELINE_EXT_SITE")
	if not name or not Path(name, "site_config.json").exists():
		sys.exit("Name a site in PIPELINE_EXT_SITE and run this from the bench's sites folder.")
	frappe.init(name)
	frappe.connect()
	frappe.flags.in_test = frappe.in_test = True
	try:
		factories.masters()
		pipelines.enforced()
		yield
	finally:
		frappe.db.rollback()
		frappe.clear_cache()
		frappe.destroy()


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


def measure(operation: Operation, rounds: int) -> Save:
	for _warm in range(2):
		queries = count_queries(operation.act)
		with without_app():
			stock_queries = count_queries(operation.act)
	times, stock_times = [], []
	for _round in range(rounds):
		times.append(seconds(operation.act))
		with without_app():
			stock_times.append(seconds(operation.act))
	return Save(
		title=operation.title,
		promised=operation.promised,
		stock_queries=stock_queries,
		queries=queries,
		stock_ms=median(stock_times) * 1000,
		ms=median(times) * 1000,
	)


def seconds(act: Callable[[], None]) -> float:
	with undone():
		start = perf_counter()
		act()
		return perf_counter() - start


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
			"saves": [{**asdict(save), "added": save.added, "ratio": save.ratio} for save in saves],
			"reconciliation": {**asdict(reconciliation), "ratio": reconciliation.ratio},
		},
		indent="\t",
	)


def as_text(saves: list[Save], reconciliation: Reconciliation) -> str:
	heading = (
		f"{'save of an Opportunity':32}{'queries':>9}{'added':>7}{'at most':>9}{'ms':>8}{'to stock':>10}"
	)
	rows = (
		f"{save.title:32}{save.queries:9}{save.added:+7}{save.promised:+9}{save.ms:8.1f}{save.ratio:9.2f}x"
		for save in saves
	)
	reconciled = (
		f"reconciliation of {reconciliation.deals} deals with {reconciliation.entries} entries: "
		f"{reconciliation.ms:.0f} ms (at most {reconciliation.promised_ms}), "
		f"{reconciliation.ratio:.1f}x the plainest SQL over the same rows"
	)
	return "\n".join((heading, *rows, "", reconciled))


if __name__ == "__main__":
	main()
