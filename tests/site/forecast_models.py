"""Win Probability Models as a night leaves them, with the outlook and the back-test that a test wants."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from pipeline_ext.domain.calendar_periods import CalendarPeriod, PeriodKind
from pipeline_ext.domain.forecast.outlook import (
	Missing,
	Outlook,
	PastOutlook,
	PeriodOutlook,
	outlook_as_dict,
	past_as_dict,
)
from tests.site import factories


def expected(period: CalendarPeriod, **fields: Any) -> PeriodOutlook:
	"""What is expected of a period: 400, of which 100 from new deals, in a range of 300 to 600."""
	return PeriodOutlook(
		**{
			"kind": period.kind.value,
			"first": max(period.first, getdate()),
			"end": period.last + timedelta(days=1),
			"open_deals": 300.0,
			"new_deals": 100.0,
			"method": "model",
			"value": 400.0,
			"low": 300.0,
			"high": 600.0,
			"values": {"model": 400.0, "last_period": 500.0},
			**fields,
		}
	)


def looked_back(month: date, forecast: float, actual: float, **fields: Any) -> PastOutlook:
	"""What would have been forecast of a past month on its first day."""
	return PastOutlook(
		**{
			"origin": month,
			"first": month,
			"end": CalendarPeriod.around(month, PeriodKind.MONTH).last + timedelta(days=1),
			"method": "model",
			"forecast": forecast,
			"low": forecast * 0.8,
			"high": forecast * 1.25,
			"actual": actual,
			"values": {"model": forecast},
			**fields,
		}
	)


def fitted(
	periods: Sequence[PeriodOutlook] = (),
	months: Sequence[PastOutlook] = (),
	missing: Sequence[Missing] = (),
	origin: date | None = None,
	deals: Mapping[str, float] | None = None,
	calibration: Sequence[tuple[float, float, float]] = (),
	**fields: Any,
) -> Document:
	"""The model of a night: by default of last night."""
	accuracy = {
		"months": [past_as_dict(each) for each in months],
		"scores": {},
		"headline": None,
		"deals": deals,
		"calibration": calibration,
	}
	return _written(
		{
			"doctype": "Win Probability Model",
			"company": factories.COMPANY,
			"fitted_on": origin or now_datetime(),
			"regime": "Full Model",
			"headline": "model",
			"decided": 40,
			"won": 15,
			"outlook": json.dumps(
				outlook_as_dict(Outlook(origin or getdate(), tuple(periods), tuple(missing)))
			),
			"accuracy": json.dumps(accuracy),
			"coefficients": "null",
			**fields,
		}
	)


def scored(deal: Document, model: Document, *by_month: float) -> None:
	"""The chances of a deal to be won by the end of this month and of the following ones, in percent."""
	every = [*by_month, *[by_month[-1]] * (6 - len(by_month))]
	_written(
		{
			"doctype": "Deal Win Probability",
			"document_type": deal.doctype,
			"document_name": deal.name,
			"model": model.name,
			"scored_on": getdate(),
			"is_current": 1,
			"probability": every[-1],
			"reasons": "{}",
			**{f"by_month_{month}": chance for month, chance in enumerate(every)},
		}
	)


def _written(fields: Mapping[str, Any]) -> Document:
	document = frappe.get_doc(fields)
	with document.written_by_app():
		return document.insert(ignore_permissions=True)
