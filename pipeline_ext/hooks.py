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
		"before_save": "pipeline_ext.doc_events.opportunity.before_save",
		"on_update": "pipeline_ext.doc_events.opportunity.on_update",
	},
	"Lead": {
		"before_save": "pipeline_ext.doc_events.lead.before_save",
		"on_update": "pipeline_ext.doc_events.lead.on_update",
	},
	"Quotation": {
		"before_insert": "pipeline_ext.doc_events.quotation.before_insert",
		"before_save": "pipeline_ext.doc_events.quotation.before_save",
		"before_submit": "pipeline_ext.doc_events.quotation.before_submit",
		"before_update_after_submit": "pipeline_ext.doc_events.quotation.before_update_after_submit",
		"on_trash": "pipeline_ext.doc_events.quotation.on_trash",
	},
}

has_permission = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_has_permission",
}
permission_query_conditions = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_conditions",
}

app_include_css = "/assets/pipeline_ext/css/pipeline_ext.css"
doctype_js = {
	"Opportunity": ["public/js/stage_path.js", "public/js/opportunity.js"],
	"Lead": ["public/js/stage_path.js", "public/js/lead.js"],
	"Quotation": ["public/js/quote_approval_actions.js", "public/js/quotation.js"],
	"Quote Approval": ["public/js/quote_approval_actions.js"],
}

ignore_links_on_delete = ["Pipeline Ledger Entry", "Quote Approval"]
