"""Stage Conversion with a row for each stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frappe import _
from frappe.utils import escape_html, flt, fmt_money, formatdate

from pipeline_ext.domain.conversion import LEAST_COMPARED, Bottleneck, StageFigures, Trouble, is_comparable
from pipeline_ext.domain.proportions import Share
from pipeline_ext.reports.columns import Column, column, link
from pipeline_ext.reports.deal_filters import Days
from pipeline_ext.reports.stage_conversion import ENDINGS, StageConversion, StageLine, labels

MEDIAN, NINE_IN_TEN = 0.5, 0.9
COMPARED = ("entered", "conversion", "days", "most_days")
"""The figures that stand beside how much more they are than in the period before."""


def get_columns(found: StageConversion) -> list[Column]:
	label = labels()
	return [
		link("stage", _("Stage"), _("An open stage, in the order of its pipeline"), "Sales Stage", 180),
		_count(
			"entered", label["entered"], _("Deals that came to the stage for the first time in the period")
		),
		_change("entered", _("Deals more than in the period before"), "Int"),
		_count("left_forward", label["left_forward"], _("Those that went to a later stage or were won")),
		_count("won", label["won"], _("Of those that left forward, the ones won straight from the stage")),
		_count("lost", label["lost"], _("Those that were lost in the stage")),
		_count("back", label["back"], _("Those that went to an earlier stage and have not come back")),
		_count("otherwise", label["otherwise"], _("Those that went over to another pipeline or version")),
		_count("still_there", label["still_there"], _("Those that are in the stage now")),
		_percent("conversion", _("Conversion"), _("Left forward ÷ (left forward + lost + sent back)")),
		_change("conversion", _("Percentage points more than in the period before"), "Float"),
		_percent("conversion_of_all", _("Of All Entered"), _("Left forward ÷ entered")),
		_days(
			"days", _("Median Days"), _("Half of those that left took no longer, all their visits together")
		),
		_change("days", _("Days more than in the period before"), "Float"),
		_days("most_days", _("Nine in Ten"), _("Nine in ten of them took no longer, all visits together")),
		_change("most_days", _("Days more than in the period before"), "Float"),
		_days("latest_days", _("Latest Visit"), _("Half of their latest visits took no longer")),
		_days("latest_most_days", _("Latest, Nine in Ten"), _("Nine in ten of their latest visits did not")),
		column("longest_stay", _("Longest Stay"), _("The days that the pipeline allows"), "Int", 110),
		column(
			"out_of_line", _("Out of Line"), _("In what the stage is out of line, as said above"), width=160
		),
		link("pipeline", _("Pipeline"), _("Whose stage it is"), "Sales Pipeline"),
	]


def _count(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Int", 125, figure=fieldname)


def _change(of: str, description: str, fieldtype: str) -> Column:
	return column(f"{of}_change", _("Change"), description, fieldtype, 90, precision=1)


def _percent(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Percent", 105, precision=1)


def _days(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Float", 105, precision=1)


def get_data(found: StageConversion) -> list[dict[str, Any]]:
	return [_row(line) for line in found.stages]


def _row(line: StageLine) -> dict[str, Any]:
	now, before = _figures(line.now), _figures(line.before)
	return {
		"stage": line.stage,
		**now,
		**{f"{name}_change": _more(now[name], before[name]) for name in COMPARED},
		"longest_stay": line.longest_stay,
		"out_of_line": ", ".join(_aspect(bottleneck) for bottleneck in line.bottlenecks),
		"pipeline": line.pipeline,
		"figure": {"pipeline": line.pipeline, "stage": line.stage},
	}


def _figures(figures: StageFigures) -> dict[str, float | None]:
	return {
		**{name: figures.deals(*endings) for name, endings in ENDINGS.items()},
		"conversion": _in_percent(figures.conversion),
		"conversion_of_all": _in_percent(figures.conversion_of_all),
		"days": figures.days(MEDIAN),
		"most_days": figures.days(NINE_IN_TEN),
		"latest_days": figures.latest_days(MEDIAN),
		"latest_most_days": figures.latest_days(NINE_IN_TEN),
	}


def _in_percent(share: Share) -> float | None:
	return None if share.value is None else share.value * 100


def _more(now: float | None, before: float | None) -> float | None:
	return None if now is None or before is None else flt(now - before, 6)


def _aspect(bottleneck: Bottleneck) -> str:
	return _("Conversion") if bottleneck.trouble is Trouble.CONVERSION else _("Dwell")


# In words


def get_message(found: StageConversion) -> str:
	"""What is counted, which stages are out of line and what that costs, and of what nothing can be said."""
	return "<br>".join(_sentences(found))


def _sentences(found: StageConversion) -> Iterator[str]:
	yield _(
		"Deals that came to a stage for the first time {0}, each counted once, as they stand now; beside "
		"them those {1}, as they stood just as long afterwards."
	).format(_from_to(found.period), _from_to(found.period.before))
	for line in found.stages:
		for bottleneck in line.bottlenecks:
			yield f"<b>{escape_html(line.stage)}</b>: {_in_words(bottleneck, found.currency)}"
	yield from _verdict(found)
	if found.unknown:
		yield _("Open deals in a stage since nobody knows when, in no row: {0}.").format(found.unknown)


def _from_to(period: Days) -> str:
	return _("from {0} to {1}").format(formatdate(period.first), formatdate(period.last))


def _in_words(bottleneck: Bottleneck, currency: str) -> str:
	now, before = bottleneck.now, bottleneck.before
	cost = round(bottleneck.deals), fmt_money(bottleneck.amount, currency=currency)
	if bottleneck.trouble is Trouble.OVERSTAYED:
		text = _("{0} of {1} deals stayed longer than the {2} days allowed. They are worth {3}.")
		return text.format(now.count, now.of, bottleneck.days, cost[1])
	shares = round(now.value * 100), now.of, round(before.value * 100), before.of
	if bottleneck.trouble is Trouble.SLOWER:
		text = _("{0} % of {1} deals took longer than {4} days, {2} % of {3} in the period before.")
		more = _("That is about {0} deals more, worth {1}.").format(*cost)
		return f"{text.format(*shares, bottleneck.days)} {more}"
	text = _("{0} % of the {1} deals that left moved on, {2} % of {3} in the period before.")
	fewer = _("That is about {0} deals fewer, worth {1}.").format(*cost)
	return f"{text.format(*shares)} {fewer}"


def _verdict(found: StageConversion) -> Iterator[str]:
	compared = [line for line in found.stages if is_comparable(line.now, line.before)]
	if compared and not any(line.bottlenecks for line in found.stages):
		yield _("No stage is out of line.")
	few = [escape_html(line.stage) for line in found.stages if line not in compared]
	if few:
		yield _("Not compared, because fewer than {0} deals left in one of the periods: {1}.").format(
			LEAST_COMPARED, ", ".join(few)
		)


# Chart and summary


def get_chart(found: StageConversion) -> dict[str, Any] | None:
	"""What became of those that entered, stage by stage; the desk draws it as a funnel."""
	if not any(line.now.passages for line in found.stages):
		return None
	label = labels()
	return {
		"data": {
			"labels": [f"{line.stage} ({line.now.deals()})" for line in found.stages],
			"datasets": [
				{"name": label[name], "values": [line.now.deals(*ENDINGS[name]) for line in found.stages]}
				for name in ("left_forward", "still_there", "back", "otherwise", "lost")
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#5e64ff", "#7cd6fd", "#ffa00a", "#b8c2cc", "#e24c4c"],
		"fieldtype": "Int",
	}


def get_summary(found: StageConversion) -> list[dict[str, Any]]:
	return [*_worst(found), *_extremes(found)]


def _worst(found: StageConversion) -> Iterator[dict[str, Any]]:
	"""How many stages are out of line, and which of them costs most."""
	costs = [(each.amount, line.stage) for line in found.stages for each in line.bottlenecks]
	stages = sum(bool(line.bottlenecks) for line in found.stages)
	color = "Red" if costs else "Green"
	yield {"label": _("Stages Out of Line"), "value": stages, "datatype": "Int", "indicator": color}
	if costs:
		amount, stage = max(costs)
		money = {"datatype": "Currency", "currency": found.currency, "indicator": "Red"}
		yield {"label": _("{0} Costs Most").format(stage), "value": amount, **money}


def _extremes(found: StageConversion) -> Iterator[dict[str, Any]]:
	"""The stage from which the smallest share moves on, and the one in which deals take longest."""
	told = [line for line in found.stages if line.now.conversion.of >= LEAST_COMPARED]
	if told:
		lowest = min(told, key=lambda line: line.now.conversion.value)
		longest = max(told, key=lambda line: line.now.days(MEDIAN) or 0)
		yield _card(_("Lowest Conversion"), lowest, _("{0} %"), _in_percent(lowest.now.conversion))
		yield _card(_("Longest Median"), longest, _("{0} days"), longest.now.days(MEDIAN))


def _card(label: str, line: StageLine, text: str, value: float | None) -> dict[str, Any]:
	told = f"{line.stage}: {text.format(round(value or 0))}"
	return {"label": label, "value": told, "datatype": "Data", "indicator": "Grey"}
