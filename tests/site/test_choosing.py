"""Which pipeline a document takes: company, conditions, priority, the default."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import getdate

from pipeline_ext.reports.pipelines import taken_by
from pipeline_ext.setup.pipeline_templates import b2b
from pipeline_ext.setup.templates import draft
from tests.site import factories, pipelines

LARGE = {"field": "opportunity_amount", "operator": ">", "value": "10000"}


def published(name, **fields):
	draft(b2b, name, company=factories.COMPANY, **fields).publish()
	return name


def taken(**fields):
	deal = {"doctype": "Opportunity", "company": factories.COMPANY, **fields}
	return taken_by(frappe.get_doc(deal), getdate()).name


def test_conditions_decide():
	small = published("Small")
	large = published("Large", conditions=[LARGE], priority=1)
	assert taken(opportunity_amount=10000) == small
	assert taken(opportunity_amount=10001) == large


def test_a_condition_on_the_party():
	published("Everybody")
	abroad = published(
		"Abroad",
		priority=1,
		conditions=[{"field": "party.tax_id", "operator": "contains", "value": "CH"}],
	)
	at_home = factories.customer("Home", tax_id="DE 1")
	elsewhere = factories.customer("Away", tax_id="CHE-2")
	party = {"opportunity_from": "Customer"}
	assert taken(party_name=at_home.name, **party) == "Everybody"
	assert taken(party_name=elsewhere.name, **party) == abroad


def test_of_several_that_fit_the_priority_decides_whichever_was_made_first():
	published("First", priority=5)
	published("Second", priority=9)
	published("Third", priority=7)
	assert taken() == "Second"


def test_the_company_comes_before_everybody_and_the_default_comes_last():
	for name in frappe.get_all("Sales Pipeline", {"document_type": "Opportunity"}, pluck="name"):
		frappe.get_doc("Sales Pipeline", name).update({"enabled": 0}).save()
	draft(b2b, "Fallback", is_default=1).publish()
	assert taken() == "Fallback"
	draft(b2b, "Everybody").publish()
	assert taken() == "Everybody"
	published("Ours")
	assert taken() == "Ours"


@pytest.mark.parametrize(
	("fields", "error"),
	[
		({"is_default": 1, "conditions": [LARGE]}, "remove its conditions"),
		({"conditions": [{"field": "no_such", "operator": "=", "value": "1"}]}, "no field no_such"),
		({"conditions": [{**LARGE, "value": "lots"}]}, "lots is not a number"),
		({"conditions": [{**LARGE, "value": ""}]}, "compared with"),
		({"conditions": [{**LARGE, "operator": "contains"}]}, "does not fit"),
	],
)
def test_conditions_that_cannot_work_are_refused(fields, error):
	with pytest.raises(frappe.ValidationError, match=error):
		draft(b2b, "Broken", company=factories.COMPANY, **fields)


def test_two_of_one_rank_for_the_same_documents_are_refused():
	published("One", conditions=[LARGE])
	with pytest.raises(frappe.ValidationError, match="with the same priority"):
		draft(b2b, "Two", company=factories.COMPANY, conditions=[LARGE])
	draft(b2b, "Three", company=factories.COMPANY, conditions=[LARGE], priority=1)


def test_a_document_stays_with_its_pipeline_when_its_facts_change():
	published("Small")
	published("Large", conditions=[LARGE], priority=1)
	made = pipelines.deal(opportunity_amount=500)
	fresh = frappe.get_doc("Opportunity", made.name)
	fresh.opportunity_amount = 20000
	fresh.save()
	assert fresh.pe_pipeline == "Small"
