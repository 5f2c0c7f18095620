"""What is kept beside the ledger for its readers, found from whole chains: their tips and past visits."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

from pipeline_ext.domain.ledger import tip_of
from pipeline_ext.domain.visits import past_visits
from pipeline_ext.history import tips, visits
from pipeline_ext.history.chains import Chain, pages
from pipeline_ext.subjects import LEDGER_TIP, STAGE_VISIT


def derive(doctype: str, chains: Iterable[Chain]) -> None:
	"""Write it down for these chains."""
	entries = {chain.name: chain.entries for chain in chains}
	tips.put(doctype, {name: tip_of(written) for name, written in entries.items()})
	visits.put(doctype, {name: past_visits(written) for name, written in entries.items()})


def derive_all() -> None:
	"""Write it down anew for every chain."""
	for kept in (LEDGER_TIP, STAGE_VISIT):
		frappe.db.delete(kept)
	for doctype, page in pages():
		derive(doctype, page)
