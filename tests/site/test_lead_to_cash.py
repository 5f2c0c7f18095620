"""Lead To Cash shows what ERPNext's own documents come to: the numbers, for every kind of reader."""

from __future__ import annotations

from typing import Any

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.desk.query_report import build_xlsx_data
from frappe.desk.query_report import run as run_report
from frappe.model.db_query import DatabaseQuery
from frappe.model.document import Document
from frappe.permissions import add_permission, add_user_permission, update_permission_property
from frappe.utils import add_days, getdate, nowdate

from pipeline_ext.pipeline_ext.report.lead_to_cash.lead_to_cash import execute
from pipeline_ext.reports import lead_to_cash
from tests.site import factories as make

AMOUNTS = ("quoted", "ordered", "delivered", "invoiced", "paid", "outstanding")
WIDGET, GADGET = make.WIDGET, make.GADGET


def rows(**filters: Any) -> dict[str, dict[str, Any]]:
	found = lead_to_cash.rows({"company": make.COMPANY, **filters})
	return {row["opportunity"]: row for row in found}


def amounts(deal: Document, **filters: Any) -> tuple[float | None, ...]:
	row = rows(**filters)[deal.name]
	return tuple(row[column] for column in AMOUNTS)


def standing(deal: Document) -> str:
	return rows()[deal.name]["standing"]


def ago(days: int) -> str:
	return add_days(nowdate(), -days)


class TestTheWay:
	def test_a_lead_becomes_cash(self):
		lead = make.lead(source="Advertisement")
		frappe.db.set_value("Lead", lead.name, "creation", f"{ago(60)} 10:00:00")
		owner = make.user("rep@pipeline.test", "Sales User")
		deal = make.opportunity(
			lead, lines={WIDGET: 10}, on=ago(50), opportunity_amount=950, opportunity_owner=owner
		)
		quote = make.quotation(deal, on=ago(40))
		order = make.order(quote, on=ago(30))
		make.delivery(order, on=ago(20))
		invoice = make.invoice(order, on=ago(10))
		make.payment(invoice, on=ago(4))

		row = rows()[deal.name]
		assert row == {
			"opportunity": deal.name,
			"title": "Ada Lovelace Ltd",
			"party_type": "Lead",
			"party": lead.name,
			"lead": lead.name,
			"source": "Advertisement",
			"opportunity_owner": owner,
			"sales_stage": deal.sales_stage,
			"status": "Converted",
			"standing": "Paid",
			"currency": "EUR",
			"amount": 950.0,
			"created_on": getdate(ago(50)),
			"quotation": quote.name,
			"quoted": 1000.0,
			"quoted_on": getdate(ago(40)),
			"sales_order": order.name,
			"sales_orders": 1,
			"ordered": 1000.0,
			"ordered_on": getdate(ago(30)),
			"delivered": 1000.0,
			"delivered_on": getdate(ago(20)),
			"sales_invoice": invoice.name,
			"sales_invoices": 1,
			"invoiced": 1000.0,
			"invoiced_on": getdate(ago(10)),
			"paid": 1000.0,
			"paid_on": getdate(ago(4)),
			"outstanding": 0.0,
			"days": 56,
		}

	def test_each_step_shows_as_it_is_taken(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		assert (standing(deal), amounts(deal)) == ("Opportunity", (0, 0, 0, 0, 0, 0))
		quote = make.quotation(deal)
		assert (standing(deal), amounts(deal)) == ("Quoted", (1000, 0, 0, 0, 0, 0))
		order = make.order(quote)
		assert (standing(deal), amounts(deal)) == ("Ordered", (1000, 1000, 0, 0, 0, 0))
		make.delivery(order, quantities={WIDGET: 4})
		assert (standing(deal), amounts(deal)) == ("Partly delivered", (1000, 1000, 400, 0, 0, 0))
		make.delivery(order)
		assert (standing(deal), amounts(deal)) == ("Delivered", (1000, 1000, 1000, 0, 0, 0))
		first = make.invoice(order, quantities={WIDGET: 3})
		assert (standing(deal), amounts(deal)) == ("Delivered", (1000, 1000, 1000, 300, 0, 300))
		make.payment(first, 120)
		assert amounts(deal) == (1000, 1000, 1000, 300, 120, 180)
		second = make.invoice(order)
		assert (standing(deal), amounts(deal)) == ("Invoiced", (1000, 1000, 1000, 1000, 120, 880))
		make.payment(first)
		make.payment(second)
		assert (standing(deal), amounts(deal)) == ("Paid", (1000, 1000, 1000, 1000, 1000, 0))
		assert rows()[deal.name]["sales_invoice"] == first.name
		assert rows()[deal.name]["sales_invoices"] == 2

	def test_the_second_quotation_replaces_the_first_and_a_draft_counts_nothing(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		make.quotation(deal, on=ago(9))
		second = make.quotation(deal, rates={WIDGET: 90}, on=ago(5))
		make.quotation(deal, rates={WIDGET: 10}, on=ago(1), submit=False)
		row = rows()[deal.name]
		assert (row["quotation"], row["quoted"], row["quoted_on"]) == (second.name, 900, getdate(ago(5)))

	def test_a_deal_without_items_is_followed_by_its_quotation(self):
		deal = make.opportunity(make.customer(), opportunity_amount=70)
		quote = make.quotation(deal, rates={WIDGET: 60, GADGET: 30})
		assert quote.opportunity == deal.name
		make.invoice(make.order(quote))
		assert amounts(deal) == (90, 90, 0, 90, 0, 90)

	def test_an_invoice_for_a_delivery_counts_once(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		make.invoice(make.delivery(make.order(make.quotation(deal))))
		assert amounts(deal) == (1000, 1000, 1000, 1000, 0, 1000)

	def test_an_invoice_that_takes_goods_from_stock_is_a_delivery(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		make.invoice(make.order(make.quotation(deal)), update_stock=1)
		assert amounts(deal) == (1000, 1000, 1000, 1000, 0, 1000)

	@pytest.mark.parametrize("name", ['O\'Hara "50 %s"', "Zoë \\ 'n' Co", "100% {deal}"])
	def test_a_name_may_have_any_characters(self, name):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		frappe.rename_doc("Opportunity", deal.name, name, force=True, show_alert=False)
		quote = make.quotation(frappe.get_doc("Opportunity", name))
		frappe.rename_doc("Quotation", quote.name, f"Q {name}", force=True, show_alert=False)
		make.order(frappe.get_doc("Quotation", f"Q {name}"))
		row = rows()[name]
		assert (row["quotation"], row["quoted"], row["ordered"]) == (f"Q {name}", 1000, 1000)

	def test_the_lead_of_a_prospect_is_the_deals_lead(self):
		lead = make.lead()
		deal = make.opportunity(make.prospect("Analytical Engines", lead))
		row = rows()[deal.name]
		assert (row["party_type"], row["party"], row["lead"]) == ("Prospect", "Analytical Engines", lead.name)

	def test_cancelled_documents_count_nothing(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		order = make.order(make.quotation(deal))
		note, invoice = make.delivery(order), make.invoice(order)
		make.payment(invoice).cancel()
		assert amounts(deal) == (1000, 1000, 1000, 1000, 0, 1000)
		invoice.reload().cancel()
		note.reload().cancel()
		assert (standing(deal), amounts(deal)) == ("Ordered", (1000, 1000, 0, 0, 0, 0))
		order.reload().cancel()
		assert (standing(deal), amounts(deal)) == ("Quoted", (1000, 0, 0, 0, 0, 0))

	def test_no_deals_no_rows(self):
		columns, data, message, chart, summary = execute({"company": make.COMPANY, "to_date": "2000-01-01"})
		assert (data, message, chart, summary) == ([], None, None, [])
		assert all(column["label"] for column in columns)


class TestMoney:
	@pytest.mark.parametrize("on_its_own_account", [0, 1])
	def test_a_credit_note_reduces_the_invoice(self, on_its_own_account):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		invoice = make.invoice(make.order(make.quotation(deal)))
		make.credit_note(invoice, quantities={WIDGET: 2}, update_outstanding_for_self=on_its_own_account)
		assert (standing(deal), amounts(deal)) == ("Invoiced", (1000, 1000, 0, 800, 0, 800))

	def test_a_credit_note_after_payment_leaves_the_customer_in_credit(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		invoice = make.invoice(make.order(make.quotation(deal)))
		make.payment(invoice)
		make.credit_note(invoice.reload(), quantities={WIDGET: 2})
		assert (standing(deal), amounts(deal)) == ("Paid", (1000, 1000, 0, 800, 1000, -200))

	def test_an_invoice_credited_in_full_is_no_invoice(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		make.credit_note(make.invoice(make.order(make.quotation(deal))))
		assert (standing(deal), amounts(deal)) == ("Ordered", (1000, 1000, 0, 0, 0, 0))

	def test_two_equal_parts_of_one_payment_are_two(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		payment = make.payment(make.invoice(make.order(make.quotation(deal))), 300)
		second = frappe.copy_doc(payment.references[0])
		second.update({"parent": payment.name, "docstatus": 1}).db_insert()
		assert amounts(deal)[4] == 600

	def test_an_advance_on_the_order_is_paid_before_there_is_an_invoice(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		order = make.order(make.quotation(deal))
		make.payment(order, 300)
		assert (standing(deal), amounts(deal)) == ("Ordered", (1000, 1000, 0, 0, 300, 0))
		make.invoice(order.reload(), quantities={WIDGET: 2})
		assert amounts(deal) == (1000, 1000, 0, 200, 300, 0)

	def test_an_advance_set_against_the_invoice_counts_once(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		order = make.order(make.quotation(deal))
		make.payment(order, 300)
		make.invoice(order.reload(), allocate_advances_automatically=1)
		assert amounts(deal) == (1000, 1000, 0, 1000, 300, 700)

	def test_foreign_documents_show_in_company_currency(self):
		deal = make.opportunity(
			make.customer(), lines={WIDGET: 10}, currency=make.FOREIGN_CURRENCY, opportunity_amount=1000
		)
		deal.db_set("base_opportunity_amount", 0)
		frappe.db.set_single_value(
			"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", 1
		)
		quote = make.quotation(deal, rates={WIDGET: 100})
		assert (quote.currency, quote.grand_total) == ("USD", 1000)
		invoice = make.invoice(make.order(quote))
		make.payment(invoice, 450)
		assert rows()[deal.name]["amount"] == 900
		assert amounts(deal) == (900, 900, 0, 900, 450, 450)

	def test_a_receivable_in_foreign_currency_shows_in_company_currency(self):
		account = make.receivable(make.FOREIGN_CURRENCY)
		customer = make.customer(
			default_currency=make.FOREIGN_CURRENCY,
			accounts=[{"company": make.COMPANY, "account": account.name}],
		)
		deal = make.opportunity(customer, lines={WIDGET: 10}, currency=make.FOREIGN_CURRENCY)
		invoice = make.invoice(make.order(make.quotation(deal, rates={WIDGET: 100})))
		assert (invoice.party_account_currency, invoice.outstanding_amount) == ("USD", 1000)
		make.payment(invoice, 400)
		assert amounts(deal) == (900, 900, 0, 900, 360, 540)

	def test_taxes_belong_to_the_deals_in_proportion(self):
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		quote = make.quotation(deal, taxes=[make.tax(19)])
		make.payment(make.invoice(make.order(quote)), 190)
		assert amounts(deal) == (1190, 1190, 0, 1190, 190, 1000)


class TestSeveralDeals:
	@pytest.fixture
	def deals(self) -> tuple[Document, Document]:
		acme = make.customer()
		return make.opportunity(acme, lines={WIDGET: 3}), make.opportunity(acme, lines={GADGET: 5})

	def test_one_quotation_for_two_deals_is_split_by_its_rows_all_the_way(self, deals):
		first, second = deals
		doc = make.quotation(first, submit=False)
		origin = {"prevdoc_doctype": "Opportunity", "prevdoc_docname": second.name}
		doc.append("items", {"item_code": GADGET, "qty": 5, "rate": 40, **origin})
		doc.append("items", {"item_code": GADGET, "qty": 1, "rate": 50})
		quote = doc.save().submit()
		assert quote.grand_total == 300 + 200 + 50
		assert (amounts(first)[0], amounts(second)[0]) == (350, 200)
		order = make.order(quote)
		make.delivery(order, quantities={WIDGET: 3})
		invoice = make.invoice(order)
		make.payment(invoice, 55)
		assert amounts(first) == (350, 350, 300, 350, 35, 315)
		assert amounts(second) == (200, 200, 0, 200, 20, 180)

	def test_one_invoice_for_two_orders_is_split_by_its_rows(self, deals):
		orders = [make.order(make.quotation(deal)) for deal in deals]
		merged = make_sales_invoice(orders[1].name, make_sales_invoice(orders[0].name))
		merged.append("items", {"item_code": GADGET, "qty": 1, "rate": 50})
		invoice = merged.insert().submit()
		make.payment(invoice, 100)
		assert [amounts(deal) for deal in deals] == [
			(300, 300, 0, 330, 60, 270),
			(200, 200, 0, 220, 40, 180),
		]

	def test_what_another_sale_put_on_the_invoice_is_not_the_deals(self, deals):
		deal, _other = deals
		order, unrelated = make.order(make.quotation(deal)), make.direct_order(deal.party_name, {GADGET: 5})
		make_sales_invoice(unrelated.name, make_sales_invoice(order.name)).insert().submit()
		assert amounts(deal) == (300, 300, 0, 300, 0, 300)

	def test_a_row_typed_in_by_hand_changes_nothing_for_an_order_of_one_deal(self, deals):
		deal, _other = deals
		doc = make_sales_order(make.quotation(deal).name)
		doc.append("items", {"item_code": GADGET, "qty": 1, "rate": 50})
		doc.update({"delivery_date": nowdate()}).insert().submit()
		assert amounts(deal) == (300, 350, 0, 0, 0, 0)

	def test_a_deal_may_have_several_orders(self, deals):
		deal = deals[0]
		quote = make.quotation(deal)
		first = make.order(quote, quantities={WIDGET: 1}, on=ago(3))
		make.order(quote, on=ago(2))
		row = rows()[deal.name]
		assert (row["sales_order"], row["sales_orders"], row["ordered"]) == (first.name, 2, 300)
		assert row["ordered_on"] == getdate(ago(3))


class TestReaders:
	@pytest.fixture
	def paid_deal(self) -> Document:
		deal = make.opportunity(make.customer(), lines={WIDGET: 10})
		order = make.order(make.quotation(deal))
		make.delivery(order)
		make.payment(make.invoice(order))
		return deal

	def test_a_sales_user_sees_no_invoices_and_is_told(self, paid_deal, as_user):
		with as_user(make.user("rep@pipeline.test", "Sales User")):
			__columns, data, message, chart, summary = execute({"company": make.COMPANY})
			assert amounts(paid_deal) == (1000, 1000, 1000, None, None, None)
		assert [row["standing"] for row in data] == ["Delivered"]
		assert "Sales Invoice, Payment Entry" in message
		assert chart["data"]["labels"] == ["Quoted", "Ordered", "Delivered"]
		assert chart["data"]["datasets"][0]["values"] == [1000, 1000, 1000]
		assert {total["label"]: total["value"] for total in summary} == {"Quoted": 1000, "Ordered": 1000}

	def test_a_user_permission_limits_the_deals(self, paid_deal, as_user):
		other = make.opportunity(make.customer("Bolt"))
		rep = make.user("rep@pipeline.test", "Sales User")
		add_user_permission("Opportunity", other.name, rep)
		with as_user(rep):
			assert list(rows()) == [other.name]

	def test_documents_withheld_by_a_user_permission_are_counted(self, paid_deal, as_user):
		rep = make.user("rep@pipeline.test", "Sales User")
		add_user_permission("Customer", make.customer("Bolt").name, rep)
		with as_user(rep):
			message = execute({"company": make.COMPANY})[2]
			assert amounts(paid_deal)[:3] == (1000, 0, 0)
		assert "which are left out: <strong>2</strong>" in message

	def test_what_another_app_withholds_is_left_out(self, paid_deal, as_user, monkeypatch):
		conditions = {"Sales Order": "owner = 'nobody'", "Payment Entry": "owner = 'nobody'"}
		monkeypatch.setattr(
			DatabaseQuery,
			"get_permission_query_conditions",
			lambda query: conditions.get(query.doctype, ""),
		)
		with as_user(make.user("boss@pipeline.test", "Sales User", "Accounts User")):
			report = lead_to_cash.read({"company": make.COMPANY})
			assert amounts(paid_deal) == (1000, 0, 1000, 1000, 0, 0)
		assert (report.unreadable, report.withheld) == ((), 2)

	def test_a_document_that_is_shared_is_read(self, paid_deal, as_user):
		rep = make.user("rep@pipeline.test", "Sales User")
		invoice = frappe.get_last_doc("Sales Invoice")
		frappe.share.add(invoice.doctype, invoice.name, rep)
		make.payment(make.invoice(make.order(make.quotation(make.opportunity(make.customer("Bolt"))))))
		with as_user(rep):
			report = lead_to_cash.read({"company": make.COMPANY})
			assert amounts(paid_deal)[3] == 1000
		assert (report.unreadable, report.withheld) == (("Payment Entry",), 1)

	def test_a_reader_of_own_deals_sees_own_deals(self, paid_deal, as_user):
		make.role("Own Deals")
		add_permission("Opportunity", "Own Deals")
		update_permission_property("Opportunity", "Own Deals", 0, "if_owner", 1)
		rep = make.user("rep@pipeline.test", "Own Deals")
		own = make.opportunity(make.customer("Bolt"))
		own.db_set("owner", rep)
		with as_user(rep):
			assert list(rows()) == [own.name]

	def test_without_permission_on_opportunity_there_is_no_report(self, paid_deal, as_user):
		with as_user(make.user("clerk@pipeline.test", "Accounts User")):
			with pytest.raises(frappe.PermissionError):
				rows()

	def test_a_finance_clerk_who_may_read_opportunities_sees_the_money(self, paid_deal, as_user):
		add_permission("Opportunity", "Accounts User")
		update_permission_property("Opportunity", "Accounts User", 0, "report", 1)
		with as_user(make.user("clerk@pipeline.test", "Accounts User")):
			report = run_report("Lead To Cash", {"company": make.COMPANY})
			assert amounts(paid_deal) == (None, 1000, 1000, 1000, 1000, 0)
		assert [row["standing"] for row in report["result"]] == ["Paid"]
		assert "<strong>Quotation, Lead</strong>" in report["message"]

	def test_the_report_runs_and_exports(self, paid_deal, as_user):
		with as_user(make.user("boss@pipeline.test", "Sales User", "Sales Manager", "Accounts User")):
			report = frappe._dict(run_report("Lead To Cash", {"company": make.COMPANY}))
		sheet, _widths = build_xlsx_data(report, [], include_indentation=False)
		head, line = sheet
		exported = dict(zip(head, line, strict=True))
		assert "Party Type" not in exported
		assert (exported["Currency"], exported["Invoiced"], exported["Where It Stands"]) == (
			"EUR",
			1000,
			"Paid",
		)


class TestFilters:
	def test_dates_the_wrong_way_round_are_refused(self):
		with pytest.raises(frappe.ValidationError, match="Swap the dates"):
			rows(from_date="2026-02-01", to_date="2026-01-01")
		assert frappe.message_log[-1]["title"] == "Dates the Wrong Way Round"

	@pytest.mark.parametrize(
		("wrong", "title"),
		[
			({"company": "No Such Company"}, "Unknown Company"),
			({"reached": "Bankrupt"}, "Unknown Step"),
			({"party": "Acme"}, "Party Type Missing"),
		],
	)
	def test_what_makes_no_sense_is_refused(self, wrong, title):
		with pytest.raises(frappe.ValidationError):
			rows(**wrong)
		assert frappe.message_log[-1]["title"] == title

	def test_the_period_is_that_of_the_deal(self):
		old, new = (
			make.opportunity(make.customer(name), on=ago(days)) for name, days in (("A", 30), ("B", 3))
		)
		assert set(rows(from_date=ago(10))) == {new.name}
		assert set(rows(to_date=ago(10))) == {old.name}
		assert set(rows(from_date=ago(30), to_date=ago(3))) == {old.name, new.name}

	def test_the_owner_is_the_deals(self):
		rep = make.user("rep@pipeline.test", "Sales User")
		mine = make.opportunity(make.customer(), opportunity_owner=rep)
		make.opportunity(make.customer("Bolt"))
		assert set(rows(opportunity_owner=rep)) == {mine.name}

	def test_a_customers_deals_include_those_of_its_lead(self):
		lead = make.lead()
		first = make.opportunity(lead, lines={WIDGET: 1})
		make.opportunity(make.customer("Bolt"))
		customer = make.order(make.quotation(first)).customer
		again = make.opportunity(frappe.get_doc("Customer", customer))
		assert set(rows(party_type="Customer", party=customer)) == {first.name, again.name}
		assert set(rows(party_type="Lead", party=lead.name)) == {first.name}
		assert set(rows(party_type="Lead")) == {first.name}

	def test_how_far_and_how_open(self):
		idle, ordered, invoiced = (
			make.opportunity(make.customer(name), lines={WIDGET: 1}) for name in ("A", "B", "C")
		)
		make.order(make.quotation(ordered))
		make.invoice(make.order(make.quotation(invoiced)))
		assert set(rows()) == {idle.name, ordered.name, invoiced.name}
		assert set(rows(reached="Ordered")) == {ordered.name, invoiced.name}
		assert set(rows(reached="Invoiced")) == {invoiced.name}
		assert set(rows(only_open=1)) == {invoiced.name}


class TestMany:
	def test_the_latest_are_listed_and_the_totals_are_of_all(self, monkeypatch):
		acme = make.customer()
		deals = [make.opportunity(acme, lines={WIDGET: qty}, on=ago(9 - qty)) for qty in (1, 2, 3)]
		for deal in deals:
			make.quotation(deal)
		monkeypatch.setattr(lead_to_cash, "DEALS_A_PAGE", 2)
		monkeypatch.setattr(lead_to_cash, "MOST_LISTED", 2)
		__columns, data, message, chart, summary = execute({"company": make.COMPANY})
		assert [row["opportunity"] for row in data] == [deals[2].name, deals[1].name]
		assert "latest 2 of 3 deals" in message
		assert chart["data"]["datasets"][0]["values"][0] == summary[0]["value"] == 100 + 200 + 300

	def test_a_quotation_for_deals_on_two_pages_counts_once(self, monkeypatch):
		acme = make.customer()
		first, second = (make.opportunity(acme, lines={WIDGET: 3}, on=ago(days)) for days in (5, 4))
		doc = make.quotation(first, submit=False)
		origin = {"prevdoc_doctype": "Opportunity", "prevdoc_docname": second.name}
		doc.append("items", {"item_code": GADGET, "qty": 5, "rate": 40, **origin})
		doc.save().submit()
		monkeypatch.setattr(lead_to_cash, "DEALS_A_PAGE", 1)
		assert (amounts(first)[0], amounts(second)[0]) == (300, 200)
		assert lead_to_cash.read({"company": make.COMPANY}).totals["quoted"] == 500


class TestCost:
	def test_more_deals_take_no_more_queries(self, monkeypatch):
		def paid_deal(name: str) -> None:
			order = make.order(make.quotation(make.opportunity(make.lead(name), lines={WIDGET: 1})))
			make.delivery(order)
			make.payment(make.invoice(order))

		paid_deal("Ada")
		one = self.queries(monkeypatch)
		paid_deal("Bo")
		paid_deal("Cy")
		assert self.queries(monkeypatch) == one <= 9

	@staticmethod
	def queries(monkeypatch: pytest.MonkeyPatch) -> int:
		rows()
		with monkeypatch.context() as patch:
			counted: list[str] = []
			run = frappe.local.db.sql
			patch.setattr(
				frappe.local.db,
				"sql",
				lambda query, *args, **kwargs: counted.append(str(query)) or run(query, *args, **kwargs),
			)
			rows()
		return len(counted)
