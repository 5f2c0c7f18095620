"""What MariaDB can do, and pypika has no words for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

import frappe
from frappe.utils import get_datetime
from pypika.queries import QueryBuilder
from pypika.terms import ArithmeticExpression, LiteralValue, Term, ValueWrapper

AS_WRITTEN = "STRAIGHT_JOIN"
"""Makes the database join tables in the order of the query: the few rows that matter first."""


ROOM = 256 * 2**20
"""So many bytes a table may take that the database needs in between, before it goes to disk."""


def run_with_room(query: QueryBuilder) -> Sequence[Sequence[Any]]:
	"""The rows of a query that groups very many names: with MariaDB's usual 16 MB it would do so on disk."""
	statement, values = query.walk()
	room = f"max_heap_table_size = {ROOM}, tmp_memory_table_size = {ROOM}"
	return frappe.db.sql(f"SET STATEMENT {room} FOR {statement}", values)


class Whole(Enum):
	"""How whole numbers are divided: far faster than decimals, which are what `/` makes of them."""

	DIVISION = " DIV "


def divided(number: Term, by: int) -> Term:
	"""A whole number divided by another, rounded to a whole one."""
	return ArithmeticExpression(Whole.DIVISION, number + by // 2, ValueWrapper(by))


def instant(moment: date) -> Term:
	"""A literal of its type: a text would be read anew for every row that it is compared with."""
	return LiteralValue(f"TIMESTAMP'{get_datetime(moment)}'")
