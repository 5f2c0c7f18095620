"""What the install does for documents that were there before it."""

from __future__ import annotations

import frappe

from pipeline_ext.setup import company_amounts
from tests.site import factories


def test_the_company_amount_of_deals_made_past_the_form_is_filled_in():
	foreign = factories.opportunity(
		factories.customer(), opportunity_amount=1000, currency=factories.FOREIGN_CURRENCY
	)
	known = factories.opportunity(factories.customer("Beta"), opportunity_amount=300)
	frappe.db.set_value("Opportunity", foreign.name, "base_opportunity_amount", 0)
	frappe.db.set_value("Opportunity", known.name, "base_opportunity_amount", 299)
	modified = frappe.db.get_value("Opportunity", foreign.name, "modified")
	company_amounts.fill()
	assert frappe.db.get_value("Opportunity", foreign.name, ["base_opportunity_amount", "modified"]) == (
		1000 * factories.EXCHANGE_RATE,
		modified,
	)
	assert frappe.db.get_value("Opportunity", known.name, "base_opportunity_amount") == 299
