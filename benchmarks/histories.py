"""Invented histories of deals: what a sales team of sixty does in five years, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from random import Random

from pipeline_ext.setup.pipeline_templates import b2b

DAYS = 5 * 365
OPEN_STAGES = [row["stage"] for row in b2b.STAGES if "outcome" not in row]
STAGES = {row["stage"]: row for row in b2b.STAGES}
DAYS_BETWEEN_CHANGES = 24
REOPENED = 0.02
CURRENCIES = {"EUR": 1.0, "USD": 0.9, "GBP": 1.15}

FORWARD, SKIP, BACK, LOSE, AMOUNT, PUSH, PULL, OWNER = range(8)
CHANGES = {FORWARD: 47, SKIP: 3, BACK: 5, LOSE: 17, AMOUNT: 11, PUSH: 13, PULL: 2, OWNER: 2}
"""What happens to a deal next, in percent."""


@dataclass(frozen=True)
class Point:
	"""A deal after one change of it. `days_in_stage` is the time in the stage that a move left."""

	posted_on: datetime
	stage: str
	visit: int
	amount: float
	expected_close: date
	deal_owner: str
	move: str | None = None
	from_stage: str | None = None
	days_in_stage: float = 0.0
	changes: str = ""

	@property
	def outcome(self) -> str:
		return STAGES[self.stage].get("outcome", "Open")

	@property
	def probability(self) -> float:
		return STAGES[self.stage]["probability"]

	@property
	def forecast_category(self) -> str:
		return STAGES[self.stage]["forecast_category"]


@dataclass
class History:
	"""A deal's points, the oldest first, and what the ledger does not record of it."""

	currency: str
	entered_on: datetime
	points: list[Point]
	visits: dict[str, int] = field(default_factory=dict)
	pushes: int = 0

	@property
	def last(self) -> Point:
		return self.points[-1]

	def move(self, when: datetime, stage: str, move: str) -> None:
		self.visits[stage] = self.visits.get(stage, 0) + 1
		days = (when - self.entered_on).total_seconds() / 86400
		left, self.entered_on = self.last.stage, when
		self.change(
			when,
			move=move,
			stage=stage,
			visit=self.visits[stage],
			from_stage=left,
			days_in_stage=round(days, 6),
		)

	def change(self, when: datetime, **changed: object) -> None:
		"""Add the point after a change; only a move has anything to say of the stage left."""
		blank = {"move": None, "from_stage": None, "days_in_stage": 0.0}
		after = replace(self.last, posted_on=when, **{**blank, **changed})
		self.points.append(replace(after, changes=", ".join(_differences(self.last, after))))


def _differences(before: Point, after: Point) -> Iterator[str]:
	names = ("stage", "outcome", "probability", "forecast_category", "amount", "expected_close", "deal_owner")
	return (name for name in names if getattr(before, name) != getattr(after, name))


def histories(deals: int, owners: Sequence[str], now: datetime, seed: int = 1) -> Iterator[History]:
	"""So many histories, by the day they began."""
	random = Random(seed)
	began = sorted(now - timedelta(days=random.uniform(0, DAYS)) for _deal in range(deals))
	for when in began:
		history = _begun(random, when.replace(microsecond=0), owners)
		for when in _moments(random, history.entered_on, now):
			_happen(random, history, when, owners)
			if history.last.outcome != "Open":
				break
		_reopen(random, history, now)
		yield history


def _begun(random: Random, when: datetime, owners: Sequence[str]) -> History:
	currency = random.choices(list(CURRENCIES), (70, 20, 10))[0]
	first = Point(
		posted_on=when,
		stage=OPEN_STAGES[0],
		visit=1,
		amount=round(random.lognormvariate(9, 1), 2),
		expected_close=when.date() + timedelta(days=random.randint(45, 150)),
		deal_owner=random.choice(owners),
		move="Enter",
	)
	named = [
		each.name
		for each in fields(first)
		if each.name in ("stage", "amount", "expected_close", "deal_owner")
	]
	first = replace(first, changes=", ".join([*named, "outcome", "probability", "forecast_category"]))
	return History(currency, when, [first], {first.stage: 1})


def _moments(random: Random, start: datetime, now: datetime) -> Iterator[datetime]:
	while (
		start := start + timedelta(seconds=int(random.expovariate(1 / DAYS_BETWEEN_CHANGES) * 86400) + 600)
	) < now:
		yield start


def _happen(random: Random, history: History, when: datetime, owners: Sequence[str]) -> None:
	last, at = history.last, OPEN_STAGES.index(history.last.stage)
	what = random.choices(list(CHANGES), CHANGES.values())[0]
	if what == LOSE:
		history.move(when, "Lost", "Lost")
	elif what == BACK and at:
		history.move(when, OPEN_STAGES[at - 1], "Back")
	elif what in (FORWARD, SKIP) and at == len(OPEN_STAGES) - 1:
		history.move(when, "Won", "Won")
	elif what == SKIP and at + 2 < len(OPEN_STAGES):
		history.move(when, OPEN_STAGES[at + 2], "Skip")
	elif what in (FORWARD, SKIP):
		history.move(when, OPEN_STAGES[at + 1], "Forward")
	elif what == AMOUNT:
		history.change(when, amount=round(last.amount * random.uniform(0.7, 1.3) + 1, 2))
	elif what in (PUSH, BACK):
		later = max(last.expected_close, when.date()) + timedelta(days=random.randint(7, 60))
		history.change(when, expected_close=later)
		history.pushes += 1
	elif what == PULL:
		history.change(when, expected_close=last.expected_close - timedelta(days=random.randint(1, 30)))
	else:
		others = [owner for owner in owners if owner != last.deal_owner]
		history.change(when, deal_owner=random.choice(others))


def _reopen(random: Random, history: History, now: datetime) -> None:
	"""A few decided deals are opened once more, and decided again."""
	if history.last.outcome == "Open" or random.random() > REOPENED:
		return
	for moment, move in zip(_moments(random, history.last.posted_on, now), ("Reopen", "Won"), strict=False):
		history.move(moment, OPEN_STAGES[-1] if move == "Reopen" else "Won", move)
