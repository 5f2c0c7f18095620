"""Who may answer a request for approval, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
import pytest
from frappe.utils import add_days, nowdate
from requests import Response

from tests.browser import records
from tests.browser.conftest import URL
from tests.browser.quotes.ways import (
	ask,
	assert_kept_back,
	assert_waits,
	decide,
	insert,
	line,
	made,
	put,
	quote,
	standing,
	status_of,
	submit,
	votes,
)
from tests.browser.rest import Guest, Session, is_clear_no
from tests.site import factories

# Who decides


def test_nobody_decides_on_their_own_quote(sales_user: Session, approval: str):
	for decision in ("approve", "reject"):
		assert is_clear_no(decide(sales_user, approval, decision))
	assert_waits(approval)


def test_a_manager_does_not_approve_what_a_manager_made(manager: Session, other_manager: Session):
	name = quote(manager, line(rate=80))
	approval = ask(manager, name)
	assert is_clear_no(decide(manager, approval))
	assert_waits(approval)
	assert decide(other_manager, approval).ok
	assert votes(approval) == [(records.OTHER_MANAGER, "Approved", None)]


def test_nobody_approves_what_they_ask_for_in_anothers_name(
	sales_user: Session, manager: Session, other_manager: Session, draft: str
):
	approval = ask(manager, draft)
	assert is_clear_no(decide(manager, approval))
	assert is_clear_no(decide(sales_user, approval))
	assert_waits(approval)
	assert decide(other_manager, approval).ok


def test_nobody_submits_what_they_approved_themselves(manager: Session, approved: str):
	assert is_clear_no(submit(manager, "Quotation", approved))
	assert records.stored("Quotation", approved, "docstatus") == 0


@pytest.mark.parametrize("who", ["colleague", "pipeline_admin"])
def test_only_who_was_asked_decides(request: pytest.FixtureRequest, approval: str, who: str):
	assert is_clear_no(decide(request.getfixturevalue(who), approval))
	assert_waits(approval)


def test_nobody_decides_twice(manager: Session, other_manager: Session, approval: str):
	assert decide(manager, approval).ok
	for user in (manager, other_manager):
		for decision in ("approve", "reject"):
			assert is_clear_no(decide(user, approval, decision))
	assert (standing(approval), votes(approval)) == ("Approved", [(records.MANAGER, "Approved", None)])


def test_nobody_decides_after_a_recall(sales_user: Session, manager: Session, approval: str):
	assert sales_user.run("pipeline_ext.api.recall_approval", approval=approval).ok
	assert is_clear_no(decide(manager, approval))
	assert (standing(approval), votes(approval)) == ("Recalled", [])


def test_nobody_else_recalls(colleague: Session, manager: Session, approved: str):
	approval = records.stored("Quotation", approved, "pe_approval")
	for user in (colleague, manager):
		assert is_clear_no(user.run("pipeline_ext.api.recall_approval", approval=approval))
	assert standing(approval) == "Approved"


def test_a_rejection_holds_until_something_changes(sales_user: Session, manager: Session, draft: str):
	assert decide(manager, ask(sales_user, draft), "reject").ok
	assert_kept_back(sales_user, draft)
	assert status_of(draft) == "Rejected"


def test_an_approval_is_not_worth_more_than_it_covers(sales_user: Session, approved: str):
	assert put(sales_user, "Quotation", approved, items=[line(rate=79)]).ok
	assert status_of(approved) == "Stale"
	assert_kept_back(sales_user, approved)


def test_an_approval_is_not_worth_it_for_another_customer(sales_user: Session, approved: str):
	with records.committed_as(records.REP):
		other = factories.customer("HTTP Test Other Customer").name
	assert put(sales_user, "Quotation", approved, party_name=other, customer_name=other).ok
	assert status_of(approved) == "Stale"
	assert_kept_back(sales_user, approved)


def test_better_terms_need_no_new_approval(sales_user: Session, approved: str):
	assert put(sales_user, "Quotation", approved, items=[line(rate=85)]).ok
	assert status_of(approved) == "Approved"
	assert submit(sales_user, "Quotation", approved).ok


def test_nothing_is_decided_on_what_was_changed_meanwhile(sales_user: Session, manager: Session, draft: str):
	approval = ask(sales_user, draft)
	assert put(sales_user, "Quotation", draft, items=[line(rate=40)]).ok
	assert is_clear_no(decide(manager, approval))
	assert votes(approval) == []
	assert_kept_back(sales_user, draft)


# Standing in, and handing over


@pytest.fixture(scope="module")
def waiting(sales_user: Session) -> str:
	"""One request that none of these tests may answer."""
	return ask(sales_user, quote(sales_user, line(rate=80)))


def delegate(user: Session, absent: str, stands_in: str, **fields: Any) -> Response:
	doc = {
		"doctype": "Approval Delegation",
		"user": absent,
		"delegate": stands_in,
		"from_date": add_days(nowdate(), -1),
		"to_date": add_days(nowdate(), 1),
		**fields,
	}
	return insert(user, doc)


@pytest.fixture
def no_delegation_stays() -> Iterator[None]:
	yield
	with records.committed_as("Administrator"):
		frappe.db.delete("Approval Delegation", {"user": ["in", list(records.PEOPLE)]})


@pytest.mark.usefixtures("no_delegation_stays")
def test_a_stand_in_decides_in_the_name_of_who_is_away(manager: Session, colleague: Session, approval: str):
	assert delegate(manager, records.MANAGER, records.KEEPER).ok
	assert decide(colleague, approval).ok
	assert votes(approval) == [(records.KEEPER, "Approved", records.MANAGER)]


@pytest.mark.usefixtures("no_delegation_stays")
def test_nobody_submits_what_was_approved_in_their_name(
	manager: Session, colleague: Session, approval: str, draft: str
):
	delegate(manager, records.MANAGER, records.KEEPER).raise_for_status()
	decide(colleague, approval).raise_for_status()
	assert is_clear_no(submit(manager, "Quotation", draft))
	assert records.stored("Quotation", draft, "docstatus") == 0


@pytest.mark.usefixtures("no_delegation_stays")
def test_no_delegation_brings_a_quote_back_to_who_asked(
	sales_user: Session, manager: Session, colleague: Session, approval: str
):
	delegate(manager, records.MANAGER, records.REP)
	assert is_clear_no(decide(sales_user, approval))
	assert_waits(approval)


@pytest.mark.usefixtures("no_delegation_stays")
def test_delegations_do_not_form_chains(
	sales_user: Session, manager: Session, colleague: Session, pipeline_admin: Session, approval: str
):
	delegate(manager, records.MANAGER, records.KEEPER)
	delegate(colleague, records.KEEPER, records.ADMIN)
	assert is_clear_no(decide(pipeline_admin, approval))
	assert_waits(approval)


FORGED_DELEGATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
	"in a manager's name, to oneself": (records.MANAGER, records.REP, {}),
	"in a manager's name, to a colleague": (records.MANAGER, records.KEEPER, {}),
	"in a manager's name, said to be the manager's": (
		records.MANAGER,
		records.KEEPER,
		{"owner": records.MANAGER},
	),
	"from oneself to oneself": (records.REP, records.REP, {}),
	"that ends before it begins": (records.REP, records.KEEPER, {"to_date": "2000-01-01"}),
	"to nobody": (records.REP, "nobody@browser-tests.example", {}),
	"to a guest": (records.REP, "Guest", {}),
}


@pytest.mark.usefixtures("no_delegation_stays")
@pytest.mark.parametrize("way", FORGED_DELEGATIONS)
def test_no_delegation_is_forged(sales_user: Session, colleague: Session, waiting: str, way: str):
	absent, stands_in, fields = FORGED_DELEGATIONS[way]
	assert is_clear_no(delegate(sales_user, absent, stands_in, **fields))
	assert records.stored("Approval Delegation", {"user": absent}, "name") is None
	assert is_clear_no(decide(colleague, waiting))
	assert_waits(waiting)


@pytest.mark.usefixtures("no_delegation_stays")
def test_no_delegation_is_turned_into_anothers(sales_user: Session, approval: str):
	own = made(delegate(sales_user, records.REP, records.KEEPER))
	assert is_clear_no(put(sales_user, "Approval Delegation", own, user=records.MANAGER))
	assert records.stored("Approval Delegation", own, "user") == records.REP


@pytest.mark.usefixtures("no_delegation_stays")
def test_a_stand_in_has_one_vote(
	manager: Session,
	other_manager: Session,
	colleague: Session,
	draft: str,
	both_managers: None,
	sales_user: Session,
):
	delegate(manager, records.MANAGER, records.KEEPER)
	delegate(other_manager, records.OTHER_MANAGER, records.KEEPER)
	approval = ask(sales_user, draft)
	assert decide(colleague, approval).ok
	assert is_clear_no(decide(colleague, approval))
	assert (standing(approval), len(votes(approval))) == ("Pending", 1)


def hand_over(user: Session, approval: str, to_user: Any) -> Response:
	return user.run("pipeline_ext.api.hand_over", approval=approval, to_user=to_user, comment="Yours")


@pytest.mark.parametrize(
	"to_user",
	[
		records.REP,
		records.REP.upper(),
		f"{records.REP} ",
		records.MANAGER,
		"Guest",
		"nobody@browser-tests.example",
		"",
		[records.KEEPER],
		{"a": 1},
	],
	ids=[
		"who asked",
		"who asked in capitals",
		"who asked with a space",
		"oneself",
		"Guest",
		"nobody",
		"empty",
		"a list",
		"an object",
	],
)
def test_a_step_is_not_handed_over_to(manager: Session, sales_user: Session, waiting: str, to_user: Any):
	assert is_clear_no(hand_over(manager, waiting, to_user))
	assert is_clear_no(decide(sales_user, waiting))
	assert_waits(waiting)


@pytest.mark.parametrize("who", ["sales_user", "colleague", "pipeline_admin"])
def test_nobody_hands_over_what_they_were_not_asked(
	request: pytest.FixtureRequest, colleague: Session, approval: str, who: str
):
	assert is_clear_no(hand_over(request.getfixturevalue(who), approval, records.KEEPER))
	assert is_clear_no(decide(colleague, approval))
	assert_waits(approval)


@pytest.mark.parametrize(
	"to_user", [records.KEEPER, records.KEEPER.upper()], ids=["spelt as is", "in capitals"]
)
def test_who_was_handed_a_step_decides_and_who_gave_it_does_not(
	manager: Session, colleague: Session, approval: str, to_user: str
):
	assert hand_over(manager, approval, to_user).ok
	assert is_clear_no(decide(manager, approval))
	assert decide(colleague, approval).ok
	assert [voter for voter, *_rest in votes(approval)] == [records.KEEPER]


@pytest.mark.parametrize("who", ["colleague", "sales_user"])
def test_only_who_was_asked_puts_a_question(request: pytest.FixtureRequest, approval: str, who: str):
	user = request.getfixturevalue(who)
	answer = user.run("pipeline_ext.api.ask_question", approval=approval, question="Why?")
	assert is_clear_no(answer)
	assert (
		records.stored("Quote Approval Decision", {"parent": approval, "decision": "Asked"}, "name") is None
	)


# What is asked of the app in other words than it expects

WRONG = ([], ["SAL-QTN"], {}, {"name": "SAL-QTN"}, 7, None, True, "", "Nowhere", "' or 1=1 --", "a" * 500)
FUNCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
	"preview_approval": ("quotation", {}),
	"request_approval": ("quotation", {}),
	"decide": ("approval", {"decision": "approve"}),
	"recall_approval": ("approval", {}),
	"ask_question": ("approval", {"question": "Why?"}),
	"answer_question": ("approval", {"answer": "Because"}),
	"hand_over": ("approval", {"to_user": records.KEEPER}),
	"preview_order_approval": ("sales_order", {}),
	"request_order_approval": ("sales_order", {}),
	"make_revision": ("quotation", {}),
	"view_approval": ("approval", {}),
	"list_revisions": ("quotation", {}),
	"compare_revisions": ("revision", {"other": "Nowhere"}),
	"try_policy": ("policy", {}),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_wrong_name_is_refused_in_words(manager: Session, function: str):
	parameter, arguments = FUNCTIONS[function]
	for wrong in WRONG:
		answer = manager.run(f"pipeline_ext.api.{function}", **{parameter: wrong, **arguments})
		assert is_clear_no(answer) or answer.json()["message"] == [], (wrong, answer.text[:500])


WRONG_ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
	"a dict as comment": ("decide", {"decision": "approve", "comment": {"a": 1}}),
	"a list as comment": ("decide", {"decision": "approve", "comment": ["a"]}),
	"a list as decision": ("decide", {"decision": ["approve"]}),
	"an unknown decision": ("decide", {"decision": "maybe"}),
	"a decision in capitals": ("decide", {"decision": "Approved"}),
	"no reason for a rejection": ("decide", {"decision": "reject"}),
	"spaces as reason for a rejection": ("decide", {"decision": "reject", "comment": "   "}),
	"a step that is not there": ("decide", {"decision": "approve", "step": "Nowhere"}),
	"a negative step": ("decide", {"decision": "approve", "step": -1}),
	"step 0": ("decide", {"decision": "approve", "step": 0}),
	"half a step": ("decide", {"decision": "approve", "step": 0.5}),
	"a step beyond the last": ("decide", {"decision": "approve", "step": 99}),
	"a list as step": ("decide", {"decision": "approve", "step": [0]}),
	"no question": ("ask_question", {"question": "  "}),
	"a list as question": ("ask_question", {"question": ["Why?"]}),
	"an answer where nothing was asked": ("answer_question", {"answer": "Because"}),
}


@pytest.mark.parametrize("case", WRONG_ARGUMENTS)
def test_a_wrong_argument_decides_nothing(manager: Session, waiting: str, case: str):
	function, arguments = WRONG_ARGUMENTS[case]
	assert is_clear_no(manager.run(f"pipeline_ext.api.{function}", approval=waiting, **arguments))
	assert_waits(waiting)


@pytest.mark.parametrize("function", ["request_approval", "preview_approval"])
def test_who_may_not_see_a_quote_learns_nothing_of_it(draft: str, function: str):
	answer = Guest(URL).run(f"pipeline_ext.api.{function}", quotation=draft)
	assert answer.status_code == 403
	assert records.stored("Quote Approval", {"quotation": draft}, "name") is None
