"""What is kept beside the ledger for its readers, found from whole chains: their tips and past visits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import frappe

from pipeline_ext.domain.ledger import End, flaws, tip_of
from pipeline_ext.domain.visits import past_visits
from pipeline_ext.history import tips, visits
from pipeline_ext.history.chains import Chain, pages
from pipeline_ext.subjects import STAGE_VISIT


def derive(doctype: str, chains: Collection[Chain]) -> None:
	"""Write it down for these chains, in the place of what is there."""
	entries = {chain.name: chain.entries for chain in chains}
	frappe.db.delete(STAGE_VISIT, {"document_type": doctype, "document_name": ("in", [*entries])})
	tips.put(doctype, {name: tip_of(written) for name, written in entries.items()})
	visits.put(doctype, {name: past_visits(written) for name, written in entries.items()})


def derive_all() -> None:
	"""Write it down anew for every chain, but for those that do not hold: their noted ends are evidence."""
	for doctype, page in pages():
		noted = tips.noted(doctype, [chain.name for chain in page])
		derive(doctype, [chain for chain in page if not _is_broken(chain, noted)])


def _is_broken(chain: Chain, noted: dict[str, End]) -> bool:
	return chain.name in noted and any(flaws(chain.entries, noted[chain.name]))


def misreported(doctype: str, chains: Collection[Chain]) -> set[str]:
	"""The documents of which it says anything else than their chains."""
	names = [chain.name for chain in chains]
	kept_tips, kept_visits = tips.kept(doctype, names), visits.kept(doctype, names)
	return {
		chain.name
		for chain in chains
		if kept_tips.get(chain.name) != replace(tip_of(chain.entries), visits={})
		or kept_visits.get(chain.name, []) != past_visits(chain.entries)
	}
