"""The chance that an open deal is won within a horizon, learned from how deals stood on earlier days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from pipeline_ext.domain.forecast import win_model
from pipeline_ext.domain.forecast.arrays import Places
from pipeline_ext.domain.forecast.competing_risks import Risks
from pipeline_ext.domain.forecast.encoding import Table
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.logistic import log_odds
from pipeline_ext.domain.forecast.periods import Period
from pipeline_ext.domain.forecast.snapshots import described, snapshot
from pipeline_ext.domain.forecast.win_model import WinModel

MOST_CASES = 30_000
MOST_SNAPSHOTS = 60
HALF_LIFE_DAYS = 365
FEWEST_WON = 5


def fit(known: History, origin: date, horizon: Period, risks: Risks) -> WinModel | None:
	"""A model of an open deal being won within the horizon; None where too little was won.

	It says what facts add to the chance that a deal has by the risks of its stage. A day counts only if its
	horizon had ended by the origin. A case a year old counts half.
	"""
	tables, won, weights, priors = [], [], [], []
	days = list(_snapshot_days(known, origin, horizon))
	for day in days:
		standing = known.open_at(day)
		chosen = _sample(len(standing.deals), MOST_CASES // len(days))
		if not len(chosen):
			continue
		deals = snapshot(known, standing, chosen)
		tables.append(described(deals, horizon.days_from(day)))
		priors.append(log_odds(risks.within(deals.stage, deals.days_in_stage, horizon.days_from(day))))
		won.append(known.won_within(day, horizon.after(day))[standing.deals[chosen]].astype(float))
		weights.append(np.full(len(chosen), 0.5 ** ((origin - day).days / HALF_LIFE_DAYS)))
	if not won or np.concatenate(won).sum() < FEWEST_WON:
		return None
	cases = (np.concatenate(each) for each in (won, weights, priors))
	return win_model.fit(_stacked(tables), *cases)


def _snapshot_days(known: History, origin: date, horizon: Period) -> Iterator[date]:
	"""Days to learn from, the last one first, back to the first win."""
	if known.first_win is None:
		return
	apart = timedelta(days=max(min(horizon.days_from(origin) // 2, 30), 1))
	day = _last_before(origin, horizon)
	for _snapshot in range(MOST_SNAPSHOTS):
		if day < known.first_win:
			return
		yield day
		day -= apart


def _last_before(origin: date, horizon: Period) -> date:
	"""The last day whose horizon has ended by the origin."""
	day = horizon.after(origin, -1)
	while horizon.after(day) > origin:
		day -= timedelta(days=1)
	return day


def _sample(cases: int, most: int) -> Places:
	"""Places of at most so many cases, spread evenly."""
	if cases <= most:
		return np.arange(cases)
	return np.linspace(0, cases - 1, most).astype(np.int64)


def _stacked(tables: list[Table]) -> Table:
	return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
