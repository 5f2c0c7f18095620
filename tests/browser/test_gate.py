"""A rep and a gate keeper in front of a gate: they see the path, prove, sign off, move or are refused."""

from __future__ import annotations

from frappe.utils import add_days, getdate, nowdate
from playwright.sync_api import Locator, expect

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


def test_choosing_a_stage_shows_what_it_asks_for_and_moves_after_asking(rep: Desk):
	deal = records.deal(contact_email="buyer@acme.example")
	rep.open_form("Opportunity", deal.name)
	rep.choose_stage("Needs Analysis")
	closing_date = rep.dialog.locator(".pe-unmet")
	expect(closing_date).to_contain_text("The deal has a closing date that lies ahead")
	expect(rep.dialog.locator(".pe-met")).to_have_count(2)
	expect(rep.dialog).to_contain_text("ask a Gate Keeper")
	expect(rep.dialog.locator(".btn-modal-primary")).to_be_hidden()
	rep.dialog.locator(".btn-modal-close").click()
	rep.choose_stage("Qualification")
	rep.answer("Move")
	rep.expect_stage("Qualification")
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Qualification"


def test_clicking_lost_asks_for_the_reason(rep: Desk):
	deal = records.deal()
	rep.open_form("Opportunity", deal.name)
	rep.choose_stage("Lost")
	expect(rep.dialog).to_contain_text("Lost Reasons")


def test_what_another_stage_asks_for_is_confirmed_on_the_way_there(rep: Desk):
	told = "The customer has told us in person"
	records.change_pipeline([{"stage": "Lost", "kind": "Checklist", "title": told, "needs_note": 1}])
	deal = records.deal()
	rep.open_form("Opportunity", deal.name)
	rep.choose_stage("Lost")
	rep.expect_dialog("Move to Lost?")
	rep.dialog.locator("[data-criterion]", has_text=told).get_by_role("button", name="Confirm").click()
	rep.expect_dialog(told)
	rep.answer("Confirm", note="They called on Monday")
	rep.expect_dialog("Set as Lost")
	confirmed = {"document_name": deal.name, "title": told}
	assert records.stored("Criterion Evidence", confirmed, "note") == "They called on Monday"


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


def test_a_rep_confirms_what_the_gate_asks_and_moves(rep: Desk):
	known, signed = "The buyer knows our price range", "The NDA is signed"
	records.change_pipeline(
		[
			{"kind": "Checklist", "title": known, "needs_note": 1},
			{"kind": "Checklist", "title": signed},
		]
	)
	deal = records.deal(contact_email="buyer@acme.example")
	rep.open_form("Opportunity", deal.name)
	rep.answer_criterion(signed, "Confirm")
	expect(rep.criterion(signed)).to_contain_text("Confirmed by Rep on")
	rep.answer_criterion(known, "Confirm")
	rep.answer("Confirm", note="They can spend 20,000 this year")
	expect(rep.path).to_contain_text("Ready for Qualification")
	rep.answer_criterion(known, "Withdraw")
	rep.answer("Withdraw", note="They have cut it")
	expect(rep.criterion(known)).to_contain_text("Nobody has confirmed it yet")
	rep.answer_criterion(known, "Confirm")
	rep.answer("Confirm", note="They can spend 15,000 now")
	rep.click("Move to Qualification")
	rep.expect_stage("Qualification")
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Qualification"
	given = {"document_name": deal.name, "title": known, "answer": "Confirmed"}
	last_note = records.stored("Criterion Evidence", given, "note")
	assert last_note == "They can spend 15,000 now"


def test_a_gate_keeper_holds_a_deal_and_then_lets_it_go(gate_keeper: Desk, rep: Desk):
	agreed = "The gate keepers agree"
	records.change_pipeline([{"kind": "Sign-Off", "title": agreed, "role": "Gate Keeper"}])
	deal = records.deal(contact_email="buyer@acme.example")
	gate_keeper.open_form("Opportunity", deal.name)
	gate_keeper.answer_criterion(agreed, "Hold")
	gate_keeper.answer("Hold", note="The budget is not settled")
	expect(gate_keeper.criterion(agreed)).to_contain_text("says hold: The budget is not settled")
	rep.open_form("Opportunity", deal.name)
	expect(rep.criterion(agreed)).to_contain_text("says hold: The budget is not settled")
	expect(rep.criterion(agreed).get_by_role("button")).to_have_count(0)
	gate_keeper.answer_criterion(agreed, "Go")
	gate_keeper.answer("Go")
	expect(gate_keeper.path).to_contain_text("Ready for Qualification")


def test_a_gate_keeper_lets_a_deal_pass_with_a_reason_and_a_day(gate_keeper: Desk, rep: Desk):
	deal = records.deal(contact_email=None)
	gate_keeper.open_form("Opportunity", deal.name)
	gate_keeper.click("Move Past the Gate")
	expect(gate_keeper.dialog.locator(".pe-unmet")).to_contain_text(MISSING[0])
	gate_keeper.answer("Move Past the Gate", override_reason="The board wants it this quarter")
	gate_keeper.expect_stage("Qualification")
	owed = gate_keeper.path.locator(".pe-owed")
	expect(owed).to_contain_text("let it pass to Qualification: The board wants it this quarter")
	expect(owed.locator(".pe-unmet")).to_contain_text(MISSING[0])
	override = {"document_name": deal.name}
	assert records.stored("Gate Override", override, "status") == "Owed"
	assert records.stored("Gate Override", override, "overridden_by") == records.KEEPER
	assert records.stored("Gate Override", override, "owed_by") == getdate(add_days(nowdate(), 7))
	assert records.ledger(deal.name)[-1] == ("Prospecting", "Qualification", records.KEEPER)
	rep.open_form("Opportunity", deal.name)
	expect(rep.path.locator(".pe-owed .pe-unmet")).to_contain_text(MISSING[0])
	expect(rep.path.get_by_role("button", name="Move Past the Gate")).to_have_count(0)


def test_a_card_dragged_past_the_gate_goes_back(rep: Desk):
	deal = records.deal(contact_email=None)
	records.kanban_board("Browser Test Deals")
	rep.open("opportunity", "view", "kanban", "Browser Test Deals")
	before, after = (rep.form.locator(f'[data-column-value="{stage}"]') for stage in STAGES[:2])
	expect(cards_in(before)).to_have_count(1)
	rep.drag(cards_in(before), after.locator(".kanban-cards"))
	rep.expect_refusal("Cannot move to Qualification yet", *MISSING)
	expect(cards_in(before)).to_have_count(1)
	expect(cards_in(after)).to_have_count(0)
	assert records.stored("Opportunity", deal.name, "sales_stage") == "Prospecting"


def cards_in(column: Locator) -> Locator:
	return column.locator(".kanban-card-wrapper")
