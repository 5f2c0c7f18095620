"""A business sale to a company: from first contact to a signed order."""

from __future__ import annotations

from typing import Any

NAME = "B2B Standard"
DOCUMENT_TYPE = "Opportunity"
DESCRIPTION = "A business sale to a company: from first contact to a signed order."

STAGES: tuple[dict[str, Any], ...] = (
	{
		"stage": "Prospecting",
		"probability": 10,
		"forecast_category": "Pipeline",
		"longest_stay": 21,
		"guidance": "Find out who feels the problem and who decides. Agree on a first conversation.",
	},
	{
		"stage": "Qualification",
		"probability": 25,
		"forecast_category": "Pipeline",
		"longest_stay": 30,
		"guidance": "Ask about budget, authority, need and timing. Put a number and a date on the deal.",
	},
	{
		"stage": "Needs Analysis",
		"probability": 45,
		"forecast_category": "Best Case",
		"longest_stay": 30,
		"guidance": "Agree on what is needed, item by item, and on what success looks like.",
	},
	{
		"stage": "Proposal/Price Quote",
		"probability": 65,
		"forecast_category": "Best Case",
		"longest_stay": 21,
		"guidance": "Submit a quotation and walk the buyer through it. Agree on the next step.",
	},
	{
		"stage": "Negotiation/Review",
		"probability": 85,
		"forecast_category": "Commit",
		"longest_stay": 21,
		"guidance": "Settle terms with the person who signs. Trade, do not give away.",
	},
	{
		"stage": "Won",
		"outcome": "Won",
		"probability": 100,
		"forecast_category": "Closed",
		"reached_by": "Sales Order Submitted",
	},
	{"stage": "Lost", "outcome": "Lost", "probability": 0, "forecast_category": "Omitted"},
)

CRITERIA: tuple[dict[str, Any], ...] = (
	{
		"stage": "Prospecting",
		"title": "We know whom to talk to",
		"field": "contact_email",
		"operator": "is set",
		"hint": "Choose a contact with an e-mail address on the Contacts tab.",
	},
	{
		"stage": "Qualification",
		"title": "The deal has an amount",
		"field": "opportunity_amount",
		"operator": ">",
		"value": "0",
		"hint": "Enter what the customer is expected to spend.",
	},
	{
		"stage": "Qualification",
		"title": "The deal has a closing date that lies ahead",
		"field": "expected_closing",
		"operator": ">=",
		"value": "today",
		"hint": "Ask the customer by when they want to decide.",
	},
	{
		"stage": "Needs Analysis",
		"title": "We know what the customer needs",
		"field": "items",
		"operator": "is set",
		"hint": "List the items on the Items tab.",
	},
	{
		"stage": "Proposal/Price Quote",
		"title": "A quotation is with the customer",
		"kind": "Linked Document",
		"linked_doctype": "Quotation",
		"linked_state": "Submitted",
		"hint": "Create a quotation from this opportunity and submit it.",
	},
	{
		"stage": "Won",
		"title": "The order is there",
		"kind": "Linked Document",
		"linked_doctype": "Sales Order",
		"linked_state": "Submitted",
		"hint": "Make the sales order from the quotation and submit it.",
	},
	{
		"stage": "Lost",
		"title": "We know why it was lost",
		"field": "lost_reasons",
		"operator": "is set",
		"hint": "Click Lost in the path, or set the status to Lost, and choose a reason.",
	},
)
