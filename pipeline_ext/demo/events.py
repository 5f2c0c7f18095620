"""What can happen in the demo story, as data: one frozen class per kind of event."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from pipeline_ext.demo.cast import Person, Product


@dataclass(frozen=True)
class Line:
	"""So many of a product."""

	product: Product
	qty: int

	@property
	def amount(self) -> float:
		return self.product.price * self.qty


@dataclass(frozen=True)
class Organisation:
	"""A company in the market and the person one talks to there."""

	name: str
	first_name: str
	last_name: str
	industry: str
	town: str

	@property
	def email(self) -> str:
		domain = self.name.replace(" ", "-")
		return f"{self.first_name}.{self.last_name}@{domain}.example".lower()


@dataclass(frozen=True)
class Lead:
	"""An organisation that came to us through a source and was given to a rep."""

	number: int
	organisation: Organisation
	source: str
	rep: Person


@dataclass(frozen=True)
class Deal:
	"""An opportunity. It comes from a lead, or from an organisation that is a customer already."""

	number: int
	organisation: Organisation
	rep: Person
	source: str
	lines: tuple[Line, ...]
	lead: Lead | None = None

	@property
	def list_total(self) -> float:
		return sum(line.amount for line in self.lines)


@dataclass(frozen=True)
class Knowledge:
	"""What the rep writes into a deal; what is None or False stays as it is."""

	contact: bool = False
	amount: float | None = None
	closing: date | None = None
	items: bool = False


class LeadStatus(str, Enum):
	"""How far a lead got that never became a deal."""

	OPEN = "Open"
	REPLIED = "Replied"
	INTERESTED = "Interested"
	DO_NOT_CONTACT = "Do Not Contact"


@dataclass(frozen=True)
class Event:
	"""Something that happened at an instant."""

	at: datetime


@dataclass(frozen=True)
class LeadArrived(Event):
	lead: Lead


@dataclass(frozen=True)
class LeadAnswered(Event):
	lead: Lead
	status: LeadStatus


@dataclass(frozen=True)
class DealEvent(Event):
	deal: Deal


@dataclass(frozen=True)
class Opened(DealEvent):
	knowledge: Knowledge


@dataclass(frozen=True)
class Learned(DealEvent):
	knowledge: Knowledge


@dataclass(frozen=True)
class Moved(DealEvent):
	stage: str
	knowledge: Knowledge = Knowledge()


@dataclass(frozen=True)
class Offered(DealEvent):
	"""The deal's lines at so many percent off the list price."""

	discount: float
	valid_till: date


@dataclass(frozen=True)
class QuoteDrafted(Offered):
	"""In a new quote."""


@dataclass(frozen=True)
class QuoteChanged(Offered):
	"""In the same draft, changed."""


@dataclass(frozen=True)
class QuoteRevised(Offered):
	"""In a draft that takes the place of the quote that was sent."""


@dataclass(frozen=True)
class ApprovalAsked(DealEvent):
	comment: str


@dataclass(frozen=True)
class QuestionAsked(DealEvent):
	question: str


@dataclass(frozen=True)
class QuestionAnswered(DealEvent):
	answer: str


@dataclass(frozen=True)
class ApprovalDecided(DealEvent):
	approved: bool
	comment: str


@dataclass(frozen=True)
class QuoteSent(DealEvent):
	pass


@dataclass(frozen=True)
class Ordered(DealEvent):
	deliver_by: date


@dataclass(frozen=True)
class Lost(DealEvent):
	reason: str
	detail: str
	competitor: str | None


@dataclass(frozen=True)
class Delivered(DealEvent):
	pass


@dataclass(frozen=True)
class Invoiced(DealEvent):
	due_by: date


@dataclass(frozen=True)
class Paid(DealEvent):
	"""A payment of that share of what is still open on the invoice."""

	share: float
