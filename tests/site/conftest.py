"""Tests on a real site: one transaction per test, undone afterwards.

The site is named by PIPELINE_EXT_SITE and found from the bench's `sites` folder:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost ../env/bin/python -m pytest PATH/tests/site
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

SITE = os.environ.get("PIPELINE_EXT_SITE")

if SITE:
	import frappe

	from tests.site import factories


class ModuleWithoutSite(pytest.Module):
	"""A test module that is not even imported: it needs Frappe, and a site."""

	def collect(self) -> NoReturn:
		pytest.skip("needs an ERPNext site: name one in PIPELINE_EXT_SITE", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
	return None if SITE else ModuleWithoutSite.from_parent(parent, path=module_path)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
	"""The site, connected, with the masters that the factories need."""
	if not Path(SITE, "site_config.json").exists():
		pytest.exit(f"There is no site {SITE} in {Path.cwd()}: run pytest from the bench's sites folder", 4)
	frappe.init(SITE)
	frappe.connect()
	frappe.flags.in_test = frappe.in_test = True
	factories.masters()
	frappe.db.commit()
	yield SITE
	frappe.destroy()


@pytest.fixture(autouse=True)
def transaction(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
	"""Undo what a test does: data, user, flags and caches."""
	flags = dict(frappe.flags)
	monkeypatch.setattr(frappe.local.db, "commit", lambda *args, **kwargs: None)
	monkeypatch.setattr(frappe.local.db, "sql_ddl", _refuse_ddl)
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.flags.clear()
	frappe.flags.update(flags)
	frappe.clear_messages()
	frappe.clear_cache()
	frappe.db.value_cache.clear()


def _refuse_ddl(query: str, *args: Any, **kwargs: Any) -> NoReturn:
	pytest.fail(f"This would commit the test's transaction: {query}")


@pytest.fixture
def as_user() -> Callable[[str], AbstractContextManager[None]]:
	"""`with as_user(email):` acts as that user."""

	@contextmanager
	def switch(email: str) -> Iterator[None]:
		before = frappe.session.user
		frappe.set_user(email)
		try:
			yield
		finally:
			frappe.set_user(before)

	return switch
