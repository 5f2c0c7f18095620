"""Two processes that learn from the deals of one company at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from frappe.database import get_db
from frappe.utils import add_days, getdate

from pipeline_ext.forecasting.fitting import fit
from tests.site import factories
from tests.site.decided_deals import made, ungated

OTHER_COMPANY = "Nightly Learning Test"


@contextmanager
def another_process() -> Iterator[None]:
	"""Inside, a connection of its own, as another worker has."""
	here, name = frappe.local.db, frappe.conf.db_name
	frappe.local.db = get_db(user=name, password=frappe.conf.db_password, cur_db_name=name)
	try:
		yield
	finally:
		frappe.local.db.close()
		frappe.local.db = here


def test_one_process_at_a_time_learns_from_a_company():
	ungated()
	made(add_days(getdate(), -5))
	assert fit(factories.COMPANY, getdate())
	with another_process():
		assert fit(OTHER_COMPANY, getdate()) is None
		with pytest.raises(frappe.ValidationError, match=f"Another process .* {factories.COMPANY}"):
			fit(factories.COMPANY, getdate())


def test_the_next_one_learns_when_the_transaction_has_ended():
	for _night in range(2):
		fit(factories.COMPANY, getdate())
	frappe.db.rollback()
	with another_process():
		fit(factories.COMPANY, getdate())
