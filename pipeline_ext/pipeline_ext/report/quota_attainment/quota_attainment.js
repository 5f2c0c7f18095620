// The filters of the Quota Attainment report, and its tree.

pipeline_ext.reports.report("Quota Attainment", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.choice("period", __("Period"), [
			["Quarter", __("Quarter")],
			["Month", __("Month")],
			["Year", __("Year")],
		]),
		pipeline_ext.reports.filter.day("date", __("A Day in It"), frappe.datetime.get_today()),
		pipeline_ext.reports.filter.choice("chart_of", __("Chart Of"), [
			["User", __("User")],
			["Team", __("Team")],
			["Company", __("Company")],
		])
	),
	tree: true,
	name_field: "unit",
	parent_field: "parent_unit",
	initial_depth: 5,
});
