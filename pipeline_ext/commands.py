"""Bench commands of the app; bench loads this file for every command, so the work is imported late."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def _given(context: click.Context, parameter: click.Parameter, path: Path) -> Path:
	"""A path as whoever typed it meant it: bench runs its commands in another folder."""
	return Path(os.environ.get("PWD", "."), path)


@click.command("load-pipeline-demo")
@click.option("--deals", default=200, show_default=True, help="How many opportunities to make.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--force", is_flag=True, help="Load on a site that has real transactions, too.")
@pass_context
def load_pipeline_demo(context, deals: int, seed: int, force: bool) -> None:
	"""Load two years of a demo company: leads, deals, quotes, orders, invoices, payments."""
	from pipeline_ext.demo import cast, load
	from pipeline_ext.forecasting.fitting import fit

	with _site(context):
		logins = load.load(deals, seed, force)
		fit(cast.COMPANY, frappe.utils.getdate())
		frappe.db.commit()
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
	from pipeline_ext.history.sealing import tampered

	with _site(context):
		found = list(tampered())
	for doctype, name, flaw in found:
		click.echo(f"{doctype} {name}, entry {flaw.sequence}: {flaw.kind}")
	if found:
		raise click.ClickException(f"The ledger does not hold in {len(found)} places.")
	click.secho("The ledger holds.", fg="green")


@click.command("derive-from-ledger")
@pass_context
def derive_from_ledger(context) -> None:
	"""Find anew what reports read beside the ledger, where verify-pipeline-ledger calls it misreported."""
	from pipeline_ext.history.derived import derive_all

	with _site(context):
		derive_all()
		frappe.db.commit()
	click.secho("Reports read what the ledger says.", fg="green")


@click.command("reconcile-pipeline")
@pass_context
def reconcile_pipeline(context) -> None:
	"""Open the ledgers that are missing, and put into the others what changed without events."""
	from pipeline_ext.history.reconciliation import reconcile

	with _site(context):
		found = reconcile(save_progress=True)
		frappe.db.commit()
	for difference in found.differences:
		click.echo(f"{difference.doctype} {difference.name}: {', '.join(difference.changes)}")
	click.secho(
		f"Opened {found.opened} ledgers, recorded {len(found.differences)} changes without events.",
		fg="green",
	)


@click.command("learn-from-past-deals")
@click.option("--company", help="Only this company's deals.")
@pass_context
def learn_from_past_deals(context, company: str | None) -> None:
	"""Learn from past deals now, as every night, how likely open ones are won and what is to be expected."""
	from pipeline_ext.forecasting.fitting import fit
	from pipeline_ext.reports.deal_history import companies

	learned = []
	with _site(context):
		for each in [company] if company else companies():
			learned.append(fit(each, frappe.utils.getdate()))
			frappe.db.commit()
	for model in filter(None, learned):
		click.echo(f"{model.company}: {model.regime}, from {model.decided} decided deals of {model.deals}")
	if not any(learned):
		click.secho("There is no deal to learn from.", fg="yellow")


@click.command("export-pipeline-ledger")
@click.argument("file", type=click.Path(path_type=Path), callback=_given)
@click.option("--doctype", default="Opportunity", show_default=True, help="Whose ledgers to write.")
@click.option("--company", help="Only what belongs to this company.")
@pass_context
def export_pipeline_ledger(context, file: Path, doctype: str, company: str | None) -> None:
	"""Write the ledgers to FILE as CSV, one row per change; packed if its name ends in .gz."""
	from pipeline_ext.history.exporting import to_file

	with _site(context):
		rows = to_file(file, doctype, company)
	click.secho(f"Wrote {rows} rows to {file}.", fg="green")


@click.command("import-pipeline-ledger")
@click.argument("file", type=click.Path(path_type=Path), callback=_given)
@click.option("--doctype", default="Opportunity", show_default=True, help="Whose history it is.")
@click.option("--pipeline", required=True, help="The pipeline of rows that name none.")
@click.option("--company", required=True, help="The company of rows that name none.")
@click.option("--check", is_flag=True, help="Only say what would be done.")
@pass_context
def import_pipeline_ledger(
	context, file: Path, doctype: str, pipeline: str, company: str, check: bool
) -> None:
	"""Take the history in FILE, a CSV as export-pipeline-ledger writes it, into the ledger."""
	from pipeline_ext.history.importing import Target, import_file
	from pipeline_ext.history.wording import refusal_text

	with _site(context):
		result = import_file(file, Target(doctype, pipeline, company), check_only=check)
		frappe.db.commit()
		refused = [refusal_text(refusal) for refusal in result.refusals]
	for line in refused:
		click.secho(line, fg="yellow")
	for what, names in (("stage", result.unknown_stages), ("owner", result.unknown_owners)):
		for name, rows in names.items():
			click.echo(f"Not known here, taken as it is: {what} {name} ({rows} rows)")
	done = "Would write" if check else "Wrote"
	click.secho(
		f"{done} {result.entries} entries of {result.documents} documents; "
		f"{result.unchanged} were there already, {result.refused} were refused.",
		fg="green",
	)


commands = [
	load_pipeline_demo,
	clear_pipeline_demo,
	verify_pipeline_ledger,
	derive_from_ledger,
	reconcile_pipeline,
	learn_from_past_deals,
	export_pipeline_ledger,
	import_pipeline_ledger,
]
