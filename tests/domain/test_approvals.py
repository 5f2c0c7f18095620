"""Who must agree, whose answers count, and what an agreement still covers."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_ext.domain.approvals import (
	AGREED,
	ApprovalStatus,
	ApproverType,
	Ballot,
	Breach,
	Policy,
	QuoteStatus,
	Refusal,
	Request,
	Rule,
	Step,
	StepStatus,
	Vote,
	agreed_before,
	ballot,
	breaches,
	choose,
	covers,
	decide,
	is_asked,
	open_steps,
	quote_status,
	status_of,
	step_status,
	uncovered,
)
from pipeline_ext.domain.quotes import Scope

NOW = datetime(2026, 3, 15, 12)
APPROVED, PENDING, REJECTED = ApprovalStatus.APPROVED, ApprovalStatus.PENDING, ApprovalStatus.REJECTED


@dataclass(frozen=True)
class Given:
	"""Figures of a quote by measure and scope; what is not there cannot be measured."""

	values: dict

	def worst(self, measure, scope, above):
		return self.values.get((measure, scope))


def figures(**totals):
	return Given({(measure, Scope.TOTAL): Decimal(value) for measure, value in totals.items()})


def rule(key, measure, threshold, *, group="", level=1, above=True, scope=Scope.TOTAL, **more):
	who = {"approver": ApproverType.ROLE, "role": key, **more}
	return Rule(
		key,
		f"Rule {key}",
		measure,
		Decimal(threshold),
		above=above,
		scope=scope,
		group=group,
		level=level,
		**who,
	)


SELF = rule("self", "discount_percent", 5, group="Discount", approver=ApproverType.ONESELF, role=None)
LEAD = rule("lead", "discount_percent", 10, group="Discount", level=2)
DIRECTOR = rule("director", "discount_percent", 20, group="Discount", level=3)
THIN = rule("thin", "margin_percent", 15, group="Discount", level=3, above=False)
LEGAL = rule("legal", "changed_terms", 0)
LADDER = Policy("Ladder", (SELF, LEAD, DIRECTOR, THIN, LEGAL))
STAIRS = replace(LADDER, every_level=True)


def broken(policy, **totals):
	return [breach.rule.key for breach in breaches(policy, figures(**totals))]


# What policy asks


@pytest.mark.parametrize(
	("discount", "highest", "each"),
	[
		("-3", [], []),
		("5", [], []),
		("5.0001", ["self"], ["self"]),
		("10", ["self"], ["self"]),
		("10.0001", ["lead"], ["self", "lead"]),
		("20", ["lead"], ["self", "lead"]),
		("20.0001", ["director"], ["self", "lead", "director"]),
		("100", ["director"], ["self", "lead", "director"]),
	],
)
def test_thresholds_on_both_sides(discount, highest, each):
	for policy, asked in ((LADDER, highest), (STAIRS, each)):
		assert broken(policy, discount_percent=discount) == asked
		assert broken(replace(policy, rules=policy.rules[::-1]), discount_percent=discount) == asked


@pytest.mark.parametrize(("margin", "asked"), [("15.0001", []), ("15", []), ("14.9999", ["thin"])])
def test_a_threshold_from_below_on_both_sides(margin, asked):
	assert broken(LADDER, margin_percent=margin) == asked


def test_what_cannot_be_measured_breaks_nothing():
	assert broken(LADDER) == []


def test_groups_and_lone_rules_are_asked_side_by_side_and_in_one_order():
	assert broken(LADDER, discount_percent=25, margin_percent=3, changed_terms=1) == [
		"legal",
		"director",
		"thin",
	]


def test_each_measure_asks_its_own_highest_level():
	assert broken(LADDER, discount_percent=12, margin_percent=3) == ["lead", "thin"]


def test_a_line_is_not_the_whole():
	per_line = Policy("P", (rule("line", "discount_percent", 30, scope=Scope.LINE), LEAD))
	values = {("discount_percent", Scope.TOTAL): Decimal(8), ("discount_percent", Scope.LINE): Decimal(40)}
	(breach,) = breaches(per_line, Given(values))
	assert (breach.rule.key, breach.measured) == ("line", 40)


FALLING = ("margin_percent",)
MEASURED = ("discount_percent", *FALLING)
amounts = st.integers(-20, 60).map(Decimal)
looks = st.tuples(st.sampled_from(MEASURED), st.sampled_from(Scope))


@st.composite
def policies(draw):
	"""Policies whose rules on a measure all look the same way."""
	rules = draw(
		st.lists(
			st.tuples(looks, amounts, st.sampled_from(["", "A", "A", "B"]), st.integers(1, 3)),
			min_size=1,
			max_size=6,
		)
	)
	return Policy(
		"P",
		tuple(
			rule(
				str(number),
				measure,
				threshold,
				group=group,
				level=level,
				above=measure not in FALLING,
				scope=scope,
			)
			for number, ((measure, scope), threshold, group, level) in enumerate(rules)
		),
		draw(st.booleans()),
	)


quotes = st.fixed_dictionaries(
	{}, optional={(each, scope): amounts for each in MEASURED for scope in Scope}
).map(Given)


@st.composite
def pairs(draw):
	"""A quote, and one that is in no measure better."""
	better = draw(st.fixed_dictionaries({(each, scope): amounts for each in MEASURED for scope in Scope}))
	step = st.integers(0, 15).map(Decimal)
	worse = {look: value + draw(step) * (-1 if look[0] in FALLING else 1) for look, value in better.items()}
	return Given(better), Given(worse)


@given(policies(), quotes, st.randoms())
def test_the_order_of_rules_never_changes_the_result(policy, quote, random):
	shuffled = list(policy.rules)
	random.shuffle(shuffled)
	assert breaches(replace(policy, rules=tuple(shuffled)), quote) == breaches(policy, quote)


@given(policies(), pairs())
def test_worsening_any_measure_never_removes_an_approver_where_each_level_is_asked(policy, pair):
	policy = replace(policy, every_level=True)
	better, worse = ({breach.rule.key for breach in breaches(policy, quote)} for quote in pair)
	assert better <= worse


@given(policies(), pairs())
def test_worsening_any_measure_never_lowers_an_authority_where_only_the_highest_is_asked(policy, pair):
	def authority(quote):
		found = breaches(replace(policy, every_level=False), quote)
		return {breach.rule.matter: breach.rule.level for breach in found}

	better, worse = map(authority, pair)
	assert all(worse.get(matter, 0) >= level for matter, level in better.items())


@given(policies(), quotes)
def test_only_broken_rules_are_asked_and_no_higher_one_is_left_out(policy, quote):
	asked = breaches(policy, quote)
	for breach in asked:
		assert breach.rule.is_broken_by(breach.measured)
	highest = {each.rule.matter: each.rule.level for each in asked}
	for one in policy.rules:
		if one.is_broken_by(quote.worst(one.measure, one.scope, one.above)):
			assert highest[one.matter] >= one.level


# Who is asked


def role_of(needed=1):
	return replace(LEAD, needed=needed)


@pytest.mark.parametrize(
	("needed", "candidates", "own", "above", "expected"),
	[
		(1, ["a", "b"], {"rep"}, [], (("a", "b"), 1)),
		(2, ["a", "b"], {"rep"}, [], (("a", "b"), 2)),
		(None, ["a", "b", "a"], {"rep"}, [], (("a", "b"), 2)),
		(None, ["a", "rep"], {"rep"}, [], (("a",), 1)),
		(1, ["rep"], {"rep"}, [["boss"], ["ceo"]], (("boss",), 1)),
		(1, ["rep"], {"rep", "boss"}, [["boss"], ["ceo"]], (("ceo",), 1)),
		(2, ["a"], {"rep"}, [["a"], ["boss"], ["ceo"]], (("a", "boss"), 2)),
		(None, [], {"rep"}, [["boss", "ceo"]], (("boss", "ceo"), 1)),
		(1, ["rep"], {"rep"}, [["rep"]], None),
		(3, ["a", "b"], {"rep"}, [["rep"]], None),
	],
)
def test_who_is_asked(needed, candidates, own, above, expected):
	assert choose(role_of(needed), candidates, own, above) == expected


people = st.lists(st.sampled_from("abcdefgh"), max_size=6)


@given(
	st.none() | st.integers(1, 5), people, st.sets(st.sampled_from("abcdefgh")), st.lists(people, max_size=4)
)
def test_own_people_are_never_asked_and_it_goes_up_no_further_than_it_must(needed, candidates, own, above):
	chosen = choose(role_of(needed), candidates, own, above)
	free = set(candidates) - own
	reachable = free.union(*above) - own
	enough = needed or max(len(free), 1)
	if chosen is None:
		assert len(reachable) < enough
		return
	asked, must_agree = chosen
	assert must_agree == enough <= len(asked) == len(set(asked))
	assert free <= set(asked) <= reachable
	if len(free) >= enough:
		assert set(asked) == free


# How a request goes on


def step(which=LEAD, measured=15, asked=("a", "b"), needed=1, **more):
	return Step(Breach(which, Decimal(measured)), tuple(asked), needed, **more)


def vote(user, agrees=True, on_behalf_of=None):
	return Vote(user, agrees, NOW, on_behalf_of)


def test_levels_go_in_order_and_groups_side_by_side():
	steps = (step(LEAD, asked="a"), step(DIRECTOR, asked="d"), step(LEGAL, asked="l"))
	assert open_steps(steps) == (0, 2)
	assert [step_status(each, steps).value for each in steps] == ["Pending", "Waiting", "Pending"]
	steps = decide(steps, 0, vote("a"))
	assert open_steps(steps) == (1, 2) and status_of(steps) is PENDING
	steps = decide(decide(steps, 2, vote("l")), 1, vote("d"))
	assert open_steps(steps) == () and status_of(steps) is APPROVED


def test_one_rejection_ends_it():
	steps = decide((step(LEAD), step(LEGAL)), 0, vote("a", agrees=False))
	assert status_of(steps) is REJECTED and open_steps(steps) == ()
	with pytest.raises(ValueError, match="does not wait"):
		decide(steps, 1, vote("a"))


def test_what_is_kept_or_granted_asks_nobody_and_holds_nobody_up():
	steps = (step(SELF, settled=StepStatus.GRANTED), step(LEAD, settled=StepStatus.KEPT), step(DIRECTOR))
	assert open_steps(steps) == (2,)
	assert all(step_status(each, steps) in AGREED for each in steps[:2])


def test_a_later_rejection_outweighs_those_who_agreed():
	steps = decide((step(needed=2),), 0, vote("a"))
	assert status_of(decide(steps, 0, vote("b", agrees=False))) is REJECTED


@pytest.mark.parametrize(
	("user", "stands_in_for", "votes", "expected"),
	[
		("a", (), (), Ballot(0, None)),
		("z", (), (), Refusal("not_the_approver")),
		("z", ("b",), (), Ballot(0, "b")),
		("z", ("b", "a"), (), Ballot(0, "a")),
		("z", ("other",), (), Refusal("not_the_approver")),
		("rep", (), (), Refusal("own_quote")),
		("rep", ("a",), (), Refusal("own_quote")),
		("z", ("rep",), (), Refusal("not_the_approver")),
		("a", (), (vote("a"),), Refusal("already_decided")),
		("a", ("b",), (vote("a"),), Refusal("already_decided")),
		("z", ("b",), (vote("z", on_behalf_of="a"),), Refusal("already_decided")),
		("a", (), (vote("z", on_behalf_of="a"),), Refusal("already_decided")),
		("z", ("a",), (vote("a"),), Refusal("not_the_approver")),
		("z", ("a",), (vote("y", on_behalf_of="a"),), Refusal("not_the_approver")),
	],
)
def test_whose_answer_counts(user, stands_in_for, votes, expected):
	asked = (step(asked=("a", "b", "c", "rep"), needed=3, votes=votes),)
	assert ballot(asked, user, stands_in_for, own={"rep"}) == expected


def test_a_step_can_be_chosen_among_those_whose_turn_it_is():
	steps = (step(LEAD, asked="a"), step(DIRECTOR, asked="a"), step(LEGAL, asked="a"))
	assert ballot(steps, "a", (), ()) == Ballot(0, None)
	assert ballot(steps, "a", (), (), position=2) == Ballot(2, None)
	assert ballot(steps, "a", (), (), position=1) == Refusal("nothing_waits")
	assert ballot(steps, "a", (), (), position=9) == Refusal("nothing_waits")


def test_who_has_answered_one_step_goes_on_to_the_next():
	steps = (step(LEAD, asked="ab", needed=2), step(LEGAL, asked="a"))
	assert ballot(decide(steps, 0, vote("a")), "a", (), ()) == Ballot(1, None)


TEAM = "abcdef"


@given(
	st.integers(1, 4),
	st.sets(st.sampled_from(TEAM), min_size=1),
	st.sets(st.sampled_from(TEAM), max_size=3),
	st.lists(st.tuples(st.sampled_from(TEAM), st.sets(st.sampled_from(TEAM), max_size=3)), max_size=12),
)
def test_n_of_m_never_ends_agreed_with_fewer(needed, asked, own, attempts):
	steps = (step(asked=sorted(asked), needed=needed),)
	for user, stands_in_for in attempts:
		allowed = ballot(steps, user, stands_in_for, own)
		if isinstance(allowed, Ballot):
			steps = decide(steps, allowed.position, vote(user, on_behalf_of=allowed.on_behalf_of))
	voters = {each.user for each in steps[0].votes}
	seats = {each.on_behalf_of or each.user for each in steps[0].votes}
	assert len(voters) == len(seats) == len(steps[0].votes)
	assert not (voters | seats) & own and seats <= asked
	assert (status_of(steps) is APPROVED) is (len(voters) >= needed)
	assert len(voters) <= needed


# What an agreement still covers


def agreed(which, measured):
	return step(which, measured, votes=(vote("a"),))


def breach(which, measured):
	return Breach(which, Decimal(measured))


@pytest.mark.parametrize(
	("given_step", "asked", "expected"),
	[
		(agreed(LEAD, 15), breach(LEAD, 15), True),
		(agreed(LEAD, 15), breach(LEAD, "14.9999"), True),
		(agreed(LEAD, 15), breach(LEAD, "15.0001"), False),
		(agreed(DIRECTOR, 25), breach(LEAD, 15), True),
		(agreed(LEAD, 25), breach(DIRECTOR, 25), False),
		(agreed(THIN, 5), breach(THIN, 6), True),
		(agreed(THIN, 5), breach(THIN, 4), False),
		(agreed(THIN, 5), breach(LEAD, 3), False),
		(agreed(LEGAL, 1), breach(LEGAL, 1), True),
		(agreed(LEAD, 15), breach(replace(LEAD, group="Other"), 15), False),
		(agreed(LEAD, 15), breach(replace(LEAD, scope=Scope.LINE), 15), False),
		(step(LEAD, 15), breach(LEAD, 15), False),
		(step(LEAD, 15, votes=(vote("a", agrees=False),)), breach(LEAD, 15), False),
		(step(LEAD, 15, settled=StepStatus.KEPT), breach(LEAD, 15), True),
	],
)
def test_what_was_agreed_to_includes(given_step, asked, expected):
	assert covers(given_step, asked) is expected


def answered(policy, quote):
	return tuple(step(each.rule, each.measured, votes=(vote("a"),)) for each in breaches(policy, quote))


@given(policies(), pairs())
def test_better_asks_nobody(policy, pair):
	better, worse = pair
	assert uncovered(breaches(policy, better), answered(policy, worse)) == ()


@given(policies(), pairs())
def test_worse_asks_only_the_rules_that_are_touched(policy, pair):
	better, worse = pair
	asked = uncovered(breaches(policy, worse), answered(policy, better))
	for each in asked:
		look = (each.rule.measure, each.rule.scope, each.rule.above)
		assert worse.worst(*look) != better.worst(*look)


@given(policies(), pairs())
def test_every_rule_that_became_worse_is_asked(policy, pair):
	better, worse = pair
	asked = uncovered(breaches(policy, worse), answered(policy, better))
	for each in breaches(policy, worse):
		if each.measured != better.worst(each.rule.measure, each.rule.scope, each.rule.above):
			assert each in asked


# What a quote says of its approval


def request(status=APPROVED, steps=None, **more):
	told = {"policy": "Ladder", "subject": "Acme", "fingerprint": "then", **more}
	return Request(status, steps=tuple(steps or [agreed(LEAD, 15)]), **told)


def says(asked, made, fingerprint="then", subject="Acme", policy="Ladder"):
	return quote_status(policy, asked, made, subject, fingerprint).value


@pytest.mark.parametrize(
	("measured", "made", "fingerprint", "expected"),
	[
		(15, None, "then", "Required"),
		(15, request(ApprovalStatus.CLOSED), "then", "Required"),
		(15, request(), "then", "Approved"),
		(40, request(), "then", "Approved"),
		(15, request(), "now", "Approved"),
		(14, request(), "now", "Approved"),
		(16, request(), "now", "Stale"),
		(15, request(policy="Other"), "now", "Stale"),
		(15, request(subject="Other"), "then", "Stale"),
		(15, request(PENDING, [step(LEAD, 15)]), "then", "Pending"),
		(14, request(PENDING, [step(LEAD, 15)]), "now", "Pending"),
		(16, request(PENDING, [step(LEAD, 15)]), "now", "Stale"),
		(15, request(REJECTED), "then", "Rejected"),
		(15, request(REJECTED), "now", "Required"),
		(15, request(ApprovalStatus.RECALLED), "then", "Recalled"),
	],
)
def test_what_a_quote_says_of_its_approval(measured, made, fingerprint, expected):
	assert says([breach(LEAD, measured)], made, fingerprint) == expected


@pytest.mark.parametrize("made", [None, request(), request(REJECTED), request(PENDING)])
def test_what_breaks_no_rule_needs_nothing(made):
	assert says([], made) == QuoteStatus.NOT_REQUIRED.value


def test_what_counts_from_an_earlier_request():
	made = request(REJECTED, [agreed(LEAD, 15), step(LEGAL, 1)])
	assert agreed_before(made, "Ladder", "Acme") == made.steps[:1]
	assert agreed_before(made, "Other", "Acme") == agreed_before(made, "Ladder", "Other") == ()
	assert agreed_before(None, "Ladder", "Acme") == ()


def test_a_request_that_waits_does_not_answer_for_another_customer():
	waiting = request(PENDING, [step(LEAD, 15)])
	assert is_asked([breach(LEAD, 15)], waiting, "Ladder", "Acme")
	assert not is_asked([breach(LEAD, 15)], waiting, "Ladder", "Other")


@given(policies(), pairs(), st.sampled_from([APPROVED, PENDING]))
def test_an_approved_quote_never_stays_approved_when_a_broken_measure_gets_worse(policy, pair, status):
	better, worse = pair
	made = request(status, answered(policy, better), policy="P")
	now = breaches(policy, worse)
	assume(any(each.measured != better.worst(each.rule.measure, each.rule.scope, True) for each in now))
	assert says(now, made, "now", policy="P") == "Stale"
