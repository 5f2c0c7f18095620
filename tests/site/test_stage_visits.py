"""Visits to stages, over and going on, against a walk through every entry of every ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from random import Random

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, now_datetime, nowdate

from pipeline_ext.domain.conversion import Ending
from pipeline_ext.reports.deal_filters import Days, DealFilters
from pipeline_ext.reports.known_stages import known_stages
from pipeline_ext.reports.stage_visits import StageVisits, Window
from pipeline_ext.subjects import STAGE_VISIT
from tests.site import factories, pipelines
from tests.site.decided_deals import at, ungated

OPEN = ("Prospecting", "Qualification", "Needs Analysis", "Value Proposition")
ENDINGS = {"Forward": Ending.FORWARD, "Skip": Ending.FORWARD, "Back": Ending.BACK}
DEALS, DAYS = 25, 300


@pytest.fixture(autouse=True)
def pipeline():
	return ungated()


@pytest.fixture
def travelled():
	"""Deals that wander about for ten months: back and forth, lost, won and opened again."""
	random, names = Random(7), []
	for _deal in range(DEALS):
		days = random.randint(5, DAYS)
		with at(now_datetime() - timedelta(days=days)):
			deal = pipelines.deal(sales_stage=random.choice(OPEN), opportunity_amount=random.randint(1, 900))
		while (days := days - random.randint(1, 60)) > 0:
			stages = [*OPEN, *OPEN, "Won", "Lost"]
			with at(now_datetime() - timedelta(days=days, seconds=random.randint(0, 9))):
				pipelines.move(
					deal, random.choice([each for each in stages if each != pipelines.stage_of(deal)])
				)
		names.append(deal.name)
	return names


def seen(window: Window) -> Counter:
	open_stages = [place for place, known in known_stages().items() if known.is_open]
	visits = StageVisits(DealFilters.parse({"company": factories.COMPANY}), window, open_stages)
	counted: Counter = Counter()
	for of_window, (_pipeline, stage), went in visits.passages():
		if stage in OPEN:
			key = (of_window == window, stage, went.ending, went.days, went.latest_days)
			counted[key] += went.deals
	for stage in OPEN:
		behind = list(visits.of_stage((pipelines.NAME, stage)))
		assert sum(count for key, count in counted.items() if key[:2] == (True, stage)) == len(behind)
		assert len({went.deal for went in behind}) == len(behind)
	return counted


def walked(names: list[str], window: Window) -> Counter:
	"""The same from the ledgers alone."""
	counted: Counter = Counter()
	for name in names:
		visits = defaultdict(list)
		for stage, came, left, ending in visits_of(name):
			visits[stage].append((came, left, ending))
		for stage, paid in visits.items():
			for each in (window, window.before):
				if stage in OPEN and each.period.first <= paid[0][0].date() < each.period.end:
					if so_far := [visit for visit in paid if visit[0] <= each.until]:
						counted[(each == window, stage, *figures(so_far, each.until))] += 1
	return counted


def visits_of(name: str):
	entries = [entry for entry in pipelines.ledger(frappe._dict(name=name)) if entry.move]
	for entry, after in zip(entries, [*entries[1:], None], strict=True):
		ending = {"Won": Ending.WON, "Lost": Ending.LOST}.get(after.outcome) if after else None
		ending = ending or (ENDINGS.get(after.move, Ending.OTHERWISE) if after else Ending.STILL_THERE)
		yield entry.stage, get_datetime(entry.posted_on), after and get_datetime(after.posted_on), ending


def figures(paid, until: datetime) -> tuple[Ending, float, float]:
	lengths = [int((min(left or until, until) - came).total_seconds()) for came, left, _ending in paid]
	_came, left, ending = paid[-1]
	return (
		ending if left and left <= until else Ending.STILL_THERE,
		round(sum(lengths) / 86400 + 1e-9, 1),
		round(lengths[-1] / 86400 + 1e-9, 1),
	)


@pytest.mark.parametrize(
	("first", "last", "until"), [(-120, 0, 0), (-200, -101, 0), (-200, -101, 90), (-300, -250, 240)]
)
def test_the_same_as_a_walk_through_every_ledger(travelled, first, last, until):
	"""Also as of a past instant: what came later is not known then."""
	day = getdate()
	window = Window(Days(add_days(day, first), add_days(day, last)), now_datetime() - timedelta(days=until))
	found = seen(window)
	assert found == walked(travelled, window)
	assert len(found) > 5


def test_earlier_visits_whose_length_nobody_knows(travelled):
	"""The sum is unknown then; the latest visit is not."""
	ended = {"document_name": ("in", travelled), "followed_on": ("is", "set")}
	visit = frappe.get_all(STAGE_VISIT, ended, ["name", "document_name", "stage", "ended_on"], limit=1)[0]
	moves = {"document_type": "Opportunity", "document_name": visit.document_name, "stage": visit.stage}
	for name in frappe.get_all(STAGE_VISIT, moves, pluck="name"):
		unknown = {"seconds": 0, "began_on": visit.ended_on, "first_began_on": visit.ended_on}
		changed = unknown if name == visit.name else {"unknown_before": 1, "first_began_on": visit.ended_on}
		frappe.db.set_value(STAGE_VISIT, name, changed)
	window = Window(Days(add_days(nowdate(), -DAYS), getdate()), now_datetime())
	visits = StageVisits(DealFilters.parse({"company": factories.COMPANY}), window, ())
	went = {each.deal: each for each in visits.of_stage((pipelines.NAME, visit.stage))}
	assert went[visit.document_name].days is None
	assert went[visit.document_name].latest_days > 0
