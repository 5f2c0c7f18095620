"""An administrator of pipelines writes an approval policy in the desk, and tries it before it counts."""

from __future__ import annotations

import pytest
from frappe.utils import add_days, formatdate, nowdate
from playwright.sync_api import Locator, expect

from tests.browser import records
from tests.browser.pages import Desk

NEW = "Browser Test Large Offers"
OFF = "More than 10 % off"


@pytest.fixture
def admin(pipeline_administrator: Desk) -> Desk:
	return pipeline_administrator


def offered(admin: Desk, typed: str) -> Locator:
	"""What the last condition offers to compare, while that is typed."""
	cell = (
		admin.field("conditions")
		.locator(".grid-row")
		.last.locator('.grid-static-col[data-fieldname="field"]')
	)
	cell.click()
	cell.locator("input").fill(typed)
	return cell.locator('[role="listbox"] strong')


def test_a_policy_is_written_mended_and_counts(admin: Desk):
	admin.open("quote-approval-policy", "new")
	admin.fill_in("policy_name", NEW)
	admin.fill_in("company", records.COMPANY)
	admin.fill_in("priority", "5")
	admin.fill_in("valid_from", formatdate(add_days(nowdate(), 1)))
	admin.fill_in("valid_upto", formatdate(nowdate()))
	admin.mend_row(
		"rules",
		"1",
		title="Large discount",
		threshold="150",
		role="Sales Manager",
		needed="A number",
		number_needed="99",
	)
	admin.form.get_by_text("For Which Quotations").click()
	admin.add_empty_row("conditions")
	expect(offered(admin, "Exchange Rate")).to_have_count(0)
	expect(offered(admin, "Total")).to_contain_text(["Net Total"])
	admin.fill_in_last_row("conditions", field="Net Total", operator=">", value="500")
	admin.save()
	admin.expect_refusal(
		"This Policy Cannot Work",
		"Large discount: a percentage of 150 is never passed",
		"Large discount: 99 must agree",
		"The policy ends before it starts",
	)
	admin.fill_in("valid_from", formatdate(nowdate()))
	admin.mend_row("rules", "Large discount", threshold="5", needed="One")
	admin.save_successfully()
	assert records.quotation(records.deal(), rate=94).pe_approval_status == "Required"


def test_a_policy_is_tried_on_a_quotation(admin: Desk):
	quotation = records.quotation(records.deal(), rate=80).name
	admin.open_form("Quote Approval Policy", records.POLICY)
	admin.click("Try on a Quotation")
	admin.answer("Try", quotation=quotation)
	admin.expect_dialog(f"{quotation} Under {records.POLICY}")
	expect(admin.dialog).to_contain_text("1 of 1 rules ask somebody")
	row = admin.dialog.locator("tbody tr")
	expect(row.locator("td").nth(0)).to_have_text(OFF)
	expect(row.locator("td").nth(1)).to_contain_text("20.00 %")
	expect(row.locator("td").nth(2)).to_have_text("above 10.00 %")
	expect(row.locator("td").nth(3)).to_contain_text("Other-Manager")
	expect(row.locator("td").nth(4)).to_have_text("at once")


def test_a_policy_is_tried_on_the_last_90_days(admin: Desk):
	discounted, harmless = (records.quotation(records.deal(), rate=rate).name for rate in (80, 95))
	admin.open_form("Quote Approval Policy", records.POLICY)
	admin.click("Try on the Last 90 Days")
	admin.expect_dialog(f"The Last 90 Days Under {records.POLICY}")
	expect(admin.dialog).to_contain_text(
		"1 of 2 quotations would have needed approval, worth € 800.00 of € 1,750.00."
	)
	by_rule, by_approver, quotations = (admin.dialog.locator("table").nth(table) for table in range(3))
	expect(by_rule.locator("tbody tr td")).to_have_text([OFF, "1", "€ 800.00"])
	expect(by_approver.locator("tbody tr td")).to_have_text(["Sales Manager", "1", "€ 800.00"])
	expect(quotations).to_contain_text(discounted)
	expect(quotations).not_to_contain_text(harmless)
