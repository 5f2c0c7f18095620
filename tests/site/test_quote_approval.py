"""A discounted quotation waits for its approver, and nobody talks around that."""

from __future__ import annotations

import frappe
import pytest

from pipeline_ext import api
from tests.site import factories
from tests.site.measure import extra_queries

REP = "rep@pipeline-test.example"
MANAGER = "manager@pipeline-test.example"
OTHER = "other@pipeline-test.example"


@pytest.fixture(autouse=True)
def people():
	factories.user(REP, "Sales User")
	factories.user(OTHER, "Sales User")
	factories.user(MANAGER, "Sales User", "Sales Manager")


@pytest.fixture(autouse=True)
def policy():
	return frappe.get_doc(
		{
			"doctype": "Quote Approval Policy",
			"policy_name": "Pipeline Test Policy",
			"company": factories.COMPANY,
			"rules": [
				{
					"title": "More than 10 % off",
					"measure": "Discount Percentage",
					"threshold": 10,
					"approver_type": "Role",
					"role": "Sales Manager",
				}
			],
		}
	).insert()


@pytest.fixture
def deal(people):
	customer = factories.customer()
	return factories.opportunity(customer, lines={factories.WIDGET: 10})


def quote(deal, rate=80.0, **fields):
	"""A draft of the rep's: ten widgets with a list price of 100."""
	frappe.set_user(REP)
	try:
		return factories.quotation(deal, rates={factories.WIDGET: rate}, submit=False, **fields)
	finally:
		frappe.set_user("Administrator")


def submit(doc):
	return frappe.get_doc("Quotation", doc.name).submit()


def status(doc):
	return frappe.db.get_value("Quotation", doc.name, "pe_approval_status")


def request(doc, as_user):
	with as_user(REP):
		return api.request_approval(doc.name, "They have an offer from elsewhere")


@pytest.mark.parametrize(
	("rate", "expected"),
	[(100, "Not Required"), (90, "Not Required"), (89.99, "Required"), (0.01, "Required")],
)
def test_policy_says_at_once_what_a_draft_needs(deal, rate, expected):
	assert status(quote(deal, rate)) == expected


def test_without_approval_it_cannot_be_submitted_and_is_told_why(deal):
	draft = quote(deal)
	with pytest.raises(frappe.ValidationError, match="More than 10 % off: 20") as refusal:
		submit(draft)
	assert "Request Approval" in str(refusal.value)
	assert frappe.db.get_value("Quotation", draft.name, "docstatus") == 0


def test_within_policy_it_is_submitted(deal):
	assert submit(quote(deal, 95)).docstatus == 1


def test_request_approve_submit(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	assert status(draft) == "Pending"
	with pytest.raises(frappe.ValidationError, match="Wait for the approver"):
		submit(draft)
	with as_user(MANAGER):
		assert api.preview_approval(draft.name)["may_decide"]
		assert api.decide(name, "approve", "One time only") == "Approved"
	assert status(draft) == "Approved"
	with as_user(REP):
		assert submit(draft).docstatus == 1
	(step,) = frappe.get_doc("Quote Approval", name).steps
	assert (step.status, step.decided_by, step.comment) == ("Approved", MANAGER, "One time only")
	assert (step.measured, step.threshold) == (20, 10)


def test_what_is_given_away_is_written_down(deal, as_user):
	approval = frappe.get_doc("Quote Approval", request(quote(deal), as_user))
	assert (approval.list_value, approval.quoted_value, approval.discount_percent) == (1000, 800, 20)
	assert (approval.requested_by, approval.status) == (REP, "Pending")


def test_a_rejection_needs_a_reason_and_stops_the_quote(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	with as_user(MANAGER):
		with pytest.raises(frappe.ValidationError, match="Say why"):
			api.decide(name, "reject", "  ")
		assert api.decide(name, "reject", "Too much") == "Rejected"
	assert status(draft) == "Rejected"
	with pytest.raises(frappe.ValidationError, match="Change the quotation"):
		submit(draft)


def test_recall_by_the_one_who_asked_and_not_by_a_stranger(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	with as_user(factories.user("guest@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		api.recall_approval(name)
	with as_user(REP):
		assert api.recall_approval(name) == "Recalled"
	assert status(draft) == "Recalled"
	with as_user(MANAGER), pytest.raises(frappe.PermissionError, match="No step waits"):
		api.decide(name, "approve")


def test_nobody_approves_their_own(deal, as_user):
	frappe.get_doc("User", REP).add_roles("Sales Manager")
	name = request(quote(deal), as_user)
	with as_user(REP), pytest.raises(frappe.PermissionError, match="their own"):
		api.decide(name, "approve")


def test_the_writer_of_the_quote_does_not_approve_what_somebody_else_asked_for(deal, as_user):
	frappe.get_doc("User", REP).add_roles("Sales Manager")
	draft = quote(deal)
	with as_user(OTHER):
		name = api.request_approval(draft.name)
	with as_user(REP), pytest.raises(frappe.PermissionError, match="their own"):
		api.decide(name, "approve")


def test_a_step_waits_for_its_approver_only(deal, as_user):
	name = request(quote(deal), as_user)
	with as_user(OTHER), pytest.raises(frappe.PermissionError):
		api.decide(name, "approve")
	assert frappe.db.get_value("Quote Approval", name, "status") == "Pending"


def test_a_change_after_approval_makes_it_stale(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	with as_user(MANAGER):
		api.decide(name, "approve")
	changed = frappe.get_doc("Quotation", draft.name)
	changed.items[0].rate = 70
	changed.save()
	assert status(draft) == "Stale"
	with pytest.raises(frappe.ValidationError, match="was changed after"):
		submit(draft)


def test_a_change_that_is_not_commercial_keeps_the_approval(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	with as_user(MANAGER):
		api.decide(name, "approve")
	changed = frappe.get_doc("Quotation", draft.name)
	changed.letter_head = None
	changed.title = "Another title"
	changed.save()
	assert status(draft) == "Approved"
	assert submit(draft).docstatus == 1


def test_nobody_decides_on_a_quote_that_has_changed_since(deal, as_user):
	draft = quote(deal)
	name = request(draft, as_user)
	row = draft.items[0].name
	frappe.db.set_value("Quotation Item", row, {"rate": 1, "net_amount": 10})
	with as_user(MANAGER), pytest.raises(frappe.ValidationError, match="was changed after"):
		api.decide(name, "approve")


def test_a_new_request_takes_the_place_of_the_one_that_waits(deal, as_user):
	draft = quote(deal)
	first = request(draft, as_user)
	second = request(draft, as_user)
	assert frappe.db.get_value("Quote Approval", first, "status") == "Recalled"
	assert frappe.db.get_value("Quotation", draft.name, "pe_approval") == second
	assert status(draft) == "Pending"


@pytest.mark.parametrize(
	"disguise",
	[
		{"price_list_rate": 80, "discount_percentage": 0},
		{"rate": 100, "discount_percentage": 20, "price_list_rate": 100},
		{"rate": 80, "price_list_rate": 0},
	],
)
def test_a_discount_counts_however_it_is_dressed_up(deal, disguise):
	draft = quote(deal, 100)
	draft.items[0].update({**disguise, "rate": 80})
	draft.ignore_pricing_rule = 1
	draft.save()
	assert status(draft) == "Required"


def test_a_header_discount_counts(deal):
	draft = quote(deal, 100, apply_discount_on="Net Total", additional_discount_percentage=20)
	assert status(draft) == "Required"


def test_a_list_in_another_currency_is_converted_by_the_site(deal):
	"""80 USD are 72 EUR, against a list of 100 EUR: 28 % off, whatever rate the client sends."""
	draft = quote(deal, 80, currency=factories.FOREIGN_CURRENCY, conversion_rate=2)
	preview = api.preview_approval(draft.name)
	assert preview["discount_percent"] == pytest.approx(28)


def test_a_client_cannot_write_the_status(deal):
	draft = quote(deal)
	changed = frappe.get_doc("Quotation", draft.name)
	changed.pe_approval_status = "Approved"
	changed.save()
	assert status(draft) == "Required"
	changed.pe_approval_status = "Approved"
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		changed.submit()


def test_another_quotations_approval_does_not_count(deal, as_user):
	approved = quote(deal)
	name = request(approved, as_user)
	with as_user(MANAGER):
		api.decide(name, "approve")
	other = quote(deal, 10)
	frappe.db.set_value("Quotation", other.name, "pe_approval", name)
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		submit(other)


def test_a_copy_starts_afresh(deal, as_user):
	approved = quote(deal)
	name = request(approved, as_user)
	with as_user(MANAGER):
		api.decide(name, "approve")
	copied = frappe.copy_doc(frappe.get_doc("Quotation", approved.name)).insert()
	assert (copied.pe_approval, copied.pe_approval_status) == (None, "Required")


def test_an_insert_that_is_submitted_at_once_meets_the_same_policy(deal):
	copied = frappe.copy_doc(quote(deal))
	copied.docstatus = 1
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		copied.insert()


def test_a_request_is_not_made_changed_or_deleted_by_hand(deal, as_user):
	name = request(quote(deal), as_user)
	made = frappe.get_doc("Quote Approval", name)
	made.status = "Approved"
	with pytest.raises(frappe.ValidationError, match="approve, reject or recall"):
		made.save(ignore_permissions=True)
	with pytest.raises(frappe.ValidationError, match="the record of who agreed"):
		frappe.delete_doc("Quote Approval", name, ignore_permissions=True, force=True)
	with pytest.raises(frappe.ValidationError, match="Ask for approval on the quotation"):
		frappe.copy_doc(made).insert(ignore_permissions=True)


def test_who_sees_a_request(deal, as_user):
	name = request(quote(deal), as_user)
	seen = {}
	for who in (REP, MANAGER, OTHER, factories.user("desk@pipeline-test.example", "Deal Desk")):
		with as_user(who):
			seen[who] = [row.name for row in frappe.get_list("Quote Approval")]
			assert frappe.has_permission("Quote Approval", "read", name) is bool(seen[who])
	assert seen == {REP: [name], MANAGER: [name], OTHER: [], "desk@pipeline-test.example": [name]}


@pytest.mark.parametrize(
	("call", "error"),
	[
		(lambda name: api.decide(name, "maybe"), "not a decision"),
		(lambda name: api.request_approval("No such quotation"), "not found"),
	],
)
def test_bad_input_is_answered_in_words(deal, as_user, call, error):
	name = request(quote(deal), as_user)
	with pytest.raises(frappe.ValidationError, match=error):
		call(name)


def test_a_quote_that_needs_nothing_has_nothing_to_ask(deal):
	with pytest.raises(frappe.ValidationError, match="needs no approval"):
		api.request_approval(quote(deal, 100).name)


@pytest.mark.parametrize(
	("rule", "error"),
	[
		({"threshold": 100}, "no discount is above"),
		({"threshold": -1}, "0 or more|negative"),
		({"role": None}, "one approver|[Mm]andatory|required"),
	],
)
def test_a_policy_that_cannot_work_is_refused(policy, rule, error):
	policy.rules[0].update(rule)
	with pytest.raises(frappe.ValidationError, match=error):
		policy.save()


def ten_lines(deal, rate):
	draft = quote(deal, 100)
	draft.set("items", [{"item_code": factories.WIDGET, "qty": 1, "rate": rate} for _ in range(10)])
	return draft.save()


def test_what_saving_and_submitting_a_quote_costs(deal, as_user):
	draft = ten_lines(deal, 80)
	with as_user(REP):
		name = api.request_approval(draft.name)
	with as_user(MANAGER):
		api.decide(name, "approve")

	def save():
		doc = frappe.get_doc("Quotation", draft.name)
		doc.title = "Saved"
		doc.save()

	assert extra_queries(save) <= 3
	assert extra_queries(lambda: frappe.get_doc("Quotation", draft.name).submit()) <= 4
