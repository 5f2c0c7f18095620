frappe.query_reports["Pipeline Forecast"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From Month"),
			fieldtype: "Date",
			default: frappe.datetime.month_start(),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_end(), 5),
			reqd: 1,
		},
		{
			fieldname: "opportunity_owner",
			label: __("Owner"),
			fieldtype: "Link",
			options: "User",
		},
		{
			fieldname: "pipeline",
			label: __("Pipeline"),
			fieldtype: "Link",
			options: "Sales Pipeline",
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const text = default_formatter(value, row, column, data);
		const drills = { deals: "expected_closing", won_deals: "pe_stage_entered_on" };
		if (!data || !value || !data.from_date || !(column.fieldname in drills)) {
			return text;
		}
		return `<a href="${this.drill_down(data, column.fieldname, drills)}">${text}</a>`;
	},

	drill_down(data, fieldname, drills) {
		const between = JSON.stringify(["between", [data.from_date, data.to_date]]);
		const status =
			fieldname === "won_deals"
				? "Converted"
				: JSON.stringify(["not in", ["Converted", "Lost", "Closed"]]);
		const query = new URLSearchParams({
			company: frappe.query_report.get_filter_value("company"),
			status,
			[drills[fieldname]]: between,
		});
		query.set("opportunity_owner", data.owner || JSON.stringify(["is", "not set"]));
		const pipeline = frappe.query_report.get_filter_value("pipeline");
		if (pipeline) {
			query.set("pe_pipeline", pipeline);
		}
		return `/app/opportunity/view/list?${query}`;
	},
};
