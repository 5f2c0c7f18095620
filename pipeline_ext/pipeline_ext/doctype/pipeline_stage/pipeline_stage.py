"""A row of a Sales Pipeline: one stage."""

from __future__ import annotations

from collections.abc import Iterable

from frappe.model.document import Document
from frappe.utils import cint, flt

from pipeline_ext.domain.exit_criteria import Criterion
from pipeline_ext.domain.pipeline import EntryAction, Outcome, Stage, Trigger


class PipelineStage(Document):
	def as_stage(
		self,
		criteria: Iterable[Criterion],
		entry_roles: Iterable[str],
		return_roles: Iterable[str],
		on_entry: Iterable[EntryAction],
	) -> Stage:
		"""The row as domain data, with what the pipeline's other tables say of it."""
		outcome = Outcome(self.outcome)
		is_open = outcome is Outcome.OPEN
		return Stage(
			name=self.stage,
			outcome=outcome,
			probability=flt(self.probability),
			forecast_category=self.forecast_category,
			longest_stay=cint(self.longest_stay) or None if is_open else None,
			guidance=self.guidance or "",
			criteria=tuple(criteria),
			may_skip=bool(cint(self.may_skip)),
			may_return=bool(cint(self.may_return)),
			entry_roles=tuple(entry_roles),
			return_roles=tuple(return_roles),
			reached_by=Trigger(self.reached_by) if self.reached_by else None,
			on_entry=tuple(on_entry),
		)
