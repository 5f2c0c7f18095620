"""What is written down of forecasts: how far off they were, and chances that have changed."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from pipeline_ext.domain.forecast import accuracy
from pipeline_ext.domain.forecast.outlook import past_from_dict
from pipeline_ext.domain.forecast.reasons import Reason, Reasons
from pipeline_ext.domain.forecast.scored import Scored
from tests.domain.forecast.ledgers import World

TODAY = date(2021, 10, 22)


def test_accuracy_of_the_months_that_have_ended():
	history = World(600, days=720).history()
	tested = accuracy.monthly(history, TODAY)
	data = json.loads(json.dumps(accuracy.as_data(tested)))
	months = [past_from_dict(each) for each in data["months"]]
	assert [each.origin for each in months] == [
		date(2020 + month // 12, month % 12 + 1, 1) for month in range(1, 21)
	]
	for each in months:
		assert each.first == each.origin and each.end.day == 1 and each.end <= TODAY
		assert each.actual == pytest.approx(history.value_won(each.first, each.end))
	off = sum(abs(each.forecast - each.actual) for each in months) / sum(each.actual for each in months)
	assert data["headline"]["wape"] == pytest.approx(off)
	assert data["deals"]["n"] > 100
	assert sum(share for share, _said, _came in data["calibration"]) == pytest.approx(1)
	best = accuracy.best_method(tested)
	missed = {
		method: np.mean(
			[(each.values[method] - each.actual) ** 2 for each in months if method in each.values]
		)
		for method in months[-1].values
	}
	assert best == min(missed, key=missed.get)


def test_a_ledger_of_this_month_has_no_accuracy():
	history = World(20, days=10).history()
	assert accuracy.monthly(history, date(2020, 1, 20)) is None
	assert accuracy.as_data(None)["months"] == [] and accuracy.best_method(None) == "model"


SAID = Scored(
	date(2021, 10, 5),
	40.0,
	(1.0, 5.0, 9.0, 12.0, 14.0, 15.0),
	Reasons((Reason("source", "Web", 6.0),), (Reason("amount", "9.00", -2.0),)),
)


@pytest.mark.parametrize(
	("changes", "is_more"),
	[
		({}, False),
		({"day": date(2021, 10, 31)}, False),
		({"day": date(2021, 11, 1)}, True),
		({"day": date(2022, 10, 5)}, True),
		({"probability": 40.9}, False),
		({"probability": 41.0}, True),
		({"by_month": (1.0, 5.0, 9.0, 12.0, 14.0, 13.9)}, True),
		({"reasons": replace(SAID.reasons, raises=(Reason("source", "Web", 9.0),))}, False),
		({"reasons": replace(SAID.reasons, raises=())}, True),
		({"reasons": replace(SAID.reasons, lowers=())}, False),
		({"reasons": replace(SAID.reasons, lowers=(Reason("stage", "Talk", -5.0),))}, True),
	],
)
def test_what_is_worth_writing_down_anew(changes, is_more):
	assert replace(SAID, **changes).says_more_than(SAID) is is_more
