"""A Sales User who tries to get around the approval of quotations, and those who approve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import MISSING, URL

if not MISSING:
	import frappe

	from tests.browser import records
	from tests.browser.quotes.ways import (
		CHEAP_LIST,
		WIDGET,
		ask,
		decide,
		insert_as_admin,
		line,
		quote,
		submit,
	)
	from tests.browser.rest import Session
	from tests.site import factories


@pytest.fixture(scope="package")
def sales_user(site: None) -> Session:
	return Session(URL, records.REP, records.PASSWORD)


@pytest.fixture(scope="package")
def colleague(site: None) -> Session:
	"""Another plain Sales User."""
	return Session(URL, records.KEEPER, records.PASSWORD)


@pytest.fixture(scope="package")
def manager(site: None) -> Session:
	return Session(URL, records.MANAGER, records.PASSWORD)


@pytest.fixture(scope="package")
def other_manager(site: None) -> Session:
	return Session(URL, records.OTHER_MANAGER, records.PASSWORD)


@pytest.fixture(scope="package")
def pipeline_admin(site: None) -> Session:
	return Session(URL, records.ADMIN, records.PASSWORD)


@pytest.fixture(scope="package", autouse=True)
def clean_site(site: None) -> Iterator[None]:
	"""One policy, customer and cheap price list for all tests here: what each makes beside is its own."""
	records.policy()
	records.customer()
	with records.committed_as(records.ADMIN):
		cheap_prices()
	yield
	records.remove_documents()


def cheap_prices() -> None:
	insert_as_admin(
		"Price List", price_list_name=CHEAP_LIST, currency=factories.CURRENCY, selling=1, enabled=1
	)
	insert_as_admin("Item Price", item_code=WIDGET, price_list=CHEAP_LIST, price_list_rate=50)


@pytest.fixture
def draft(sales_user: Session) -> str:
	"""20 % off: more than a rep may give."""
	return quote(sales_user, line(rate=80))


@pytest.fixture
def approved(sales_user: Session, manager: Session, draft: str) -> str:
	"""20 % off, approved, and not submitted yet."""
	decide(manager, ask(sales_user, draft)).raise_for_status()
	return draft


@pytest.fixture
def submitted(sales_user: Session, approved: str) -> str:
	submit(sales_user, "Quotation", approved).raise_for_status()
	return approved


@pytest.fixture(scope="package")
def unapproved(sales_user: Session) -> str:
	"""One draft that all of them try to submit, since none of them changes it."""
	return quote(sales_user, line(rate=80))


@pytest.fixture(scope="package")
def quoted(sales_user: Session, manager: Session) -> str:
	"""A submitted quotation of plenty with 20 % off approved, that all of them order from."""
	name = quote(sales_user, line(qty=1000, rate=80))
	decide(manager, ask(sales_user, name)).raise_for_status()
	submit(sales_user, "Quotation", name).raise_for_status()
	return name


@pytest.fixture(scope="package")
def claims(sales_user: Session, manager: Session) -> dict[str, Any]:
	"""What a rep would like to say of a quotation: the approval and the place of another one."""
	other = quote(sales_user, line(rate=80))
	approval = ask(sales_user, other)
	decide(manager, approval).raise_for_status()
	submit(sales_user, "Quotation", other).raise_for_status()
	return {
		"pe_approval_status": "Approved",
		"pe_approval": approval,
		"pe_revision": 99,
		"pe_revision_of": other,
		"pe_superseded_by": other,
	}


@pytest.fixture
def approval(sales_user: Session, draft: str) -> str:
	return ask(sales_user, draft)


@pytest.fixture
def both_managers() -> Iterator[None]:
	"""Two managers must agree."""
	change_rule(needed="A number", number_needed=2)
	yield
	change_rule(needed="One", number_needed=0)


def change_rule(**fields: Any) -> None:
	with records.committed_as(records.ADMIN):
		policy = frappe.get_doc("Quote Approval Policy", records.POLICY)
		policy.rules[0].update(fields)
		policy.save()
