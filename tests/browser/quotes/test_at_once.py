"""Several people at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import frappe
import pytest
from requests import Response

from tests.browser import records
from tests.browser.quotes.ways import (
	ask,
	contents,
	decide,
	line,
	mapped_order,
	order,
	put,
	quote,
	standing,
	status_of,
	submit,
	votes,
	worse,
)
from tests.browser.rest import Session, at_once, is_clear_no

# At the same moment


def at_moment(act: Callable[[], Response]) -> Response:
	return act()


def together(*acts: Callable[[], Response]) -> list[Response]:
	return at_once(at_moment, *[(act,) for act in acts])


def assert_all_in_words(answers: list[Response]) -> None:
	assert [answer.status_code for answer in answers if not (answer.ok or is_clear_no(answer))] == []


ROUNDS = 2


def test_of_two_managers_at_once_one_decides(sales_user: Session, manager: Session, other_manager: Session):
	for decision in ("approve", "reject") * (ROUNDS // 2):
		approval = ask(sales_user, quote(sales_user, line(rate=80)))
		answers = together(
			partial(decide, manager, approval), partial(decide, other_manager, approval, decision)
		)
		assert sorted(answer.ok for answer in answers) == [False, True]
		assert_all_in_words(answers)
		assert len(votes(approval)) == 1


@pytest.mark.usefixtures("both_managers")
def test_of_two_votes_at_once_none_is_lost(sales_user: Session, manager: Session, other_manager: Session):
	for _round in range(ROUNDS):
		approval = ask(sales_user, quote(sales_user, line(rate=80)))
		answers = together(partial(decide, manager, approval), partial(decide, other_manager, approval))
		assert_all_in_words(answers)
		assert len(votes(approval)) == sum(answer.ok for answer in answers)
		assert standing(approval) == ("Approved" if all(answer.ok for answer in answers) else "Pending")


def test_the_same_vote_eight_times_counts_once(sales_user: Session, manager: Session, draft: str):
	approval = ask(sales_user, draft)
	answers = together(*[partial(decide, manager, approval)] * 8)
	assert_all_in_words(answers)
	assert sum(answer.ok for answer in answers) == 1
	assert (standing(approval), len(votes(approval))) == ("Approved", 1)


def test_a_decision_against_an_edit(sales_user: Session, manager: Session):
	for _round in range(ROUNDS):
		name = quote(sales_user, line(rate=80))
		approval = ask(sales_user, name)
		decided, edited = together(
			partial(decide, manager, approval),
			partial(put, sales_user, "Quotation", name, items=[line(rate=40)]),
		)
		assert_all_in_words([decided, edited])
		assert decided.ok or edited.ok
		total, status = records.stored("Quotation", name, ["base_net_total", "pe_approval_status"])
		assert total == (400 if edited.ok else 800)
		assert (status == "Approved") == (decided.ok and not edited.ok)
		assert submit(sales_user, "Quotation", name).ok == (status == "Approved")


def test_a_decision_against_a_recall(sales_user: Session, manager: Session):
	for _round in range(ROUNDS):
		name = quote(sales_user, line(rate=80))
		approval = ask(sales_user, name)
		decided, recalled = together(
			partial(decide, manager, approval),
			partial(sales_user.run, "pipeline_ext.api.recall_approval", approval=approval),
		)
		assert_all_in_words([decided, recalled])
		assert [decided.ok, recalled.ok] in ([True, False], [False, True])
		assert standing(approval) == status_of(name) == ("Approved" if decided.ok else "Recalled")


def test_a_recall_against_a_submit(sales_user: Session, manager: Session):
	name = quote(sales_user, line(rate=80))
	approval = ask(sales_user, name)
	decide(manager, approval).raise_for_status()
	submitted, recalled = together(
		partial(submit, sales_user, "Quotation", name),
		partial(sales_user.run, "pipeline_ext.api.recall_approval", approval=approval),
	)
	assert_all_in_words([submitted, recalled])
	assert (records.stored("Quotation", name, "docstatus"), standing(approval)) in (
		(1, "Approved"),
		(0, "Recalled"),
	)


def test_eight_submits_of_what_is_not_approved(sales_user: Session, unapproved: str):
	before = contents("Quotation", unapproved)
	answers = together(*[partial(submit, sales_user, "Quotation", unapproved)] * 8)
	assert [is_clear_no(answer) for answer in answers] == [True] * 8
	assert contents("Quotation", unapproved) == before


def test_eight_submits_of_what_is_approved_make_one_revision(sales_user: Session, approved: str):
	answers = together(*[partial(submit, sales_user, "Quotation", approved)] * 8)
	assert_all_in_words(answers)
	assert records.stored("Quotation", approved, "docstatus") == 1
	frappe.db.rollback()
	assert frappe.db.count("Quote Revision", {"quotation": approved}) == 1


def test_a_submit_against_an_edit(sales_user: Session, manager: Session):
	for _round in range(ROUNDS):
		name = quote(sales_user, line(rate=80))
		decide(manager, ask(sales_user, name)).raise_for_status()
		answers = together(
			partial(submit, sales_user, "Quotation", name),
			partial(put, sales_user, "Quotation", name, items=[line(rate=40)]),
		)
		assert_all_in_words(answers)
		state = records.stored("Quotation", name, ["docstatus", "base_net_total"])
		assert state in ((1, 800), (0, 400), (0, 800))


def test_a_request_eight_times_is_one_request(sales_user: Session, draft: str):
	answers = together(*[partial(sales_user.run, "pipeline_ext.api.request_approval", quotation=draft)] * 8)
	assert_all_in_words(answers)
	assert any(answer.ok for answer in answers)
	frappe.db.rollback()
	assert frappe.db.count("Quote Approval", {"quotation": draft, "status": "Pending"}) == 1
	assert standing(records.stored("Quotation", draft, "pe_approval")) == "Pending"


def test_a_revision_four_times_is_one_revision(sales_user: Session, submitted: str):
	answers = together(*[partial(sales_user.run, "pipeline_ext.api.make_revision", quotation=submitted)] * 4)
	assert_all_in_words(answers)
	frappe.db.rollback()
	assert frappe.db.count("Quotation", {"pe_revision_of": submitted}) == 1


def test_orders_of_one_quote_at_once(sales_user: Session, quoted: str):
	cheap = order(sales_user, quoted, items=worse(rate=60)(mapped_order(sales_user, quoted))["items"])
	fair = order(sales_user, quoted)
	refused, taken = together(
		partial(submit, sales_user, "Sales Order", cheap), partial(submit, sales_user, "Sales Order", fair)
	)
	assert is_clear_no(refused)
	assert_all_in_words([taken])
	assert records.stored("Sales Order", cheap, "docstatus") == 0
