"""What the demo company stands on: itself, its people, its price list, its first customers and its stock."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import frappe
from erpnext.setup.setup_wizard.operations.install_fixtures import create_bank_account
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES
from frappe.utils.nestedset import get_root_of

from pipeline_ext.demo import cast
from pipeline_ext.demo.cast import (
	ABBREVIATION,
	ACCOUNTANT,
	BACK_OFFICE,
	COMPANY,
	CURRENCY,
	DIRECTOR,
	Job,
	Person,
	Product,
)
from pipeline_ext.demo.life import APPROVAL_ABOVE, QUOTES_HOLD
from pipeline_ext.demo.quiet import with_defaults
from pipeline_ext.demo.story import Story
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft

CUSTOMER_GROUP = "Pipeline Demo Customers"
TERRITORY = "Pipeline Demo Territory"
ITEM_GROUP = "Pipeline Demo Products"
SELLING = "Pipeline Demo Selling"
BUYING = "Pipeline Demo Buying"
PIPELINE = "Pipeline Demo B2B"
POLICY = "Pipeline Demo Discounts"
STORES = f"Stores - {ABBREVIATION}"
UNIT = "Nos"
MODE_OF_PAYMENT = "Wire Transfer"
SETTINGS_KEY = "pipeline_demo"
"""Under this parent, DefaultValue keeps what the site's settings said before the demo."""

ANSWER_WITHIN_TWO_DAYS = {"deadline_hours": 16, "reminder_hours": 4}
LEAST_MARGIN = 20

ROLES: dict[Job, tuple[str, ...]] = {
	Job.SALES: ("Sales User",),
	Job.SALES_MANAGEMENT: ("Sales User", "Sales Manager", "Gate Keeper", "Deal Desk"),
	Job.DIRECTION: ("Sales User", "Deal Desk"),
	Job.FINANCE: ("Accounts User", "Sales User"),
}
TREE_ROOTS = {
	"Customer Group": "All Customer Groups",
	"Item Group": "All Item Groups",
	"Territory": "All Territories",
}
LISTS: dict[str, tuple[str, ...]] = {
	"Competitor": cast.COMPETITORS,
	"Industry Type": cast.INDUSTRIES,
	"Lead Source": cast.LEAD_SOURCES,
	"Opportunity Lost Reason": tuple(cast.LOST_REASONS),
	"Opportunity Type": ("Sales",),
	"Quotation Lost Reason": tuple(cast.LOST_REASONS),
	"UOM": (UNIT,),
	"Warehouse Type": ("Transit",),
}


@dataclass(frozen=True)
class Step:
	"""Something to make before the play, and what to call it when it fails."""

	title: str
	make: Callable[[], None]
	user: str = BACK_OFFICE.email


def steps(story: Story) -> list[Step]:
	"""Everything that the story needs to stand on, in order."""
	return [
		Step(_("the back office user"), add_back_office, user="Administrator"),
		Step(_("lists that a new site lacks"), add_lists),
		Step(_("settings of a new site"), complete_setup),
		Step(_("the company"), add_company),
		Step(_("fiscal years"), lambda: add_fiscal_years(story.begins_on, story.ends_on)),
		Step(_("products and prices"), lambda: add_products(story.begins_on)),
		Step(_("users"), add_staff),
		Step(_("the opening stock"), lambda: receive_stock(story)),
		Step(_("the first customers"), lambda: add_customers(story)),
		Step(_("the pipeline and the approval policy"), add_rules),
	]


def ensure(doctype: str, name: str, **values: object) -> None:
	"""Make a record unless the site has one of that name."""
	if frappe.db.exists(doctype, name):
		return
	title_field = _name_field(doctype)
	doc = new(doctype, **({title_field: name} if title_field else {"name": name}), **values)
	doc.insert(set_name=None if title_field else name, ignore_mandatory=True, ignore_permissions=True)


def _name_field(doctype: str) -> str | None:
	autoname = frappe.get_meta(doctype).autoname or ""
	return autoname.partition("field:")[2] or None


def new(doctype: str, **values: object) -> Document:
	"""An unsaved document with the DocType's defaults and these values."""
	doc = frappe.new_doc(doctype)
	doc.update(values)
	return doc


def add_back_office() -> None:
	"""Whoever the loader works as: may do everything, and can never log in."""
	user = _new_user(BACK_OFFICE, enabled=0)
	every_role = frappe.get_all(
		"Role", {"name": ("not in", (*AUTOMATIC_ROLES, "Administrator"))}, pluck="name"
	)
	user.append_roles(*every_role)
	user.insert()


def retire_back_office() -> None:
	"""Take its roles away again: the play is over."""
	frappe.db.delete("Has Role", {"parenttype": "User", "parent": BACK_OFFICE.email})
	frappe.clear_cache(user=BACK_OFFICE.email)


def _new_user(person: Person, **values: object) -> Document:
	return new(
		"User",
		email=person.email,
		first_name=person.first_name,
		last_name=person.last_name,
		send_welcome_email=0,
		user_type="System User",
		**values,
	)


def add_lists() -> None:
	"""What ERPNext's setup wizard would have made, as far as the story needs it."""
	for doctype, name in TREE_ROOTS.items():
		if not get_root_of(doctype):
			ensure(doctype, name, is_group=1)
	for doctype, names in LISTS.items():
		for name in names:
			ensure(doctype, name)
	ensure("Party Type", "Customer", account_type="Receivable")
	ensure("Stock Entry Type", "Material Receipt", purpose="Material Receipt")
	ensure("Mode of Payment", MODE_OF_PAYMENT, type="Bank")
	_ensure_leaf("Customer Group", CUSTOMER_GROUP)
	_ensure_leaf("Territory", TERRITORY)
	_ensure_leaf("Item Group", ITEM_GROUP)


def _ensure_leaf(doctype: str, name: str) -> None:
	parent_field = f"parent_{frappe.scrub(doctype)}"
	ensure(doctype, name, is_group=0, **{parent_field: get_root_of(doctype)})


def complete_setup() -> None:
	"""On a site without a company: settings that let the desk open instead of the setup wizard."""
	if frappe.db.count("Company"):
		return
	for app in frappe.get_all("Installed Application", {"has_setup_wizard": 1}, pluck="name"):
		change_setting("Installed Application", app, "is_setup_complete", 1, of_new_site=True)
	for doctype, fieldname, value in (
		("System Settings", "setup_complete", 1),
		("System Settings", "country", cast.COUNTRY),
		("Global Defaults", "default_company", COMPANY),
		("Global Defaults", "default_currency", CURRENCY),
		("Selling Settings", "selling_price_list", SELLING),
		("Buying Settings", "buying_price_list", BUYING),
	):
		change_setting(doctype, doctype, fieldname, value, of_new_site=True)
	for key, value in (("desktop:home_page", "workspace"), ("company", COMPANY), ("currency", CURRENCY)):
		_note(["DefaultValue", key], frappe.defaults.get_defaults_for().get(key), value, of_new_site=True)
		frappe.db.set_default(key, value)


def change_setting(doctype: str, name: str, fieldname: str, value: object, of_new_site: bool = False) -> None:
	"""Change one value, having noted what it was."""
	before = frappe.db.get_value(doctype, name, fieldname)
	if before != value:
		_note([doctype, name, fieldname], before, value, of_new_site)
		frappe.db.set_value(doctype, name, fieldname, value, update_modified=False)


def _note(what: list[str], before: object, after: object, of_new_site: bool) -> None:
	"""`of_new_site` marks what a site keeps once it has got a company of its own."""
	note = {"what": what, "before": before, "after": after, "of_new_site": of_new_site}
	frappe.defaults.add_default(" ".join(what)[:140], json.dumps(note, default=str), SETTINGS_KEY)


def add_company() -> None:
	change_setting("Currency", CURRENCY, "enabled", 1)
	new(
		"Company",
		company_name=COMPANY,
		abbr=ABBREVIATION,
		default_currency=CURRENCY,
		country=cast.COUNTRY,
		enable_perpetual_inventory=1,
		create_chart_of_accounts_based_on="Standard Template",
		chart_of_accounts="Standard",
	).insert()
	create_bank_account({"company_name": COMPANY, "bank_account": _("Main Bank"), "set_default": 1})


def add_fiscal_years(first: date, last: date) -> None:
	"""Years that cover the story, starting on the day on which the site's own years start."""
	site_starts = frappe.get_all("Fiscal Year", {"is_short_year": 0}, pluck="year_start_date", limit=1)
	month, day = (site_starts[0].month, site_starts[0].day) if site_starts else (1, 1)
	for year in range(first.year - 1, last.year + 1):
		start, end = date(year, month, day), date(year + 1, month, day) - timedelta(days=1)
		if end >= first and start <= last:
			_ensure_fiscal_year(start, end)


def _ensure_fiscal_year(start: date, end: date) -> None:
	"""Open the year to the demo company: the site's own where there is one, else one of the company's."""
	existing = frappe.db.exists("Fiscal Year", {"year_start_date": start, "year_end_date": end})
	if not existing:
		name = f"{ABBREVIATION} {start.year}" + (f"-{end.year}" if end.year != start.year else "")
		new(
			"Fiscal Year",
			year=name,
			year_start_date=start,
			year_end_date=end,
			companies=[{"company": COMPANY}],
		).insert()
	elif frappe.db.exists("Fiscal Year Company", {"parent": existing}):
		year = frappe.get_doc("Fiscal Year", existing)
		year.append("companies", {"company": COMPANY})
		year.save()


def add_staff() -> None:
	"""The people who can log in, each confined to the demo company and with its price list at hand."""
	known_roles = set(frappe.get_all("Role", pluck="name"))
	for person in cast.STAFF:
		if person is BACK_OFFICE:
			continue
		user = _new_user(person, enabled=1)
		user.append_roles(*(role for role in ROLES[person.job] if role in known_roles))
		user.insert()
		frappe.permissions.add_user_permission("Company", COMPANY, person.email, is_default=1)
	for person in cast.STAFF:
		for key, value in (
			("company", COMPANY),
			("currency", CURRENCY),
			("selling_price_list", SELLING),
			("customer_group", CUSTOMER_GROUP),
			("territory", TERRITORY),
		):
			frappe.defaults.set_user_default(key, value, person.email)


def add_products(since: date) -> None:
	new("Price List", price_list_name=SELLING, selling=1, enabled=1, currency=CURRENCY).insert()
	new("Price List", price_list_name=BUYING, buying=1, enabled=1, currency=CURRENCY).insert()
	for product in cast.PRODUCTS:
		_add_product(product, since)


def _add_product(product: Product, since: date) -> None:
	new(
		"Item",
		item_code=product.code,
		item_name=product.name,
		item_group=ITEM_GROUP,
		stock_uom=UNIT,
		is_stock_item=int(product.in_stock),
		valuation_rate=product.cost,
		item_defaults=[
			{"company": COMPANY, "default_warehouse": STORES, "default_price_list": SELLING},
		],
	).insert()
	for price_list, rate in ((SELLING, product.price), (BUYING, product.cost)):
		new(
			"Item Price",
			item_code=product.code,
			price_list=price_list,
			price_list_rate=rate,
			valid_from=since,
		).insert()


def receive_stock(story: Story) -> None:
	"""One receipt on the first morning that lasts for the whole story."""
	receipt = new(
		"Stock Entry",
		naming_series=series("STE", story.begins_on),
		stock_entry_type="Material Receipt",
		purpose="Material Receipt",
		company=COMPANY,
		to_warehouse=STORES,
		set_posting_time=1,
		posting_date=story.begins_on,
		posting_time="08:00:00",
	)
	for product, qty in story.stock_needed().items():
		receipt.append(
			"items",
			{
				"item_code": product.code,
				"qty": qty,
				"uom": UNIT,
				"t_warehouse": STORES,
				"basic_rate": product.cost,
			},
		)
	receipt.insert()
	receipt.submit()


def add_customers(story: Story) -> None:
	for organisation in story.customers:
		new(
			"Customer",
			customer_name=organisation.name,
			customer_type="Company",
			customer_group=CUSTOMER_GROUP,
			territory=TERRITORY,
			industry=organisation.industry,
			default_currency=CURRENCY,
			default_price_list=SELLING,
			first_name=organisation.first_name,
			last_name=organisation.last_name,
			email_id=organisation.email,
		).insert()


def add_rules() -> None:
	"""The company's own copy of the B2B pipeline, which enforces, and a policy on what quotes give away."""
	with with_defaults():
		draft(b2b, PIPELINE, mode="Enforce", company=COMPANY).publish()
		new(
			"Quote Approval Policy",
			policy_name=POLICY,
			company=COMPANY,
			enabled=1,
			rules=[*_discount_levels(), *_finance_rules()],
		).insert()


def _discount_levels() -> list[dict[str, object]]:
	"""A rep grants a little alone, the manager more, the director all the rest."""
	levels = (
		(APPROVAL_ABOVE / 2, {"approver_type": "Oneself"}),
		(APPROVAL_ABOVE, {"approver_type": "Role", "role": "Sales Manager", **ANSWER_WITHIN_TWO_DAYS}),
		(APPROVAL_ABOVE * 2, {"approver_type": "User", "user": DIRECTOR.email, **ANSWER_WITHIN_TWO_DAYS}),
	)
	return [
		{
			"title": _("Discount above {0} %").format(f"{threshold:g}"),
			"measure": "Discount Percentage",
			"threshold": threshold,
			"approval_group": _("Discount"),
			"level": level,
			**who,
		}
		for level, (threshold, who) in enumerate(levels, start=1)
	]


def _finance_rules() -> list[dict[str, object]]:
	finance = {"approver_type": "User", "user": ACCOUNTANT.email, **ANSWER_WITHIN_TWO_DAYS}
	return [
		{
			"title": _("Margin below {0} %").format(LEAST_MARGIN),
			"measure": "Margin Percentage",
			"comparison": "Below",
			"threshold": LEAST_MARGIN,
			**finance,
		},
		{
			"title": _("Valid for more than {0} days").format(QUOTES_HOLD.days),
			"measure": "Validity Days",
			"threshold": QUOTES_HOLD.days,
			**finance,
		},
	]


def series(document: str, at: date) -> str:
	"""A naming series of the demo's own, so that the site's numbers stay without gaps."""
	return f"{ABBREVIATION}-{document}-{at.year}-.#####"


def expire_quotations(today: date) -> None:
	"""What ERPNext does every night, for the demo's quotes only."""
	frappe.db.set_value(
		"Quotation",
		{"company": COMPANY, "docstatus": 1, "status": "Open", "valid_till": ("<", today)},
		"status",
		"Expired",
		update_modified=False,
	)
