"""Qualification frameworks that a site starts with: BANT, MEDDIC and SPIN."""

from __future__ import annotations

from typing import Any

import frappe

BANT: tuple[dict[str, Any], ...] = (
	{
		"topic": "Budget",
		"question": "What is set aside for this, and who holds the money?",
		"good_answer": "A sum that fits ours, released or in this year's plan, and who releases it.",
		"weight": 1,
	},
	{
		"topic": "Authority",
		"question": "Who signs, who can say no, and whom of them have we spoken to?",
		"good_answer": "The signer and everybody with a veto by name; we have talked to the signer.",
		"weight": 1,
	},
	{
		"topic": "Need",
		"question": "Which problem do they want solved, and what does it cost them to leave it as it is?",
		"good_answer": "A problem in the buyer's own words, with a figure that the buyer gave us.",
		"weight": 2,
	},
	{
		"topic": "Timing",
		"question": "By when must it work, and what happens on that day?",
		"good_answer": "A date that something outside our control sets: a contract's end, a new law.",
		"weight": 1,
	},
)

MEDDIC: tuple[dict[str, Any], ...] = (
	{
		"topic": "Metrics",
		"question": "Which figure improves with us, from what to what, and what is that worth a year?",
		"good_answer": "Today's figure and a target, both from the buyer, worth a multiple of our price.",
		"weight": 2,
	},
	{
		"topic": "Economic Buyer",
		"question": "Who can spend the money without asking anyone, and what do they want from it?",
		"good_answer": "We have met that person, who told us what success is and that it comes first.",
		"weight": 2,
	},
	{
		"topic": "Decision Criteria",
		"question": "By what will they compare the offers, and how do we do on each point?",
		"good_answer": "A written list in its order of importance; we lead on what matters most.",
		"weight": 1,
	},
	{
		"topic": "Decision Process",
		"question": "Which steps lead to a signature: who checks what, and when?",
		"good_answer": "Every step up to legal and purchasing with a name and a date, agreed with them.",
		"weight": 1,
	},
	{
		"topic": "Identify Pain",
		"question": "What goes wrong today, for whom, and why does it have to end now?",
		"good_answer": "Somebody with influence suffers from it, and says what waiting costs.",
		"weight": 2,
	},
	{
		"topic": "Champion",
		"question": "Who speaks for us when we are not in the room, and what have they done for us so far?",
		"good_answer": "A respected person who gains by our success and has got us a meeting we asked for.",
		"weight": 2,
	},
)

SPIN: tuple[dict[str, Any], ...] = (
	{
		"topic": "Situation",
		"question": "How do they do it today: with which tools, which people, how many cases a month?",
		"good_answer": "We could draw their process on one page, and they would agree with it.",
		"weight": 1,
	},
	{
		"topic": "Problem",
		"question": "Where does that fail, take too long or annoy people, and how often?",
		"good_answer": "At least one problem that they named themselves, with an example of last month.",
		"weight": 2,
	},
	{
		"topic": "Implication",
		"question": "What follows from the problem: lost sales, overtime, penalties, people who leave?",
		"good_answer": "They worked out with us what it costs a month, and were surprised by it.",
		"weight": 3,
	},
	{
		"topic": "Need-Payoff",
		"question": "What would it be worth to them to be rid of it, and what would they do with that?",
		"good_answer": "They told us, and not we them, why a solution pays.",
		"weight": 3,
	},
	{
		"topic": "Next Step",
		"question": "What did they agree to do next, by when?",
		"good_answer": "Something that costs them effort: bring in the signer, send us data by a set day.",
		"weight": 1,
	},
)

FRAMEWORKS: tuple[dict[str, Any], ...] = (
	{
		"framework_name": "BANT",
		"description": "Budget, authority, need and timing: the quick check before a deal costs effort.",
		"questions": BANT,
	},
	{
		"framework_name": "MEDDIC",
		"description": "For larger deals, with several people on the buyer's side and a formal decision.",
		"questions": MEDDIC,
	},
	{
		"framework_name": "SPIN",
		"description": "Situation, problem, implication, need-payoff: how deep the first conversations went.",
		"questions": SPIN,
	},
)


def create() -> None:
	"""Put each framework on a site that has none of its name; one that is there stays as it is."""
	for framework in FRAMEWORKS:
		if not frappe.db.exists("Qualification Framework", framework["framework_name"]):
			frappe.get_doc({"doctype": "Qualification Framework", "enabled": 1, **framework}).insert(
				ignore_permissions=True
			)
