"""Puts the qualification frameworks and the pipeline templates on a site that was installed without them."""

from __future__ import annotations

from pipeline_ext.setup import qualification, templates


def execute() -> None:
	qualification.create()
	templates.create()
