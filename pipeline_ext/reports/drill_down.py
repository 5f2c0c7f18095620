"""The deals behind a figure of a report, with what each counts for there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import frappe
from frappe import _
from frappe.utils import get_fullname

from pipeline_ext.reports import filters as given
from pipeline_ext.subjects import OPPORTUNITY

MOST = 500
"""So many deals are listed, the largest first."""


@dataclass(frozen=True)
class Behind:
	"""What a figure is, translated, and what each opportunity, by its name, counts for in it.

	In company currency; only of opportunities that the user may read.
	"""

	title: str
	counted: Mapping[str, float]
	currency: str

	def as_data(self) -> dict[str, Any]:
		"""The largest deals with what they are now, and how many there are in all."""
		return {
			"title": self.title,
			"currency": self.currency,
			"count": len(self.counted),
			"deals": _deals(self.counted),
		}


def by_deal(figure: Mapping[str, Any], rows: Iterable[tuple[str, str | None, float]]) -> dict[str, float]:
	"""What each deal counts for, by rows of name, owner and amount, of one owner if the figure has one."""
	of_one, owner = "owner" in figure, given.text(figure, "owner", _("Owner"))
	counted: dict[str, float] = defaultdict(float)
	for name, whose, amount in rows:
		if not of_one or whose == owner:
			counted[name] += amount
	return counted


def refuse_figure() -> NoReturn:
	"""A report was asked for the deals behind a figure that it does not have."""
	frappe.throw(
		_("The report has no such figure. Click on one of its numbers."), title=_("Figure Not Known")
	)


def _deals(counted: Mapping[str, float]) -> list[dict[str, Any]]:
	largest = sorted(counted, key=lambda name: (-abs(counted[name]), name))[:MOST]
	if not largest:
		return []
	found = frappe.get_list(
		OPPORTUNITY.doctype,
		filters={"name": ("in", largest)},
		fields=[
			"name",
			"title",
			"party_name",
			f"{OPPORTUNITY.stage} as stage",
			f"{OPPORTUNITY.owner} as owner",
			f"{OPPORTUNITY.expected_close} as expected_close",
			"status",
		],
		limit_page_length=0,
	)
	by_name = {row.name: {**row, "owner_name": row.owner and get_fullname(row.owner)} for row in found}
	return [{**by_name[name], "counted": counted[name]} for name in largest if name in by_name]
