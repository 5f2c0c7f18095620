"""Uninstalling takes away what install put on the site, and only that."""

from __future__ import annotations

import frappe

from pipeline_ext.setup import custom_fields, install, roles, stages
from tests.site import factories, pipelines


def ours():
	"""What the site holds about the app's fields, a list per DocType."""
	found = []
	for doctype, fields in custom_fields.CUSTOM_FIELDS.items():
		names = ("in", [field["fieldname"] for field in fields])
		found.append(
			frappe.get_all("Custom Field", {"dt": doctype, "fieldname": names})
			+ frappe.get_all("Property Setter", {"doc_type": doctype, "field_name": names})
		)
	return found


def test_fields_and_what_was_customised_about_them_go():
	frappe.make_property_setter(
		{"doctype": "Opportunity", "fieldname": "pe_pipeline", "property": "hidden", "value": "1"}
	)
	assert all(ours())
	install.before_uninstall()
	assert not any(ours())


def test_roles_that_the_app_made_go_and_others_stay():
	rep = factories.user("rep@pipeline-test.example", "Sales User", *roles.ROLES)
	frappe.db.set_global(roles.MADE_BY_APP, '["Gate Keeper", "Pipeline Administrator"]')
	install.before_uninstall()
	assert frappe.db.exists("Role", "Deal Desk")
	assert not frappe.db.exists("Role", {"name": ("in", ("Gate Keeper", "Pipeline Administrator"))})
	assert set(frappe.get_all("Has Role", {"parent": rep}, pluck="role")) == {"Sales User", "Deal Desk"}


def test_deals_stay_and_can_be_saved_without_the_app():
	pipelines.enforced()
	made = pipelines.deal()
	install.before_uninstall()
	frappe.local.doc_events_hooks = {}
	try:
		kept = frappe.get_doc("Opportunity", made.name)
		kept.sales_stage = "Negotiation/Review"
		kept.save()
	finally:
		del frappe.local.doc_events_hooks
	assert pipelines.stage_of(made) == "Negotiation/Review"


def test_a_later_install_finds_no_values_of_the_earlier_one():
	pipelines.enforced()
	made = pipelines.deal()
	install.before_uninstall()
	stored = frappe.db.get_value(
		"Opportunity",
		made.name,
		["pe_pipeline", "pe_pipeline_version", "pe_stage_entered_on", "pe_win_probability"],
	)
	assert stored == (None, None, None, 0)


def test_stages_that_the_app_made_go_unless_a_deal_is_in_them():
	stages.ensure(["Made and Used", "Made and Unused"])
	frappe.get_doc({"doctype": "Sales Stage", "stage_name": "Somebody Else's"}).insert()
	frappe.db.set_value("Opportunity", pipelines.deal().name, "sales_stage", "Made and Used")
	install.before_uninstall()
	left = frappe.get_all("Sales Stage", {"name": ("like", "%e%")}, pluck="name")
	assert {"Made and Used", "Somebody Else's", "Prospecting"} <= set(left)
	assert "Made and Unused" not in left
