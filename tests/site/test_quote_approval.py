"""A quote that gives too much away waits for its approvers, and nobody talks around that."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime, nowdate

from pipeline_ext import api
from pipeline_ext.quoting import asking, closing, deadlines
from pipeline_ext.quoting.standing import assessed
from pipeline_ext.reports.staff import Staff
from tests.site import approvals, factories
from tests.site.approvals import (
	BOSS,
	DESK,
	FINANCE,
	LEAD,
	OTHER,
	REP,
	acting,
	approval,
	asked,
	change,
	decide,
	log,
	quote,
	request,
	rule,
	status,
	steps,
	todos,
	told,
)
from tests.site.measure import extra_queries

SMALL = rule("More than 10 % off", approval_group="Discount", level=1)
LARGE = rule(
	"More than 30 % off", threshold=30, approval_group="Discount", level=2, approver_type="User", user=BOSS
)
TERMS = rule("Beyond 1000", measure="Quoted Value", threshold=700, approver_type="User", user=FINANCE)


@pytest.fixture(autouse=True)
def people():
	approvals.people()
	approvals.only("Sales Manager", LEAD)


@pytest.fixture
def policy():
	return approvals.policy()


def submit(doc):
	return frappe.get_doc("Quotation", doc.name).submit()


def of_log(name, what):
	return [row for row in approval(name).decisions if row.decision == what]


# What a draft says of itself


@pytest.mark.parametrize(
	("rate", "expected"),
	[(100, "Not Required"), (90, "Not Required"), (89.99, "Required"), (0.01, "Required")],
)
def test_policy_says_at_once_what_a_draft_needs(policy, rate, expected):
	assert status(quote(rate=rate)) == expected


def test_without_approval_it_cannot_be_submitted_and_is_told_why(policy):
	draft = quote()
	with pytest.raises(frappe.ValidationError, match="More than 10 % off") as refusal:
		submit(draft)
	assert "Request Approval" in str(refusal.value)
	assert frappe.db.get_value("Quotation", draft.name, "docstatus") == 0


def test_within_policy_it_is_submitted(policy):
	assert submit(quote(rate=95)).docstatus == 1


# The preview


def test_the_preview_says_what_would_be_asked_of_whom_in_which_order():
	approvals.policy(SMALL, LARGE, TERMS, every_level="Ask each in order")
	draft = quote(rate=60)
	with acting(REP):
		preview = api.preview_approval(draft.name)
	assert (preview["status"], preview["policy"], preview["currency"]) == (
		"Required",
		"Pipeline Test Policy",
		"EUR",
	)
	figures = preview["measures"]
	assert [
		figures[name] for name in ("list_value", "quoted_value", "discount_amount", "discount_percent")
	] == [
		1000,
		600,
		400,
		40,
	]
	assert [
		(
			step["title"],
			step["measured"],
			step["threshold"],
			step["approvers"],
			step["needed"],
			step["verdict"],
		)
		for step in preview["steps"]
	] == [
		("More than 10 % off", 40, 10, ["Lead"], 1, "asks"),
		("More than 30 % off", 40, 30, ["Boss"], 1, "asks"),
	]
	assert preview["may_request"] and not preview["alone"] and not preview["may_decide"]
	assert frappe.db.count("Quote Approval", {"quotation": draft.name}) == 0


def test_the_preview_shows_every_line_with_what_it_gives_away(policy):
	draft = quote()
	with acting(REP):
		(line,) = api.preview_approval(draft.name)["lines"]
	assert (line["item"], line["list_value"], line["quoted_value"], line["discount_percent"]) == (
		factories.WIDGET,
		1000,
		800,
		20,
	)
	assert (line["margin_percent"], line["below_cost"], line["remark"]) == (68.75, False, "")


def test_who_is_asked_sees_the_request_and_needs_no_permission_on_the_quotation():
	approvals.policy(rule(approver_type="User", user=BOSS))
	draft = quote()
	name = request(draft)
	with acting(BOSS):
		assert not frappe.has_permission("Quotation", "read", draft.name)
		assert api.preview_approval(draft.name)["may_decide"]
		view = api.view_approval(name)
		assert (view["status"], view["comment"], view["requested_by"]) == (
			"Pending",
			"They have a cheaper offer",
			"Rep",
		)
		assert [line["quoted_value"] for line in view["lines"]] == [800]
		assert api.decide(name, "approve") == "Approved"
	assert status(draft) == "Approved"


def test_a_stranger_sees_neither(policy):
	draft = quote()
	name = request(draft)
	with acting(factories.user("guest@pipeline-test.example")):
		for look in (lambda: api.preview_approval(draft.name), lambda: api.view_approval(name)):
			with pytest.raises(frappe.PermissionError):
				look()


# Request, approve, reject


def test_request_approve_submit(policy):
	draft = quote()
	modified = frappe.db.get_value("Quotation", draft.name, "modified")
	name = request(draft)
	assert status(draft) == "Pending"
	with pytest.raises(frappe.ValidationError, match="Wait for"):
		submit(draft)
	assert decide(name, LEAD, "approve", "One time only") == "Approved"
	assert status(draft) == "Approved"
	assert frappe.db.get_value("Quotation", draft.name, "modified") == modified
	with acting(REP):
		assert submit(draft).docstatus == 1
	(step,) = approval(name).steps
	assert (step.status, step.decided_by, step.comment) == ("Approved", LEAD, "One time only")
	assert (step.measured, step.threshold) == (20, 10)


def test_what_is_given_away_is_written_down(policy):
	made = approval(request(quote()))
	assert (made.list_value, made.quoted_value, made.discount_percent) == (1000, 800, 20)
	assert (made.margin_amount, made.margin_percent) == (550, 68.75)
	assert (made.requested_by, made.status, made.currency) == (REP, "Pending", "EUR")
	(line,) = made.lines
	assert (line.item_code, line.qty, line.list_value, line.quoted_value) == (factories.WIDGET, 10, 1000, 800)


def test_every_decision_is_in_the_log_with_what_was_seen(policy):
	name = request(quote())
	decide(name, LEAD, "approve", "Fine")
	made = approval(name)
	assert log(name) == [("Requested", REP), ("Approved", LEAD)]
	entry = made.decisions[1]
	assert (entry.title, entry.measured, entry.fingerprint, entry.comment) == (
		"More than 10 % off",
		20,
		made.fingerprint,
		"Fine",
	)
	assert entry.on_behalf_of is None and entry.decided_on


def test_a_rejection_needs_a_reason_and_stops_the_quote(policy):
	draft = quote()
	name = request(draft)
	with pytest.raises(frappe.ValidationError, match="Say why"):
		decide(name, LEAD, "reject", "  ")
	assert decide(name, LEAD, "reject", "Too much") == "Rejected"
	assert status(draft) == "Rejected"
	assert told(REP)[-1] == f"Lead rejected {draft.name}"
	with pytest.raises(frappe.ValidationError, match="Change what was objected to"):
		submit(draft)


def test_one_rejection_ends_the_groups_beside_it():
	approvals.policy(rule(), TERMS)
	name = request(quote())
	assert todos(name) == [FINANCE, LEAD]
	decide(name, FINANCE, "reject", "Not this quarter")
	assert steps(name) == {"More than 10 % off": "Closed", "Beyond 1000": "Rejected"}
	assert (todos(name), approval(name).status) == ([], "Rejected")
	with pytest.raises(frappe.PermissionError, match="No step waits"):
		decide(name, LEAD)


def test_groups_are_asked_at_once_and_all_must_agree():
	approvals.policy(rule(), TERMS)
	name = request(quote())
	assert decide(name, FINANCE) == "Pending"
	assert steps(name) == {"More than 10 % off": "Pending", "Beyond 1000": "Approved"}
	assert decide(name, LEAD) == "Approved"


def test_levels_are_asked_in_order_and_the_next_is_told_when_its_turn_comes():
	approvals.policy(SMALL, LARGE, every_level="Ask each in order")
	name = request(quote(rate=60))
	assert steps(name) == {"More than 10 % off": "Pending", "More than 30 % off": "Waiting"}
	assert (todos(name), told(BOSS)) == ([LEAD], [])
	with pytest.raises(frappe.PermissionError, match="somebody else"):
		decide(name, BOSS)
	assert decide(name, LEAD) == "Pending"
	assert steps(name) == {"More than 10 % off": "Approved", "More than 30 % off": "Pending"}
	assert (todos(name), todos(name, "Closed"), len(told(BOSS))) == ([BOSS], [LEAD], 1)
	assert decide(name, BOSS) == "Approved"


def test_only_the_highest_level_is_asked_unless_the_policy_says_otherwise():
	approvals.policy(SMALL, LARGE)
	assert asked(request(quote(rate=60))) == {"More than 30 % off": [BOSS]}
	assert asked(request(quote(rate=80))) == {"More than 10 % off": [LEAD]}


def test_who_answers_two_steps_may_say_which():
	approvals.policy(rule(), rule("Beyond 700", measure="Quoted Value", threshold=700))
	name = request(quote())
	assert decide(name, LEAD, step=2) == "Pending"
	rows = {row.idx: row.status for row in approval(name).steps}
	assert rows == {1: "Pending", 2: "Approved"}
	for nonsense in (2, 0, -1, 9):
		with pytest.raises(frappe.PermissionError, match=r"No step waits|already"):
			decide(name, LEAD, step=nonsense)
	assert decide(name, LEAD, step=1) == "Approved"


# Recall and a new request


def test_recall_by_the_one_who_asked_and_not_by_a_stranger(policy):
	draft = quote()
	name = request(draft)
	with acting(factories.user("guest@pipeline-test.example")), pytest.raises(frappe.PermissionError):
		api.recall_approval(name)
	with acting(LEAD):
		assert api.view_approval(name)["may_recall"] is frappe.has_permission(
			"Quotation", "write", draft.name
		)
	with acting(REP):
		assert api.recall_approval(name) == "Recalled"
	assert (status(draft), todos(name), steps(name)) == ("Recalled", [], {"More than 10 % off": "Closed"})
	with pytest.raises(frappe.PermissionError, match="No step waits"):
		decide(name, LEAD)
	with acting(REP), pytest.raises(frappe.PermissionError, match="No step waits"):
		api.recall_approval(name)


def test_a_new_request_takes_the_place_of_the_one_that_waits(policy):
	draft = quote()
	first = request(draft)
	second = request(change(draft, 75))
	assert (approval(first).status, todos(first)) == ("Closed", [])
	assert log(first) == [("Requested", REP), ("Closed", REP)]
	assert frappe.db.get_value("Quotation", draft.name, "pe_approval") == second
	assert (status(draft), todos(second)) == ("Pending", [LEAD])


# What an approval covers


def test_worse_makes_it_stale_and_asks_only_whom_it_touches():
	approvals.policy(rule(), TERMS)
	draft = quote()
	first = request(draft)
	decide(first, LEAD)
	decide(first, FINANCE)
	change(draft, 75)
	assert status(draft) == "Stale"
	with pytest.raises(frappe.ValidationError, match="changed after"):
		submit(draft)
	second = request(draft)
	assert steps(second) == {"More than 10 % off": "Pending", "Beyond 1000": "Kept"}
	assert [(row.user, row.measured, row.title) for row in of_log(second, "Kept")] == [
		(FINANCE, 800, "Beyond 1000")
	]
	assert todos(second) == [LEAD]
	assert decide(second, LEAD) == "Approved"
	assert status(draft) == "Approved"


@pytest.mark.parametrize("better", [81, 90, 95])
def test_better_asks_nobody(policy, better):
	draft = quote()
	decide(request(draft), LEAD)
	assert status(change(draft, better)) in ("Approved", "Not Required")
	assert submit(draft).docstatus == 1


def test_a_kept_agreement_covers_what_was_agreed_to_and_no_more():
	approvals.policy(rule(), TERMS)
	draft = quote(rate=80)
	first = request(draft)
	decide(first, LEAD)
	with acting(REP):
		api.recall_approval(first)
	better = request(change(draft, 85))
	assert steps(better) == {"More than 10 % off": "Kept", "Beyond 1000": "Pending"}
	assert status(change(draft, 80)) == "Pending"
	assert status(change(draft, 79.99)) == "Stale"


def test_a_change_that_is_not_commercial_keeps_the_approval(policy):
	draft = quote()
	decide(request(draft), LEAD)
	changed = frappe.get_doc("Quotation", draft.name)
	changed.update({"letter_head": None, "title": "Another title"})
	changed.save()
	assert status(draft) == "Approved"
	assert submit(draft).docstatus == 1


def test_nothing_is_decided_on_a_quote_that_became_worse(policy):
	draft = quote()
	name = request(draft)
	change(draft, 75)
	for decision in ("approve", "reject"):
		with pytest.raises(frappe.ValidationError, match=r"gives away more\. Ask for a new request"):
			decide(name, LEAD, decision, "Comment")
	assert log(name) == [("Requested", REP)]


def test_nor_on_one_that_was_changed_past_every_event(policy):
	draft = quote()
	name = request(draft)
	row = draft.items[0].name
	frappe.db.set_value("Quotation Item", row, {"rate": 1, "net_amount": 10, "base_net_amount": 10})
	with pytest.raises(frappe.ValidationError, match="gives away more"):
		decide(name, LEAD)


def test_one_that_became_no_worse_is_decided_and_the_log_keeps_what_was_seen(policy):
	draft = quote()
	name = request(draft)
	change(draft, 85)
	assert status(draft) == "Pending"
	assert decide(name, LEAD) == "Approved"
	(entry,) = of_log(name, "Approved")
	assert (entry.measured, entry.fingerprint == approval(name).fingerprint) == (15, False)
	assert status(draft) == "Approved"


def test_nothing_is_kept_for_another_customer(policy):
	draft = quote()
	decide(request(draft), LEAD)
	other = factories.customer("Another")
	change(draft, 80, party_name=other.name)
	assert status(draft) == "Stale"
	assert steps(request(draft)) == {"More than 10 % off": "Pending"}


# What the asker may grant


ONESELF = rule(
	"More than 5 % off", threshold=5, approval_group="Discount", approver_type="Oneself", role=None
)
BY_LEAD = rule("More than 10 % off", approval_group="Discount", level=2)


def test_what_the_asker_may_grant_is_granted_at_once_and_recorded():
	approvals.policy(ONESELF, BY_LEAD)
	draft = quote(rate=92)
	with acting(REP):
		assert api.preview_approval(draft.name)["alone"]
	name = request(draft)
	assert (approval(name).status, steps(name), status(draft)) == (
		"Approved",
		{"More than 5 % off": "Granted"},
		"Approved",
	)
	assert log(name) == [("Requested", REP), ("Granted", REP)]
	assert todos(name) == []
	assert submit(draft).docstatus == 1


def test_submitting_grants_it_and_records_who_did():
	approvals.policy(ONESELF, BY_LEAD)
	draft = quote(rate=92)
	with acting(REP):
		assert submit(draft).docstatus == 1
	name = frappe.db.get_value("Quotation", draft.name, "pe_approval")
	assert (status(draft), log(name)) == ("Approved", [("Requested", REP), ("Granted", REP)])
	assert (approval(name).discount_percent, approval(name).margin_percent) == (8, 72.8261)


def test_nothing_is_granted_alone_that_needs_others():
	approvals.policy(ONESELF, TERMS)
	draft = quote(rate=92)
	with pytest.raises(frappe.ValidationError, match="You cannot grant all of this alone"):
		asking.grant_alone(draft, assessed(draft))
	assert frappe.db.count("Quote Approval", {"quotation": draft.name}) == 0


# Nobody approves their own


def test_nobody_approves_their_own():
	approvals.policy()
	frappe.get_doc("User", REP).add_roles("Sales Manager")
	name = request(quote())
	assert asked(name) == {"More than 10 % off": [LEAD]}
	with pytest.raises(frappe.PermissionError, match="their own"):
		decide(name, REP)


def test_the_writer_of_the_quote_does_not_approve_what_somebody_else_asked_for(policy):
	frappe.get_doc("User", REP).add_roles("Sales Manager")
	name = request(quote(), by=OTHER)
	assert asked(name) == {"More than 10 % off": [LEAD]}
	for own in (REP, OTHER):
		with pytest.raises(frappe.PermissionError, match="their own"):
			decide(name, own)


def test_what_one_agreed_to_is_not_kept_in_a_request_of_ones_own(policy):
	"""The lead agreed, then asks for the same quote: somebody else has to agree."""
	draft = quote()
	decide(request(draft), LEAD)
	approvals.only("Sales Manager", LEAD, BOSS)
	change(draft, 75)
	with acting(REP):
		api.recall_approval(request(draft))
	change(draft, 80)
	name = request(draft, by=LEAD)
	assert (steps(name), asked(name)) == ({"More than 10 % off": "Pending"}, {"More than 10 % off": [BOSS]})


def test_a_step_waits_for_its_approver_only(policy):
	name = request(quote())
	for stranger in (OTHER, "Administrator", FINANCE, DESK):
		with pytest.raises(frappe.PermissionError):
			decide(name, stranger)
	assert approval(name).status == "Pending"


# Questions, handing over


def test_a_question_goes_to_the_asker_and_the_deadline_stays():
	approvals.policy(rule(deadline_hours=8))
	draft = quote()
	name = request(draft)
	due = approval(name).deadline
	with acting(LEAD):
		api.ask_question(name, "Who else bids?")
	assert told(REP) == [f"Lead asks about {draft.name}"]
	with acting(REP):
		view = api.view_approval(name)
		assert (view["question"], view["may_answer"]) == ("Who else bids?", True)
		api.answer_question(name, "Initech")
		assert api.view_approval(name)["question"] is None
		with pytest.raises(frappe.ValidationError, match="Nobody has asked"):
			api.answer_question(name, "Initech again")
	assert told(LEAD)[-1] == f"Rep answers your question about {draft.name}"
	assert log(name) == [("Requested", REP), ("Asked", LEAD), ("Answered", REP)]
	assert (approval(name).deadline, todos(name), approval(name).status) == (due, [LEAD], "Pending")
	assert [row.to_user for row in approval(name).decisions] == [None, REP, LEAD]


def test_only_who_is_asked_asks_and_only_the_quotes_own_people_answer(policy):
	name = request(quote())
	for stranger in (OTHER, DESK, REP):
		with acting(stranger), pytest.raises(frappe.PermissionError):
			api.ask_question(name, "Why?")
	with acting(LEAD):
		api.ask_question(name, "Why?")
		with pytest.raises(frappe.PermissionError, match="Only who asked"):
			api.answer_question(name, "Because")
		for nothing in ("", "   "):
			with pytest.raises(frappe.ValidationError, match="Write what you need to know"):
				api.ask_question(name, nothing)


def test_handing_over_asks_another_instead(policy):
	name = request(quote())
	with acting(LEAD):
		api.hand_over(name, BOSS, "You know them")
	assert (asked(name), todos(name)) == ({"More than 10 % off": [BOSS]}, [BOSS])
	(entry,) = of_log(name, "Handed Over")
	assert (entry.user, entry.to_user, entry.comment) == (LEAD, BOSS, "You know them")
	with pytest.raises(frappe.PermissionError, match="somebody else"):
		decide(name, LEAD)
	assert decide(name, BOSS) == "Approved"


@pytest.mark.parametrize(
	("to", "why"),
	[
		(REP, "their own"),
		(LEAD, "asked already"),
		("Guest", "cannot log in"),
		("nobody@nowhere.example", "cannot log in"),
		("", "cannot log in"),
	],
)
def test_to_whom_nothing_is_handed_over(policy, to, why):
	name = request(quote())
	with acting(LEAD), pytest.raises(frappe.ValidationError, match=why):
		api.hand_over(name, to)
	assert asked(name) == {"More than 10 % off": [LEAD]}


def test_nobody_hands_over_what_is_not_theirs(policy):
	name = request(quote())
	for stranger in (OTHER, DESK, REP):
		with acting(stranger), pytest.raises(frappe.PermissionError):
			api.hand_over(name, BOSS)


# Who hears of it


def test_who_is_asked_gets_a_todo_and_a_notification(policy):
	frappe.get_doc(
		{"doctype": "Email Account", "email_id": "out@x.example", "enable_outgoing": 1}
	).db_insert()
	draft = quote()
	name = request(draft)
	(todo,) = frappe.get_all("ToDo", {"reference_name": name}, ["allocated_to", "assigned_by", "status"])
	assert (todo.allocated_to, todo.assigned_by, todo.status) == (LEAD, REP, "Open")
	assert told(LEAD) == [f"Rep asks you to approve {draft.name} for Acme"]


def test_a_site_that_cannot_send_mail_asks_all_the_same(policy, monkeypatch):
	def broken(**mail):
		frappe.throw("Please setup a default outgoing Email Account", frappe.OutgoingEmailError)

	monkeypatch.setattr(frappe, "sendmail", broken)
	name = request(quote())
	assert (todos(name), len(told(LEAD)), frappe.get_message_log()) == ([LEAD], 1, [])
	assert decide(name, LEAD) == "Approved"


def test_the_email_opens_the_request_behind_the_login(policy, monkeypatch):
	mails = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: mails.append(mail))
	draft = quote()
	name = request(draft)
	(mail,) = mails
	assert (mail["recipients"], mail["subject"]) == ([LEAD], f"Rep asks you to approve {draft.name} for Acme")
	html = frappe.render_template("templates/emails/quote_approval.html", mail["args"])
	assert frappe.utils.get_url_to_form("Quote Approval", name) in html
	assert "They have a cheaper offer" in html and "More than 10 % off" in html


def test_an_email_shows_what_people_write_as_text(policy, monkeypatch):
	mails = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: mails.append(mail))
	request(quote(), comment="<script>alert(1)</script>")
	html = frappe.render_template("templates/emails/quote_approval.html", mails[0]["args"])
	assert "<script" not in html


# Closing


@pytest.mark.parametrize("end", ["delete", "close"])
def test_what_ends_a_quote_ends_its_request(policy, end):
	draft = quote()
	name = request(draft)
	if end == "delete":
		frappe.delete_doc("Quotation", draft.name)
	else:
		closing.close("Quotation", draft.name, "The quotation was discarded.")
	made = approval(name)
	assert (made.status, made.decisions[-1].decision, todos(name)) == ("Closed", "Closed", [])
	assert made.closed_on and made.deadline is None
	with pytest.raises((frappe.PermissionError, frappe.DoesNotExistError)):
		decide(name, LEAD)


def test_closing_leaves_alone_what_is_decided(policy):
	draft = quote()
	name = request(draft)
	decide(name, LEAD)
	closing.close("Quotation", draft.name, "The quotation was cancelled.")
	assert approval(name).status == "Approved"


def test_an_expired_quotation_waits_for_nobody(policy):
	old, valid = quote(), quote()
	names = [request(each) for each in (old, valid)]
	frappe.db.set_value("Quotation", old.name, "valid_till", add_days(nowdate(), -1))
	frappe.db.set_value("Quotation", valid.name, "valid_till", nowdate())
	closing.close_expired()
	assert [approval(name).status for name in names] == ["Closed", "Pending"]
	assert approval(names[0]).decisions[-1].comment == "The quotation is no longer valid."
	with pytest.raises(frappe.ValidationError, match="no longer valid"):
		request(old)


# Disguises


@pytest.mark.parametrize(
	"disguise",
	[
		{"price_list_rate": 80, "discount_percentage": 0},
		{"rate": 100, "discount_percentage": 20, "price_list_rate": 100},
		{"rate": 80, "price_list_rate": 0},
	],
)
def test_a_discount_counts_however_it_is_dressed_up(policy, disguise):
	draft = quote(rate=100)
	draft.items[0].update({**disguise, "rate": 80})
	draft.ignore_pricing_rule = 1
	draft.save()
	assert status(draft) == "Required"


def test_a_header_discount_counts(policy):
	draft = quote(rate=100, apply_discount_on="Net Total", additional_discount_percentage=20)
	assert status(draft) == "Required"


def test_a_quote_in_another_currency_is_measured_in_the_companys(policy):
	"""80 USD are 72 EUR, against a list of 100 EUR: 28 % off, whatever rate the client sends."""
	draft = quote(rate=80, currency=factories.FOREIGN_CURRENCY, conversion_rate=2)
	with acting(REP):
		figures = api.preview_approval(draft.name)["measures"]
	assert (figures["discount_percent"], figures["quoted_value"]) == (28, 720)


def test_a_client_cannot_write_the_status(policy):
	draft = quote()
	changed = frappe.get_doc("Quotation", draft.name)
	changed.pe_approval_status = "Approved"
	changed.save()
	assert status(draft) == "Required"
	changed.pe_approval_status = "Approved"
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		changed.submit()


def test_another_quotations_approval_does_not_count(policy):
	approved = quote()
	name = request(approved)
	decide(name, LEAD)
	other = quote(rate=10)
	frappe.db.set_value("Quotation", other.name, "pe_approval", name)
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		submit(other)


def test_a_copy_starts_afresh(policy):
	approved = quote()
	decide(request(approved), LEAD)
	copied = frappe.copy_doc(frappe.get_doc("Quotation", approved.name)).insert()
	assert (copied.pe_approval, copied.pe_approval_status) == (None, "Required")


def test_an_insert_that_is_submitted_at_once_meets_the_same_policy(policy):
	copied = frappe.copy_doc(quote())
	copied.docstatus = 1
	with pytest.raises(frappe.ValidationError, match="needs approval"):
		copied.insert()


# The record


def test_a_request_is_not_made_changed_renamed_or_deleted_by_hand(policy):
	name = request(quote())
	made = approval(name)
	made.status = "Approved"
	deeds = [
		lambda: made.save(ignore_permissions=True),
		lambda: made.db_set("status", "Approved"),
		lambda: frappe.client.set_value("Quote Approval", name, "status", "Approved"),
		lambda: frappe.delete_doc("Quote Approval", name, ignore_permissions=True, force=True),
		lambda: frappe.rename_doc("Quote Approval", name, "QAPP-X", force=True),
		lambda: frappe.copy_doc(made).insert(ignore_permissions=True),
	]
	for deed in deeds:
		with pytest.raises(frappe.ValidationError, match="the record of who agreed"):
			deed()
	assert frappe.db.get_value("Quote Approval", name, "status") == "Pending"


def test_nor_is_a_row_of_one(policy):
	name = request(quote())
	made = approval(name)
	row, step = made.decisions[0], made.steps[0]
	forged = {
		"doctype": "Quote Approval Decision",
		"parent": name,
		"parenttype": "Quote Approval",
		"parentfield": "decisions",
		"decision": "Approved",
		"user": LEAD,
		"rule": step.rule,
	}
	deeds = [
		lambda: frappe.get_doc(forged).insert(ignore_permissions=True),
		lambda: frappe.client.insert(dict(forged)),
		lambda: frappe.get_doc("Quote Approval Decision", row.name).save(ignore_permissions=True),
		lambda: frappe.get_doc("Quote Approval Step", step.name).db_set("asked", REP),
		lambda: frappe.client.set_value("Quote Approval Step", step.name, "asked", REP),
		lambda: frappe.delete_doc("Quote Approval Decision", row.name, ignore_permissions=True, force=True),
		lambda: frappe.client.delete("Quote Approval Decision", row.name),
	]
	for deed in deeds:
		with pytest.raises(frappe.ValidationError, match="the record of who agreed"):
			deed()
	assert (log(name), asked(name)) == ([("Requested", REP)], {"More than 10 % off": [LEAD]})


def test_who_sees_a_request(policy):
	name = request(quote())
	seen = {}
	for who in (REP, LEAD, OTHER, DESK, BOSS, FINANCE):
		with acting(who):
			seen[who] = [row.name for row in frappe.get_list("Quote Approval")]
			assert frappe.has_permission("Quote Approval", "read", name) is bool(seen[who])
			rows = frappe.client.get_list("Quote Approval Line", parent="Quote Approval", fields=["parent"])
			assert [row.parent for row in rows] == seen[who]
	assert seen == {REP: [name], LEAD: [name], OTHER: [], DESK: [name], BOSS: [], FINANCE: []}


def test_who_is_asked_by_name_or_for_somebody_else_sees_it_too():
	approvals.policy(rule(approver_type="User", user=BOSS))
	name = request(quote())
	approvals.delegate(BOSS, OTHER)
	for who in (BOSS, OTHER):
		with acting(who):
			assert [row.name for row in frappe.get_list("Quote Approval")] == [name]
			assert frappe.has_permission("Quote Approval", "read", name)
	with acting(LEAD):
		assert frappe.get_list("Quote Approval") == []


# Bad input


@pytest.mark.parametrize(
	("call", "error"),
	[
		(lambda name: api.decide(name, "maybe"), "not a decision"),
		(lambda name: api.decide(name, ""), "not a decision"),
		(lambda name: api.decide("No such request", "approve"), "not found"),
		(lambda name: api.request_approval("No such quotation"), "not found"),
		(lambda name: api.answer_question(name, " "), "Write an answer"),
	],
)
def test_bad_input_is_answered_in_words(policy, call, error):
	name = request(quote())
	with pytest.raises(frappe.ValidationError, match=error):
		call(name)


def test_a_quote_that_needs_nothing_has_nothing_to_ask(policy):
	draft = quote(rate=100)
	with pytest.raises(frappe.ValidationError, match="needs no approval"):
		request(draft)


def test_only_who_may_write_the_quotation_asks(policy):
	draft = quote()
	for stranger in (BOSS, FINANCE, DESK):
		with acting(stranger), pytest.raises(frappe.PermissionError):
			api.request_approval(draft.name)


def test_only_a_draft_is_asked_for(policy):
	submitted = submit(quote(rate=95))
	with pytest.raises(frappe.ValidationError, match="Only a draft"):
		request(submitted)


# Sales Orders


def order(rate):
	doc = frappe.get_doc(
		{
			"doctype": "Sales Order",
			"company": factories.COMPANY,
			"customer": factories.customer("Orders Straight Away").name,
			"currency": factories.CURRENCY,
			"selling_price_list": factories.PRICE_LIST,
			"transaction_date": nowdate(),
			"delivery_date": add_days(nowdate(), 14),
			"items": [{"item_code": factories.WIDGET, "qty": 10, "rate": rate}],
		}
	)
	with acting(REP):
		return doc.insert()


def test_an_order_is_asked_for_and_decided_on_like_a_quotation():
	approvals.policy(also_orders=1)
	made = order(80)
	assert made.pe_order_approval_status == "Required"
	with acting(REP):
		preview = api.preview_order_approval(made.name)
		assert [(step["title"], step["measured"]) for step in preview["steps"]] == [
			("More than 10 % off", 20)
		]
		name = api.request_order_approval(made.name, "Repeat customer")
	assert (approval(name).sales_order, approval(name).quotation, todos(name)) == (made.name, None, [LEAD])
	assert decide(name, LEAD) == "Approved"
	assert frappe.db.get_value("Sales Order", made.name, "pe_order_approval_status") == "Approved"
	assert frappe.get_doc("Sales Order", made.name).submit().docstatus == 1


def test_an_order_that_is_deleted_closes_its_request():
	approvals.policy(also_orders=1)
	made = order(80)
	with acting(REP):
		name = api.request_order_approval(made.name)
	frappe.delete_doc("Sales Order", made.name)
	assert approval(name).status == "Closed"


# Two at once


def locked_by(act, monkeypatch):
	"""The DocTypes whose rows are locked, in the order of their first lock."""
	tables, run = [], frappe.db.sql

	def noted(query, *args, **kwargs):
		if "for update" in str(query).lower():
			tables.append(str(query).split("FROM `tab", 1)[-1].split("`", 1)[0])
		return run(query, *args, **kwargs)

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", noted)
		act()
	return [each for each in dict.fromkeys(tables) if each in ("Quotation", "Quote Approval")]


@pytest.mark.parametrize(
	"deed", ["decide", "ask", "hand over", "recall", "watch", "close", "request", "save"]
)
def test_whoever_locks_a_quote_and_its_request_locks_the_quote_first(policy, monkeypatch, deed):
	draft = quote()
	name = request(draft)
	deeds = {
		"decide": lambda: decide(name, LEAD),
		"ask": lambda: as_lead(lambda: api.ask_question(name, "Why?")),
		"hand over": lambda: as_lead(lambda: api.hand_over(name, BOSS)),
		"recall": lambda: closing.recall(name),
		"watch": lambda: deadlines._attend(name, Staff(getdate(), getdate()), now_datetime()),
		"close": lambda: closing.close("Quotation", draft.name, "Over"),
		"request": lambda: request(draft),
		"save": lambda: frappe.get_doc("Quotation", draft.name).save(),
	}
	locks = locked_by(deeds[deed], monkeypatch)
	assert locks[0] == "Quotation"
	assert "Quote Approval" in locks or deed == "save"


def as_lead(act):
	with acting(LEAD):
		act()


# What it costs


def ten_lines(rate):
	draft = quote(rate=100)
	draft.set("items", [{"item_code": factories.WIDGET, "qty": 1, "rate": rate} for _ in range(10)])
	return draft.save()


def test_what_saving_and_submitting_a_quote_costs(policy):
	draft = ten_lines(80)
	decide(request(draft), LEAD)

	def save():
		doc = frappe.get_doc("Quotation", draft.name)
		doc.title = "Saved"
		doc.save()

	assert extra_queries(save) <= 3
	assert extra_queries(lambda: frappe.get_doc("Quotation", draft.name).submit()) <= 4
