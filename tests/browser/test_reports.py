"""Reports and workspace as a manager opens them."""

from __future__ import annotations

from frappe.utils import nowdate
from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk


def test_the_forecast_adds_up_and_drills_down(manager: Desk):
	for amount in (1000, 3000):
		records.deal(opportunity_amount=amount, expected_closing=nowdate(), opportunity_owner=records.REP)
	manager.open("query-report", "Pipeline Forecast")
	summary = manager.form.locator(".report-summary")
	expect(summary.locator(".summary-item", has_text="Weighted by Stage")).to_contain_text("€ 400.00")
	expect(manager.form.locator(".chart-wrapper svg .bar").first).to_be_attached()
	manager.form.locator(".pe-figure", has_text="€ 4,000.00").first.click()
	expect(manager.page.locator(".modal.show tbody tr")).to_have_count(2)


def test_lead_to_cash_has_a_row_for_the_deal(manager: Desk):
	deal = records.deal()
	records.quotation(deal, rate=100, submit=True)
	manager.open("query-report", "Lead To Cash")
	row = manager.form.locator(".dt-row", has_text=deal.name)
	expect(row).to_contain_text("Quoted")
	expect(row).to_contain_text("1,000.00")


def test_the_workspace_shows_cards_chart_and_shortcuts(manager: Desk):
	records.deal(expected_closing=nowdate())
	manager.open("pipeline")
	cards = manager.form.locator(".number-widget-box")
	expect(cards).to_have_count(4)
	expect(cards.filter(has_text="Open Deals").locator(".number")).to_have_text("1")
	expect(manager.form.locator(".dashboard-widget-box svg .bar").first).to_be_attached()
	expect(manager.form.locator(".shortcut-widget-box")).to_have_count(6)
