"""`pipeline-ext backtest` and `evaluate`: what they print, and what they say of files that cannot be used."""

import csv
import gzip
import json

import numpy as np
import pytest

from pipeline_ext.cli import DONE, UNUSABLE, main
from tests.domain.forecast.test_backtest import changes, facts

DAYS = ("--from", "2021-02-28", "--to", "2021-04-30", "--every", "1m", "--horizon", "1m")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
	rows = sorted(changes(), key=lambda row: row.posted_on)
	known = facts(rows)
	path = tmp_path_factory.mktemp("ledger") / "ledger.csv.gz"
	with gzip.open(path, "wt", newline="") as file:
		writer = csv.writer(file)
		columns = ["document", "posted_on", "stage", "outcome", "amount", "expected_close"]
		writer.writerow([*columns, "source"])
		for row in rows:
			source = known[row.document]["source"]
			writer.writerow([*(getattr(row, column) for column in columns), source])
	return path


@pytest.fixture
def table(tmp_path):
	chance = np.random.default_rng(5)
	lines = ["id,source,size,won,part"]
	for number in range(600):
		source = chance.choice(["Web", "Fair"])
		won = int(chance.random() < (0.7 if source == "Web" else 0.2))
		lines.append(f"{number},{source},{chance.integers(1, 90)},{won},{int(number % 4 == 0)}")
	path = tmp_path / "deals.csv"
	path.write_text("\n".join(lines))
	return path


def run(capsys, *arguments):
	code = main([str(each) for each in arguments])
	out, error = capsys.readouterr()
	return code, out, error


def test_a_back_test_as_data(capsys, ledger):
	code, out, _error = run(capsys, "backtest", ledger, *DAYS, "--deals", "--json")
	data = json.loads(out)
	assert code == DONE
	assert [each["date"] for each in data["origins"]] == ["2021-02-28", "2021-03-31", "2021-04-30"]
	for each in data["origins"]:
		assert each["low"] < each["forecast"] < each["high"] and each["actual"] > 0
	assert set(data["headline"]) == {"wape", "bias", "coverage80"}
	assert {"model", "last_period", "trailing_average", "stage_weights"} <= set(data["scores"])
	assert data["deals"]["n"] > 100 and set(data["deals"]) == {"n", "brier", "logloss", "auc", "ece"}


def test_a_back_test_as_text(capsys, ledger):
	code, out, _error = run(capsys, "backtest", ledger, *DAYS)
	assert code == DONE
	assert "2021-04-30" in out and "headline" in out and "Brier" not in out


def test_an_evaluation_as_data(capsys, table):
	code, out, _error = run(capsys, "evaluate", table, "--label", "won", "--ignore", "part", "--json")
	scores = json.loads(out)
	assert code == DONE
	assert {name: each["n"] for name, each in scores.items()} == {
		"ours": 180,
		"naive_bayes": 180,
		"base": 180,
	}
	assert scores["ours"]["brier"] < 0.9 * scores["base"]["brier"]


def test_which_cases_are_scored(capsys, table):
	by_column = run(capsys, "evaluate", table, "--label", "won", "--test-column", "part", "--json")[1]
	by_order = run(capsys, "evaluate", table, "--label", "won", "--order", "id", "--split", "0.9", "--json")[
		1
	]
	assert json.loads(by_column)["ours"]["n"] == 150
	assert json.loads(by_order)["ours"]["n"] == 60
	seeded = ("evaluate", table, "--label", "won", "--json", "--seed")
	again = [run(capsys, *seeded, seed)[1] for seed in (1, 1, 2)]
	assert again[0] == again[1] != again[2]


@pytest.mark.parametrize(
	("arguments", "words"),
	[
		(("--label", "won?"), "has no column won?"),
		(("--label", "source"), "line 2: source is neither 1 nor 0"),
		(("--label", "won", "--order", "day"), "has no column day"),
		(("--label", "won", "--ignore", "x,y"), "has no column x, y"),
	],
)
def test_a_table_that_cannot_be_used_is_said(capsys, table, arguments, words):
	code, _out, error = run(capsys, "evaluate", table, *arguments)
	assert code == UNUSABLE and words in error


@pytest.mark.parametrize(
	("days", "words"),
	[
		(("--from", "2021-05-31", "--to", "2021-04-30"), "--from comes first"),
		(("--from", "2010-01-31", "--to", "2010-02-28"), "too little was won"),
		(("--from", "2000-01-01", "--to", "2021-01-01", "--every", "1d"), "more than 1000"),
	],
)
def test_days_that_cannot_be_forecast_are_said(capsys, ledger, days, words):
	code, _out, error = run(capsys, "backtest", ledger, *days)
	assert code == UNUSABLE and words in error


def test_a_row_that_cannot_be_used_is_listed_and_left_out(capsys, tmp_path, ledger):
	path = tmp_path / "ledger.csv"
	path.write_text(gzip.open(ledger, "rt").read() + "D1,2021-01-01,Talk,maybe,1,,Web\n")
	code, out, _error = run(capsys, "backtest", path, *DAYS)
	assert code == DONE and "outcome is not open, won or lost: maybe" in out


def test_a_period_that_is_none_is_refused(capsys, ledger):
	with pytest.raises(SystemExit):
		main(["backtest", str(ledger), *DAYS[:-1], "soon"])
	assert "14d, 2w or 1m" in capsys.readouterr().err
