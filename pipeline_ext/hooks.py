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

_rows = {
	"before_validate": "pipeline_ext.doc_events.quote_rows.before_validate",
	"before_update_after_submit": "pipeline_ext.doc_events.quote_rows.before_update_after_submit",
	"before_cancel": "pipeline_ext.doc_events.quote_rows.before_cancel",
	"on_update": "pipeline_ext.doc_events.quote_rows.on_update",
	"on_trash": "pipeline_ext.doc_events.quote_rows.on_trash",
	"after_delete": "pipeline_ext.doc_events.quote_rows.after_delete",
}
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
		"before_validate": "pipeline_ext.doc_events.quotation.before_validate",
		"before_save": "pipeline_ext.doc_events.quotation.before_save",
		"before_submit": "pipeline_ext.doc_events.quotation.before_submit",
		"on_submit": "pipeline_ext.doc_events.quotation.on_submit",
		"before_update_after_submit": "pipeline_ext.doc_events.quotation.before_update_after_submit",
		"on_update_after_submit": "pipeline_ext.doc_events.quotation.on_update_after_submit",
		"before_change": "pipeline_ext.doc_events.quotation.before_change",
		"before_cancel": "pipeline_ext.doc_events.quotation.before_cancel",
		"on_cancel": "pipeline_ext.doc_events.quotation.on_cancel",
		"before_discard": "pipeline_ext.doc_events.quotation.before_discard",
		"on_trash": "pipeline_ext.doc_events.quotation.on_trash",
		"before_print": "pipeline_ext.doc_events.quotation.before_print",
	},
	"Sales Order": {
		"before_insert": "pipeline_ext.doc_events.sales_order.before_insert",
		"before_validate": "pipeline_ext.doc_events.sales_order.before_validate",
		"before_save": "pipeline_ext.doc_events.sales_order.before_save",
		"before_submit": "pipeline_ext.doc_events.sales_order.before_submit",
		"on_submit": "pipeline_ext.doc_events.sales_order.on_submit",
		"before_update_after_submit": "pipeline_ext.doc_events.sales_order.before_update_after_submit",
		"before_change": "pipeline_ext.doc_events.sales_order.before_change",
		"on_cancel": "pipeline_ext.doc_events.sales_order.on_cancel",
		"before_discard": "pipeline_ext.doc_events.sales_order.before_discard",
		"on_trash": "pipeline_ext.doc_events.sales_order.on_trash",
	},
	"Quotation Item": _rows,
	"Sales Order Item": _rows,
	"Sales Taxes and Charges": _rows,
	"Payment Schedule": _rows,
	"Pricing Rule Detail": _rows,
	"Packed Item": _rows,
	"Email Queue": {"before_insert": "pipeline_ext.doc_events.email_queue.before_insert"},
	"Contract": {
		"on_submit": "pipeline_ext.doc_events.contract.on_submit",
		"on_update_after_submit": "pipeline_ext.doc_events.contract.on_update_after_submit",
	},
}

pdf_body_html = "pipeline_ext.printing.pdf_body_html"
jinja = {"methods": "pipeline_ext.printing.print_mark"}
update_website_context = "pipeline_ext.printing.update_website_context"
override_whitelisted_methods = {
	"frappe.utils.print_format.download_multi_pdf": "pipeline_ext.api.download_multi_pdf",
	"frappe.utils.print_format.download_multi_pdf_async": "pipeline_ext.api.download_multi_pdf_async",
}

scheduler_events = {
	"hourly": ["pipeline_ext.tasks.watch_approvals"],
	"daily": ["pipeline_ext.tasks.settle_overrides", "pipeline_ext.tasks.close_expired_approvals"],
	"daily_long": [
		"pipeline_ext.tasks.reconcile_ledgers",
		"pipeline_ext.tasks.remind",
		"pipeline_ext.tasks.learn_from_past_deals",
	],
}

default_log_clearing_doctypes = {"Gate Refusal": 365}

has_permission = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_has_permission",
	"Approval Delegation": "pipeline_ext.permissions.delegation_has_permission",
	"Quote Revision": "pipeline_ext.permissions.is_of_readable_quotation",
	"Pipeline Ledger Entry": "pipeline_ext.permissions.is_about_readable_deal",
	"Criterion Evidence": "pipeline_ext.permissions.is_about_readable_deal",
	"Gate Override": "pipeline_ext.permissions.is_about_readable_deal",
	"Gate Refusal": "pipeline_ext.permissions.is_about_readable_deal",
	"Qualification Assessment": "pipeline_ext.permissions.is_about_readable_deal",
	"Stall Notice": "pipeline_ext.permissions.is_about_readable_deal",
	"Deal Win Probability": "pipeline_ext.permissions.is_about_readable_deal",
	"Sales Quota": "pipeline_ext.permissions.quota_has_permission",
	"Forecast Adjustment": "pipeline_ext.permissions.adjustment_has_permission",
}
permission_query_conditions = {
	"Quote Approval": "pipeline_ext.permissions.quote_approval_conditions",
	"Quote Approval Step": "pipeline_ext.permissions.quote_approval_row_conditions",
	"Quote Approval Decision": "pipeline_ext.permissions.quote_approval_row_conditions",
	"Quote Approval Line": "pipeline_ext.permissions.quote_approval_row_conditions",
	"Approval Delegation": "pipeline_ext.permissions.delegation_conditions",
	"Quote Revision": "pipeline_ext.permissions.of_readable_quotations",
	"Pipeline Ledger Entry": "pipeline_ext.permissions.about_readable_deals",
	"Criterion Evidence": "pipeline_ext.permissions.about_readable_deals",
	"Gate Override": "pipeline_ext.permissions.about_readable_deals",
	"Gate Refusal": "pipeline_ext.permissions.about_readable_deals",
	"Qualification Assessment": "pipeline_ext.permissions.about_readable_deals",
	"Stall Notice": "pipeline_ext.permissions.about_readable_deals",
	"Deal Win Probability": "pipeline_ext.permissions.about_readable_deals",
	"Sales Quota": "pipeline_ext.permissions.quota_conditions",
	"Forecast Adjustment": "pipeline_ext.permissions.adjustment_conditions",
}

app_include_css = [
	"/assets/pipeline_ext/css/pipeline_ext.css",
	"/assets/pipeline_ext/css/quote_approval.css",
	"/assets/pipeline_ext/css/quote_revisions.css",
	"/assets/pipeline_ext/css/win_probability.css",
]
app_include_js = ["/assets/pipeline_ext/js/pipeline_reports.js"]
_stage_path = ["public/js/verdicts.js", "public/js/gate_actions.js", "public/js/stage_path.js"]
_approval = [
	"public/js/approval_status.js",
	"public/js/approval_view.js",
	"public/js/quote_approval_actions.js",
]
_approval_panel = [*_approval, "public/js/approval_panel.js"]
doctype_js = {
	"Opportunity": [*_stage_path, "public/js/opportunity.js", "public/js/win_probability.js"],
	"Lead": [*_stage_path, "public/js/lead.js"],
	"Sales Pipeline": [
		"public/js/condition_options.js",
		"public/js/pipeline_options.js",
		"public/js/publish_dialog.js",
		"public/js/move_deals_dialog.js",
		"public/js/pipeline_exchange.js",
	],
	"Quotation": [
		*_approval_panel,
		"public/js/quotation.js",
		"public/js/revision_comparison.js",
		"public/js/quote_revisions.js",
	],
	"Sales Order": [*_approval_panel, "public/js/sales_order.js"],
	"Quote Approval": _approval_panel,
	"Quote Approval Policy": [
		"public/js/condition_options.js",
		"public/js/policy_options.js",
		"public/js/approval_view.js",
		"public/js/policy_trial.js",
	],
}
doctype_list_js = {
	"Sales Pipeline": ["public/js/pipeline_exchange.js"],
	"Quotation": ["public/js/approval_status.js", "public/js/quotation_list.js"],
	"Quote Approval": ["public/js/approval_status.js", "public/js/quote_approval_list.js"],
}
page_js = {"my-approvals": _approval, "quote-revisions": "public/js/revision_comparison.js"}

ignore_links_on_delete = [
	"Pipeline Ledger Entry",
	"Pipeline Ledger Tip",
	"Pipeline Stage Visit",
	"Criterion Evidence",
	"Gate Override",
	"Gate Refusal",
	"Qualification Assessment",
	"Stall Notice",
	"Deal Win Probability",
	"Win Probability Model",
	"Quote Approval",
	"Quote Revision",
	"Forecast Adjustment",
]

company_data_to_be_ignored = ["Pipeline Ledger Entry", "Pipeline Ledger Tip", "Pipeline Stage Visit"]
