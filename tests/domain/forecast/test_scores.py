"""Scores of probabilities and of amounts, against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.forecast import scores

SAID = np.array([0.1, 0.4, 0.6, 0.9])
CAME = np.array([0.0, 1.0, 0.0, 1.0])


def test_probabilities():
	found = scores.of_probabilities(SAID, CAME)
	assert found.n == 4
	assert found.brier == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
	assert found.logloss == pytest.approx(-(2 * np.log(0.9) + 2 * np.log(0.4)) / 4)
	assert found.auc == pytest.approx(3 / 4)
	assert found.ece == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)


def test_ties_count_half_in_the_area_under_the_curve():
	assert scores.auc(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == pytest.approx(0.5)


def test_where_all_ended_alike_there_is_no_area_under_the_curve():
	assert scores.auc(SAID, np.ones(4)) is None


def test_a_certainty_that_fails_costs_much_and_not_everything():
	assert scores.log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(-np.log(1e-9), rel=1e-3)


def test_nothing_to_score_is_an_error():
	with pytest.raises(ValueError, match="nothing to score"):
		scores.of_probabilities(np.empty(0), np.empty(0))


def test_amounts():
	found = scores.of_forecasts(np.array([110.0, 90.0]), np.array([100.0, 120.0]))
	assert (found.wape, found.bias) == (pytest.approx(40 / 220), pytest.approx(-20 / 220))
	assert found.coverage80 is None


def test_a_range_holds_at_its_ends():
	low, high = np.array([100.0, 121.0]), np.array([100.0, 130.0])
	found = scores.of_forecasts(np.array([100.0, 125.0]), np.array([100.0, 120.0]), low, high)
	assert found.coverage80 == 0.5


def test_where_nothing_came_no_share_of_it_is_given():
	assert scores.of_forecasts(np.array([5.0]), np.array([0.0])) == scores.ForecastScores(None, None)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_adds_up_to_all_cases(cases):
	said, came = (np.array(values, dtype=float) for values in zip(*cases, strict=True))
	assert sum(share for share, _said, _came in scores.calibration(said, came)) == pytest.approx(1)
	assert 0 <= scores.calibration_error(said, came) <= 1
