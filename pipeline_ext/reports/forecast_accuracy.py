"""How good forecasts of past months were: the back-test of all deals, and what owners committed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from functools import cached_property
from typing import Any

from frappe import _
from frappe.utils import add_months, formatdate, getdate

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.commitments import Commitment, Record
from pipeline_ext.domain.forecast.lines import NOTHING_SAID
from pipeline_ext.domain.forecast.outlook import PastOutlook, past_from_dict
from pipeline_ext.domain.quota import PART_OF_CATEGORY, Part
from pipeline_ext.reports import filters as given
from pipeline_ext.reports import win_models
from pipeline_ext.reports.adjustments import said
from pipeline_ext.reports.deal_filters import Days, DealFilters, days
from pipeline_ext.reports.drill_down import Behind, by_deal, refuse_figure
from pipeline_ext.reports.open_deals import groups_at_start
from pipeline_ext.reports.win_models import SavedModel
from pipeline_ext.reports.won_deals import reads_every_deal, won_by_month, won_in

MONTHS_BACK = 12
"""So many ended months are looked at where the reader does not say."""
COMMIT = tuple(category for category, part in PART_OF_CATEGORY.items() if part is Part.COMMIT)


class View(str, Enum):
	"""What the rows of the report are about."""

	MONTHS = "Months"
	CALIBRATION = "Calibration"
	OWNERS = "Owners"


@dataclass(frozen=True)
class Asked:
	"""What the reader asked for, checked; `days` are whole months that have ended."""

	deals: DealFilters
	view: View
	days: Days

	@classmethod
	def parse(cls, filters: Mapping[str, Any]) -> Asked:
		"""From `view`, `from_date`, `to_date` and the filters of `DealFilters`."""
		this_month = getdate().replace(day=1)
		last_ended = this_month - timedelta(days=1)
		first = getdate(add_months(this_month, -MONTHS_BACK))
		chosen = days(filters, first, last_ended)
		return cls(
			deals=DealFilters.parse(filters),
			view=given.choice(filters, "view", _("View"), View) or View.MONTHS,
			days=Days(
				chosen.first.replace(day=1),
				min(CalendarPeriod.around(chosen.last, PeriodKind.MONTH).last, last_ended),
			),
		)

	@cached_property
	def reads_all(self) -> bool:
		return reads_every_deal(self.deals.company)

	@property
	def shown(self) -> View:
		"""The view that the reader may see: the company's figures are for who may read all its deals."""
		return self.view if self.reads_all else View.OWNERS

	@property
	def is_narrowed(self) -> bool:
		"""Whether only some deals were asked for, which the back-test knows nothing of."""
		return self.deals != DealFilters(self.deals.company)


@dataclass(frozen=True)
class Accuracy:
	"""`months` are back-tested outlooks, of all deals; `owners` what each committed to, of those asked for.

	Only what the view that is shown needs is there. `model` is None before the first night.
	"""

	asked: Asked
	model: SavedModel | None = None
	months: tuple[PastOutlook, ...] = ()
	owners: Mapping[str | None, Record] = field(default_factory=dict)

	@property
	def currency(self) -> str:
		return self.asked.deals.currency

	@property
	def deal_scores(self) -> Mapping[str, float]:
		"""How good the chances of deals were; `n` says how many were tried."""
		return (self.model and self.model.accuracy["deals"]) or {}

	@property
	def tried_deals(self) -> int:
		return int(self.deal_scores.get("n") or 0)

	@property
	def calibration(self) -> list[tuple[float, float, float]]:
		"""Share of the deals tried, mean chance and share won, by tenth of the scale."""
		return self.model.accuracy["calibration"] if self.model else []

	@property
	def everybody(self) -> Record:
		return Record(tuple(each for record in self.owners.values() for each in record.commitments))


def forecast_accuracy(filters: Mapping[str, Any] | str | None = None) -> Accuracy:
	"""How good forecasts were; see `Asked` for the filters.

	Raises ValidationError for filters that make no sense.
	"""
	asked = Asked.parse(given.parse(filters))
	if asked.shown is View.OWNERS:
		return Accuracy(asked, owners=_records(asked))
	model = win_models.latest(asked.deals.company)
	past = map(past_from_dict, model.accuracy["months"]) if model else ()
	days = asked.days
	return Accuracy(asked, model, tuple(each for each in past if days.first <= each.first <= days.last))


def _records(asked: Asked) -> dict[str | None, Record]:
	"""By owner, deals of nobody last; each in the order of months."""
	by_owner: dict[str | None, list[Commitment]] = defaultdict(list)
	for each in sorted(_commitments(asked), key=lambda each: each.month):
		by_owner[each.owner].append(each)
	names = sorted(by_owner, key=lambda owner: (owner is None, owner or ""))
	return {owner: Record(tuple(by_owner[owner])) for owner in names}


def _commitments(asked: Asked) -> list[Commitment]:
	won = won_by_month(asked.deals, asked.days.first)
	committed: dict[tuple[date, str | None], float] = defaultdict(float)
	for group in groups_at_start(asked.deals, asked.days, categories=COMMIT):
		committed[group.month, group.owner] += group.amount
	spoken = said(asked.deals, PeriodKind.MONTH, asked.days, as_it_began=True)
	of_month = {(period.first, owner): each for (period, owner), each in spoken.items()}
	keys = {key for key in {*won, *committed, *of_month} if key[0] <= asked.days.last}
	return [
		Commitment(
			owner,
			month,
			won=won.get((month, owner), 0.0),
			committed=committed.get((month, owner), 0.0),
			**vars(of_month.get((month, owner), NOTHING_SAID)),
		)
		for month, owner in keys
	]


# The deals behind a figure


class Counted(str, Enum):
	"""A figure that deals are behind."""

	COMMITTED = "committed"
	WON = "won"

	@property
	def label(self) -> str:
		return {Counted.COMMITTED: _("Committed"), Counted.WON: _("Won")}[self]


def behind(filters: Mapping[str, Any], figure: Mapping[str, Any]) -> Behind:
	"""The deals that `what` counts, of some months and, if the figure is that of one `owner`, theirs only.

	A deal that was committed to in several months counts as often.
	"""
	asked = Asked.parse(filters)
	what = given.choice(figure, "what", _("Figure"), Counted) or refuse_figure()
	chosen = days(figure, asked.days.first, asked.days.last)
	return Behind(
		title=_("{0}, {1} to {2}").format(what.label, formatdate(chosen.first), formatdate(chosen.last)),
		counted=by_deal(figure, _counted(asked.deals, what, chosen)),
		currency=asked.deals.currency,
	)


def _counted(deals: DealFilters, what: Counted, chosen: Days) -> Iterator[tuple[str, str | None, float]]:
	if what is Counted.WON:
		yield from won_in(deals, chosen)
		return
	for group in groups_at_start(deals, chosen, categories=COMMIT, by_deal=True):
		yield group.name, group.owner, group.amount
