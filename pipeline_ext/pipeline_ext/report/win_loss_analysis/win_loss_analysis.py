"""Win Loss Analysis: how many deals are won, how soon, and what they bring, by what they have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from frappe import _
from frappe.utils import formatdate

from pipeline_ext.domain.pipeline import Outcome
from pipeline_ext.domain.proportions import Share
from pipeline_ext.reports.columns import Column, column, hidden
from pipeline_ext.reports.deal_filters import Days
from pipeline_ext.reports.win_loss import Analysis, Group, GroupBy, analysis

MOST_BARS = 15
WON, LOST, OPEN = Outcome.WON.value, Outcome.LOST.value, Outcome.OPEN.value


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = analysis(filters)
	return get_columns(found), get_data(found), get_message(found), get_chart(found), get_summary(found)


def get_columns(found: Analysis) -> list[Column]:
	group_by = found.asked.group_by
	group = column("group", _(group_by.value), _("What the deals of a row have in common"), width=190)
	columns = _of_losses() if group_by is GroupBy.LOST_REASON else _of_wins_and_losses()
	return [group, *columns, hidden("currency")]


def _of_losses() -> list[Column]:
	return [
		_count("lost", _("Lost"), _("Deals lost in the period"), LOST),
		_percent("share", _("Share"), _("Of all deals lost in the period, those with this reason")),
		_range(_("The share to be expected of many more deals, with 95 % confidence")),
		_money("lost_amount", _("Lost Amount"), _("What the lost deals would have brought"), LOST),
		_money("average_lost", _("Average Lost"), _("Lost amount ÷ lost deals")),
		_days(
			"days_to_lose", _("Days to Lose"), _("Half of the lost deals took no longer, from start to loss")
		),
	]


def _of_wins_and_losses() -> list[Column]:
	return [
		_count("won", _("Won"), _("Deals won in the period and not opened again"), WON),
		_count("lost", _("Lost"), _("Deals lost in the period and not opened again"), LOST),
		_percent("rate", _("Win Rate"), _("Won ÷ (won + lost), by number")),
		_range(_("The win rate to be expected of many more deals, with 95 % confidence")),
		_percent("rate_before", _("Before"), _("The win rate in as many days just before the period")),
		_money("won_amount", _("Won Amount"), _("What the won deals are worth"), WON),
		_money("lost_amount", _("Lost Amount"), _("What the lost deals would have brought"), LOST),
		_percent("value_rate", _("Win Rate by Value"), _("Won amount ÷ (won + lost amount)"), 150),
		_money("average_won", _("Average Won"), _("Won amount ÷ won deals")),
		_days("mean_days", _("Mean Days to Win"), _("From the start of a deal to its win, on average")),
		_days("median_days", _("Median Days to Win"), _("Half of the won deals took no longer")),
		_days("days_to_lose", _("Median Days to Lose"), _("Half of the lost deals took no longer")),
		_count("open", _("Open Now"), _("Deals that are open today"), OPEN),
		_money(
			"velocity",
			_("Velocity a Day"),
			_("What the open deals bring a day: open × win rate × average won ÷ mean days to win"),
		),
	]


def _count(fieldname: str, label: str, description: str, figure: str) -> Column:
	return column(fieldname, label, description, "Int", 90, figure=figure)


def _percent(fieldname: str, label: str, description: str, width: int = 90) -> Column:
	return column(fieldname, label, description, "Percent", width, precision=1)


def _range(description: str) -> Column:
	return {**column("range", _("95 % Range"), description, width=110), "align": "right"}


def _money(fieldname: str, label: str, description: str, figure: str | None = None) -> Column:
	return column(fieldname, label, description, "Currency", 130, "currency", figure=figure)


def _days(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Float", 130, precision=1)


def get_data(found: Analysis) -> list[dict[str, Any]]:
	"""A row a group, and the total, which is of deals: each counts once there."""
	rows = [{**_row(found, group), "figure": {"group": group.key}} for group in _shown(found)]
	if not rows:
		return []
	total = {**_row(found, found.total), "figure": {}, "bold": 1}
	if found.asked.group_by is GroupBy.LOST_REASON:
		total["range"] = ""
	return [*rows, total]


def _shown(found: Analysis) -> tuple[Group, ...]:
	if found.asked.group_by is GroupBy.LOST_REASON:
		return tuple(group for group in found.groups if group.now.lost.deals)
	return found.groups


def _row(found: Analysis, group: Group) -> dict[str, Any]:
	now = group.now
	of_losses = Share(now.lost.deals, found.total.now.lost.deals)
	by_reason = found.asked.group_by is GroupBy.LOST_REASON
	return {
		"group": group.label,
		"won": now.won.deals,
		"lost": now.lost.deals,
		"rate": _in_percent(now.rate.value),
		"share": _in_percent(of_losses.value),
		"range": _range_text(of_losses if by_reason else now.rate),
		"rate_before": _in_percent(group.rate_before.value),
		"won_amount": now.won.amount,
		"lost_amount": now.lost.amount,
		"value_rate": _in_percent(now.value_rate),
		"average_won": now.won.average,
		"average_lost": now.lost.average,
		"mean_days": now.won.cycle and now.won.cycle.mean,
		"median_days": now.won.cycle and now.won.cycle.median,
		"days_to_lose": now.lost.cycle and now.lost.cycle.median,
		"open": group.open_deals,
		"velocity": group.velocity,
		"currency": found.asked.deals.currency,
	}


def _in_percent(share: float | None) -> float | None:
	return None if share is None else share * 100


def _range_text(share: Share) -> str:
	return _("{0}–{1} %").format(*(round(end * 100) for end in share.interval)) if share.of else ""


def get_message(found: Analysis) -> str:
	return " ".join(_sentences(found))


def _sentences(found: Analysis) -> Iterator[str]:
	"""How many deals were won, how sure that rate is, and what the figures leave out."""
	asked, total = found.asked, found.total
	if not total.now.decided:
		yield _("No deal was decided {0}.").format(_period_text(asked.days))
	else:
		yield _("Of {0} deals decided {1}, {2} were won: {3} % (95 % range {4}).").format(
			total.now.decided,
			_period_text(asked.days),
			total.now.won.deals,
			round(total.now.rate.value * 100),
			_range_text(total.now.rate),
		)
	if total.rate_before.of:
		yield _("Just before, {0}: {1} % of {2}.").format(
			_period_text(asked.days.before), round(total.rate_before.value * 100), total.rate_before.of
		)
	if asked.group_by is GroupBy.COMPETITOR:
		yield _(
			"A deal with several competitors counts for each of them: the rows add up to more than the total."
		)
	if asked.group_by is GroupBy.LOST_REASON:
		yield _(
			"A deal with several reasons counts for each of them: the rows add up to more than the total."
		)
	if found.undated:
		yield _("Closed, and nobody knows since when, so in no period: {0}.").format(found.undated)


def _period_text(days: Days) -> str:
	return _("from {0} to {1}").format(formatdate(days.first), formatdate(days.last))


def get_chart(found: Analysis) -> dict[str, Any] | None:
	"""Won and lost deals of the largest groups, or of each month; each label says the win rate."""
	group_by = found.asked.group_by
	is_of_losses = group_by is GroupBy.LOST_REASON
	most = None if group_by is GroupBy.MONTH else MOST_BARS
	groups = [group for group in _shown(found) if group.now.decided][:most]
	if not groups:
		return None
	won = {"name": _(WON), "values": [group.now.won.deals for group in groups]}
	lost = {"name": _(LOST), "values": [group.now.lost.deals for group in groups]}
	return {
		"data": {
			"labels": [group.label if is_of_losses else _with_rate(group) for group in groups],
			"datasets": [lost] if is_of_losses else [won, lost],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#e24c4c"] if is_of_losses else ["#28a745", "#e24c4c"],
		"fieldtype": "Int",
	}


def _with_rate(group: Group) -> str:
	return _("{0} %: {1}").format(round(group.now.rate.value * 100), group.label)


def get_summary(found: Analysis) -> list[dict[str, Any]]:
	total = found.total
	money = {"datatype": "Currency", "currency": found.asked.deals.currency}
	cycle = total.now.won.cycle
	cards = [
		{
			"label": _("Win Rate"),
			"value": _in_percent(total.now.rate.value),
			"datatype": "Percent",
			"indicator": "Blue",
		},
		{"label": _("Won"), "value": total.now.won.amount, **money, "indicator": "Green"},
		{"label": _("Average Won"), "value": total.now.won.average, **money, "indicator": "Grey"},
		{
			"label": _("Median Days to Win"),
			"value": cycle and cycle.median,
			"datatype": "Float",
			"indicator": "Grey",
		},
		{"label": _("Velocity a Day"), "value": total.velocity, **money, "indicator": "Blue"},
	]
	return [card for card in cards if card["value"] is not None]
