"""Quota Attainment: what is won and what is open against the quotas of people, teams and the company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from frappe import _
from frappe.utils import fmt_money

from pipeline_ext.domain.quota import Attainment, Line, Origin, Part, Quota, Unit
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.quota_attainment import QuotaAttainment, part_label, quota_attainment

SHOWN = (Part.CLOSED, Part.COMMIT, Part.BEST_CASE, Part.PIPELINE)
MOST_BARS = 20


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = quota_attainment(filters)
	return get_columns(), get_data(found), get_message(found), get_chart(found), get_summary(found)


def get_columns() -> list[Column]:
	return [
		column("unit", _("Whose"), _("The company, its teams, and in them their people"), width=210),
		_money("quota", _("Quota"), _("What is to be won in the period")),
		column("origin", _("Quota From"), _("Set for it, or the sum or share of what is named"), width=170),
		_figure(Part.CLOSED, _("Won in the period, by the deals' last decision")),
		_percent("attained", _("Attained"), _("Closed ÷ quota")),
		_figure(Part.COMMIT, _("Open, closing in the period, of category Commit")),
		_figure(Part.BEST_CASE, _("Open, closing in the period, of category Best Case")),
		_figure(Part.PIPELINE, _("Open, closing in the period, of category Pipeline or of none")),
		_money("gap", _("Gap"), _("Quota − closed; below 0 by what was won beyond it")),
		column(
			"coverage",
			_("Coverage"),
			_("How many times commit, best case and pipeline together would fill the gap"),
			"Float",
			95,
			precision=1,
		),
		_percent("pace", _("Pace"), _("Attained ÷ share of the period's days gone; 100 % is just on pace")),
		_money("landing", _("Landing"), _("What is closed in the end, if it goes on at this pace")),
		hidden("currency"),
		hidden("parent_unit"),
	]


def _money(fieldname: str, label: str, description: str, figure: str | None = None) -> Column:
	return column(fieldname, label, description, "Currency", 115, "currency", figure=figure)


def _figure(part: Part, description: str) -> Column:
	return _money(part.value, part_label(part), description, figure=part.value)


def _percent(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Percent", 80, precision=1)


def get_data(found: QuotaAttainment) -> list[dict[str, Any]]:
	return [_row(found, line) for line in found.lines]


def _row(found: QuotaAttainment, line: Line) -> dict[str, Any]:
	standing = line.attainment
	return {
		"unit": found.label_of(line.unit),
		"parent_unit": found.label_of(line.above) if line.above else "",
		"indent": line.depth,
		"quota": standing.quota and standing.quota.amount,
		"origin": _origin(found, standing.quota) if standing.quota else None,
		**{part.value: getattr(standing.figures, part.value) for part in SHOWN},
		"attained": _in_percent(standing.attained),
		"gap": standing.gap,
		"coverage": standing.coverage,
		"pace": _in_percent(standing.pace),
		"landing": standing.landing,
		"currency": found.currency,
		"figure": {"unit": line.unit.kind.value, "name": line.unit.name},
	}


def _in_percent(share: float | None) -> float | None:
	return None if share is None else share * 100


def _origin(found: QuotaAttainment, quota: Quota) -> str:
	taken = [period.label for period in quota.taken]
	if quota.origin is Origin.SHARE:
		return _("{0}/{1} days of {2}").format(found.asked.period.days, quota.taken[0].days, taken[0])
	if quota.origin is Origin.PARTS:
		return _("{0} to {1}").format(taken[0], taken[-1])
	if quota.origin is Origin.SOME_PARTS:
		return _("Only {0}").format(", ".join(taken))
	return {
		Origin.SET: _("Set"),
		Origin.PIPELINES: _("Its pipelines"),
		Origin.MEMBERS: _("Those below"),
	}[quota.origin]


def get_message(found: QuotaAttainment) -> str:
	"""What the period is, how the figures are to be read, and what is in none of them."""
	return " ".join(_sentences(found))


def _sentences(found: QuotaAttainment) -> Iterator[str]:
	asked, currency = found.asked, found.currency
	yield _("{0}, {1} % of its days gone.").format(asked.period.label, round(found.elapsed * 100))
	yield _(
		"Commit, Best Case and Pipeline are open amounts, each by itself: a forecast of Commit is Closed + "
		"Commit, one of Best Case adds Best Case to that, and one of Pipeline adds all."
	)
	if asked.is_narrowed:
		yield _("Quotas are not by territory, source or customer group: they stay whole, the deals do not.")
	if found.withheld:
		yield _("Quotas that you may not read are left out, and none are added up.")
	for name in found.in_several_teams:
		yield _("{0} is in more than one team: counted in each, and once above them.").format(name)
	if omitted := found.omitted:
		yield _("Open and omitted from every forecast: {0}.").format(fmt_money(omitted, currency=currency))
	if found.overdue:
		yield _("Open, to be closed before the period or nobody knows when: {0}.").format(
			fmt_money(found.overdue, currency=currency)
		)


def get_chart(found: QuotaAttainment) -> dict[str, Any] | None:
	"""Closed, commit and best case on one another, and the quota; of those with the most at stake."""
	standings = _charted(found)
	if not standings:
		return None
	bars = [
		{
			"name": part_label(part),
			"chartType": "bar",
			"values": [getattr(standing.figures, part.value) for standing in standings.values()],
		}
		for part in (Part.CLOSED, Part.COMMIT, Part.BEST_CASE)
	]
	quota = [standing.quota.amount if standing.quota else 0 for standing in standings.values()]
	return {
		"data": {
			"labels": [found.label_of(unit) for unit in standings],
			"datasets": [*bars, {"name": _("Quota"), "chartType": "line", "values": quota}],
		},
		"type": "axis-mixed",
		"barOptions": {"stacked": 1},
		"lineOptions": {"hideLine": 1, "showDots": 1, "dotSize": 6},
		"colors": ["#28a745", "#5e64ff", "#b8c1ff", "#e24c4c"],
		"fieldtype": "Currency",
		"options": found.currency,
		"currency": found.currency,
	}


def _charted(found: QuotaAttainment) -> dict[Unit, Attainment]:
	"""Each unit of the kind asked for once, in the order of the tree."""
	units = {line.unit: line.attainment for line in found.lines if line.unit.kind is found.asked.chart_of}
	largest = sorted(units, key=lambda unit: -_at_stake(units[unit]))[:MOST_BARS]
	return {unit: standing for unit, standing in units.items() if unit in largest and _at_stake(standing)}


def _at_stake(standing: Attainment) -> float:
	reachable = standing.figures.closed + standing.figures.commit + standing.figures.best_case
	return max(reachable, standing.quota.amount if standing.quota else 0)


def get_summary(found: QuotaAttainment) -> list[dict[str, Any]]:
	"""How the company stands, or whoever was asked for."""
	if not found.lines:
		return []
	standing = found.lines[0].attainment
	money = {"datatype": "Currency", "currency": found.currency}
	quota = standing.quota.amount if standing.quota else None
	is_reached = standing.gap is not None and standing.gap <= 0
	cards = [
		{"label": _("Quota"), "value": quota, **money, "indicator": "Grey"},
		{"label": _("Closed"), "value": standing.figures.closed, **money, "indicator": "Green"},
		{"label": _("Gap"), "value": standing.gap, **money, "indicator": "Green" if is_reached else "Red"},
		{"label": _("Pace"), "value": _in_percent(standing.pace), "datatype": "Percent", "indicator": "Blue"},
		{"label": _("Landing"), "value": standing.landing, **money, "indicator": "Blue"},
	]
	return [card for card in cards if card["value"] is not None]
