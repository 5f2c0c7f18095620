"""Who is asked about a quote: by user, role, manager, territory; nobody of its own, and upwards at need."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, nowdate

from pipeline_ext import api
from pipeline_ext.reports.approvers import own_people, stands_in_for
from tests.site import approvals, factories
from tests.site.approvals import (
	BOSS,
	DESK,
	FINANCE,
	LEAD,
	OTHER,
	REP,
	acting,
	approval,
	asked,
	change,
	decide,
	delegate,
	employee,
	log,
	quote,
	request,
	rule,
	status,
	steps,
	todos,
	told,
)

TITLE = "More than 10 % off"
TOP = "top@pipeline-test.example"
MANAGER = {"approver_type": "Manager of Owner"}
TERRITORY = {"approver_type": "Territory Manager"}


@pytest.fixture(autouse=True)
def people():
	approvals.people()
	approvals.only("Sales Manager", LEAD)
	factories.user(TOP, "Sales User")


def asked_under(*rules, **fields):
	"""Who is asked about a quote of the rep's at 20 % off, under these rules."""
	approvals.policy(*rules)
	return asked(request(quote(**fields)))[TITLE]


def day(days):
	return add_days(nowdate(), days)


# Whom a rule names


def test_a_user():
	assert asked_under(rule(approver_type="User", user=BOSS)) == [BOSS]


def test_a_user_who_cannot_log_in_any_more_is_passed_over_for_the_deal_desk():
	approvals.policy(rule(approver_type="User", user=BOSS))
	frappe.db.set_value("User", BOSS, "enabled", 0)
	assert asked(request(quote()))[TITLE] == [DESK]


def test_everybody_with_a_role_who_can_log_in():
	approvals.only("Sales Manager", LEAD, FINANCE, BOSS)
	frappe.db.set_value("User", FINANCE, "enabled", 0)
	assert asked_under(rule()) == [BOSS, LEAD]


@pytest.mark.parametrize(("steps_up", "expected"), [(1, LEAD), (2, BOSS), (3, DESK)])
def test_the_manager_so_many_steps_above_the_owner(steps_up, expected):
	employee(REP, employee(LEAD, employee(BOSS)))
	assert asked_under(rule(**MANAGER, steps_up=steps_up)) == [expected]


def test_the_owners_manager_it_is_whoever_asks():
	employee(REP, employee(LEAD))
	employee(OTHER, employee(BOSS))
	approvals.policy(rule(**MANAGER))
	assert asked(request(quote(), by=OTHER))[TITLE] == [LEAD]


def test_the_tree_of_sales_people_says_who_leads_too():
	above = approvals.sales_person("Lead's Team", employee(LEAD))
	approvals.sales_person("Rep", employee(REP), above)
	assert asked_under(rule(**MANAGER)) == [LEAD]


def test_managers_in_a_circle_are_asked_once():
	lead = employee(LEAD)
	rep = employee(REP, lead)
	lead.db_set("reports_to", rep.name)
	assert asked_under(rule(**MANAGER, steps_up=2)) == [DESK]


def territory(name, manager, parent="All Territories"):
	return (
		frappe.get_doc(
			{
				"doctype": "Territory",
				"territory_name": name,
				"parent_territory": parent,
				"is_group": 1,
				"territory_manager": manager,
			}
		)
		.insert()
		.name
	)


def test_the_manager_of_the_quotes_territory_or_of_the_one_around_it():
	north = territory("Test North", approvals.sales_person("Boss", employee(BOSS)))
	empty = territory("Test North East", None, north)
	city = territory("Test City", approvals.sales_person("Finance", employee(FINANCE)), empty)
	approvals.policy(rule(**TERRITORY))
	found = []
	for each in (north, empty, city):
		made = approvals.deal()
		frappe.get_doc("Customer", made.party_name).update({"territory": each}).save()
		found.append(asked(request(quote(made, territory=city)))[TITLE])
	assert found == [[BOSS], [BOSS], [FINANCE]]


def test_a_territory_manager_whose_own_quote_it_is_leaves_it_to_the_one_around():
	north = territory("Test North", approvals.sales_person("Boss", employee(BOSS)))
	city = territory("Test City", approvals.sales_person("Rep", employee(REP)), north)
	made = approvals.deal()
	frappe.get_doc("Customer", made.party_name).update({"territory": city}).save()
	approvals.policy(rule(**TERRITORY))
	assert asked(request(quote(made)))[TITLE] == [BOSS]


def test_without_any_territory_manager_it_goes_up_from_the_owner():
	employee(REP, employee(LEAD))
	assert asked_under(rule(**TERRITORY)) == [LEAD]


# One, all or so many


@pytest.mark.parametrize(
	("needed", "answers"),
	[
		({"needed": "One"}, ["Approved"]),
		({"needed": "A number", "number_needed": 2}, ["Pending", "Approved"]),
		({"needed": "All"}, ["Pending", "Pending", "Approved"]),
	],
)
def test_one_a_number_or_all_must_agree(needed, answers):
	approvals.only("Sales Manager", BOSS, FINANCE, LEAD)
	approvals.policy(rule(**needed))
	name = request(quote())
	assert approval(name).steps[0].needed == len(answers)
	for user, answer in zip((BOSS, FINANCE, LEAD), answers, strict=False):
		assert decide(name, user) == answer
	assert log(name)[1:] == [("Approved", user) for user in (BOSS, FINANCE, LEAD)[: len(answers)]]


def test_two_of_three_are_two_people():
	approvals.only("Sales Manager", BOSS, FINANCE, LEAD)
	approvals.policy(rule(needed="A number", number_needed=2))
	name = request(quote())
	decide(name, BOSS)
	with pytest.raises(frappe.PermissionError, match="answered this step already"):
		decide(name, BOSS)
	delegate(LEAD, BOSS)
	with pytest.raises(frappe.PermissionError, match="answered this step already"):
		decide(name, BOSS)
	assert todos(name) == [FINANCE, LEAD]


def test_where_two_are_needed_and_one_is_left_somebody_above_is_asked_besides():
	approvals.only("Sales Manager", REP, LEAD)
	employee(REP, employee(BOSS))
	approvals.policy(rule(needed="A number", number_needed=2))
	name = request(quote())
	assert asked(name)[TITLE] == [LEAD, BOSS]
	assert [(row.decision, row.to_user) for row in approval(name).decisions] == [
		("Requested", None),
		("Escalated", BOSS),
	]
	assert [decide(name, BOSS), decide(name, LEAD)] == ["Pending", "Approved"]


# Nobody's own


def test_with_nobody_left_it_goes_up_and_to_the_deal_desk_last():
	approvals.only("Sales Manager", REP)
	rep = employee(REP, employee(BOSS))
	approvals.policy()
	assert asked(request(quote()))[TITLE] == [BOSS]
	rep.db_set("reports_to", None)
	assert asked(request(quote()))[TITLE] == [DESK]


def test_a_manager_who_asks_does_not_answer():
	employee(REP, employee(LEAD, employee(BOSS)))
	approvals.policy(rule(**MANAGER))
	assert asked(request(quote(), by=LEAD))[TITLE] == [BOSS]


def test_where_nobody_at_all_is_left_the_request_is_refused_with_what_to_do():
	approvals.only("Sales Manager", REP)
	approvals.policy()
	approvals.only("Deal Desk")
	draft = quote()
	with acting(REP):
		(step,) = api.preview_approval(draft.name)["steps"]
		assert (step["approvers"], step["verdict"]) == ([], "asks")
	with pytest.raises(frappe.ValidationError, match=f"{TITLE}.*role Deal Desk"):
		request(draft)
	assert frappe.db.count("Quote Approval", {"quotation": draft.name}) == 0


def test_the_deal_desk_does_not_approve_its_own_either():
	approvals.policy(rule(role="Deal Desk"))
	frappe.get_doc("User", DESK).add_roles("Sales User")
	draft = quote(by=DESK)
	with pytest.raises(frappe.ValidationError, match="Too few people"):
		request(draft, by=DESK)


def test_a_role_that_was_taken_away_answers_nothing():
	approvals.policy()
	name = request(quote())
	frappe.get_doc("User", LEAD).remove_roles("Sales Manager")
	with pytest.raises(frappe.PermissionError):
		decide(name, LEAD)
	assert approval(name).status == "Pending"


def test_whose_quote_it_is():
	draft = quote()
	assert own_people(draft, OTHER, BOSS) == {REP, OTHER, BOSS}


def test_who_changed_it_last_does_not_approve_it_whoever_asks():
	"""A lead takes 30 % off what a colleague quotes, and the colleague asks for it."""
	approvals.policy()
	draft = quote()
	with acting(LEAD):
		change(draft, 70)
	name = request(draft)
	assert asked(name)[TITLE] == [DESK]
	with pytest.raises(frappe.PermissionError):
		decide(name, LEAD)


def test_who_changes_it_for_the_better_after_it_was_asked_for_may_approve_it():
	approvals.policy()
	draft = quote()
	name = request(draft)
	with acting(LEAD):
		change(draft, 85)
	decide(name, LEAD)
	assert status(draft) == "Approved"


# Standing in


def test_a_delegate_decides_on_behalf_of_who_is_away():
	approvals.policy(rule(approver_type="User", user=BOSS))
	delegate(BOSS, OTHER)
	name = request(quote())
	assert (asked(name)[TITLE], todos(name)) == ([BOSS], [BOSS, OTHER])
	assert len(told(OTHER)) == 1
	assert decide(name, OTHER, "approve", "For the boss") == "Approved"
	entry = approval(name).decisions[-1]
	assert (entry.user, entry.on_behalf_of, entry.comment) == (OTHER, BOSS, "For the boss")


@pytest.mark.parametrize(
	("first", "last", "may"), [(-3, -1, False), (-3, 0, True), (0, 3, True), (1, 3, False)]
)
def test_only_in_the_days_of_the_delegation(first, last, may):
	made = delegate(BOSS, OTHER, day(0), day(9))
	frappe.db.set_value("Approval Delegation", made.name, {"from_date": day(first), "to_date": day(last)})
	assert stands_in_for(OTHER, frappe.utils.getdate()) == ({BOSS} if may else set())
	approvals.policy(rule(approver_type="User", user=BOSS))
	name = request(quote())
	assert todos(name) == ([BOSS, OTHER] if may else [BOSS])
	if may:
		assert decide(name, OTHER) == "Approved"
	else:
		with pytest.raises(frappe.PermissionError):
			decide(name, OTHER)


def test_a_delegate_of_a_delegate_decides_nothing():
	approvals.policy(rule(approver_type="User", user=BOSS))
	delegate(BOSS, LEAD)
	delegate(LEAD, OTHER)
	name = request(quote())
	with pytest.raises(frappe.PermissionError):
		decide(name, OTHER)
	assert decide(name, LEAD) == "Approved"


def test_a_delegation_never_leads_back_to_the_quotes_own_people():
	approvals.policy(rule(approver_type="User", user=BOSS))
	delegate(BOSS, REP)
	name = request(quote())
	assert todos(name) == [BOSS]
	with pytest.raises(frappe.PermissionError, match="their own"):
		decide(name, REP)


def test_nobody_stands_in_for_the_quotes_own_people():
	"""The lead may not approve what the rep, a Sales Manager too, owns: a delegation does not change that."""
	approvals.only("Sales Manager", REP, BOSS)
	approvals.policy()
	delegate(REP, OTHER)
	name = request(quote())
	assert (asked(name)[TITLE], todos(name)) == ([BOSS], [BOSS])
	with pytest.raises(frappe.PermissionError):
		decide(name, OTHER)


def test_a_delegate_hands_nothing_over():
	approvals.policy(rule(approver_type="User", user=BOSS))
	delegate(BOSS, OTHER)
	name = request(quote())
	with acting(OTHER):
		assert not api.view_approval(name)["may_hand_over"]
		with pytest.raises(frappe.PermissionError, match="somebody else"):
			api.hand_over(name, LEAD)


def test_who_left_delegates_nothing():
	approvals.policy(rule(approver_type="User", user=BOSS))
	delegate(BOSS, OTHER)
	name = request(quote())
	frappe.db.set_value("User", BOSS, "enabled", 0)
	with pytest.raises(frappe.PermissionError):
		decide(name, OTHER)


# The delegation itself


def test_one_delegates_ones_own_decisions_only():
	with acting(LEAD):
		assert delegate(LEAD, OTHER).owner == LEAD
		with pytest.raises(frappe.PermissionError):
			delegate(BOSS, LEAD)


def test_not_even_by_changing_one_that_exists():
	of_boss = delegate(BOSS, OTHER)
	with acting(LEAD):
		of_boss.delegate = LEAD
		with pytest.raises(frappe.PermissionError):
			of_boss.save()
		of_boss.reload()
		of_boss.user = LEAD
		with pytest.raises(frappe.PermissionError, match="only what you decide yourself"):
			of_boss.save()
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Approval Delegation", of_boss.name)
	assert frappe.db.get_value("Approval Delegation", of_boss.name, ["user", "delegate"]) == (BOSS, OTHER)


def test_the_deal_desk_delegates_for_others_and_they_may_take_it_back():
	with acting(DESK):
		made = delegate(BOSS, OTHER)
	with acting(BOSS):
		assert [row.name for row in frappe.get_list("Approval Delegation")] == [made.name]
		frappe.delete_doc("Approval Delegation", made.name)
	assert not frappe.db.exists("Approval Delegation", made.name)


def test_who_sees_a_delegation():
	made = delegate(BOSS, OTHER)
	seen = {}
	for who in (BOSS, OTHER, LEAD, DESK):
		with acting(who):
			seen[who] = [row.name for row in frappe.get_list("Approval Delegation")]
			assert frappe.has_permission("Approval Delegation", "read", made) is bool(seen[who])
	assert seen == {BOSS: [made.name], OTHER: [made.name], LEAD: [], DESK: [made.name]}
	with acting(OTHER):
		assert not frappe.has_permission("Approval Delegation", "write", made)


@pytest.mark.parametrize(
	("fields", "why"),
	[
		({"delegate": BOSS}, "Nobody stands in for themselves"),
		({"delegate": "Guest"}, "Guest cannot log in"),
		({"first": 3, "last": 2}, "before it starts"),
		({"first": -3, "last": -1}, "It ended on"),
	],
)
def test_a_delegation_that_makes_no_sense_is_refused(fields, why):
	fields = {"delegate": OTHER, "first": 0, "last": 1, **fields}
	with pytest.raises(frappe.ValidationError, match=why):
		delegate(BOSS, fields["delegate"], day(fields["first"]), day(fields["last"]))


@pytest.mark.parametrize(
	("first", "last", "overlaps"), [(1, 2, False), (3, 5, True), (5, 9, True), (9, 12, True), (10, 12, False)]
)
def test_of_one_person_no_two_delegations_overlap(first, last, overlaps):
	delegate(BOSS, OTHER, day(3), day(9))
	delegate(LEAD, OTHER, day(3), day(9))
	if overlaps:
		with pytest.raises(frappe.ValidationError, match="Other stands in already"):
			delegate(BOSS, DESK, day(first), day(last))
	else:
		assert delegate(BOSS, DESK, day(first), day(last)).name


# What waits for whom


def test_what_waits_for_me_comes_by_its_deadline():
	approvals.policy(
		rule("Slow", deadline_hours=80),
		rule("Fast", measure="Quoted Value", threshold=850, deadline_hours=4),
	)
	slow, fast = request(quote(rate=80)), request(quote(rate=89))
	with acting(LEAD):
		waiting = api.waiting_for_me()
	assert [view["approval"] for view in waiting] == [fast, slow]
	assert [view["steps"][0]["status"] for view in waiting] == ["Pending", "Pending"]
	decide(fast, LEAD)
	decide(fast, LEAD) if steps(fast)["Slow"] == "Pending" else None
	with acting(LEAD):
		assert [view["approval"] for view in api.waiting_for_me()] == [slow]
	with acting(REP):
		assert api.waiting_for_me() == []


def test_what_waits_for_somebody_else_waits_for_who_stands_in():
	approvals.policy(rule(approver_type="User", user=BOSS))
	name = request(quote())
	delegate(BOSS, OTHER)
	for who, waiting in ((BOSS, [name]), (OTHER, [name]), (LEAD, []), (REP, [])):
		with acting(who):
			assert [view["approval"] for view in api.waiting_for_me()] == waiting
