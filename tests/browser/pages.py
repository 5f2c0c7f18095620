"""The desk as a person uses it: log in, open a form, read what it says, click."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Response, expect

HANDLED_ELSEWHERE = (
	"Error connecting to socket.io",  # no realtime server runs beside bench serve
	"Failed to load resource: the server responded with",  # judged by its status in `_note_response`
	"Traceback (most recent call last)",  # how Frappe's desk logs the answer to a refused request
)
REFUSED_SAVE = "undefined"
"""How Frappe's form rejects the promise of a save that was refused."""
REFUSED = 417


class Desk:
	"""One person's browser window."""

	def __init__(self, page: Page) -> None:
		self.page = page
		self._errors: list[str] = []
		self._refusals: list[str] = []
		self._refusals_read = 0
		page.on("pageerror", self._note_error)
		page.on("console", self._note_message)
		page.on("response", self._note_response)

	def _note_error(self, error: Error) -> None:
		if str(error) != REFUSED_SAVE:
			self._errors.append(f"{self.page.url}: {error}")

	def _note_message(self, message: ConsoleMessage) -> None:
		if message.type == "error" and not message.text.startswith((*HANDLED_ELSEWHERE, REFUSED_SAVE)):
			self._errors.append(f"{self.page.url}: {message.text}")

	def _note_response(self, response: Response) -> None:
		if response.status == REFUSED:
			self._refusals.append(f"{self.page.url}: refused without a test that reads why: {response.url}")
		elif response.status >= 400 and "/socket.io/" not in response.url:
			self._errors.append(f"{self.page.url}: {response.status} from {response.url}")

	def troubles(self) -> list[str]:
		"""JavaScript errors, failed requests and refusals that nobody expected."""
		return self._errors + self._refusals[self._refusals_read :]

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
		self.settle()

	def settle(self) -> None:
		"""Wait until the desk asks the server nothing any more."""
		self.page.wait_for_function("() => frappe.request.ajax_count === 0")

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
	def approval(self) -> Locator:
		"""How the approval of a quotation or an order stands, above its form."""
		return self.form.locator(".pe-approval")

	def approval_step(self, title: str) -> Locator:
		"""What the approval says of one of its rules."""
		return self.approval.locator("[data-step]", has_text=title)

	def card(self, text: str) -> Locator:
		"""What waits for the person on the page My Approvals."""
		return self.form.locator(".pe-card", has_text=text)

	@property
	def dialog(self) -> Locator:
		"""The dialog on top."""
		return self.page.locator(".modal.show").last

	def field(self, fieldname: str) -> Locator:
		return self.form.locator(f'.frappe-control[data-fieldname="{fieldname}"]').first

	def expect_stage(self, stage: str) -> None:
		expect(self.path.locator('[aria-current="step"]')).to_have_text(stage)

	def expect_approval(self, status: str) -> None:
		expect(self.approval.locator(".indicator-pill")).to_have_text(f"Approval: {status}")

	def expect_refusal(self, title: str, *texts: str) -> None:
		"""The server's refusal is on the screen in these words; it is closed again."""
		self.expect_message(title, *texts)
		self._refusals_read += 1

	def expect_dialog(self, title: str) -> None:
		expect(self.dialog.locator(".modal-title")).to_have_text(title)

	def expect_message(self, title: str, *texts: str) -> None:
		message = self.page.locator(".modal.show", has=self.page.locator(".modal-title", has_text=title))
		for text in texts:
			expect(message).to_contain_text(text)
		message.locator(".btn-modal-close").click()
		expect(message).to_have_count(0)

	# Doing

	def fill_in(self, fieldname: str, value: str) -> None:
		"""Type into a field of the open form."""
		self._enter(self.field(fieldname), value)

	def add_row(self, table: str, **values: str) -> None:
		"""Add a row to a table of the open form and type into its cells."""
		self.add_empty_row(table)
		self.fill_in_last_row(table, **values)

	def add_empty_row(self, table: str) -> None:
		self.field(table).get_by_role("button", name="Add Row").click()

	def fill_in_last_row(self, table: str, **values: str) -> None:
		row = self.field(table).locator(".grid-row").last
		row.locator(".grid-static-col").first.click()
		for fieldname, value in values.items():
			self._enter(row.locator(f'.grid-static-col[data-fieldname="{fieldname}"]'), value)

	def describe_row(self, table: str, **values: str) -> None:
		"""Add a row to a table that opens it as a form, and fill that in."""
		self.add_empty_row(table)
		self._fill_in_row(values)

	def _fill_in_row(self, values: dict[str, str]) -> None:
		"""Once the row has taken the focus, which it does a moment after it is open."""
		row = self.form.locator(".grid-row-open")
		expect(row.locator(":focus")).to_have_count(1)
		for fieldname, value in values.items():
			self._enter(row.locator(f'.frappe-control[data-fieldname="{fieldname}"]').first, value)
		self.page.keyboard.press("Escape")
		expect(row).to_have_count(0)

	def mend_row(self, table: str, text: str, **values: str) -> None:
		"""Open the row that says so as a form, and fill in other values."""
		self.field(table).locator(".grid-row", has_text=text).locator(".btn-open-row").click()
		self._fill_in_row(values)

	def remove_row(self, table: str, text: str) -> None:
		row = self.field(table).locator(".grid-row", has_text=text).first
		row.locator(".grid-row-check").check()
		self.field(table).get_by_role("button", name="Delete", exact=True).click()

	def _enter(self, control: Locator, value: str) -> None:
		kind = control.get_attribute("data-fieldtype")
		if kind == "Select":
			control.locator("select").select_option(value)
			self.settle()
			return
		box = control.locator("textarea, input")
		box.fill(value)
		if kind in ("Link", "Autocomplete"):
			control.locator('[role="listbox"] strong').get_by_text(value, exact=True).first.click()
		box.blur()
		self.settle()

	@property
	def unsaved(self) -> Locator:
		return self.form.get_by_text("Not Saved", exact=True).locator("visible=true")

	def save(self) -> None:
		"""Save by keyboard: the button is drawn anew with each change, and a click may meet the old one."""
		expect(self.unsaved).to_be_visible()
		self.page.keyboard.press("Control+s")

	def save_successfully(self) -> None:
		self.save()
		expect(self.unsaved).to_have_count(0)

	def open_tab(self, label: str) -> None:
		self.form.get_by_role("tab", name=label, exact=True).click()

	def click(self, label: str) -> None:
		self.form.get_by_role("button", name=label, exact=True).click()

	def click_in_page_menu(self, label: str) -> None:
		"""Choose from the menu behind the three dots."""
		self.form.locator(".menu-btn-group button").click()
		self.form.locator(".menu-btn-group .dropdown-item", has_text=label).click()

	def click_in_menu(self, menu: str, label: str) -> None:
		"""Choose from one of the form's button groups."""
		group = self.form.locator(f'.inner-group-button[data-label="{quote(menu)}"]')
		group.locator("button").click()
		group.locator(".dropdown-item", has_text=label).click()

	def answer(self, button: str, **values: str) -> None:
		"""Fill in the open dialog and confirm it."""
		for fieldname, value in values.items():
			self._enter(self.dialog.locator(f'.frappe-control[data-fieldname="{fieldname}"]'), value)
		self.dialog.get_by_role("button", name=button, exact=True).click()

	def choose_stage(self, stage: str) -> None:
		self.path.locator(".pe-steps").get_by_role("button", name=stage, exact=True).click()

	def criterion(self, title: str) -> Locator:
		"""What the path says of a criterion, with its buttons."""
		return self.path.locator("[data-criterion]", has_text=title)

	def answer_criterion(self, title: str, answer: str) -> None:
		self.criterion(title).get_by_role("button", name=answer, exact=True).click()

	def drag(self, what: Locator, to: Locator) -> None:
		"""By mouse, in steps, as Sortable wants to see it."""
		what.hover()
		self.page.mouse.down()
		to.hover()
		to.hover()
		self.page.mouse.up()

	def submit(self) -> None:
		"""Press Submit and confirm."""
		self.click("Submit")
		self.dialog.get_by_role("button", name="Yes", exact=True).click()
