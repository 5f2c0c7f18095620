// The filters of the Pipeline Forecast report; owners are folded away below their period.

pipeline_ext.reports.report("Pipeline Forecast", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.choice("period", __("Period"), [
			["Month", __("Month")],
			["Quarter", __("Quarter")],
		]),
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" }
	),
	tree: true,
	name_field: "label",
	parent_field: "within",
	initial_depth: 0,

	after_datatable_render(datatable) {
		pipeline_ext.reports.make_figures_open("Pipeline Forecast", datatable);
		if (frappe.query_report.chart) {
			this.fit_axis(frappe.query_report.chart);
		}
	},

	// A stacked chart makes room for the sum of all that is drawn; its lines are not on top of its bars.
	fit_axis(chart) {
		const stack = chart.getAllYValues.bind(chart);
		chart.getAllYValues = () => {
			stack();
			for (const dataset of chart.data.datasets) {
				if (dataset.chartType === "line") dataset.cumulativeYs = dataset.values;
			}
			return chart.data.datasets.flatMap((dataset) => dataset.cumulativeYs);
		};
		chart.update(chart.data);
	},
});
