// The filters of the Quote Approval Analysis report, its tree, and the colours of what needs looking at.

frappe.query_reports["Quote Approval Analysis"] = {
	tree: true,
	initial_depth: 0,

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
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "Policy", label: __("Policy") },
				{ value: "Rule", label: __("Rule") },
				{ value: "Approver", label: __("Approver") },
				{ value: "Waiting Now", label: __("Waiting Now") },
				{ value: "Rejection Reason", label: __("Rejection Reason") },
				{ value: "Rep", label: __("Given Away by Rep") },
				{ value: "Customer Group", label: __("Given Away by Customer Group") },
				{ value: "Item", label: __("Given Away by Item") },
			],
			default: "Policy",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -90),
			depends_on: "eval:doc.group_by !== 'Waiting Now'",
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			depends_on: "eval:doc.group_by !== 'Waiting Now'",
		},
		{
			fieldname: "policy",
			label: __("Policy"),
			fieldtype: "Link",
			options: "Quote Approval Policy",
		},
		{ fieldname: "rep", label: __("Rep"), fieldtype: "Link", options: "User" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (value === undefined || value === null) {
			return "";
		}
		const text = default_formatter(value, row, column, data);
		if (!data || !value) {
			return text;
		}
		if (column.fieldname === "late") {
			return `<span class="text-danger">${text}</span>`;
		}
		const colours = { Waiting: "orange", Approved: "green", Rejected: "red", Kept: "blue" };
		if (column.fieldname === "outcome_label" && colours[data.outcome]) {
			return `<span class="indicator-pill ${colours[data.outcome]}">${text}</span>`;
		}
		const is_group = !data.document && !data.quotation;
		return is_group && column.fieldname === "label" ? `<b>${text}</b>` : text;
	},

	after_datatable_render: (datatable) => pipeline_ext.explain_columns(datatable),
};
