// The filters of the Gate Compliance report, and the colours of what needs looking at.

frappe.query_reports["Gate Compliance"] = {
	filters: [
		{
			fieldname: "company",
			label: __("Company"),
			fieldtype: "Link",
			options: "Company",
			default: frappe.defaults.get_user_default("Company"),
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -30),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "Sales Pipeline" },
		{ fieldname: "deal_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Refusal", label: __("Refusal") },
				{ value: "Warning", label: __("Warning") },
				{ value: "Override", label: __("Override") },
				{ value: "Bypass", label: __("Bypass") },
				{ value: "Reconciled", label: __("Reconciled") },
			],
		},
		{
			fieldname: "count_by",
			label: __("Count By"),
			fieldtype: "Select",
			options: [
				{ value: "Stage", label: __("Stage") },
				{ value: "Criterion", label: __("Criterion") },
				{ value: "Owner", label: __("Owner") },
			],
			default: "Stage",
			reqd: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		const text = default_formatter(value, row, column, data);
		if (!data || !value || column.fieldname !== "status_label") {
			return text;
		}
		const colours = { Overdue: "red", Owed: "orange", Settled: "green", "Would Be Refused": "red" };
		const colour = colours[data.status];
		return colour ? `<span class="indicator-pill ${colour}">${text}</span>` : text;
	},

	after_datatable_render: (datatable) => pipeline_ext.explain_columns(datatable),
};
