"""Every submitted state of a quote is numbered and kept, one of them counts, and each says what changed."""

from __future__ import annotations

from datetime import date, timedelta

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import add_days, getdate, nowdate

from pipeline_ext import api
from pipeline_ext.quoting import revising
from tests.site import factories
from tests.site.measure import count_queries

REP = "rep@pipeline-test.example"
LAST_WEEK = date.today() - timedelta(7)


@pytest.fixture
def deal():
	return factories.opportunity(factories.customer(), lines={factories.WIDGET: 10, factories.GADGET: 5})


@pytest.fixture
def quotation(deal):
	"""Dated last week, valid for thirty days."""
	return factories.quotation(
		deal, on=LAST_WEEK, valid_till=add_days(LAST_WEEK, 30), terms="<p>Delivery in 4 weeks.</p>"
	)


def revise(quotation, **fields):
	"""The next revision, submitted."""
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	draft.update(fields)
	return draft.submit()


def amend(quotation):
	"""Cancelled and amended by hand; not submitted."""
	quotation = frappe.get_doc("Quotation", quotation.name)
	if quotation.docstatus == 1:
		quotation.cancel()
	amended = frappe.copy_doc(quotation)
	amended.update({"docstatus": 0, "amended_from": quotation.name})
	return amended.insert()


def recorded(quotation):
	"""(number, quotation, whether it is current) of each revision, the latest first."""
	return [
		(each["number"], each["quotation"], each["is_current"]) for each in api.list_revisions(quotation.name)
	]


def order_lines(quotation, qty):
	draft = make_sales_order(quotation.name)
	draft.update({"delivery_date": nowdate(), "payment_schedule": []})
	draft.items[0].qty = qty
	return draft


# Numbers


def test_every_submitted_state_is_the_next_revision_of_one_quote(quotation):
	second = revise(quotation)
	third = amend(second).submit()
	fourth = revise(third)
	assert recorded(quotation) == [
		(4, fourth.name, True),
		(3, third.name, False),
		(2, second.name, False),
		(1, quotation.name, False),
	]
	assert recorded(fourth) == recorded(quotation)
	assert [doc.pe_revision for doc in (quotation, second, third, fourth)] == [1, 2, 3, 4]
	assert [doc.pe_revision_of for doc in (second, third, fourth)] == [
		quotation.name,
		second.name,
		third.name,
	]


def test_nothing_is_current_once_the_last_revision_is_cancelled(quotation):
	second = revise(quotation)
	second.reload().cancel()
	assert recorded(quotation) == [(2, second.name, False), (1, quotation.name, False)]


def test_a_submitted_quotation_that_is_changed_in_place_is_the_next_revision(quotation):
	in_place = frappe.get_doc("Quotation", quotation.name)
	in_place.flags.ignore_validate_update_after_submit = True
	in_place.terms = "<p>Delivery in 6 weeks.</p>"
	in_place.save()
	assert recorded(quotation) == [(2, quotation.name, True), (1, quotation.name, False)]
	assert frappe.db.get_value("Quotation", quotation.name, "pe_revision") == 2
	third = revise(in_place)
	assert recorded(quotation)[0] == (3, third.name, True)


def test_a_new_title_of_a_submitted_quotation_is_no_revision(quotation):
	in_place = frappe.get_doc("Quotation", quotation.name)
	in_place.title = "Another title"
	in_place.save()
	assert recorded(quotation) == [(1, quotation.name, True)]


def test_what_was_submitted_before_the_app_was_there_is_numbered_when_it_is_revised(quotation):
	amended = amend(quotation).submit()
	frappe.db.delete("Quote Revision", {"first_quotation": quotation.name})
	frappe.db.set_value("Quotation", amended.name, {"pe_revision": 0, "pe_revision_of": None})
	third = revise(amended)
	assert recorded(third) == [
		(3, third.name, True),
		(2, amended.name, False),
		(1, quotation.name, False),
	]


def test_recording_costs_one_query(quotation):
	draft = frappe.copy_doc(quotation)
	draft.docstatus = 0
	draft.insert()
	draft.submit()
	frappe.db.delete("Quote Revision", {"quotation": draft.name})
	assert count_queries(lambda: revising.record(draft)) == 1


# Making a revision


def test_a_revision_is_the_same_quote_dated_today(quotation, deal):
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	assert (draft.docstatus, draft.status, draft.pe_revision) == (0, "Draft", 0)
	assert draft.pe_revision_of == quotation.name
	assert draft.transaction_date == getdate()
	assert draft.valid_till == getdate(add_days(nowdate(), 30))
	assert (draft.opportunity, draft.items[0].prevdoc_docname) == (deal.name, deal.name)
	assert [(row.item_code, row.qty, row.rate) for row in draft.items] == [
		(factories.WIDGET, 10, 100),
		(factories.GADGET, 5, 40),
	]
	assert (draft.net_total, draft.terms) == (1200, quotation.terms)


def test_payment_terms_agreed_by_hand_move_with_the_date(deal):
	terms = [
		{"invoice_portion": 40, "due_date": LAST_WEEK},
		{"invoice_portion": 60, "due_date": add_days(LAST_WEEK, 45)},
	]
	quotation = factories.quotation(deal, on=LAST_WEEK, payment_schedule=terms)
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	assert [(row.invoice_portion, row.due_date, row.payment_amount) for row in draft.payment_schedule] == [
		(40, getdate(), 480),
		(60, getdate(add_days(nowdate(), 45)), 720),
	]


def test_the_old_revision_is_valid_until_the_new_one_is_submitted(quotation):
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	assert recorded(draft) == [(1, quotation.name, True)]
	assert frappe.db.get_value("Quotation", quotation.name, ["docstatus", "status"]) == (1, "Open")
	draft.submit()
	assert frappe.db.get_value("Quotation", quotation.name, ["docstatus", "pe_superseded_by"]) == (
		2,
		draft.name,
	)


def test_an_expired_quotation_may_be_revised(deal):
	expired = factories.quotation(deal, on=LAST_WEEK, valid_till=add_days(LAST_WEEK, 2))
	assert frappe.get_doc("Quotation", api.make_revision(expired.name)).valid_till == getdate(
		add_days(nowdate(), 2)
	)


def test_a_draft_has_no_revision(deal):
	draft = factories.quotation(deal, submit=False)
	with pytest.raises(revising.NotRevisable, match=f"{draft.name}</a> is a draft. Change it directly"):
		api.make_revision(draft.name)


def test_a_superseded_quotation_names_the_current_one(quotation):
	third = revise(revise(quotation))
	with pytest.raises(revising.NotRevisable, match=f"Its current revision is .*{third.name}</a>"):
		api.make_revision(quotation.name)


def test_a_cancelled_quotation_has_no_revision(quotation):
	quotation.reload().cancel()
	with pytest.raises(revising.NotRevisable, match="It is cancelled, and no revision has taken its place"):
		api.make_revision(quotation.name)


def test_what_is_ordered_from_even_partly_has_no_revision(quotation):
	factories.order(quotation, quantities={factories.WIDGET: 3})
	with pytest.raises(revising.NotRevisable, match="has been ordered from"):
		api.make_revision(quotation.name)


def test_a_lost_quotation_has_no_revision(quotation):
	quotation.reload().declare_enquiry_lost([], [])
	with pytest.raises(revising.NotRevisable, match="is lost"):
		api.make_revision(quotation.name)


def test_there_is_one_draft_of_a_revision_at_a_time(quotation):
	draft = api.make_revision(quotation.name)
	with pytest.raises(revising.NotRevisable, match=f"Go on with .*{draft}</a>, or delete it"):
		api.make_revision(quotation.name)
	frappe.delete_doc("Quotation", draft)
	assert api.make_revision(quotation.name)


def test_who_may_not_write_the_quotation_makes_no_revision(quotation, as_user):
	reader = factories.user("reader@pipeline-test.example", "Sales User")
	frappe.share.add("Quotation", quotation.name, reader, read=1)
	factories.role("Reader")
	with (
		as_user(factories.user("nobody@pipeline-test.example", "Reader")),
		pytest.raises(frappe.PermissionError),
	):
		api.make_revision(quotation.name)


# Submitting it


def test_the_old_one_is_cancelled_without_permission_to_cancel(quotation, as_user):
	factories.user(REP, "Sales User")
	for role in ("Sales User", "All"):
		frappe.db.set_value("DocPerm", {"parent": "Quotation", "role": role, "permlevel": 0}, "cancel", 0)
	frappe.clear_cache(doctype="Quotation")
	with as_user(REP):
		assert not frappe.has_permission("Quotation", "cancel", quotation.name)
		revise(quotation)
	assert frappe.db.get_value("Quotation", quotation.name, "docstatus") == 2


def test_of_two_successors_the_first_one_wins(quotation):
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	amended = amend(quotation).submit()
	with pytest.raises(revising.NotRevisable, match=f"Its current revision is .*{amended.name}</a>"):
		draft.submit()
	assert recorded(quotation) == [(2, amended.name, True), (1, quotation.name, False)]


def test_an_amendment_of_what_was_superseded_is_not_submitted(quotation):
	second = revise(quotation)
	with pytest.raises(revising.NotRevisable, match=f"Its current revision is .*{second.name}</a>"):
		amend(quotation).submit()


def test_a_revision_of_what_was_ordered_meanwhile_is_not_submitted(quotation):
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	factories.order(quotation)
	with pytest.raises(revising.NotRevisable, match="has been ordered from"):
		draft.submit()
	assert frappe.db.get_value("Quotation", quotation.name, "docstatus") == 1


def test_a_revision_of_what_was_cancelled_meanwhile_is_submitted(quotation):
	draft = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	quotation.reload().cancel()
	draft.submit()
	assert recorded(quotation) == [(2, draft.name, True), (1, quotation.name, False)]


# The deal


def state_of(deal):
	fields = ["status", "sales_stage", "pe_stage_entered_on", "probability"]
	entries = frappe.db.count("Pipeline Ledger Entry", {"document_name": deal.name})
	return (*frappe.db.get_value("Opportunity", deal.name, fields), entries)


def test_a_revision_leaves_the_deal_where_it_is(quotation, deal):
	before = state_of(deal)
	assert before[0] == "Quotation"
	revise(quotation)
	assert state_of(deal) == before


def test_a_deal_that_another_quotation_has_won_stays_won(quotation, deal):
	factories.order(factories.quotation(deal))
	before = state_of(deal)[:-1]
	assert before[0] == "Converted"
	revise(quotation)
	assert state_of(deal)[:-1] == before
	last = {"document_name": deal.name}
	assert frappe.db.get_value("Pipeline Ledger Entry", last, "outcome", order_by="sequence desc") == "Won"


def test_a_revision_leaves_the_lead_where_it_is():
	lead = factories.lead()
	quotation = factories.quotation(factories.opportunity(lead, lines={factories.WIDGET: 1}))
	before = frappe.db.get_value("Lead", lead.name, "status")
	revise(quotation)
	assert frappe.db.get_value("Lead", lead.name, "status") == before


# What the server keeps to itself

FORGED = {"pe_revision": 9, "pe_revision_of": "SAL-QTN-FORGED", "pe_superseded_by": "SAL-QTN-FORGED"}


def own(quotation):
	return frappe.db.get_value("Quotation", quotation.name, list(FORGED))


def test_a_client_forges_no_revision(deal):
	draft = factories.quotation(deal, submit=False, **FORGED)
	assert own(draft) == (0, None, None)
	draft.update(FORGED)
	draft.save()
	assert own(draft) == (0, None, None)
	draft.update(FORGED)
	draft.submit()
	assert own(draft) == (1, None, None)
	draft.reload().update(FORGED)
	draft.cancel()
	assert own(draft) == (1, None, None)


def test_a_forged_amendment_cancels_nothing(quotation, deal):
	victim = factories.quotation(deal)
	draft = factories.quotation(deal, submit=False)
	draft.amended_from = victim.name
	draft.submit()
	assert recorded(draft) == [(1, draft.name, True)]
	at_once = frappe.copy_doc(quotation)
	at_once.update({"docstatus": 1, "amended_from": victim.name})
	with pytest.raises(frappe.ValidationError):
		at_once.insert()
	assert frappe.db.get_value("Quotation", victim.name, ["docstatus", "pe_superseded_by"]) == (1, None)


def test_a_revision_is_not_written_changed_or_deleted_by_hand(quotation):
	name = api.list_revisions(quotation.name)[0]["name"]
	revision = frappe.get_doc("Quote Revision", name)
	revision.number = 7
	for act in (
		revision.save,
		frappe.copy_doc(revision).insert,
		lambda: frappe.delete_doc("Quote Revision", name, force=True),
		lambda: revision.db_set("number", 7),
	):
		with pytest.raises(frappe.ValidationError, match="Make a revision on the quotation"):
			act()
	assert frappe.db.get_value("Quote Revision", name, "number") == 1


def test_a_deleted_quotation_leaves_its_revisions(quotation):
	quotation.reload().cancel()
	frappe.delete_doc("Quotation", quotation.name)
	assert frappe.db.count("Quote Revision", {"quotation": quotation.name}) == 1


# Ordering


def test_a_draft_order_of_a_superseded_revision_is_not_submitted(quotation):
	draft = order_lines(quotation, 3).insert()
	revise(quotation)
	with pytest.raises(frappe.CancelledLinkError, match=quotation.name):
		draft.submit()


def test_an_order_that_names_a_superseded_revision_is_not_made(quotation):
	draft = order_lines(quotation, 3)
	revise(quotation)
	with pytest.raises(frappe.CancelledLinkError, match=quotation.name):
		draft.insert()


def test_an_order_past_frappes_check_of_links_names_the_current_revision(quotation):
	draft = order_lines(quotation, 3).insert()
	second = revise(quotation)
	draft.flags.ignore_links = True
	with pytest.raises(
		revising.OrderedFromSuperseded, match=f"{quotation.name}</a>. Its current revision is .*{second.name}"
	):
		draft.submit()


def test_an_order_of_the_current_revision_goes_through(quotation):
	second = revise(quotation)
	assert factories.order(second).docstatus == 1


# What differs


def test_the_difference_of_two_revisions(quotation):
	first = api.list_revisions(quotation.name)[0]
	second = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	second.items[0].update({"qty": 12, "rate": 90})
	second.remove(second.items[1])
	second.append("items", {"item_code": factories.GADGET, "item_name": "Spare", "qty": 1, "rate": 40})
	second.terms = "<p>Delivery in 6 weeks.</p>"
	second.submit()
	difference = api.compare_revisions(first["name"], api.list_revisions(second.name)[0]["name"])
	(items,) = [table for table in difference["tables"] if table["table"] == "items"]
	assert [(row["kind"], row["title"]) for row in items["rows"]] == [
		("Changed", factories.WIDGET),
		("Changed", factories.GADGET),
	]
	cells = {cell["field"]: cell for cell in items["rows"][0]["cells"]}
	assert (cells["qty"]["old"], cells["qty"]["new"]) == (10, 12)
	assert (cells["rate"]["old"], cells["rate"]["new"], cells["rate"]["is_better"]) == (100, 90, False)
	figures = {figure["field"]: figure for figure in difference["figures"]}
	assert (figures["net_total"]["old"], figures["net_total"]["new"]) == (1200, 1120)
	(terms,) = difference["texts"]
	assert [(part["kind"], part["text"]) for part in terms["passages"]] == [
		("Kept", "Delivery in "),
		("Removed", "4"),
		("Added", "6"),
		("Kept", " weeks."),
	]


def test_the_mirror_image_of_the_difference(quotation):
	second = revise(quotation, additional_discount_percentage=10, apply_discount_on="Net Total")
	names = [each["name"] for each in api.list_revisions(second.name)]
	there, back = api.compare_revisions(*reversed(names)), api.compare_revisions(*names)
	(figure,) = [each for each in there["figures"] if each["field"] == "additional_discount_percentage"]
	(mirrored,) = [each for each in back["figures"] if each["field"] == "additional_discount_percentage"]
	assert (figure["old"], figure["new"], figure["is_better"]) == (0, 10, False)
	assert (mirrored["old"], mirrored["new"], mirrored["is_better"]) == (10, 0, True)


def test_revisions_of_two_quotes_are_not_compared(quotation, deal):
	other = factories.quotation(deal)
	names = [api.list_revisions(each.name)[0]["name"] for each in (quotation, other)]
	with pytest.raises(frappe.ValidationError, match="not revisions of one quote"):
		api.compare_revisions(*names)


def test_who_reads_the_quotation_reads_its_revisions(quotation, as_user):
	name = api.list_revisions(quotation.name)[0]["name"]
	factories.user(REP, "Sales User")
	with as_user(REP):
		assert [each["name"] for each in api.list_revisions(quotation.name)] == [name]
		assert [each.name for each in frappe.get_list("Quote Revision")].count(name) == 1
	frappe.permissions.add_user_permission("Customer Group", "Individual", REP)
	with as_user(REP):
		assert name not in [each.name for each in frappe.get_list("Quote Revision", limit_page_length=0)]
		assert not frappe.has_permission("Quote Revision", "read", name)
		for call in (
			lambda: api.list_revisions(quotation.name),
			lambda: api.compare_revisions(name, name),
			lambda: api.make_revision(quotation.name),
		):
			with pytest.raises(frappe.PermissionError):
				call()
