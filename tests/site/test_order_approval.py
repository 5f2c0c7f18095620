"""A Sales Order keeps to what was quoted and approved, or needs an approval of its own; on every path."""

from __future__ import annotations

import json

import frappe
import pytest
from erpnext.controllers.accounts_controller import update_child_qty_rate
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from frappe.utils import add_days, nowdate

from pipeline_ext import api
from tests.site import approvals, factories
from tests.site.approvals import LEAD, REP, acting, approved, fresh, quote, stored, submit
from tests.site.measure import extra_queries, undone

STATUS = ("docstatus", "pe_order_approval_status")


@pytest.fixture(autouse=True)
def people():
	approvals.people()


@pytest.fixture
def policy(people):
	return approvals.policy()


@pytest.fixture
def deal(policy):
	return approvals.deal()


@pytest.fixture
def quotation(deal):
	"""Ten widgets at 80 instead of 100, approved."""
	return approved(deal)


def order(quotation, rate=80, qty=10, **fields):
	"""A draft of an order from a quotation; `rate` and `qty` are those of its first row."""
	with acting(REP):
		draft = make_sales_order(quotation.name)
		draft.update({"delivery_date": add_days(nowdate(), 14), "payment_schedule": [], **fields})
		draft.items[0].update({"rate": rate, "qty": qty, "discount_percentage": 0})
		return draft.insert()


def place(draft):
	with acting(REP):
		return fresh(draft).submit()


def below(match="needs approval first"):
	return pytest.raises(frappe.ValidationError, match=match)


def approve_order(draft):
	with acting(REP):
		api.request_order_approval(draft.name)
	name = stored(draft, "pe_order_approval")
	with acting(LEAD):
		api.decide(name, "approve")
	return name


# At the price that was approved, and below


@pytest.mark.parametrize(("rate", "qty"), [(80, 10), (80, 1), (90, 10), (120, 3)])
def test_what_was_approved_may_be_ordered(quotation, rate, qty):
	draft = order(quotation, rate, qty)
	assert stored(draft, *STATUS) == (0, "Not Required")
	assert place(draft).docstatus == 1


def test_a_cent_below_is_refused_with_the_row_and_both_prices(quotation):
	draft = order(quotation, 79.99)
	assert stored(draft, *STATUS) == (0, "Required")
	with below() as refusal:
		place(draft)
	said = str(refusal.value)
	assert "Row 1, Pipeline Widget: ordered at € 79.99 per Nos net, quoted at € 80.00" in said
	assert "More than 10 % off: 20.01 % is more than 10 %" in said
	assert "Request Approval" in said
	assert stored(draft, *STATUS) == (0, "Required")


def test_below_the_quote_and_within_policy_nobody_is_asked(deal):
	free = submit(quote(deal, 100))
	assert stored(order(free, 89.99), *STATUS) == (0, "Required")
	draft = order(free, 90)
	assert stored(draft, *STATUS) == (0, "Not Required")
	assert place(draft).docstatus == 1


def test_below_the_price_of_one_row_and_within_what_was_approved_of_the_whole(deal):
	"""21.4 % off was approved: with dearer widgets, gadgets may be cheaper, up to that."""
	draft = quote(deal)
	draft.append("items", {"item_code": factories.GADGET, "qty": 10, "rate": 30})
	draft.save()
	approvals.approve(draft)
	ordered = order(submit(draft), 85)
	ordered.items[1].rate = 26
	ordered.save()
	assert stored(ordered, *STATUS) == (0, "Not Required")
	ordered.items[1].rate = 20
	ordered.save()
	assert stored(ordered, *STATUS) == (0, "Required")


def test_more_than_was_quoted_is_measured_and_covered_by_the_same_approval(quotation):
	assert stored(order(quotation, 80, 20), *STATUS) == (0, "Not Required")


def test_an_added_row_counts_for_what_it_gives_away(quotation):
	draft = order(quotation)
	draft.append("items", {"item_code": factories.GADGET, "qty": 1, "rate": 40, "delivery_date": nowdate()})
	draft.save()
	assert stored(draft, *STATUS) == (0, "Not Required")
	draft.items[1].rate = 0.01
	draft.save()
	assert stored(draft, *STATUS) == (0, "Required")
	with below("Row 2, Pipeline Gadget: not in a submitted quotation"):
		place(draft)


DISGUISES = {
	"a header discount": {"apply_discount_on": "Net Total", "additional_discount_percentage": 10},
	"a header amount": {"apply_discount_on": "Grand Total", "discount_amount": 100},
	"a negative charge": {
		"taxes": [
			{
				"charge_type": "Actual",
				"account_head": f"Duties and Taxes - {factories.ABBREVIATION}",
				"description": "Rebate",
				"tax_amount": -100,
			}
		]
	},
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_a_discount_on_the_whole_order_counts(quotation, disguise):
	draft = order(quotation, **disguise)
	assert stored(draft, *STATUS) == (0, "Required")
	with below("quoted at € 80.00"):
		place(draft)


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_an_order_has_the_discounts_that_the_quote_has(deal, disguise):
	quotation = approved(deal, 90, **disguise)
	ordered = order(quotation, 90, **disguise)
	assert stored(ordered, *STATUS) == (0, "Not Required")
	assert place(ordered).docstatus == 1


def test_a_header_discount_is_shared_out_to_the_cent_in_a_partial_order(deal):
	"""Three rows at a discount of 33.33 %, in part orders of awkward quantities: rounding is no undercut."""
	draft = quote(deal, 99.99, apply_discount_on="Net Total", additional_discount_percentage=33.33)
	for qty in (3, 7):
		draft.append("items", {"item_code": factories.GADGET, "qty": qty, "rate": 13.37})
	draft.save()
	approvals.approve(draft)
	quotation = submit(draft)
	for qty in (1, 3, 6):
		ordered = order(quotation, 99.99, qty)
		assert stored(ordered, *STATUS) == (0, "Not Required")


def test_an_alternative_may_be_ordered_at_its_own_price(deal):
	draft = quote(deal, apply_discount_on="Net Total", additional_discount_percentage=5)
	draft.append("items", {"item_code": factories.GADGET, "qty": 10, "rate": 38, "is_alternative": 1})
	draft.save()
	approvals.approve(draft)
	quotation = submit(draft)
	alternative = quotation.items[1].name
	ordered = order(quotation)
	ordered.items[0].update({"item_code": factories.GADGET, "quotation_item": alternative, "rate": 38})
	ordered.items[0].update({"item_name": factories.GADGET, "price_list_rate": 40})
	ordered.save()
	assert stored(ordered, *STATUS) == (0, "Not Required")
	ordered.items[0].rate = 20
	ordered.save()
	assert stored(ordered, *STATUS) == (0, "Required")


def test_later_payment_is_measured(policy):
	policy.append(
		"rules",
		{**approvals.rule(), "title": "Late payment", "measure": "Payment Days", "threshold": 30},
	)
	policy.save()
	quotation = submit(quote(approvals.deal(), 95))
	soon = [{"due_date": add_days(nowdate(), 30), "invoice_portion": 100}]
	late = [{"due_date": add_days(nowdate(), 60), "invoice_portion": 100}]
	assert stored(order(quotation, 95, 1, payment_schedule=soon), *STATUS) == (0, "Not Required")
	draft = order(quotation, 95, 1, payment_schedule=late)
	assert stored(draft, *STATUS) == (0, "Required")
	with below("To be paid after 60 days"):
		place(draft)


def test_an_order_in_another_currency_is_compared_in_its_own(quotation):
	"""80 EUR are 88.89 USD, whatever rate the client sends."""
	usd = {"currency": factories.FOREIGN_CURRENCY, "conversion_rate": 5}
	assert stored(order(quotation, 88.89, **usd), *STATUS) == (0, "Not Required")
	draft = order(quotation, 80, **usd)
	assert stored(draft, *STATUS) == (0, "Required")
	with below("ordered at . 80.00 per Nos net, quoted at . 88.89"):
		place(draft)


@pytest.mark.parametrize("same_rate", [0, 1])
def test_maintain_same_rate_is_not_what_holds_it(quotation, same_rate):
	frappe.db.set_single_value("Selling Settings", "maintain_same_sales_rate", same_rate)
	frappe.db.set_single_value("Selling Settings", "maintain_same_rate_action", "Warn")
	draft = order(quotation, 70)
	with below("quoted at € 80.00"):
		place(draft)
	assert stored(draft, *STATUS) == (0, "Required")


# Several quotations, none, or none that counts


def from_both(first, second, rate=80):
	with acting(REP):
		draft = make_sales_order(second.name, make_sales_order(first.name))
		draft.update({"delivery_date": add_days(nowdate(), 14), "payment_schedule": []})
		draft.items[1].rate = rate
		return draft.insert()


def test_an_order_from_two_quotations_keeps_to_both(deal):
	first, second = approved(deal), submit(quote(deal, 95))
	assert stored(from_both(first, second, 95), *STATUS) == (0, "Not Required")


def test_an_approval_of_one_quotation_does_not_cover_an_order_from_two(deal):
	first, second = approved(deal), submit(quote(deal, 95))
	draft = from_both(first, second, 85)
	assert stored(draft, *STATUS) == (0, "Required")
	with below("Row 2, Pipeline Widget: ordered at € 85.00 per Nos net, quoted at € 95.00"):
		place(draft)
	with acting(REP):
		api.request_order_approval(draft.name)
	assert stored(draft, "pe_order_approval_status") == "Pending"


def test_a_draft_quotation_offers_nothing(deal):
	quotation = approved(deal)
	unapproved = quote(deal, 50)
	draft = order(quotation)
	draft.items[0].update(
		{"prevdoc_docname": unapproved.name, "quotation_item": unapproved.items[0].name, "rate": 50}
	)
	draft.save()
	assert stored(draft, *STATUS) == (0, "Required")
	with below("not in a submitted quotation"):
		place(draft)


def test_a_row_cannot_borrow_the_price_of_another_quotation(deal):
	cheap, dear = approved(deal, 60), approved(deal, 85)
	draft = order(dear, 85)
	draft.items[0].update({"quotation_item": cheap.items[0].name, "rate": 60})
	draft.save()
	assert stored(draft, *STATUS) == (0, "Required")


def test_what_was_approved_for_one_customer_is_not_ordered_by_another(quotation):
	other = factories.customer("Another")
	draft = order(quotation, customer=other.name, customer_name=other.name)
	assert stored(draft, *STATUS) == (0, "Required")
	with below("for another customer"):
		place(draft)


def test_an_order_without_a_quotation_is_measured_only_if_the_policy_says_so(policy):
	customer = factories.customer()
	free = factories.direct_order(customer.name, {factories.WIDGET: 1})
	assert stored(free, *STATUS) == (1, "Not Required")
	policy.also_orders = 1
	policy.save()
	draft = frappe.copy_doc(free)
	draft.docstatus = 0
	draft.items[0].rate = 85
	draft.insert()
	assert stored(draft, *STATUS) == (0, "Required")
	with below("15 % is more than 10 %"):
		place(draft)


def test_without_a_policy_orders_are_nobodys_business(people):
	quotation = submit(quote(approvals.deal(), 95))
	draft = order(quotation, 1)
	assert stored(draft, *STATUS) == (0, "Not Required")
	assert place(draft).docstatus == 1
	assert extra_queries(lambda: put(draft, po_no="4711")) == 0


def test_nothing_is_ordered_from_a_superseded_revision(quotation):
	draft = order(quotation)
	revision = frappe.get_doc("Quotation", api.make_revision(quotation.name))
	approvals.approve(revision)
	submit(revision)
	with pytest.raises(frappe.ValidationError):
		place(draft)
	assert stored(draft, "docstatus") == 0


# An approval of its own


def test_an_order_is_approved_by_itself(quotation):
	draft = order(quotation, 70)
	name = approve_order(draft)
	assert stored(draft, *STATUS) == (0, "Approved")
	approval = frappe.get_doc("Quote Approval", name)
	assert (approval.sales_order, approval.quotation, approval.requested_by) == (draft.name, None, REP)
	assert [(step.measured, step.decided_by) for step in approval.steps] == [(30, LEAD)]
	place(draft)
	assert stored(draft, *STATUS) == (1, "Approved")


def test_an_order_that_got_worse_since_is_stale(quotation):
	draft = order(quotation, 70)
	approve_order(draft)
	changed = fresh(draft)
	changed.items[0].rate = 60
	changed.save()
	assert stored(draft, *STATUS) == (0, "Stale")
	with below():
		place(draft)


def test_a_client_writes_no_status_of_an_order(quotation):
	draft = order(quotation, 70)
	with acting(REP):
		frappe.client.set_value("Sales Order", draft.name, "pe_order_approval_status", "Approved")
	assert stored(draft, *STATUS) == (0, "Required")


def test_a_request_for_an_order_is_closed_with_it(quotation):
	draft = order(quotation, 70)
	with acting(REP):
		api.request_order_approval(draft.name)
		name = stored(draft, "pe_order_approval")
		fresh(draft).delete()
	assert frappe.db.get_value("Quote Approval", name, "status") == "Closed"


# The paths to a submitted order


def put(doc, **fields):
	changed = fresh(doc)
	changed.update(fields)
	return changed.save()


def past_validation(doc):
	unvalidated = fresh(doc)
	unvalidated.flags.ignore_validate = True
	return unvalidated.submit()


def inserted_as_submitted(doc):
	copied = frappe.copy_doc(doc)
	copied.docstatus = 1
	return copied.insert()


SUBMITTING = {
	"PUT of docstatus": lambda doc: put(doc, docstatus=1),
	"client.submit": lambda doc: frappe.client.submit(fresh(doc).as_dict()),
	"client.set_value": lambda doc: frappe.client.set_value(
		"Sales Order", doc.name, json.dumps({"docstatus": 1})
	),
	"insert as submitted": inserted_as_submitted,
	"without validation": past_validation,
	"db_set": lambda doc: fresh(doc).db_set("docstatus", 1),
}


@pytest.mark.parametrize("path", SUBMITTING.values(), ids=SUBMITTING)
def test_no_path_submits_an_order_below_its_quote(quotation, path):
	draft = order(quotation, 70)
	with acting(REP), below():
		path(draft)
	assert stored(draft, *STATUS) == (0, "Required")
	assert frappe.db.count("Sales Order", {"docstatus": 1}) == 0


def test_what_bulk_update_swallows_has_written_nothing(quotation):
	draft = order(quotation, 70)
	claim = {"doctype": "Sales Order", "docname": draft.name, "docstatus": 1, "po_no": "4711"}
	with acting(REP):
		answer = frappe.client.bulk_update(json.dumps([claim]))
	assert len(answer["failed_docs"]) == 1
	assert stored(draft, *STATUS, "po_no") == (0, "Required", None)


# A submitted order


@pytest.fixture
def placed(quotation):
	return place(order(quotation))


def update_items(ordered, *rows, **changed):
	"""ERPNext's "Update Items": the first row changed, and more rows."""
	first = ordered.items[0]
	kept = {"docname": first.name, "item_code": first.item_code, "qty": 10, "rate": 80, "uom": "Nos"}
	with acting(REP):
		update_child_qty_rate("Sales Order", json.dumps([{**kept, **changed}, *rows]), ordered.name)


NEW_ROW = {"item_code": factories.GADGET, "qty": 5, "uom": "Nos", "conversion_factor": 1}


@pytest.mark.parametrize(
	("rows", "changed"),
	[
		([], {"rate": 79.99}),
		([], {"rate": 1, "qty": 1}),
		([{**NEW_ROW, "rate": 0.01}], {}),
	],
)
def test_update_items_to_a_worse_order_is_refused(placed, rows, changed):
	with undone(), below("Cancel and amend it"):
		update_items(placed, *rows, **changed)
	assert stored(placed, *STATUS, "net_total") == (1, "Not Required", 800)
	assert [(row.rate, row.qty) for row in fresh(placed).items] == [(80, 10)]


@pytest.mark.parametrize(
	("rows", "changed", "total"),
	[([], {"rate": 85}, 850), ([], {"qty": 4}, 320), ([{**NEW_ROW, "rate": 40}], {}, 1000)],
)
def test_update_items_to_an_order_that_is_no_worse_goes_through(placed, rows, changed, total):
	update_items(placed, *rows, **changed)
	assert stored(placed, *STATUS, "net_total") == (1, "Not Required", total)


def test_update_items_takes_rows_away(quotation):
	draft = order(quotation)
	draft.append("items", {"item_code": factories.GADGET, "qty": 1, "rate": 40, "delivery_date": nowdate()})
	draft.save()
	ordered = place(draft)
	update_items(ordered)
	assert stored(ordered, "docstatus", "net_total") == (1, 800)
	assert [row.item_code for row in fresh(ordered).items] == [factories.WIDGET]


def test_update_items_cannot_shift_value_between_rows(quotation):
	"""One row falls below its quote, and nobody has approved what the other gives away."""
	draft = order(quotation)
	draft.append("items", {"item_code": factories.GADGET, "qty": 1, "rate": 40, "delivery_date": nowdate()})
	draft.save()
	ordered = place(draft)
	gadget = {**NEW_ROW, "docname": ordered.items[1].name, "qty": 1, "rate": 0.4}
	with undone(), below():
		update_items(ordered, gadget, rate=79)
	assert [(row.rate, row.qty) for row in fresh(ordered).items] == [(80, 10), (40, 1)]


def test_a_submitted_order_is_changed_otherwise_as_ever(placed):
	with acting(REP):
		put(placed, po_no="4711")
	assert stored(placed, *STATUS, "po_no") == (1, "Not Required", "4711")


def test_an_order_from_before_the_policy_lives_on(policy):
	policy.enabled = 0
	policy.save()
	ordered = place(order(submit(quote(approvals.deal(), 95)), 1))
	policy.enabled = 1
	policy.save()
	with acting(REP):
		put(ordered, po_no="4711")
	paid = factories.payment(factories.invoice(factories.delivery(ordered)))
	assert (paid.docstatus, stored(ordered, "po_no", "per_billed")) == (1, ("4711", 100))


def test_an_order_from_before_the_policy_is_cancelled(policy):
	policy.enabled = 0
	policy.save()
	ordered = place(order(submit(quote(approvals.deal(), 95)), 1))
	policy.enabled = 1
	policy.save()
	fresh(ordered).cancel()
	assert stored(ordered, "docstatus") == 2


@pytest.mark.parametrize("doctype", ["Sales Order Item", "Payment Schedule"])
@pytest.mark.parametrize("write", ["save", "delete", "cancel"])
def test_no_row_of_a_submitted_order_is_written_by_itself(placed, doctype, write):
	name = frappe.db.get_value(doctype, {"parent": placed.name})
	before = frappe.db.get_value(doctype, name, "*", as_dict=True)
	with acting(REP), pytest.raises(frappe.ValidationError, match="is submitted"):
		getattr(frappe.get_doc(doctype, name), write)()
	assert frappe.db.get_value(doctype, name, "*", as_dict=True) == before


def test_bulk_update_of_a_row_writes_nothing(placed):
	row = {"doctype": "Sales Order Item", "docname": placed.items[0].name, "rate": 1, "net_amount": 10}
	with acting(REP):
		answer = frappe.client.bulk_update(json.dumps([row]))
	assert len(answer["failed_docs"]) == 1
	assert stored(placed.items[0], "rate", "net_amount") == (80, 800)


def test_a_copy_of_an_approved_order_starts_afresh(quotation):
	draft = order(quotation, 70)
	approve_order(draft)
	copied = frappe.copy_doc(fresh(draft)).insert()
	assert stored(copied, *STATUS, "pe_order_approval") == (0, "Required", None)


# An order that would forget where it comes from


def without_link(draft):
	changed = fresh(draft)
	row = changed.items[0].as_dict()
	changed.set("items", [{**row, "name": None, "prevdoc_docname": None, "quotation_item": None, "rate": 50}])
	return changed.save()


def clear_link_of_row(draft):
	row = frappe.get_doc("Sales Order Item", draft.items[0].name)
	row.update({"prevdoc_docname": None, "quotation_item": None})
	return row.save()


FORGETTING = {
	"new rows": without_link,
	"a row by itself": clear_link_of_row,
	"no row": lambda draft: frappe.delete_doc("Sales Order Item", draft.items[0].name),
}


@pytest.mark.parametrize("forget", FORGETTING.values(), ids=FORGETTING)
def test_an_order_keeps_a_row_of_its_quotation(quotation, forget):
	draft = order(quotation)
	with acting(REP), below("make a new order"):
		forget(draft)
	assert [row.prevdoc_docname for row in fresh(draft).items] == [quotation.name]


def test_a_draft_order_is_deleted_with_its_rows(quotation):
	draft = order(quotation)
	frappe.delete_doc("Sales Order", draft.name)
	assert not frappe.db.exists("Sales Order Item", {"parent": draft.name})
