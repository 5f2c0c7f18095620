"""A lead has its own pipeline, held by the same gate."""

from __future__ import annotations

import frappe
import pytest

from pipeline_ext import api
from tests.site import factories
from tests.site.measure import extra_queries

STAGES = (("Cold", "Open", 5), ("Warm", "Open", 30), ("Ready", "Won", 100), ("Gone", "Lost", 0))


@pytest.fixture
def pipeline():
	for name, _outcome, _probability in STAGES:
		frappe.get_doc({"doctype": "Sales Stage", "stage_name": name}).insert()
	for name in frappe.get_all("Sales Pipeline", {"document_type": "Lead", "enabled": 1}, pluck="name"):
		frappe.get_doc("Sales Pipeline", name).update({"enabled": 0}).save()
	pipeline = frappe.get_doc(
		{
			"doctype": "Sales Pipeline",
			"pipeline_name": "Pipeline Test Leads",
			"document_type": "Lead",
			"mode": "Enforce",
			"stages": [
				{"stage": name, "outcome": outcome, "probability": probability}
				for name, outcome, probability in STAGES
			],
			"criteria": [
				{"stage": "Cold", "title": "Can be reached", "field": "email_id", "operator": "is set"},
				{
					"stage": "Ready",
					"title": "There is an opportunity",
					"kind": "Linked Document",
					"linked_doctype": "Opportunity",
					"linked_state": "Any",
				},
			],
		}
	).insert()
	pipeline.publish()
	return pipeline


def move(lead, stage, **fields):
	fresh = frappe.get_doc("Lead", lead.name)
	fresh.update({"pe_lead_stage": stage, **fields})
	return fresh.save()


def entries(lead):
	return frappe.get_all(
		"Pipeline Ledger Entry",
		{"document_type": "Lead", "document_name": lead.name},
		["move", "from_stage", "stage", "outcome", "amount", "pipeline"],
		order_by="sequence",
	)


def test_a_new_lead_starts_at_the_first_stage(pipeline):
	lead = factories.lead()
	assert (lead.pe_lead_pipeline, lead.pe_lead_stage) == (pipeline.name, "Cold")
	assert entries(lead) == [
		{
			"move": "Enter",
			"from_stage": None,
			"stage": "Cold",
			"outcome": "Open",
			"amount": 0,
			"pipeline": pipeline.name,
		}
	]


def test_a_lead_is_stopped_until_its_criterion_is_met(pipeline):
	lead = factories.lead()
	with pytest.raises(frappe.ValidationError, match="Can be reached"):
		move(lead, "Warm")
	assert move(lead, "Warm", email_id="ada@lovelace.example").pe_lead_stage == "Warm"
	assert [entry.move for entry in entries(lead)] == ["Enter", "Forward"]


def test_an_opportunity_is_found_from_its_lead(pipeline):
	lead = factories.lead(email_id="ada@lovelace.example")
	with pytest.raises(frappe.ValidationError, match="There is an opportunity"):
		move(lead, "Ready")
	factories.opportunity(lead)
	assert entries(move(lead, "Ready"))[-1].outcome == "Won"


def test_the_path_of_a_lead(pipeline):
	status = api.gate_status("Lead", factories.lead().name)
	assert [stage["name"] for stage in status["stages"]] == ["Cold", "Warm", "Ready", "Gone"]
	assert [verdict["title"] for verdict in status["next"]["verdicts"]] == ["Can be reached"]


def test_an_email_always_becomes_a_lead(pipeline):
	lead = frappe.get_doc({"doctype": "Lead", "email_id": "stranger@elsewhere.example"})
	lead.flags.ignore_mandatory = lead.flags.ignore_permissions = True
	assert lead.insert().pe_lead_stage == "Cold"


def test_a_site_without_a_pipeline_for_leads_works_as_before():
	for name in frappe.get_all("Sales Pipeline", {"document_type": "Lead"}, pluck="name"):
		frappe.get_doc("Sales Pipeline", name).update({"enabled": 0}).save()
	lead = factories.lead()
	assert not lead.pe_lead_stage and entries(lead) == []


@pytest.mark.parametrize(
	("fields", "most"), [({"website": "https://a.example"}, 0), ({"pe_lead_stage": "Warm"}, 4)]
)
def test_what_a_save_costs(pipeline, fields, most):
	lead = factories.lead(email_id="ada@lovelace.example")

	def act():
		doc = frappe.get_doc("Lead", lead.name)
		doc.update(fields)
		doc.save()

	assert extra_queries(act) <= most
