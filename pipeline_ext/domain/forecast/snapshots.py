"""How open deals looked on a day, as columns that a model of their winning can learn from."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline_ext.domain.forecast.arrays import Flags, Numbers
from pipeline_ext.domain.forecast.encoding import Table
from pipeline_ext.domain.forecast.history import History, Standing, day_number
from pipeline_ext.domain.forecast.periods import Period

NO_DATE = "no date"


def described(history: History, standing: Standing, horizon: Period) -> Table:
	"""What is known of open deals on the day: stage, how long in it, when they are to close."""
	day = day_number(standing.day)
	rows, deals = standing.rows, standing.deals
	table = {f"fact: {name}": values[deals] for name, values in history.facts.items()}
	table["stage"] = history.stage[rows]
	table["amount"] = history.amount[rows]
	table["age"] = day - history.created_on[deals]
	table["days in stage"] = day - history.entered_on[rows]
	if not np.isnan(history.expected_close).all():
		close = history.expected_close[rows]
		table["expected close"] = _closing(close - day, horizon.days_from(standing.day))
		table["planned length"] = close - history.created_on[deals]
	return table


def _closing(days: Numbers, horizon: int) -> np.ndarray:
	"""Where the expected close lies, in eighths of the horizon while within it."""
	edges = np.array(
		[-horizon, 0, *(horizon * part / 8 for part in range(1, 9)), horizon * 1.25, horizon * 2]
	)
	names = np.array(
		[
			"long overdue",
			"overdue",
			*(f"{part} of 8 of the horizon" for part in range(1, 9)),
			"just after",
			"after",
			"long after",
			NO_DATE,
		],
		dtype=object,
	)
	return names[np.where(np.isnan(days), len(names) - 1, np.searchsorted(edges, days, side="right"))]


def won_in(history: History, standing: Standing, end: date) -> Flags:
	"""Which of the open deals were won before a later day began."""
	return history.won_within(standing.day, end)[standing.deals]
