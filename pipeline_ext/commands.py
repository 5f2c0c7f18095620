"""Bench commands of the app; bench loads this file for every command, so the work is imported late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import frappe
from frappe.commands import get_site, pass_context
from frappe.utils import strip_html_tags


@contextmanager
def _site(context) -> Iterator[None]:
	"""Connected to the site of --site; what the app refuses is one line of text and exit code 1."""
	frappe.init(site=get_site(context))
	frappe.connect()
	try:
		yield
	except frappe.ValidationError as error:
		raise click.ClickException(strip_html_tags(str(error))) from error
	finally:
		frappe.destroy()


@click.command("load-pipeline-demo")
@click.option("--deals", default=200, show_default=True, help="How many opportunities to make.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--force", is_flag=True, help="Load on a site that has real transactions, too.")
@pass_context
def load_pipeline_demo(context, deals: int, seed: int, force: bool) -> None:
	"""Load two years of a demo company: leads, deals, quotes, orders, invoices, payments."""
	from pipeline_ext.demo import load

	with _site(context):
		logins = load.load(deals, seed, force)
	click.secho(f"Loaded {deals} deals. Logins, shown this once:", fg="green")
	for login in logins:
		click.echo(f"  {login.person.job.value:22}{login.person.email:44}{login.password}")


@click.command("clear-pipeline-demo")
@pass_context
def clear_pipeline_demo(context) -> None:
	"""Remove what load-pipeline-demo made."""
	from pipeline_ext.demo import clear

	with _site(context):
		cleared = clear.clear()
	click.secho(f"Removed {sum(cleared.removed.values())} documents.", fg="green")
	if cleared.kept:
		click.secho("Kept, because your own documents use them:", fg="yellow")
		for name in cleared.kept:
			click.echo(f"  {name}")


@click.command("verify-pipeline-ledger")
@pass_context
def verify_pipeline_ledger(context) -> None:
	"""Check the chain of every document's ledger; name each entry that was changed, lost or slipped in."""
	from pipeline_ext.reports.ledger import tampered

	with _site(context):
		found = list(tampered())
	for doctype, name, flaw in found:
		click.echo(f"{doctype} {name}, entry {flaw.sequence}: {flaw.kind}")
	if found:
		raise click.ClickException(f"The ledger does not hold in {len(found)} places.")
	click.secho("The ledger holds.", fg="green")


commands = [load_pipeline_demo, clear_pipeline_demo, verify_pipeline_ledger]
