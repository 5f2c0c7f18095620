"""Each kind of exit criterion on a real deal: it stops the move until what it asks for is there."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from frappe.utils import add_days, add_to_date, now_datetime, nowdate

from pipeline_ext import api
from tests.site import factories, pipelines
from tests.site.pipelines import asking, deal, move, stage_of

NEXT = "Qualification"


def is_let_through(made) -> bool:
	"""Whether the deal may leave its first stage; it does where it may."""
	try:
		move(made, NEXT)
	except frappe.ValidationError as refusal:
		assert "Rule 1" in str(refusal)
		frappe.clear_messages()
	return stage_of(made) == NEXT


def verdict(made) -> dict[str, Any]:
	(found,) = api.preview_move("Opportunity", made.name, NEXT)["verdicts"]
	return found


def event(made, **fields):
	return frappe.get_doc(
		{
			"doctype": "Event",
			"subject": "Meeting",
			"starts_on": add_to_date(now_datetime(), hours=-2),
			"event_participants": [{"reference_doctype": "Opportunity", "reference_docname": made.name}],
			**fields,
		}
	).insert()


def message(made, **fields):
	return frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"subject": "Your question",
			"content": "Dear buyer",
			"reference_doctype": "Opportunity",
			"reference_name": made.name,
			"communication_date": now_datetime(),
			**fields,
		}
	).insert(ignore_permissions=True)


def test_a_field_of_the_party():
	asking({"field": "party.tax_id", "operator": "=", "value": "GB 1"})
	made = deal()
	assert not is_let_through(made)
	frappe.db.set_value("Customer", made.party_name, "tax_id", "GB 1")
	assert is_let_through(made)


def test_a_field_of_the_customer_that_a_lead_has_become():
	asking({"field": "customer.tax_id", "operator": "is set"})
	lead = factories.lead("Ada Buyer")
	made = factories.opportunity(lead, contact_email="ada@acme.example")
	assert not is_let_through(made)
	customer = factories.customer("Ada Buyer Ltd", lead_name=lead.name, tax_id="GB 1")
	assert customer.tax_id and is_let_through(made)


@pytest.mark.parametrize(
	("aggregate", "field", "operator", "value", "before", "after"),
	[
		("Sum", "items.amount", ">=", "300", {factories.WIDGET: 2}, {factories.WIDGET: 3}),
		("Count", "items", ">=", "2", {factories.WIDGET: 2}, {factories.WIDGET: 1, factories.GADGET: 1}),
		("Any", "items.qty", ">", "4", {factories.WIDGET: 4}, {factories.WIDGET: 5, factories.GADGET: 1}),
		("All", "items.qty", ">", "1", {factories.WIDGET: 5, factories.GADGET: 1}, {factories.WIDGET: 2}),
	],
)
def test_the_rows_of_a_child_table(aggregate, field, operator, value, before, after):
	asking({"field": field, "aggregate": aggregate, "operator": operator, "value": value})
	facts = {"contact_email": "buyer@acme.example"}
	assert not is_let_through(factories.opportunity(factories.customer(), lines=before, **facts))
	assert is_let_through(factories.opportunity(factories.customer("Beta"), lines=after, **facts))


@pytest.mark.parametrize("text", ["n/a", "TBD", "xxx", "asdf", "...", "<p>tbc</p>"])
def test_placeholder_text_is_as_good_as_none(text):
	asking({"field": "job_title", "operator": "is set", "refuse_placeholders": 1})
	made = deal(job_title=text)
	assert verdict(made)["reason"] == "placeholder"
	assert not is_let_through(made)


def test_one_text_pasted_over_many_deals_is_refused():
	asking({"field": "job_title", "operator": "is set", "refuse_placeholders": 1})
	pasted = [deal(job_title="Wants a better price") for _copy in range(4)]
	assert verdict(pasted[0])["reason"] == "pasted"
	assert not is_let_through(pasted[0])
	assert is_let_through(deal(job_title="Wants two weeks of delivery"))


def test_what_the_same_save_brings_counts():
	asking({"field": "job_title", "operator": "is set"})
	made = deal()
	assert move(made, NEXT, job_title="Head of Purchasing").sales_stage == NEXT


def test_a_held_meeting_and_no_other():
	asking({"kind": "Linked Document", "linked_doctype": "Event", "linked_state": "Held"})
	made = deal()
	event(made, starts_on=add_to_date(now_datetime(), hours=2))
	event(made, status="Cancelled")
	assert not is_let_through(made)
	held = event(made)
	assert verdict(made)["document"] == held.name
	assert is_let_through(made)


def test_a_meeting_that_is_recent_enough():
	asking({"kind": "Linked Document", "linked_doctype": "Event", "linked_state": "Held", "within_days": 14})
	made = deal()
	event(made, starts_on=add_to_date(now_datetime(), days=-20))
	assert not is_let_through(made)
	event(made, starts_on=add_to_date(now_datetime(), days=-10))
	assert is_let_through(made)


def test_an_answered_email():
	asking({"kind": "Linked Document", "linked_doctype": "Communication", "linked_state": "Answered"})
	made = deal()
	earlier, later = add_to_date(now_datetime(), hours=-3), add_to_date(now_datetime(), hours=-1)
	message(made, sent_or_received="Received", communication_date=add_to_date(earlier, hours=-1))
	message(made, sent_or_received="Sent", communication_date=earlier)
	assert not is_let_through(made)
	message(made, sent_or_received="Received", communication_date=later)
	assert is_let_through(made)


def test_a_quotation_that_was_mailed():
	asking({"kind": "Linked Document", "linked_doctype": "Quotation", "linked_state": "Sent"})
	made = deal()
	quotation = factories.quotation(made)
	assert not is_let_through(made)
	message(made, sent_or_received="Sent", reference_doctype="Quotation", reference_name=quotation.name)
	assert is_let_through(made)


def test_a_signed_contract():
	asking({"kind": "Linked Document", "linked_doctype": "Contract", "linked_state": "Signed"})
	made = deal()
	quotation = factories.quotation(made)
	contract = factories.contract(quotation)
	assert not is_let_through(made)
	contract.update({"is_signed": 1, "signee": "Ada", "signed_on": now_datetime()})
	contract.submit()
	assert is_let_through(made)


def test_an_attachment_by_its_name():
	asking({"kind": "Attachment", "name_pattern": "*.pdf, *.docx", "at_least": 1})
	made = deal()
	for name in ("notes.txt", "Requirements.PDF"):
		assert not is_let_through(made)
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": name,
				"content": f"content of {name}",
				"attached_to_doctype": "Opportunity",
				"attached_to_name": made.name,
			}
		).insert()
	assert is_let_through(made)


def test_a_checklist_item_is_confirmed_with_a_note_and_can_be_withdrawn(as_user):
	asking({"kind": "Checklist", "needs_note": 1})
	rep = factories.user("rep@pipeline-test.example", "Sales User")
	made = deal()
	key = verdict(made)["criterion"]
	assert not is_let_through(made)
	with as_user(rep):
		for note in (None, "tbd"):
			with pytest.raises(frappe.ValidationError, match="Add a note"):
				api.confirm_criterion("Opportunity", made.name, key, note)
		api.confirm_criterion("Opportunity", made.name, key, "Talked to the CFO on Monday")
	seen = verdict(made)
	assert (seen["state"], seen["by"], seen["evidence"]) == ("met", rep, "Talked to the CFO on Monday")
	api.confirm_criterion("Opportunity", made.name, key, answer="Withdrawn")
	assert not is_let_through(made)


def test_a_sign_off_needs_so_many_people_of_the_role_and_nobody_against(as_user):
	asking({"kind": "Sign-Off", "role": "Gate Keeper", "at_least": 2})
	one, two, three = (
		factories.user(f"keeper{n}@pipeline-test.example", "Gate Keeper", "Sales User") for n in (1, 2, 3)
	)
	rep = factories.user("rep@pipeline-test.example", "Sales User")
	made = deal()
	key = verdict(made)["criterion"]

	def says(user, answer, note=None):
		with as_user(user):
			api.confirm_criterion("Opportunity", made.name, key, note, answer=answer)

	with pytest.raises(frappe.PermissionError, match="Gate Keeper"):
		says(rep, "Go")
	says(one, "Go")
	says(one, "Go")
	assert verdict(made)["reason"] == "too_few_sign_offs"
	with pytest.raises(frappe.ValidationError, match="Add a note"):
		says(three, "Hold")
	says(three, "Hold", "The references are missing")
	says(two, "Go")
	assert (verdict(made)["reason"], verdict(made)["by"]) == ("hold", three)
	assert not is_let_through(made)
	says(three, "Go")
	assert is_let_through(made)


def test_evidence_is_given_nowhere_else_and_never_changed(as_user):
	asking({"kind": "Checklist"})
	made = deal()
	api.confirm_criterion("Opportunity", made.name, verdict(made)["criterion"], "Seen")
	given = frappe.get_last_doc("Criterion Evidence")
	forged = {
		"doctype": "Criterion Evidence",
		"document_type": "Opportunity",
		"document_name": made.name,
		"criterion": given.criterion,
		"answer": "Confirmed",
		"given_by": "Administrator",
	}
	for tamper in (
		lambda: given.save(),
		lambda: given.db_set("answer", "Go"),
		lambda: frappe.delete_doc("Criterion Evidence", given.name, force=True, ignore_permissions=True),
		lambda: frappe.get_doc(forged).insert(ignore_permissions=True),
	):
		with pytest.raises(frappe.ValidationError, match="stays as it was given"):
			tamper()


def test_a_qualification_score():
	asking({"kind": "Qualification Score", "framework": "BANT", "at_least": 60})
	made = deal()
	assert not is_let_through(made)
	assessment = frappe.get_doc(
		{
			"doctype": "Qualification Assessment",
			"document_type": "Opportunity",
			"document_name": made.name,
			"framework": "BANT",
		}
	).insert()
	assert not is_let_through(made)
	for row in assessment.answers:
		row.points = row.most_points if row.get("most_points") else 4
	assessment.save()
	seen = verdict(made)
	assert (seen["state"], seen["evidence"], seen["document"]) == ("met", 100, assessment.name)
	assert is_let_through(made)


def test_a_scorecard_beside_what_must_be_met():
	asking(
		{"kind": "Scorecard", "at_least": 70},
		{"field": "job_title", "effect": "Score", "weight": 3},
		{"field": "website", "effect": "Score", "weight": 4},
		{"field": "whatsapp", "effect": "Score", "weight": 3},
	)
	made = deal(website="https://acme.example")
	assert not is_let_through(made)
	frappe.db.set_value("Opportunity", made.name, "job_title", "Buyer")
	assert api.preview_move("Opportunity", made.name, NEXT)["verdicts"][0]["evidence"] == 70
	assert is_let_through(made)


def test_time_in_the_stage():
	asking({"kind": "Time in Stage", "at_least": 3})
	made = deal()
	assert not is_let_through(made)
	frappe.db.set_value("Opportunity", made.name, "pe_stage_entered_on", add_days(nowdate(), -4))
	assert is_let_through(made)


def test_an_expression_over_plain_values():
	asking({"kind": "Expression", "expression": "opportunity_amount / len(items) > 400 and title != ''"})
	assert not is_let_through(deal(opportunity_amount=400))
	assert is_let_through(deal(opportunity_amount=401))


@pytest.mark.parametrize(
	("expression", "error"),
	[
		("doc.delete()", "cannot be read"),
		("().__class__", "cannot be read"),
		("2 ** 99999", "cannot be read"),
		("no_such_field > 1", "no field no_such_field"),
	],
)
def test_an_expression_that_is_not_harmless_is_refused_when_saved(expression, error):
	with pytest.raises(frappe.ValidationError, match=error):
		asking({"kind": "Expression", "expression": expression})


def test_a_criterion_that_applies_only_under_a_condition():
	asking(
		{
			"field": "job_title",
			"operator": "is set",
			"condition_field": "opportunity_amount",
			"condition_operator": ">",
			"condition_value": "5000",
		}
	)
	assert not is_let_through(deal(opportunity_amount=5001))
	small = deal(opportunity_amount=5000)
	assert verdict(small)["state"] == "not applicable"
	assert is_let_through(small)


def test_a_criterion_for_new_customers_only():
	asking(
		{
			"field": "job_title",
			"operator": "is set",
			"condition_field": "is_new_customer",
			"condition_operator": "=",
			"condition_value": "Yes",
		}
	)
	assert not is_let_through(deal())
	known = factories.customer("Old Friend")
	factories.direct_order(known.name, {factories.WIDGET: 1})
	assert is_let_through(factories.opportunity(known))


def test_a_broken_rule_refuses_and_tells_the_administrators():
	pipeline = asking({"field": "job_title", "operator": "is set"})
	admin = factories.user("admin@pipeline-test.example", "Pipeline Administrator")
	made = deal(job_title="Buyer")
	version = frappe.get_doc("Pipeline Version", pipeline.published_version)
	broken = version.definition.replace("job_title", "gone_since")
	frappe.db.set_value("Pipeline Version", version.name, "definition", broken)
	frappe.clear_cache()
	with pytest.raises(frappe.ValidationError, match="Ask a Pipeline Administrator to mend the rule"):
		move(made, NEXT)
	told = {"for_user": admin, "subject": ("like", "Rules of%")}
	assert frappe.db.count("Notification Log", told) == 1
	assert stage_of(made) == "Prospecting"


def test_a_version_that_cannot_be_read_refuses_moves_and_nothing_else():
	pipeline = asking()
	made = deal()
	frappe.db.set_value("Pipeline Version", pipeline.published_version, "definition", '{"stages": 7}')
	frappe.clear_cache()
	with pytest.raises(frappe.ValidationError, match="rules cannot be read"):
		move(made, NEXT)
	status = api.gate_status("Opportunity", made.name)
	assert not status["governed"] and "cannot be read" in status["problem"]
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.title = "Another title"
	fresh.save()
	assert frappe.db.get_value("Opportunity", made.name, "title") == "Another title"
	assert pipelines.ledger(made)[-1].stage == "Prospecting"
