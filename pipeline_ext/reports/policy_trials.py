"""What an approval policy would have asked, and whom: of one quotation, or of those of the last days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, get_fullname, getdate

from pipeline_ext.domain.approvals import ApproverType, Breach, Rule, breaches
from pipeline_ext.domain.quotes import MEASURES, QuoteMeasures
from pipeline_ext.reports import currency, fields, policies, quotations
from pipeline_ext.reports.approvers import Approvers, territory_of
from pipeline_ext.subjects import MEASURE_LABELS

MOST_QUOTATIONS = 500
MOST_ROWS = 50
AT_ONCE = 100
"""So many quotations are read together, in a query for each of their tables."""
OVERVIEW = ("quoted_value", "discount_percent")


# One quotation


def on_quotation(head: policies.Head, doc: Document) -> dict[str, Any]:
	"""Every rule of a policy, enabled or not, as it looks at a quotation; money in company currency.

	`asked` says that the rule asks somebody, `turn` when: 1 is at once; `in_force` is the policy that counts
	now, `unmet` are the conditions of this one that do not hold.
	"""
	measures = _measures(head, doc)
	broken = breaches(head.policy, measures)
	people = _People()
	in_force = policies.policy_for(doc)
	return {
		"policy": head.policy.name,
		"quotation": doc.name,
		"customer": _customer(doc),
		"currency": _currency_of(doc.company),
		"for_company": head.company in (None, doc.company),
		"unmet": [condition.field for condition in _unmet(head, doc)],
		"in_force": in_force.name if in_force else None,
		"rules": [
			_judged(rule, measures, broken, people.asked(rule, doc))
			for rule in sorted(head.policy.rules, key=lambda rule: (rule.group, rule.level))
		],
	}


def _judged(
	rule: Rule, measures: QuoteMeasures, broken: Sequence[Breach], people: Sequence[str]
) -> dict[str, Any]:
	measured = measures.worst(rule.measure, rule.scope, rule.above)
	asked = any(breach.rule == rule for breach in broken)
	return {
		"title": rule.title,
		"group": rule.group,
		"level": rule.level,
		"measure": MEASURE_LABELS[rule.measure],
		"unit": MEASURES[rule.measure].unit.value,
		"scope": rule.scope.value,
		"comparison": "Above" if rule.above else "Below",
		"measured": None if measured is None else flt(measured),
		"threshold": flt(rule.threshold),
		"broken": rule.is_broken_by(measured),
		"asked": asked,
		"alone": rule.approver is ApproverType.ONESELF,
		"approvers": list(people),
		"needed": rule.needed or len(people),
		"turn": _turn(rule, broken) if asked else None,
	}


def _turn(rule: Rule, broken: Iterable[Breach]) -> int:
	"""After how many lower levels of its group a rule is asked, from 1."""
	others = (breach.rule for breach in broken if breach.rule.authority == rule.authority)
	lower = {each.level for each in others if each.level < rule.level}
	return 1 + len(lower)


# Those of the last days


@dataclass
class _Tally:
	"""How many quotations something concerns, and what they are worth."""

	label: dict[str, Any]
	quotations: set[str] = field(default_factory=set)
	value: Decimal = Decimal()

	def add(self, quotation: str, value: Decimal) -> None:
		if quotation not in self.quotations:
			self.quotations.add(quotation)
			self.value += value

	def as_dict(self) -> dict[str, Any]:
		return {**self.label, "count": len(self.quotations), "value": flt(self.value)}


def on_recent(head: policies.Head, days: int) -> dict[str, Any]:
	"""What a policy would have asked of the quotations that the user may read, whatever days it is valid on.

	Values are in `currency`; `unvalued` quotations have none, for want of an exchange rate. Of more than
	`most` quotations the latest are judged, and `capped` says so. `rows` are those that need somebody, the
	largest discount first, `not_shown` how many more there are; `others` do not meet the conditions.
	"""
	names, capped = _recent(head, days)
	concerned = [doc for doc in _documents(names) if _concerns(head, doc)]
	shown_in = _currency_for(head, concerned)
	trials = [_Trial(head, doc, shown_in) for doc in concerned]
	needing = [trial for trial in trials if trial.breaches]
	needing.sort(key=lambda trial: (trial.discount_percent or 0, trial.value), reverse=True)
	people = _People()
	return {
		"policy": head.policy.name,
		"days": days,
		"currency": shown_in,
		"quotations": len(trials),
		"others": len(names) - len(trials),
		"needing": len(needing),
		"value": flt(sum(trial.value for trial in trials)),
		"needing_value": flt(sum(trial.value for trial in needing)),
		"unvalued": sum(not trial.is_valued for trial in trials),
		"capped": capped,
		"most": MOST_QUOTATIONS,
		"by_rule": _by_rule(head, needing),
		"by_approver": _by_approver(needing, people),
		"rows": [trial.as_row(people) for trial in needing[:MOST_ROWS]],
		"not_shown": max(len(needing) - MOST_ROWS, 0),
	}


class _Trial:
	"""A quotation as a policy would have looked at it."""

	def __init__(self, head: policies.Head, doc: Document, shown_in: str) -> None:
		measures = _measures(head, doc)
		self.doc = doc
		self.breaches = breaches(head.policy, measures)
		self.discount_percent = measures.discount_percent
		day = getdate(doc.transaction_date)
		rate = currency.rate(_currency_of(doc.company), shown_in, day)
		self.is_valued = rate is not None
		self.value = measures.quoted_value * Decimal(str(rate or 0))

	def as_row(self, people: _People) -> dict[str, Any]:
		return {
			"quotation": self.doc.name,
			"customer": _customer(self.doc),
			"quoted_value": flt(self.value),
			"discount_percent": None if self.discount_percent is None else flt(self.discount_percent),
			"steps": [
				{"title": each.rule.title, "who": people.called(each.rule, self.doc)}
				for each in self.breaches
			],
		}


def _currency_for(head: policies.Head, concerned: Sequence[Document]) -> str:
	"""That of the policy's company, else of the user's, else of the first quotation's."""
	company = head.company or frappe.defaults.get_user_default("Company")
	return _currency_of(company or (concerned[0].company if concerned else None))


def _by_rule(head: policies.Head, trials: Iterable[_Trial]) -> list[dict[str, Any]]:
	tallies = {
		rule.key: _Tally({"title": rule.title, "group": rule.group, "level": rule.level})
		for rule in head.policy.rules
	}
	for trial in trials:
		for breach in trial.breaches:
			tallies[breach.rule.key].add(trial.doc.name, trial.value)
	return [tally.as_dict() for tally in tallies.values()]


def _by_approver(trials: Iterable[_Trial], people: _People) -> list[dict[str, Any]]:
	tallies: dict[str, _Tally] = {}
	for trial in trials:
		for breach in trial.breaches:
			who = people.called(breach.rule, trial.doc)
			tallies.setdefault(who, _Tally({"approver": who})).add(trial.doc.name, trial.value)
	return sorted((tally.as_dict() for tally in tallies.values()), key=lambda row: -row["count"])


def _recent(head: policies.Head, days: int) -> tuple[list[str], bool]:
	"""The latest quotations that the user may read, and whether there are more than can be judged."""
	wanted = {"docstatus": ("<", 2), "transaction_date": (">=", add_days(getdate(), -days))}
	if head.company:
		wanted["company"] = head.company
	names = frappe.get_list(
		"Quotation",
		wanted,
		pluck="name",
		order_by="transaction_date desc, creation desc",
		limit_page_length=MOST_QUOTATIONS + 1,
	)
	return names[:MOST_QUOTATIONS], len(names) > MOST_QUOTATIONS


def _documents(names: Iterable[str]) -> Iterator[Document]:
	"""The quotations with their rows, many in one go."""
	names = iter(names)
	tables = frappe.get_meta("Quotation").get_table_fields()
	while together := list(islice(names, AT_ONCE)):
		rows = {table.fieldname: _rows(table, together) for table in tables}
		for head in frappe.get_all("Quotation", {"name": ("in", together)}, ["*"], order_by=None):
			own = {fieldname: of_parent.get(head.name, []) for fieldname, of_parent in rows.items()}
			yield frappe.get_doc({"doctype": "Quotation", **head, **own})


def _rows(table: Any, parents: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
	wanted = {"parenttype": "Quotation", "parentfield": table.fieldname, "parent": ("in", parents)}
	rows: dict[str, list[dict[str, Any]]] = {}
	for row in frappe.get_all(table.options, wanted, ["*"], order_by="idx"):
		rows.setdefault(row.parent, []).append(row)
	return rows


# Both


class _People:
	"""Who would be asked, worked out once for all quotations of an owner in a territory."""

	def __init__(self) -> None:
		self._approvers: dict[tuple[str, str | None], Approvers] = {}
		self._asked: dict[tuple[Approvers, str], tuple[str, ...]] = {}

	def asked(self, rule: Rule, doc: Document) -> tuple[str, ...]:
		"""The full names of those whom a rule asks about a quotation that its owner wants approved."""
		if rule.approver is ApproverType.ONESELF:
			return ()
		whose = (doc.owner, territory_of(doc))
		approvers = self._approvers.setdefault(whose, Approvers(doc, doc.owner))
		if (approvers, rule.key) not in self._asked:
			users, _needed = approvers.asked(rule) or ((), 0)
			self._asked[approvers, rule.key] = tuple(get_fullname(user) for user in users)
		return self._asked[approvers, rule.key]

	def called(self, rule: Rule, doc: Document) -> str:
		"""The same in short: the role where a role is asked."""
		if rule.approver is ApproverType.ONESELF:
			return _("The asker alone")
		if rule.approver is ApproverType.ROLE:
			return _(rule.role)
		return ", ".join(self.asked(rule, doc)) or _("Nobody")


def _measures(head: policies.Head, doc: Document) -> QuoteMeasures:
	return quotations.measures_of(doc, {*OVERVIEW, *(rule.measure for rule in head.policy.rules)})


def _concerns(head: policies.Head, doc: Document) -> bool:
	return head.company in (None, doc.company) and not _unmet(head, doc)


def _unmet(head: policies.Head, doc: Document) -> list[Any]:
	asked = {condition.field for condition in head.conditions}
	return policies.unmet(head, fields.values_of(doc, asked), getdate())


def _customer(doc: Document) -> str:
	return doc.customer_name or doc.party_name or ""


def _currency_of(company: str | None) -> str:
	return frappe.get_cached_value("Company", company, "default_currency") if company else ""
