"""Win rates with their uncertainty, cycles, velocity and size bands."""

from __future__ import annotations

import pytest

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.win_loss import SIZES, AlikeDeals, WinLoss, size_band, win_loss

WON, LOST = Outcome.WON, Outcome.LOST


def test_a_group():
	found = win_loss(
		[
			AlikeDeals(WON, days=10, deals=2, amount=3000),
			AlikeDeals(WON, days=40, deals=1, amount=6000),
			AlikeDeals(LOST, days=5, deals=1, amount=1000),
			AlikeDeals(LOST, days=7, deals=6, amount=2000),
		]
	)
	assert (found.won.deals, found.lost.deals, found.decided) == (3, 7, 10)
	assert (found.rate.value, found.value_rate) == (0.3, 0.75)
	assert found.rate.interval == pytest.approx((0.1078, 0.6032), abs=0.00005)
	assert (found.won.amount, found.won.average) == (9000, 3000)
	assert (found.won.cycle.mean, found.won.cycle.median) == (20, 10)
	assert (found.lost.cycle.mean, found.lost.cycle.median) == (47 / 7, 7)
	assert found.velocity(open_deals=8) == pytest.approx(8 * 0.3 * 3000 / 20)


def test_nothing_decided():
	nothing = win_loss([])
	assert nothing == WinLoss()
	assert nothing.decided == 0
	assert [nothing.rate.value, nothing.value_rate, nothing.won.average, nothing.won.cycle] == [None] * 4
	assert nothing.velocity(5) is None


def test_nothing_won():
	lost = win_loss([AlikeDeals(LOST, 3, 4, 0)])
	assert (lost.rate.value, lost.value_rate, lost.velocity(5)) == (0, None, None)


def test_all_won_on_the_first_day_has_no_velocity():
	assert win_loss([AlikeDeals(WON, 0, 4, 100)]).velocity(5) is None


def test_size_bands():
	assert SIZES[:7] == (1, 2, 5, 10, 20, 50, 100)
	assert list(SIZES) == sorted(SIZES)
	assert size_band(0) == (None, 1)
	assert size_band(4) == (10, 20)
	assert size_band(len(SIZES)) == (SIZES[-1], None)
