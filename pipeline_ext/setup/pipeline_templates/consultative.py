"""A consultative sale: SPIN questions first, then a solution, a quote and a contract."""

from __future__ import annotations

from typing import Any

NAME = "Consultative Sale"
DOCUMENT_TYPE = "Opportunity"
DESCRIPTION = (
	"A sale that starts with the customer's problem: understand it, agree on a solution, quote it, sign it."
)

STAGES: tuple[dict[str, Any], ...] = (
	{
		"stage": "Discovery",
		"probability": 15,
		"forecast_category": "Pipeline",
		"longest_stay": 30,
		"may_skip": 0,
		"guidance": (
			"Do: hold a first meeting and listen; present nothing yet. Note it all as a SPIN assessment.\n"
			"Ask: How is it done today? Where does that fail? What follows from it? What would it be worth to"
			" be rid of it?\n"
			"Send: the agenda before the meeting, a summary in the customer's own words after it."
		),
	},
	{
		"stage": "Solution",
		"probability": 40,
		"forecast_category": "Pipeline",
		"longest_stay": 30,
		"guidance": (
			"Do: work out with the people who will use it how it will run, and what success is measured by.\n"
			"Ask: Who else has to agree? What else could you do instead? What would make you say no?\n"
			"Send: an outline of the solution with its business case, and a customer story of the same trade."
		),
	},
	{
		"stage": "Quote",
		"probability": 65,
		"forecast_category": "Best Case",
		"longest_stay": 21,
		"reached_by": "Quotation Submitted",
		"guidance": (
			"Do: walk the buyer through the quotation; do not just send it. Agree on the day of the answer.\n"
			"Ask: Does this solve what we talked about? What has to happen between here and a signature?\n"
			"Send: the quotation, the terms, and a plan of the first 90 days."
		),
	},
	{
		"stage": "Contract",
		"probability": 85,
		"forecast_category": "Commit",
		"longest_stay": 21,
		"guidance": (
			"Do: settle the terms with whoever signs. Ask for something in return for each concession.\n"
			"Ask: Which points does your legal team raise? Who signs, and when are they in the office?\n"
			"Send: the contract as a draft first, then for signature."
		),
	},
	{
		"stage": "Won",
		"outcome": "Won",
		"probability": 100,
		"forecast_category": "Closed",
		"reached_by": "Sales Order Submitted",
		"guidance": "Do: hand over to delivery, with what was promised to whom. Thank those who helped.",
	},
	{
		"stage": "Lost",
		"outcome": "Lost",
		"probability": 0,
		"forecast_category": "Omitted",
		"guidance": "Ask: What decided it? When may we call again? Set yourself a task for that day.",
	},
)

CRITERIA: tuple[dict[str, Any], ...] = (
	{
		"stage": "Discovery",
		"title": "We know whom to talk to",
		"field": "contact_email",
		"operator": "is set",
		"refuse_placeholders": 1,
		"hint": "Choose a contact with an e-mail address on the Contacts tab.",
	},
	{
		"stage": "Discovery",
		"title": "A discovery meeting was held",
		"kind": "Linked Document",
		"linked_doctype": "Event",
		"linked_state": "Held",
		"at_least": 1,
		"within_days": 60,
		"hint": "Plan the meeting as an event of this opportunity, and complete it when it is over.",
	},
	{
		"stage": "Discovery",
		"title": "The conversation went deep enough",
		"kind": "Qualification Score",
		"framework": "SPIN",
		"at_least": 60,
		"hint": "Make a SPIN assessment. Where points are missing, there is a question to ask.",
	},
	{
		"stage": "Discovery",
		"title": "We know the account",
		"kind": "Scorecard",
		"at_least": 60,
		"effect": "Warn",
		"hint": "Fill in what is missing of industry, territory, size and competitors.",
	},
	{
		"stage": "Discovery",
		"title": "The party's industry is known",
		"field": "party.industry",
		"operator": "is set",
		"effect": "Score",
		"weight": 2,
		"hint": "Choose the industry on the customer or the lead.",
	},
	{
		"stage": "Discovery",
		"title": "The party's territory is known",
		"field": "party.territory",
		"operator": "is set",
		"effect": "Score",
		"weight": 1,
		"hint": "Choose the territory on the customer or the lead.",
	},
	{
		"stage": "Discovery",
		"title": "The size of the company is known",
		"field": "no_of_employees",
		"operator": "is set",
		"effect": "Score",
		"weight": 1,
		"hint": "Choose the number of employees.",
	},
	{
		"stage": "Discovery",
		"title": "We know against whom we compete",
		"field": "competitors",
		"operator": "is set",
		"effect": "Score",
		"weight": 1,
		"hint": "Name the competitors; staying as they are is one, too.",
	},
	{
		"stage": "Solution",
		"title": "We know what we would deliver",
		"field": "items",
		"aggregate": "Count",
		"operator": ">=",
		"value": "1",
		"hint": "List the items of the solution on the Items tab.",
	},
	{
		"stage": "Solution",
		"title": "The solution has a value",
		"field": "items.amount",
		"aggregate": "Sum",
		"operator": ">",
		"value": "0",
		"hint": "Enter quantities and rates; an estimate will do here.",
	},
	{
		"stage": "Solution",
		"title": "The customer agrees with the business case",
		"kind": "Checklist",
		"needs_note": 1,
		"hint": "Note who agreed, and with which figure.",
	},
	{
		"stage": "Solution",
		"title": "The solution is written down",
		"kind": "Attachment",
		"name_pattern": "*.pdf",
		"at_least": 1,
		"effect": "Warn",
		"hint": "Attach the outline of the solution as a PDF.",
	},
	{
		"stage": "Solution",
		"title": "A large deal is qualified with MEDDIC",
		"kind": "Qualification Score",
		"framework": "MEDDIC",
		"at_least": 50,
		"condition_field": "base_opportunity_amount",
		"condition_operator": ">",
		"condition_value": "50000",
		"hint": "Make a MEDDIC assessment. The economic buyer and the champion count most.",
	},
	{
		"stage": "Solution",
		"title": "A sales manager backs a large deal",
		"kind": "Sign-Off",
		"role": "Sales Manager",
		"at_least": 1,
		"condition_field": "base_opportunity_amount",
		"condition_operator": ">",
		"condition_value": "50000",
		"hint": "Ask a sales manager to sign off what we are about to quote.",
	},
	{
		"stage": "Quote",
		"title": "A quotation is with the customer",
		"kind": "Linked Document",
		"linked_doctype": "Quotation",
		"linked_state": "Submitted",
		"at_least": 1,
		"hint": "Create a quotation from this opportunity and submit it.",
	},
	{
		"stage": "Quote",
		"title": "The customer has answered lately",
		"kind": "Linked Document",
		"linked_doctype": "Communication",
		"linked_state": "Answered",
		"at_least": 1,
		"within_days": 21,
		"effect": "Warn",
		"hint": "Write from the opportunity's own e-mail button, so that the answer is kept here.",
	},
	{
		"stage": "Quote",
		"title": "The deal has a closing date that lies ahead",
		"field": "expected_closing",
		"operator": ">=",
		"value": "today",
		"hint": "Ask the customer by when they want to sign.",
	},
	{
		"stage": "Contract",
		"title": "Delivery can do what the contract says",
		"kind": "Checklist",
		"needs_note": 1,
		"hint": "Note who in delivery has read the terms.",
	},
	{
		"stage": "Contract",
		"title": "A new customer can pay",
		"kind": "Checklist",
		"needs_note": 1,
		"condition_field": "is_new_customer",
		"condition_operator": "=",
		"condition_value": "1",
		"hint": "Ask accounting for a credit check, and note its result.",
	},
	{
		"stage": "Contract",
		"title": "The deal desk agrees with the terms of a large deal",
		"kind": "Sign-Off",
		"role": "Deal Desk",
		"at_least": 1,
		"condition_field": "base_opportunity_amount",
		"condition_operator": ">",
		"condition_value": "100000",
		"hint": "Ask the deal desk to sign off the contract's terms.",
	},
	{
		"stage": "Contract",
		"title": "The contract is signed",
		"kind": "Linked Document",
		"linked_doctype": "Contract",
		"linked_state": "Signed",
		"at_least": 1,
		"hint": "Make a contract for the quotation, and mark it signed when it is.",
	},
	{
		"stage": "Contract",
		"title": "The signed paper is attached",
		"kind": "Attachment",
		"name_pattern": "*contract*.pdf",
		"at_least": 1,
		"effect": "Warn",
		"hint": "Attach the signed contract as a PDF that has contract in its name.",
	},
	{
		"stage": "Won",
		"title": "The order is there",
		"kind": "Linked Document",
		"linked_doctype": "Sales Order",
		"linked_state": "Submitted",
		"at_least": 1,
		"hint": "Make the sales order from the quotation and submit it.",
	},
	{
		"stage": "Lost",
		"title": "We know why it was lost",
		"field": "lost_reasons",
		"operator": "is set",
		"hint": "Click Lost in the path, or set the status to Lost, and choose a reason.",
	},
	{
		"stage": "Lost",
		"title": "The reason is told in a sentence",
		"field": "order_lost_reason",
		"operator": "is set",
		"refuse_placeholders": 1,
		"effect": "Warn",
		"hint": "Write under Detailed Reason what the customer said.",
	},
)
