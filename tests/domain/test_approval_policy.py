"""A policy that cannot work says why, all at once; one that can survives JSON."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.approval_policy import (
	gaps,
	overlap,
	policy_doubts,
	policy_from_dict,
	policy_problems,
	policy_to_dict,
)
from pipeline_ext.domain.approvals import ApproverType, Policy, Rule
from pipeline_ext.domain.quotes import MEASURES, Scope

ROLE, USER, ONESELF = ApproverType.ROLE, ApproverType.USER, ApproverType.ONESELF
LEAD = Rule("lead", "Over 10 %", "discount_percent", Decimal(10), ROLE, role="Lead", group="Discount")
DIRECTOR = replace(LEAD, key="director", title="Over 20 %", threshold=Decimal(20), role="Director", level=2)
LEGAL = Rule("legal", "Other terms", "changed_terms", Decimal(0), USER, user="legal@x.y")
THIN = Rule("thin", "Margin under 15 %", "margin_percent", Decimal(15), ROLE, above=False, role="Finance")
SELF = replace(LEAD, key="self", title="Over 5 %", threshold=Decimal(5), approver=ONESELF, role=None)


def codes(*rules, every_level=False):
	return [problem.code for problem in policy_problems(Policy("P", rules, every_level))]


def test_a_working_policy_has_no_problems():
	assert codes(SELF, replace(LEAD, level=2), replace(DIRECTOR, level=3), LEGAL, THIN) == []


def test_a_policy_without_rules_asks_nothing():
	assert codes() == ["no_rules"]


@pytest.mark.parametrize(
	("changed", "code"),
	[
		({"title": " "}, "title_missing"),
		({"measure": "mood"}, "unknown_measure"),
		({"threshold": Decimal("NaN")}, "threshold_unreadable"),
		({"threshold": Decimal("Infinity")}, "threshold_unreadable"),
		({"threshold": Decimal("-0.0001")}, "threshold_negative"),
		({"threshold": Decimal(100)}, "percent_range"),
		({"threshold": Decimal(150)}, "percent_range"),
		({"measure": "margin_percent", "threshold": Decimal(150), "above": False}, "percent_range"),
		({"measure": "lines_below_cost", "threshold": Decimal(-1)}, "threshold_negative"),
		({"measure": "lines_below_cost", "threshold": Decimal(0), "above": False}, "never_below"),
		({"measure": "payment_days", "scope": Scope.LINE}, "no_lines"),
		({"measure": "new_customer", "threshold": Decimal(1)}, "flag_threshold"),
		({"measure": "new_customer", "threshold": Decimal(0), "above": False}, "flag_threshold"),
		({"role": None}, "role_missing"),
		({"approver": USER, "role": None}, "user_missing"),
		({"user": "x@y.z"}, "approver_surplus"),
		({"approver": ApproverType.TERRITORY_MANAGER}, "approver_surplus"),
		({"approver": ApproverType.MANAGER, "role": None, "steps_up": 0}, "steps_up"),
		({"needed": 0}, "needed_range"),
		({"approver": USER, "role": None, "user": "x@y.z", "needed": 2}, "one_person"),
		({"level": 0}, "level_range"),
		({"approver": ONESELF, "role": None, "deadline_hours": Decimal(8)}, "oneself_waits"),
		({"deadline_hours": Decimal(-1)}, "deadline_range"),
		({"deadline_hours": Decimal("NaN")}, "deadline_range"),
		({"deadline_hours": Decimal(2001)}, "deadline_range"),
		({"reminder_hours": Decimal(2)}, "reminder_without_deadline"),
		({"deadline_hours": Decimal(8), "reminder_hours": Decimal(8)}, "reminder_range"),
		({"deadline_hours": Decimal(8), "reminder_hours": Decimal(-1)}, "reminder_range"),
	],
)
def test_a_rule_that_cannot_work_says_why(changed, code):
	(problem,) = policy_problems(Policy("P", (replace(LEAD, **changed),)))
	assert (problem.code, problem.about["rule"]) == (code, changed.get("title", "Over 10 %"))


@pytest.mark.parametrize(
	"changed",
	[
		{"threshold": Decimal(0)},
		{"threshold": Decimal("99.9999")},
		{"threshold": Decimal(0), "above": False},
		{"measure": "margin_percent", "threshold": Decimal(-5), "above": False},
		{"measure": "margin_amount", "threshold": Decimal(-500), "above": False},
		{"measure": "discount_amount", "threshold": Decimal(10**9)},
		{"measure": "lines_without_cost", "threshold": Decimal(0)},
		{"needed": None},
		{"approver": ApproverType.MANAGER, "role": None, "steps_up": 2, "needed": 2},
		{"deadline_hours": Decimal("0.5"), "reminder_hours": Decimal("0.4")},
	],
)
def test_a_rule_at_the_edge_of_what_works(changed):
	assert codes(replace(LEAD, **changed)) == []


def test_all_problems_at_once():
	broken = replace(LEAD, threshold=Decimal(150), role=None, deadline_hours=Decimal(0), level=0)
	assert codes(broken, replace(LEGAL, user=None)) == [
		"percent_range",
		"role_missing",
		"level_range",
		"deadline_range",
		"user_missing",
	]


@pytest.mark.parametrize(
	("one", "other", "every_level", "expected"),
	[
		(LEAD, DIRECTOR, False, []),
		(LEAD, replace(DIRECTOR, level=1), False, ["level_twice"]),
		(LEAD, replace(DIRECTOR, threshold=Decimal(10)), False, ["levels_against"]),
		(LEAD, replace(DIRECTOR, threshold=Decimal(10)), True, []),
		(LEAD, replace(DIRECTOR, threshold=Decimal("9.99")), True, ["levels_against"]),
		(LEAD, replace(DIRECTOR, threshold=Decimal(10), scope=Scope.LINE), False, []),
		(LEAD, replace(DIRECTOR, threshold=Decimal(5), group="Other"), False, []),
		(LEAD, replace(DIRECTOR, measure="margin_percent", level=1), False, []),
		(LEAD, replace(LEAD, key="again", group=""), False, ["rule_twice"]),
		(LEAD, replace(LEGAL, key="lead"), False, ["key_twice"]),
		(LEAD, replace(SELF, level=2), False, ["oneself_above_others"]),
		(SELF, replace(LEAD, level=2), False, []),
	],
)
def test_what_two_rules_say_to_each_other(one, other, every_level, expected):
	assert codes(one, other, every_level=every_level) == expected
	assert codes(other, one, every_level=every_level) == expected


def test_levels_of_a_measure_that_falls_run_downwards():
	thinner = replace(THIN, key="thinner", threshold=Decimal(5), group="M", level=2, role="Director")
	assert codes(replace(THIN, group="M"), thinner) == []
	assert codes(replace(THIN, group="M"), replace(thinner, threshold=Decimal(16))) == ["levels_against"]


def test_the_higher_level_is_named_first():
	(problem,) = policy_problems(Policy("P", (replace(DIRECTOR, threshold=Decimal(5)), LEAD)))
	assert problem.about == {"rule": "Over 20 %", "other": "Over 10 %", "group": "Discount"}


def test_a_measure_that_only_the_asker_is_asked_about_is_doubtful():
	(doubt,) = policy_doubts(Policy("P", (SELF, LEGAL)))
	assert (doubt.code, doubt.about) == ("asker_alone", {"rule": "Over 5 %"})
	assert policy_doubts(Policy("P", (SELF, replace(LEAD, level=2), LEGAL))) == ()


# Days

DAYS = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(20)]
some_day = st.none() | st.sampled_from(DAYS)
periods = st.tuples(some_day, some_day).filter(lambda period: None in period or period[0] <= period[1])


def includes(period, day):
	first, last = period
	return (first is None or first <= day) and (last is None or day <= last)


def test_days_without_a_policy():
	year = (date(2026, 1, 1), date(2026, 12, 31))
	assert gaps([]) == () and gaps([(None, None)]) == ()
	assert gaps([year]) == ((date(2027, 1, 1), None),)
	assert gaps([year, (date(2027, 1, 1), None)]) == ()
	assert gaps([(date(2027, 2, 1), None), year]) == ((date(2027, 1, 1), date(2027, 1, 31)),)


@given(st.lists(periods, min_size=1, max_size=5))
def test_a_day_is_in_a_gap_or_in_a_period_or_before_them_all(several):
	begun = min(period[0] or date.min for period in several)
	for day in DAYS:
		covered = any(includes(period, day) for period in several)
		assert any(includes(gap, day) for gap in gaps(several)) is (not covered and day >= begun)


@given(periods, periods)
def test_periods_overlap_where_they_share_a_day(one, other):
	horizon = [DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]
	shared = any(includes(one, day) and includes(other, day) for day in horizon)
	assert overlap(one, other) is overlap(other, one) is shared


# JSON

texts = st.text(max_size=8)
hours = st.none() | st.decimals(allow_nan=False, allow_infinity=False)
policies = st.builds(
	Policy,
	texts,
	st.lists(
		st.builds(
			Rule,
			key=texts,
			title=texts,
			measure=st.sampled_from(sorted(MEASURES)),
			threshold=st.decimals(allow_nan=False, allow_infinity=False),
			approver=st.sampled_from(ApproverType),
			above=st.booleans(),
			scope=st.sampled_from(Scope),
			user=st.none() | texts,
			role=st.none() | texts,
			steps_up=st.integers(),
			needed=st.none() | st.integers(),
			group=texts,
			level=st.integers(),
			deadline_hours=hours,
			reminder_hours=hours,
		),
		max_size=4,
	).map(tuple),
	st.booleans(),
)


@given(policies)
def test_a_policy_survives_json(policy):
	assert policy_from_dict(json.loads(json.dumps(policy_to_dict(policy)))) == policy


@given(policies)
def test_whatever_can_be_read_can_be_checked(policy):
	found = policy_problems(policy)
	assert bool(found) or policy.rules


def test_defaults_may_be_left_out():
	short = {"key": "a", "title": "A", "measure": "discount_percent", "threshold": 10.5, "approver": "Role"}
	(rule,) = policy_from_dict({"name": "P", "company": "Acme", "rules": [short]}).rules
	assert rule == Rule("a", "A", "discount_percent", Decimal("10.5"), ROLE)


@pytest.mark.parametrize(
	("changed", "said"),
	[
		({"threshold": "ten"}, '"threshold of rule 1" must be a number'),
		({"threshold": True}, "must be a number"),
		({"threshold": "NaN"}, "must be a number"),
		({"threshold": [10]}, "must be a number"),
		({"threshold": None}, "must be a number"),
		({"approver": "Wizard"}, "must be one of Oneself, User, Role"),
		({"approver": []}, "must be one of"),
		({"scope": "Galaxy"}, "must be one of Total, Line"),
		({"above": 1}, "must be true or false"),
		({"level": "1"}, "must be a whole number"),
		({"level": True}, "must be a whole number"),
		({"needed": 1.5}, "must be a whole number"),
		({"title": None}, "must be a text"),
		({"role": 5}, "must be a text"),
		({"aproved": True}, 'has a "aproved", which no rule has'),
	],
)
def test_a_malformed_rule_is_refused_in_words(changed, said):
	good = policy_to_dict(Policy("P", (LEAD,)))
	with pytest.raises(ValueError, match=said):
		policy_from_dict({**good, "rules": [{**good["rules"][0], **changed}]})


@pytest.mark.parametrize(
	("data", "said"),
	[
		(None, "an object"),
		([], "an object"),
		({"name": "P"}, "a list of rules"),
		({"name": "P", "rules": {}}, "a list of rules"),
		({"name": 1, "rules": []}, '"name" must be a text'),
		({"rules": []}, '"name" must be a text'),
		({"name": "P", "rules": [], "every_level": "yes"}, "true or false"),
		({"name": "P", "rules": ["x"]}, "rule 1 is not an object"),
		({"name": "P", "rules": [{"key": "a"}]}, 'rule 1 has no "title"'),
	],
)
def test_a_malformed_policy_is_refused_in_words(data, said):
	with pytest.raises(ValueError, match=said):
		policy_from_dict(data)
