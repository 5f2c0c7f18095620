"""An unapproved quotation leaves the house with a mark or not at all, whichever way it is taken out."""

from __future__ import annotations

import json

import frappe
import pytest
from erpnext.controllers.website_list_for_contact import get_transaction_list
from frappe.core.doctype.communication.email import make
from frappe.email.doctype.email_queue.email_queue import EmailQueue
from frappe.utils import pdf, set_request
from frappe.utils.print_format import download_pdf
from frappe.utils.weasyprint import get_html
from frappe.website.serve import get_response_content
from frappe.www.printview import get_html_and_style

from pipeline_ext.quoting.leaving import STAYS
from tests.site import approvals, factories
from tests.site.approvals import REP, acting, approve, approved, fresh, quote, stored

MARK = "Not approved"


@pytest.fixture(autouse=True)
def policy():
	approvals.people()
	return approvals.policy()


@pytest.fixture
def deal(policy):
	return approvals.deal()


@pytest.fixture
def keeping_in():
	"""Unapproved quotations do not leave the house."""
	settings = frappe.get_doc("Pipeline Settings")
	settings.unapproved_quotes = STAYS
	settings.save()


def stopped():
	return pytest.raises(frappe.ValidationError, match="is not approved yet")


def print_format(name="Pipeline Test Format", **fields):
	return frappe.get_doc(
		{
			"doctype": "Print Format",
			"name": name,
			"doc_type": "Quotation",
			"standard": "No",
			"module": "Pipeline Ext",
			**fields,
		}
	).insert()


def jinja_format():
	return print_format(custom_format=1, print_format_type="Jinja", html="<p>Offer {{ doc.name }}</p>").name


def built_format():
	layout = [{"fieldname": "grand_total", "label": "Grand Total"}]
	return print_format(format_data=json.dumps(layout)).name


FORMATS = {"standard": lambda: "Standard", "custom": jinja_format, "built": built_format}


def printed(quotation, name="Standard"):
	with acting(REP):
		return frappe.get_print("Quotation", quotation.name, name)


def in_the_preview(quotation):
	with acting(REP):
		return get_html_and_style("Quotation", quotation.name)["html"]


def beta_page(quotation):
	layout = {
		"sections": [{"columns": [{"fields": [{"fieldname": "grand_total", "fieldtype": "Currency"}]}]}]
	}
	name = print_format(print_format_builder_beta=1, format_data=json.dumps(layout)).name
	with acting(REP):
		return get_html("Quotation", quotation.name, name)


@pytest.fixture(autouse=True)
def no_pdf(monkeypatch):
	"""What would become a PDF stays HTML: what it looks like needs the network."""
	monkeypatch.setattr(pdf, "get_pdf", lambda html, *args, **kwargs: html.encode())


# With a mark


@pytest.mark.parametrize("chosen", FORMATS.values(), ids=FORMATS)
def test_every_print_format_is_marked(deal, chosen):
	draft, name = quote(deal), chosen()
	assert printed(draft, name).count(MARK) == 1
	approve(draft)
	assert MARK not in printed(draft, name)


def test_the_preview_is_marked(deal):
	draft = quote(deal)
	assert MARK in in_the_preview(draft)
	assert MARK not in in_the_preview(quote(deal, 95))


def test_the_page_of_the_new_format_builder_is_marked(deal):
	draft = quote(deal)
	page = beta_page(draft)
	assert page.index("<body>") < page.index(MARK) < page.index("</body>")
	assert page.count(MARK) == 1


def test_a_page_of_the_new_format_builder_for_anything_else_is_frappes_own(deal):
	layout = {"sections": []}
	made = print_format(doc_type="Opportunity", print_format_builder_beta=1, format_data=json.dumps(layout))
	page = get_html("Opportunity", deal.name, made.name)
	assert MARK not in page
	assert page.strip().startswith("<!DOCTYPE html>")


def test_a_pdf_is_marked(deal):
	draft = quote(deal)
	with acting(REP):
		download_pdf("Quotation", draft.name)
	assert MARK in frappe.local.response.filecontent.decode()


def test_what_a_client_says_of_a_quotation_takes_no_mark_off(deal):
	draft = quote(deal)
	claim = {**fresh(draft).as_dict(), "pe_approval_status": "Approved", "docstatus": 1}
	with acting(REP):
		assert MARK in get_html_and_style(json.dumps(claim, default=str))["html"]


def test_a_stale_approval_brings_the_mark_back(deal):
	draft = quote(deal)
	approve(draft)
	changed = fresh(draft)
	changed.items[0].rate = 70
	changed.save()
	assert MARK in printed(draft)


def test_a_policy_made_since_the_draft_was_saved_counts(deal, policy):
	policy.rules[0].threshold = 30
	policy.save()
	draft = quote(deal)
	assert MARK not in printed(draft)
	policy.rules[0].threshold = 10
	policy.save()
	assert MARK in printed(draft)


@pytest.fixture
def another_app(monkeypatch):
	"""`another_app(comes_last)`: it prints in its own way, and is installed before or after this one."""
	monkeypatch.setattr(pdf, "in_capitals", lambda **kwargs: "IN CAPITALS", raising=False)
	hooks = frappe.get_hooks

	def install(comes_last):
		def with_another_app(hook=None, *args, **kwargs):
			found = hooks(hook, *args, **kwargs)
			if hook != "pdf_body_html":
				return found
			other = ["frappe.utils.pdf.in_capitals"]
			return found + other if comes_last else found[:1] + other + found[1:]

		monkeypatch.setattr(frappe, "get_hooks", with_another_app)

	return install


def test_an_app_that_prints_its_own_way_still_does(deal, another_app):
	draft = quote(deal)
	another_app(comes_last=False)
	html = printed(draft)
	assert "IN CAPITALS" in html
	assert MARK in html


def test_where_another_app_has_the_last_word_nothing_is_printed_without_a_mark(deal, another_app):
	draft = quote(deal)
	another_app(comes_last=True)
	with pytest.raises(frappe.ValidationError, match="frappe prints quotations without the mark"):
		printed(draft)
	approve(draft)
	assert "IN CAPITALS" in printed(draft)


@pytest.mark.parametrize("html", [None, "<p>Made before</p>"])
def test_a_print_in_an_email_is_marked(deal, html):
	draft = quote(deal)
	queued = send(draft, html)
	(attachment,) = json.loads(queued.attachments)
	assert bool(attachment.get("html")) is bool(html)
	made = frappe.attach_print("Quotation", attachment["name"], html=attachment["html"])
	assert MARK in made["fcontent"].decode()


def send(quotation, html=None):
	return EmailQueue.new(
		{
			"sender": REP,
			"recipients": ["customer@example.com"],
			"message": "Dear customer",
			"reference_doctype": "Quotation",
			"reference_name": quotation.name,
			"attachments": json.dumps(
				[
					{
						"print_format_attachment": 1,
						"doctype": "Quotation",
						"name": quotation.name,
						"print_format": "Standard",
						"html": html,
					}
				]
			),
		},
		ignore_permissions=True,
	)


# Not at all

WAYS_OUT = {
	"print": printed,
	"a jinja format": lambda quotation: printed(quotation, jinja_format()),
	"the preview": in_the_preview,
	"the new format builder": beta_page,
	"a PDF": lambda quotation: download_pdf("Quotation", quotation.name),
	"an attached print": lambda quotation: frappe.attach_print("Quotation", quotation.name),
	"an email": send,
	"an email with a print made before": lambda quotation: send(quotation, "<p>Made before</p>"),
}


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_it_is_stopped_on_every_way_out(deal, keeping_in, way):
	draft = quote(deal)
	with stopped():
		way(draft)
	assert frappe.db.count("Email Queue", {"reference_name": draft.name}) == 0


@pytest.mark.parametrize("way", WAYS_OUT.values(), ids=WAYS_OUT)
def test_an_approved_one_leaves_on_every_way(deal, keeping_in, way):
	draft = quote(deal)
	approve(draft)
	way(draft)


def test_an_email_without_a_print_is_nobodys_business(deal, keeping_in):
	draft = quote(deal)
	with acting(REP):
		sent = make("Quotation", draft.name, content="We are on it", recipients="customer@example.com")
	assert frappe.db.exists("Communication", {"name": sent["name"], "reference_name": draft.name})


# The customer's portal


@pytest.fixture
def portal_user(deal):
	email = factories.user("buyer@pipeline-test.example", "Customer")
	customer = frappe.get_doc("Customer", deal.party_name)
	customer.append("portal_users", {"user": email})
	customer.save()
	return email


@pytest.fixture
def browse(monkeypatch):
	"""`browse(user, path)`: what a user reads there, with a key for it or without."""

	def read(user, path, key=None):
		monkeypatch.setattr(frappe.local, "request", None, raising=False)
		set_request(method="GET", path=path)
		with acting(user):
			frappe.local.form_dict.key = key
			return get_response_content(path)

	return read


def test_the_portal_says_that_it_is_not_approved(deal, portal_user, browse):
	draft = quote(deal)
	page = browse(portal_user, f"quotations/{draft.name}")
	assert factories.WIDGET in page
	assert MARK in page
	approve(draft)
	assert MARK not in browse(portal_user, f"quotations/{draft.name}")


def test_the_portal_does_not_show_it(deal, portal_user, browse, keeping_in):
	draft = quote(deal)
	page = browse(portal_user, f"quotations/{draft.name}")
	assert factories.WIDGET not in page
	assert "is not approved yet" in page


def test_the_portals_list_has_none_but_submitted_ones(deal, portal_user):
	quote(deal)
	offered = approved(deal)
	with acting(portal_user):
		assert [each.name for each in get_transaction_list("Quotation")] == [offered.name]


def test_a_shared_link_shows_the_mark(deal, browse):
	draft = quote(deal)
	page = browse("Guest", f"Quotation/{draft.name}", fresh(draft).get_document_share_key())
	assert factories.WIDGET in page
	assert MARK in page


def test_a_shared_link_is_no_way_out(deal, browse, keeping_in):
	draft = quote(deal)
	page = browse("Guest", f"Quotation/{draft.name}", fresh(draft).get_document_share_key())
	assert factories.WIDGET not in page
	assert "is not approved yet" in page


def test_a_draft_without_a_policy_is_printed_as_ever(deal, policy):
	policy.enabled = 0
	policy.save()
	draft = quote(deal)
	assert stored(draft, "pe_approval_status") == "Not Required"
	assert MARK not in printed(draft)
