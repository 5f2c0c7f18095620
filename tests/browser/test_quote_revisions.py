"""A rep revises a quotation in one click, and sees what changed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk


@pytest.fixture
def quotation() -> str:
	"""Submitted, at list price."""
	return records.quotation(records.deal(), rate=100, submit=True).name


def test_a_revision_is_made_submitted_and_compared(rep: Desk, quotation: str):
	rep.open_form("Quotation", quotation)
	rep.click_in_menu("Revisions", "Make a Revision")
	expect(rep.form).to_contain_text(f"A revision of {quotation}, which stays valid until")
	rep.settle()
	rep.mend_row("items", "Widget", rate="95")
	rep.save_successfully()
	rep.submit()
	rep.settle()
	rep.click_in_menu("Revisions", "Compare Revisions")
	expect(rep.dialog.locator("select[name=newer] option:checked")).to_have_text("Revision 2, current")
	expect(rep.dialog.locator("td .pe-worse").first).to_have_text("€ 95.00")
	rep.dialog.get_by_role("button", name="Open as a Page").click()
	expect(rep.form.locator("select[name=older] option:checked")).to_have_text("Revision 1")
	successor = records.stored("Quotation", quotation, "pe_superseded_by")
	expect(rep.page).to_have_url(re.compile(f"/app/quote-revisions/{successor}/1/2$"))
