"""What a forecast of all deals says of some of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from pipeline_ext.domain.forecast.ranges import WIDEST, Range


def share_of(won: float, won_by_all: float) -> float:
	"""The share, 0 to 1, that some deals had in what all of them brought; 0 where nothing came."""
	return min(max(won / won_by_all, 0.0), 1.0) if won_by_all > 0 else 0.0


def spread_of_part(spread: float, share: float) -> float:
	"""How far off a part may be, in amounts, where the whole may be so far: see `RelativeRange.around`."""
	return spread * sqrt(share)


@dataclass(frozen=True)
class RelativeRange:
	"""An 80 % range apart from its forecast, as `ranges.around` makes it; `below` and `above` are 0 to 1.

	low = forecast × (1 − below), high = forecast ÷ (1 − above).
	"""

	below: float
	above: float

	@classmethod
	def of(cls, forecast: float, low: float, high: float) -> RelativeRange:
		"""From a forecast and its range; the widest where there is nothing to be relative to."""
		if forecast <= 0 or high <= 0:
			return cls(WIDEST, WIDEST)
		return cls(1 - low / forecast, 1 - forecast / high)

	def around(self, forecast: float, share: float) -> Range:
		"""The range around the forecast of a part that has this share of the whole.

		What comes of deals that are won apart from each other varies with the root of how many they are, so
		relative to their sum it varies with one over that root: a quarter of the deals is twice as uncertain.
		It is never narrower than that of the whole, nor wider than the widest range that is drawn.
		"""
		below, above = (_widened(each, share) for each in (self.below, self.above))
		return Range(forecast * (1 - below), forecast / (1 - above))


def _widened(off: float, share: float) -> float:
	off = max(off, 0.0)
	return min(off / sqrt(share), WIDEST) if share * WIDEST**2 > off**2 else WIDEST
