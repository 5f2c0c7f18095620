"""Finance reads deals when an admin says so, and the permissions are as before when it is taken back."""

from __future__ import annotations

import frappe
import pytest

from pipeline_ext.pipeline_ext.report.lead_to_cash.lead_to_cash import execute
from pipeline_ext.setup import install
from tests.site import factories

CLERK = "clerk@pipeline-test.example"


@pytest.fixture
def deal():
	factories.user(CLERK, "Accounts User")
	return factories.opportunity(factories.customer())


def may_finance_read(allowed):
	frappe.get_doc("Pipeline Settings").update({"finance_reads_deals": int(allowed)}).save()


def rules(table):
	return frappe.get_all(table, {"parent": "Opportunity"}, ["role", "permlevel", "read", "write"])


def test_the_clerk_reads_the_report_once_allowed(deal, as_user):
	with as_user(CLERK), pytest.raises(frappe.PermissionError):
		execute({"company": factories.COMPANY})
	may_finance_read(True)
	with as_user(CLERK):
		_columns, data, *_rest = execute({"company": factories.COMPANY})
		assert [row["opportunity"] for row in data] == [deal.name]
		assert not frappe.has_permission("Opportunity", "write", deal.name)


def test_taking_it_back_leaves_the_standard_rules(deal, as_user):
	may_finance_read(True)
	assert len(rules("Custom DocPerm")) == len(rules("DocPerm")) + 2
	may_finance_read(False)
	assert rules("Custom DocPerm") == []
	with as_user(CLERK):
		assert not frappe.has_permission("Opportunity", "read")


def test_rules_that_an_admin_made_stay(deal):
	frappe.permissions.add_permission("Opportunity", "Accounts Manager", ptype="read")
	frappe.permissions.update_permission_property("Opportunity", "Accounts Manager", 0, "write", 1)
	may_finance_read(True)
	may_finance_read(False)
	(kept,) = [rule for rule in rules("Custom DocPerm") if rule.role.startswith("Accounts")]
	assert (kept.role, kept.read, kept.write) == ("Accounts Manager", 1, 1)


def test_uninstalling_takes_it_back_too(deal):
	may_finance_read(True)
	install.before_uninstall()
	assert rules("Custom DocPerm") == []
