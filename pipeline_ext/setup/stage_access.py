"""Permissions on Sales Stage, which ERPNext gives to Sales Managers alone."""

from __future__ import annotations

from pipeline_ext.setup.access import Grant

STAGES = Grant(
	"Sales Stage",
	{"Sales User": (), "Gate Keeper": (), "Pipeline Administrator": ("write", "create")},
	key="pipeline_ext_stage_rules",
)


def give() -> None:
	"""Once: what an admin changes or removes later stays so."""
	if not STAGES.is_given:
		STAGES.give()


def take_back() -> None:
	STAGES.take_back()
