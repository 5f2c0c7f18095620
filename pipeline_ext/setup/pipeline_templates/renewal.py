"""After the sale: a customer from onboarding to a renewed contract."""

from __future__ import annotations

from typing import Any

NAME = "After-Sales and Renewal"
DOCUMENT_TYPE = "Opportunity"
DESCRIPTION = "A customer after the first order: get them started, see them succeed, renew in good time."

STAGES: tuple[dict[str, Any], ...] = (
	{
		"stage": "Onboarding",
		"probability": 50,
		"forecast_category": "Pipeline",
		"longest_stay": 45,
		"may_skip": 0,
		"may_return": 0,
		"guidance": (
			"Do: hold a kick-off, name one person on each side, and see to it that the first task is done.\n"
			"Ask: By what will you tell after three months that this was right? Who uses it every day?\n"
			"Send: the plan of the first 90 days, the training dates, and whom to call."
		),
	},
	{
		"stage": "Adoption",
		"probability": 60,
		"forecast_category": "Pipeline",
		"longest_stay": 270,
		"guidance": (
			"Do: look every month at how much it is used, and talk to them before they complain.\n"
			"Ask: What works, what do you do around it, who has not started yet?\n"
			"Send: tips for what they do not use yet, and news of what has changed."
		),
	},
	{
		"stage": "Review",
		"probability": 70,
		"forecast_category": "Best Case",
		"longest_stay": 45,
		"guidance": (
			"Do: meet whoever pays, four months before the contract ends, with figures of what was reached.\n"
			"Ask: What was it worth? What is planned for next year? Who decides, and by when?\n"
			"Send: the figures on one page, and what we suggest for the next term."
		),
	},
	{
		"stage": "Renewal Quote",
		"probability": 85,
		"forecast_category": "Commit",
		"longest_stay": 30,
		"reached_by": "Quotation Submitted",
		"guidance": (
			"Do: quote two months before the end, and call a week later. Price what has grown.\n"
			"Ask: Is anything in the way of renewing? Which term suits your budget?\n"
			"Send: the renewal quotation beside the old terms, with what changes marked."
		),
	},
	{
		"stage": "Renewed",
		"outcome": "Won",
		"probability": 100,
		"forecast_category": "Closed",
		"reached_by": "Contract Signed",
		"guidance": "Do: thank them, ask for a reference, and open the deal of the next term.",
	},
	{
		"stage": "Churned",
		"outcome": "Lost",
		"probability": 0,
		"forecast_category": "Omitted",
		"guidance": "Do: part well. Return their data, close access on the last day, ask again in a year.",
	},
)

CRITERIA: tuple[dict[str, Any], ...] = (
	{
		"stage": "Onboarding",
		"title": "It is about a customer",
		"field": "opportunity_from",
		"operator": "=",
		"value": "Customer",
		"hint": "Choose Customer under Opportunity From: one renews only what one has bought.",
	},
	{
		"stage": "Onboarding",
		"title": "We know whom to talk to",
		"field": "contact_email",
		"operator": "is set",
		"refuse_placeholders": 1,
		"hint": "Choose a contact with an e-mail address on the Contacts tab.",
	},
	{
		"stage": "Onboarding",
		"title": "The kick-off was held",
		"kind": "Linked Document",
		"linked_doctype": "Event",
		"linked_state": "Held",
		"at_least": 1,
		"hint": "Plan the kick-off as an event of this opportunity, and complete it when it is over.",
	},
	{
		"stage": "Onboarding",
		"title": "The customer works with it",
		"kind": "Checklist",
		"needs_note": 1,
		"hint": "Note who uses it for which task.",
	},
	{
		"stage": "Onboarding",
		"title": "The hand-over is signed",
		"kind": "Attachment",
		"name_pattern": "*.pdf",
		"at_least": 1,
		"effect": "Warn",
		"hint": "Attach the signed hand-over protocol as a PDF.",
	},
	{
		"stage": "Adoption",
		"title": "They have had time to get used to it",
		"kind": "Time in Stage",
		"at_least": 60,
		"hint": "A review needs two months of use behind it.",
	},
	{
		"stage": "Adoption",
		"title": "The customer is doing well",
		"kind": "Scorecard",
		"at_least": 60,
		"hint": "Look at what is missing below: each is a reason to call.",
	},
	{
		"stage": "Adoption",
		"title": "The goals of the onboarding are measured",
		"kind": "Checklist",
		"needs_note": 1,
		"effect": "Score",
		"weight": 3,
		"hint": "Note each goal, and the figure reached.",
	},
	{
		"stage": "Adoption",
		"title": "We have met within three months",
		"kind": "Linked Document",
		"linked_doctype": "Event",
		"linked_state": "Held",
		"at_least": 1,
		"within_days": 90,
		"effect": "Score",
		"weight": 2,
		"hint": "Plan a visit or a call as an event of this opportunity, and complete it when it is over.",
	},
	{
		"stage": "Adoption",
		"title": "They have answered within two months",
		"kind": "Linked Document",
		"linked_doctype": "Communication",
		"linked_state": "Answered",
		"at_least": 1,
		"within_days": 60,
		"effect": "Score",
		"weight": 1,
		"hint": "Write from the opportunity's own e-mail button, so that the answer is kept here.",
	},
	{
		"stage": "Adoption",
		"title": "No complaint is open",
		"kind": "Checklist",
		"needs_note": 1,
		"effect": "Score",
		"weight": 2,
		"hint": "Ask support, and note whom you asked.",
	},
	{
		"stage": "Review",
		"title": "The review was held",
		"kind": "Linked Document",
		"linked_doctype": "Event",
		"linked_state": "Held",
		"at_least": 1,
		"within_days": 45,
		"hint": "Plan the review as an event of this opportunity, and complete it when it is over.",
	},
	{
		"stage": "Review",
		"title": "Budget, authority, need and timing of the renewal are clear",
		"kind": "Qualification Score",
		"framework": "BANT",
		"at_least": 60,
		"hint": "Make a BANT assessment for the next term.",
	},
	{
		"stage": "Review",
		"title": "The date of the renewal lies ahead",
		"field": "expected_closing",
		"operator": ">=",
		"value": "today",
		"hint": "Enter the day on which the current contract ends as the expected closing date.",
	},
	{
		"stage": "Review",
		"title": "The renewal has an amount",
		"field": "opportunity_amount",
		"operator": ">",
		"value": "0",
		"hint": "Enter what the next term is expected to bring.",
	},
	{
		"stage": "Renewal Quote",
		"title": "The renewal is quoted",
		"kind": "Linked Document",
		"linked_doctype": "Quotation",
		"linked_state": "Submitted",
		"at_least": 1,
		"within_days": 90,
		"hint": "Create a quotation from this opportunity and submit it.",
	},
	{
		"stage": "Renewal Quote",
		"title": "Every line has a price",
		"field": "items.rate",
		"aggregate": "All",
		"operator": ">",
		"value": "0",
		"effect": "Warn",
		"hint": "List on the Items tab what is renewed, each line with its rate.",
	},
	{
		"stage": "Renewal Quote",
		"title": "A sales manager backs a large renewal",
		"kind": "Sign-Off",
		"role": "Sales Manager",
		"at_least": 1,
		"condition_field": "base_opportunity_amount",
		"condition_operator": ">",
		"condition_value": "50000",
		"hint": "Ask a sales manager to sign off the renewal's terms.",
	},
	{
		"stage": "Renewed",
		"title": "The new contract is signed",
		"kind": "Linked Document",
		"linked_doctype": "Contract",
		"linked_state": "Signed",
		"at_least": 1,
		"hint": "Make a contract for the renewal quotation, and mark it signed when it is.",
	},
	{
		"stage": "Renewed",
		"title": "The order is there",
		"kind": "Linked Document",
		"linked_doctype": "Sales Order",
		"linked_state": "Submitted",
		"at_least": 1,
		"effect": "Warn",
		"hint": "Make the sales order from the quotation and submit it.",
	},
	{
		"stage": "Churned",
		"title": "We know why they leave",
		"field": "lost_reasons",
		"operator": "is set",
		"hint": "Click Churned in the path, or set the status to Lost, and choose a reason.",
	},
	{
		"stage": "Churned",
		"title": "Somebody has talked to them about it",
		"kind": "Checklist",
		"needs_note": 1,
		"effect": "Warn",
		"hint": "Note who said what would have kept them.",
	},
)
