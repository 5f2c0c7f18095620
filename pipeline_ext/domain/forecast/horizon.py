"""The value that will be won within a horizon: from open deals, and from deals not yet there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from pipeline_ext.domain.forecast import arrivals, win_model
from pipeline_ext.domain.forecast.arrays import Numbers, Places
from pipeline_ext.domain.forecast.encoding import Table
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.periods import Period
from pipeline_ext.domain.forecast.snapshots import described, won_in
from pipeline_ext.domain.forecast.win_model import WinModel

MOST_CASES = 30_000
MOST_SNAPSHOTS = 60
HALF_LIFE_DAYS = 365
FEWEST_WON = 5


@dataclass(frozen=True)
class OpenDeals:
	"""The deals open at an origin, what each is worth, and the chance that it is won in the horizon."""

	deals: Places
	amounts: Numbers
	chances: Numbers

	@property
	def value(self) -> float:
		return float(self.amounts @ self.chances)


@dataclass(frozen=True)
class Expected:
	"""What is expected from an origin on for one horizon, in the ledger's currency."""

	origin: date
	open_deals: OpenDeals
	from_new: float

	@property
	def value(self) -> float:
		return self.open_deals.value + self.from_new


def expect(history: History, origin: date, horizon: Period) -> Expected | None:
	"""The forecast at an origin, by what was known when that day began; None where too little was won."""
	known = history.before(origin)
	model = fit(known, origin, horizon)
	if model is None:
		return None
	standing = known.open_at(origin)
	chances = model.predict(described(known, standing, horizon))
	new = arrivals.forecast(_brought_by_new(known, origin, horizon), origin, horizon)
	return Expected(origin, OpenDeals(standing.deals, known.amount[standing.rows], chances), new)


def fit(known: History, origin: date, horizon: Period) -> WinModel | None:
	"""A model of an open deal being won within the horizon, from how deals stood on earlier days.

	A day counts only if its horizon had ended by the origin. A case a year old counts half.
	"""
	tables, won, weights = [], [], []
	days = list(_snapshot_days(known, origin, horizon))
	for day in days:
		standing = known.open_at(day)
		chosen = _sample(len(standing.deals), MOST_CASES // len(days))
		if not len(chosen):
			continue
		table = described(known, standing, horizon)
		tables.append({name: values[chosen] for name, values in table.items()})
		won.append(won_in(known, standing, horizon.after(day))[chosen].astype(float))
		age = (origin - day).days
		weights.append(np.full(len(chosen), 0.5 ** (age / HALF_LIFE_DAYS)))
	if not won or np.concatenate(won).sum() < FEWEST_WON:
		return None
	return win_model.fit(_stacked(tables), np.concatenate(won), np.concatenate(weights))


def _snapshot_days(known: History, origin: date, horizon: Period) -> Iterator[date]:
	"""Days to learn from, the last one first, back to the first win."""
	first_win = _first_win(known)
	if first_win is None:
		return
	apart = timedelta(days=max(min(horizon.days_from(origin) // 2, 30), 1))
	day = _last_before(origin, horizon)
	for _snapshot in range(MOST_SNAPSHOTS):
		if day < first_win:
			return
		yield day
		day -= apart


def _last_before(origin: date, horizon: Period) -> date:
	"""The last day whose horizon has ended by the origin."""
	day = horizon.after(origin, -1)
	while horizon.after(day) > origin:
		day -= timedelta(days=1)
	return day


def _first_win(known: History) -> date | None:
	won = known.won_on[np.isfinite(known.won_on)]
	return date(1970, 1, 1) + timedelta(days=int(won.min())) if len(won) else None


def _sample(cases: int, most: int) -> Places:
	"""Places of at most so many cases, spread evenly."""
	if cases <= most:
		return np.arange(cases)
	return np.linspace(0, cases - 1, most).astype(np.int64)


def _stacked(tables: list[Table]) -> Table:
	return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _brought_by_new(known: History, origin: date, horizon: Period) -> arrivals.Brought:
	first_win = _first_win(known)

	@cache
	def brought(day: date) -> float | None:
		end = horizon.after(day)
		if first_win is None or day < first_win or end > origin:
			return None
		return known.value_of_new(day, end)

	return brought
