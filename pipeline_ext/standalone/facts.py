"""What the files know of a deal, as the facts that its exit criteria ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from pipeline_ext.domain.criteria import Facts, Found
from pipeline_ext.domain.exit_criteria import Criterion, Link, LinkedCriterion
from pipeline_ext.standalone.deals import Deal, Deals
from pipeline_ext.standalone.fields import values_of
from pipeline_ext.standalone.history import History
from pipeline_ext.standalone.quotations import Quotes


@dataclass(frozen=True)
class Files:
	"""The files that are judged, and the day they are judged as of."""

	deals: Deals
	quotes: Quotes | None
	history: History | None
	today: date


def facts_of(deal: Deal, criteria: Collection[Criterion], files: Files) -> Facts:
	"""What the criteria name, as far as the files hold it; attachments, answers and scores they never do."""
	links = {criterion.link for criterion in criteria if isinstance(criterion, LinkedCriterion)}
	return Facts(
		values=values_of(deal.document, files.deals.export, criteria),
		linked=_linked(deal, links, files),
		days_in=_days_in(deal, files),
	)


def _linked(deal: Deal, links: Collection[Link], files: Files) -> Mapping[Link, Found]:
	if files.quotes is None:
		return {}
	found = {link: files.quotes.found(deal.name, link, files.today) for link in links}
	return {link: each for link, each in found.items() if each is not None}


def _days_in(deal: Deal, files: Files) -> Mapping[str, float] | None:
	"""By the deal's own date, else by the ledger; None where neither knows."""
	since = deal.stage_since
	if since is None and files.history:
		since = files.history.in_stage_since(deal.name, deal.stage, files.today)
	if since is None or deal.stage is None:
		return None
	return {deal.stage: float(max((files.today - since).days, 0))}
