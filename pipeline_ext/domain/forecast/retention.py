"""Which of the models of past nights are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

DAILY_FOR = timedelta(days=30)

Name = TypeVar("Name")


def superseded(fitted_on: Mapping[Name, datetime], today: date) -> set[Name]:
	"""All but the newest of each of the last thirty days, and before these the first of each month.

	The first, because what was forecast as a month began is what it is judged by.
	"""
	kept: dict[date, Name] = {}
	for name, instant in sorted(fitted_on.items(), key=lambda each: each[1]):
		day = instant.date()
		if day > today - DAILY_FOR:
			kept[day] = name
		else:
			kept.setdefault(day.replace(day=1), name)
	return set(fitted_on) - set(kept.values())
