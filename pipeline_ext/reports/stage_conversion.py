"""How the deals that a reader may see passed through their stages, in a period and in the one before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import add_days, add_years, getdate, now_datetime

from pipeline_ext.domain.conversion import (
	MOVED_ON,
	Bottleneck,
	Cohort,
	Created,
	Ending,
	Passage,
	Place,
	StageFigures,
	bottlenecks,
	cohort,
	has_reached,
)
from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.reports import filters as given
from pipeline_ext.reports.deal_filters import DEALS, Days, DealFilters, days
from pipeline_ext.reports.drill_down import Behind, refuse_figure
from pipeline_ext.reports.known_stages import KnownStage, known_stages
from pipeline_ext.reports.stage_cohorts import created, created_one_by_one
from pipeline_ext.reports.stage_visits import StageVisits, Window
from pipeline_ext.subjects import OPPORTUNITY


class GroupBy(str, Enum):
	"""What a row of the report is."""

	STAGE = "Stage"
	MONTH = "Month of Creation"


@dataclass(frozen=True)
class StageLine:
	"""A stage with its figures in the period and in the one before, and in what it is out of line."""

	pipeline: str | None
	stage: str
	longest_stay: int | None
	now: StageFigures
	before: StageFigures

	@cached_property
	def bottlenecks(self) -> tuple[Bottleneck, ...]:
		return tuple(bottlenecks(self.now, self.before, self.longest_stay))


@dataclass(frozen=True)
class CohortLine:
	"""What became of the deals of a pipeline that were made in a month, or, where that is None, in all."""

	pipeline: str | None
	month: date | None
	stages: tuple[str, ...]
	cohort: Cohort


@dataclass(frozen=True)
class StageConversion:
	"""The lines by stage or by cohort; `unknown` counts open deals of which nobody knows since when they are
	in their stage, so that they are in no line by stage."""

	group_by: GroupBy
	period: Days
	currency: str
	stages: tuple[StageLine, ...] = ()
	cohorts: tuple[CohortLine, ...] = ()
	unknown: int = 0


def stage_conversion(filters: Mapping[str, Any] | str | None = None) -> StageConversion:
	"""The lines of the deals that the user may read.

	For the filters `from_date`, `to_date`, `group_by` and those of `DealFilters`. It takes the same number of
	queries for any number of deals. Raises ValidationError for filters that make no sense.
	"""
	asked = Asked.parse(given.parse(filters))
	found = {"group_by": asked.group_by, "period": asked.period, "currency": asked.deals.currency}
	if asked.group_by is GroupBy.MONTH:
		return StageConversion(**found, cohorts=tuple(asked.cohort_lines()))
	return StageConversion(**found, stages=tuple(asked.stage_lines()), unknown=asked.unknown())


@dataclass(frozen=True)
class Asked:
	"""What the reader asked for, checked, and what answers it."""

	deals: DealFilters
	period: Days
	group_by: GroupBy

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Asked:
		"""The filters as typed data; a wrong one is refused with what to do about it."""
		today = getdate()
		return cls(
			deals=DealFilters.parse(filters),
			period=days(filters, add_days(add_years(today, -1), 1), today),
			group_by=given.choice(filters, "group_by", _("Group By"), GroupBy) or GroupBy.STAGE,
		)

	@cached_property
	def known(self) -> dict[Place, KnownStage]:
		return known_stages()

	# By stage

	def stage_lines(self) -> Iterator[StageLine]:
		"""Each stage that deals came to in either period, and those beside it in its pipeline."""
		figures = self._figures()
		for place in self._in_order({place for _window, place in figures}):
			pipeline, stage = place
			known = self.known.get(place)
			yield StageLine(
				pipeline=pipeline,
				stage=stage,
				longest_stay=known.stage.longest_stay if known else None,
				now=figures.get((self.window, place), StageFigures()),
				before=figures.get((self.window.before, place), StageFigures()),
			)

	@cached_property
	def window(self) -> Window:
		return Window(self.period, now_datetime())

	@property
	def visits(self) -> StageVisits:
		open_stages = [place for place, known in self.known.items() if known.is_open]
		return StageVisits(self.deals, self.window, open_stages)

	def _figures(self) -> dict[tuple[Window, Place], StageFigures]:
		found: dict[tuple[Window, Place], list[Passage]] = defaultdict(list)
		for window, place, passage in self.visits.passages():
			if self._counts(place):
				found[window, place].append(passage)
		return {key: StageFigures(tuple(went)) for key, went in found.items()}

	def _counts(self, place: Place) -> bool:
		"""A won or lost stage is no stage to convert from."""
		return place not in self.known or self.known[place].is_open

	def _in_order(self, found: set[Place]) -> list[Place]:
		pipelines = {pipeline for pipeline, _stage in found}
		standing = {
			place
			for place, known in self.known.items()
			if place[0] in pipelines and known.is_open and not known.is_former
		}
		return sorted(found | standing, key=self._position)

	def _position(self, place: Place) -> tuple[str, int, str]:
		pipeline, stage = place
		known = self.known.get(place)
		return pipeline or "", known.position if known else len(self.known), stage

	def unknown(self) -> int:
		"""Open deals in a stage since nobody knows when."""
		deal = frappe.qb.DocType(DEALS)
		return (
			frappe.qb.from_(deal)
			.select(Count("*"))
			.where(deal[OPPORTUNITY.status].notin(OPPORTUNITY.closed_statuses))
			.where(deal[OPPORTUNITY.entered_on].isnull() & self.deals.of_deals(deal))
			.run()[0][0]
		)

	# By month of creation

	def cohort_lines(self) -> Iterator[CohortLine]:
		"""The months of each pipeline, then all of them together."""
		by_pipeline: dict[str | None, list[Created]] = defaultdict(list)
		for deals in created(self.deals, self.period):
			by_pipeline[deals.pipeline].append(deals)
		for pipeline in sorted(by_pipeline, key=lambda name: name or ""):
			yield from self._cohorts(pipeline, by_pipeline[pipeline])

	def _cohorts(self, pipeline: str | None, made: Sequence[Created]) -> Iterator[CohortLine]:
		stages = self.stages_of(pipeline)
		for month in sorted({deals.month for deals in made}):
			of_month = [deals for deals in made if deals.month == month]
			yield CohortLine(pipeline, month, stages, cohort(of_month, stages))
		yield CohortLine(pipeline, None, stages, cohort(made, stages))

	def stages_of(self, pipeline: str | None) -> tuple[str, ...]:
		"""The open stages that a pipeline has now, in order."""
		return tuple(
			stage
			for (of_pipeline, stage), known in self.known.items()
			if of_pipeline == pipeline and known.is_open and not known.is_former
		)


# The deals behind a figure

ENDINGS = {
	"entered": frozenset(Ending),
	"left_forward": MOVED_ON,
	"won": {Ending.WON},
	"lost": {Ending.LOST},
	"back": {Ending.BACK},
	"otherwise": {Ending.OTHERWISE},
	"still_there": {Ending.STILL_THERE},
}
"""How the deals ended that a count by stage is of."""

OUTCOMES = {"deals": frozenset(Outcome), **{outcome.value.lower(): {outcome} for outcome in Outcome}}
"""The outcomes of the deals that a count by month is of."""

REACHED = "reached:"
"""What a count by month is of begins so where a stage follows."""


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The deals of a count: `what` it counts, and the `pipeline` and `stage`, or `month`, of its row."""
	asked = Asked.parse(filters)
	what = given.text(figure, "what", _("Figure")) or ""
	pipeline = given.text(figure, "pipeline", _("Pipeline"))
	if asked.group_by is GroupBy.STAGE:
		stage = given.text(figure, "stage", _("Stage"))
		return _behind_stage(asked, (pipeline, stage), what)
	return _behind_cohort(asked, pipeline, given.day(figure, "month", _("Month")), what)


def _behind_stage(asked: Asked, place: Place, what: str) -> Behind:
	if what not in ENDINGS:
		refuse_figure()
	went = asked.visits.of_stage(place)
	counted = {each.deal: each.amount for each in went if each.ending in ENDINGS[what]}
	return Behind(f"{place[1]}: {labels()[what]}", counted, asked.deals.currency)


def _behind_cohort(asked: Asked, pipeline: str | None, month: date | None, what: str) -> Behind:
	made = [
		each
		for each in created_one_by_one(asked.deals, asked.period)
		if each.pipeline == pipeline and month in (None, each.month)
	]
	if what in OUTCOMES:
		counted = [each for each in made if each.outcome in OUTCOMES[what]]
		title = labels()[what]
	else:
		stage, stages = what.removeprefix(REACHED), asked.stages_of(pipeline)
		if stage not in stages:
			refuse_figure()
		counted = [each for each in made if has_reached(each, stage, stages)]
		title = _("Reached {0}").format(stage)
	return Behind(title, {each.deal: each.amount for each in counted}, asked.deals.currency)


def labels() -> dict[str, str]:
	"""What readers call the counts."""
	return {
		"entered": _("Entered"),
		"left_forward": _("Left Forward"),
		"won": _("Won"),
		"lost": _("Lost"),
		"back": _("Sent Back"),
		"otherwise": _("Moved Otherwise"),
		"still_there": _("Still There"),
		"deals": _("Deals"),
		"open": _("Open"),
	}
