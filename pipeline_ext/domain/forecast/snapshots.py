"""How open deals looked on a day, as columns that a model of their winning can learn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast.arrays import Numbers, Places, Texts
from pipeline_ext.domain.forecast.encoding import Table
from pipeline_ext.domain.forecast.history import History, Standing, day_number

FACT = "fact: "
STAGE, AMOUNT, AGE, DAYS_IN_STAGE = "stage", "amount", "age", "days in stage"
EXPECTED_CLOSE, PLANNED_LENGTH = "expected close", "planned length"
NO_DATE = "no date"


@dataclass(frozen=True)
class Snapshot:
	"""Open deals when a day begins, in columns; times in days since 1970, `expected_close` NaN for none."""

	day: date
	stage: Texts
	amount: Numbers
	created_on: Numbers
	entered_on: Numbers
	expected_close: Numbers
	facts: Mapping[str, Texts]

	@property
	def age(self) -> Numbers:
		"""Days since each deal came."""
		return day_number(self.day) - self.created_on

	@property
	def days_in_stage(self) -> Numbers:
		return day_number(self.day) - self.entered_on

	@property
	def days_to_close(self) -> Numbers:
		"""Days until each deal is expected to close, below zero where that is past."""
		return self.expected_close - day_number(self.day)


def snapshot(history: History, standing: Standing, chosen: Places | slice = slice(None)) -> Snapshot:
	"""How those deals stood, or the chosen of them."""
	rows, deals = standing.rows[chosen], standing.deals[chosen]
	return Snapshot(
		day=standing.day,
		stage=np.array(history.stages, dtype=object)[history.stage[rows]],
		amount=history.amount[rows],
		created_on=history.created_on[deals],
		entered_on=history.entered_on[rows],
		expected_close=history.expected_close[rows],
		facts={name: values[deals] for name, values in history.facts.items()},
	)


def described(deals: Snapshot, horizon: int) -> Table:
	"""What is known of open deals that are to be won within so many days, as columns."""
	return {
		**{f"{FACT}{name}": values for name, values in deals.facts.items()},
		STAGE: deals.stage,
		AMOUNT: deals.amount,
		AGE: deals.age,
		DAYS_IN_STAGE: deals.days_in_stage,
		EXPECTED_CLOSE: _closing(deals.days_to_close, horizon),
		PLANNED_LENGTH: deals.expected_close - deals.created_on,
	}


def _closing(days: Numbers, horizon: int) -> Texts:
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
