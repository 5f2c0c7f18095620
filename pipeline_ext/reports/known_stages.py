"""Every stage that the pipelines of opportunities have or had, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import frappe

from pipeline_ext.domain.conversion import Place
from pipeline_ext.domain.pipeline import Outcome, Stage
from pipeline_ext.reports import pipelines
from pipeline_ext.reports.deal_filters import DEALS


@dataclass(frozen=True)
class KnownStage:
	"""A stage as its pipeline has it or, where it is `former`, as an earlier version had it last."""

	stage: Stage
	position: int
	is_former: bool = False

	@property
	def is_open(self) -> bool:
		return self.stage.outcome is Outcome.OPEN


def known_stages() -> dict[Place, KnownStage]:
	"""The stages by pipeline and name: a pipeline's in its own order, former ones after those it has now."""
	known: dict[Place, KnownStage] = {}
	for pipeline, stage, is_former in _stages():
		known.setdefault((pipeline, stage.name), KnownStage(stage, len(known), is_former))
	return known


def _stages() -> Iterator[tuple[str, Stage, bool]]:
	"""The stages of the latest version of each pipeline, then those of the one before, and so on."""
	versions = frappe.get_all(
		"Pipeline Version", {"document_type": DEALS}, ["name", "pipeline"], order_by="pipeline, version desc"
	)
	begun: set[str] = set()
	for version in versions:
		try:
			stages = pipelines.definition(version.name).stages
		except pipelines.BrokenVersion:
			continue
		yield from ((version.pipeline, stage, version.pipeline in begun) for stage in stages)
		begun.add(version.pipeline)
