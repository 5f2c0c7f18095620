"""Tests in a real Chromium on a real site, which `bench serve` has to serve meanwhile.

The site is named by PIPELINE_EXT_SITE and found from the bench's `sites` folder;
PIPELINE_EXT_URL is its address:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost PIPELINE_EXT_URL=http://test.localhost:8000 \\
		../env/bin/python -m pytest PATH/tests/browser
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

SITE = os.environ.get("PIPELINE_EXT_SITE")
URL = os.environ.get("PIPELINE_EXT_URL")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
NEEDED = {
	"the name of an ERPNext site in PIPELINE_EXT_SITE": SITE,
	"the address at which bench serves it in PIPELINE_EXT_URL": URL,
	"a Chromium, named in CHROMIUM": CHROMIUM,
	"the Python package playwright": importlib.util.find_spec("playwright"),
}
MISSING = ", ".join(what for what, found in NEEDED.items() if not found)

CHROMIUM_FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]

if not MISSING:
	import frappe
	from playwright.sync_api import Browser, expect, sync_playwright

	from tests.browser import records
	from tests.browser.pages import Desk

DESKS = pytest.StashKey[list]()


class ModuleWithoutBrowser(pytest.Module):
	"""A test module that is not even imported: it needs Frappe, a served site and a browser."""

	def collect(self) -> NoReturn:
		pytest.skip(f"needs {MISSING}", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
	return ModuleWithoutBrowser.from_parent(parent, path=module_path) if MISSING else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
	"""A failed test shows what was on the screen."""
	report = yield
	if report.failed and call.when == "call":
		for desk in item.stash.get(DESKS, []):
			report.sections.append(("Screenshot", desk.screenshot(item.name)))
	return report


@pytest.fixture(scope="session")
def site() -> Iterator[None]:
	"""The site, connected and set up, with the people of these tests."""
	if not Path(SITE, "site_config.json").exists():
		pytest.exit(f"There is no site {SITE} in {Path.cwd()}: run pytest from the bench's sites folder", 4)
	frappe.init(SITE)
	frappe.connect()
	frappe.flags.in_test = frappe.in_test = True
	records.remove_people()
	records.company()
	with records.without_setup_wizard():
		records.people()
		yield
		records.remove_people()
	frappe.destroy()


@pytest.fixture(autouse=True)
def clean_site(site: None) -> Iterator[None]:
	"""An enforced pipeline and an approval policy, and after the test nothing of what it made."""
	records.pipeline()
	records.policy()
	yield
	records.remove_documents()


@pytest.fixture(scope="session")
def browser(site: None) -> Iterator[Browser]:
	expect.set_options(timeout=20_000)
	with sync_playwright() as playwright:
		yield playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)


@pytest.fixture(scope="session")
def sessions() -> dict[str, dict]:
	"""Cookies of those who have logged in, so that they do it once."""
	return {}


@pytest.fixture
def open_desk(
	browser: Browser, sessions: dict[str, dict], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Desk]]:
	"""`open_desk(email, width)` is a browser window of its own in which that person is logged in.

	A JavaScript error, a failed request or a refusal that nobody read fails the test.
	"""
	desks = request.node.stash[DESKS] = []

	def open_window(email: str, width: int = 1400) -> Desk:
		context = browser.new_context(
			base_url=URL, storage_state=sessions.get(email), viewport={"width": width, "height": 900}
		)
		desk = Desk(context.new_page())
		desks.append(desk)
		if email not in sessions:
			desk.log_in(email, records.PASSWORD)
			sessions[email] = context.storage_state()
		return desk

	yield open_window
	troubles = [trouble for desk in desks for trouble in desk.troubles()]
	for desk in desks:
		desk.close()
	assert not troubles


@pytest.fixture
def rep(open_desk: Callable[..., Desk]) -> Desk:
	return open_desk(records.REP)


@pytest.fixture
def manager(open_desk: Callable[..., Desk]) -> Desk:
	return open_desk(records.MANAGER)


@pytest.fixture
def gate_keeper(open_desk: Callable[..., Desk]) -> Desk:
	return open_desk(records.KEEPER)


@pytest.fixture
def pipeline_administrator(open_desk: Callable[..., Desk]) -> Desk:
	return open_desk(records.ADMIN)
