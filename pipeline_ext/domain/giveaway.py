"""What submitted quotes gave away against the list, added up by rep, customer group or item."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Gift:
	"""What one quote gave away, or one item in it; in company currency.

	List value and discount are of the lines that have a list price, the margin of those that have a cost, and
	None where that was not measured.
	"""

	group: str
	quotation: str
	customer: str
	submitted_on: datetime
	approval: str | None
	quoted_value: float | None
	list_value: float | None
	discount_amount: float | None
	margin_amount: float | None

	@property
	def discount_percent(self) -> float | None:
		"""Of the list value."""
		return _percent(self.discount_amount, self.list_value)


@dataclass(frozen=True)
class Giveaway:
	"""The gifts of one group, and what they add up to; None where none of them was measured."""

	group: str
	gifts: tuple[Gift, ...]

	@property
	def quotes(self) -> int:
		return len({gift.quotation for gift in self.gifts})

	@property
	def with_approval(self) -> int:
		return len({gift.quotation for gift in self.gifts if gift.approval})

	@property
	def quoted_value(self) -> float | None:
		return self._total(lambda gift: gift.quoted_value)

	@property
	def list_value(self) -> float | None:
		return self._total(lambda gift: gift.list_value)

	@property
	def discount_amount(self) -> float | None:
		return self._total(lambda gift: gift.discount_amount)

	@property
	def discount_percent(self) -> float | None:
		"""Of the list value."""
		return _percent(self.discount_amount, self.list_value)

	@property
	def margin_amount(self) -> float | None:
		return self._total(lambda gift: gift.margin_amount)

	def _total(self, amount: Callable[[Gift], float | None]) -> float | None:
		amounts = [known for gift in self.gifts if (known := amount(gift)) is not None]
		return sum(amounts) if amounts else None


def _percent(part: float | None, whole: float | None) -> float | None:
	return part / whole * 100 if part is not None and whole else None


def giveaways(gifts: Iterable[Gift]) -> tuple[Giveaway, ...]:
	"""The gifts by group, the group that gave away most first; within a group the largest gift first."""
	groups: dict[str, list[Gift]] = {}
	for gift in sorted(gifts, key=lambda gift: (-(gift.discount_amount or 0), gift.quotation)):
		groups.setdefault(gift.group, []).append(gift)
	found = [Giveaway(group, tuple(members)) for group, members in groups.items()]
	return tuple(sorted(found, key=lambda each: (-(each.discount_amount or 0), each.group)))
