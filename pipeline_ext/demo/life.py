"""The life of one deal: how it moves, is quoted, won, lost, forgotten, delivered and paid for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from pipeline_ext.demo import cast
from pipeline_ext.demo.cast import HABITS
from pipeline_ext.demo.events import (
	ApprovalAsked,
	ApprovalDecided,
	Deal,
	DealEvent,
	Delivered,
	Invoiced,
	Knowledge,
	Learned,
	Lost,
	Moved,
	Offered,
	Opened,
	Ordered,
	Paid,
	QuestionAnswered,
	QuestionAsked,
	QuoteChanged,
	QuoteDrafted,
	QuoteRevised,
	QuoteSent,
)

PROSPECTING = "Prospecting"
QUALIFICATION = "Qualification"
NEEDS_ANALYSIS = "Needs Analysis"
PROPOSAL = "Proposal/Price Quote"
NEGOTIATION = "Negotiation/Review"
WON = "Won"
LOST = "Lost"
OPEN_STAGES = (PROSPECTING, QUALIFICATION, NEEDS_ANALYSIS, PROPOSAL, NEGOTIATION)

APPROVAL_ABOVE = 10.0
"""The discount, in percent, above which a rep has to ask."""
QUOTES_HOLD = timedelta(days=60)
QUOTES_HOLD_LONGER = timedelta(days=90)
CONCESSION = 2.5
"""What a customer who haggles gets on top, or a rep who is refused takes back, in percent."""
PAYMENT_TERM = timedelta(days=30)
TYPICAL_STAY = {PROSPECTING: 9, QUALIFICATION: 16, NEEDS_ANALYSIS: 18, PROPOSAL: 20, NEGOTIATION: 21}
"""Median days in each open stage, before the habits of a rep and the size of the deal."""
DIES_IN = {PROSPECTING: 0.2, QUALIFICATION: 0.28, NEEDS_ANALYSIS: 0.2, PROPOSAL: 0.2, NEGOTIATION: 0.12}
"""In which stage a deal is when it is lost."""


@dataclass(frozen=True)
class Showcase:
	"""Where a deal stands today, and what keeps it from its next move.

	`lacks` is the missing fact (contact, amount, closing, items or quote), `approval` how far the approval of
	its quote has come (draft, required, pending, questioned, rejected, granted or asked again).
	"""

	stage: str
	lacks: str = ""
	discount: float = 0
	approval: str = ""


class Life:
	"""A deal's life as a list of events that grows while its own clock runs, into the future if need be.

	A rep who `asks_early` knows the items already when the analysis of needs begins.
	"""

	def __init__(self, random: Random, deal: Deal, opened_on: date):
		self.random = random
		self.deal = deal
		self.habits = HABITS[deal.rep]
		self.asks_early = random.random() < 0.5
		self.slowness = self.habits.pace * (0.75 + deal.list_total / 120_000)
		self.clock = datetime.combine(opened_on, office_hour(random))
		self.closing: date | None = None
		self.discount = 0.0
		self.ordered_on: date | None = None
		self.events: list[DealEvent] = []

	def be_won(self) -> None:
		self._advance_to(NEGOTIATION)
		self._wait(NEGOTIATION)
		if self.random.random() < 0.2:
			self._haggle()
		self._order()
		self._deliver_and_collect()

	def be_lost(self) -> None:
		dies_in = self.random.choices(OPEN_STAGES, [DIES_IN[stage] for stage in OPEN_STAGES])[0]
		self._advance_to(dies_in)
		self._wait(dies_in, slower=1.4)
		reason = self.random.choice(tuple(cast.LOST_REASONS))
		to_competitor = reason in cast.REASONS_WITH_COMPETITOR
		competitor = self.random.choice(cast.COMPETITORS) if to_competitor else None
		self._add(Lost, reason, cast.LOST_REASONS[reason], competitor)

	def be_forgotten(self) -> None:
		"""Moves on for a while and is never touched again."""
		self._advance_to(self.random.choice(OPEN_STAGES))

	def be_shown(self, showcase: Showcase, today: date) -> None:
		"""Walks to its stage within the days it has, and stops where something is missing."""
		self.asks_early = False
		days = (today - self.clock.date()).days
		stages = OPEN_STAGES[: OPEN_STAGES.index(showcase.stage) + 1]
		self.closing = today + timedelta(days=self.random.randint(10, 120))
		self._add(Opened, Knowledge(contact=showcase.lacks != "contact"))
		for stage in stages[1:]:
			self._rest(days / (len(stages) + 1.5))
			self._move_to(stage)
			if stage == PROPOSAL and showcase.stage == NEGOTIATION:
				self._quote(showcase.discount)
		if showcase.stage == QUALIFICATION:
			self._show_qualification(showcase.lacks)
		if showcase.stage == PROPOSAL and showcase.lacks != "quote":
			self._show_quote(showcase)

	def _show_qualification(self, lacks: str) -> None:
		self._rest(2)
		amount = None if lacks == "amount" else self._rough_amount()
		closing = None if lacks == "closing" else self.closing
		self._add(Learned, Knowledge(amount=amount, closing=closing))

	def _show_quote(self, showcase: Showcase) -> None:
		self._rest(1)
		self._draft_quote(showcase.discount)
		if showcase.approval in ("draft", "required"):
			return
		self._rest(1)
		self._add(ApprovalAsked, "The customer compares us with a cheaper offer.")
		self._rest(1)
		if showcase.approval == "questioned":
			self._add(QuestionAsked, "Who is the other offer from?")
		if showcase.approval == "rejected":
			self._add(ApprovalDecided, False, "That is below our cost. Offer training instead.")
		if showcase.approval in ("granted", "asked again"):
			self._add(ApprovalDecided, True, "Fine for this volume.")
		if showcase.approval == "asked again":
			self._hold_longer()

	def _advance_to(self, last: str) -> None:
		self._open()
		for left, stage in pairwise(OPEN_STAGES[: OPEN_STAGES.index(last) + 1]):
			self._wait(left)
			self._move_to(stage)
			if stage == PROPOSAL:
				self._quote(self.random.choice(self.habits.discounts))

	def _open(self) -> None:
		"""Some deals are opened knowing everything, some with a name and a hope."""
		draw = self.random.random
		self.closing = self._closing_guess(OPEN_STAGES) if draw() < 0.75 else None
		amount = self._rough_amount() if draw() < 0.7 else None
		self._add(Opened, Knowledge(contact=draw() < 0.8, amount=amount, closing=self.closing))

	def _move_to(self, stage: str) -> None:
		knowledge = self._knowledge_for(stage)
		self.closing = knowledge.closing or self.closing
		self._add(Moved, stage, knowledge)

	def _knowledge_for(self, stage: str) -> Knowledge:
		"""What a deal must know on the day it enters that stage."""
		if stage == QUALIFICATION:
			return Knowledge(contact=True)
		if stage == NEEDS_ANALYSIS:
			lies_ahead = self.closing and self.closing >= self.clock.date()
			closing = self.closing if lies_ahead else self._closing_guess(OPEN_STAGES[2:])
			amount = self.deal.list_total if self.asks_early else self._rough_amount()
			return Knowledge(amount=amount, closing=closing, items=self.asks_early)
		if stage == PROPOSAL:
			return Knowledge(amount=self.deal.list_total, items=True)
		return Knowledge()

	def _rough_amount(self) -> float:
		"""The list total as one guesses it before the lines are known."""
		exact = self.deal.list_total
		step = 10 ** max(2, len(str(int(exact))) - 2)
		return max(step, round(exact * self.random.uniform(0.7, 1.3) / step) * step)

	def _closing_guess(self, stages_left: tuple[str, ...]) -> date:
		days = self.slowness * sum(TYPICAL_STAY[stage] for stage in stages_left) * self.habits.optimism
		return working_day(self.clock.date() + timedelta(days=max(7, round(days))))

	def _wait(self, stage: str, slower: float = 1.0) -> None:
		"""Stay in a stage for about as long as the rep's deals do."""
		days = TYPICAL_STAY[stage] * self.slowness * slower * self.random.lognormvariate(0, 0.55)
		end = self.clock + timedelta(days=max(1.0, days))
		self._push_closing_until(end)
		self._rest((end - self.clock) / timedelta(days=1))

	def _push_closing_until(self, end: datetime) -> None:
		"""Whenever the expected day comes near and the deal is not there yet, the rep moves it out."""
		while self.closing and self.closing < end.date():
			noticed = datetime.combine(self.closing, time(16, 30)) + timedelta(
				days=self.random.randint(-8, 9)
			)
			pushed_at = max(noticed, self.clock + timedelta(days=2))
			if pushed_at >= end:
				return
			further = round(self.random.randint(25, 70) * max(0.6, self.habits.optimism))
			self.clock = pushed_at
			self.closing = working_day(pushed_at.date() + timedelta(days=further))
			self._add(Learned, Knowledge(closing=self.closing))

	def _quote(self, discount: float) -> None:
		self._rest(self.random.uniform(1, 5) * self.habits.pace)
		self._draft_quote(discount)
		self._send_quote()

	def _draft_quote(self, discount: float, kind: type[Offered] = QuoteDrafted) -> None:
		self.discount = discount
		self._add(kind, discount, self.clock.date() + QUOTES_HOLD)

	def _send_quote(self) -> None:
		if self.discount > APPROVAL_ABOVE:
			self._get_approval()
		self._rest(0.05)
		self._add(QuoteSent)
		self._add(Learned, Knowledge(amount=round(self.deal.list_total * (1 - self.discount / 100), 2)))

	def _get_approval(self) -> None:
		"""Mostly a yes; sometimes a question or a no before it, or one more wish of the customer after it."""
		self._ask(f"They sign this month if we give {self.discount:g} %.")
		course = self.random.random()
		if course < 0.2:
			self._be_questioned()
		elif course < 0.4 and self.discount > APPROVAL_ABOVE + CONCESSION:
			self._be_refused()
		self._be_granted("Fine, but sell them the care plan next year.")
		if course > 0.85:
			self._hold_longer()
			self._be_granted("Prices will not move until then.")

	def _ask(self, comment: str) -> None:
		self._rest(self.random.uniform(0.1, 0.9))
		self._add(ApprovalAsked, comment)

	def _be_granted(self, comment: str) -> None:
		self._rest(self.random.uniform(0.2, 2.5))
		self._add(ApprovalDecided, True, comment)

	def _be_questioned(self) -> None:
		self._rest(self.random.uniform(0.2, 1))
		self._add(QuestionAsked, "What do they buy next year?")
		self._rest(self.random.uniform(0.1, 0.5))
		self._add(QuestionAnswered, "The second warehouse, they say.")

	def _be_refused(self) -> None:
		self._rest(self.random.uniform(0.2, 1.5))
		self._add(ApprovalDecided, False, self.random.choice(cast.REFUSALS))
		self._rest(self.random.uniform(0.1, 1))
		self._draft_quote(self.discount - CONCESSION, QuoteChanged)
		self._ask(f"They take {self.discount:g} % too.")

	def _hold_longer(self) -> None:
		"""What was granted for the discount still counts; only the longer validity is new."""
		self._rest(0.5)
		self._add(QuoteChanged, self.discount, self.clock.date() + QUOTES_HOLD_LONGER)
		self._ask("Their board meets after the summer.")

	def _haggle(self) -> None:
		"""The customer wants more at the last moment: a revision takes the place of the quote."""
		self._draft_quote(self.discount + CONCESSION, QuoteRevised)
		self._send_quote()

	def _order(self) -> None:
		self.ordered_on = self.clock.date()
		self._add(Ordered, self.ordered_on + timedelta(days=self.random.randint(7, 28)))
		self._add(Moved, WON)

	def _deliver_and_collect(self) -> None:
		self._rest(self.random.randint(4, 30))
		self._add(Delivered)
		self._rest(self.random.randint(0, 4) + 0.1)
		self._add(Invoiced, self.clock.date() + PAYMENT_TERM)
		self._rest(max(3, self.random.gauss(34, 16)))
		if self.random.random() < 0.12:
			self._add(Paid, 0.5)
			self._rest(self.random.randint(10, 50))
		if self.random.random() < 0.95:
			self._add(Paid, 1.0)

	def _rest(self, days: float) -> None:
		"""Lets the clock run to a moment of a working day."""
		later = (self.clock + timedelta(days=days)).replace(microsecond=0)
		if later.weekday() < 5 and time(8) <= later.time() <= time(18):
			self.clock = later
		else:
			morning = datetime.combine(working_day(later.date()), office_hour(self.random))
			self.clock = max(morning, self.clock + timedelta(minutes=7))

	def _add(self, kind: type[DealEvent], *details: object) -> None:
		"""One more event, a minute after the one before so that times tell the order."""
		self.clock += timedelta(minutes=1)
		self.events.append(kind(self.clock, self.deal, *details))


def working_day(day: date) -> date:
	"""That day, or the Monday after where it is on a weekend."""
	return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def office_hour(random: Random) -> time:
	return time(random.randint(9, 16), random.randint(0, 59), random.randint(0, 59))
