// The filters of the Forecast Accuracy report; the months of an owner are folded away below them.

pipeline_ext.reports.report("Forecast Accuracy", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.choice("view", __("View"), [
			["Months", __("Months")],
			["Calibration", __("Calibration")],
			["Owners", __("Owners")],
		]),
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" }
	),
	tree: true,
	name_field: "label",
	parent_field: "within",
	initial_depth: 0,
});
