"""The pipelines that a site may start with work on it as they are."""

from __future__ import annotations

import frappe
import pytest

from pipeline_ext.setup import qualification
from pipeline_ext.setup.pipeline_templates import aida, b2b, consultative, renewal
from pipeline_ext.setup.templates import draft
from tests.site import factories


@pytest.fixture(params=(aida, b2b, consultative, renewal), ids=lambda template: template.NAME)
def template(request):
	return request.param


@pytest.fixture
def pipeline(template):
	qualification.create()
	return draft(template, f"Test {template.NAME}", company=factories.COMPANY, priority=7)


def test_a_template_names_only_what_the_site_has_and_can_be_published(template, pipeline):
	pipeline.publish()
	assert pipeline.published_version
	assert (len(pipeline.stages), len(pipeline.criteria)) == (len(template.STAGES), len(template.CRITERIA))


def test_roles_and_frameworks_exist(template, pipeline):
	for criterion in template.CRITERIA:
		for field, doctype in (("role", "Role"), ("framework", "Qualification Framework")):
			assert not criterion.get(field) or frappe.db.exists(doctype, criterion[field]), criterion["title"]
