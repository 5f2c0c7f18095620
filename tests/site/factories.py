"""Documents for tests on a real site, made the way a user makes them: with ERPNext's own mappers.

`masters()` prepares a site once, also one on which the setup wizard never ran. Everything else belongs to
the test that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.crm.doctype.opportunity.opportunity import make_quotation
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from erpnext.setup.setup_wizard.operations import install_fixtures
from erpnext.stock.doctype.delivery_note.delivery_note import (
	make_sales_invoice as make_sales_invoice_from_delivery,
)
from frappe.model.document import Document
from frappe.utils import add_days, getdate, nowdate

COMPANY = "Pipeline Test"
ABBREVIATION = "PT"
CURRENCY = "EUR"
FOREIGN_CURRENCY = "USD"
EXCHANGE_RATE = 0.9
COUNTRY = "Hong Kong"  # ERPNext ships no tax templates for it: totals are what the rows add up to
PRICE_LIST = "Pipeline Test Selling"
WAREHOUSE = f"Stores - {ABBREVIATION}"
WIDGET = "Pipeline Widget"
GADGET = "Pipeline Gadget"
PRICES = {WIDGET: 100.0, GADGET: 40.0}
COST = 25.0
FIRST_DAY = date(date.today().year - 3, 1, 1)  # nothing is dated before it


# Masters


def masters() -> None:
	"""Everything documents need before the first of them can be made. Safe to call again."""
	if not frappe.db.exists("Item Group", "All Item Groups"):
		install_fixtures.install(COUNTRY)
	_fiscal_years()
	_ensure(
		"Company",
		COMPANY,
		company_name=COMPANY,
		abbr=ABBREVIATION,
		default_currency=CURRENCY,
		country=COUNTRY,
		chart_of_accounts="Standard",
		enable_perpetual_inventory=1,
	)
	_ensure("Price List", PRICE_LIST, price_list_name=PRICE_LIST, currency=CURRENCY, selling=1, enabled=1)
	_exchange_rate()
	for item_code, price in PRICES.items():
		item(item_code, price)


def _fiscal_years() -> None:
	for year in range(FIRST_DAY.year, getdate().year + 2):
		first, last = f"{year}-01-01", f"{year}-12-31"
		covered = {"year_start_date": ["<=", first], "year_end_date": [">=", last]}
		if not frappe.db.exists("Fiscal Year", covered):
			_insert("Fiscal Year", year=str(year), year_start_date=first, year_end_date=last)


def _exchange_rate() -> None:
	pair = {"from_currency": FOREIGN_CURRENCY, "to_currency": CURRENCY, "date": "2020-01-01"}
	if not frappe.db.exists("Currency Exchange", pair):
		_insert("Currency Exchange", **pair, exchange_rate=EXCHANGE_RATE, for_buying=1, for_selling=1)


def item(item_code: str, price: float) -> None:
	if frappe.db.exists("Item", item_code):
		return
	_insert(
		"Item",
		item_code=item_code,
		item_name=item_code,
		item_group="Products",
		stock_uom="Nos",
		is_stock_item=1,
		item_defaults=[{"company": COMPANY, "default_warehouse": WAREHOUSE}],
	)
	_insert("Item Price", item_code=item_code, price_list=PRICE_LIST, price_list_rate=price)
	_insert(
		"Stock Entry",
		company=COMPANY,
		set_posting_time=1,
		posting_date=FIRST_DAY,
		stock_entry_type="Material Receipt",
		items=[{"item_code": item_code, "qty": 100_000, "basic_rate": COST, "t_warehouse": WAREHOUSE}],
	).submit()


def _ensure(doctype: str, name: str, **fields: Any) -> None:
	if not frappe.db.exists(doctype, name):
		_insert(doctype, **fields)


def _insert(doctype: str, **fields: Any) -> Document:
	return frappe.get_doc({"doctype": doctype, **fields}).insert()


# People


def user(email: str, *roles: str) -> str:
	"""A desk user with these roles; returns the e-mail address, which is the user's name."""
	if _has_roles(email, roles):
		return email
	_insert(
		"User",
		email=email,
		first_name=email.split("@")[0].title(),
		send_welcome_email=0,
		roles=[{"role": role} for role in roles],
	)
	return email


def _has_roles(email: str, roles: tuple[str, ...]) -> bool:
	"""Whether the user is there with just these roles, as those are whom the session has made."""
	held = frappe.get_all("Has Role", {"parenttype": "User", "parent": email}, pluck="role")
	return bool(held) and set(held) == set(roles)


@contextmanager
def acting(user: str) -> Iterator[None]:
	"""Inside, it is somebody else who acts."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)


def customer(name: str = "Acme", **fields: Any) -> Document:
	return _insert("Customer", customer_name=name, customer_type="Company", **_group(), **fields)


def lead(name: str = "Ada Lovelace", **fields: Any) -> Document:
	return _insert(
		"Lead", **{"first_name": name, "company_name": f"{name} Ltd", "company": COMPANY, **fields}
	)


def prospect(name: str, *leads: Document) -> Document:
	members = [{"lead": member.name} for member in leads]
	return _insert("Prospect", company_name=name, company=COMPANY, leads=members)


def role(name: str) -> str:
	return _insert("Role", role_name=name).name


def receivable(currency: str) -> Document:
	"""A receivable account of the company in another currency."""
	return _insert(
		"Account",
		account_name=f"Debtors {currency}",
		company=COMPANY,
		parent_account=f"Accounts Receivable - {ABBREVIATION}",
		account_type="Receivable",
		account_currency=currency,
	)


def tax(percent: float) -> dict[str, Any]:
	"""A tax row for a document's `taxes`."""
	account = f"Duties and Taxes - {ABBREVIATION}"
	tax_account = _insert(
		"Account", account_name="VAT", company=COMPANY, parent_account=account, account_type="Tax"
	)
	return {
		"charge_type": "On Net Total",
		"account_head": tax_account.name,
		"description": "VAT",
		"rate": percent,
	}


def _group() -> dict[str, str]:
	return {"customer_group": "Commercial", "territory": "All Territories"}


# The way from lead to cash


def opportunity(
	party: Document,
	*,
	lines: dict[str, float] | None = None,
	on: date | str | None = None,
	**fields: Any,
) -> Document:
	"""A deal; with `lines` (item code: quantity) at list price, else with an amount only."""
	return _insert(
		"Opportunity",
		**{
			"company": COMPANY,
			"opportunity_from": party.doctype,
			"party_name": party.name,
			"currency": CURRENCY,
			"transaction_date": on or nowdate(),
			"items": [
				{"item_code": item_code, "qty": qty, "uom": "Nos", "rate": PRICES[item_code]}
				for item_code, qty in (lines or {}).items()
			],
			**fields,
		},
	)


def quotation(
	deal: Document,
	*,
	rates: dict[str, float] | None = None,
	on: date | str | None = None,
	submit: bool = True,
	**fields: Any,
) -> Document:
	"""A quotation of what the deal has; `rates` (item code: rate) overrides the list price.

	A deal without items is quoted with one row per item in `rates`.
	"""
	doc = make_quotation(deal.name)
	doc.update({"transaction_date": on or nowdate(), "selling_price_list": PRICE_LIST, **fields})
	if not deal.items:
		doc.set("items", [{"item_code": item_code, "qty": 1} for item_code in rates or PRICES])
	for row in doc.items:
		row.rate = (rates or {}).get(row.item_code, PRICES[row.item_code])
	return _finish(doc, submit)


def order(
	quote: Document,
	*,
	quantities: dict[str, float] | None = None,
	on: date | str | None = None,
	submit: bool = True,
) -> Document:
	"""An order of all that is open on the quotation, or of `quantities` (item code: quantity)."""
	doc = _partly(make_sales_order(quote.name), quantities)
	doc.update(_ordered_on(on))
	return _finish(doc, submit)


def contract(quotation: Document) -> Document:
	"""A draft of a contract about a quotation, not signed yet."""
	return _insert(
		"Contract",
		party_type=quotation.quotation_to,
		party_name=quotation.party_name,
		contract_terms="As quoted",
		document_type="Quotation",
		document_name=quotation.name,
		start_date=nowdate(),
	)


def direct_order(customer: str, lines: dict[str, float]) -> Document:
	"""An order that comes from no quotation."""
	doc = _insert(
		"Sales Order",
		company=COMPANY,
		customer=customer,
		currency=CURRENCY,
		selling_price_list=PRICE_LIST,
		items=[
			{"item_code": item_code, "qty": qty, "rate": PRICES[item_code]}
			for item_code, qty in lines.items()
		],
		**_ordered_on(None),
	)
	return doc.submit()


def delivery(
	ordered: Document, *, quantities: dict[str, float] | None = None, on: date | str | None = None
) -> Document:
	"""A delivery of all that is open on the order, or of `quantities` (item code: quantity)."""
	return _finish(_posted(_partly(make_delivery_note(ordered.name), quantities), on))


def invoice(
	source: Document,
	*,
	quantities: dict[str, float] | None = None,
	on: date | str | None = None,
	**fields: Any,
) -> Document:
	"""An invoice for an order or a delivery: for all that is open on it, or for `quantities`."""
	make = {"Sales Order": make_sales_invoice, "Delivery Note": make_sales_invoice_from_delivery}
	doc = _partly(make[source.doctype](source.name), quantities)
	doc.update(fields)
	return _finish(_posted(doc, on))


def credit_note(billed: Document, *, quantities: dict[str, float] | None = None, **fields: Any) -> Document:
	"""A return of all that was invoiced, or of `quantities`, given as positive numbers."""
	taken_back = {item_code: -qty for item_code, qty in (quantities or {}).items()}
	doc = _partly(make_sales_return(billed.name), taken_back)
	doc.update(fields)
	return _finish(doc)


def payment(
	against: Document, amount: float | None = None, *, on: date | str | None = None, submit: bool = True
) -> Document:
	"""A payment of all that is open on an invoice or order, or of `amount`."""
	doc = get_payment_entry(against.doctype, against.name, party_amount=amount)
	doc.posting_date = on or nowdate()
	return _finish(doc, submit)


def _partly(doc: Document, quantities: dict[str, float] | None) -> Document:
	if quantities:
		doc.set("items", [row for row in doc.items if row.item_code in quantities])
		for row in doc.items:
			row.qty = quantities[row.item_code]
	return doc


def _ordered_on(day: date | str | None) -> dict[str, Any]:
	day = day or nowdate()
	return {"transaction_date": day, "delivery_date": add_days(day, 14), "payment_schedule": []}


def _posted(doc: Document, on: date | str | None) -> Document:
	if on:
		doc.update({"set_posting_time": 1, "posting_date": on, "due_date": on, "payment_schedule": []})
	return doc


def _finish(doc: Document, submit: bool = True) -> Document:
	doc.insert()
	return doc.submit() if submit else doc
