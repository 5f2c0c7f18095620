"""What the app promises Frappe and others: names that exist, permissions, fields of our own."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import frappe
import pytest

import pipeline_ext
from pipeline_ext import api, hooks
from pipeline_ext.setup import custom_fields, roles
from pipeline_ext.setup.install import refuse_unsupported_frappe

PACKAGE = Path(pipeline_ext.__file__).parent
CHECKS = ("check_permission", "has_permission", "_governed(", "_readable(")


def strings(value):
	if isinstance(value, str):
		yield value
	elif isinstance(value, dict):
		for part in value.values():
			yield from strings(part)
	elif isinstance(value, list):
		for part in value:
			yield from strings(part)


NAMED = {text for name, value in vars(hooks).items() if not name.startswith("__") for text in strings(value)}


def test_every_dotted_path_in_hooks_leads_to_something():
	paths = [text for text in NAMED if text.startswith("pipeline_ext.")]
	assert len(paths) > 10
	for path in paths:
		assert callable(frappe.get_attr(path)), path


def test_every_asset_in_hooks_exists():
	assets = [text for text in NAMED if text.endswith((".js", ".css"))]
	assert assets
	for asset in assets:
		path = asset.replace("/assets/pipeline_ext/", "public/")
		assert (PACKAGE / path).is_file(), asset


def doctypes():
	return frappe.get_all("DocType", {"module": custom_fields.MODULE}, pluck="name")


def test_every_doctype_has_a_controller_permissions_and_a_description():
	assert len(doctypes()) >= 9
	for name in doctypes():
		meta = frappe.get_meta(name)
		assert meta.description, name
		assert meta.istable or meta.permissions, name
		controller = frappe.get_doc({"doctype": name}).__class__
		assert controller.__module__.startswith("pipeline_ext."), name


def whitelisted():
	for path in sorted(PACKAGE.rglob("*.py")):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.FunctionDef) and any(
				"frappe.whitelist" in ast.unparse(decorator) for decorator in node.decorator_list
			):
				yield pytest.param(node, id=f"{path.stem}.{node.name}")


@pytest.mark.parametrize("function", list(whitelisted()))
def test_every_whitelisted_function_is_annotated_and_checks_permission(function):
	arguments = [argument for argument in function.args.args if argument.arg != "self"]
	assert all(argument.annotation for argument in arguments)
	assert function.returns is not None
	body = ast.unparse(function)
	assert any(check in body for check in CHECKS), function.name


def test_frappe_checks_the_types_of_what_whitelisted_functions_are_given():
	"""It passes over annotations that are text, as the future import makes them."""
	for path in PACKAGE.rglob("*.py"):
		if "@frappe.whitelist" in (source := path.read_text()):
			assert "from __future__ import annotations" not in source, path


def test_no_whitelisted_function_is_open_to_guests():
	for function in vars(api).values():
		if inspect.isfunction(function) and function in frappe.whitelisted:
			assert function not in frappe.guest_methods


def test_every_custom_field_is_there_labelled_described_and_ours():
	for doctype, fields in custom_fields.CUSTOM_FIELDS.items():
		for field in fields:
			made = frappe.get_doc("Custom Field", {"dt": doctype, "fieldname": field["fieldname"]})
			assert made.module == custom_fields.MODULE
			assert made.label and made.description
			assert frappe.get_meta(doctype).get_field(field["insert_after"]), field["fieldname"]


def test_migrating_again_changes_nothing():
	from pipeline_ext.setup import install

	def snapshot():
		return {
			doctype: frappe.get_all(doctype, filters, ["name", "modified"], order_by="name")
			for doctype, filters in (
				("Custom Field", {"module": custom_fields.MODULE}),
				("Property Setter", {}),
				("Role", {}),
				("Sales Pipeline", {}),
				("Sales Stage", {}),
			)
		}

	before = snapshot()
	install.after_migrate()
	assert snapshot() == before


def test_roles_are_there():
	assert all(frappe.db.exists("Role", role) for role in roles.ROLES)


@pytest.mark.parametrize("version", ["14.93.1", "13.0.0", "17.0.0-dev"])
def test_another_frappe_is_refused_in_one_line(version):
	with pytest.raises(frappe.IncompatibleApp, match=version):
		refuse_unsupported_frappe(version)


@pytest.mark.parametrize("version", ["15.0.0", "15.72.4", "16.1.0"])
def test_a_supported_frappe_is_not(version):
	assert refuse_unsupported_frappe(version) is None


@pytest.mark.parametrize("name", ["Pipeline Forecast", "Lead To Cash", "Stage Aging", "Gate Compliance"])
def test_reports_are_standard_with_roles(name):
	report = frappe.get_doc("Report", name)
	assert (report.report_type, report.is_standard, report.module) == (
		"Script Report",
		"Yes",
		custom_fields.MODULE,
	)
	assert report.roles


def test_the_workspace_shows_what_exists():
	workspace = frappe.get_doc("Workspace", "Pipeline")
	assert len(workspace.number_cards) == 4 and len(workspace.charts) == 1
	for card in workspace.number_cards:
		assert frappe.db.exists("Number Card", card.number_card_name)
	for chart in workspace.charts:
		assert frappe.db.exists("Dashboard Chart", chart.chart_name)
	for link in workspace.links:
		if link.type == "Link":
			assert frappe.db.exists(link.link_type, link.link_to), link.link_to
	for shortcut in workspace.shortcuts:
		assert frappe.db.exists(shortcut.type, shortcut.link_to), shortcut.link_to
