"""Where an order gives more than the quotes that it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum

from pipeline_ext.domain.approvals import Policy


class Shortfall(str, Enum):
	"""In what an order falls below its quotes."""

	PRICE = "price"
	NO_RATE = "no_rate"
	QUANTITY = "quantity"
	ADDED = "added"
	PAYMENT = "payment"
	CUSTOMER = "customer"


@dataclass(frozen=True)
class QuotedLine:
	"""A line that may be ordered, in the currency of the order.

	`rate` is net of every discount, per stock unit; None where no exchange rate is known. `quantity` is in
	stock units; None where any may be ordered. `rounding` is by how much the line's amount may be off.
	"""

	item: str
	rate: Decimal | None
	quantity: Decimal | None
	rounding: Decimal = Decimal()


@dataclass(frozen=True)
class OrderedLine:
	"""A line of an order; `quoted_as` is the key of the quoted line that it refers to."""

	key: str
	item: str
	rate: Decimal
	quantity: Decimal
	quoted_as: str | None = None
	rounding: Decimal = Decimal()


@dataclass(frozen=True)
class Quoted:
	"""What may be ordered from the quotes of an order: their lines by key, and how late it may be paid.

	`taken` is what other orders have already taken of a line.
	"""

	lines: Mapping[str, QuotedLine]
	payment_days: Decimal = Decimal()
	taken: Mapping[str, Decimal] = field(default_factory=dict)
	same_customer: bool = True


@dataclass(frozen=True)
class Ordered:
	"""What an order asks for."""

	lines: tuple[OrderedLine, ...]
	payment_days: Decimal = Decimal()


@dataclass(frozen=True)
class Undercut:
	"""One point in which an order falls below; `line` is the key of the ordered line."""

	reason: Shortfall
	line: str | None = None
	agreed: Decimal | None = None
	ordered: Decimal | None = None


def falls_below(quoted: Quoted, ordered: Ordered) -> tuple[Undercut, ...]:
	"""Every point in which an order falls below what was quoted; none where it keeps to it.

	Less may be ordered than was quoted, at a higher price and to be paid sooner.
	"""
	found = []
	if not quoted.same_customer:
		found.append(Undercut(Shortfall.CUSTOMER))
	found += _lines_below(quoted, ordered.lines)
	if ordered.payment_days > quoted.payment_days:
		found.append(Undercut(Shortfall.PAYMENT, None, quoted.payment_days, ordered.payment_days))
	return tuple(found)


def _lines_below(quoted: Quoted, lines: Sequence[OrderedLine]) -> Iterator[Undercut]:
	taken = Counter(quoted.taken)
	for line in lines:
		agreed = quoted.lines.get(line.quoted_as or "")
		if agreed is None or agreed.item != line.item:
			yield Undercut(Shortfall.ADDED, line.key)
			continue
		if agreed.rate is None:
			yield Undercut(Shortfall.NO_RATE, line.key)
		elif _is_cheaper(line, agreed):
			yield Undercut(Shortfall.PRICE, line.key, agreed.rate, line.rate)
		taken[line.quoted_as] += line.quantity
		if agreed.quantity is not None and taken[line.quoted_as] > agreed.quantity:
			yield Undercut(Shortfall.QUANTITY, line.key, agreed.quantity, taken[line.quoted_as])


def _is_cheaper(line: OrderedLine, agreed: QuotedLine) -> bool:
	"""Whether a line is cheaper by more than the rounding of both amounts explains."""
	share = line.quantity / agreed.quantity if agreed.quantity else Decimal(1)
	return (agreed.rate - line.rate) * line.quantity > agreed.rounding * share + line.rounding


def joined(policies: Sequence[Policy]) -> Policy:
	"""The policies of several quotes as one: an order from all of them answers to every rule."""
	if len(policies) == 1:
		return policies[0]
	return Policy(
		name=policies[0].name,
		rules=tuple(
			replace(rule, group=f"{policy.name}: {rule.group}" if rule.group else "")
			for policy in policies
			for rule in policy.rules
		),
		every_level=any(policy.every_level for policy in policies),
	)
