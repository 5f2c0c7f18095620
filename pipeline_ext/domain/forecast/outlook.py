"""What will be won in the months and quarters ahead, by which method, and what earlier outlooks missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

MONTH, QUARTER = "Month", "Quarter"
Missing = tuple[str, int, int]
"""What there is too little of, how much of it there is, and how much would be enough."""


@dataclass(frozen=True)
class PastOutlook:
	"""What would have been forecast on an earlier day by what was known then, and what came.

	For the days from `first` on and before `end`. Amounts in company currency; `low` and `high` enclose four
	cases of five, and are None where too little was known for a range. `values` is by method.
	"""

	origin: date
	first: date
	end: date
	method: str
	forecast: float
	low: float | None
	high: float | None
	actual: float
	values: Mapping[str, float]


@dataclass(frozen=True)
class PeriodOutlook:
	"""What is expected to be won from `first` on and before `end`, without what is won already.

	`value` is what `method` says, the one that missed least so far. `open_deals` and `new_deals` are the
	model's two parts: from deals that are open, and from deals that are not there yet.
	"""

	kind: str
	first: date
	end: date
	open_deals: float
	new_deals: float
	method: str
	value: float
	low: float | None
	high: float | None
	values: Mapping[str, float]
	past: tuple[PastOutlook, ...] = ()


@dataclass(frozen=True)
class Outlook:
	"""This month and the next five, this quarter and the next, as seen when `origin` began.

	`missing` says why some have no range.
	"""

	origin: date
	periods: tuple[PeriodOutlook, ...]
	missing: tuple[Missing, ...] = ()


def outlook_as_dict(outlook: Outlook) -> dict[str, Any]:
	"""As JSON data; `outlook_from_dict` reads it back."""
	return _plain(asdict(outlook))


def outlook_from_dict(data: Mapping[str, Any]) -> Outlook:
	"""From JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	return Outlook(
		origin=_day(data["origin"]),
		periods=tuple(_period_from_dict(each) for each in data["periods"]),
		missing=tuple((str(what), int(there), int(enough)) for what, there, enough in data["missing"]),
	)


def past_as_dict(past: PastOutlook) -> dict[str, Any]:
	"""As JSON data; `past_from_dict` reads it back."""
	return _plain(asdict(past))


def past_from_dict(data: Mapping[str, Any]) -> PastOutlook:
	"""From JSON data. Raises KeyError, TypeError or ValueError where it is malformed."""
	return PastOutlook(**{**data, **{name: _day(data[name]) for name in ("origin", "first", "end")}})


def _period_from_dict(data: Mapping[str, Any]) -> PeriodOutlook:
	days = {name: _day(data[name]) for name in ("first", "end")}
	return PeriodOutlook(**{**data, **days, "past": tuple(past_from_dict(each) for each in data["past"])})


def _day(text: str) -> date:
	return date.fromisoformat(text)


def _plain(value: Any) -> Any:
	"""Days as text, whatever they are in."""
	if isinstance(value, Mapping):
		return {name: _plain(each) for name, each in value.items()}
	if isinstance(value, (list, tuple)):
		return [_plain(each) for each in value]
	return value.isoformat() if isinstance(value, date) else value
