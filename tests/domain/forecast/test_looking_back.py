"""How past outlooks and commitments are judged."""

from datetime import date

import pytest

from pipeline_ext.domain.forecast.commitments import Commitment, Record
from pipeline_ext.domain.forecast.looking_back import held, scores_by_method, scores_of_headline
from pipeline_ext.domain.forecast.outlook import PastOutlook

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def past(forecast, actual, low=None, high=None, **values):
	return PastOutlook(MAY, MAY, JUNE, "model", forecast, low, high, actual, values)


@pytest.mark.parametrize(
	("low", "high", "came"),
	[(90, 110, True), (100, 100, True), (101, 120, False), (50, 99, False), (None, None, None)],
)
def test_a_range_holds_what_came_its_ends_included(low, high, came):
	assert held(past(100, 100, low, high)) is came


def test_the_headline():
	scores = scores_of_headline([past(120, 100, 90, 130), past(50, 100, 40, 60), past(100, 200)])
	assert (scores.wape, scores.bias, scores.coverage80) == (170 / 400, -130 / 400, 0.5)


def test_no_outlook_has_no_score():
	scores = scores_of_headline([])
	assert (scores.wape, scores.bias, scores.coverage80) == (None, None, None)
	assert scores_by_method([]) == {}


def test_a_method_is_judged_where_it_said_something():
	scores = scores_by_method([past(1, 100, model=110, last_period=100), past(1, 100, model=70)])
	assert {method: (each.wape, each.bias) for method, each in scores.items()} == {
		"model": (0.2, -0.1),
		"last_period": (0, 0),
	}


def test_a_record_adds_up_what_was_said_and_what_came():
	record = Record(
		(
			Commitment("ann", MAY, won=100, committed=150, owner_says=90),
			Commitment("ann", JUNE, won=200, committed=150),
		)
	)
	assert (record.won, record.said("committed"), record.said("owner_says")) == (300, 300, 90)
	assert record.said("manager_says") is None
	committed, said, nothing = (record.scores(voice) for voice in ("committed", "owner_says", "manager_says"))
	assert (committed.wape, committed.bias) == (100 / 300, 0)
	assert (said.wape, said.bias) == pytest.approx((0.1, -0.1))
	assert (nothing.wape, nothing.bias) == (None, None)


def test_who_commits_to_nothing_misses_all():
	scores = Record((Commitment("ann", MAY, won=100),)).scores("committed")
	assert (scores.wape, scores.bias) == (1, -1)
