"""A discounted quotation between a rep and those who must agree, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from frappe.utils import formatdate, nowdate
from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk

OFF = "More than 10 % off"
BIG = "More than 500 at once"


@pytest.fixture
def quotation() -> str:
	return records.quotation(records.deal(), rate=80).name


@pytest.fixture
def finance(open_desk: Callable[..., Desk]) -> Desk:
	records.finance_rule()
	return open_desk(records.FINANCE)


def status(quotation: str) -> str:
	return records.stored("Quotation", quotation, "pe_approval_status")


def said(approval: str) -> list[tuple[str, str]]:
	"""What was done, and by whom, oldest first."""
	return [(entry.decision, entry.user) for entry in records.document("Quote Approval", approval).decisions]


def request(rep: Desk, quotation: str) -> str:
	"""Ask for approval on the form; returns the name of the request."""
	rep.open_form("Quotation", quotation)
	rep.click("Request Approval")
	expect(rep.dialog).to_contain_text("Discount Percentage: 20.00 % is more than 10.00 %")
	rep.answer("Request Approval", comment="They have an offer from elsewhere")
	rep.expect_approval("Pending")
	return records.stored("Quotation", quotation, "pe_approval")


def change_rate(rep: Desk, rate: str) -> None:
	rep.mend_row("items", "Widget", rate=rate)
	rep.save_successfully()


def test_without_approval_submit_is_refused_with_the_reason(rep: Desk, quotation: str):
	rep.open_form("Quotation", quotation)
	rep.expect_approval("Required")
	expect(rep.approval).to_contain_text("€ 200.00 · 20.00 %")
	expect(rep.approval_step(OFF)).to_contain_text("20.00 % is more than 10.00 %")
	rep.submit()
	rep.expect_refusal("Approval Needed", OFF, "Request Approval")
	assert records.stored("Quotation", quotation, "docstatus") == 0


def test_asked_about_answered_approved_by_two_and_submitted(
	rep: Desk, manager: Desk, finance: Desk, quotation: str
):
	approval = request(rep, quotation)
	manager.open("pipeline")
	expect(manager.form.locator(".dashboard-widget-box svg.chart")).to_be_visible()
	manager.settle()
	manager.form.locator(".shortcut-widget-box", has_text="My Approvals").click()
	expect(manager.card(records.CUSTOMER)).to_contain_text("They have an offer from elsewhere")
	manager.click("Ask a Question")
	manager.answer("Ask a Question", comment="From whom?")
	rep.reload()
	expect(rep.approval).to_contain_text("From whom?")
	rep.click("Answer")
	rep.answer("Answer", comment="From Globex")
	manager.card(records.CUSTOMER).get_by_role("link", name=records.CUSTOMER).click()
	expect(manager.approval).to_contain_text("From Globex")
	manager.click("Approve")
	manager.answer("Approve", comment="One time only")
	expect(manager.approval_step(OFF)).to_contain_text("Approved")
	assert status(quotation) == "Pending"
	finance.open_form("Quote Approval", approval)
	expect(finance.approval_step(BIG)).to_contain_text("€ 800.00 is more than € 500.00")
	finance.click("Approve")
	finance.answer("Approve")
	finance.expect_approval("Approved")
	assert said(approval) == [
		("Requested", records.REP),
		("Asked", records.MANAGER),
		("Answered", records.REP),
		("Approved", records.MANAGER),
		("Approved", records.FINANCE),
	]
	rep.open_form("Quotation", quotation)
	rep.expect_approval("Approved")
	rep.submit()
	expect(rep.form.locator(".page-head .indicator-pill")).to_contain_text("Open")
	assert records.stored("Quotation", quotation, "docstatus") == 1


def test_only_what_got_worse_is_asked_again(rep: Desk, manager: Desk, finance: Desk, quotation: str):
	approval = request(rep, quotation)
	for desk in (manager, finance):
		desk.open_form("Quote Approval", approval)
		desk.click("Approve")
		desk.answer("Approve")
		desk.settle()
	rep.reload()
	rep.expect_approval("Approved")
	change_rate(rep, "85")
	rep.expect_approval("Stale")
	expect(rep.approval).to_contain_text(f"To be asked again: {BIG}.")
	expect(rep.approval_step(OFF)).to_contain_text("Kept")
	rep.click("Request Approval")
	rep.answer("Request Approval", comment="A little dearer")
	rep.expect_approval("Pending")
	expect(rep.approval_step(OFF)).to_contain_text("Kept")
	expect(rep.approval_step(BIG)).to_contain_text("Waits for an answer")
	manager.open("my-approvals")
	expect(manager.form).to_contain_text("Nothing waits for you.")


def test_what_got_better_asks_nobody(rep: Desk, manager: Desk, quotation: str):
	approval = request(rep, quotation)
	manager.open_form("Quote Approval", approval)
	manager.click("Approve")
	manager.answer("Approve")
	manager.expect_approval("Approved")
	rep.reload()
	change_rate(rep, "85")
	rep.expect_approval("Approved")


def test_a_rejection_needs_a_reason(rep: Desk, manager: Desk, quotation: str):
	approval = request(rep, quotation)
	manager.open_form("Quotation", quotation)
	manager.click("Reject")
	manager.expect_dialog(f"Reject: {OFF}")
	manager.dialog.get_by_role("button", name="Reject", exact=True).click()
	manager.expect_message("Missing Values Required", "Why? What has to change?")
	manager.answer("Reject", comment="Too much")
	manager.expect_approval("Rejected")
	expect(manager.approval).to_contain_text("Too much")
	assert status(quotation) == "Rejected"
	assert said(approval)[-1] == ("Rejected", records.MANAGER)


def test_the_one_who_asked_recalls(rep: Desk, quotation: str):
	request(rep, quotation)
	rep.click("Recall")
	rep.dialog.get_by_role("button", name="Yes", exact=True).click()
	rep.expect_approval("Recalled")
	assert status(quotation) == "Recalled"


def test_who_asked_is_offered_no_decision(rep: Desk, quotation: str):
	approval = request(rep, quotation)
	expect(rep.approval.get_by_role("button")).to_have_text(["Recall"])
	rep.open_form("Quote Approval", approval)
	expect(rep.approval.get_by_role("button")).to_have_text(["Recall"])


def test_handed_over_to_a_colleague(rep: Desk, finance: Desk, open_desk: Callable[..., Desk], quotation: str):
	approval = request(rep, quotation)
	finance.open("my-approvals")
	finance.card(records.CUSTOMER).get_by_role("button", name="Hand Over").click()
	finance.answer("Hand Over", to_user=records.DEPUTY, comment="You know them")
	expect(finance.form).to_contain_text("Nothing waits for you.")
	deputy = open_desk(records.DEPUTY)
	deputy.open("my-approvals")
	deputy.card(records.CUSTOMER).get_by_role("button", name="Approve").click()
	deputy.answer("Approve")
	expect(deputy.form).to_contain_text("Nothing waits for you.")
	assert said(approval)[1:] == [("Handed Over", records.FINANCE), ("Approved", records.DEPUTY)]


def test_a_delegate_decides_for_who_is_away(
	rep: Desk, finance: Desk, open_desk: Callable[..., Desk], quotation: str
):
	finance.open("approval-delegation", "new")
	finance.fill_in("delegate", records.DEPUTY)
	finance.fill_in("to_date", formatdate(nowdate()))
	finance.save_successfully()
	approval = request(rep, quotation)
	deputy = open_desk(records.DEPUTY)
	deputy.open("my-approvals")
	deputy.card(records.CUSTOMER).get_by_role("button", name="Approve").click()
	deputy.answer("Approve")
	expect(deputy.form).to_contain_text("Nothing waits for you.")
	last = records.document("Quote Approval", approval).decisions[-1]
	assert (last.decision, last.user, last.on_behalf_of) == ("Approved", records.DEPUTY, records.FINANCE)


def test_approved_on_a_phone(rep: Desk, open_desk: Callable[..., Desk], quotation: str):
	approval = request(rep, quotation)
	phone = open_desk(records.MANAGER, width=390)
	phone.open("my-approvals")
	approve = phone.card(records.CUSTOMER).get_by_role("button", name="Approve")
	expect(approve).to_be_visible()
	assert approve.bounding_box()["height"] >= 44
	assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
	approve.click()
	phone.answer("Approve")
	expect(phone.form).to_contain_text("Nothing waits for you.")
	assert records.stored("Quote Approval", approval, "status") == "Approved"


def test_an_order_that_undercuts_its_quotation_is_asked_about_too(rep: Desk, manager: Desk):
	order = records.order(records.approved_quotation(rate=80), rate=70)
	rep.open_form("Sales Order", order)
	rep.expect_approval("Required")
	expect(rep.approval_step(OFF)).to_contain_text("30.00 % is more than 10.00 %")
	rep.click("Request Approval")
	rep.answer("Request Approval", comment="They take it today")
	rep.expect_approval("Pending")
	manager.open("my-approvals")
	manager.card(order).get_by_role("button", name="Approve").click()
	manager.answer("Approve")
	expect(manager.form).to_contain_text("Nothing waits for you.")
	rep.reload()
	rep.expect_approval("Approved")
	assert records.stored("Sales Order", order, "pe_order_approval_status") == "Approved"


def test_the_list_of_quotations_says_how_they_stand(rep: Desk, quotation: str):
	request(rep, quotation)
	rep.open("quotation", "view", "list")
	pill = rep.form.locator('[data-filter="pe_approval_status,=,Pending"]')
	expect(pill).to_have_text("Pending")
	expect(pill).to_have_class("filterable ellipsis indicator-pill no-indicator-dot orange")


def test_its_print_is_marked_from_top_to_bottom(rep: Desk, quotation: str):
	rep.page.goto(f"/printview?doctype=Quotation&name={quotation}")
	expect(rep.page.get_by_text("Not approved", exact=True)).to_be_visible()
	mark, sheet = (rep.page.locator(each) for each in (".pipeline-ext-watermark", ".print-format"))
	assert mark.bounding_box() == sheet.bounding_box()
	assert "Not%20approved" in mark.evaluate("mark => getComputedStyle(mark).backgroundImage")
