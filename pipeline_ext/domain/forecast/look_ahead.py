"""Makes the outlook of a day, and what it would have been on the like day of earlier months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast import arrivals, chances, simple
from pipeline_ext.domain.forecast.arrays import Numbers
from pipeline_ext.domain.forecast.chances import ChanceModel
from pipeline_ext.domain.forecast.expectation import expect
from pipeline_ext.domain.forecast.headline import MODEL, Headline, Tried, headline
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.outlook import MONTH, QUARTER, Missing, Outlook, PastOutlook, PeriodOutlook
from pipeline_ext.domain.forecast.periods import Period, Window, months_between

MONTHS_AHEAD = 6
LOOKS_BACK = 18
FEWEST_PAST = 3
FEWEST_WON = 10
ENOUGH_MONTHS = 12
"""From then on every period has its like ones to be judged by."""
ONE_MONTH, THREE_MONTHS = Period(months=1), Period(months=3)


@dataclass(frozen=True)
class View:
	"""What is seen of one period ahead: by each method, and the model's parts from open and new deals."""

	kind: str
	window: Window
	values: Mapping[str, float]
	open_deals: float
	new_deals: float


@dataclass(frozen=True)
class Look:
	"""All that is seen from a day, and how many deals had been won by then."""

	origin: date
	won: int
	views: tuple[View, ...]


def look_ahead(history: History, origin: date) -> tuple[Outlook, ChanceModel | None]:
	"""The outlook when a day begins, and the model that it was made with."""
	now, model = _look(history, origin)
	earlier = [_look(history, day)[0] for day in _like_days(history, origin)]
	periods = tuple(
		_period(now, view, _past(history, earlier, number, origin))
		for number, view in enumerate(now.views)
		if view.values
	)
	return Outlook(origin, periods, _missing(now, len(earlier))), model


def month_ends(origin: date) -> list[date]:
	"""The first day after this month, and after each of the next five."""
	first = origin.replace(day=1)
	return [ONE_MONTH.after(first, times) for times in range(1, MONTHS_AHEAD + 1)]


def days_ahead(origin: date) -> tuple[int, ...]:
	"""How many days are left until the end of this month and of each of the next five."""
	return tuple((end - origin).days for end in month_ends(origin))


def _periods(origin: date) -> Iterator[tuple[str, Window]]:
	"""What is left of this month, the next five, what is left of this quarter, the next."""
	yield from ((MONTH, month) for month in _months(origin))
	quarter_end = next(end for end in month_ends(origin) if end.month % 3 == 1)
	yield QUARTER, Window(origin, quarter_end, THREE_MONTHS)
	yield QUARTER, Window(quarter_end, THREE_MONTHS.after(quarter_end), THREE_MONTHS)


def _months(origin: date) -> Iterator[Window]:
	ends = month_ends(origin)
	for first, end in zip([origin, *ends], ends, strict=False):
		yield Window(first, end, ONE_MONTH)


def _like_days(history: History, origin: date) -> list[date]:
	"""The like days of earlier months, the earliest first."""
	days = [ONE_MONTH.after(origin, -back) for back in range(LOOKS_BACK, 0, -1)]
	return [day for day in days if day > history.first_day]


def _look(history: History, origin: date) -> tuple[Look, ChanceModel | None]:
	known = history.before(origin)
	model = chances.learn(known, origin, [Period(days=days) for days in days_ahead(origin)])
	from_open = _so_far(origin, expect(known, origin, model).values if model else np.zeros(MONTHS_AHEAD))
	from_new = _so_far(
		origin, np.cumsum([arrivals.expect(known, origin, month) for month in _months(origin)])
	)
	views = []
	for kind, window in _periods(origin):
		open_deals, new_deals = (by[window.end] - by[window.first] for by in (from_open, from_new))
		values = simple.forecasts(known, origin, window)
		if model:
			values[MODEL] = open_deals + new_deals
		views.append(View(kind, window, values, open_deals, new_deals))
	won = int(np.isfinite(known.won_on).sum())
	return Look(origin, won, tuple(views)), model


def _so_far(origin: date, by_end: Numbers) -> dict[date, float]:
	"""What has come when a day begins, for the origin and each end of a month."""
	return dict(zip([origin, *month_ends(origin)], [0.0, *by_end.tolist()], strict=True))


def _past(history: History, looks: Sequence[Look], number: int, origin: date) -> tuple[PastOutlook, ...]:
	"""Of what was seen of a period from days like the origin, what has ended; each judged as it was then."""
	past: list[PastOutlook] = []
	for look in looks:
		view = look.views[number]
		window = view.window
		if not view.values or window.end > origin or not _is_like(look.origin, origin, window.step):
			continue
		ended = [each for each in past if each.end <= look.origin]
		chosen, low, high = _judged(look, view, ended)
		past.append(
			PastOutlook(
				origin=look.origin,
				first=window.first,
				end=window.end,
				method=chosen.method,
				forecast=chosen.forecast,
				low=low,
				high=high,
				actual=history.value_won(window.first, window.end),
				values=view.values,
			)
		)
	return tuple(past)


def _is_like(day: date, origin: date, step: Period) -> bool:
	"""Whether an earlier day lies where the origin does in a period of that length."""
	return months_between(day, origin) % step.months == 0


def _period(look: Look, view: View, past: Sequence[PastOutlook]) -> PeriodOutlook:
	chosen, low, high = _judged(look, view, past)
	return PeriodOutlook(
		kind=view.kind,
		first=view.window.first,
		end=view.window.end,
		open_deals=view.open_deals,
		new_deals=view.new_deals,
		method=chosen.method,
		value=chosen.forecast,
		low=low,
		high=high,
		values=view.values,
		past=tuple(past),
	)


def _judged(
	look: Look, view: View, past: Sequence[PastOutlook]
) -> tuple[Headline, float | None, float | None]:
	"""The forecast that is believed, and its range unless too little is known for one."""
	tried = [Tried(each.values, each.actual) for each in past]
	chosen = headline(view.values, tried)
	enough = sum(chosen.method in each.values for each in tried) >= FEWEST_PAST and look.won >= FEWEST_WON
	return (chosen, chosen.range.low, chosen.range.high) if enough else (chosen, None, None)


def _missing(look: Look, months: int) -> tuple[Missing, ...]:
	needed = (("won_deals", look.won, FEWEST_WON), ("months", months, ENOUGH_MONTHS))
	return tuple((what, there, enough) for what, there, enough in needed if there < enough)
