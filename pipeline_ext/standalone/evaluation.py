"""`pipeline-ext evaluate`: how well the win model does on a table of decided cases, beside simpler ones."""

from __future__ import annotations

import json
import random
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from pipeline_ext.domain.forecast import naive_bayes, win_model
from pipeline_ext.domain.forecast.encoding import Numbers, Table
from pipeline_ext.domain.forecast.scores import ProbabilityScores, of_probabilities
from pipeline_ext.standalone.tables import Unusable, read_table
from pipeline_ext.standalone.terminal import Number, Terminal, Text

ENDED = {"1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "won": 1.0, "lost": 0.0}


@dataclass(frozen=True)
class Split:
	"""Which cases are fitted and which are scored.

	The first `share` of them by `order`, those whose `test_column` is not 1, or a random `share`.
	"""

	order: str | None = None
	test_column: str | None = None
	share: float = 0.7
	seed: int = 1


@dataclass(frozen=True)
class Cases:
	"""A table in columns, each case with how it ended."""

	table: dict[str, list[str]]
	won: Numbers

	def only(self, places: Collection[int], without: Collection[str]) -> tuple[Table, Numbers]:
		"""Some of the cases, without some of the columns."""
		table = {
			name: [values[place] for place in places]
			for name, values in self.table.items()
			if name not in without
		}
		return table, self.won[list(places)]


def run(path: Path, label: str, split: Split, ignored: Collection[str], as_json: bool, out: TextIO) -> None:
	"""Print the scores of the model on the cases that it was not fitted on. Raises Unusable."""
	cases = read_cases(path, label)
	_check_columns(cases, path, (*ignored, *filter(None, (split.order, split.test_column))))
	scores = evaluate(cases, split, ignored)
	if as_json:
		print(json.dumps({name: asdict(each) for name, each in scores.items()}, indent="\t"), file=out)
	else:
		_show(Terminal(out), scores)


def evaluate(cases: Cases, split: Split, ignored: Collection[str] = ()) -> dict[str, ProbabilityScores]:
	"""Scores by method: `ours`, `naive_bayes` and `base`, the share won. Raises Unusable."""
	seen, unseen = _parts(cases, split)
	if not seen or not unseen:
		raise Unusable(f"{len(seen)} cases to fit and {len(unseen)} to score: both need some.")
	without = {*ignored, *filter(None, (split.order, split.test_column))}
	table, won = cases.only(seen, without)
	asked, came = cases.only(unseen, without)
	predicted = {
		"ours": win_model.fit(table, won).predict(asked) if table else np.full(len(came), won.mean()),
		"naive_bayes": naive_bayes.predict(table, won, asked),
		"base": np.full(len(came), won.mean()),
	}
	return {name: of_probabilities(each, came) for name, each in predicted.items()}


def read_cases(path: Path, label: str) -> Cases:
	"""The cases in a file, with how each ended in the column `label`. Raises Unusable."""
	table = read_table(path)
	header = table.rows[0].cells if table.rows else ()
	if label not in header:
		raise Unusable(f"{table.file} has no column {label}. It has: {', '.join(header)}.")
	if table.broken:
		raise Unusable(f"{table.file}, line {table.broken[0].line}: {table.broken[0].reason}")
	rows = table.rows[1:]
	for row in rows:
		if len(row.cells) != len(header):
			raise Unusable(
				f"{table.file}, line {row.line}: {len(row.cells)} cells, but the header has {len(header)}."
			)
	columns = {name: [row.cells[place] for row in rows] for place, name in enumerate(header)}
	won = [ENDED.get(value.lower()) for value in columns.pop(label)]
	if None in won:
		row = rows[won.index(None)]
		raise Unusable(f"{table.file}, line {row.line}: {label} is neither 1 nor 0.")
	return Cases(columns, np.array(won))


def _check_columns(cases: Cases, path: Path, named: Collection[str]) -> None:
	missing = [name for name in named if name not in cases.table]
	if missing:
		raise Unusable(f"{path.name} has no column {', '.join(missing)}.")


def _parts(cases: Cases, split: Split) -> tuple[list[int], list[int]]:
	"""The places of the cases to fit, and of those to score."""
	places = list(range(len(cases.won)))
	if split.test_column:
		is_test = [ENDED.get(value.lower(), 0.0) for value in cases.table[split.test_column]]
		return [place for place in places if not is_test[place]], [
			place for place in places if is_test[place]
		]
	if split.order:
		places.sort(key=_sort_key(cases.table[split.order]))
	else:
		random.Random(split.seed).shuffle(places)
	first = round(split.share * len(places))
	return places[:first], places[first:]


def _sort_key(values: list[str]):
	"""As numbers where all are, else as text, which orders dates as YYYY-MM-DD."""
	try:
		numbers = [float(value) for value in values]
	except ValueError:
		return lambda place: values[place]
	return lambda place: numbers[place]


def _show(terminal: Terminal, scores: dict[str, ProbabilityScores]) -> None:
	terminal.heading("Cases that were not fitted")
	terminal.table(
		(Text("Method"), Number("Cases"), Number("Brier"), Number("Log-loss"), Number("AUC"), Number("ECE")),
		(
			(
				name,
				f"{each.n:,}",
				f"{each.brier:.4f}",
				f"{each.logloss:.4f}",
				"" if each.auc is None else f"{each.auc:.4f}",
				f"{each.ece:.4f}",
			)
			for name, each in scores.items()
		),
	)
