"""Quote lines to what they give away, and the fingerprint of what an approval covers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import Enum
from typing import Any

from pipeline_ext.domain.choices import (
	Groups,
	Share,
	highest_ratio,
	lowest_ratio,
	range_of_parts,
)

NOTHING = Decimal()
PERCENT_STEP = Decimal("0.0001")
FINGERPRINT_STEP = Decimal("1e-9")
ANY_SIZE = Context(prec=400)

NO_SHARE = Share(NOTHING, NOTHING)
ALL = Decimal(1)
LIMIT = Decimal(10)
"""The furthest that a discount or a margin goes, 1000 %: also where something is given away of nothing."""


class Scope(str, Enum):
	"""Whether a measure is taken over the whole quote, or line by line."""

	TOTAL = "Total"
	LINE = "Line"


class Unit(str, Enum):
	"""What a measure is counted in; money is in company currency."""

	PERCENT = "Percent"
	MONEY = "Money"
	COUNT = "Count"
	DAYS = "Days"
	FLAG = "Flag"


@dataclass(frozen=True)
class MeasureKind:
	"""A measure that a rule may look at; `per_line` where it can be taken of a single line."""

	unit: Unit
	per_line: bool = False


MEASURES: Mapping[str, MeasureKind] = {
	"discount_percent": MeasureKind(Unit.PERCENT, per_line=True),
	"discount_amount": MeasureKind(Unit.MONEY, per_line=True),
	"margin_percent": MeasureKind(Unit.PERCENT, per_line=True),
	"margin_amount": MeasureKind(Unit.MONEY, per_line=True),
	"quoted_value": MeasureKind(Unit.MONEY, per_line=True),
	"lines_below_cost": MeasureKind(Unit.COUNT),
	"lines_without_list_price": MeasureKind(Unit.COUNT),
	"lines_without_cost": MeasureKind(Unit.COUNT),
	"payment_days": MeasureKind(Unit.DAYS),
	"validity_days": MeasureKind(Unit.DAYS),
	"changed_terms": MeasureKind(Unit.FLAG),
	"new_customer": MeasureKind(Unit.FLAG),
	"blocked_customer": MeasureKind(Unit.FLAG),
	"credit_excess": MeasureKind(Unit.MONEY),
}


@dataclass(frozen=True)
class QuoteLine:
	"""A quoted line, in company currency.

	`amount` is net of every discount, those on the whole quote included. `list_rate` and `cost_rate` are per
	unit of `quantity`; None where nothing says what it is. `chosen_instead_of` is the key of the line that
	this one is an alternative to; one that replaces no line may also be left out. Keys are unique.
	"""

	key: str
	item: str
	quantity: Decimal
	amount: Decimal
	list_rate: Decimal | None
	cost_rate: Decimal | None = None
	chosen_instead_of: str | None = None


@dataclass(frozen=True)
class QuoteTerms:
	"""What a quote grants beside its prices; None where it was not asked for, or cannot be known.

	`payment_days` are weighted by what falls due, `credit_excess` is what the customer would owe beyond the
	limit, in company currency, 0 where there is no limit.
	"""

	payment_days: Decimal | None = None
	validity_days: int | None = None
	changed_terms: bool | None = None
	new_customer: bool | None = None
	blocked_customer: bool | None = None
	credit_excess: Decimal | None = None


NO_TERMS = QuoteTerms()


@dataclass(frozen=True)
class LineMeasures:
	"""What one line gives away, in company currency; None where it has no list price, or no cost."""

	key: str
	item: str
	quantity: Decimal
	quoted_value: Decimal
	list_value: Decimal | None
	discount_amount: Decimal | None
	discount_percent: Decimal | None
	cost: Decimal | None
	margin_amount: Decimal | None
	margin_percent: Decimal | None


@dataclass(frozen=True)
class QuoteMeasures:
	"""What a quote gives away, in company currency; None where it was not asked for, or cannot be known.

	Discount is measured over the lines that have a list price, margin over those that have a cost. Both are
	those of the worst choice between alternatives, while `quoted_value` and `list_value` leave alternatives
	out; `ranges` has the lowest and the highest that the choice can make of a measure. Percents have 4 digits
	after the point, money as many as the currency.
	"""

	quoted_value: Decimal | None
	list_value: Decimal | None
	discount_amount: Decimal | None
	discount_percent: Decimal | None
	margin_amount: Decimal | None
	margin_percent: Decimal | None
	lines_below_cost: int | None
	lines_without_list_price: int | None
	lines_without_cost: int | None
	lines: tuple[LineMeasures, ...]
	terms: QuoteTerms
	ranges: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

	def total(self, measure: str) -> Decimal | int | bool | None:
		"""A measure of the whole quote."""
		return getattr(self.terms if hasattr(self.terms, measure) else self, measure)

	def worst(self, measure: str, scope: Scope, above: bool) -> Decimal | None:
		"""The highest value (the lowest, if not `above`) in the scope; None where nothing can be measured."""
		if scope is Scope.LINE:
			values = [getattr(line, measure) for line in self.lines]
		else:
			values = self.ranges.get(measure, (self.total(measure),))
		known = [Decimal(value) for value in values if value is not None]
		return (max if above else min)(known, default=None)


def measure(
	lines: Iterable[QuoteLine],
	terms: QuoteTerms = NO_TERMS,
	digits: int = 2,
	wanted: Collection[str] = MEASURES.keys(),
) -> QuoteMeasures:
	"""What a quote gives away, line by line and in total; money is rounded half up to `digits` decimals.

	Each alternative is a line of its own. A line with a negative quantity or amount is given away in full:
	its amount counts as discount and as loss whether or not it has a list price and a cost, and it makes up
	for nothing. A surcharge on one line does make up for a discount on another in the total.
	"""
	lines = list(lines)
	worths = [_worth(line) for line in lines]
	standing = [worth for line, worth in zip(lines, worths, strict=True) if line.chosen_instead_of is None]
	step = Decimal(1).scaleb(-digits)
	ranges = _ranges(_choices(lines, worths), step)
	totals = {
		"discount_amount": ranges["discount_amount"][1],
		"discount_percent": ranges["discount_percent"][1],
		"margin_amount": ranges["margin_amount"][0],
		"margin_percent": ranges["margin_percent"][0],
		"lines_below_cost": sum(worth.is_below_cost for worth in worths),
		"lines_without_list_price": sum(worth.list_value is None for worth in worths),
		"lines_without_cost": sum(worth.cost is None for worth in worths),
	}
	shown = {"quoted_value", *wanted}
	return QuoteMeasures(
		quoted_value=_rounded(_sum(worth.amount for worth in standing), step),
		list_value=_rounded(_sum(worth.list_value for worth in standing), step),
		**{name: value if name in wanted else None for name, value in totals.items()},
		lines=tuple(_measured(line, worth, step) for line, worth in zip(lines, worths, strict=True)),
		terms=terms,
		ranges={name: ends for name, ends in ranges.items() if name in shown and None not in ends},
	)


# What a line is worth


@dataclass(frozen=True)
class _Worth:
	"""What a line is worth, unrounded; None where it has no list price, or no cost."""

	amount: Decimal
	list_value: Decimal | None
	cost: Decimal | None

	@property
	def discount(self) -> Share | None:
		"""The discount as part of the list value."""
		return None if self.list_value is None else Share(self.list_value - self.amount, self.list_value)

	@property
	def margin(self) -> Share | None:
		"""The margin as part of the amount."""
		return None if self.cost is None else Share(self.amount - self.cost, self.amount)

	@property
	def is_below_cost(self) -> bool:
		return self.margin is not None and self.margin.part < 0


def _worth(line: QuoteLine) -> _Worth:
	takes_back = line.quantity < 0
	amount = min(line.amount, NOTHING) if takes_back else line.amount
	unknown = NOTHING if takes_back or amount < 0 else None

	def value(rate: Decimal | None) -> Decimal | None:
		return line.quantity * rate if line.quantity > 0 and rate is not None and rate > 0 else unknown

	return _Worth(amount, value(line.list_rate), value(line.cost_rate))


def _measured(line: QuoteLine, worth: _Worth, step: Decimal) -> LineMeasures:
	discount, margin = worth.discount, worth.margin
	return LineMeasures(
		key=line.key,
		item=line.item,
		quantity=line.quantity,
		quoted_value=_rounded(worth.amount, step),
		list_value=_rounded(worth.list_value, step),
		discount_amount=_rounded(discount and discount.part, step),
		discount_percent=_percents(discount and _line_discount(discount)),
		cost=_rounded(worth.cost, step),
		margin_amount=_rounded(margin and margin.part, step),
		margin_percent=_percents(margin and lowest_ratio([[margin]])),
	)


def _line_discount(share: Share) -> Decimal | None:
	"""A line that has no list value of its own takes away from the others: that is all of it."""
	return highest_ratio([[share]]) if share.whole else ALL


# What the choice between alternatives makes of the total

Range = tuple[Decimal | None, Decimal | None]


def _choices(lines: Sequence[QuoteLine], worths: Sequence[_Worth]) -> list[list[_Worth]]:
	"""Of each line, itself and its alternatives; an alternative to no line may be chosen, or nothing."""
	groups: dict[str, list[_Worth]] = {line.key: [] for line in lines if line.chosen_instead_of is None}
	for line, worth in zip(lines, worths, strict=True):
		replaced = line.key if line.chosen_instead_of is None else line.chosen_instead_of
		groups.setdefault(replaced, [_Worth(NOTHING, None, None)]).append(worth)
	return list(groups.values())


def _ranges(choices: Sequence[Sequence[_Worth]], step: Decimal) -> dict[str, Range]:
	"""The lowest and the highest that the choice can make of each measure."""
	quoted = [[Share(worth.amount, worth.amount) for worth in group] for group in choices]
	discounts = _shares([[worth.discount for worth in group] for group in choices])
	margins = _shares([[worth.margin for worth in group] for group in choices])
	return {
		"quoted_value": _amounts(quoted, step),
		"discount_amount": _amounts(discounts, step),
		"discount_percent": (_percents(lowest_ratio(discounts)), _percents(highest_ratio(discounts))),
		"margin_amount": _amounts(margins, step),
		"margin_percent": (_percents(lowest_ratio(margins)), _percents(highest_ratio(margins))),
	}


def _shares(groups: Sequence[Sequence[Share | None]]) -> Groups:
	"""What is known; what is not adds nothing. Empty where nothing is known."""
	if all(share is None for group in groups for share in group):
		return ()
	return [[share or NO_SHARE for share in group] for group in groups]


def _amounts(groups: Groups, step: Decimal) -> Range:
	lowest, highest = range_of_parts(groups) if groups else (None, None)
	return _rounded(lowest, step), _rounded(highest, step)


def _percents(ratio: Decimal | None) -> Decimal | None:
	return None if ratio is None else _rounded(max(min(ratio, LIMIT), -LIMIT) * 100, PERCENT_STEP)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
	"""The sum of what is known; None where nothing is."""
	known = [value for value in values if value is not None]
	return sum(known, NOTHING) if known else None


def _rounded(value: Decimal | None, step: Decimal) -> Decimal | None:
	return None if value is None else value.quantize(step, ROUND_HALF_UP, ANY_SIZE) + NOTHING


# What an approval covers


def fingerprint(content: Mapping[str, Any]) -> str:
	"""SHA-256, as 64 hex digits, of everything commercial in a quote.

	Equal content gives equal fingerprints whatever Python type carries a number or a date; numbers count to 9
	decimals, as the database keeps them, and what is empty is not there.
	"""
	return hashlib.sha256(json.dumps(_canonical(content), sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Any:
	if isinstance(value, Mapping):
		parts = {key: _canonical(part) for key, part in value.items()}
		return {key: part for key, part in parts.items() if part != ""}
	if isinstance(value, Sequence) and not isinstance(value, str):
		return [_canonical(part) for part in value]
	if isinstance(value, int | float | Decimal):
		return _canonical_number(Decimal(str(value + 0)))
	return str(value) if value else ""


def _canonical_number(number: Decimal) -> str:
	if not number.is_finite():
		return str(number)
	digits = number.quantize(FINGERPRINT_STEP, ROUND_HALF_UP, ANY_SIZE).normalize(ANY_SIZE)
	return format(digits + 0, "f")
