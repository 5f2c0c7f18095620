"""Install, migrate and uninstall: what each puts on the site or takes away."""

from __future__ import annotations

import click
import frappe
from frappe import _

from pipeline_ext.history import opening
from pipeline_ext.setup import (
	company_amounts,
	custom_fields,
	desk_access,
	finance_access,
	indexes,
	qualification,
	roles,
	stages,
	templates,
)

SUPPORTED = (15, 16)


def before_install() -> None:
	refuse_unsupported_frappe(frappe.__version__)
	roles.create()


def after_install() -> None:
	custom_fields.create()
	indexes.create()
	desk_access.give()
	qualification.create()
	templates.create()
	company_amounts.fill()
	open_ledgers()


def open_ledgers() -> None:
	"""From what the site knows; what fails here is left to the nightly reconciliation."""
	frappe.db.savepoint("pipeline_ledgers")
	try:
		opening.open_ledgers()
	except Exception:
		frappe.db.rollback(save_point="pipeline_ledgers")
		frappe.log_error(_("The pipeline ledgers could not be opened"))
		click.secho(f"Run: bench --site {frappe.local.site} reconcile-pipeline", fg="yellow")


def after_migrate() -> None:
	roles.create()
	desk_access.give()
	custom_fields.create()
	indexes.create()


def before_uninstall() -> None:
	desk_access.take_back()
	finance_access.take_back()
	indexes.delete()
	custom_fields.delete()
	stages.delete()
	roles.delete()


def refuse_unsupported_frappe(version: str) -> None:
	"""Raise IncompatibleApp, which bench prints as one line, on a Frappe that the app is not made for."""
	if int(version.split(".", 1)[0]) in SUPPORTED:
		return
	needed = _("Pipeline Ext needs Frappe and ERPNext 15 or 16, and this bench has Frappe {0}.")
	raise frappe.IncompatibleApp(needed.format(version))
