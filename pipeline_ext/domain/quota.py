"""Quotas against what is won and what is open: by person, by team and for the company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from math import fsum

from pipeline_ext.domain.calendar_periods import CalendarPeriod


class Part(str, Enum):
	"""What deals count as: won in the period, or open and expected to close in it, by forecast category."""

	CLOSED = "closed"
	COMMIT = "commit"
	BEST_CASE = "best_case"
	PIPELINE = "pipeline"
	OMITTED = "omitted"


PART_OF_CATEGORY = {
	"Commit": Part.COMMIT,
	"Closed": Part.COMMIT,
	"Best Case": Part.BEST_CASE,
	"Omitted": Part.OMITTED,
}


def counted_as(category: str | None) -> Part:
	"""What an open deal of that forecast category counts as.

	One that calls itself closed is not won yet: it is a commitment. One of no category is pipeline.
	"""
	return PART_OF_CATEGORY.get(category or "", Part.PIPELINE)


# Quotas


class Origin(Enum):
	"""How a quota came about: set as it is, or taken from those of others."""

	SET = "set"
	PARTS = "parts"
	SOME_PARTS = "some_parts"
	SHARE = "share"
	PIPELINES = "pipelines"
	MEMBERS = "members"


@dataclass(frozen=True)
class Quota:
	"""What is to be won in a period; `taken` is what it was taken from, where it was not set for it."""

	amount: float
	origin: Origin = Origin.SET
	taken: tuple[CalendarPeriod, ...] = ()


def quota_of(period: CalendarPeriod, amounts: Mapping[CalendarPeriod, float]) -> Quota | None:
	"""The quota of a period, by what is set for it and for other periods; None where nothing says.

	First the one set for it; else the sum of those of its parts, if all have one; else, by days, its share of
	the shortest longer period that has one; else the sum of those of the parts that have one.
	"""
	if period in amounts:
		return Quota(amounts[period])
	taken = tuple(_pieces(period, amounts))
	amount = sum(amounts[piece] for piece in taken)
	if sum(piece.days for piece in taken) == period.days:
		return Quota(amount, Origin.PARTS, taken)
	return _share(period, amounts) or (Quota(amount, Origin.SOME_PARTS, taken) if taken else None)


def _pieces(period: CalendarPeriod, amounts: Mapping[CalendarPeriod, float]) -> Iterator[CalendarPeriod]:
	"""The longest periods within it that have an amount."""
	for part in period.parts:
		if part in amounts:
			yield part
		else:
			yield from _pieces(part, amounts)


def _share(period: CalendarPeriod, amounts: Mapping[CalendarPeriod, float]) -> Quota | None:
	longer = period.whole
	while longer and longer not in amounts:
		longer = longer.whole
	if longer is None:
		return None
	return Quota(amounts[longer] * period.days / longer.days, Origin.SHARE, (longer,))


def quota_of_pipelines(
	period: CalendarPeriod, amounts: Mapping[str | None, Mapping[CalendarPeriod, float]]
) -> Quota | None:
	"""The quota of a period for all pipelines: the one that names none, else the sum of those of each."""
	for_all = quota_of(period, amounts.get(None, {}))
	quotas = [quota for each in amounts.values() if (quota := quota_of(period, each))]
	if for_all or not quotas:
		return for_all
	taken = dict.fromkeys(part for quota in quotas for part in quota.taken)
	return Quota(sum(quota.amount for quota in quotas), Origin.PIPELINES, tuple(taken))


# Figures


@dataclass(frozen=True)
class Figures:
	"""What the deals of somebody are worth, by what they count as. Nobody counts on those omitted."""

	closed: float = 0.0
	commit: float = 0.0
	best_case: float = 0.0
	pipeline: float = 0.0
	omitted: float = 0.0

	@property
	def open(self) -> float:
		"""All that is open and counted on."""
		return self.commit + self.best_case + self.pipeline

	def plus(self, part: Part, amount: float) -> Figures:
		return replace(self, **{part.value: getattr(self, part.value) + amount})

	@classmethod
	def total(cls, each: Iterable[Figures]) -> Figures:
		each = tuple(each)
		return cls(*(fsum(getattr(figures, part.value) for figures in each) for part in Part))


@dataclass(frozen=True)
class Attainment:
	"""Figures against a quota; `elapsed` is the share of the period that has gone, from 0 to 1.

	A measure is None where there is nothing to measure against: no quota or one of 0, a period that has not
	begun, or no time left.
	"""

	figures: Figures
	quota: Quota | None
	elapsed: float

	@property
	def attained(self) -> float | None:
		"""Closed ÷ quota."""
		return self.figures.closed / self.quota.amount if self.quota and self.quota.amount else None

	@property
	def gap(self) -> float | None:
		"""Quota less closed; below 0 by what was won beyond it."""
		return self.quota.amount - self.figures.closed if self.quota else None

	@property
	def coverage(self) -> float | None:
		"""How many times what is open would fill the gap, while there is one and time to fill it."""
		return self.figures.open / self.gap if self.gap and self.gap > 0 and self.elapsed < 1 else None

	@property
	def pace(self) -> float | None:
		"""Share of the quota that is closed ÷ share of the period that has gone: 1 is just on pace."""
		return self.attained / self.elapsed if self.attained is not None and self.elapsed else None

	@property
	def landing(self) -> float | None:
		"""What is closed when the period ends if it goes on as it went so far."""
		return self.figures.closed / self.elapsed if self.elapsed else None


# The tree


class UnitKind(str, Enum):
	"""Whose figures a line shows; a person is a user."""

	COMPANY = "Company"
	TEAM = "Team"
	NO_TEAM = "No Team"
	PERSON = "User"


@dataclass(frozen=True)
class SalesPerson:
	"""A node in the tree of sales people, by the name of the one above; `user` where it is a user's own."""

	name: str
	above: str | None
	user: str | None
	is_team: bool


@dataclass(frozen=True)
class Unit:
	"""A company, team or person, and its parts. The name of a person is None where deals have no owner."""

	kind: UnitKind
	name: str | None = None
	parts: tuple[Unit, ...] = ()
	people: frozenset[str | None] = field(init=False)

	def __post_init__(self) -> None:
		people = {self.name} if self.kind is UnitKind.PERSON else set()
		object.__setattr__(self, "people", frozenset(people.union(*(part.people for part in self.parts))))

	@property
	def key(self) -> tuple[UnitKind, str | None]:
		return self.kind, self.name

	def walk(self, depth: int = 0, above: Unit | None = None) -> Iterator[tuple[int, Unit | None, Unit]]:
		"""Itself and all below it, from the top down: how deep each is, what it is part of, and it."""
		yield depth, above, self
		for part in self.parts:
			yield from part.walk(depth + 1, self)


def tree(
	company: str,
	staff: Sequence[SalesPerson],
	people: Collection[str | None],
	teams_with_quota: Collection[str],
) -> Unit:
	"""The company, its teams, and in them the people that there is something to say of.

	Whoever is in two teams is part of both; whoever is in none, and the deals of nobody, come last. A team of
	whose people there is nothing to say is left out, unless it has a quota.
	"""
	names = {person.name for person in staff}
	below: dict[str | None, list[SalesPerson]] = defaultdict(list)
	for person in staff:
		below[person.above if person.above in names else None].append(person)

	def units(above: str | None) -> Iterator[Unit]:
		for person in below[above]:
			own = [Unit(UnitKind.PERSON, person.user)] if person.user and person.user in people else []
			parts = tuple(dict.fromkeys([*own, *units(person.name)]))
			if not person.is_team:
				yield from parts
			elif parts or person.name in teams_with_quota:
				yield Unit(UnitKind.TEAM, person.name, parts)

	teams = Unit(UnitKind.COMPANY, company, tuple(units(None)))
	others = sorted(set(people) - teams.people, key=lambda user: (user is None, user))
	if not others:
		return teams
	no_team = Unit(UnitKind.NO_TEAM, None, tuple(Unit(UnitKind.PERSON, user) for user in others))
	return replace(teams, parts=(*teams.parts, no_team))


@dataclass(frozen=True)
class Line:
	"""A unit, how deep it is in the tree and what it is part of, and how it stands."""

	unit: Unit
	depth: int
	above: Unit | None
	attainment: Attainment


@dataclass(frozen=True)
class Standing:
	"""What is known: figures by person, quotas by the key of a unit, and how much of the period has gone.

	`adds_up` says whether a company or team without a quota is given those of its parts: not where the reader
	knows only some of them.
	"""

	figures: Mapping[str | None, Figures]
	quotas: Mapping[tuple[UnitKind, str | None], Quota]
	elapsed: float
	adds_up: bool = True

	def lines(self, root: Unit) -> tuple[Line, ...]:
		"""From the top down. A person who is in two teams counts in each, and once in what is above both."""
		return tuple(Line(unit, depth, above, self.of(unit)) for depth, above, unit in root.walk())

	def of(self, unit: Unit) -> Attainment:
		figures = Figures.total(self.figures[user] for user in unit.people if user in self.figures)
		return Attainment(figures, self.quota_of(unit), self.elapsed)

	def quota_of(self, unit: Unit) -> Quota | None:
		"""Its own, else the sum of the nearest below it."""
		if unit.key in self.quotas:
			return self.quotas[unit.key]
		nearest = self._nearest(unit) if self.adds_up else {}
		return Quota(fsum(nearest.values()), Origin.MEMBERS) if nearest else None

	def _nearest(self, unit: Unit) -> dict[tuple[UnitKind, str | None], float]:
		"""The quotas of its parts, and where one has none those of what it consists of; each once."""
		if unit.key in self.quotas:
			return {unit.key: self.quotas[unit.key].amount}
		return {key: amount for part in unit.parts for key, amount in self._nearest(part).items()}
