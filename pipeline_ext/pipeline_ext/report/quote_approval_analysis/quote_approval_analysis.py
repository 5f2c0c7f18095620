"""Quote Approval Analysis: how long approvals take, who is waited for, and what quotations give away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frappe import _
from frappe.utils import flt

from pipeline_ext.domain.giveaway import Gift, Giveaway, giveaways
from pipeline_ext.domain.turnaround import Outcome, Turn, Turnaround, turnarounds
from pipeline_ext.reports.columns import Column, column, hidden, link
from pipeline_ext.reports.quote_approval_analysis import Analysis, GroupBy, quote_approval_analysis

SHOWN_IN_CHART = 12


def execute(filters: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
	"""Columns, data, message, chart and summary, as Frappe's script reports return them."""
	found = quote_approval_analysis(filters)
	if found.group_by.is_of_gifts:
		gifts = giveaways(found.gifts)
		return (
			get_gift_columns(found.group_by),
			get_gifts(found, gifts),
			get_gift_message(found),
			get_gift_chart(found, gifts),
			get_gift_summary(found),
		)
	turns = turnarounds(found.turns)
	return (
		get_turn_columns(found.group_by),
		get_turns(found, turns),
		get_turn_message(found.group_by),
		get_turn_chart(found, turns),
		get_turn_summary(found),
	)


def _group_column(group_by: GroupBy) -> Column:
	return column(
		"label", _(group_by.value), _("The arrow shows the documents behind the figures"), width=240
	)


def _count(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Int", 120)


def _hours(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Float", 140, precision=1)


def _money(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Currency", 130, "currency")


def _time(fieldname: str, label: str, description: str) -> Column:
	return column(fieldname, label, description, "Datetime", 160)


def _named(found: Analysis, group: str) -> str:
	"""What a group is called."""
	return found.names.get(group, group) or _("None")


def _rounded(hours: float | None) -> float | None:
	return None if hours is None else flt(hours, 2)


# How long approvals take, and who is waited for


def get_turn_columns(group_by: GroupBy) -> list[Column]:
	others = [hidden(name) for name in ("currency", "document_type", "outcome")]
	if group_by is GroupBy.WAITING_NOW:
		label = column("label", _("Customer"), _("Whom it is for"), width=200)
		return [
			label,
			*_step_columns(),
			*_hour_columns(),
			*_money_columns(),
			*_document_columns(),
			*others,
		]
	return [
		_group_column(group_by),
		*_count_columns(),
		*_hour_columns(),
		*_spread_columns(),
		*_money_columns(),
		*_step_columns(),
		*_answer_columns(),
		*_document_columns(),
		*others,
	]


def _count_columns() -> list[Column]:
	return [
		_count("asked", _("Asked"), _("How often somebody had to look at it")),
		_count("approved", _("Approved"), _("How many of those were approved")),
		_count("rejected", _("Rejected"), _("How many of those were rejected")),
		_count("waiting", _("Waiting"), _("How many of those wait now")),
		_count("late", _("Late"), _("Answered after the deadline, or waiting beyond it")),
		_count("again", _("Asked Again"), _("Agreed to before, and asked again because it got worse")),
		_count("kept", _("Spared"), _("Agreed to before and kept: nobody was asked again")),
		_count("granted", _("Granted Alone"), _("Granted by the asker at once, as the policy allows")),
	]


def _hour_columns() -> list[Column]:
	return [
		_hours("working_hours", _("Working Hours"), _("Until the answer, or until now; of a group the mean")),
		_hours("calendar_hours", _("Calendar Hours"), _("The same by the clock, with nights and holidays")),
	]


def _spread_columns() -> list[Column]:
	return [
		_hours("median_hours", _("Half Within"), _("Half of the answers took no more working hours")),
		_hours("longest_hours", _("Longest"), _("The working hours of the slowest answer")),
	]


def _money_columns() -> list[Column]:
	return [
		_money("quoted_value", _("Quoted"), _("Value of what was asked for, each request counted once")),
		_money("discount_amount", _("Discount"), _("What it gives away against the list")),
	]


def _step_columns() -> list[Column]:
	return [
		column("rule", _("Rule"), _("What had to be agreed to"), width=190),
		column("people", _("Who"), _("Who answered, or is asked"), width=160),
		_time("asked_on", _("Asked On"), _("Since when it waits, or waited")),
		_time("deadline", _("Answer By"), _("Until when an answer was asked for")),
	]


def _answer_columns() -> list[Column]:
	return [
		column("outcome_label", _("Outcome"), _("What became of it"), width=110),
		_time("ended_on", _("Ended On"), _("When it was answered or withdrawn")),
		column("comment", _("Comment"), _("What was said with the answer"), width=220),
	]


def _document_columns() -> list[Column]:
	return [
		column("document", _("Document"), _("What it was asked for"), "Dynamic Link", 180, "document_type"),
		link("approval", _("Request"), _("The request for approval"), "Quote Approval"),
	]


def get_turns(found: Analysis, groups: Sequence[Turnaround]) -> list[dict[str, Any]]:
	"""Each group with its turns below; what waits now is listed without groups."""
	if found.group_by is GroupBy.WAITING_NOW:
		return [_turn_row(found, turn, indent=0) for group in groups for turn in group.turns]
	rows = []
	for group in groups:
		rows.append(_turnaround_row(found, group))
		rows += [_turn_row(found, turn, indent=1) for turn in group.turns]
	return rows


def _turnaround_row(found: Analysis, group: Turnaround) -> dict[str, Any]:
	return {
		"indent": 0,
		"label": _named(found, group.group),
		"asked": group.asked,
		"approved": group.count(Outcome.APPROVED),
		"rejected": group.count(Outcome.REJECTED),
		"waiting": group.count(Outcome.WAITING),
		"late": group.late,
		"again": group.again,
		"kept": group.count(Outcome.KEPT),
		"granted": group.count(Outcome.GRANTED),
		"working_hours": _rounded(group.mean_working_hours),
		"median_hours": _rounded(group.median_working_hours),
		"longest_hours": _rounded(group.longest_working_hours),
		"calendar_hours": _rounded(group.mean_calendar_hours),
		"quoted_value": group.quoted_value,
		"discount_amount": group.discount_amount,
		"currency": found.currency,
	}


def _turn_row(found: Analysis, turn: Turn, indent: int) -> dict[str, Any]:
	return {
		"indent": indent,
		"label": turn.customer,
		"late": int(turn.is_late) or None,
		"again": int(turn.again) or None,
		"working_hours": _rounded(turn.working_hours),
		"calendar_hours": _rounded(turn.calendar_hours),
		"quoted_value": turn.quoted_value,
		"discount_amount": turn.discount_amount,
		"outcome": turn.outcome.value,
		"outcome_label": _(turn.outcome.value),
		"rule": turn.rule,
		"people": ", ".join(found.names.get(person, person) for person in turn.people),
		"asked_on": turn.asked_on,
		"ended_on": None if turn.outcome is Outcome.WAITING else turn.ended_on,
		"deadline": turn.deadline,
		"document_type": turn.document_type,
		"document": turn.document,
		"approval": turn.approval,
		"comment": turn.comment,
		"currency": found.currency,
	}


def get_turn_message(group_by: GroupBy) -> str:
	"""What one turn is, and which of them there are."""
	if group_by is GroupBy.WAITING_NOW:
		return _("Everything that waits now, whenever it was asked, the oldest first.")
	counted = {
		GroupBy.POLICY: _("Counted are requests, from asking to the last answer."),
		GroupBy.RULE: _("Counted are steps, from their turn to their last answer."),
		GroupBy.APPROVER: _("Counted are answers, and what waits for each person who is asked."),
		GroupBy.REJECTION_REASON: _("Counted are rejections, by what was given as the reason."),
	}
	return " ".join([counted[group_by], _("Of the requests made in the period.")])


def get_turn_chart(found: Analysis, groups: Sequence[Turnaround]) -> dict[str, Any] | None:
	"""Working hours to an answer, by group; rejections by reason; hours waited so far."""
	if found.group_by is GroupBy.REJECTION_REASON:
		bars = [(_named(found, group.group), group.asked) for group in groups]
		return _chart(_("Rejections"), bars, "#e24c4c", fieldtype="Int")
	if found.group_by is GroupBy.WAITING_NOW:
		bars = [(turn.customer, turn.working_hours) for group in groups for turn in group.turns]
		return _chart(_("Working Hours Waited"), bars, "#ffa00a", fieldtype="Float")
	bars = [(_named(found, group.group), group.mean_working_hours) for group in groups]
	return _chart(_("Mean Working Hours to an Answer"), bars, "#5e64ff", fieldtype="Float")


def _chart(
	name: str, bars: Iterable[tuple[str, float | None]], color: str, **kind: str
) -> dict[str, Any] | None:
	"""The first bars only; None where there is no figure."""
	shown = [(label, flt(figure, 2)) for label, figure in bars if figure is not None][:SHOWN_IN_CHART]
	if not shown:
		return None
	return {
		"data": {
			"labels": [label for label, _figure in shown],
			"datasets": [{"name": name, "values": [figure for _label, figure in shown]}],
		},
		"title": name,
		"type": "bar",
		"colors": [color],
		**kind,
	}


def get_turn_summary(found: Analysis) -> list[dict[str, Any]]:
	every = Turnaround("", found.turns)
	waiting = [
		(_("Waiting"), every.count(Outcome.WAITING), "Int", "Orange"),
		(_("Late"), every.late, "Int", "Red"),
	]
	answered = [
		(_("Asked"), every.asked, "Int", "Blue"),
		(_("Rejected"), every.count(Outcome.REJECTED), "Int", "Red"),
		(_("Asked Again"), every.again, "Int", "Grey"),
		(_("Spared"), every.count(Outcome.KEPT), "Int", "Green"),
		(_("Mean Working Hours"), _rounded(every.mean_working_hours) or 0, "Float", "Blue"),
	]
	cards = waiting if found.group_by is GroupBy.WAITING_NOW else [*answered, *waiting]
	names = ("label", "value", "datatype", "indicator")
	return [dict(zip(names, card, strict=True)) for card in cards]


# What quotations gave away


def get_gift_columns(group_by: GroupBy) -> list[Column]:
	return [
		_group_column(group_by),
		_count("quotes", _("Quotations"), _("How many were submitted")),
		_count("with_approval", _("With Approval"), _("How many of those by a request for approval")),
		_money("list_value", _("List Value"), _("At list prices, of the lines that have one")),
		_money("quoted_value", _("Quoted"), _("After every discount, of all lines")),
		_money("discount_amount", _("Given Away"), _("What the lines with a list price are below it")),
		column(
			"discount_percent",
			_("Given Away %"),
			_("Given away, in percent of the list value"),
			"Percent",
			110,
		),
		_money("margin_amount", _("Margin"), _("Above cost, of the lines whose cost is known")),
		link("quotation", _("Quotation"), _("The current revision of the quote"), "Quotation"),
		_time("submitted_on", _("Submitted On"), _("When the quotation was submitted")),
		link("approval", _("Request"), _("The request by which it was approved"), "Quote Approval"),
		hidden("currency"),
	]


def get_gifts(found: Analysis, groups: Sequence[Giveaway]) -> list[dict[str, Any]]:
	"""Each group with its quotations below."""
	rows = []
	for group in groups:
		rows.append(_giveaway_row(found, group, _named(found, group.group)))
		rows += [_gift_row(found, gift) for gift in group.gifts]
	return rows


def _giveaway_row(found: Analysis, group: Giveaway, label: str) -> dict[str, Any]:
	return {
		"indent": 0,
		"label": label,
		"quotes": group.quotes,
		"with_approval": group.with_approval,
		**_amounts(found, group),
	}


def _gift_row(found: Analysis, gift: Gift) -> dict[str, Any]:
	return {
		"indent": 1,
		"label": gift.customer,
		"quotation": gift.quotation,
		"submitted_on": gift.submitted_on,
		"approval": gift.approval,
		**_amounts(found, gift),
	}


def _amounts(found: Analysis, source: Giveaway | Gift) -> dict[str, Any]:
	return {
		"list_value": source.list_value,
		"quoted_value": source.quoted_value,
		"discount_amount": source.discount_amount,
		"discount_percent": _rounded(source.discount_percent),
		"margin_amount": source.margin_amount,
		"currency": found.currency,
	}


def get_gift_message(found: Analysis) -> str:
	sentences = [
		_("Quotations submitted in the period, each by its current revision, in {0}.").format(found.currency)
	]
	if found.unmeasured:
		sentences.append(_("Without a list price, so not in Given Away: {0}.").format(found.unmeasured))
	return " ".join(sentences)


def get_gift_chart(found: Analysis, groups: Sequence[Giveaway]) -> dict[str, Any] | None:
	bars = [(_named(found, group.group), group.discount_amount) for group in groups]
	return _chart(_("Given Away"), bars, "#ffa00a", fieldtype="Currency", currency=found.currency)


def get_gift_summary(found: Analysis) -> list[dict[str, Any]]:
	every = Giveaway("", found.gifts)
	money = {"datatype": "Currency", "currency": found.currency}
	return [
		{"label": _("Quotations"), "value": every.quotes, "datatype": "Int", "indicator": "Blue"},
		{"label": _("List Value"), "value": every.list_value or 0, "indicator": "Grey", **money},
		{"label": _("Given Away"), "value": every.discount_amount or 0, "indicator": "Orange", **money},
		{
			"label": _("Given Away %"),
			"value": _rounded(every.discount_percent) or 0,
			"datatype": "Percent",
			"indicator": "Orange",
		},
	]
