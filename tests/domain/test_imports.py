"""The rooms of the house: who may import whom, and that the decisions run without Frappe."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "pipeline_ext"

DECISIONS = {"domain"}
PURE = {"domain", "subjects"}
WRITERS = {"history", "automation", "quoting", "forecasting", "append_only", "period_amount"}
SHARED = PURE | {"reports", "setup", "permissions", "messages", *WRITERS}
ENTRANCES = {"doc_events", "api", "tasks", "commands", "printing", "doctype", "report", "page"}
MAY_IMPORT = {
	"domain": DECISIONS,
	"subjects": DECISIONS,
	"reports": PURE | {"reports"},
	"append_only": set(),
	"period_amount": PURE | {"reports"},
	"history": PURE | {"reports", "history"},
	"automation": PURE | {"reports", "messages", "automation"},
	"quoting": PURE | {"reports", "messages", "automation", "quoting"},
	"forecasting": PURE | {"reports", "forecasting"},
	"setup": PURE | {"setup", "reports", "history"},
	"permissions": PURE,
	"messages": DECISIONS,
	"standalone": PURE | {"standalone"},
	"patches": PURE | {"setup", "history"},
	"cli": PURE | {"standalone"},
	"demo": PURE | {"demo", "setup"},
	"hooks": set(),
	**{room: SHARED | {room} for room in ENTRANCES},
}
MAY_IMPORT["commands"] = SHARED | {"demo"}
FRAPPE_FREE = {"domain", "subjects", "standalone", "cli"}


def modules():
	return sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)


def room_of(path: Path) -> str:
	parts = path.relative_to(PACKAGE).with_suffix("").parts
	return parts[1] if parts[0] == "pipeline_ext" and len(parts) > 1 else parts[0]


def imported(path: Path) -> set[str]:
	names = set()
	for node in ast.walk(ast.parse(path.read_text())):
		if isinstance(node, ast.Import):
			names.update(alias.name for alias in node.names)
		elif isinstance(node, ast.ImportFrom):
			assert node.level == 0, f"{path}: write imports in full"
			names.update(f"{node.module}.{alias.name}" for alias in node.names)
	return names


def room_imported(name: str) -> str | None:
	parts = name.split(".")
	if parts[0] != "pipeline_ext" or len(parts) == 1:
		return None
	return parts[2] if parts[1] == "pipeline_ext" else parts[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_rooms_it_may(path):
	room = room_of(path)
	if room == "__init__":
		return
	rooms = {room_imported(name) for name in imported(path)} - {None}
	assert rooms <= MAY_IMPORT[room], f"{room} imports {rooms - MAY_IMPORT[room]}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_decisions_and_the_standalone_front_know_no_frappe(path):
	if room_of(path) in FRAPPE_FREE:
		roots = {name.split(".")[0] for name in imported(path)}
		assert not roots & {"frappe", "erpnext"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_its_job_in_its_first_line(path):
	if path.read_text().strip():
		assert ast.get_docstring(ast.parse(path.read_text()))


def test_domain_runs_with_frappe_made_unimportable():
	names = [
		".".join(("pipeline_ext", *path.relative_to(PACKAGE).with_suffix("").parts))
		for path in (PACKAGE / "domain").rglob("*.py")
	]
	code = (
		"import sys, importlib\n"
		"sys.modules['frappe'] = sys.modules['erpnext'] = None\n"
		f"for name in {names!r}: importlib.import_module(name.removesuffix('.__init__'))\n"
	)
	subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE.parent)
