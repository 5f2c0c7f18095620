"""What an admin may publish, and what is refused in words."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import getdate

from pipeline_ext import api
from pipeline_ext.reports import pipelines as published
from pipeline_ext.setup.pipeline_templates import aida, b2b
from pipeline_ext.setup.templates import draft
from tests.site import factories, pipelines


@pytest.fixture
def pipeline():
	return pipelines.enforced()


@pytest.mark.parametrize(
	("criterion", "error"),
	[
		({"field": "no_such_field"}, "has no field no_such_field"),
		({"field": "section_break_14"}, "has no field section_break_14"),
		({"field": "opportunity_amount", "operator": ">", "value": "a lot"}, "a lot is not a number"),
		({"field": "expected_closing", "operator": "<", "value": "1/2/26"}, "is not a date"),
		({"field": "title", "operator": ">", "value": "x"}, "does not fit"),
		({"field": "opportunity_amount", "operator": ">"}, "compared with"),
		({"kind": "Linked Document", "linked_doctype": "ToDo List"}, "no link leads|Could not find"),
		({"kind": "Linked Document", "linked_doctype": "Item"}, "no link leads"),
		(
			{"kind": "Linked Document", "linked_doctype": "Quotation", "at_least": 0},
			"ask for at least one",
		),
		({"stage": "Value Proposition", "field": "title"}, "not a stage of this pipeline"),
	],
)
def test_a_criterion_that_cannot_work_is_refused(pipeline, criterion, error):
	pipeline.append(
		"criteria", {"stage": "Prospecting", "title": "Broken", "operator": "is set", **criterion}
	)
	with pytest.raises(frappe.ValidationError, match=error):
		pipeline.save()


def without(doc, outcome):
	doc.set("stages", [row for row in doc.stages if row.outcome != outcome])


@pytest.mark.parametrize(
	("change", "error"),
	[
		(
			lambda doc: doc.set("stages", [row for row in doc.stages if row.outcome != "Won"]),
			"Won is not a stage",
		),
		(
			lambda doc: doc.set("stages", [row for row in doc.stages if row.outcome != "Open"]),
			"not a stage|open",
		),
		(lambda doc: doc.append("stages", {"stage": "Qualification"}), "listed twice"),
		(lambda doc: doc.stages[0].set("probability", 120), "between 0 and 100"),
		(lambda doc: doc.set("document_type", "Task"), "cannot be governed|cannot be changed|Cannot"),
	],
)
def test_stages_that_cannot_work_are_refused(pipeline, change, error):
	change(pipeline)
	with pytest.raises(frappe.ValidationError, match=error):
		pipeline.save()


def test_two_enabled_pipelines_for_the_same_documents_are_refused(pipeline):
	with pytest.raises(frappe.ValidationError, match="enabled for the same documents"):
		draft(b2b, "Another", company=factories.COMPANY)


def test_the_company_pipeline_comes_before_the_general_one(pipeline):
	def taken(doctype, company):
		head = published.taken_by(frappe.get_doc({"doctype": doctype, "company": company}), getdate())
		return head and head.name

	assert taken("Opportunity", factories.COMPANY) == pipelines.NAME
	assert taken("Opportunity", "Another Company") == b2b.NAME
	assert taken("Lead", factories.COMPANY) == aida.NAME


def test_a_version_is_final(pipeline):
	version = frappe.get_doc("Pipeline Version", f"{pipelines.NAME} v1")
	version.definition = "{}"
	with pytest.raises(frappe.ValidationError, match="never changes"):
		version.save(ignore_permissions=True)


def test_a_pipeline_with_history_is_not_deleted_and_an_unused_one_is(pipeline):
	made = pipelines.deal()
	with pytest.raises(frappe.ValidationError, match="their history needs it"):
		frappe.delete_doc("Sales Pipeline", pipelines.NAME)
	pipelines.forget(made)
	frappe.db.set_value("Opportunity", made.name, {"pe_pipeline": None, "pe_pipeline_version": None})
	frappe.delete_doc("Sales Pipeline", pipelines.NAME)
	assert not frappe.db.exists("Pipeline Version", f"{pipelines.NAME} v1")


def test_only_who_may_write_the_pipeline_publishes_it(pipeline, as_user):
	with as_user(factories.user("rep@pipeline-test.example", "Sales User")):
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc("Sales Pipeline", pipelines.NAME).publish()
	with as_user(factories.user("admin@pipeline-test.example", "Pipeline Administrator")):
		assert frappe.get_doc("Sales Pipeline", pipelines.NAME).publish() == f"{pipelines.NAME} v2"


def test_a_form_offers_the_fields_that_can_be_compared():
	offered = {option["value"]: option["description"] for option in api.form_options("Opportunity")["fields"]}
	assert offered["opportunity_amount"] == "number"
	assert offered["lost_reasons"] == "table"
	assert offered["items.amount"] == "number"
	assert offered["customer.customer_group"] == "text"
	assert offered["is_new_customer"] == "flag"
	assert "section_break_14" not in offered


def test_the_template_is_there_after_install_and_blocks_nothing():
	pipeline = frappe.get_doc("Sales Pipeline", b2b.NAME)
	assert (pipeline.mode, pipeline.published_version) == ("Warn", f"{b2b.NAME} v1")
	made = factories.opportunity(factories.customer(), sales_stage="Negotiation/Review")
	assert made.pe_pipeline == b2b.NAME


def test_the_template_is_for_every_company_also_where_one_is_the_default():
	frappe.defaults.set_global_default("company", factories.COMPANY)
	frappe.get_doc("Sales Pipeline", b2b.NAME).update({"enabled": 0}).save()
	assert not draft(b2b, "Made where a default company is set", mode="Off").company
