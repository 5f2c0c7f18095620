"""Loads the demo: refuses where it must not, makes the masters, plays the story, hands out passwords."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time

import frappe
from frappe import _
from frappe.utils import getdate, update_progress_bar
from frappe.utils.password import update_password

from pipeline_ext.demo import masters, targets
from pipeline_ext.demo.cast import BACK_OFFICE, COMPANY, EMAIL_DOMAIN, STAFF, Person
from pipeline_ext.demo.events import Event
from pipeline_ext.demo.play import Player
from pipeline_ext.demo.quiet import act_as, quietly
from pipeline_ext.demo.story import Story, tell

FEWEST_DEALS = 1
EVENTS_PER_COMMIT = 25
TRANSACTIONS = ("Opportunity", "Quotation", "Sales Order", "Sales Invoice", "GL Entry")


class DemoRefused(frappe.ValidationError):
	"""The demo may not be loaded or cleared here, and the message says why."""


class DemoFailed(frappe.ValidationError):
	"""Loading broke off; what it made is still there and can be cleared."""


@dataclass(frozen=True)
class Login:
	person: Person
	password: str


def load(deals: int, seed: int, force: bool = False) -> list[Login]:
	"""Put the demo on the site, committing as it goes; returns the logins."""
	refuse_too_few(deals)
	refuse_second_demo()
	if not force:
		refuse_site_in_use()
	story = tell(seed, deals, getdate())
	with quietly():
		_make_masters(story)
		_play(story)
		with _named(_("the last touches"), 1, 1):
			_finish(story)
	frappe.clear_cache()
	return _hand_out_passwords()


def is_loaded() -> bool:
	"""Whether anything of the demo is on the site, complete or not."""
	return bool(
		frappe.db.exists("Company", COMPANY)
		or frappe.db.exists("User", {"name": ("like", f"%@{EMAIL_DOMAIN}")})
	)


def refuse_too_few(deals: int) -> None:
	if deals < FEWEST_DEALS:
		frappe.throw(
			_("A demo has at least {0} deal. Choose a higher number with --deals.").format(FEWEST_DEALS),
			DemoRefused,
			title=_("Too Few Deals"),
		)


def refuse_second_demo() -> None:
	if is_loaded():
		frappe.throw(
			_("The demo is on this site already. Run clear-pipeline-demo first."),
			DemoRefused,
			title=_("Demo Is There"),
		)


def refuse_site_in_use() -> None:
	"""A site with transactions of a real company is no place to play."""
	for doctype in TRANSACTIONS:
		found = frappe.db.count(doctype, {"company": ("!=", COMPANY)})
		if found:
			frappe.throw(
				_(
					"This site has real data: {0} × {1}. Load the demo on a site of its own, "
					"or add --force: it makes only its own company and touches no other."
				).format(found, _(doctype)),
				DemoRefused,
				title=_("Site in Use"),
			)


def _make_masters(story: Story) -> None:
	steps = masters.steps(story)
	begin = datetime.combine(story.begins_on, time(8))
	for position, step in enumerate(steps):
		update_progress_bar(_("Company and price list"), position, len(steps))
		with _named(step.title, position + 1, len(steps)):
			act_as(step.user, begin)
			step.make()
		frappe.db.commit()
	print()


def _play(story: Story) -> None:
	player = Player()
	for position, event in enumerate(story.events):
		if position % EVENTS_PER_COMMIT == 0:
			update_progress_bar(_("Two years of sales"), position, len(story.events))
			frappe.db.commit()
		with _named(_title(event), position + 1, len(story.events)):
			player.play(event)
	update_progress_bar(_("Two years of sales"), len(story.events) - 1, len(story.events))
	frappe.db.commit()
	print()


def _title(event: Event) -> str:
	deal = getattr(event, "deal", None)
	organisation = (deal or event.lead).organisation.name
	return f"{type(event).__name__}, {organisation}, {event.at:%Y-%m-%d}"


def _finish(story: Story) -> None:
	act_as(BACK_OFFICE.email, datetime.combine(story.ends_on, time(8)))
	targets.set_quotas(story)
	targets.speak(story)
	act_as(BACK_OFFICE.email, datetime.combine(story.ends_on, time(9)))
	masters.expire_quotations(story.ends_on)
	masters.retire_back_office()
	frappe.db.delete("Notification Log", {"for_user": ("in", [person.email for person in STAFF])})
	frappe.db.commit()


@contextmanager
def _named(step: str, position: int, of: int) -> Iterator[None]:
	"""A failure inside says which step it was and what to do; the step itself leaves nothing behind."""
	try:
		yield
	except Exception as error:
		frappe.db.rollback()
		raise DemoFailed(
			_(
				"Loading the demo stopped at step {0} of {1} ({2}): {3}\n"
				"What it had made by then is removed by clear-pipeline-demo."
			).format(position, of, step, str(error) or type(error).__name__)
		) from error


def _hand_out_passwords() -> list[Login]:
	logins = [Login(person, secrets.token_urlsafe(9)) for person in STAFF if person is not BACK_OFFICE]
	for login in logins:
		update_password(login.person.email, login.password)
	frappe.db.commit()
	return logins
