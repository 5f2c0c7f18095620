"""Which steps a quote needs, who may take them, and what they add up to."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_ext.domain.approvals import (
	ApprovalStatus,
	Policy,
	QuoteStatus,
	Rule,
	decide,
	may_decide,
	open_step,
	policy_problems,
	quote_status,
	status_of,
	steps_for,
)
from tests.domain.samples import POLICY

NOW = datetime(2026, 3, 15, 12)
APPROVED, REJECTED = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED


def steps(discount, unpriced=0):
	return steps_for(POLICY, {"discount_percent": Decimal(discount), "unpriced_lines": Decimal(unpriced)})


@pytest.mark.parametrize(
	("discount", "unpriced", "asked"),
	[
		("9.9999", 0, []),
		("10", 0, []),
		("10.0001", 0, ["lead"]),
		("20", 0, ["lead"]),
		("20.0001", 0, ["lead", "director"]),
		("0", 1, ["prices"]),
		("-5", 0, []),
	],
)
def test_thresholds_on_both_sides(discount, unpriced, asked):
	assert [step.rule.key for step in steps(discount, unpriced)] == asked


@given(st.decimals(0, 100, places=4), st.decimals(0, 50, places=4), st.integers(0, 3))
def test_giving_away_more_never_asks_fewer(discount, more, unpriced):
	asked = {step.rule.key for step in steps(discount, unpriced)}
	assert asked <= {step.rule.key for step in steps(discount + more, unpriced)}


def test_steps_are_taken_in_order_until_all_agreed():
	waiting = steps(25)
	assert open_step(waiting) == 0 and status_of(waiting) is ApprovalStatus.PENDING
	once = decide(waiting, APPROVED, "lead@x.y", NOW, "fine")
	assert open_step(once) == 1 and status_of(once) is ApprovalStatus.PENDING
	assert (once[0].decided_by, once[0].decided_on, once[0].comment) == ("lead@x.y", NOW, "fine")
	twice = decide(once, APPROVED, "director@example.com", NOW)
	assert open_step(twice) is None and status_of(twice) is APPROVED


def test_one_rejection_ends_it():
	rejected = decide(steps(25), REJECTED, "lead@x.y", NOW, "too much")
	assert status_of(rejected) is REJECTED and open_step(rejected) is None
	with pytest.raises(ValueError):
		decide(rejected, APPROVED, "director@example.com", NOW)


@pytest.mark.parametrize(
	("user", "roles", "expected"),
	[
		("manager@x.y", {"Sales Manager"}, None),
		("rep@x.y", {"Sales Manager"}, "own_quote"),
		("other@x.y", {"Sales User"}, "not_the_approver"),
		("director@example.com", set(), "not_the_approver"),
	],
)
def test_who_may_take_the_first_step(user, roles, expected):
	answer = may_decide(steps(25), user, roles, own={"rep@x.y"})
	assert bool(answer) is (expected is None)
	assert getattr(answer, "reason", None) == expected


def test_a_named_user_takes_their_step_and_a_role_of_nobody_matches_nobody():
	second = decide(steps(25), APPROVED, "manager@x.y", NOW)
	assert may_decide(second, "director@example.com", set(), own={"rep@x.y"})
	assert not may_decide(second, "manager@x.y", {"Sales Manager"}, own={"rep@x.y"})


def test_nothing_waits_after_the_end():
	done = decide(steps(15), APPROVED, "manager@x.y", NOW)
	assert may_decide(done, "manager@x.y", {"Sales Manager"}, own=()).reason == "nothing_waits"


@pytest.mark.parametrize(
	("needed", "approval", "covered", "expected"),
	[
		(False, None, None, QuoteStatus.NOT_REQUIRED),
		(False, APPROVED, "now", QuoteStatus.NOT_REQUIRED),
		(True, None, None, QuoteStatus.REQUIRED),
		(True, ApprovalStatus.PENDING, "now", QuoteStatus.PENDING),
		(True, ApprovalStatus.PENDING, "before", QuoteStatus.STALE),
		(True, APPROVED, "now", QuoteStatus.APPROVED),
		(True, APPROVED, "before", QuoteStatus.STALE),
		(True, REJECTED, "now", QuoteStatus.REJECTED),
		(True, REJECTED, "before", QuoteStatus.REJECTED),
		(True, ApprovalStatus.RECALLED, "now", QuoteStatus.RECALLED),
	],
)
def test_what_a_quote_says_of_its_approval(needed, approval, covered, expected):
	assert quote_status(steps(15) if needed else (), approval, covered, "now") is expected


@pytest.mark.parametrize(
	("changed", "problem"),
	[
		({"measure": "mood"}, "unknown_measure"),
		({"threshold": Decimal(-1)}, "threshold_range"),
		({"threshold": Decimal("NaN")}, "threshold_range"),
		({"threshold": Decimal(100)}, "threshold_unreachable"),
		({"role": None}, "one_approver"),
		({"user": "x@y.z"}, "one_approver"),
	],
)
def test_a_rule_that_cannot_work_says_why(changed, problem):
	rule: Rule = replace(POLICY.rules[0], **changed)
	assert policy_problems(Policy("P", (rule,))) == ((problem, rule.title),)


def test_a_working_policy_has_no_problems():
	assert policy_problems(POLICY) == ()
