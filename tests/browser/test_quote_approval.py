"""A discounted quotation between a rep and a manager, each in a browser of their own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk


@pytest.fixture
def quotation():
	return records.quotation(records.deal(), rate=80).name


def status(quotation: str) -> str:
	return records.stored("Quotation", quotation, "pe_approval_status")


def request(rep: Desk, quotation: str) -> str:
	"""Ask for approval on the form; returns the name of the request."""
	rep.open_form("Quotation", quotation)
	rep.click_in_menu("Approval", "Request Approval")
	expect(rep.dialog).to_contain_text("(20.00 %) of a list value of")
	rep.answer("Request Approval", comment="They have an offer from elsewhere")
	expect(rep.form.locator(".form-message-container")).to_contain_text("Approval: Pending")
	return records.stored("Quotation", quotation, "pe_approval")


def test_without_approval_submit_is_refused_with_the_reason(rep: Desk, quotation: str):
	rep.open_form("Quotation", quotation)
	expect(rep.form.locator(".form-message-container")).to_contain_text("Approval: Required")
	rep.submit()
	rep.expect_refusal("Approval Needed", "More than 10 % off: 20 is more than 10", "Request Approval")
	assert records.stored("Quotation", quotation, "docstatus") == 0


def test_requested_approved_and_submitted(rep: Desk, manager: Desk, quotation: str):
	approval = request(rep, quotation)
	manager.open("pipeline")
	manager.form.locator(".shortcut-widget-box", has_text="Approvals").click()
	manager.form.get_by_text(records.CUSTOMER).first.click()
	expect(manager.field("discount_percent")).to_contain_text("20")
	manager.click("Approve")
	manager.answer("Approve", comment="One time only")
	expect(manager.form.locator(".indicator-pill").first).to_contain_text("Approved")
	assert records.stored("Quote Approval", approval, "status") == "Approved"
	step = {"parent": approval}
	assert records.stored("Quote Approval Step", step, "decided_by") == records.MANAGER
	assert records.stored("Quote Approval Step", step, "comment") == "One time only"
	rep.reload()
	expect(rep.form.locator(".form-message-container")).to_contain_text("Approval: Approved")
	rep.submit()
	expect(rep.form.locator(".indicator-pill").first).to_contain_text("Open")
	assert records.stored("Quotation", quotation, "docstatus") == 1


def test_a_rejection_needs_a_reason(rep: Desk, manager: Desk, quotation: str):
	approval = request(rep, quotation)
	manager.open_form("Quotation", quotation)
	manager.click_in_menu("Approval", "Reject")
	manager.dialog.get_by_role("button", name="Reject", exact=True).click()
	manager.expect_message("Missing Values Required", "Comment")
	manager.answer("Reject", comment="Too much")
	expect(manager.form.locator(".form-message-container")).to_contain_text("Approval: Rejected")
	assert status(quotation) == "Rejected"
	assert records.stored("Quote Approval Step", {"parent": approval}, "comment") == "Too much"


def test_the_one_who_asked_recalls(rep: Desk, quotation: str):
	request(rep, quotation)
	rep.click_in_menu("Approval", "Recall Request")
	expect(rep.form.locator(".form-message-container")).to_contain_text("Approval: Recalled")
	assert status(quotation) == "Recalled"


def test_who_asked_is_offered_no_decision(rep: Desk, quotation: str):
	request(rep, quotation)
	rep.form.locator('.inner-group-button[data-label="Approval"] button').click()
	offered = rep.form.locator('.inner-group-button[data-label="Approval"] .dropdown-item')
	expect(offered).to_have_text(["Recall Request"])
