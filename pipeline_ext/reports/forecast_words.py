"""The methods of forecasts, and what is missing for one, in words."""

from __future__ import annotations

from collections.abc import Iterable

from frappe import _, _lt
from frappe.utils import flt

from pipeline_ext.domain.forecast.outlook import Missing

METHODS = {
	"model": _lt("Model of past deals"),
	"last_period": _lt("As the period before"),
	"trailing_average": _lt("Average of three periods"),
	"seasonal_naive": _lt("As a year before"),
	"stage_weights": _lt("Stage weights"),
}
MISSING = {
	"won_deals": _lt("won deals: {0} of {1}"),
	"months": _lt("months of history: {0} of {1}"),
}


def method_name(method: str) -> str:
	"""What a method of forecasting is called."""
	return str(METHODS[method])


def what_is_missing(missing: Iterable[Missing]) -> str:
	"""What there is too little of, each with how much there is and how much would be enough."""
	return ", ".join(str(MISSING[what]).format(there, enough) for what, there, enough in missing)


def percent(share: float) -> str:
	"""A share of 0 to 1, to a tenth of a percent."""
	return _("{0} %").format(flt(share * 100, 1))
