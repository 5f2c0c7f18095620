"""What Frappe calls, and where it lands."""

app_name = "pipeline_ext"
app_title = "Pipeline Ext"
app_publisher = "Pipeline Ext maintainers"
app_description = "A governed sales pipeline on ERPNext: stage gates, quote approval, forecast, lead to cash"
app_email = "maintainers@pipeline-ext.example"
app_license = "GPL-3.0"

required_apps = ["frappe/erpnext"]

before_install = "pipeline_ext.setup.install.before_install"
after_install = "pipeline_ext.setup.install.after_install"
after_migrate = "pipeline_ext.setup.install.after_migrate"
before_uninstall = "pipeline_ext.setup.install.before_uninstall"

doc_events = {
	"Opportunity": {
		"before_insert": "pipeline_ext.doc_events.opportunity.before_insert",
		"before_validate": "pipeline_ext.doc_events.opportunity.before_validate",
		"before_save": "pipeline_ext.doc_events.opportunity.before_save",
		"after_insert": "pipeline_ext.doc_events.chain.after_insert",
		"on_update": "pipeline_ext.doc_events.opportunity.on_update",
		"before_change": "pipeline_ext.doc_events.opportunity.before_change",
		"on_change": "pipeline_ext.doc_events.opportunity.on_change",
		"before_rename": "pipeline_ext.doc_events.chain.before_rename",
		"after_rename": "pipeline_ext.doc_events.chain.after_rename",
	},
	"Lead": {
		"before_insert": "pipeline_ext.doc_events.lead.before_insert",
		"before_validate": "pipeline_ext.doc_events.lead.before_validate",
		"before_save": "pipeline_ext.doc_events.lead.before_save",
		"after_insert": "pipeline_ext.doc_events.chain.after_insert",
		"on_update": "pipeline_ext.doc_events.lead.on_update",
		"before_change": "pipeline_ext.doc_events.lead.before_change",
		"on_change": "pipeline_ext.doc_events.lead.on_change",
		"before_rename": "pipeline_ext.doc_events.chain.before_rename",
		"after_rename": "pipeline_ext.doc_events.chain.after_rename",
	},
	"Sales Stage": {
		"before_rename": "pipeline_ext.doc_events.sales_stage.before_rename",
		"on_trash": "pipeline_ext.doc_events.sales_stage.on_trash",
	},
	"User": {"after_rename": "pipeline_ext.doc_events.user.after_rename"},
	"Company": {"after_rename": "pipeline_ext.doc_events.company.after_rename"},
	"Customer": {"after_insert": "pipeline_ext.doc_events.customer.after_insert"},
	"Quotation": {
		"before_insert": "pipeline_ext.doc_events.quotation.before_insert",
		"before_save": "pipeline_ext.doc_events.quotation.before_save",
		"before_submit": "pipeline_ext.doc_events.quotation.before_submit",
		"on_submit": "pipeline_ext.doc_events.quotation.on_submit",
		"before_update_after_submit": "pipeline_ext.doc_events.quotation.before_update_after_submit",
		"on_trash": "pipeline_ext.doc_events.quotation.on_trash",
	},
	"Sales Order": {"on_submit": "pipeline_ext.doc_events.sales_order.on_submit"},
	"Contract": {
		"on_submit": "pipeline_ext.doc_events.contract.on_submit",
		"on_update_after_submit": "pipeline_ext.doc_events.contract.on_update_after_submit",
	},
}

scheduler_events = {
	"daily": ["pipeline_ext.tasks.settle_overrides"],
	"daily_long": ["pipeline_ext.tasks.reconcile_ledgers", "pipeline_ext.tasks.remind"],
}

default_log_clearing_doctypes = {"Gate Refusal": 365}

has_permission = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_has_permission",
	"Pipeline Ledger Entry": "pipeline_ext.permissions.is_about_readable_deal",
	"Criterion Evidence": "pipeline_ext.permissions.is_about_readable_deal",
	"Gate Override": "pipeline_ext.permissions.is_about_readable_deal",
	"Gate Refusal": "pipeline_ext.permissions.is_about_readable_deal",
	"Qualification Assessment": "pipeline_ext.permissions.is_about_readable_deal",
	"Stall Notice": "pipeline_ext.permissions.is_about_readable_deal",
}
permission_query_conditions = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_conditions",
	"Pipeline Ledger Entry": "pipeline_ext.permissions.about_readable_deals",
	"Criterion Evidence": "pipeline_ext.permissions.about_readable_deals",
	"Gate Override": "pipeline_ext.permissions.about_readable_deals",
	"Gate Refusal": "pipeline_ext.permissions.about_readable_deals",
	"Qualification Assessment": "pipeline_ext.permissions.about_readable_deals",
	"Stall Notice": "pipeline_ext.permissions.about_readable_deals",
}

app_include_css = "/assets/pipeline_ext/css/pipeline_ext.css"
_stage_path = ["public/js/verdicts.js", "public/js/gate_actions.js", "public/js/stage_path.js"]
doctype_js = {
	"Opportunity": [*_stage_path, "public/js/opportunity.js"],
	"Lead": [*_stage_path, "public/js/lead.js"],
	"Sales Pipeline": [
		"public/js/pipeline_options.js",
		"public/js/publish_dialog.js",
		"public/js/move_deals_dialog.js",
		"public/js/pipeline_exchange.js",
	],
	"Quotation": ["public/js/quote_approval_actions.js", "public/js/quotation.js"],
	"Quote Approval": ["public/js/quote_approval_actions.js"],
}
doctype_list_js = {"Sales Pipeline": ["public/js/pipeline_exchange.js"]}

ignore_links_on_delete = [
	"Pipeline Ledger Entry",
	"Pipeline Ledger Tip",
	"Criterion Evidence",
	"Gate Override",
	"Gate Refusal",
	"Qualification Assessment",
	"Stall Notice",
	"Quote Approval",
]

company_data_to_be_ignored = ["Pipeline Ledger Entry", "Pipeline Ledger Tip"]
