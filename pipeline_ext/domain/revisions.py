"""What differs between two states of a quote."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

Row = Mapping[str, Any]
Content = Mapping[str, Any]
"""Values by field; a field whose value is a list of rows is a table."""

LIKENESSES: Mapping[str, tuple[tuple[str, ...], ...]] = {
	"items": (("item_code", "uom", "qty"), ("item_code", "uom"), ("item_code",)),
	"packed_items": (("parent_item", "item_code"), ("item_code",)),
	"taxes": (("charge_type", "account_head"), ("account_head",)),
	"payment_schedule": (("payment_term", "invoice_portion"), ("payment_term",)),
}
"""What makes two rows of a table the same row in two states, from the surest to the least sure sign."""

MORE_IS_BETTER = {
	"rate",
	"net_rate",
	"net_amount",
	"net_total",
	"grand_total",
	"rounded_total",
	"margin_percent",
	"margin_amount",
}
LESS_IS_BETTER = {
	"discount_percent",
	"discount_amount",
	"additional_discount_percentage",
	"lines_below_cost",
	"lines_without_list_price",
	"lines_without_cost",
	"payment_days",
	"validity_days",
	"changed_terms",
	"blocked_customer",
	"credit_excess",
}


class Kind(str, Enum):
	"""What happened to a row, or to a passage of a text."""

	ADDED = "Added"
	REMOVED = "Removed"
	CHANGED = "Changed"
	KEPT = "Kept"


@dataclass(frozen=True)
class Change:
	"""A field with another value."""

	field: str
	old: Any
	new: Any

	@property
	def is_better(self) -> bool | None:
		"""Whether the new value gives away less; None where that cannot be said."""
		if self.old is None or self.new is None or self.field not in MORE_IS_BETTER | LESS_IS_BETTER:
			return None
		return self.new > self.old if self.field in MORE_IS_BETTER else self.new < self.old


@dataclass(frozen=True)
class RowChange:
	"""A row that is in one state only, or differs; `old` is None where it was added, `new` where removed."""

	table: str
	old: Row | None
	new: Row | None
	changes: tuple[Change, ...] = ()

	@property
	def kind(self) -> Kind:
		if self.old is None:
			return Kind.ADDED
		return Kind.REMOVED if self.new is None else Kind.CHANGED


@dataclass(frozen=True)
class Difference:
	"""All that differs between two states; falsy where nothing does."""

	fields: tuple[Change, ...]
	rows: tuple[RowChange, ...]

	def __bool__(self) -> bool:
		return bool(self.fields or self.rows)


@dataclass(frozen=True)
class Passage:
	"""Part of a text that is in both texts, or in one of them."""

	kind: Kind
	text: str


def diff(older: Content, newer: Content) -> Difference:
	"""Each field and each row that differs, once. What is not there and what is empty are the same.

	Where rows stand in their table makes no difference.
	"""
	names = tuple(dict.fromkeys((*newer, *older)))
	tables = [name for name in names if _is_table(older.get(name)) or _is_table(newer.get(name))]
	return Difference(
		fields=_changes(older, newer, (name for name in names if name not in tables)),
		rows=tuple(
			change
			for table in tables
			for change in _row_changes(table, older.get(table) or (), newer.get(table) or ())
		),
	)


def _is_table(value: Any) -> bool:
	return isinstance(value, list | tuple)


def _changes(old: Row, new: Row, fields: Iterable[str]) -> tuple[Change, ...]:
	return tuple(
		Change(field, old.get(field), new.get(field))
		for field in fields
		if _key(old, (field,)) != _key(new, (field,))
	)


def _key(row: Row, fields: Iterable[str]) -> tuple[Any, ...]:
	return tuple(row.get(field) or None for field in fields)


def _row_changes(table: str, older: Sequence[Row], newer: Sequence[Row]) -> Iterable[RowChange]:
	columns = tuple(dict.fromkeys(field for row in (*newer, *older) for field in row))
	for old, new in _paired(older, newer, (columns, *LIKENESSES.get(table, ()))):
		if old is None or new is None:
			yield RowChange(table, old, new)
		elif changes := _changes(old, new, columns):
			yield RowChange(table, old, new, changes)


def _paired(
	older: Sequence[Row], newer: Sequence[Row], likenesses: Iterable[tuple[str, ...]]
) -> list[tuple[Row | None, Row | None]]:
	"""Every row with the one that it is in the other state, in the order of the newer; removed rows last."""
	partners: dict[int, int] = {}
	left, right = list(range(len(older))), list(range(len(newer)))
	for likeness in likenesses:
		waiting = defaultdict(deque)
		for position in right:
			waiting[_key(newer[position], likeness)].append(position)
		for position in left:
			if like := waiting[_key(older[position], likeness)]:
				partners[like.popleft()] = position
		right = [position for position in right if position not in partners]
		taken = set(partners.values())
		left = [position for position in left if position not in taken]
	kept_or_added = [
		(older[partners[position]] if position in partners else None, row)
		for position, row in enumerate(newer)
	]
	return [*kept_or_added, *((older[position], None) for position in left)]


def passages(old: str, new: str) -> tuple[Passage, ...]:
	"""How one text becomes another, word by word within the lines that differ.

	What is kept and what is removed make up the old text, what is kept and what is added the new one.
	"""
	found: list[Passage] = []
	before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
	for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
		removed, added = "".join(before[i1:i2]), "".join(after[j1:j2])
		if tag == "equal":
			found.append(Passage(Kind.KEPT, removed))
		else:
			found += _reworded(removed, added)
	return tuple(found)


def _reworded(old: str, new: str) -> list[Passage]:
	before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
	found = []
	for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
		removed, added = "".join(before[i1:i2]), "".join(after[j1:j2])
		if tag == "equal":
			found.append(Passage(Kind.KEPT, removed))
			continue
		found += [Passage(Kind.REMOVED, removed)] if removed else []
		found += [Passage(Kind.ADDED, added)] if added else []
	return found
