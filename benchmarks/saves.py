"""How a save is measured: queries and time with the app's document events beside those without, by turns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import frappe

from tests.site import factories
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


@contextmanager
def site() -> Iterator[None]:
	"""The site that PIPELINE_EXT_SITE names, connected; what is written to it is undone."""
	name = os.environ.get("PIPELINE_EXT_SITE")
	if not name or not Path(name, "site_config.json").exists():
		sys.exit("Name a site in PIPELINE_EXT_SITE and run this from the bench's sites folder.")
	frappe.init(name)
	frappe.connect()
	frappe.flags.in_test = frappe.in_test = True
	try:
		factories.masters()
		yield
	finally:
		frappe.db.rollback()
		frappe.clear_cache()
		frappe.destroy()


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
	"""How long it takes; what it writes is undone."""
	with undone():
		start = perf_counter()
		act()
		return perf_counter() - start


def save_data(saves: Sequence[Save]) -> list[dict[str, Any]]:
	"""Ready for JSON."""
	return [{**asdict(save), "added": save.added, "ratio": save.ratio} for save in saves]


def save_table(title: str, saves: Sequence[Save]) -> str:
	heading = f"{title:44}{'queries':>9}{'added':>7}{'at most':>9}{'ms':>8}{'to stock':>10}"
	rows = (
		f"{save.title:44}{save.queries:9}{save.added:+7}{save.promised:+9}{save.ms:8.1f}{save.ratio:9.2f}x"
		for save in saves
	)
	return "\n".join((heading, *rows))
