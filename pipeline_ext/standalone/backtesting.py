"""`pipeline-ext backtest`: what would have been forecast from a ledger on past days, against what came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from pipeline_ext.domain.forecast.backtest import Backtest, backtest
from pipeline_ext.domain.forecast.periods import Period, every
from pipeline_ext.domain.forecast.scores import ForecastScores
from pipeline_ext.standalone.ledgers import Ledger, read_ledger
from pipeline_ext.standalone.tables import Unusable
from pipeline_ext.standalone.terminal import Number, Terminal, Text
from pipeline_ext.standalone.wording import amount

COLUMNS = tuple(Number(title) for title in ("Forecast", "Low", "High", "Actual"))
MOST_ORIGINS = 1000


@dataclass(frozen=True)
class Test:
	"""A ledger, the first and last day to forecast from, how far apart they are, and how far to look."""

	ledger: Path
	first: date
	last: date
	step: Period
	horizon: Period


def run(test: Test, with_deals: bool, as_json: bool, out: TextIO) -> None:
	"""Print the back-test of a ledger. Raises Unusable."""
	ledger = read_ledger(test.ledger)
	tested = _tested(ledger, test)
	if as_json:
		print(json.dumps(as_data(tested, with_deals), indent="\t"), file=out)
	else:
		_show(Terminal(out), ledger, tested, with_deals)


def _tested(ledger: Ledger, test: Test) -> Backtest:
	origins = list(every(test.step, test.first, test.last))
	if not origins:
		raise Unusable(f"There is no day from {test.first} to {test.last}: --from comes first.")
	if len(origins) > MOST_ORIGINS:
		raise Unusable(f"{len(origins)} origins are more than {MOST_ORIGINS}. Choose a longer --every.")
	try:
		return backtest(ledger.history, origins, test.step, test.horizon)
	except ValueError as error:
		raise Unusable(f"Nothing can be forecast from {test.first} to {test.last}: {error}.") from error


def as_data(tested: Backtest, with_deals: bool) -> dict[str, Any]:
	"""The back-test as JSON data; shares are of what came."""
	data: dict[str, Any] = {
		"origins": [
			{
				"date": each.date.isoformat(),
				"method": each.method,
				"forecast": each.forecast,
				"low": each.low,
				"high": each.high,
				"actual": each.actual,
			}
			for each in tested.origins
		],
		"scores": {method: asdict(scores) for method, scores in tested.scores.items()},
		"headline": asdict(tested.headline),
	}
	if with_deals:
		data["deals"] = asdict(tested.deals) if tested.deals else None
	return data


def _show(terminal: Terminal, ledger: Ledger, tested: Backtest, with_deals: bool) -> None:
	terminal.heading("Forecast at each origin, by what was known before it")
	terminal.table(
		(Text("Origin"), Text("Method"), *COLUMNS, Text("In range")),
		(
			(
				each.date.isoformat(),
				each.method,
				amount(each.forecast),
				amount(each.low),
				amount(each.high),
				amount(each.actual),
				"yes" if each.low <= each.actual <= each.high else "no",
			)
			for each in tested.origins
		),
	)
	terminal.heading("How far off")
	rows: Mapping[str, ForecastScores] = {"headline": tested.headline, **tested.scores}
	terminal.table(
		(Text("Method"), Number("WAPE"), Number("Bias"), Number("In 80 % range")),
		(
			(name, _share(each.wape), _share(each.bias), _share(each.coverage80))
			for name, each in rows.items()
		),
	)
	if with_deals and tested.deals:
		_show_deals(terminal, asdict(tested.deals))
	terminal.remarks(ledger.remarks)
	terminal.left_out(ledger.left_out)


def _show_deals(terminal: Terminal, scores: Mapping[str, Any]) -> None:
	terminal.heading("Deals: is it won within the horizon?")
	terminal.table(
		tuple(Number(name) for name in scores),
		[["" if value is None else f"{value:,.4f}".removesuffix(".0000") for value in scores.values()]],
	)


def _share(value: float | None) -> str:
	return "" if value is None else f"{value:.3f}"
