"""The desk as a person uses it: log in, open a form, read what it says, click."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

TOLERATED = (
	"socket.io",
	"Failed to load resource: the server responded with a status of 4",
	"Traceback (most recent call last)",
)
"""What the console shows though nothing is wrong: no realtime server runs, and Frappe logs every refusal."""


REFUSED_SAVE = "undefined"
"""How Frappe's form rejects the promise of a save that was refused."""


class Desk:
	"""One person's browser window."""

	def __init__(self, page: Page) -> None:
		self.page = page
		self._troubles: list[str] = []
		page.on("pageerror", self._note_error)
		page.on("console", self._note_message)

	def _note_error(self, error: Error) -> None:
		self._note(str(error))

	def _note_message(self, message: ConsoleMessage) -> None:
		if message.type == "error":
			self._note(message.text)

	def _note(self, text: str) -> None:
		if text != REFUSED_SAVE and not any(tolerated in text for tolerated in TOLERATED):
			self._troubles.append(f"{self.page.url}: {text}")

	def troubles(self) -> list[str]:
		"""JavaScript errors since the window was opened."""
		return self._troubles

	def screenshot(self, name: str) -> str:
		"""Keep what is on the screen; returns where."""
		folder = Path(tempfile.mkdtemp(prefix="pipeline-ext-browser-"))
		path = folder / (re.sub(r"\W+", "-", name) + ".png")
		self.page.screenshot(path=path)
		return str(path)

	def close(self) -> None:
		self.page.context.close()

	# Getting somewhere

	def log_in(self, email: str, password: str) -> None:
		self.page.goto("/login")
		self.page.fill("#login_email", email)
		self.page.fill("#login_password", password)
		self.page.locator(".form-login .btn-login").click()
		self.page.wait_for_url("**/app**")

	def open(self, *route: str) -> None:
		self.page.goto("/app/" + "/".join(quote(part, safe="") for part in route))

	def open_form(self, doctype: str, name: str) -> None:
		self.open(doctype.lower().replace(" ", "-"), name)
		expect(self.page.locator("body")).to_have_attribute("data-route", f"Form/{doctype}/{name}")
		expect(self.form).to_be_visible()
		self.page.wait_for_load_state("networkidle")

	@property
	def form(self) -> Locator:
		"""What is open now, of the pages that the desk keeps."""
		return self.page.locator(".page-container:visible")

	def reload(self) -> None:
		self.page.reload()

	# Reading

	@property
	def path(self) -> Locator:
		"""The stages of a deal and what is missing."""
		return self.form.locator(".pe-path")

	@property
	def dialog(self) -> Locator:
		"""The dialog on top."""
		return self.page.locator(".modal.show").last

	def field(self, fieldname: str) -> Locator:
		return self.form.locator(f'.frappe-control[data-fieldname="{fieldname}"]').first

	def expect_stage(self, stage: str) -> None:
		expect(self.path.locator('[aria-current="step"]')).to_have_text(stage)

	def expect_refusal(self, title: str, *texts: str) -> None:
		"""A message is on the screen that says so; it is closed again."""
		expect(self.dialog.locator(".modal-title")).to_contain_text(title)
		for text in texts:
			expect(self.dialog).to_contain_text(text)
		self.dialog.locator(".btn-modal-close").click()
		expect(self.page.locator(".modal.show .modal-title", has_text=title)).to_have_count(0)

	# Doing

	def set(self, fieldname: str, value: Any) -> None:
		"""Set a field of the open form, as its control does."""
		self.page.evaluate("([field, value]) => cur_frm.set_value(field, value)", [fieldname, value])

	def add_row(self, table: str, **values: str) -> None:
		"""Add a row to a table of the open form, value by value as its cells do."""
		self.page.evaluate(
			"""async ([table, values]) => {
				const row = cur_frm.add_child(table);
				for (const [field, value] of Object.entries(values)) {
					await frappe.model.set_value(row.doctype, row.name, field, value);
				}
				cur_frm.refresh_field(table);
			}""",
			[table, values],
		)

	def save(self) -> None:
		self.page.wait_for_load_state("networkidle")
		self.form.get_by_role("button", name="Save", exact=True).click()

	def save_successfully(self) -> None:
		self.save()
		self.page.wait_for_function("() => !cur_frm.is_dirty() && !cur_frm.saving")

	def click(self, label: str) -> None:
		self.form.get_by_role("button", name=label, exact=True).click()

	def click_in_menu(self, menu: str, label: str) -> None:
		"""Choose from one of the form's button groups."""
		group = self.form.locator(f'.inner-group-button[data-label="{quote(menu)}"]')
		group.locator("button").click()
		group.locator(".dropdown-item", has_text=label).click()

	def answer(self, button: str, **values: str) -> None:
		"""Fill in the open dialog and confirm it."""
		for fieldname, value in values.items():
			self.dialog.locator(f'[data-fieldname="{fieldname}"] textarea').fill(value)
		self.dialog.get_by_role("button", name=button, exact=True).click()

	def submit(self) -> None:
		"""Press Submit and confirm."""
		self.click("Submit")
		self.dialog.get_by_role("button", name="Yes", exact=True).click()
