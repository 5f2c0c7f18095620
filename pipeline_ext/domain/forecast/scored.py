"""What was said of a deal on a night, and when that is worth writing down anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline_ext.domain.forecast.reasons import Reasons

WORTH_TELLING = 1.0
STRONG = 5.0
"""Both in percentage points."""


@dataclass(frozen=True)
class Scored:
	"""The chances of a deal on a day, in percent: ever, and by the end of that month and of later ones."""

	day: date
	probability: float
	by_month: tuple[float, ...]
	reasons: Reasons

	def says_more_than(self, before: Scored) -> bool:
		"""Whether something moved by a point, the months are others, or a strong reason came or went."""
		if (self.day.year, self.day.month) != (before.day.year, before.day.month):
			return True
		now, then = (self.probability, *self.by_month), (before.probability, *before.by_month)
		moved = any(abs(one - other) >= WORTH_TELLING for one, other in zip(now, then, strict=True))
		return moved or _came(self.reasons, before.reasons) or _came(before.reasons, self.reasons)


def _came(after: Reasons, before: Reasons) -> bool:
	"""Whether there is a strong reason that was none before."""
	return any(
		abs(reason.points) >= STRONG and reason.fact not in {each.fact for each in earlier}
		for reasons, earlier in ((after.raises, before.raises), (after.lowers, before.lowers))
		for reason in reasons
	)
