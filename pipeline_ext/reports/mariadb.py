"""What MariaDB can do, and pypika has no words for."""

from __future__ import annotations

from datetime import date
from enum import Enum

from frappe.utils import get_datetime
from pypika.terms import ArithmeticExpression, LiteralValue, Term, ValueWrapper

AS_WRITTEN = "STRAIGHT_JOIN"
"""Makes the database join tables in the order of the query: the few rows that matter first."""


class Whole(Enum):
	"""How whole numbers are divided: far faster than decimals, which are what `/` makes of them."""

	DIVISION = " DIV "


def divided(number: Term, by: int) -> Term:
	"""A whole number divided by another, rounded to a whole one."""
	return ArithmeticExpression(Whole.DIVISION, number + by // 2, ValueWrapper(by))


def instant(moment: date) -> Term:
	"""A literal of its type: a text would be read anew for every row that it is compared with."""
	return LiteralValue(f"TIMESTAMP'{get_datetime(moment)}'")
