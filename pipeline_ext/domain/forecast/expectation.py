"""How much of the open deals is expected to be won by several days ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline_ext.domain.forecast.arrays import Numbers, Places
from pipeline_ext.domain.forecast.chances import ChanceModel
from pipeline_ext.domain.forecast.history import History
from pipeline_ext.domain.forecast.snapshots import snapshot


@dataclass(frozen=True)
class OpenDeals:
	"""The deals open at an origin, what each is worth, and the chance that it is won within each horizon."""

	deals: Places
	amounts: Numbers
	chances: Numbers

	@property
	def values(self) -> Numbers:
		"""What is expected of them within each horizon."""
		return self.amounts @ self.chances


def expect(known: History, origin: date, model: ChanceModel) -> OpenDeals:
	"""By what was known when the origin began, for the model's horizons."""
	standing = known.open_at(origin)
	within = model.chances(snapshot(known, standing)).within
	return OpenDeals(standing.deals, known.amount[standing.rows], within)
