// The filters of the Lead To Cash report, and its column descriptions.

frappe.query_reports["Lead To Cash"] = {
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
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
		},
		{
			fieldname: "opportunity_owner",
			label: __("Deal Owner"),
			fieldtype: "Link",
			options: "User",
		},
		{
			fieldname: "party_type",
			label: __("Party Type"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Customer", label: __("Customer") },
				{ value: "Lead", label: __("Lead") },
				{ value: "Prospect", label: __("Prospect") },
			],
			on_change(report) {
				report.set_filter_value("party", "");
				report.refresh();
			},
		},
		{
			fieldname: "party",
			label: __("Party"),
			fieldtype: "Dynamic Link",
			options: "party_type",
			get_options: () => frappe.query_report.get_filter_value("party_type"),
		},
		{
			fieldname: "reached",
			label: __("Has Reached"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Quoted", label: __("Quoted") },
				{ value: "Ordered", label: __("Ordered") },
				{ value: "Partly delivered", label: __("Partly delivered") },
				{ value: "Delivered", label: __("Delivered") },
				{ value: "Invoiced", label: __("Invoiced") },
				{ value: "Paid", label: __("Paid") },
			],
		},
		{
			fieldname: "only_open",
			label: __("Only Open Balance"),
			fieldtype: "Check",
		},
	],

	after_datatable_render: (datatable) => pipeline_ext.explain_columns(datatable),
};
