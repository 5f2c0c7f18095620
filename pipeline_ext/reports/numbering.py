"""Several facts of a row as one number, in SQL: so narrow, rows are grouped in memory and read at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pypika.terms import Function, Term, ValueWrapper

Choices = Sequence[Sequence[Any]]
"""What each of the facts may be."""


def number_of(facts: Sequence[Term], choices: Choices) -> Term:
	"""The number of the facts; one that is none of its choices, or unknown, counts as none."""
	number: Term = ValueWrapper(0)
	for fact, possible in zip(facts, choices, strict=True):
		number = number * (len(possible) + 1) + Function("FIELD", fact, *(possible or [""]))
	return number


def facts_of(number: int, choices: Choices) -> tuple[Any, ...]:
	"""The facts that have a number; None for one that is none of its choices."""
	facts = []
	for possible in reversed(choices):
		number, position = divmod(number, len(possible) + 1)
		facts.append(possible[position - 1] if position else None)
	return tuple(reversed(facts))
