"""Tests on a real site: one transaction per test, undone afterwards.

The site is named by PIPELINE_EXT_SITE and found from the bench's `sites` folder:

	cd ~/frappe-bench/sites && PIPELINE_EXT_SITE=test.localhost ../env/bin/python -m pytest PATH/tests/site
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest

SITE = os.environ.get("PIPELINE_EXT_SITE")

if SITE:
	import frappe
	import frappe.cache_manager
	from redis import Redis

	from tests.site import approvals, factories


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
	approvals.people()
	frappe.db.commit()
	yield SITE
	frappe.destroy()


@pytest.fixture(autouse=True)
def transaction(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
	"""Undo what a test does: data, user, flags and caches."""
	flags = dict(frappe.flags)
	metas = KeptMetas(monkeypatch)
	monkeypatch.setattr(frappe.local.db, "commit", lambda *args, **kwargs: None)
	monkeypatch.setattr(frappe.local.db, "sql_ddl", _refuse_ddl)
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.flags.clear()
	frappe.flags.update(flags)
	frappe.clear_messages()
	metas.keep_over(frappe.clear_cache)
	frappe.db.value_cache.clear()
	frappe.local.outgoing_email_account = {}
	frappe.local.fullnames = {}


class KeptMetas:
	"""What Frappe has read of DocTypes, kept from test to test: reading it anew is most of what a test costs.

	After a test that has changed a DocType, its fields or its permissions, what it has read is not kept.
	"""

	known: ClassVar[dict[bytes, bytes]] = {}

	def __init__(self, monkeypatch: pytest.MonkeyPatch):
		self.key = frappe.cache.make_key("doctype_meta")
		self.is_changed = False
		clear = frappe.cache_manager.clear_doctype_cache
		monkeypatch.setattr(frappe.cache_manager, "clear_doctype_cache", partial(self.heed, clear))

	def heed(self, clear: Callable[..., None], doctype: str | None = None) -> None:
		self.is_changed = True
		clear(doctype)

	def keep_over(self, clear_cache: Callable[[], None]) -> None:
		"""Clear all caches but this one."""
		if not self.is_changed:
			self.known.update(Redis.hgetall(frappe.cache, self.key))
		clear_cache()
		if self.known:
			Redis.hset(frappe.cache, self.key, mapping=self.known)


def _refuse_ddl(query: str, *args: Any, **kwargs: Any) -> NoReturn:
	pytest.fail(f"This would commit the test's transaction: {query}")


@pytest.fixture
def as_user() -> Callable[[str], AbstractContextManager[None]]:
	"""`with as_user(email):` acts as that user."""

	return factories.acting
