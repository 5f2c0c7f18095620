"""`pipeline-ext`: gates, quote approval and forecast on exported files, without a bench."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pipeline_ext
from pipeline_ext.domain.forecast.periods import Period, period
from pipeline_ext.standalone import backtesting, evaluation
from pipeline_ext.standalone.approvals import read_requests
from pipeline_ext.standalone.audit import Audit, JudgedDeal, audit
from pipeline_ext.standalone.backtesting import Test
from pipeline_ext.standalone.console import Console
from pipeline_ext.standalone.data import audit_data, quote_audit_data
from pipeline_ext.standalone.deals import read_deals
from pipeline_ext.standalone.evaluation import Split
from pipeline_ext.standalone.history import read_history
from pipeline_ext.standalone.page import page
from pipeline_ext.standalone.quotations import read_quotes
from pipeline_ext.standalone.quote_audit import JudgedQuote, QuoteAudit, audit_quotes
from pipeline_ext.standalone.quote_console import QuoteConsole
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
DEMO_FILES = {
	"pipeline": "pipeline.json",
	"opportunities": "opportunities.csv",
	"quotations": "quotations.csv",
	"policy": "policy.json",
	"approvals": "approvals.csv",
	"ledger": "ledger.csv",
}
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
	"""The files of an audit; without a pipeline and opportunities, only quotations are judged."""

	pipeline: Path | None
	opportunities: Path | None
	quotations: Path | None
	policy: Path | None
	approvals: Path | None
	ledger: Path | None


def run_demo(options: argparse.Namespace) -> int:
	"""Judge the bundled export as of the last day it tells of."""
	with ExitStack() as stack:
		files = {name: stack.enter_context(as_file(DEMO_DATA / file)) for name, file in DEMO_FILES.items()}
		sources = Sources(**files)
		today = read_history(sources.ledger).last_day
		judged = _judge(sources, today)
	print(f"{DEMO_TITLE}, with data exported from an ERPNext site.")
	return _present(judged, DEMO_TITLE, options.output, partial(_show_tables, explained=EXPLAINED))


def run_audit(options: argparse.Namespace) -> int:
	"""Judge a company's own exports."""
	sources = Sources(**{each.name: getattr(options, each.name) for each in fields(Sources)})
	for fault in _faults(sources, options):
		raise Unusable(fault)
	return (_audit_deals if sources.pipeline else _audit_quotes)(sources, options)


def _faults(sources: Sources, options: argparse.Namespace) -> Iterator[str]:
	"""What cannot be done with these files."""
	judges_quotes = sources.quotations and sources.policy
	if bool(sources.pipeline) != bool(sources.opportunities):
		yield "--pipeline and --opportunities belong together: give both, or neither."
	if not sources.pipeline and not judges_quotes:
		yield "Give --pipeline and --opportunities to judge deals, --quotations and --policy to judge quotes."
	if (sources.approvals or options.quote) and not judges_quotes:
		yield "--approvals and --quote take --quotations and --policy."
	if not sources.pipeline and (options.deal or options.output or sources.ledger):
		yield "--deal, --output and --ledger take --pipeline and --opportunities."


def _audit_deals(sources: Sources, options: argparse.Namespace) -> int:
	judged = _judge(sources, options.today or date.today())
	show = _show_json if options.json else partial(_show_tables, explained=options.deals)
	if options.deal:
		deals = [_deal(judged, name, sources) for name in options.deal]
		show = partial(_show_deals, deals=deals)
	if options.quote:
		quotes = [_quote(judged.quotes, name, sources) for name in options.quote]
		show = partial(_show_quotes, quotes=quotes)
	return _present(judged, "Pipeline audit", options.output, show)


def _audit_quotes(sources: Sources, options: argparse.Namespace) -> int:
	quotes = read_quotes(sources.quotations, with_discounts=True)
	requests = read_requests(sources.approvals) if sources.approvals else None
	judged = audit_quotes(quotes, read_policy(sources.policy), requests, owners={})
	if options.json:
		_print_json(quote_audit_data(judged))
	elif options.quote:
		_explain_quotes(judged, [_quote(judged, name, sources) for name in options.quote])
	else:
		QuoteConsole(sys.stdout).show(judged, options.deals)
	return DONE


def _judge(sources: Sources, today: date) -> Audit:
	"""Read the files and judge what they hold."""
	pipeline = read_pipeline(sources.pipeline)
	policy = read_policy(sources.policy) if sources.policy else None
	deals = read_deals(sources.opportunities, pipeline)
	quotes = read_quotes(sources.quotations, with_discounts=bool(policy)) if sources.quotations else None
	requests = read_requests(sources.approvals) if sources.approvals else None
	history = read_history(sources.ledger) if sources.ledger else None
	return audit(pipeline, deals, quotes, policy, requests, history, today)


def _deal(judged: Audit, name: str, sources: Sources) -> JudgedDeal:
	"""The open deal of that name. Raises Unusable."""
	deal = judged.deal(name)
	if deal is None:
		raise Unusable(f"{sources.opportunities.name} has no open deal {name} that could be judged.")
	return deal


def _quote(judged: QuoteAudit, name: str, sources: Sources) -> JudgedQuote:
	"""The quotation of that name. Raises Unusable."""
	quote = judged.quote(name)
	if quote is None:
		raise Unusable(f"{sources.quotations.name} has no quotation {name} that could be judged.")
	return quote


def _show_json(judged: Audit) -> None:
	_print_json(audit_data(judged))


def _print_json(data: dict[str, Any]) -> None:
	print(json.dumps(data, indent="\t", ensure_ascii=False))


def _show_tables(judged: Audit, explained: int) -> None:
	Console(sys.stdout).show(judged, explained)


def _show_deals(judged: Audit, deals: Sequence[JudgedDeal]) -> None:
	for deal in deals:
		Console(sys.stdout).explain(deal, judged.currency)


def _show_quotes(judged: Audit, quotes: Sequence[JudgedQuote]) -> None:
	_explain_quotes(judged.quotes, quotes)


def _explain_quotes(judged: QuoteAudit, quotes: Sequence[JudgedQuote]) -> None:
	for quote in quotes:
		QuoteConsole(sys.stdout).explain(quote, judged)


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


def run_backtest(options: argparse.Namespace) -> int:
	"""Forecast the past of a ledger."""
	tested = Test(options.ledger, options.first, options.last, options.every, options.horizon)
	backtesting.run(tested, options.deals, options.json, sys.stdout)
	return DONE


def run_evaluate(options: argparse.Namespace) -> int:
	"""Score the win model on a table."""
	split = Split(options.order, options.test_column, options.split, options.seed)
	evaluation.run(options.table, options.label, split, options.ignore, options.json, sys.stdout)
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
	_add_backtest(commands)
	_add_evaluate(commands)
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
		commands,
		"audit",
		"what gates and policy would do to your own deals and quotes, and the forecast",
		run_audit,
	)
	command.add_argument(
		"--pipeline", type=Path, metavar="P.json", help="the definition of a Pipeline Version"
	)
	command.add_argument("--opportunities", type=Path, metavar="FILE", help="Opportunity export, CSV or XLSX")
	command.add_argument(
		"--quotations", type=Path, metavar="FILE", help="Quotation export, with items for --policy"
	)
	command.add_argument("--policy", type=Path, metavar="A.json", help="quote approval policy")
	command.add_argument(
		"--approvals", type=Path, metavar="FILE", help="Quote Approval export, with steps and decisions"
	)
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
		help="explain the N largest deals or, where only quotes are judged, discounts (%(default)s)",
	)
	shown.add_argument(
		"--deal", action="append", metavar="ID", help="explain this deal alone; may be given several times"
	)
	shown.add_argument(
		"--quote", action="append", metavar="ID", help="explain this quote alone; may be given several times"
	)


def _add_backtest(commands) -> None:
	command = _add_command(
		commands,
		"backtest",
		"what would have been forecast from a ledger on past days, against what came",
		run_backtest,
	)
	command.add_argument("ledger", type=Path, metavar="LEDGER.csv", help="ledger export, may be gzipped")
	command.add_argument(
		"--from", dest="first", type=_day, required=True, metavar="DATE", help="first origin"
	)
	command.add_argument("--to", dest="last", type=_day, required=True, metavar="DATE", help="last origin")
	command.add_argument(
		"--every",
		type=_period,
		default="1m",
		metavar="STEP",
		help="between origins, as 1w or 1m (%(default)s)",
	)
	command.add_argument(
		"--horizon",
		type=_period,
		default="1m",
		metavar="TIME",
		help="forecast for, as 14d, 4w, 3m (%(default)s)",
	)
	command.add_argument("--deals", action="store_true", help="score the chance of each open deal too")
	command.add_argument("--json", action="store_true", help="print JSON instead of tables")


def _add_evaluate(commands) -> None:
	command = _add_command(
		commands,
		"evaluate",
		"how well the win model does on a table of decided cases, beside simpler ones",
		run_evaluate,
	)
	command.add_argument("table", type=Path, metavar="TABLE.csv", help="a row for each case, may be gzipped")
	command.add_argument("--label", required=True, metavar="COLUMN", help="1 where the case was won, else 0")
	which = command.add_mutually_exclusive_group()
	which.add_argument("--order", metavar="COLUMN", help="fit the first cases by this column")
	which.add_argument("--test-column", metavar="COLUMN", help="score the cases that have 1 here")
	command.add_argument(
		"--split", type=_share, default=0.7, metavar="SHARE", help="share of cases to fit (%(default)s)"
	)
	command.add_argument(
		"--seed", type=int, default=1, metavar="N", help="of the random choice of cases (%(default)s)"
	)
	command.add_argument(
		"--ignore", type=_names, default=(), metavar="A,B", help="columns that the model must not see"
	)
	command.add_argument("--json", action="store_true", help="print JSON instead of a table")


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


def _share(text: str) -> float:
	try:
		share = float(text)
	except ValueError:
		share = 0.0
	if not 0 < share < 1:
		raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1, such as 0.7")
	return share


def _names(text: str) -> tuple[str, ...]:
	return tuple(name.strip() for name in text.split(",") if name.strip())


def _period(text: str) -> Period:
	try:
		return period(text)
	except ValueError as error:
		raise argparse.ArgumentTypeError(str(error)) from error


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
