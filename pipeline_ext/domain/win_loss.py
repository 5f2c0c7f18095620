"""Decided deals → win rates with their uncertainty, cycle, average deal and sales velocity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline_ext.domain.aging import quantile
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share

SIZES = tuple(digit * 10**power for power in range(13) for digit in (1, 2, 5))
"""Where the bands of deal sizes begin: round amounts, so that bands stay the same from period to period."""


@dataclass(frozen=True)
class AlikeDeals:
	"""Decided deals of one outcome that took equally many whole days; `amount` is that of all of them."""

	outcome: Outcome
	days: int
	deals: int
	amount: float


@dataclass(frozen=True)
class Cycle:
	"""Days from the beginning of deals to their decision."""

	mean: float
	median: float


@dataclass(frozen=True)
class Side:
	"""The won deals of a group, or the lost ones. `days` maps how long deals took to how many did."""

	deals: int = 0
	amount: float = 0.0
	days: Mapping[int, int] = field(default_factory=dict)

	@property
	def average(self) -> float | None:
		"""The amount of an average deal; None without deals."""
		return self.amount / self.deals if self.deals else None

	@property
	def cycle(self) -> Cycle | None:
		"""None without deals."""
		if not self.days:
			return None
		mean = sum(days * deals for days, deals in self.days.items()) / self.deals
		return Cycle(mean, quantile(self.days, 0.5))


@dataclass(frozen=True)
class WinLoss:
	"""What became of the decided deals of a group."""

	won: Side = Side()
	lost: Side = Side()

	@property
	def decided(self) -> int:
		return self.won.deals + self.lost.deals

	@property
	def rate(self) -> Share:
		"""The share of the decided deals that was won."""
		return Share(self.won.deals, self.decided)

	@property
	def value_rate(self) -> float | None:
		"""The share of their value that was won, 0 to 1; None where they are worth nothing."""
		value = self.won.amount + self.lost.amount
		return self.won.amount / value if value else None

	def velocity(self, open_deals: int) -> float | None:
		"""What so many open deals bring a day, if they go as the decided ones went.

		Open deals × win rate × average won deal ÷ mean days to win: units of currency per day. None where
		nothing was won, or all of it on its first day.
		"""
		cycle = self.won.cycle
		if cycle is None or not cycle.mean:
			return None
		return open_deals * self.rate.value * self.won.average / cycle.mean


def win_loss(groups: Iterable[AlikeDeals]) -> WinLoss:
	groups = list(groups)
	return WinLoss(won=_side(groups, Outcome.WON), lost=_side(groups, Outcome.LOST))


def _side(groups: Iterable[AlikeDeals], outcome: Outcome) -> Side:
	groups = [group for group in groups if group.outcome is outcome]
	days: Counter[int] = Counter()
	for group in groups:
		days[group.days] += group.deals
	return Side(sum(group.deals for group in groups), sum(group.amount for group in groups), days)


def size_band(number: int) -> tuple[int | None, int | None]:
	"""From which amount on, and below which, deals are in a band of sizes; None where it has no such end.

	A band has the number of the SIZES that its deals are not smaller than.
	"""
	return SIZES[number - 1] if number else None, SIZES[number] if number < len(SIZES) else None
