"""`pipeline-ext`: gates, quote approval and forecast on exported files, without a bench."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

import pipeline_ext
from pipeline_ext.standalone.audit import Audit, JudgedDeal, audit
from pipeline_ext.standalone.console import Console
from pipeline_ext.standalone.data import audit_data
from pipeline_ext.standalone.deals import read_deals
from pipeline_ext.standalone.history import read_history
from pipeline_ext.standalone.page import page
from pipeline_ext.standalone.quotations import read_quotes
from pipeline_ext.standalone.rules import read_pipeline, read_policy
from pipeline_ext.standalone.tables import Unusable

DONE, UNUSABLE, NOT_WRITTEN = 0, 2, 3
EXIT_CODES = """
exit codes:
  0  done; rows that could not be used are listed and left out
  2  nothing could be judged: an argument, a file or a column is missing or cannot be used
  3  the page could not be written
"""
EXPLAINED = 5
YEARS = range(1970, 2200)
DEMO_DATA = files("pipeline_ext") / "demo" / "export"
DEMO_FILES = ("pipeline.json", "opportunities.csv", "quotations.csv", "policy.json", "ledger.csv")
DEMO_TITLE = "Pipeline Ext on a made-up company"
DEMO_PAGE = Path("pipeline-demo.html")


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run a command; the exit code says how it went."""
	options = _parser().parse_args(arguments)
	if isinstance(sys.stdout, io.TextIOWrapper):
		sys.stdout.reconfigure(errors="replace")
	try:
		exit_code = options.run(options)
		sys.stdout.flush()
		return exit_code
	except Unusable as error:
		print(f"pipeline-ext: {error}", file=sys.stderr)
		return UNUSABLE
	except BrokenPipeError:
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		return DONE


@dataclass(frozen=True)
class Sources:
	"""The files of an audit."""

	pipeline: Path
	opportunities: Path
	quotations: Path | None
	policy: Path | None
	ledger: Path | None


def run_demo(options: argparse.Namespace) -> int:
	"""Judge the bundled export as of the last day it tells of."""
	with ExitStack() as stack:
		sources = Sources(*(stack.enter_context(as_file(DEMO_DATA / name)) for name in DEMO_FILES))
		today = read_history(sources.ledger).last_day
		judged = _judge(sources, today)
	print(f"{DEMO_TITLE}, with data exported from an ERPNext site.")
	return _present(judged, DEMO_TITLE, options.output, partial(_show_tables, explained=EXPLAINED))


def run_audit(options: argparse.Namespace) -> int:
	"""Judge a company's own exports."""
	names = (field.name for field in fields(Sources))
	sources = Sources(*(getattr(options, name) for name in names))
	judged = _judge(sources, options.today or date.today())
	show = _show_json if options.json else partial(_show_tables, explained=options.deals)
	if options.deal:
		deals = [_deal(judged, name, sources) for name in options.deal]
		show = partial(_show_deals, deals=deals)
	return _present(judged, "Pipeline audit", options.output, show)


def _judge(sources: Sources, today: date) -> Audit:
	"""Read the files and judge what they hold."""
	pipeline = read_pipeline(sources.pipeline)
	policy = read_policy(sources.policy) if sources.policy else None
	deals = read_deals(sources.opportunities, pipeline)
	quotes = read_quotes(sources.quotations, with_discounts=bool(policy)) if sources.quotations else None
	history = read_history(sources.ledger) if sources.ledger else None
	return audit(pipeline, deals, quotes, policy, history, today)


def _deal(judged: Audit, name: str, sources: Sources) -> JudgedDeal:
	"""The open deal of that name. Raises Unusable."""
	deal = judged.deal(name)
	if deal is None:
		raise Unusable(f"{sources.opportunities.name} has no open deal {name} that could be judged.")
	return deal


def _show_json(judged: Audit) -> None:
	print(json.dumps(audit_data(judged), indent="\t", ensure_ascii=False))


def _show_tables(judged: Audit, explained: int) -> None:
	Console(sys.stdout).show(judged, explained)


def _show_deals(judged: Audit, deals: Sequence[JudgedDeal]) -> None:
	for deal in deals:
		Console(sys.stdout).explain(deal, judged.currency)


def _present(judged: Audit, title: str, output: Path | None, show: Callable[[Audit], None]) -> int:
	"""Show the audit, and write it as a page where one is asked for."""
	failure = _write(output, page(judged, title)) if output else None
	show(judged)
	if failure:
		print(f"pipeline-ext: {output} cannot be written: {failure.strerror}.", file=sys.stderr)
		return NOT_WRITTEN
	if output:
		print(f"\nThe same with charts: {output}", file=sys.stderr if show is _show_json else sys.stdout)
	return DONE


def _write(path: Path, text: str) -> OSError | None:
	"""Why the file could not be written, if so."""
	try:
		path.write_text(text, encoding="utf-8")
	except OSError as error:
		return error
	return None


def _parser() -> argparse.ArgumentParser:
	parser = argparse.ArgumentParser(
		prog="pipeline-ext",
		description="Stage gates, quote approval and forecast on exported files: no ERPNext needed.",
		epilog=EXIT_CODES,
		formatter_class=argparse.RawDescriptionHelpFormatter,
	)
	parser.add_argument("--version", action="version", version=f"%(prog)s {pipeline_ext.__version__}")
	commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
	_add_demo(commands)
	_add_audit(commands)
	return parser


def _add_demo(commands) -> None:
	demo = _add_command(
		commands,
		"demo",
		"gates, quote approval and forecast of a made-up company, from its bundled export",
		run_demo,
	)
	demo.add_argument(
		"--output", type=Path, default=DEMO_PAGE, metavar="PAGE", help="HTML page to write (%(default)s)"
	)


def _add_audit(commands) -> None:
	command = _add_command(
		commands, "audit", "what gates and policy would do to your own deals, and the forecast", run_audit
	)
	command.add_argument(
		"--pipeline", type=Path, required=True, metavar="P.json", help="the definition of a Pipeline Version"
	)
	command.add_argument(
		"--opportunities", type=Path, required=True, metavar="FILE", help="Opportunity export, CSV or XLSX"
	)
	command.add_argument(
		"--quotations", type=Path, metavar="FILE", help="Quotation export, with items for --policy"
	)
	command.add_argument("--policy", type=Path, metavar="A.json", help="quote approval policy")
	command.add_argument("--ledger", type=Path, metavar="FILE", help="ledger export: when deals were won")
	command.add_argument("--today", type=_day, metavar="DATE", help="judge as of YYYY-MM-DD (today)")
	command.add_argument("--output", type=Path, metavar="PAGE", help="HTML page to write")
	shown = command.add_mutually_exclusive_group()
	shown.add_argument("--json", action="store_true", help="print JSON instead of tables")
	shown.add_argument(
		"--deals",
		type=_number,
		default=EXPLAINED,
		metavar="N",
		help="explain every verdict on the N largest deals (%(default)s)",
	)
	shown.add_argument(
		"--deal", action="append", metavar="ID", help="explain this deal alone; may be given several times"
	)


def _add_command(
	commands, name: str, purpose: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
	command = commands.add_parser(
		name,
		help=purpose,
		description=f"{purpose.capitalize()}.",
		epilog=EXIT_CODES,
		formatter_class=argparse.RawDescriptionHelpFormatter,
	)
	command.set_defaults(run=run)
	return command


def _number(text: str) -> int:
	if not (text.isascii() and text.isdigit() and len(text) < 10):
		raise argparse.ArgumentTypeError(f"{text!r} is not a number of deals")
	return int(text)


def _day(text: str) -> date:
	try:
		day = date.fromisoformat(text)
	except ValueError:
		day = None
	if day is None or day.year not in YEARS:
		raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-01-31")
	return day


if __name__ == "__main__":
	sys.exit(main())
