// The filters of the Stage Conversion report, and its funnel: a bar for each stage, as wide as what entered it.

pipeline_ext.reports.report("Stage Conversion", {
	filters: pipeline_ext.reports.deal_filters(
		pipeline_ext.reports.filter.day(
			"from_date",
			__("From Date"),
			frappe.datetime.add_days(frappe.datetime.add_months(frappe.datetime.get_today(), -12), 1)
		),
		pipeline_ext.reports.filter.day("to_date", __("To Date"), frappe.datetime.get_today()),
		pipeline_ext.reports.filter.choice("group_by", __("Group By"), [
			["Stage", __("Stage")],
			["Month of Creation", __("Month of Creation")],
		])
	),

	// The funnel stands in the place of the chart; dashboards have the chart.
	get_chart_data() {
		const { chart } = frappe.query_report.raw_data;
		return this.shows_stages() ? undefined : chart;
	},

	after_datatable_render(datatable) {
		pipeline_ext.reports.make_figures_open("Stage Conversion", datatable);
		if (this.shows_stages()) {
			frappe.query_report.$chart.html(this.funnel(frappe.query_report.data)).show();
		}
	},

	shows_stages: () => frappe.query_report.get_filter_value("group_by") !== "Month of Creation",

	funnel(rows) {
		const bars = rows.map((row) => {
			const widest = Math.max(...rows.filter((other) => other.pipeline === row.pipeline).map((other) => other.entered));
			return this.bar(row, widest ? (row.entered / widest) * 100 : 0);
		});
		return `<div class="p-4" role="img" aria-label="${__("Deals that entered each stage")}">${bars.join("")}</div>`;
	},

	bar(row, width) {
		const color = row.out_of_line ? "var(--red-400)" : "var(--blue-400)";
		const moved_on = row.conversion == null ? "" : __("{0} % moved on", [Math.round(row.conversion)]);
		return `<div class="row align-items-center mb-2">
			<div class="col-3 text-right ellipsis">${frappe.utils.escape_html(row.stage)}</div>
			<div class="col-6"><div class="text-center" style="margin: 0 auto; width: ${width}%; min-width: 3em;
				background: ${color}; color: white; border-radius: 4px; padding: 4px 0">${row.entered}</div></div>
			<div class="col-3 text-muted">${moved_on}</div>
		</div>`;
	},
});
