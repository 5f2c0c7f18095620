"""Notes the ends of the chains on a site whose ledger was written without."""

from __future__ import annotations

from pipeline_ext.history import tips


def execute() -> None:
	tips.fill()
