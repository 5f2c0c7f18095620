"""The AIDA funnel for leads: from awareness to a purchase."""

from __future__ import annotations

from typing import Any

NAME = "AIDA Lead Funnel"
DOCUMENT_TYPE = "Lead"
DESCRIPTION = "A lead on its way from hearing of us to buying: awareness, interest, consideration, intent."

STAGES: tuple[dict[str, Any], ...] = (
	{
		"stage": "Awareness",
		"probability": 5,
		"forecast_category": "Pipeline",
		"longest_stay": 30,
		"guidance": (
			"Do: find out where they heard of us, and whether they may be written to.\n"
			"Ask: What were you looking for when you found us?\n"
			"Send: one page on the problem that we solve; nothing about us yet."
		),
	},
	{
		"stage": "Interest",
		"probability": 15,
		"forecast_category": "Pipeline",
		"longest_stay": 30,
		"guidance": (
			"Do: answer within a day, and call once they have answered.\n"
			"Ask: What do you want to change, and why now?\n"
			"Send: a customer story of their trade, and an invitation to a demonstration."
		),
	},
	{
		"stage": "Consideration",
		"probability": 35,
		"forecast_category": "Pipeline",
		"longest_stay": 45,
		"guidance": (
			"Do: show it with their own data, and note the answers as a BANT assessment.\n"
			"Ask: What is set aside for it? Who decides? By when must it work? What else do you look at?\n"
			"Send: a comparison with what they use today, and a price range."
		),
	},
	{
		"stage": "Intent",
		"probability": 60,
		"forecast_category": "Best Case",
		"longest_stay": 21,
		"guidance": (
			"Do: make an opportunity and hand it over in a call with the rep who takes it.\n"
			"Ask: What do you need from us to decide? Who has to see the offer?\n"
			"Send: the names of two customers who may be called, and the plan up to the order."
		),
	},
	{
		"stage": "Purchase",
		"outcome": "Won",
		"probability": 100,
		"forecast_category": "Closed",
		"reached_by": "Lead Converted",
		"guidance": "Do: thank them, and tell marketing which campaign brought them.",
	},
	{
		"stage": "Disqualified",
		"outcome": "Lost",
		"probability": 0,
		"forecast_category": "Omitted",
		"guidance": "Do: say goodbye politely, and note whether and when to ask again.",
	},
)

CRITERIA: tuple[dict[str, Any], ...] = (
	{
		"stage": "Awareness",
		"title": "We can write to them",
		"field": "email_id",
		"operator": "is set",
		"refuse_placeholders": 1,
		"hint": "Ask for an e-mail address, and enter it.",
	},
	{
		"stage": "Awareness",
		"title": "They have not unsubscribed",
		"field": "unsubscribed",
		"operator": "=",
		"value": "0",
		"hint": "Whoever has unsubscribed is not written to: call, or disqualify the lead.",
	},
	{
		"stage": "Awareness",
		"title": "We know where they come from",
		"field": "source",
		"operator": "is set",
		"effect": "Warn",
		"hint": "Choose the source, so that marketing learns what works.",
	},
	{
		"stage": "Interest",
		"title": "They have answered",
		"kind": "Linked Document",
		"linked_doctype": "Communication",
		"linked_state": "Answered",
		"at_least": 1,
		"within_days": 90,
		"hint": "Write from the lead's own e-mail button, so that the answer is kept here.",
	},
	{
		"stage": "Interest",
		"title": "We know which organization it is",
		"field": "company_name",
		"operator": "is set",
		"refuse_placeholders": 1,
		"hint": "Enter the organization's name as it signs.",
	},
	{
		"stage": "Interest",
		"title": "We know what they ask for",
		"field": "request_type",
		"operator": "is set",
		"effect": "Warn",
		"hint": "Choose the type of the request.",
	},
	{
		"stage": "Consideration",
		"title": "They have seen it",
		"kind": "Linked Document",
		"linked_doctype": "Event",
		"linked_state": "Held",
		"at_least": 1,
		"within_days": 60,
		"hint": "Plan the demonstration as an event of this lead, and complete it when it is over.",
	},
	{
		"stage": "Consideration",
		"title": "Budget, authority, need and timing are clear",
		"kind": "Qualification Score",
		"framework": "BANT",
		"at_least": 50,
		"hint": "Make a BANT assessment. Where points are missing, there is a question to ask.",
	},
	{
		"stage": "Consideration",
		"title": "They fit the customers we want",
		"kind": "Scorecard",
		"at_least": 60,
		"effect": "Warn",
		"hint": "Fill in what is missing of industry, market segment, revenue, role and territory.",
	},
	{
		"stage": "Consideration",
		"title": "The industry is known",
		"field": "industry",
		"operator": "is set",
		"effect": "Score",
		"weight": 2,
		"hint": "Choose the industry.",
	},
	{
		"stage": "Consideration",
		"title": "The market segment is known",
		"field": "market_segment",
		"operator": "is set",
		"effect": "Score",
		"weight": 1,
		"hint": "Choose the market segment.",
	},
	{
		"stage": "Consideration",
		"title": "The annual revenue is known",
		"field": "annual_revenue",
		"operator": ">",
		"value": "0",
		"effect": "Score",
		"weight": 1,
		"hint": "Enter the annual revenue; an estimate will do.",
	},
	{
		"stage": "Consideration",
		"title": "We know what our contact does there",
		"field": "job_title",
		"operator": "is set",
		"refuse_placeholders": 1,
		"effect": "Score",
		"weight": 2,
		"hint": "Enter the job title.",
	},
	{
		"stage": "Consideration",
		"title": "The territory is known",
		"field": "territory",
		"operator": "is set",
		"effect": "Score",
		"weight": 1,
		"hint": "Choose the territory.",
	},
	{
		"stage": "Intent",
		"title": "The lead is qualified",
		"field": "qualification_status",
		"operator": "=",
		"value": "Qualified",
		"hint": "Set the qualification status on the Qualification tab.",
	},
	{
		"stage": "Intent",
		"title": "Somebody stands for the qualification",
		"field": "qualified_by",
		"operator": "is set",
		"effect": "Warn",
		"hint": "Choose under Qualified By who has qualified the lead.",
	},
	{
		"stage": "Intent",
		"title": "A rep has taken it over",
		"kind": "Linked Document",
		"linked_doctype": "Opportunity",
		"linked_state": "Any",
		"at_least": 1,
		"hint": "Create an opportunity from this lead.",
	},
	{
		"stage": "Purchase",
		"title": "The lead has become a customer",
		"kind": "Linked Document",
		"linked_doctype": "Customer",
		"linked_state": "Any",
		"at_least": 1,
		"hint": "Create the customer from this lead.",
	},
	{
		"stage": "Disqualified",
		"title": "We know why nothing comes of it",
		"kind": "Checklist",
		"needs_note": 1,
		"hint": "Note the reason, and whether to ask again later.",
	},
	{
		"stage": "Disqualified",
		"title": "The lead is marked unqualified",
		"field": "qualification_status",
		"operator": "=",
		"value": "Unqualified",
		"effect": "Warn",
		"hint": "Set the qualification status on the Qualification tab.",
	},
)
