"""What is not approved leaves the house with a mark, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import frappe
import pytest
from requests import Response

from tests.browser import records
from tests.browser.conftest import URL
from tests.browser.quotes.ways import (
	WIDGET,
	form_of,
)
from tests.browser.rest import Guest, Session, is_clear_no

# Leaving the house

NOT_APPROVED = "not approved"

EXITS: dict[str, Callable[[Session, str], Response]] = {
	"the print view": lambda user, name: user.send("GET", f"/printview?doctype=Quotation&name={name}"),
	"the print view in another format": lambda user, name: user.send(
		"GET", f"/printview?doctype=Quotation&name={name}&format=Standard&no_letterhead=1"
	),
	"the print preview": lambda user, name: user.run(
		"frappe.www.printview.get_html_and_style", doc="Quotation", name=name
	),
	"the print preview of a form": lambda user, name: user.run(
		"frappe.www.printview.get_html_and_style",
		doc=json.dumps(form_of(user, "Quotation", name, pe_approval_status="Approved")),
	),
	"a link to share": lambda user, name: Guest(URL).send(
		"GET", f"/printview?doctype=Quotation&name={name}&key={share_key(name)}"
	),
}
HOUSE_RULE = "Do not leave the house"


def share_key(name: str) -> str:
	with records.committed_as(records.REP):
		return frappe.get_doc("Quotation", name).get_document_share_key()


@pytest.fixture
def kept_in() -> Iterator[None]:
	"""The setting under which a quotation without its approval is neither printed nor mailed."""
	former = frappe.db.get_single_value("Pipeline Settings", "unapproved_quotes", cache=False)
	change_setting(HOUSE_RULE)
	yield
	change_setting(former)


def change_setting(value: str | None) -> None:
	with records.committed_as("Administrator"):
		frappe.db.set_single_value("Pipeline Settings", "unapproved_quotes", value)


@pytest.mark.parametrize("way", EXITS)
def test_what_is_not_approved_leaves_with_a_mark(sales_user: Session, unapproved: str, way: str):
	answer = EXITS[way](sales_user, unapproved)
	assert answer.ok
	assert WIDGET in answer.text
	assert NOT_APPROVED in answer.text.lower()


@pytest.mark.parametrize("way", EXITS)
def test_what_is_approved_leaves_without_a_mark(sales_user: Session, quoted: str, way: str):
	answer = EXITS[way](sales_user, quoted)
	assert answer.ok
	assert WIDGET in answer.text
	assert NOT_APPROVED not in answer.text.lower()


@pytest.mark.usefixtures("kept_in")
@pytest.mark.parametrize("way", EXITS)
def test_what_is_not_approved_does_not_leave_where_that_is_the_rule(
	sales_user: Session, unapproved: str, way: str
):
	answer = EXITS[way](sales_user, unapproved)
	assert is_clear_no(answer)
	assert WIDGET not in answer.text


PDFS: dict[str, Callable[[Session, str], Response]] = {
	"a PDF": lambda user, name: user.run(
		"frappe.utils.print_format.download_pdf", doctype="Quotation", name=name
	),
	"an e-mail": lambda user, name: mail(user, name, print_format="Standard"),
	"an e-mail with what was printed": lambda user, name: mail(user, name, print_html="<p>20 % off</p>"),
}


def mail(user: Session, name: str, **fields: Any) -> Response:
	return user.run(
		"frappe.core.doctype.communication.email.make",
		doctype="Quotation",
		name=name,
		recipients="buyer@acme.example",
		subject="Our offer",
		content="As discussed",
		send_email=1,
		**fields,
	)


@pytest.mark.usefixtures("kept_in")
@pytest.mark.parametrize("way", PDFS)
def test_no_file_or_mail_of_it_leaves_where_that_is_the_rule(sales_user: Session, unapproved: str, way: str):
	assert is_clear_no(PDFS[way](sales_user, unapproved))
	about = {"reference_doctype": "Quotation", "reference_name": unapproved}
	assert records.stored("Communication", {**about, "communication_type": "Communication"}, "name") is None
	assert records.stored("Email Queue", about, "name") is None


MANY = {
	"a file of many": "frappe.utils.print_format.download_multi_pdf",
	"a file of many, made in the background": "frappe.utils.print_format.download_multi_pdf_async",
}


@pytest.mark.usefixtures("kept_in")
@pytest.mark.parametrize("function", MANY.values(), ids=MANY)
def test_a_file_of_many_says_which_must_not_leave(
	sales_user: Session, quoted: str, unapproved: str, function: str
):
	names = json.dumps([quoted, unapproved])
	answer = sales_user.run(function, doctype="Quotation", name=names)
	assert is_clear_no(answer)
	assert f"{unapproved} is not approved yet" in answer.text


@pytest.mark.usefixtures("kept_in")
@pytest.mark.parametrize("function", MANY.values(), ids=MANY)
def test_a_file_of_many_leaves_with_those_that_may(sales_user: Session, quoted: str, function: str):
	assert sales_user.run(function, doctype="Quotation", name=json.dumps([quoted])).ok


@pytest.mark.usefixtures("kept_in")
def test_what_is_approved_is_mailed_all_the_same(sales_user: Session, quoted: str):
	assert mail(sales_user, quoted, print_format="Standard").ok
