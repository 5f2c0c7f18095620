// The filters of the Win Loss Analysis report.

pipeline_ext.reports.report("Win Loss Analysis", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.day(
			"from_date",
			__("Decided From"),
			frappe.datetime.add_months(frappe.datetime.get_today(), -12)
		),
		pipeline_ext.reports.filter.day("to_date", __("Decided Until"), frappe.datetime.get_today()),
		pipeline_ext.reports.filter.choice("group_by", __("Group By"), [
			["Owner", __("Owner")],
			["Source", __("Source")],
			["Market Segment", __("Market Segment")],
			["Industry", __("Industry")],
			["Territory", __("Territory")],
			["Customer Group", __("Customer Group")],
			["Opportunity Type", __("Opportunity Type")],
			["Size Band", __("Size Band")],
			["Competitor", __("Competitor")],
			["Lost Reason", __("Lost Reason")],
			["Pipeline", __("Pipeline")],
			["Month of Decision", __("Month of Decision")],
		])
	),
});
