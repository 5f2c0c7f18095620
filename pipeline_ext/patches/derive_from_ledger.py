"""Notes the ends of the chains and the past visits on a site whose ledger was written without."""

from __future__ import annotations

from pipeline_ext.history.derived import derive_all


def execute() -> None:
	derive_all()
