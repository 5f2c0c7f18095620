"""What the reports cost: time beside the plainest SQL for the same totals and stock reports, and memory.

It empties the site that PIPELINE_EXT_SITE names and fills it with deals: a site of its own, refused where
there are deals of anybody else. All times of one run are taken by turns:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=bench.localhost ../env/bin/python PATH/benchmarks/reports.py
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import frappe

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bulk, plain_sql
from tests.site import factories

BESIDE_PLAIN, FASTER_THAN_STOCK, MEGABYTES, TEN_TIMES = 2, 5, 100, 11
"""What is promised: times the plainest SQL, times faster than stock, memory, time for ten times the deals."""
TODAY = date.today()
A_YEAR_AGO = TODAY - timedelta(days=365)


@dataclass(frozen=True)
class Report:
	"""A report, SQL that comes to the same totals, the stock report nearest to it, and its filters."""

	name: str
	plain: tuple[str, ...]
	nearest: str
	filters: dict[str, Any] = field(default_factory=dict)

	def execute(self) -> None:
		_execute_of("pipeline_ext.pipeline_ext.report.{0}.{0}.execute", self.name)(
			{"company": factories.COMPANY, **self.filters}
		)

	def run_plain(self) -> None:
		for statement in self.plain:
			frappe.db.sql(statement, {"company": factories.COMPANY})


BY_MONTH, BY_STAGE = "Sales Pipeline Analytics", "Opportunity Summary by Sales Stage"
"""ERPNext's own reports on deals: amounts by owner and month, and deals by owner and stage."""

REPORTS = (
	Report("Pipeline Forecast", plain_sql.FORECAST, BY_MONTH),
	Report("Stage Aging", plain_sql.STAGE_AGING, BY_STAGE),
	Report("Stage Conversion", plain_sql.STAGE_CONVERSION, BY_STAGE),
	Report("Win Loss Analysis", plain_sql.WIN_LOSS, BY_STAGE),
	Report("Pipeline Waterfall", plain_sql.WATERFALL, BY_MONTH),
	Report("Quota Attainment", plain_sql.QUOTA, BY_MONTH),
	Report("Forecast Accuracy", plain_sql.ACCURACY, BY_MONTH),
	Report("Gate Compliance", plain_sql.GATE_COMPLIANCE, BY_STAGE),
	Report("Quote Approval Analysis", plain_sql.QUOTE_APPROVALS, BY_STAGE),
	Report("Lead To Cash", plain_sql.LEAD_TO_CASH, BY_STAGE, {"from_date": A_YEAR_AGO}),
)

STOCK = {
	BY_MONTH: {
		"pipeline_by": "Owner",
		"range": "Monthly",
		"based_on": "Amount",
		"from_date": A_YEAR_AGO,
		"to_date": TODAY,
	},
	BY_STAGE: {"based_on": "Opportunity Owner", "data_based_on": "Amount"},
}


@dataclass(frozen=True)
class Figure:
	"""Seconds (median) and megabytes at the peak of one report."""

	report: str
	nearest: str
	seconds: float
	plain_seconds: float
	megabytes: float

	@property
	def ratio(self) -> float:
		return self.seconds / self.plain_seconds


@dataclass(frozen=True)
class Measured:
	"""One run: all reports on so many deals, and what ERPNext's own took, in seconds."""

	deals: int
	entries: int
	figures: tuple[Figure, ...]
	stock: dict[str, float]


def main(arguments: list[str] | None = None) -> None:
	parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
	parser.add_argument("--deals", type=int, default=100_000, help="how many to load (%(default)s)")
	parser.add_argument("--keep", action="store_true", help="measure what an earlier run loaded")
	parser.add_argument("--no-model", action="store_true", help="load without what the nightly job learns")
	parser.add_argument("--rounds", type=int, default=5, help="how often each is timed (%(default)s)")
	parser.add_argument("--beside", type=Path, help="JSON of a run with fewer deals, to compare times with")
	parser.add_argument("--json", action="store_true", help="print JSON instead of text")
	options = parser.parse_args(arguments)
	_connect()
	try:
		if not options.keep:
			bulk.fill(options.deals, learn=not options.no_model)
		measured = measure(options.rounds)
	finally:
		frappe.destroy()
	smaller = json.loads(options.beside.read_text()) if options.beside else None
	print(as_json(measured) if options.json else as_text(measured, smaller))


def _connect() -> None:
	name = os.environ.get("PIPELINE_EXT_SITE")
	if not name or not Path(name, "site_config.json").exists():
		sys.exit("Name a site in PIPELINE_EXT_SITE and run this from the bench's sites folder.")
	frappe.init(name)
	frappe.connect()


def measure(rounds: int) -> Measured:
	"""By turns: each round runs every report, its SQL, and ERPNext's own once."""
	stock = {name: _stock(name, filters) for name, filters in STOCK.items()}
	acts = [act for report in REPORTS for act in (report.execute, report.run_plain)] + [*stock.values()]
	for act in acts:
		act()
	times = [[_seconds(act) for act in acts] for _round in range(rounds)]
	medians = [median(column) for column in zip(*times, strict=True)]
	pairs = zip(REPORTS, medians[::2], medians[1::2], strict=False)
	figures = tuple(
		Figure(report.name, report.nearest, seconds, plain_seconds, _megabytes(report.execute))
		for report, seconds, plain_seconds in pairs
	)
	return Measured(
		deals=frappe.db.count("Opportunity"),
		entries=frappe.db.count("Pipeline Ledger Entry"),
		figures=figures,
		stock=dict(zip(stock, medians[2 * len(REPORTS) :], strict=True)),
	)


def _stock(name: str, filters: dict[str, Any]) -> Callable[[], None]:
	execute = _execute_of("erpnext.crm.report.{0}.{0}.execute", name)
	return lambda: execute({"company": factories.COMPANY, **filters})


def _execute_of(path: str, report: str) -> Callable[[dict[str, Any]], Any]:
	return frappe.get_attr(path.format(frappe.scrub(report)))


def _seconds(act: Callable[[], None]) -> float:
	start = perf_counter()
	act()
	return perf_counter() - start


def _megabytes(act: Callable[[], None]) -> float:
	"""What Python holds of it at the worst moment."""
	tracemalloc.start()
	try:
		act()
		return tracemalloc.get_traced_memory()[1] / 1_000_000
	finally:
		tracemalloc.stop()


def as_json(measured: Measured) -> str:
	figures = [{**asdict(figure), "ratio": figure.ratio} for figure in measured.figures]
	return json.dumps({**asdict(measured), "figures": figures}, indent="\t")


def as_text(measured: Measured, smaller: dict[str, Any] | None = None) -> str:
	before = {figure["report"]: figure["seconds"] for figure in smaller["figures"]} if smaller else {}
	stock = [f"({letter}) {name}" for letter, name in zip("ab", measured.stock, strict=True)]
	rows = [
		f"{'report':26}{'s':>8}{'plain SQL':>11}{'ratio':>8}{'to (a)':>9}{'to (b)':>9}{'MB':>6}{'growth':>9}"
	]
	for figure in measured.figures:
		faster = "".join(
			f"{seconds / figure.seconds:8.1f}{'*' if name == figure.nearest else ' '}"
			for name, seconds in measured.stock.items()
		)
		grown = f"{figure.seconds / before[figure.report]:8.1f}x" if figure.report in before else ""
		rows.append(
			f"{figure.report:26}{figure.seconds:8.3f}{figure.plain_seconds:11.3f}{figure.ratio:7.2f}x"
			f"{faster}{figure.megabytes:6.0f}{grown}"
		)
	rows += [f"{name:38}{seconds:8.3f}" for name, seconds in zip(stock, measured.stock.values(), strict=True)]
	return "\n".join((f"{measured.deals} deals, {measured.entries} ledger entries", *rows, _promised()))


def _promised() -> str:
	return (
		f"promised: at most {BESIDE_PLAIN}x the plainest SQL, {FASTER_THAN_STOCK}x faster than the nearest "
		f"stock report (*), under {MEGABYTES} MB; with ten times the deals at most {TEN_TIMES}x the time"
	)


if __name__ == "__main__":
	main()
