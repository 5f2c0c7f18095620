"""What owners commit to as a month begins, against what they win in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline_ext.domain.forecast.scores import ForecastScores, of_forecasts


@dataclass(frozen=True)
class Commitment:
	"""What was won of one owner's deals in a month, and what was to be expected as it began.

	`committed` are the deals of the category Commit that were to close in it. What nobody said is None.
	"""

	owner: str | None
	month: date
	won: float = 0.0
	committed: float = 0.0
	owner_says: float | None = None
	manager_says: float | None = None


@dataclass(frozen=True)
class Record:
	"""Several months, of one owner or of several. A `voice` is a field that says what to expect."""

	commitments: tuple[Commitment, ...]

	@property
	def won(self) -> float:
		return sum(each.won for each in self.commitments)

	def said(self, voice: str) -> float | None:
		"""The sum of what the voice said; None where it never said anything."""
		said = [getattr(each, voice) for each in self._heard(voice)]
		return sum(said) if said else None

	def scores(self, voice: str) -> ForecastScores:
		"""How far off it was, in the months in which it said anything; a bias above 0 is too high."""
		heard = self._heard(voice)
		said = np.array([getattr(each, voice) for each in heard], dtype=float)
		return of_forecasts(said, np.array([each.won for each in heard]))

	def _heard(self, voice: str) -> list[Commitment]:
		return [each for each in self.commitments if getattr(each, voice) is not None]
