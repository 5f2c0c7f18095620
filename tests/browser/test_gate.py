"""A rep in front of a gate: sees the path, is refused, mends it, moves."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import records
from tests.browser.pages import Desk

STAGES = [
	"Prospecting",
	"Qualification",
	"Needs Analysis",
	"Proposal/Price Quote",
	"Negotiation/Review",
	"Won",
	"Lost",
]
MISSING = ("We know whom to talk to", "Choose a contact with an e-mail address")


def give_contact(desk: Desk) -> None:
	desk.open_tab("Contacts")
	desk.fill_in("contact_email", "buyer@acme.example")


def test_the_path_says_where_a_deal_stands_and_what_is_missing(rep: Desk):
	deal = records.deal(contact_email=None)
	rep.open_form("Opportunity", deal.name)
	expect(rep.path.locator(".pe-step")).to_have_text(STAGES)
	rep.expect_stage("Prospecting")
	expect(rep.path).to_contain_text("0 of at most 21 days in this stage")
	expect(rep.path).to_contain_text("Agree on a first conversation")
	expect(rep.path).to_contain_text("Missing before Qualification")
	for text in MISSING:
		expect(rep.path.locator(".pe-unmet")).to_contain_text(text)


def test_a_move_that_is_not_ready_is_refused_in_words(rep: Desk):
	deal = records.deal(contact_email=None)
	rep.open_form("Opportunity", deal.name)
	rep.click("Move to Qualification")
	rep.expect_refusal("Cannot move to Qualification yet", *MISSING)
	rep.expect_stage("Prospecting")
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Prospecting"


def test_setting_the_stage_by_hand_is_refused_too_and_can_be_put_back(manager: Desk):
	deal = records.deal(contact_email=None)
	manager.open_form("Opportunity", deal.name)
	manager.fill_in("sales_stage", "Qualification")
	manager.save()
	manager.expect_refusal("Cannot move to Qualification yet", *MISSING)
	manager.fill_in("sales_stage", "Prospecting")
	manager.fill_in("opportunity_amount", "1200")
	manager.save_successfully()
	manager.expect_stage("Prospecting")
	assert records.stored("Opportunity", deal.name, "opportunity_amount") == 1200
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Prospecting"


def test_a_stage_set_by_hand_goes_through_with_what_was_missing(manager: Desk):
	deal = records.deal(contact_email=None)
	manager.open_form("Opportunity", deal.name)
	manager.fill_in("sales_stage", "Qualification")
	give_contact(manager)
	manager.save_successfully()
	manager.expect_stage("Qualification")
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Qualification"


def test_clicking_a_stage_moves_there_after_asking(rep: Desk):
	deal = records.deal(contact_email="buyer@acme.example", sales_stage="Qualification")
	rep.open_form("Opportunity", deal.name)
	rep.path.get_by_role("button", name="Prospecting").click()
	rep.dialog.get_by_role("button", name="Yes", exact=True).click()
	rep.expect_stage("Prospecting")
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Prospecting"


def test_clicking_lost_asks_for_the_reason(rep: Desk):
	deal = records.deal()
	rep.open_form("Opportunity", deal.name)
	rep.path.get_by_role("button", name="Lost").click()
	expect(rep.dialog).to_contain_text("Lost Reasons")


def test_what_is_missing_is_filled_in_and_the_deal_moves(rep: Desk):
	deal = records.deal(contact_email=None)
	rep.open_form("Opportunity", deal.name)
	give_contact(rep)
	rep.save_successfully()
	expect(rep.path).to_contain_text("Ready for Qualification")
	rep.click("Move to Qualification")
	rep.expect_stage("Qualification")
	expect(rep.path.locator(".pe-done")).to_have_text(["Prospecting"])
	assert records.ledger(deal.name) == [
		(None, "Prospecting", records.REP),
		("Prospecting", "Qualification", records.REP),
	]


def test_an_administrator_adds_a_criterion_publishes_it_and_new_deals_meet_it(
	pipeline_administrator: Desk, rep: Desk
):
	admin = pipeline_administrator
	earlier = records.deal(contact_email="buyer@acme.example")
	admin.open_form("Sales Pipeline", records.PIPELINE)
	admin.add_row(
		"criteria", stage="Prospecting", title="We know their website", field="Website", operator="is set"
	)
	admin.save_successfully()
	admin.click("Publish")
	admin.dialog.get_by_role("button", name="Yes", exact=True).click()
	expect(admin.field("published_version")).to_contain_text(f"{records.PIPELINE} v2")
	rep.open_form("Opportunity", records.deal(contact_email="buyer@acme.example").name)
	expect(rep.path.locator(".pe-unmet b")).to_have_text(["We know their website"])
	rep.click("Move to Qualification")
	rep.expect_refusal("Cannot move to Qualification yet", "We know their website", "Not filled in yet")
	rep.open_form("Opportunity", earlier.name)
	expect(rep.path).to_contain_text("Ready for Qualification")


def test_a_criterion_that_cannot_work_is_refused_in_words(pipeline_administrator: Desk):
	admin = pipeline_administrator
	admin.open_form("Sales Pipeline", records.PIPELINE)
	admin.add_row(
		"criteria",
		stage="Prospecting",
		title="A large deal",
		field="Opportunity Amount",
		operator=">",
		value="a lot",
	)
	admin.save()
	admin.expect_refusal("This Pipeline Cannot Work", "A large deal: a lot is not a number")
	criteria = {"parent": records.PIPELINE, "title": "A large deal"}
	assert records.stored("Exit Criterion", criteria, "name") is None
