// The filters of the Pipeline Waterfall report.

pipeline_ext.reports.report("Pipeline Waterfall", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.day("from_date", __("From Date"), frappe.datetime.quarter_start()),
		pipeline_ext.reports.filter.day("to_date", __("To Date"), frappe.datetime.get_today()),
		pipeline_ext.reports.filter.day("close_from", __("Closing From"), frappe.datetime.quarter_start()),
		pipeline_ext.reports.filter.day("close_to", __("Closing To"), frappe.datetime.quarter_end()),
		pipeline_ext.reports.filter.choice("view", __("View"), [
			["Waterfall", __("Waterfall")],
			["Category Matrix", __("Category Matrix")],
		])
	),
});
