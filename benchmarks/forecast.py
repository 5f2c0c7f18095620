"""How far off the forecast is on public data, and what it costs at size.

Usage: python benchmarks/forecast.py DATA [--json]

DATA is a folder with the files named below; those that are not there are said to be missing.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

from pipeline_ext.domain.forecast.backtest import backtest
from pipeline_ext.domain.forecast.chances import learn
from pipeline_ext.domain.forecast.expectation import expect
from pipeline_ext.domain.forecast.history import history_of
from pipeline_ext.domain.forecast.periods import every, period
from pipeline_ext.standalone.evaluation import Split, evaluate, read_cases
from pipeline_ext.standalone.ledgers import Change, read_ledger

HOTEL = "hotel_resort_ledger.csv.gz"
LENDER = "bpi2012_ledger_to_2011.csv.gz"
DEALS = "deals_ibm_70.csv.gz"
LEADS = "leads_xedu_oldest70.csv.gz"
LEDGERS = (
	(HOTEL, "1m", "1m", date(2016, 1, 31), date(2017, 7, 31)),
	(HOTEL, "1m", "3m", date(2016, 1, 31), date(2017, 6, 30)),
	(LENDER, "1w", "14d", date(2011, 11, 1), date(2011, 12, 17)),
)
TABLES = ((DEALS, Split(seed=1)), (DEALS, Split(seed=2)), (LEADS, Split(order="order")))
SIZE = 100_000


@dataclass(frozen=True)
class Measured:
	"""One line of the result: what was run, and its figures by name."""

	what: str
	figures: dict[str, float | None]


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument("data", type=Path)
	parser.add_argument("--json", action="store_true")
	options = parser.parse_args()
	measured = [*_ledgers(options.data), *_tables(options.data), _at_size()]
	if options.json:
		print(json.dumps([asdict(each) for each in measured], indent="\t"))
	for each in () if options.json else measured:
		figures = (
			f"{name} {value:,.4g}" if value is not None else f"{name} -"
			for name, value in each.figures.items()
		)
		print(f"{each.what}: {', '.join(figures)}")


def _ledgers(data: Path) -> Iterator[Measured]:
	for file, step, ahead, first, last in LEDGERS:
		if not (data / file).exists():
			print(f"{file} is missing; not measured")
			continue
		history = read_ledger(data / file).history
		origins = list(every(period(step), first, last))
		tested = backtest(history, origins, period(step), period(ahead))
		others = {name: scores.wape for name, scores in tested.scores.items() if name != "model"}
		yield Measured(f"{file}, {ahead} ahead", {**asdict(tested.headline), **others})


def _tables(data: Path) -> Iterator[Measured]:
	for file, split in TABLES:
		if not (data / file).exists():
			print(f"{file} is missing; not measured")
			continue
		scores = evaluate(read_cases(data / file, "won"), split)
		figures = {
			f"{name} {score}": getattr(each, score)
			for name, each in scores.items()
			for score in ("brier", "ece")
		}
		yield Measured(f"{file}, {split.order or f'seed {split.seed}'}", figures)


def _at_size() -> Measured:
	"""Made-up deals over three years, most of them decided: the fit and the forecast of one month."""
	rows = list(_made_up(SIZE))
	start = perf_counter()
	origin = date(2022, 12, 1)
	known = history_of(rows, {}).before(origin)
	expected = expect(known, origin, learn(known, origin, [period("1m")]))
	figures = {
		"seconds": perf_counter() - start,
		"MB at most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
		"open deals": len(expected.deals),
	}
	return Measured(f"{SIZE:,} deals, {len(rows):,} rows", figures)


def _made_up(deals: int) -> Iterator[Change]:
	chance = np.random.default_rng(1)
	first, days = datetime(2020, 1, 1), 1095
	made, lasts = chance.uniform(0, days, deals), chance.gamma(4, 20, deals)
	won, amounts = chance.random(deals) < 0.3, np.exp(chance.normal(8, 1, deals))
	for number in range(deals):
		begun = first + timedelta(days=made[number])
		ended = begun + timedelta(days=lasts[number])
		deal = (float(amounts[number]), (ended + timedelta(days=5)).date())
		yield Change(f"D{number}", begun, "Talk", "open", *deal)
		if number % 3 == 0:
			yield Change(f"D{number}", begun + (ended - begun) / 2, "Quote", "open", *deal)
		if made[number] + lasts[number] < days:
			yield Change(f"D{number}", ended, "Ended", "won" if won[number] else "lost", *deal)


if __name__ == "__main__":
	main()
