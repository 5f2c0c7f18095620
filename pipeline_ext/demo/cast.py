"""Who and what the demo story is about: people and their habits, products, names, places."""

from dataclasses import dataclass
from enum import Enum

COMPANY = "Pipeline Demo Ltd"
ABBREVIATION = "PDL"
CURRENCY = "GBP"
COUNTRY = "United Kingdom"
EMAIL_DOMAIN = "pipeline-demo.example"


class Job(Enum):
	SALES = "Sales Representative"
	SALES_MANAGEMENT = "Sales Manager"
	DIRECTION = "Managing Director"
	FINANCE = "Accountant"
	BACK_OFFICE = "Back Office"


@dataclass(frozen=True)
class Person:
	"""Somebody who works at the demo company."""

	first_name: str
	last_name: str
	job: Job

	@property
	def email(self) -> str:
		return f"{self.first_name}.{self.last_name}@{EMAIL_DOMAIN}".lower()


@dataclass(frozen=True)
class Habits:
	"""How a rep sells.

	`pace` multiplies the time a deal spends in each stage, `optimism` the guess of how long it will take.
	`wins` is the number of deals won out of ten closed, `neglect` the share of deals left to gather dust, and
	`busy` the share of new deals that land on this rep's desk.
	"""

	deal_size: tuple[float, float]
	pace: float
	wins: int
	discounts: tuple[float, ...]
	optimism: float
	neglect: float
	busy: float


@dataclass(frozen=True)
class Product:
	"""One thing on the price list; `cost` is what a unit is bought or staffed for."""

	code: str
	name: str
	price: float
	cost: float
	in_stock: bool = True


MANAGER = Person("Elena", "Rossi", Job.SALES_MANAGEMENT)
DIRECTOR = Person("Ingrid", "Solberg", Job.DIRECTION)
ACCOUNTANT = Person("Farid", "Khan", Job.FINANCE)
BACK_OFFICE = Person("Grace", "Whitlock", Job.BACK_OFFICE)

HABITS: dict[Person, Habits] = {
	# few, large and patient deals at the list price
	Person("Amara", "Osei", Job.SALES): Habits(
		deal_size=(40_000, 160_000),
		pace=1.3,
		wins=4,
		discounts=(0, 0, 0, 5, 5, 7.5, 10, 12.5),
		optimism=0.9,
		neglect=0.01,
		busy=0.18,
	),
	# many small ones, quick, and bought with discounts
	Person("Ben", "Hartley", Job.SALES): Habits(
		deal_size=(3_000, 22_000),
		pace=0.6,
		wins=4,
		discounts=(0, 5, 10, 15, 18, 20, 25, 30, 35),
		optimism=0.8,
		neglect=0.02,
		busy=0.34,
	),
	# every deal closes next month, for many months
	Person("Chloe", "Martin", Job.SALES): Habits(
		deal_size=(12_000, 60_000),
		pace=1.1,
		wins=3,
		discounts=(0, 0, 5, 7.5, 10, 10, 15, 20),
		optimism=0.45,
		neglect=0.04,
		busy=0.28,
	),
	# new to the trade: opens a lot, wins little, forgets some
	Person("Daniel", "Kovacs", Job.SALES): Habits(
		deal_size=(5_000, 35_000),
		pace=1.0,
		wins=2,
		discounts=(0, 0, 5, 10, 12.5, 15, 22.5),
		optimism=0.7,
		neglect=0.08,
		busy=0.20,
	),
}

REPS = tuple(HABITS)
STAFF = (*REPS, MANAGER, DIRECTOR, ACCOUNTANT, BACK_OFFICE)

PRODUCTS = (
	Product("PD-SCAN-100", "Handheld Scanner", 420, 250),
	Product("PD-GATE-200", "Dock Gate Sensor", 1_150, 640),
	Product("PD-CART-300", "Picking Cart", 2_400, 1_520),
	Product("PD-ROBO-400", "Shelf Robot", 14_500, 9_800),
	Product("PD-HUBB-500", "Control Hub", 3_900, 2_150),
	Product("PD-CHRG-600", "Charging Station", 980, 560),
	Product("PD-SOFT-700", "Warehouse Software, Seat per Year", 540, 90, in_stock=False),
	Product("PD-INST-800", "Installation Day", 890, 560, in_stock=False),
	Product("PD-TRNG-900", "Training Day", 760, 410, in_stock=False),
	Product("PD-CARE-950", "Care Plan per Year", 1_800, 700, in_stock=False),
)

MAIN_PRODUCTS = ("PD-SCAN-100", "PD-GATE-200", "PD-CART-300", "PD-ROBO-400")

LEAD_SOURCES = (
	"Existing Customer",
	"Reference",
	"Advertisement",
	"Cold Calling",
	"Exhibition",
	"Supplier Reference",
	"Mass Mailing",
	"Customer's Vendor",
	"Campaign",
	"Walk In",
)
BUSY_LEAD_SOURCES = ("Reference", "Advertisement", "Cold Calling", "Exhibition")

LOST_REASONS = {
	"Price too high": "They liked the robots and chose the cheaper offer.",
	"Lost to a competitor": "A competitor already had a foot in the door.",
	"No budget this year": "The budget went to a new roof; we may ask again next spring.",
	"No decision": "The project was put on hold and nobody owns it any more.",
	"Missing feature": "They need cold-store operation below -20 °C, which we do not offer.",
	"Timing": "They wanted to go live before we could deliver.",
}
REFUSALS = (
	"Too much for so few units.",
	"They got that last year already.",
	"Offer them training instead.",
)
REASONS_WITH_COMPETITOR = ("Price too high", "Lost to a competitor")
COMPETITORS = ("Aisle Robotics", "Brightshelf", "Stockpilot")

INDUSTRIES = (
	"Grocery",
	"Manufacturing",
	"Pharmaceuticals",
	"Publishing",
	"Retail & Wholesale",
	"Sports",
	"Transportation",
)
TOWNS = (
	"Bristol",
	"Cardiff",
	"Derby",
	"Exeter",
	"Glasgow",
	"Hull",
	"Leeds",
	"Norwich",
	"Preston",
	"Reading",
)
FIRST_NAMES = (
	"Aisha", "Alan", "Bethan", "Callum", "Carmen", "Dev", "Diana", "Edward", "Fatima", "Fiona", "George",
	"Hannah", "Imran", "Isla", "Jacob", "Jess", "Kofi", "Laura", "Liam", "Marta", "Nadia", "Owen", "Priya",
	"Rhys", "Sofia", "Tariq", "Uma", "Victor", "Wendy", "Zoe",
)  # fmt: skip
LAST_NAMES = (
	"Adeyemi", "Baker", "Campbell", "Davies", "Evans", "Fraser", "Ghosh", "Harris", "Ivanov", "Jones", "Kaur",
	"Lewis", "Mensah", "Nowak", "Okafor", "Patel", "Quinn", "Roberts", "Singh", "Turner", "Underwood",
	"Vaughan", "Walker", "Young",
)  # fmt: skip
ORGANISATION_NAMES = (
	"Alder", "Amber", "Anchor", "Ashford", "Beacon", "Birchwood", "Bluebell", "Bridgewater", "Castle",
	"Cedar", "Clifton", "Copper", "Cotswold", "Crescent", "Dovecote", "Eastgate", "Elmfield", "Fairway",
	"Fenland", "Foxglove", "Granite", "Greenacre", "Harbour", "Hawthorn", "Heather", "Highland", "Juniper",
	"Kestrel", "Kingsway", "Lakeside", "Lantern", "Linden", "Mallard", "Maple", "Meridian", "Millstone",
	"Moorland", "Northgate", "Oakham", "Orchard", "Pennine", "Quarry", "Redwood", "Riverside", "Rowan",
	"Saltmarsh", "Sandpiper", "Severn", "Silverdale", "Stonebridge", "Summit", "Thistle", "Trident",
	"Valley", "Wessex", "Westbrook", "Willow", "Windmill", "Yarrow", "Yorkdale",
)  # fmt: skip
ORGANISATION_TRADES = (
	"Books", "Brewing", "Cold Storage", "Couriers", "Dairies", "Distribution", "Electricals", "Foods",
	"Furniture", "Garden Supplies", "Logistics", "Outfitters", "Paper", "Pharma", "Textiles", "Tools",
)  # fmt: skip
