"""Tells two years of a made-up company; the same seed, number of deals and end date tell the same story."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from pipeline_ext.demo import cast
from pipeline_ext.demo.cast import HABITS, REPS, Habits, Person, Product
from pipeline_ext.demo.events import (
	Deal,
	Event,
	Lead,
	LeadAnswered,
	LeadArrived,
	LeadStatus,
	Line,
	Ordered,
	Organisation,
)
from pipeline_ext.demo.life import (
	NEEDS_ANALYSIS,
	NEGOTIATION,
	OPEN_STAGES,
	PROPOSAL,
	PROSPECTING,
	QUALIFICATION,
	Life,
	Showcase,
	office_hour,
	working_day,
)

DAYS_TOLD = 730
LEADS_PER_DEAL = 1.5
FROM_LEADS = 0.7
CUSTOMERS_AT_START = 8
SPARE_STOCK = 50
SEASON = (0.9, 1.0, 1.25, 1.0, 1.05, 1.2, 0.75, 0.6, 1.2, 1.1, 1.15, 0.8)
"""How busy each month of the year is, January first."""
GROWTH_PER_YEAR = 0.6
PRODUCT_BY_CODE = {product.code: product for product in cast.PRODUCTS}

SHOWCASES = (
	Showcase(PROPOSAL, discount=18, approval="pending"),
	Showcase(NEEDS_ANALYSIS, lacks="items"),
	Showcase(QUALIFICATION, lacks="amount"),
	Showcase(PROPOSAL, discount=25, approval="required"),
	Showcase(PROSPECTING, lacks="contact"),
	Showcase(PROPOSAL, discount=35, approval="rejected"),
	Showcase(QUALIFICATION, lacks="closing"),
	Showcase(NEGOTIATION, discount=15),
	Showcase(PROPOSAL, discount=12.5, approval="pending"),
	Showcase(NEGOTIATION, discount=5),
	Showcase(PROPOSAL, lacks="quote"),
	Showcase(PROPOSAL, discount=22.5, approval="required"),
	Showcase(PROPOSAL, discount=7.5, approval="draft"),
	Showcase(PROPOSAL, discount=30, approval="questioned"),
	Showcase(PROPOSAL, discount=20, approval="granted"),
	Showcase(PROPOSAL, discount=17.5, approval="asked again"),
)
"""Deals of the last weeks, each one step before its next move. A small demo takes the first few."""


@dataclass(frozen=True)
class Story:
	"""Everything that happened, oldest first, and who was a customer before."""

	begins_on: date
	ends_on: date
	customers: tuple[Organisation, ...]
	leads: tuple[Lead, ...]
	deals: tuple[Deal, ...]
	events: tuple[Event, ...]

	def stock_needed(self) -> dict[Product, int]:
		"""What all orders take out of the warehouse, and a reserve for those made in the demo itself."""
		needed = {product: SPARE_STOCK for product in cast.PRODUCTS if product.in_stock}
		for event in self.events:
			if isinstance(event, Ordered):
				for line in event.deal.lines:
					if line.product in needed:
						needed[line.product] += line.qty
		return needed


def tell(seed: int, deals: int, ends_on: date) -> Story:
	"""The story of `deals` opportunities over the two years before `ends_on`."""
	return _Teller(Random(seed), deals, ends_on).tell()


class _Teller:
	"""Draws the cast of one story and lets each deal live its life."""

	def __init__(self, random: Random, deals: int, ends_on: date):
		self.random = random
		self.ends_on = ends_on
		self.begins_on = ends_on - timedelta(days=DAYS_TOLD)
		self.number_of_deals = deals
		self.number_of_leads = math.ceil(deals * LEADS_PER_DEAL)
		self.organisations = self._draw_organisations(self.number_of_leads + CUSTOMERS_AT_START)
		self.customers = tuple(next(self.organisations) for _ in range(CUSTOMERS_AT_START))
		self.buyers = [(self.begins_on, customer) for customer in self.customers]
		self.fortunes = {rep: self._fortunes(HABITS[rep]) for rep in REPS}
		self.leads: list[Lead] = []
		self.deals: list[Deal] = []
		self.events: list[Event] = []

	def tell(self) -> Story:
		showcases = SHOWCASES[: self.number_of_deals // 3]
		for opened_on in self._busy_days(self.number_of_deals - len(showcases)):
			self._live(opened_on)
		for showcase in showcases:
			self._show(showcase)
		for arrived_on in self._busy_days(self.number_of_leads - len(self.leads)):
			self._lead_that_stays_one(arrived_on)
		told = (event for event in self.events if event.at.date() < self.ends_on)
		return Story(
			self.begins_on,
			self.ends_on,
			self.customers,
			tuple(self.leads),
			tuple(self.deals),
			tuple(sorted(told, key=lambda event: event.at)),
		)

	def _draw_organisations(self, number: int) -> Iterator[Organisation]:
		names = [f"{name} {trade}" for name in cast.ORGANISATION_NAMES for trade in cast.ORGANISATION_TRADES]
		branches = math.ceil(number / len(names))
		names += [f"{name} {branch}" for branch in range(2, branches + 1) for name in names]
		draw = self.random.choice
		for name in self.random.sample(names, number):
			first_name, last_name = draw(cast.FIRST_NAMES), draw(cast.LAST_NAMES)
			yield Organisation(name, first_name, last_name, draw(cast.INDUSTRIES), draw(cast.TOWNS))

	def _fortunes(self, habits: Habits) -> Iterator[bool]:
		"""Won or not, deal after deal: exactly `wins` of every ten, in random order."""
		while True:
			bag = [True] * habits.wins + [False] * (10 - habits.wins)
			self.random.shuffle(bag)
			yield from bag

	def _busy_days(self, number: int) -> list[date]:
		"""Working days on which something begins: more of it each year, and with the seasons."""
		every_day = (self.begins_on + timedelta(days=number) for number in range(1, DAYS_TOLD))
		days = [day for day in every_day if day == working_day(day)]
		weights = [self._demand_on(day) for day in days]
		return sorted(self.random.choices(days, weights, k=number))

	def _demand_on(self, day: date) -> float:
		years = (day - self.begins_on) / timedelta(days=365)
		return (1 + GROWTH_PER_YEAR) ** years * SEASON[day.month - 1]

	def _live(self, opened_on: date) -> None:
		"""A deal from its opening to its end, or to the day on which the story stops."""
		deal = self._new_deal(opened_on)
		life = Life(self.random, deal, opened_on)
		if self.random.random() < HABITS[deal.rep].neglect:
			life.be_forgotten()
		elif next(self.fortunes[deal.rep]):
			life.be_won()
		else:
			life.be_lost()
		self.events += life.events
		if deal.lead and life.ordered_on:
			self.buyers.append((life.ordered_on, deal.organisation))

	def _show(self, showcase: Showcase) -> None:
		days = self.random.randint(12, 20) * (OPEN_STAGES.index(showcase.stage) + 1)
		opened_on = working_day(self.ends_on - timedelta(days=days))
		life = Life(self.random, self._new_deal(opened_on), opened_on)
		life.be_shown(showcase, self.ends_on)
		self.events += life.events

	def _new_deal(self, opened_on: date) -> Deal:
		"""A deal with a buyer from before, or out of a new lead."""
		number = len(self.deals) + 1
		rep = self._draw_rep()
		lines = self._draw_lines(HABITS[rep])
		buyers = [buyer for since, buyer in self.buyers if since < opened_on]
		if self.random.random() < FROM_LEADS:
			lead = self._new_lead(rep, opened_on - timedelta(days=self.random.randint(1, 30)))
			deal = Deal(number, lead.organisation, rep, lead.source, lines, lead)
		else:
			deal = Deal(number, self.random.choice(buyers), rep, "Existing Customer", lines)
		self.deals.append(deal)
		return deal

	def _new_lead(self, rep: Person, arrived_on: date) -> Lead:
		"""Every source has its turn; most leads come through the busiest ones all the same."""
		number = len(self.leads) + 1
		source = cast.LEAD_SOURCES[number % len(cast.LEAD_SOURCES)]
		if number > len(cast.LEAD_SOURCES) and self.random.random() < 0.6:
			source = self.random.choice(cast.BUSY_LEAD_SOURCES)
		lead = Lead(number, next(self.organisations), source, rep)
		arrived_on = max(arrived_on, self.begins_on)
		self.events.append(LeadArrived(datetime.combine(arrived_on, office_hour(self.random)), lead))
		self.leads.append(lead)
		return lead

	def _lead_that_stays_one(self, arrived_on: date) -> None:
		lead = self._new_lead(self._draw_rep(), arrived_on)
		answered_on = working_day(arrived_on + timedelta(days=self.random.randint(1, 9)))
		status = self.random.choice(tuple(LeadStatus))
		self.events.append(
			LeadAnswered(datetime.combine(answered_on, office_hour(self.random)), lead, status)
		)

	def _draw_rep(self) -> Person:
		return self.random.choices(REPS, [HABITS[rep].busy for rep in REPS])[0]

	def _draw_lines(self, habits: Habits) -> tuple[Line, ...]:
		"""One main product with what belongs to it, about as large as the rep's deals are."""
		smallest, largest = habits.deal_size
		size = math.exp(self.random.uniform(math.log(smallest), math.log(largest)))
		main_products = [PRODUCT_BY_CODE[code] for code in cast.MAIN_PRODUCTS]
		main = self.random.choice([product for product in main_products if product.price < size / 2])
		accessories = [product for product in cast.PRODUCTS if product not in main_products]
		extras = self.random.sample(accessories, self.random.randint(1, 3))
		return (
			Line(main, max(1, round(0.75 * size / main.price))),
			*(Line(extra, max(1, round(0.25 * size / len(extras) / extra.price))) for extra in extras),
		)
