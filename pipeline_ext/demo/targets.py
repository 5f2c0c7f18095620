"""What the people of the demo are to win in each quarter, and what they say they will win in this one."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time

from pipeline_ext.demo.cast import COMPANY, HABITS, MANAGER, Person
from pipeline_ext.demo.events import Ordered
from pipeline_ext.demo.masters import new
from pipeline_ext.demo.quiet import act_as
from pipeline_ext.demo.story import Story
from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind

STRETCH = 1.15
"""A quota is so many times what a rep wins in a usual quarter."""
ROUND_TO = 1000
MANAGER_BELIEVES = 0.8


def set_quotas(story: Story) -> None:
	"""A quota for each rep and for the company in every quarter of the story."""
	quotas = _quotas(story)
	for quarter in _quarters(story):
		for rep, amount in quotas.items():
			_set_quota(quarter, amount, quota_for="User", user=rep.email)
		_set_quota(quarter, sum(quotas.values()), quota_for="Company")


def _quotas(story: Story) -> dict[Person, float]:
	won: dict[Person, float] = defaultdict(float)
	for event in story.events:
		if isinstance(event, Ordered):
			won[event.deal.rep] += event.deal.list_total
	return {rep: _rounded(STRETCH * won[rep] / len(_quarters(story))) for rep in HABITS}


def _rounded(amount: float) -> float:
	return max(round(amount / ROUND_TO), 1) * ROUND_TO


def _quarters(story: Story) -> list[CalendarPeriod]:
	return [
		CalendarPeriod(PeriodKind.QUARTER, date(year, month, 1))
		for year in range(story.begins_on.year, story.ends_on.year + 1)
		for month in (1, 4, 7, 10)
		if story.begins_on <= date(year, month, 1) <= story.ends_on
	]


def _set_quota(quarter: CalendarPeriod, amount: float, **whose: str) -> None:
	new(
		"Sales Quota",
		company=COMPANY,
		period=quarter.kind.value,
		from_date=quarter.first,
		amount=amount,
		**whose,
	).insert()


def speak(story: Story) -> None:
	"""Each rep says that the quota will be met, and the manager believes part of it."""
	quarter = CalendarPeriod.around(story.ends_on, PeriodKind.QUARTER)
	now = datetime.combine(story.ends_on, time(9))
	for rep, quota in _quotas(story).items():
		act_as(rep.email, now)
		_say(quarter, rep, quota, "Everybody whom I have talked to wants to sign this quarter.")
		act_as(MANAGER.email, now)
		_say(quarter, rep, quota * MANAGER_BELIEVES, "Two of the larger ones have no budget yet.")


def _say(quarter: CalendarPeriod, rep: Person, amount: float, reason: str) -> None:
	new(
		"Forecast Adjustment",
		company=COMPANY,
		period=quarter.kind.value,
		from_date=quarter.first,
		deal_owner=rep.email,
		amount=amount,
		reason=reason,
	).insert()
