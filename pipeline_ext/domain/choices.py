"""What choosing one of each group can make of a sum, or of a ratio of sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

INFINITE = Decimal("Infinity")


@dataclass(frozen=True)
class Share:
	"""What one option adds to a part, and to the whole that it is a part of."""

	part: Decimal
	whole: Decimal


Groups = Sequence[Sequence[Share]]
"""Of each group, one share is chosen."""


def highest_ratio(groups: Groups) -> Decimal | None:
	"""The highest Σ part / Σ whole; None where there is neither a whole nor a part.

	Dinkelbach's method (1967): each round chooses what is best at the ratio found so far, until that finds no
	higher one. The ratio rises in every round and there are finitely many choices, so the result is exact.
	A part of nothing, or of less, is infinitely much.
	"""
	ratio = _ratio(_best(groups, lambda share: (share.whole, share.part)))
	if ratio is None:
		return _ratio(_best(groups, lambda share: share.part))
	while ratio < INFINITE:
		found = _ratio(_best(groups, partial(_above, ratio)))
		if found is None or found <= ratio:
			break
		ratio = found
	return ratio


def lowest_ratio(groups: Groups) -> Decimal | None:
	"""The lowest Σ part / Σ whole; None where there is none."""
	highest = highest_ratio([[Share(-share.part, share.whole) for share in group] for group in groups])
	return None if highest is None else -highest


def range_of_parts(groups: Groups) -> tuple[Decimal, Decimal]:
	"""The lowest and the highest sum of the parts."""
	parts = [[share.part for share in group] for group in groups]
	return sum(map(min, parts), Decimal()), sum(map(max, parts), Decimal())


def _best(groups: Groups, merit: Callable[[Share], Any]) -> Iterator[Share]:
	return (max(group, key=merit) for group in groups)


def _above(ratio: Decimal, share: Share) -> Decimal:
	"""What a share has beyond a part in that ratio to its whole."""
	return share.part - ratio * share.whole


def _ratio(chosen: Iterable[Share]) -> Decimal | None:
	part = whole = Decimal()
	for share in chosen:
		part += share.part
		whole += share.whole
	if whole > 0:
		return part / whole
	return INFINITE if part > 0 else None
